// sim/machine: a kernel's clock against the world's.
#include "sim/machine/clock.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace tcpsim;
using namespace std::chrono_literals;
using machine::Clock;

namespace {
constexpr Instant at(Duration since_start) { return Instant{since_start}; }
}  // namespace

TEST_CASE("clock: a kernel believes the world's time until something happens") {
    Clock const clock;
    CHECK(clock.kernel(at(7s)) == at(7s));
    CHECK(clock.world(at(7s)) == at(7s));
    CHECK(clock.world(never) == never);
}

TEST_CASE("clock: standing still and jumping move every later instant") {
    Clock clock;
    clock.stood_still(3s);
    CHECK(clock.kernel(at(10s)) == at(7s));
    CHECK(clock.world(at(7s)) == at(10s));
    clock.jump(at(10s), 1h);
    CHECK(clock.kernel(at(10s)) == at(1h + 7s));
    CHECK(clock.world(at(1h + 8s)) == at(11s));
}

TEST_CASE("clock: what lies in the past has come already") {
    Clock clock;
    clock.jump(at(10s), 5s);
    CHECK(clock.world(at(12s)) == at(10s));
}

TEST_CASE("clock: a rate is exact, and world() is the first instant at which kernel() is there") {
    for (std::int32_t const rate : {-500'000, -100, -1, 1, 50, 1'000'000}) {
        CAPTURE(rate);
        Clock clock;
        clock.run_fast(at(2s), rate);
        CHECK(clock.kernel(at(2s)) == at(2s));
        CHECK(clock.kernel(at(1'000'002s)) == at(1'000'002s + Duration{1s} * rate));
        for (std::int64_t const ns : {1LL, 3LL, 999'999LL, 1'000'001LL, 123'456'789'012'345LL}) {
            Instant const kernel = at(2s) + Duration{ns};
            Instant const world = clock.world(kernel);
            CHECK(clock.kernel(world) >= kernel);
            CHECK(clock.kernel(world - 1ns) < kernel);
        }
    }
}
