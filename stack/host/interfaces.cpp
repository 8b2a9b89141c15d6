// Interfaces and addresses that come and go while connections are open. TCP hears of it only by what it cannot send
// (recorded: own_nic_down, own_address_removed).
#include "stack/host/host.hpp"
#include "stack/host/slots.hpp"

namespace tcpsim::host {

bool Host::set_interface(std::uint32_t interface, bool up) {
    Interface& changed = configuration_.interfaces.at(interface);
    if (changed.up == up) {
        return false;
    }
    changed.up = up;
    paths_changed();
    return true;
}

bool Host::remove_address(std::uint32_t interface) {
    Interface& changed = configuration_.interfaces.at(interface);
    if (changed.address.address.unspecified()) {
        return false;
    }
    changed.address = {};
    paths_changed();
    return true;
}

bool Host::add_address(std::uint32_t interface, wire::Ipv4Prefix address) {
    Interface& changed = configuration_.interfaces.at(interface);
    if (!changed.address.address.unspecified()) {
        return false;  // an interface has one address
    }
    changed.address = address;
    paths_changed();
    return true;
}

bool Host::has_path(wire::FourTuple const& tuple) const {
    // Linux ip_route_output_key: a source that is no longer one's own has no route anywhere.
    bool const from_here = is_ours(configuration_, tuple.local.address);
    bool const to_here = is_ours(configuration_, tuple.remote.address);
    return from_here && (to_here || next_hop(configuration_, tuple.remote.address).has_value());
}

void Host::paths_changed() {
    for (auto const& slot : slots_) {
        if (slot) {
            slot->connection.set_path(has_path(slot->connection.tuple()));
        }
    }
}

}  // namespace tcpsim::host
