// Everything that can go wrong in a random world: one table.
#pragma once

#include "sim/core/random.hpp"
#include "tests/sim/swarm/plan.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace tcpsim::swarm {

/// Draws.
struct Dice {
    core::Random& random;
    std::uint64_t below(std::uint64_t bound) { return random.below(bound); }
    bool chance(std::uint64_t percent) { return random.chance(percent, 100); }
    Duration up_to(Duration most) { return Duration{random.below(static_cast<std::uint64_t>(most.count()) + 1)}; }
};

/// What is hit, if it is of the kind that is hit.
struct Target {
    Plan const& plan;
    trace::NodeId machine{};
    std::uint32_t interface { 0 };  ///< of the machine
    trace::LinkId link{};
    trace::NodeId router{};
};
enum class Hits : std::uint8_t { machine, server, link, router, box, balancer };
struct TroubleKind {
    std::string_view name{};
    Hits hits{};
    Trouble (*make)(Target const& target, Dice& dice){nullptr};
    bool harmless{false};  ///< to a world where nothing else happens
};
std::span<TroubleKind const> trouble_kinds();

/// Of any kind that this plan's world knows, without its time.
Trouble some_trouble(Plan const& plan, Dice& dice);
/// What ends it before everything is healed, if that is a kind of its own; at the same time.
std::optional<Trouble> undoing(Trouble const& trouble);

}  // namespace tcpsim::swarm
