// A random world as a value: what is where, and what happens when.
#pragma once

#include "sim/topology/topology.hpp"
#include "sim/world/world.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tcpsim::swarm {

/// Something that goes wrong, and what undoes it, if anything has to.
struct Trouble {
    Duration at{0};
    std::string name{};   ///< for the count
    std::string where{};  ///< for a person
    world::Verb verb{};
    std::vector<world::Verb> cure{};
    bool harmless{false};   ///< no connection may fail for it
    bool ends_echo{false};  ///< it ends the program that answers datagrams
};

/// What a client's program asks its kernel for, so that it is told of a dead peer.
enum class Guard : std::uint8_t { keepalive, user_timeout, nothing };

struct Plan {
    std::uint64_t seed{0};
    topology::Graph graph{};
    std::vector<topology::Plugged> plugged{};
    std::vector<profile::Profile> profiles{};  ///< by vertex
    std::vector<trace::NodeId> clients{};
    std::vector<Guard> guards{};  ///< by client
    std::vector<trace::NodeId> servers{};
    wire::Endpoint service{};
    std::optional<wire::Endpoint> datagrams{};  ///< of server1; a load balancer looks at TCP only
    bool reconverges{false};
    bool harmless{false};   ///< whatever happens, everybody must hear all echoes
    bool echo_lives{true};  ///< nothing ends server1's program for datagrams but its machine
    std::vector<Trouble> troubles{};
};

/// When everything is healed.
inline constexpr Duration healing = std::chrono::seconds{60};

Plan plan_of(std::uint64_t seed);

}  // namespace tcpsim::swarm
