#include "stack/tcp/hystart.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

using profile::HyStartDetect;

// Linux, net/ipv4/tcp_cubic.c.
constexpr std::uint8_t min_samples = 8;                                // HYSTART_MIN_SAMPLES
constexpr Duration least_increase = std::chrono::milliseconds{4};      // HYSTART_DELAY_MIN
constexpr Duration greatest_increase = std::chrono::milliseconds{16};  // HYSTART_DELAY_MAX

}  // namespace

void HyStart::observe(AckEvent const& ack, Duration delay, Duration delay_min, profile::Profile::Cubic const& values) {
    if (!begun_ || ack.una.after(round_end_)) {
        begin_round(ack);
    }
    HyStartDetect const signs = values.hystart_detect.value;
    bool const by_train = signs == HyStartDetect::ack_train || signs == HyStartDetect::both;
    bool const by_delay = signs == HyStartDetect::delay || signs == HyStartDetect::both;
    bool const train = by_train && train_is_long(ack.now, delay_min, values.hystart_ack_spacing.value);
    bool const queue = by_delay && delay_grew(delay, delay_min);
    found_ = train || queue;
}

void HyStart::begin_round(AckEvent const& ack) {
    begun_ = true;
    round_start_ = last_ack_ = ack.now;
    round_end_ = ack.nxt;
    round_delay_ = Duration::max();
    samples_ = 0;
}

bool HyStart::train_is_long(Instant now, Duration delay_min, Duration spacing) {
    if (now - last_ack_ > spacing) {
        return false;
    }
    last_ack_ = now;
    return now - round_start_ > delay_min / 2;  // without pacing the train is the bottleneck's, not the sender's
}

bool HyStart::delay_grew(Duration delay, Duration delay_min) {
    round_delay_ = std::min(round_delay_, delay);
    if (samples_ < min_samples) {
        ++samples_;
        return false;
    }
    return round_delay_ > delay_min + std::clamp(delay_min / 8, least_increase, greatest_increase);
}

}  // namespace tcpsim::tcp
