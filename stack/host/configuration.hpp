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
    bool up{true};  ///< administratively; without it, or without an address, no route leads over it
    bool tun{false};  ///< no hardware but a program: what MSG_ZEROCOPY sends is copied, and no packet waits to leave
};

/// What becomes of a packet that takes a route (Linux rtm_type); all but the first two tell its sender.
enum class RouteKind : std::uint8_t {
    unicast,
    blackhole,
    unreachable_net,
    unreachable_host,
    unreachable_protocol,
    unreachable_port,
    prohibited,
};

/// Longest prefix wins, then the earlier one. Without a gateway the destination is on the link.
struct Route {
    wire::Ipv4Prefix destination{};
    std::uint32_t interface { 0 };
    std::optional<wire::Ipv4Address> gateway{};
    RouteKind kind{RouteKind::unicast};
    bool filter{false};  ///< not a route but a firewall's rule (nft reject): Linux limits what it says less
    bool operator==(Route const&) const = default;
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
    bool arp{false};        ///< neighbours are asked for; else they are static
    bool multipath{false};  ///< a router's: routes of one prefix share its flows; else the first has all
};

/// Its interface is up and has an address; one that leads nowhere needs neither.
bool usable(Configuration const& configuration, Route const& route);
/// The static neighbour's, if there is one.
std::optional<wire::MacAddress> static_neighbour(Configuration const& configuration, std::uint32_t interface,
                                                 wire::Ipv4Address address);
/// The best route that can be used now, or null.
Route const* route_to(Configuration const& configuration, wire::Ipv4Address destination);

/// Where a packet to `destination` leaves, and to which MAC address.
struct NextHop {
    std::uint32_t interface { 0 };
    wire::Ipv4Address on_link{};            ///< the gateway, or the destination itself
    std::optional<wire::MacAddress> mac{};  ///< empty: no such neighbour
};
/// Empty: no route, or none that leads anywhere.
std::optional<NextHop> next_hop(Configuration const& configuration, wire::Ipv4Address destination);

}  // namespace tcpsim::host
