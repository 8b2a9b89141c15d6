// getsockopt(TCP_INFO): the fields that people read, in Linux's units (struct tcp_info, include/uapi/linux/tcp.h).
#pragma once

#include "stack/host/host.hpp"
#include "stack/host/tally.hpp"
#include "stack/profile/profile.hpp"
#include "stack/tcp/connection.hpp"

#include <cstdint>

namespace tcpsim::socket {

/// Times named _us in microseconds, those named last_ in milliseconds. What is not known is 0, or as said.
struct TcpInfo {
    std::uint8_t state{
        0};  ///< TCP_ESTABLISHED 1, SYN_SENT 2, SYN_RECV 3, FIN_WAIT1 4, FIN_WAIT2 5, TIME_WAIT 6, CLOSE 7, …
    std::uint8_t ca_state{0};  ///< 0 open, 1 disorder, 2 CWR, 3 recovery, 4 loss
    std::uint8_t retransmits{0}, probes{0}, backoff{0};
    std::uint8_t options{0};  ///< TCPI_OPT_TIMESTAMPS 1, SACK 2, WSCALE 4, ECN 8, ECN_SEEN 16, SYN_DATA 32
    std::uint8_t snd_wscale{0}, rcv_wscale{0};
    std::uint32_t rto_us{0}, ato_us{0};
    std::uint32_t snd_mss{0}, rcv_mss{0};
    std::uint32_t unacked{0}, sacked{0}, lost{0}, retrans{0};  ///< segments; of a listener: waiting, and how many may
    std::uint32_t last_data_sent{0}, last_data_recv{0}, last_ack_recv{0};
    std::uint32_t pmtu{0};
    std::uint32_t rcv_ssthresh{0};
    std::uint32_t rtt_us{0}, rttvar_us{0};
    std::uint32_t snd_ssthresh{0}, snd_cwnd{0};
    std::uint32_t advmss{0};
    std::uint32_t reordering{0};
    std::uint32_t rcv_rtt_us{0}, rcv_space{0};
    std::uint32_t total_retrans{0};
    std::uint64_t bytes_acked{0}, bytes_received{0};
    std::uint32_t segs_out{0}, segs_in{0};
    std::uint32_t notsent_bytes{0};
    std::uint32_t min_rtt_us{0xffff'ffff};  ///< all ones: not measured
    std::uint32_t data_segs_in{0}, data_segs_out{0};
    std::uint32_t delivered{0};
    std::uint64_t bytes_sent{0}, bytes_retrans{0};
    std::uint32_t snd_wnd{0}, rcv_wnd{0};
    std::uint32_t dsack_dups{0}, reord_seen{0}, rcv_ooopack{0};
    std::uint64_t busy_time_us{0}, rwnd_limited_us{0}, sndbuf_limited_us{0};
    bool operator==(TcpInfo const&) const = default;
};

TcpInfo tcp_info(tcp::Connection const& connection, host::Tally const& tally, profile::Profile const& profile,
                 Instant now);

/// Of a socket that was never connected.
TcpInfo info_of_fresh(profile::Profile const& profile);
/// Linux tcp_get_info, LISTEN: how many wait for accept(), and how many may.
TcpInfo info_of_listener(host::Waiting const& waiting);

}  // namespace tcpsim::socket
