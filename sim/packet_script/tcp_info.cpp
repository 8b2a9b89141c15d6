#include "sim/packet_script/tcp_info.hpp"

#include <array>
#include <utility>

namespace tcpsim::packet_script {

std::optional<std::int64_t> info_member(socket::TcpInfo const& info, std::string_view name) {
    using Named = std::pair<std::string_view, std::uint64_t>;
    std::array const members{
        Named{"tcpi_state", info.state},
        Named{"tcpi_ca_state", info.ca_state},
        Named{"tcpi_retransmits", info.retransmits},
        Named{"tcpi_probes", info.probes},
        Named{"tcpi_backoff", info.backoff},
        Named{"tcpi_options", info.options},
        Named{"tcpi_snd_wscale", info.snd_wscale},
        Named{"tcpi_rcv_wscale", info.rcv_wscale},
        Named{"tcpi_rto", info.rto_us},
        Named{"tcpi_ato", info.ato_us},
        Named{"tcpi_snd_mss", info.snd_mss},
        Named{"tcpi_rcv_mss", info.rcv_mss},
        Named{"tcpi_unacked", info.unacked},
        Named{"tcpi_sacked", info.sacked},
        Named{"tcpi_lost", info.lost},
        Named{"tcpi_retrans", info.retrans},
        Named{"tcpi_last_data_sent", info.last_data_sent},
        Named{"tcpi_last_data_recv", info.last_data_recv},
        Named{"tcpi_last_ack_recv", info.last_ack_recv},
        Named{"tcpi_pmtu", info.pmtu},
        Named{"tcpi_rcv_ssthresh", info.rcv_ssthresh},
        Named{"tcpi_rtt", info.rtt_us},
        Named{"tcpi_rttvar", info.rttvar_us},
        Named{"tcpi_snd_ssthresh", info.snd_ssthresh},
        Named{"tcpi_snd_cwnd", info.snd_cwnd},
        Named{"tcpi_advmss", info.advmss},
        Named{"tcpi_reordering", info.reordering},
        Named{"tcpi_rcv_rtt", info.rcv_rtt_us},
        Named{"tcpi_rcv_space", info.rcv_space},
        Named{"tcpi_total_retrans", info.total_retrans},
        Named{"tcpi_bytes_acked", info.bytes_acked},
        Named{"tcpi_bytes_received", info.bytes_received},
        Named{"tcpi_segs_out", info.segs_out},
        Named{"tcpi_segs_in", info.segs_in},
        Named{"tcpi_notsent_bytes", info.notsent_bytes},
        Named{"tcpi_min_rtt", info.min_rtt_us},
        Named{"tcpi_data_segs_in", info.data_segs_in},
        Named{"tcpi_data_segs_out", info.data_segs_out},
        Named{"tcpi_delivered", info.delivered},
        Named{"tcpi_bytes_sent", info.bytes_sent},
        Named{"tcpi_bytes_retrans", info.bytes_retrans},
        Named{"tcpi_snd_wnd", info.snd_wnd},
        Named{"tcpi_rcv_wnd", info.rcv_wnd},
        Named{"tcpi_dsack_dups", info.dsack_dups},
        Named{"tcpi_reord_seen", info.reord_seen},
        Named{"tcpi_rcv_ooopack", info.rcv_ooopack},
        Named{"tcpi_busy_time", info.busy_time_us},
        Named{"tcpi_rwnd_limited", info.rwnd_limited_us},
        Named{"tcpi_sndbuf_limited", info.sndbuf_limited_us},
    };
    for (auto const& [member, value] : members) {
        if (member == name) {
            return static_cast<std::int64_t>(value);
        }
    }
    return std::nullopt;
}

}  // namespace tcpsim::packet_script
