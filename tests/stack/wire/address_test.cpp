#include "stack/wire/address.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace tcpsim::wire;

TEST_CASE("addresses: dotted quads and their values") {
    CHECK(parse_ipv4("10.1.0.2") == Ipv4Address{0x0a010002});
    CHECK(parse_ipv4("0.0.0.0") == Ipv4Address{0});
    CHECK(parse_ipv4("255.255.255.255") == Ipv4Address{0xffff'ffff});
    CHECK(to_string(Ipv4Address{0x0a010002}) == "10.1.0.2");
    CHECK(to_string(MacAddress{{0x02, 0x00, 0xab, 0xcd, 0xef, 0x10}}) == "02:00:ab:cd:ef:10");
    CHECK(to_string(Endpoint{{0x0a010002}, 9998}) == "10.1.0.2:9998");
}

TEST_CASE("addresses: what inet_pton refuses is refused") {
    for (char const* text :
         {"", "10", "10.1.0", "10.1.0.", ".10.1.0", "10.1.0.2.3", "10.1.0.256", "10.1.0.-2", "10.1.0.+2", "10.1..2",
          "010.1.0.2", "10.1.0.02", "10.1.0.2 ", " 10.1.0.2", "10.1.0.0x2", "a.b.c.d"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_ipv4(text).has_value());
    }
}

TEST_CASE("addresses: prefixes") {
    CHECK(parse_ipv4_prefix("10.1.0.2/24") == Ipv4Prefix{{0x0a010002}, 24});
    CHECK(parse_ipv4_prefix("0.0.0.0/0") == Ipv4Prefix{{0}, 0});
    CHECK(parse_ipv4_prefix("10.1.0.2/32") == Ipv4Prefix{{0x0a010002}, 32});
    for (char const* text :
         {"", "/", "/24", "10.1.0.2", "10.1.0.2/", "10.1.0.2/33", "10.1.0.2/-1", "10.1.0.2/08", "10.1/16"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_ipv4_prefix(text).has_value());
    }
}

TEST_CASE("addresses: a prefix contains what shares its leading bits") {
    Ipv4Prefix const net{{0x0a010002}, 24};
    CHECK(net.contains({0x0a010000}));
    CHECK(net.contains({0x0a0100ff}));
    CHECK_FALSE(net.contains({0x0a010100}));
    CHECK(Ipv4Prefix{{0x0a010002}, 0}.contains({0xffff'ffff}));
    CHECK_FALSE(Ipv4Prefix{{0x0a010002}, 32}.contains({0x0a010003}));
}

TEST_CASE("addresses: text and value are each other's inverse") {
    CHECK(rc::check("parse_ipv4(to_string(a)) == a", [](std::uint32_t value) {
        RC_ASSERT(parse_ipv4(to_string(Ipv4Address{value})) == Ipv4Address{value});
    }));
    CHECK(rc::check("any text is parsed or refused", [](std::string const& text) {
        auto const address = parse_ipv4(text);
        RC_ASSERT(!address || to_string(*address) == text);
    }));
}
