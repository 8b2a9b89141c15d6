// The retransmission timeout in force, and its limit: the system's, or the program's own (TCP_RTO_MAX_MS).
#pragma once

#include "stack/profile/profile.hpp"
#include "stack/tcp/tcb.hpp"

#include <algorithm>

namespace tcpsim::tcp {

/// RFC 6298 (2.5), Linux tcp_rto_max.
inline Duration rto_max(Tcb const& tcb, profile::Profile const& profile) {
    Milliseconds const own = tcb.options.rto_max;
    return own == Milliseconds{0} ? profile.rto.max.value : Duration{own};
}

/// Linux doubles the timeout itself (icsk_rto), which outlives the count (icsk_backoff) that window probes use, too; 4.4BSD has
/// t_rxtshift for both.
inline bool doubles_timeout_itself(profile::Profile const& profile) {
    return profile.rto.arithmetic.value == profile::RtoArithmetic::linux_microseconds;
}

/// As often doubled as the series asks.
inline Duration rto_now(Tcb const& tcb, profile::Profile const& profile) {
    Retransmission const& series = tcb.retransmission;
    std::uint8_t const doublings = doubles_timeout_itself(profile) ? series.doubled : series.backoff;
    return std::min(tcb.rtt.rto_backed_off(doublings, profile), rto_max(tcb, profile));
}

/// The interval of window probes (Linux tcp_probe0_when): the timeout in force, doubled by the count besides.
inline Duration probe_interval(Tcb const& tcb, profile::Profile const& profile, std::uint8_t doublings) {
    Duration const longest = std::min(profile.persist.max.value, rto_max(tcb, profile));
    Duration wait =
        doubles_timeout_itself(profile) ? rto_now(tcb, profile) : tcb.rtt.rto_backed_off(doublings, profile);
    wait = std::clamp(wait, profile.persist.min.value, profile.persist.max.value);
    for (int i = 0; doubles_timeout_itself(profile) && i < doublings && wait < longest; ++i) {
        wait *= 2;
    }
    return std::min(wait, longest);
}

}  // namespace tcpsim::tcp
