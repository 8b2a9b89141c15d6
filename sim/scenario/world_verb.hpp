// A timeline step as a verb of the world: names become numbers.
#pragma once

#include "sim/scenario/observed.hpp"
#include "sim/scenario/run.hpp"
#include "sim/world/verbs.hpp"

#include <vector>

namespace tcpsim::scenario {

/// What names mean. All must outlive it.
struct Stage {
    Scenario const& scenario;
    std::vector<topology::Plugged> const& plugged;
    Names const& names;
    Directory const& directory;
};

/// The loader lets no unknown name pass.
world::Verb world_verb(TimelineStep const& step, Stage const& stage);

}  // namespace tcpsim::scenario
