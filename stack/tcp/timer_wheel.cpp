#include "stack/tcp/timer_wheel.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

constexpr std::int64_t slots_per_level = 64;  // LVL_SIZE
constexpr unsigned level_shift = 3;           // LVL_CLK_SHIFT
constexpr unsigned top_level = 8;             // LVL_DEPTH - 1

std::int64_t floor_divided(std::int64_t value, std::int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

std::int64_t ceil_divided(std::int64_t value, std::int64_t by) { return -floor_divided(-value, by); }

/// calc_wheel_index: the level follows from how far away the timer is.
unsigned level_of(std::int64_t distance) {
    unsigned level = 0;
    while (level < top_level && distance >= (slots_per_level - 1) << (level * level_shift)) {
        ++level;
    }
    return level;
}

bool on_the_wheel(Timer timer) { return timer != Timer::compressed_ack; }  // that one is an hrtimer

}  // namespace

Instant wheel_slot(Instant set, Instant due, Duration jiffy, Duration phase) {
    std::int64_t const now = floor_divided((set.time_since_epoch() - phase).count(), jiffy.count());
    std::int64_t const distance = ceil_divided((due - set).count(), jiffy.count());
    unsigned const shift = level_of(distance) * level_shift;
    // calc_index: rounded up even where it is even, because the jiffy in which it was set had begun.
    std::int64_t const slot = (((now + distance) >> shift) + 1) << shift;
    return Instant{phase + slot * jiffy};
}

Duration wheel_slot_length(Duration wait, Duration jiffy) {
    return (std::int64_t{1} << (level_of(ceil_divided(wait.count(), jiffy.count())) * level_shift)) * jiffy;
}

Instant goes_off(Timers const& timers, Timer timer, profile::Profile const& profile) {
    Instant const due = timers[timer];
    if (due == never || !on_the_wheel(timer)) {
        return due;
    }
    switch (profile.timers.precision.value) {
        case profile::TimerPrecision::ideal:
            break;
        case profile::TimerPrecision::linux_wheel:
            return wheel_slot(due - timers.waited(timer), due, profile.rto.granule.value, profile.timers.phase.value);
    }
    return due;
}

Instant first_to_go_off(Timers const& timers, profile::Profile const& profile) {
    if (profile.timers.precision.value == profile::TimerPrecision::ideal) {
        return timers.earliest();
    }
    Instant first = never;
    for (std::size_t i = 0; i < timer_count; ++i) {
        first = std::min(first, goes_off(timers, static_cast<Timer>(i), profile));
    }
    return first;
}

}  // namespace tcpsim::tcp
