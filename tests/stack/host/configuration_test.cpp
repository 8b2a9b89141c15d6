#include "stack/host/configuration.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::host;

namespace {

constexpr wire::MacAddress mac(std::uint8_t last) { return wire::MacAddress{{2, 0, 0, 0, 0, last}}; }
constexpr wire::Ipv4Address address(std::uint32_t value) { return wire::Ipv4Address{value}; }

/// Three interfaces; 10.1.0.0/24 is on eth0, 10.1.0.128/25 behind a gateway on
/// eth1, the rest behind one on eth2.
Configuration configuration() {
    Configuration c;
    for (std::uint32_t i = 0; i < 3; ++i) {
        c.interfaces.push_back({.name = "eth", .address = {address(0x0a010001 + (i << 16U)), 24}});
    }
    c.routes = {
        {{}, 2, address(0x0a030001)},
        {{address(0x0a010000), 24}, 0, std::nullopt},
        {{address(0x0a010080), 25}, 1, address(0x0a020001)},
        {{address(0x0a010000), 24}, 1, std::nullopt},
    };
    c.neighbours = {
        {1, address(0x0a010005), mac(9)},  // the same address on another interface
        {0, address(0x0a010005), mac(1)},
        {1, address(0x0a020001), mac(2)},
        {2, address(0x0a030001), mac(3)},
    };
    return c;
}

}  // namespace

TEST_CASE("next hop: the longest prefix wins, wherever it stands in the table") {
    auto const hop = next_hop(configuration(), address(0x0a010085));
    REQUIRE(hop);
    CHECK(hop->interface == 1);
    CHECK(hop->mac == mac(2));
}

TEST_CASE(
    "next hop: of equal prefixes the earlier wins, and neighbours belong "
    "to their interface") {
    auto const hop = next_hop(configuration(), address(0x0a010005));
    REQUIRE(hop);
    CHECK(hop->interface == 0);
    CHECK(hop->mac == mac(1));
}

TEST_CASE("next hop: a default route leads to its gateway's MAC address") {
    auto const hop = next_hop(configuration(), address(0xc0000201));
    REQUIRE(hop);
    CHECK(hop->interface == 2);
    CHECK(hop->mac == mac(3));
}

TEST_CASE(
    "next hop: without a neighbour there is a hop but no MAC address, "
    "without a route no hop") {
    auto const unknown = next_hop(configuration(), address(0x0a010006));
    REQUIRE(unknown);
    CHECK(unknown->interface == 0);
    CHECK_FALSE(unknown->mac);

    Configuration without_default = configuration();
    without_default.routes.erase(without_default.routes.begin());
    CHECK_FALSE(next_hop(without_default, address(0xc0000201)));
}

TEST_CASE("next hop: Linux fib_sync_down: a route goes with its interface, and with the address on it") {
    for (bool const down : {true, false}) {
        Configuration c = configuration();
        if (down) {
            c.interfaces[1].up = false;
        } else {
            c.interfaces[1].address = {};
        }
        // 10.1.0.128/25 over eth1 is gone; 10.1.0.0/24 over eth0 is next.
        auto const hop = next_hop(c, address(0x0a010085));
        REQUIRE(hop.has_value());
        CHECK(hop->interface == 0);
        CHECK(hop->on_link == address(0x0a010085));
    }
}

TEST_CASE("next hop: a route that leads nowhere is none, but stands in the way of shorter ones") {
    Configuration c = configuration();
    c.routes.push_back({.destination = {address(0x0a010085), 32}, .kind = RouteKind::prohibited});
    CHECK_FALSE(next_hop(c, address(0x0a010085)));
    REQUIRE(route_to(c, address(0x0a010085)) != nullptr);
    CHECK(route_to(c, address(0x0a010085))->kind == RouteKind::prohibited);
    CHECK(next_hop(c, address(0x0a010086)));
}
