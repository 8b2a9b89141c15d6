#include "stack/socket/tcp_info_members.hpp"

#include <algorithm>
#include <array>

namespace tcpsim::socket {

namespace {

struct Member {
    std::string_view name{};
    std::uint64_t (*value)(TcpInfo const&){nullptr};
};
constexpr auto members = std::to_array<Member>({
    {"tcpi_state", [](TcpInfo const& i) -> std::uint64_t { return i.state; }},
    {"tcpi_ca_state", [](TcpInfo const& i) -> std::uint64_t { return i.ca_state; }},
    {"tcpi_retransmits", [](TcpInfo const& i) -> std::uint64_t { return i.retransmits; }},
    {"tcpi_probes", [](TcpInfo const& i) -> std::uint64_t { return i.probes; }},
    {"tcpi_backoff", [](TcpInfo const& i) -> std::uint64_t { return i.backoff; }},
    {"tcpi_options", [](TcpInfo const& i) -> std::uint64_t { return i.options; }},
    {"tcpi_snd_wscale", [](TcpInfo const& i) -> std::uint64_t { return i.snd_wscale; }},
    {"tcpi_rcv_wscale", [](TcpInfo const& i) -> std::uint64_t { return i.rcv_wscale; }},
    {"tcpi_rto", [](TcpInfo const& i) -> std::uint64_t { return i.rto_us; }},
    {"tcpi_ato", [](TcpInfo const& i) -> std::uint64_t { return i.ato_us; }},
    {"tcpi_snd_mss", [](TcpInfo const& i) -> std::uint64_t { return i.snd_mss; }},
    {"tcpi_rcv_mss", [](TcpInfo const& i) -> std::uint64_t { return i.rcv_mss; }},
    {"tcpi_unacked", [](TcpInfo const& i) -> std::uint64_t { return i.unacked; }},
    {"tcpi_sacked", [](TcpInfo const& i) -> std::uint64_t { return i.sacked; }},
    {"tcpi_lost", [](TcpInfo const& i) -> std::uint64_t { return i.lost; }},
    {"tcpi_retrans", [](TcpInfo const& i) -> std::uint64_t { return i.retrans; }},
    {"tcpi_last_data_sent", [](TcpInfo const& i) -> std::uint64_t { return i.last_data_sent; }},
    {"tcpi_last_data_recv", [](TcpInfo const& i) -> std::uint64_t { return i.last_data_recv; }},
    {"tcpi_last_ack_recv", [](TcpInfo const& i) -> std::uint64_t { return i.last_ack_recv; }},
    {"tcpi_pmtu", [](TcpInfo const& i) -> std::uint64_t { return i.pmtu; }},
    {"tcpi_rcv_ssthresh", [](TcpInfo const& i) -> std::uint64_t { return i.rcv_ssthresh; }},
    {"tcpi_rtt", [](TcpInfo const& i) -> std::uint64_t { return i.rtt_us; }},
    {"tcpi_rttvar", [](TcpInfo const& i) -> std::uint64_t { return i.rttvar_us; }},
    {"tcpi_snd_ssthresh", [](TcpInfo const& i) -> std::uint64_t { return i.snd_ssthresh; }},
    {"tcpi_snd_cwnd", [](TcpInfo const& i) -> std::uint64_t { return i.snd_cwnd; }},
    {"tcpi_advmss", [](TcpInfo const& i) -> std::uint64_t { return i.advmss; }},
    {"tcpi_reordering", [](TcpInfo const& i) -> std::uint64_t { return i.reordering; }},
    {"tcpi_rcv_rtt", [](TcpInfo const& i) -> std::uint64_t { return i.rcv_rtt_us; }},
    {"tcpi_rcv_space", [](TcpInfo const& i) -> std::uint64_t { return i.rcv_space; }},
    {"tcpi_total_retrans", [](TcpInfo const& i) -> std::uint64_t { return i.total_retrans; }},
    {"tcpi_bytes_acked", [](TcpInfo const& i) -> std::uint64_t { return i.bytes_acked; }},
    {"tcpi_bytes_received", [](TcpInfo const& i) -> std::uint64_t { return i.bytes_received; }},
    {"tcpi_segs_out", [](TcpInfo const& i) -> std::uint64_t { return i.segs_out; }},
    {"tcpi_segs_in", [](TcpInfo const& i) -> std::uint64_t { return i.segs_in; }},
    {"tcpi_notsent_bytes", [](TcpInfo const& i) -> std::uint64_t { return i.notsent_bytes; }},
    {"tcpi_min_rtt", [](TcpInfo const& i) -> std::uint64_t { return i.min_rtt_us; }},
    {"tcpi_data_segs_in", [](TcpInfo const& i) -> std::uint64_t { return i.data_segs_in; }},
    {"tcpi_data_segs_out", [](TcpInfo const& i) -> std::uint64_t { return i.data_segs_out; }},
    {"tcpi_delivered", [](TcpInfo const& i) -> std::uint64_t { return i.delivered; }},
    {"tcpi_bytes_sent", [](TcpInfo const& i) -> std::uint64_t { return i.bytes_sent; }},
    {"tcpi_bytes_retrans", [](TcpInfo const& i) -> std::uint64_t { return i.bytes_retrans; }},
    {"tcpi_snd_wnd", [](TcpInfo const& i) -> std::uint64_t { return i.snd_wnd; }},
    {"tcpi_rcv_wnd", [](TcpInfo const& i) -> std::uint64_t { return i.rcv_wnd; }},
    {"tcpi_dsack_dups", [](TcpInfo const& i) -> std::uint64_t { return i.dsack_dups; }},
    {"tcpi_reord_seen", [](TcpInfo const& i) -> std::uint64_t { return i.reord_seen; }},
    {"tcpi_rcv_ooopack", [](TcpInfo const& i) -> std::uint64_t { return i.rcv_ooopack; }},
    {"tcpi_busy_time", [](TcpInfo const& i) -> std::uint64_t { return i.busy_time_us; }},
    {"tcpi_rwnd_limited", [](TcpInfo const& i) -> std::uint64_t { return i.rwnd_limited_us; }},
    {"tcpi_sndbuf_limited", [](TcpInfo const& i) -> std::uint64_t { return i.sndbuf_limited_us; }},
});

}  // namespace

std::span<std::string_view const> info_members() {
    static auto const names = [] {
        std::array<std::string_view, members.size()> all{};
        std::transform(members.begin(), members.end(), all.begin(), [](Member const& member) { return member.name; });
        return all;
    }();
    return names;
}

std::optional<std::int64_t> info_member(TcpInfo const& info, std::string_view name) {
    auto const* const found =
        std::find_if(members.begin(), members.end(), [=](Member const& member) { return member.name == name; });
    return found == members.end() ? std::nullopt : std::optional{static_cast<std::int64_t>(found->value(info))};
}

}  // namespace tcpsim::socket
