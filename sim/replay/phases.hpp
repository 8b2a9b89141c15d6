// When the jiffies of the recorded kernels began. Nobody noted it, but every late timer tells it: a kernel's wheel fires in
// its slots only.
#pragma once

#include "sim/replay/capture.hpp"
#include "sim/replay/recording.hpp"

#include <map>
#include <string>
#include <vector>

namespace tcpsim::replay {

/// By host, in the recording's time: an instant at which a slot of the wheel began. A host without an entry has sent nothing
/// that a timer caused.
using Phases = std::map<std::string, Duration>;

/// From the packets at the hosts' own capture points that are the same on both sides, and that a timer has sent with us. The
/// longer it had waited, the longer its slot, into which the shorter ones fit.
Phases phases_of(RecordedRun const& run, std::map<std::string, std::vector<Seen>> const& ours);

}  // namespace tcpsim::replay
