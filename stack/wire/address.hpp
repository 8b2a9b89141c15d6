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
    [[nodiscard]] constexpr bool this_network() const { return value >> 24U == 0; }  ///< RFC 1122 §3.2.1.3 (a), (b)
    [[nodiscard]] constexpr bool multicast() const { return value >> 28U == 0xe; }
    [[nodiscard]] constexpr bool limited_broadcast() const { return value == 0xffffffff; }
    auto operator<=>(Ipv4Address const&) const = default;
};

/// An address with a prefix length: 10.1.0.2/24.
struct Ipv4Prefix {
    Ipv4Address address{};
    std::uint8_t length{0};
    [[nodiscard]] constexpr std::uint32_t mask() const { return length == 0 ? 0 : ~std::uint32_t{0} << (32U - length); }
    [[nodiscard]] constexpr bool contains(Ipv4Address a) const { return ((a.value ^ address.value) & mask()) == 0; }
    /// RFC 919: all ones in the host's part. RFC 3021: a prefix of 31 bits has no broadcast, nor has one of 32.
    [[nodiscard]] constexpr bool is_broadcast(Ipv4Address a) const {
        return length < 31 && contains(a) && (a.value | mask()) == 0xffffffff;
    }
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
