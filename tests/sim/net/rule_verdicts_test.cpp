// sim/net: what a link's rules do beyond dropping: chances, directions, corruption, and their counts.
#include "tests/sim/net/bench.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace tcpsim;
using namespace tcpsim::net;
using namespace tcpsim::net::testing;
using namespace std::chrono_literals;

namespace {

Rule rule(Match match, Verdict::Kind verdict = Verdict::Kind::drop) {
    Rule made{.name = "rule", .match = std::move(match)};
    made.verdict.kind = verdict;
    return made;
}

}  // namespace

TEST_CASE("rule, towards: only packets that fly this way are seen") {
    for (End const towards : {End::a, End::b}) {
        LinkBench bench{{.name = "a-b", .delay = 1ms}};
        bench.arm(rule({.towards = towards}));
        bench.send(End::a, 1);
        bench.send(End::b, 2);
        bench.run();
        REQUIRE(bench.arrivals.size() == 1);
        CHECK(bench.arrivals[0].towards == other(towards));
        CHECK(bench.link.rules()[0].seen == 1);
        CHECK(bench.link.rules()[0].fired == 1);
    }
}

TEST_CASE(
    "rule, chance: certain and impossible are so, a half is about half, and packets that `nth` leaves out draw "
    "nothing") {
    for (std::uint32_t const per_million : {0U, 500'000U, 1'000'000U}) {
        CAPTURE(per_million);
        LinkBench bench{{.name = "a-b", .delay = 1ms}};
        bench.arm(rule({.nth = 101, .times = 1000, .chance = Probability{per_million}}));
        for (std::uint64_t i = 0; i < 1100; ++i) {
            bench.send(End::a, i);
        }
        bench.run();
        std::uint64_t const fired = bench.link.rules()[0].fired;
        CHECK(bench.arrivals.size() == 1100 - fired);
        CHECK(bench.link.rules()[0].seen == 1100);
        // Six standard deviations of a binomial: sqrt(1000 / 4) * 6 < 95.
        bool const half = per_million == 500'000;
        CHECK(fired + (half ? 95U : 0U) >= per_million / 1000);
        CHECK(fired <= per_million / 1000 + (half ? 95U : 0U));
    }
}

TEST_CASE("rule, times: the n-th and the next, so many in all") {
    LinkBench bench{{.name = "a-b", .delay = 1ms}};
    bench.arm(rule({.nth = 2, .times = 3}));
    for (std::uint64_t i = 1; i <= 6; ++i) {
        bench.send(End::a, i);
    }
    bench.run();
    std::vector<std::uint64_t> arrived;
    for (Arrival const& each : bench.arrivals) {
        arrived.push_back(each.packet);
    }
    CHECK(arrived == std::vector<std::uint64_t>{1, 5, 6});
}

TEST_CASE("rule: it tells when it first fired") {
    LinkBench bench{{.name = "a-b", .delay = 1ms}};
    bench.arm(rule({.nth = 2, .times = 2}));
    CHECK(bench.link.rules()[0].first_fired == never);
    for (int i = 1; i <= 3; ++i) {
        bench.run(at(i * 10ms));
        bench.send(End::a, static_cast<std::uint64_t>(i));
    }
    CHECK(bench.link.rules()[0].first_fired == at(20ms));
}

TEST_CASE("rule, corrupt: the frame arrives, and what it carries is not what was sent") {
    LinkBench bench{{.name = "a-b", .delay = 1ms}};
    bench.arm(rule({}, Verdict::Kind::corrupt));
    bench.send(End::a, 1, tcp_frame(10));
    core::Event const event = bench.queue.pop();
    bench.now = event.at;
    Context lent = bench.context();
    FramePtr const frame = bench.link.arrive(towards_of(event.owner), event.first, lent);
    REQUIRE(frame != nullptr);
    CHECK(frame->frame != tcp_frame(10));
    CHECK(wire::tcp_of(frame->frame) == nullptr);
}

TEST_CASE("black hole: it swallows what is sent from now on, each direction for itself, until it is restored") {
    LinkBench bench{{.name = "a-b", .delay = 10ms}};
    bench.send(End::a, 1);
    Context lent = bench.context();
    CHECK(bench.link.blackhole(End::b, lent));
    CHECK_FALSE(bench.link.blackhole(End::b, lent));
    bench.send(End::a, 2);
    bench.send(End::b, 3);
    CHECK(bench.link.blackhole({}, lent));  // the other direction is new
    bench.send(End::b, 4);
    CHECK(bench.restore());
    CHECK_FALSE(bench.restore());
    bench.send(End::a, 5);
    bench.run();
    std::vector<std::uint64_t> arrived;
    for (Arrival const& each : bench.arrivals) {
        arrived.push_back(each.packet);
    }
    CHECK(arrived == std::vector<std::uint64_t>{1, 5, 3});
}
