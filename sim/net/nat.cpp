#include "sim/net/nat.hpp"

#include "stack/base/check.hpp"

namespace tcpsim::net {

Passage Nat::look(wire::Ipv4Packet& packet, std::uint32_t interface, Instant now) {
    auto* const segment = std::get_if<wire::TcpSegment>(&packet.body);
    if (segment == nullptr) {
        return {};  // only TCP is translated so far
    }
    if (interface != settings_.outside) {
        return outwards(packet, *segment, now);
    }
    return packet.header.destination == settings_.address ? inwards(packet, *segment, now) : Passage{};
}

Passage Nat::outwards(wire::Ipv4Packet& packet, wire::TcpSegment& segment, Instant now) {
    wire::FourTuple const inside = flow_of(packet, segment);
    auto found = find(inside, now);
    if (found == mappings_.end()) {
        bool const picks_up = settings_.from_inside == UnknownFlow::pick_up;
        if (!opens(segment) && !picks_up) {
            return unknown_flow(settings_.from_inside, trace::DropReason::no_mapping, packet, segment);
        }
        map(inside, opens(segment) ? Flow{} : Flow::picked_up(now));
        found = mappings_.find(inside);
    }
    found->second.flow.see(segment, true, now);
    packet.header.source = settings_.address;
    segment.source_port = found->second.port;
    return {};
}

Passage Nat::inwards(wire::Ipv4Packet& packet, wire::TcpSegment& segment, Instant now) {
    wire::Endpoint const remote{packet.header.source, segment.source_port};
    auto const outside = by_outside_.find({segment.destination_port, remote});
    auto const found = outside == by_outside_.end() ? mappings_.end() : find(outside->second, now);
    if (found == mappings_.end()) {
        return unknown_flow(settings_.from_outside, trace::DropReason::no_mapping, packet, segment);
    }
    found->second.flow.see(segment, false, now);
    packet.header.destination = found->first.local.address;
    segment.destination_port = found->first.local.port;
    return {};
}

/// One that has not been silent for too long.
Nat::Mappings::iterator Nat::find(wire::FourTuple const& inside, Instant now) {
    auto const found = mappings_.find(inside);
    if (found == mappings_.end() || now < found->second.flow.expires(settings_.timeouts)) {
        return found;
    }
    by_outside_.erase({found->second.port, inside.remote});
    mappings_.erase(found);
    return mappings_.end();
}

Nat::Mapping& Nat::map(wire::FourTuple const& inside, Flow flow) {
    std::uint16_t const port = free_port(inside.local.port, inside.remote);
    by_outside_[{port, inside.remote}] = inside;
    return mappings_[inside] = Mapping{port, flow};
}

/// RFC 4787 §4.2.1: the inside port if nobody has it. Towards another peer a port may be used again (RFC 5382 REQ-1 is not
/// asked of a NAT that lets nobody in).
std::uint16_t Nat::free_port(std::uint16_t wanted, wire::Endpoint remote) const {
    if (!by_outside_.contains({wanted, remote})) {
        return wanted;
    }
    for (std::uint32_t port = settings_.first_port; port <= 65'535; ++port) {
        if (!by_outside_.contains({static_cast<std::uint16_t>(port), remote})) {
            return static_cast<std::uint16_t>(port);
        }
    }
    check(false, "a NAT has a port left");
    return 0;
}

bool Nat::forget() {
    bool const had_some = !mappings_.empty();
    mappings_.clear();
    by_outside_.clear();
    return had_some;
}

bool Nat::rebind() {
    auto const before = by_outside_;  // nobody gets back what it had
    for (auto& [inside, mapping] : mappings_) {
        std::uint16_t const port = free_port(mapping.port, inside.remote);
        by_outside_[{port, inside.remote}] = inside;
        mapping.port = port;
    }
    for (auto const& [outside, inside] : before) {
        by_outside_.erase(outside);
    }
    return !mappings_.empty();
}

}  // namespace tcpsim::net
