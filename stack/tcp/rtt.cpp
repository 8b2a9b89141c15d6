#include "stack/tcp/rtt.hpp"

#include <algorithm>
#include <limits>

namespace tcpsim::tcp {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

/// Scaled by eight it still fits, and sums of two do: 134 seconds or ticks and more are beyond every maximum anyway.
std::int32_t bounded(std::int64_t count) {
    return static_cast<std::int32_t>(std::min<std::int64_t>(count, std::numeric_limits<std::int32_t>::max() >> 4));
}

std::int32_t in_microseconds(Duration d) { return bounded(duration_cast<microseconds>(d).count()); }

}  // namespace

void RttEstimator::measure(Duration sample, SeqNum una, SeqNum nxt, profile::Profile const& profile) {
    switch (profile.rto.arithmetic.value) {
        case profile::RtoArithmetic::linux_microseconds:
            measure_linux(sample, una, nxt, profile);
            break;
        case profile::RtoArithmetic::net3_ticks:
            measure_net3(sample, profile);
            break;
    }
    measured_ = true;
    expected_ = 0;
}

void RttEstimator::expect(std::uint32_t srtt_eighths, profile::Profile const& profile) {
    if (srtt_eighths <= this->srtt_eighths()) {
        return;
    }
    Duration const granule = profile.rto.granule.value;
    auto const rtt = microseconds{srtt_eighths} / 8 / granule;
    auto const rto = rtt + std::max(2 * rtt, profile.rto.min.value / granule);
    expected_ = static_cast<std::uint16_t>(std::min<std::int64_t>(rto, std::numeric_limits<std::uint16_t>::max()));
}

// RFC 6298 §2, in Linux's fixed point (tcp_rtt_estimator): SRTT << 3 and MDEV << 2, in microseconds.
void RttEstimator::measure_linux(Duration sample, SeqNum una, SeqNum nxt, profile::Profile const& profile) {
    std::int32_t m = std::max(in_microseconds(sample), 1);
    std::int32_t const floor = in_microseconds(profile.rto.min.value);
    if (!measured_) {
        srtt_ = m << 3;
        mdev_ = m << 1;
        rttvar_ = std::max(mdev_, floor);
        mdev_max_ = rttvar_;
        rtt_seq_ = nxt;
        return;
    }
    m -= srtt_ >> 3;
    srtt_ += m;
    if (m < 0) {
        m = -m - (mdev_ >> 2);
        // Linux: a falling RTT must not raise the deviation quickly (the "similar" problem of RFC 2988).
        if (m > 0) {
            m >>= 3;
        }
    } else {
        m -= mdev_ >> 2;
    }
    mdev_ += m;
    if (mdev_ > mdev_max_) {
        mdev_max_ = mdev_;
        rttvar_ = std::max(rttvar_, mdev_max_);
    }
    if (una.after(rtt_seq_)) {  // once per round trip RTTVAR may fall, by a quarter of the difference
        if (mdev_max_ < rttvar_) {
            rttvar_ -= (rttvar_ - mdev_max_) >> 2;
        }
        rtt_seq_ = nxt;
        mdev_max_ = floor;
    }
}

// 4.4BSD tcp_xmit_timer: the RTT is a count of 500 ms ticks, at least one; SRTT << 3 and RTTVAR << 2.
void RttEstimator::measure_net3(Duration sample, profile::Profile const& profile) {
    auto const rtt = bounded(sample / profile.rto.granule.value) + 1;
    if (!measured_) {
        srtt_ = rtt << 3;
        rttvar_ = rtt << 1;
        return;
    }
    std::int32_t delta = rtt - 1 - (srtt_ >> 3);
    srtt_ = std::max(srtt_ + delta, 1);
    delta = std::abs(delta) - (rttvar_ >> 2);
    rttvar_ = std::max(rttvar_ + delta, 1);
}

// Linux tcp_update_rtt_min: the least sample of the last tcp_min_rtt_wlen; a least one that grew old gives way to the newest.
void RttEstimator::observe_minimum(Duration sample, Instant now, profile::Profile const& profile) {
    if (sample <= min_rtt_ || now - minimum_at_ > profile.recovery.min_rtt_window.value) {
        min_rtt_ = sample;
        minimum_at_ = now;
    }
}

Duration RttEstimator::rto(profile::Profile const& profile) const {
    if (expected_ > 0) {
        return std::min(expected_ * profile.rto.granule.value, profile.rto.max.value);
    }
    if (!measured_) {
        return std::min(failed_to_measure_ ? profile.rto.fallback.value : profile.rto.initial.value,
                        profile.rto.max.value);
    }
    if (profile.rto.arithmetic.value == profile::RtoArithmetic::net3_ticks) {
        // TCP_REXMTVAL: RTTVAR is scaled so that it is already four deviations.
        return std::min(std::max(((srtt_ >> 3) + rttvar_) * profile.rto.granule.value, profile.rto.min.value),
                        profile.rto.max.value);
    }
    // Linux __tcp_set_rto: the floor is inside RTTVAR, so the sum is never below it.
    return std::min(rounded_up(microseconds{(srtt_ >> 3) + rttvar_}, profile.rto.granule.value), profile.rto.max.value);
}

Duration RttEstimator::rto_backed_off(std::uint8_t backoff, profile::Profile const& profile) const {
    Duration timeout = rto(profile);
    if (!measured_ && profile.rto.arithmetic.value == profile::RtoArithmetic::net3_ticks) {
        // 4.4BSD tcp_newtcpcb: RTTVAR alone, which counts twice in the first timeout and four times in the others.
        timeout = std::min((backoff == 0 ? 2 : 4) * timeout, profile.rto.max.value);
    }
    for (int i = 0; i < std::min<int>(backoff, profile.rto.backoff_limit.value); ++i) {
        timeout = std::min(2 * timeout, profile.rto.max.value);
    }
    return timeout;
}

Duration RttEstimator::srtt(profile::Profile const& profile) const {
    return profile.rto.arithmetic.value == profile::RtoArithmetic::net3_ticks ? srtt_ * profile.rto.granule.value / 8
                                                                              : Duration{microseconds{srtt_ >> 3}};
}

Duration RttEstimator::rttvar(profile::Profile const& profile) const {
    return profile.rto.arithmetic.value == profile::RtoArithmetic::net3_ticks ? rttvar_ * profile.rto.granule.value / 4
                                                                              : Duration{microseconds{rttvar_ >> 2}};
}

}  // namespace tcpsim::tcp
