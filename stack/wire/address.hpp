// Addresses as types, so that IPv6 becomes an addition and not a rewrite.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tcpsim::wire {

/// RFC 791; the value is in host byte order, so 10.1.0.2 is 0x0a010002.
struct Ipv4Address {
    std::uint32_t value{0};
    [[nodiscard]] constexpr bool unspecified() const { return value == 0; }
    [[nodiscard]] constexpr bool loopback() const { return value >> 24U == 127; }
    auto operator<=>(Ipv4Address const&) const = default;
};

/// An address with a prefix length: 10.1.0.2/24.
struct Ipv4Prefix {
    Ipv4Address address{};
    std::uint8_t length{0};
    [[nodiscard]] constexpr std::uint32_t mask() const { return length == 0 ? 0 : ~std::uint32_t{0} << (32U - length); }
    [[nodiscard]] constexpr bool contains(Ipv4Address a) const { return ((a.value ^ address.value) & mask()) == 0; }
    auto operator<=>(Ipv4Prefix const&) const = default;
};

struct MacAddress {
    std::array<std::uint8_t, 6> bytes{};
    auto operator<=>(MacAddress const&) const = default;
};

/// What the sockets API calls a sockaddr_in.
struct Endpoint {
    Ipv4Address address{};
    std::uint16_t port{0};
    auto operator<=>(Endpoint const&) const = default;
};

/// Names a connection: RFC 9293 §3.3.1's pair of sockets, seen from one side.
struct FourTuple {
    Endpoint local{};
    Endpoint remote{};
    auto operator<=>(FourTuple const&) const = default;
};

std::optional<Ipv4Address> parse_ipv4(std::string_view dotted);
std::optional<Ipv4Prefix> parse_ipv4_prefix(std::string_view text);  ///< "10.1.0.2/24"
std::string to_string(Ipv4Address address);
std::string to_string(MacAddress const& address);
std::string to_string(Endpoint const& endpoint);  ///< "10.1.0.2:9998"

}  // namespace tcpsim::wire
