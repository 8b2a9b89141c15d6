// Virtual time: integer nanoseconds since the world's start. There is no now(): time is an argument.
#pragma once

#include <chrono>
#include <cstdint>

namespace tcpsim {

/// A clock without now(). It exists only so that an Instant cannot be mixed up with a wall-clock time.
struct VirtualClock {
    using rep = std::int64_t;
    using period = std::nano;
    using duration = std::chrono::nanoseconds;
    using time_point = std::chrono::time_point<VirtualClock>;
    static constexpr bool is_steady = true;
};

using Duration = VirtualClock::duration;
using Instant = VirtualClock::time_point;

/// The sentinel for "no deadline": later than every instant a world can reach.
inline constexpr Instant never = Instant::max();

/// The next multiple of `granule`, unless `duration` is one.
constexpr Duration rounded_up(Duration duration, Duration granule) {
    return (duration + granule - Duration{1}) / granule * granule;
}

/// Nanoseconds since the world's start, for readers that want a plain integer.
constexpr std::int64_t nanoseconds(Instant at) { return at.time_since_epoch().count(); }

}  // namespace tcpsim
