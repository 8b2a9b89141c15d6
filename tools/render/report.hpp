// What stands below the timeline: what each program saw, the expectations, the faults, the last line.
#pragma once

#include "sim/scenario/run.hpp"
#include "tools/render/names.hpp"
#include "tools/render/story.hpp"
#include "tools/render/text.hpp"

#include <string>

namespace tcpsim::render {

/// The scenario's title and what it is about.
std::string title(std::string_view name, std::string_view about, Look const& look);
/// Program, call, result, time, how long it blocked, and why.
std::string programs(Story const& story, Naming const& naming, Look const& look);
/// Every expectation with its verdict; expected against seen where it failed.
std::string expectations(scenario::Report const& report, Look const& look);
/// Which steps of the timeline happened, when.
std::string faults(scenario::Report const& report, Look const& look);
/// Simulated time against the wall's, events, seed, digest.
std::string last_line(scenario::Report const& report, Duration wall, Look const& look);

}  // namespace tcpsim::render
