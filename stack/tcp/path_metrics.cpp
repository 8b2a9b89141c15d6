#include "stack/tcp/path_metrics.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

/// A longer RTT counts at once, a shorter one by an eighth: to overestimate is better than to underestimate.
void update_rtt(PathMetrics& known, Tcb const& tcb) {
    std::int64_t const before = known.rtt;
    std::int64_t const difference = before - tcb.rtt.srtt_eighths();
    known.rtt = difference <= 0 ? tcb.rtt.srtt_eighths() : static_cast<std::uint32_t>(before - (difference >> 3));
    auto const distance = static_cast<std::uint32_t>((difference < 0 ? -difference : difference) >> 1);
    std::uint32_t const deviation = std::max(distance, tcb.rtt.deviation_quarters());
    known.rttvar = deviation >= known.rttvar ? deviation : known.rttvar - ((known.rttvar - deviation) >> 2);
}

void raise_known(std::uint32_t& known, std::uint32_t value) {
    if (known != 0 && value > known) {
        known = value;
    }
}

void update_window(PathMetrics& known, Tcb const& tcb, profile::Profile const& profile) {
    std::uint32_t const cwnd = tcb.congestion.cwnd();
    std::uint32_t const ssthresh = tcb.congestion.ssthresh();
    bool const keeps_ssthresh = profile.path_metrics.saves_ssthresh.value;
    if (ssthresh == Congestion::infinite) {  // the first slow start is not over
        if (keeps_ssthresh) {
            raise_known(known.ssthresh, cwnd / 2);
        }
        known.cwnd = std::max(known.cwnd, cwnd);
    } else if (!tcb.congestion.in_slow_start() && tcb.recovery.phase == Recovery::Phase::open) {
        known.ssthresh = keeps_ssthresh ? std::max(cwnd / 2, ssthresh) : known.ssthresh;
        known.cwnd = (known.cwnd + cwnd) / 2;
    } else {  // cwnd says nothing
        known.cwnd = (known.cwnd + ssthresh) / 2;
        if (keeps_ssthresh) {
            raise_known(known.ssthresh, ssthresh);
        }
        std::uint32_t const reordering = tcb.recovery.reordering;
        if (reordering != static_cast<std::uint32_t>(profile.recovery.reordering.value)) {
            known.reordering = std::max(known.reordering, reordering);
        }
    }
}

}  // namespace

PathMetrics updated(PathMetrics known, Tcb const& tcb, profile::Profile const& profile) {
    if (tcb.retransmission.backoff > 0 || !tcb.rtt.measured()) {  // it failed to measure: what was known may be wrong
        known.rtt = 0;
        return known;
    }
    update_rtt(known, tcb);
    update_window(known, tcb, profile);
    return known;
}

void take_metrics(Tcb& tcb, PathMetrics const& known, profile::Profile const& profile) {
    if (known.ssthresh != 0 && profile.path_metrics.saves_ssthresh.value) {
        tcb.congestion.set_ssthresh(known.ssthresh);
    }
    if (known.reordering != 0) {
        tcb.recovery.reordering = static_cast<std::uint16_t>(known.reordering);
    }
    tcb.rtt.expect(known.rtt, profile);
}

}  // namespace tcpsim::tcp
