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

TEST_CASE("ICMP limit: recorded: crash_icmp_route_unreachable: answers at 0.38, 0.61 and 4.06 s") {
    IcmpLimit limit;
    CHECK(limit.allows_route_error(one, at(380ms)));
    CHECK(limit.allows_route_error(one, at(610ms)));
    CHECK_FALSE(limit.allows_route_error(one, at(1280ms)));
    CHECK_FALSE(limit.allows_route_error(one, at(2210ms)));
    CHECK(limit.allows_route_error(one, at(4060ms)));
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
