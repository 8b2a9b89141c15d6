// Random connections: whatever peers, programs and the wire do, nothing is lost, doubled, forgotten or broken. A failure is
// shrunk and prints its plan and the RC_PARAMS that replay it; more on demand: tests/README.md.
#include "tests/support/property.hpp"

#include "tests/stack/tcp/plans.hpp"

#include <doctest/doctest.h>

using namespace tcpsim::test;

TEST_CASE("property: hostile segments, options and calls in any state and order break nothing") {
    CHECK(holds("survives anything", 1000, [] {
        HostilePlan const plan = *any_hostile_plan();
        RC_ASSERT(violated(plan) == "");
    }));
}

TEST_CASE(
    "property: random programs, faults, crashes and ends, then the network heals: all is read or somebody is told") {
    CHECK(holds("nothing is lost in silence", 1000, [] {
        SwarmPlan const plan = *any_swarm_plan();
        RC_ASSERT(violated(plan) == "");
    }));
}

TEST_CASE("plans: what is written as bytes is read as the same plan") {
    CHECK(holds("hostile plans survive bytes", 200, [] {
        HostilePlan const plan = *any_hostile_plan();
        HostilePlan const again = hostile_plan(bytes_of(plan));
        RC_ASSERT(hostile_plan(bytes_of(again)) == again);
    }));
    CHECK(holds("swarm plans survive bytes", 200, [] {
        SwarmPlan const plan = *any_swarm_plan();
        SwarmPlan const again = swarm_plan(bytes_of(plan));
        RC_ASSERT(swarm_plan(bytes_of(again)) == again);
    }));
}
