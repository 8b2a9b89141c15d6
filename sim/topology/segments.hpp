// Links that switches join are one segment: one subnet.
#pragma once

#include "sim/topology/topology.hpp"

#include <cstdint>
#include <vector>

namespace tcpsim::topology {

/// By link in order of insertion: the number of the first link of its segment.
std::vector<std::size_t> segments(Graph const& graph);
/// Two ways lead from one switch to another: frames would circle for ever.
bool has_switching_loop(Graph const& graph);

}  // namespace tcpsim::topology
