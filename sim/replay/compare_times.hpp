// When, beside what a recording says: a kernel's timers fire late, never early.
#pragma once

#include "sim/replay/compare.hpp"

#include <map>
#include <string>
#include <vector>

namespace tcpsim::replay {

/// How late a kernel with HZ=250 fires a timer of `ideal` at most: a slot of its wheel and two jiffies.
Duration wheel_lateness(Duration ideal);

/// One packet on both sides.
struct Instants {
    Duration ours{0};
    Duration recorded{0};
    Duration waited{0};  ///< the timer that sent ours
    [[nodiscard]] Duration late() const { return recorded - ours; }
};
/// By capture point, in the recording's order.
using Paired = std::map<std::string, std::vector<Instants>>;
std::vector<Instants> instants(std::vector<Packet> const& recorded, std::vector<Seen> const& ours,
                               Pairing const& pairing);

/// Never earlier than ours, and later by what happened since the packet's timer was armed was late, and the timer itself;
/// where ours went off on the wheel, that by two jiffies at most.
/// Where on the path the recorder took `beyond_rtt` is not known.
std::optional<Difference> different_time(Paired const& paired, Replayed const& ours);

/// Of calls with equal results, when they return.
std::optional<Difference> different_duration(RecordedRun const& recorded, Replayed const& ours, Paired const& paired);

}  // namespace tcpsim::replay
