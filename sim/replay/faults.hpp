// Recorded faults as verbs of a world's timeline.
#pragma once

#include "sim/replay/recording.hpp"
#include "sim/world/world.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tcpsim::replay {

/// The case's two hosts and what is between them.
struct Stage {
    trace::NodeId client{};
    trace::NodeId server{};
    std::optional<trace::NodeId> router{};
    trace::LinkId link{};         ///< the client's, which the recorder's wire stood for
    trace::LinkId server_link{};  ///< the same on a cable without a router
    wire::Ipv4Address server_address{};
    Duration beyond_rtt{0};  ///< what the recorder took in addition
    wire::Ipv4Address client_address{};
};

struct TimedVerb {
    Duration at{0};
    world::Verb verb{};
};

/// Its `target`: "client", "server".
bool concerns(Fault const& fault, std::string const& host);
/// Nothing where we have no such fault yet. A fault that is only words, or something that a program does, needs
/// no verb: an empty list. (A packet made by hand: raw.hpp.)
std::optional<std::vector<TimedVerb>> verbs_of(Fault const& fault, Stage const& stage);

}  // namespace tcpsim::replay
