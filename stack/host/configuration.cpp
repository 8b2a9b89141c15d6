#include "stack/host/configuration.hpp"

namespace tcpsim::host {
namespace {

/// Longest prefix, then the earlier one.
Route const* best_route(Configuration const& configuration, wire::Ipv4Address destination) {
    Route const* best = nullptr;
    for (Route const& route : configuration.routes) {
        bool const longer = best == nullptr || route.destination.length > best->destination.length;
        if (longer && route.destination.contains(destination)) {
            best = &route;
        }
    }
    return best;
}

}  // namespace

std::optional<NextHop> next_hop(Configuration const& configuration, wire::Ipv4Address destination) {
    Route const* const route = best_route(configuration, destination);
    if (route == nullptr) {
        return std::nullopt;
    }
    NextHop hop{.interface = route->interface};
    wire::Ipv4Address const on_link = route->gateway.value_or(destination);
    for (Neighbour const& neighbour : configuration.neighbours) {
        if (neighbour.interface == route->interface && neighbour.address == on_link) {
            hop.mac = neighbour.mac;
            break;
        }
    }
    return hop;
}

}  // namespace tcpsim::host
