// A recording turned into a run of ours.
#pragma once

#include "sim/replay/capture.hpp"
#include "sim/replay/phases.hpp"
#include "sim/replay/recording.hpp"
#include "sim/replay/script.hpp"

#include <map>
#include <string>
#include <vector>

namespace tcpsim::replay {

/// What came of it, beside the recording's own words.
struct Replayed {
    std::vector<Made> calls{};                           ///< by the recording's call
    std::map<std::string, std::vector<Seen>> packets{};  ///< by capture point; times as in the recording
    std::vector<std::string> lacking{};                  ///< settings and faults that we do not have yet
    Duration beyond_rtt{0};                              ///< what the recorder took in addition to the path
    bool on_the_wheel{false};                            ///< timers went off as late as the recorded kernel's
    Phases phases{};                                     ///< and its wheel turned like this
};

/// Builds the case's topology and settings, issues the recorded calls at their times, injects the faults, and runs to
/// the end of the recording. Timers go off at their time or, given the phases of the hosts' clocks, in the kernel's wheel.
Replayed replay(Recording const& recording, RecordedRun const& run, Phases const* phases = nullptr);

}  // namespace tcpsim::replay
