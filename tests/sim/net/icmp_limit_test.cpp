// sim/net: how many ICMP errors a router sends.
#include "sim/net/icmp_limit.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::net;
using namespace std::chrono_literals;

namespace {
constexpr Instant at(Duration since_start) { return Instant{since_start}; }
constexpr wire::Ipv4Address one{1}, other{2};
}  // namespace

TEST_CASE("ICMP limit: six at once, then one a second, to each destination") {
    IcmpLimit limit;
    for (int i = 0; i < 6; ++i) {
        CHECK(limit.allows(one, at(0s)));
    }
    CHECK_FALSE(limit.allows(one, at(0s)));
    CHECK_FALSE(limit.allows(one, at(1s - 1ns)));
    CHECK(limit.allows(one, at(1s)));
    CHECK_FALSE(limit.allows(one, at(1s)));
    CHECK(limit.allows(other, at(1s)));
    CHECK(limit.allows(one, at(3s)));  // two saved
    CHECK(limit.allows(one, at(3s)));
    CHECK_FALSE(limit.allows(one, at(3s)));
}

TEST_CASE("ICMP limit: Linux ip_error: a packet without a route costs twice: two at once, then one every two seconds") {
    IcmpLimit limit;
    CHECK(limit.allows_route_error(one, at(0s)));  // 5 s are there: 1 for the route, 1 for the message
    CHECK(limit.allows_route_error(one, at(0s)));
    CHECK_FALSE(limit.allows_route_error(one, at(0s)));  // the fifth was for nothing
    CHECK_FALSE(limit.allows_route_error(one, at(1s)));
    CHECK_FALSE(limit.allows_route_error(one, at(2s - 1ns)));
    CHECK(limit.allows_route_error(other, at(2s)));
    CHECK(limit.allows_route_error(one, at(4s)));
}

namespace {
/// A packet without a route: when it was sent, and whether it was answered.
struct Sent {
    Duration at{};
    bool answered{};
};
}  // namespace

TEST_CASE("ICMP limit: recorded: crash_icmp_route_unreachable: whatever the router answered, and nothing else") {
    constexpr Sent recorded[] = {
        {358'900us, true},   {586'600us, true},   {814'600us, false},  {1'282'600us, false}, {2'210'600us, false},
        {4'034'600us, true}, {5'826'600us, true}, {7'618'600us, true}, {9'414'600us, true},  {11'234'600us, false},
    };
    IcmpLimit limit;
    for (Sent const& each : recorded) {
        CAPTURE(each.at.count());
        CHECK(limit.allows_route_error(one, at(each.at)) == each.answered);
    }
}

TEST_CASE("ICMP limit: had the recorded kernel's timers not fired late, one answer fewer: too little was saved up") {
    constexpr Sent without_lateness[] = {
        {359'000us, true},   {583'000us, true},   {807'000us, false},  {1'255'000us, false}, {2'151'000us, false},
        {3'943'000us, true}, {5'735'000us, true}, {7'527'000us, true}, {9'319'000us, false},  // 1.96 of 2 s
    };
    IcmpLimit limit;
    for (Sent const& each : without_lateness) {
        CAPTURE(each.at.count());
        CHECK(limit.allows_route_error(one, at(each.at)) == each.answered);
    }
}

TEST_CASE("ICMP limit: fifty at once to all, then a thousand a second") {
    IcmpLimit limit;
    for (std::uint32_t i = 0; i < 50; ++i) {
        CHECK(limit.allows(wire::Ipv4Address{100 + i}, at(0s)));
    }
    CHECK_FALSE(limit.allows(wire::Ipv4Address{200}, at(0s)));
    CHECK_FALSE(limit.allows(wire::Ipv4Address{200}, at(999us)));
    CHECK(limit.allows(wire::Ipv4Address{200}, at(1ms)));
}

TEST_CASE("ICMP limit: none where it is switched off") {
    IcmpLimit limit{{.each = 0s}};
    for (int i = 0; i < 100; ++i) {
        CHECK(limit.allows(one, at(0s)));
    }
}
