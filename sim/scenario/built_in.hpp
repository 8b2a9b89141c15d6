// The built-in programs of a scenario, ready to run.
#pragma once

#include "sim/app/process.hpp"
#include "sim/scenario/observed.hpp"

namespace tcpsim::scenario {

/// Of a program that is not made of steps.
app::Main built_in_program(ProgramSpec const& program, Directory const& directory);

}  // namespace tcpsim::scenario
