// Packets on their way out whose next hop's MAC address must be asked for.
#pragma once

#include "stack/host/host.hpp"
#include "stack/host/neighbours.hpp"

#include <deque>
#include <map>

namespace tcpsim::host {

struct Host::Resolution {
    struct Packet {
        wire::Ipv4Packet packet{};
        tcp::Cause cause{};
    };
    Resolution(profile::Profile::NeighbourValues const& settings, SipKey secret) : table{settings, secret} {}

    Neighbours table;
    NeighbourOutput said{};
    std::deque<std::pair<NeighbourKey, Packet>> outgoing{};  ///< of the door that is open
    std::map<NeighbourKey, std::deque<Packet>> waiting{};
    Instant reported{never};
};

}  // namespace tcpsim::host
