// What a connection leaves to those that come after it, and takes from those that went before (Linux tcp_metrics, RFC 9040).
#pragma once

#include "stack/profile/profile.hpp"
#include "stack/tcp/tcb.hpp"

#include <cstdint>

namespace tcpsim::tcp {

/// Of a path to a peer; zero: not known.
struct PathMetrics {
    std::uint32_t rtt{0};         ///< SRTT in eighths of microseconds
    std::uint32_t rttvar{0};      ///< in quarters of microseconds
    std::uint32_t ssthresh{0};    ///< segments
    std::uint32_t cwnd{0};        ///< segments
    std::uint32_t reordering{0};  ///< segments
    bool operator==(PathMetrics const&) const = default;
};

/// What is known of the path once this connection has ended (Linux tcp_update_metrics).
PathMetrics updated(PathMetrics known, Tcb const& tcb, profile::Profile const& profile);
/// The handshake is complete: the connection begins where others ended (Linux tcp_init_metrics).
void take_metrics(Tcb& tcb, PathMetrics const& known, profile::Profile const& profile);

}  // namespace tcpsim::tcp
