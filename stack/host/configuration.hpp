// What a machine keeps on disk about its network: plain data, survives every boot.
#pragma once

#include "stack/wire/address.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tcpsim::host {

struct Interface {
    std::string name{};  ///< "eth0"
    wire::MacAddress mac{};
    wire::Ipv4Prefix address{};
    std::uint16_t mtu{1500};
};

/// Longest prefix wins, then the earlier one. Without a gateway the destination is on the link.
struct Route {
    wire::Ipv4Prefix destination{};
    std::uint32_t interface { 0 };
    std::optional<wire::Ipv4Address> gateway{};
};

/// A static neighbour (`ip neighbour … nud permanent`).
struct Neighbour {
    std::uint32_t interface { 0 };
    wire::Ipv4Address address{};
    wire::MacAddress mac{};
};

struct Configuration {
    std::string name{};
    std::vector<Interface> interfaces{};
    std::vector<Route> routes{};
    std::vector<Neighbour> neighbours{};
};

/// Where a packet to `destination` leaves, and to which MAC address.
struct NextHop {
    std::uint32_t interface { 0 };
    std::optional<wire::MacAddress> mac{};  ///< empty: no such neighbour
};
/// Empty: no route.
std::optional<NextHop> next_hop(Configuration const& configuration, wire::Ipv4Address destination);

}  // namespace tcpsim::host
