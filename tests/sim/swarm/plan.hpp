// A random world as a value: what is where, and what happens when.
#pragma once

#include "sim/topology/topology.hpp"
#include "sim/world/world.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tcpsim::swarm {

/// Something that goes wrong, and what undoes it, if anything has to.
struct Trouble {
    Duration at{0};
    std::string name{};  ///< for the count
    world::Verb verb{};
    std::vector<world::Verb> cure{};
};

struct Plan {
    std::uint64_t seed{0};
    topology::Graph graph{};
    std::vector<topology::Plugged> plugged{};
    std::vector<trace::NodeId> clients{};
    trace::NodeId server{};
    wire::Endpoint service{};
    std::vector<Trouble> troubles{};
};

/// When everything is healed.
inline constexpr Duration healing = std::chrono::seconds{60};

Plan plan_of(std::uint64_t seed);
/// The names of everything that plan_of() can let happen.
std::vector<std::string> trouble_names();

}  // namespace tcpsim::swarm
