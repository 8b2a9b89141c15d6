// Expected against seen, in words.
#pragma once

#include "sim/scenario/observed.hpp"
#include "sim/scenario/run.hpp"

#include <span>

namespace tcpsim::scenario {

/// The name is the expectation in words; the caller replaces it if the user gave one.
Verdict judge(ExpectCall const& expected, std::span<SeenCall const> seen);
Verdict judge(ExpectPackets const& expected, SeenPackets const& seen);
Verdict judge(ExpectState const& expected, SeenStates const& seen);
/// One step of a program: all of its executions that returned must be as expected, and at least one.
Verdict judge(ProgramSpec const& program, std::size_t step, std::span<SeenCall const> seen);
Verdict judge(TimelineStep const& step, FaultReport const& fault);

}  // namespace tcpsim::scenario
