#include "stack/tcp/cubic.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using Values = profile::Profile::Cubic;

constexpr std::uint64_t unit = 1024;     // of time, in a second; of beta
constexpr std::uint64_t per_scale = 10;  // C is bic_scale * 10 / 1024
constexpr int cubed_unit_bits = 40;      // 1024^3 for the time, 1024 for C

/// Linux counts in jiffies.
Instant tick_of(Instant now, profile::Profile const& profile) {
    return now - (now.time_since_epoch() % profile.rto.granule.value);
}

/// C*t^3 in segments; t in 1/1024 s. Beyond four minutes the curve is steeper than any window.
std::uint64_t cubic_of(std::uint64_t t, Values const& values) {
    constexpr std::uint64_t longest = 256 * unit;
    t = std::min(t, longest);
    return (static_cast<std::uint64_t>(values.scale.value) * per_scale * t * t * t) >> cubed_unit_bits;
}

}  // namespace

std::uint32_t cube_root(std::uint64_t n) {
    // Bit by bit. Linux takes a table and one Newton step, 0.2 % off on average.
    std::uint64_t root = 0;
    for (std::uint64_t bit = std::uint64_t{1} << 21U; bit > 0; bit >>= 1U) {
        std::uint64_t const more = root + bit;
        if (more <= n / more / more) {
            root = more;
        }
    }
    return static_cast<std::uint32_t>(root);
}

void Cubic::observe(CongestionWindow& window, AckEvent const& ack, profile::Profile const& profile) {
    if (!ack.rtt) {
        return;
    }
    // Linux cubictcp_acked: delays right after a recovery are not the path's.
    if (epoch_start_ != never && ack.now - epoch_start_ < 1s) {
        return;
    }
    auto const delay = std::max<std::int64_t>(*ack.rtt / 1us, 1);
    auto const least = delay_min_ == 0 ? delay : std::min<std::int64_t>(delay, delay_min_);
    delay_min_ = static_cast<std::uint32_t>(least);
    Values const& values = profile.cubic;
    bool const watches = values.hystart.value && !hystart_.found() && window.in_slow_start() &&
                         window.cwnd >= static_cast<std::uint32_t>(values.hystart_low_window.value);
    if (watches) {
        hystart_.observe(ack, microseconds{delay}, microseconds{delay_min_}, values);
        if (hystart_.found()) {
            window.ssthresh = window.cwnd;
        }
    }
}

void Cubic::grow(CongestionWindow& window, AckEvent const& ack, profile::Profile const& profile) {
    std::uint32_t const left = window.slow_start(ack.segments);
    if (left > 0) {
        update(window.cwnd, left, ack.now, profile);
        window.avoid(left, acks_);
    }
}

void Cubic::update(std::uint32_t cwnd, std::uint32_t acknowledged, Instant now, profile::Profile const& profile) {
    constexpr Duration often_enough = Duration{1s} / 32;  // Linux bictcp_update: HZ / 32
    constexpr std::uint32_t least_acks = 2;               // Linux: 1.5 times a round trip at most
    Instant const tick = tick_of(now, profile);
    reno_acks_ += acknowledged;
    if (cwnd == last_cwnd_ && tick - updated_ <= often_enough) {
        return;
    }
    if (epoch_start_ == never || tick != updated_) {
        last_cwnd_ = cwnd;
        updated_ = tick;
        if (epoch_start_ == never) {
            begin_epoch(cwnd, acknowledged, tick, profile);
        }
        acks_ = acks_for_cubic(cwnd, tick, profile);
    }
    if (profile.cubic.tcp_friendliness.value) {
        acks_ = std::min(acks_, acks_for_reno(cwnd, profile));
    }
    acks_ = std::max(acks_, least_acks);
}

// §4.2: K = cbrt((W_max - cwnd_epoch) / C).
void Cubic::begin_epoch(std::uint32_t cwnd, std::uint32_t acknowledged, Instant tick, profile::Profile const& profile) {
    epoch_start_ = tick;
    reno_acks_ = acknowledged;
    w_est_ = cwnd;
    origin_ = std::max(w_max_, cwnd);
    std::uint64_t const segments = origin_ - cwnd;
    std::uint64_t const scale = static_cast<std::uint64_t>(profile.cubic.scale.value) * per_scale;
    k_ = cube_root((std::uint64_t{1} << cubed_unit_bits) / scale * segments);
}

// §4.2: W_cubic(t) = C*(t-K)^3 + W_max, one round trip ahead; cwnd gets there within a window of ACKs.
std::uint32_t Cubic::acks_for_cubic(std::uint32_t cwnd, Instant tick, profile::Profile const& profile) const {
    constexpr std::uint32_t no_growth = 100;     // Linux: one segment in a hundred windows
    constexpr std::uint32_t most_at_first = 20;  // Linux: while W_max is unknown, 5 % a round trip at least
    Duration const ahead = rounded_up(microseconds{delay_min_}, profile.rto.granule.value);
    auto const t = static_cast<std::uint64_t>((tick - epoch_start_ + ahead) * static_cast<int>(unit) / Duration{1s});
    std::uint64_t const target = t < k_ ? origin_ - std::min<std::uint64_t>(cubic_of(k_ - t, profile.cubic), origin_)
                                        : origin_ + cubic_of(t - k_, profile.cubic);
    std::uint32_t const acks = target > cwnd ? static_cast<std::uint32_t>(cwnd / (target - cwnd)) : no_growth * cwnd;
    return w_max_ == 0 ? std::min(acks, most_at_first) : acks;
}

// §4.3: W_est grows by alpha = 3*(1-beta)/(1+beta) a window; where it is above cwnd, cwnd follows it.
std::uint32_t Cubic::acks_for_reno(std::uint32_t cwnd, profile::Profile const& profile) {
    auto const beta = static_cast<std::uint64_t>(profile.cubic.beta.value);
    std::uint64_t const eighths = 8 * (unit + beta) / 3 / (unit - beta);  // of a window, for one segment
    auto const per_segment = static_cast<std::uint32_t>(std::max<std::uint64_t>(cwnd * eighths / 8, 1));
    if (reno_acks_ > per_segment) {
        std::uint32_t const grown = (reno_acks_ - 1) / per_segment;
        reno_acks_ -= grown * per_segment;
        w_est_ += grown;
    }
    return w_est_ > cwnd ? cwnd / (w_est_ - cwnd) : CongestionWindow::infinite;
}

std::uint32_t Cubic::reduce(CongestionWindow const& window, Congested /*why*/, profile::Profile const& profile) {
    auto const beta = static_cast<std::uint64_t>(profile.cubic.beta.value);
    std::uint64_t const cwnd = window.cwnd;
    // §4.7, fast convergence: who lost before reaching the last W_max leaves room.
    bool const shrinks = cwnd < w_max_ && profile.cubic.fast_convergence.value;
    w_max_ = static_cast<std::uint32_t>(shrinks ? cwnd * (unit + beta) / (2 * unit) : cwnd);
    epoch_start_ = never;
    return std::max(static_cast<std::uint32_t>(cwnd * beta / unit), CongestionWindow::least_ssthresh);
}

void Cubic::transmission_starts(Instant now, Duration idle) {
    if (epoch_start_ != never) {
        epoch_start_ = std::min(epoch_start_ + idle, now);
    }
}

}  // namespace tcpsim::tcp
