// What a list of packets transmits more than once.
#pragma once

#include "sim/replay/recording.hpp"

#include <vector>

namespace tcpsim::replay {

/// As the recorder counts: by sender and first octet, and empty segments left of what was sent already as probes.
std::vector<Schedule> schedules_of(std::vector<Packet> const& packets);
/// How often: a probe counts each time, anything else from the second time on.
std::size_t repetitions(Schedule const& schedule);

}  // namespace tcpsim::replay
