// RapidCheck's generators of hostile and of swarm plans.
#pragma once

#include "tests/support/hostile.hpp"
#include "tests/support/swarm.hpp"

#include <rapidcheck.h>

namespace tcpsim::test {

rc::Gen<HostilePlan> any_hostile_plan();
rc::Gen<SwarmPlan> any_swarm_plan();

}  // namespace tcpsim::test
