// ARP (RFC 826): packets wait for their next hop's MAC address, or come back as unreachable.
#include "stack/host/resolution.hpp"

#include "stack/host/slots.hpp"
#include "stack/wire/icmp.hpp"

#include <utility>

namespace tcpsim::host {
namespace {

Outgoing frame_for(Configuration const& own, NeighbourKey key, wire::MacAddress mac, wire::Ipv4Packet packet,
                   tcp::Cause cause) {
    Outgoing outgoing{.interface = key.interface, .cause = cause};
    outgoing.frame.destination = mac;
    outgoing.frame.source = own.interfaces[key.interface].mac;
    outgoing.frame.body = std::move(packet);
    return outgoing;
}

}  // namespace

/// Sends what the door that is open said, or keeps it until its neighbour has answered.
void Host::ask_neighbours(Instant now, Output& out) {
    Resolution& r = *resolution_;
    for (; !r.outgoing.empty(); r.outgoing.pop_front()) {
        auto& [key, packet] = r.outgoing.front();
        if (auto const mac = r.table.resolve(key, configuration_, now, r.said)) {
            out.frames.push_back(frame_for(configuration_, key, *mac, std::move(packet.packet), packet.cause));
            continue;
        }
        if (r.table.rejects(key,
                            now)) {  // 4.4BSD ether_output, EHOSTDOWN: a timer's or an ACK's packet, nobody hears it
            out.discarded.push_back(Discarded::no_neighbour);
            continue;
        }
        auto& waiting = r.waiting[key];
        waiting.push_back(std::move(packet));
        if (waiting.size() > static_cast<std::size_t>(profile_->neighbours.queue.value)) {
            waiting.pop_front();  // Linux __neigh_event_send, 4.4BSD arpresolve: the oldest goes
            out.discarded.push_back(Discarded::no_neighbour);
        }
    }
    settle(now, out);
}

/// Carries out what the table said.
void Host::settle(Instant now, Output& out) {
    Resolution& r = *resolution_;
    NeighbourOutput const said = std::exchange(r.said, {});
    for (auto const& [interface, frame] : said.frames) {
        out.frames.push_back({.interface = interface, .frame = frame});
    }
    for (auto const& [key, mac] : said.settled) {
        for (Resolution::Packet& packet : std::exchange(r.waiting[key], {})) {
            if (mac) {
                out.frames.push_back(frame_for(configuration_, key, *mac, std::move(packet.packet), packet.cause));
            } else {
                neighbour_is_unreachable(packet.packet, now, out);
            }
        }
        r.waiting.erase(key);
    }
    Instant const deadline = r.table.next_deadline();
    if (deadline != r.reported) {
        r.reported = deadline;
        out.deadlines.push_back({own_timers, deadline});
    }
}

// Linux arp_error_report, ipv4_link_failure: as if a router had said so.
void Host::neighbour_is_unreachable(wire::Ipv4Packet const& packet, Instant now, Output& out) {
    out.discarded.push_back(Discarded::no_neighbour);
    wire::IcmpMessage const message = wire::icmp_error(wire::icmp_unreachable, wire::icmp_host, 0, packet);
    wire::Ipv4Packet told;
    told.header.source = packet.header.source;
    told.header.destination = packet.header.source;
    told.header.protocol = wire::protocol_icmp;
    told.body = message;
    icmp_arrives(told, message, now, out);
}

void Host::arp_arrives(std::uint32_t interface, wire::Frame const& frame, Instant now, Output& out) {
    bool const to_us = frame.destination == configuration_.interfaces[interface].mac;
    auto const& arp = std::get<wire::ArpPacket>(frame.body);
    resolution_->table.arp_arrives(interface, arp, to_us, configuration_, now, resolution_->said);
    settle(now, out);
}

/// RFC 4861 §7.3.1: an upper layer's progress shows that the way there works (Linux sk_dst_confirm).
void Host::confirm_neighbour(wire::Ipv4Address remote, Instant now) {
    if (auto const hop = next_hop(configuration_, remote)) {
        resolution_->table.confirm({hop->interface, hop->on_link}, now);
    }
}

void Host::announce(std::uint32_t interface, Output& out) {
    if (resolution_ && profile_->neighbours.announces.value) {
        out.frames.push_back(
            {.interface = interface, .frame = gratuitous_arp(configuration_.interfaces.at(interface))});
    }
}

void Host::forget_neighbours(std::uint32_t interface, Instant now, Output& out) {
    if (resolution_) {
        resolution_->table.forget(interface, resolution_->said);
        settle(now, out);
        drain(now, out);
    }
}

}  // namespace tcpsim::host
