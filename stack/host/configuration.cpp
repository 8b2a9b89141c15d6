#include "stack/host/configuration.hpp"

namespace tcpsim::host {
// Linux fib_sync_down_dev, fib_sync_down_addr: a route goes with its interface, and with the address on it.
bool usable(Configuration const& configuration, Route const& route) {
    if (route.kind != RouteKind::unicast) {
        return true;
    }
    Interface const& interface = configuration.interfaces[route.interface];
    return interface.up && !interface.address.address.unspecified();
}

Route const* route_to(Configuration const& configuration, wire::Ipv4Address destination) {
    Route const* best = nullptr;
    for (Route const& route : configuration.routes) {
        bool const longer = best == nullptr || route.destination.length > best->destination.length;
        if (longer && route.destination.contains(destination) && usable(configuration, route)) {
            best = &route;
        }
    }
    return best;
}

std::optional<wire::MacAddress> static_neighbour(Configuration const& configuration, std::uint32_t interface,
                                                 wire::Ipv4Address address) {
    for (Neighbour const& neighbour : configuration.neighbours) {
        if (neighbour.interface == interface && neighbour.address == address) {
            return neighbour.mac;
        }
    }
    return std::nullopt;
}

std::optional<NextHop> next_hop(Configuration const& configuration, wire::Ipv4Address destination) {
    Route const* const route = route_to(configuration, destination);
    if (route == nullptr || route->kind != RouteKind::unicast) {
        return std::nullopt;
    }
    NextHop hop{.interface = route->interface, .on_link = route->gateway.value_or(destination)};
    hop.mac = static_neighbour(configuration, hop.interface, hop.on_link);
    return hop;
}

}  // namespace tcpsim::host
