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

/// As often doubled as the series asks.
inline Duration rto_now(Tcb const& tcb, profile::Profile const& profile) {
    return std::min(tcb.rtt.rto_backed_off(tcb.retransmission.backoff, profile), rto_max(tcb, profile));
}

}  // namespace tcpsim::tcp
