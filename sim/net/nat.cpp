#include "sim/net/nat.hpp"

#include "sim/net/icmp_errors.hpp"
#include "stack/base/check.hpp"
#include "stack/wire/icmp.hpp"

#include <utility>

namespace tcpsim::net {

Passage Nat::look(wire::Ipv4Packet& packet, std::uint32_t interface, std::uint32_t out, Instant now) {
    bool const is_outside = interface == settings_.outside;
    if (!is_outside && out != settings_.outside) {
        return {};
    }
    if (is_outside && packet.header.destination != settings_.address) {
        // RFC 3022 §2: nobody outside has a route to private addresses. One that leaks lets answers to the leak in.
        bool const is_transit = out == settings_.outside || settings_.from_inside == UnknownFlow::leak;
        return is_transit ? Passage{} : Passage{trace::DropReason::no_mapping, {}};
    }
    if (auto const quoted = quoted_key(packet)) {
        // RFC 5508 REQ-4, REQ-5: an error about no mapping goes no further.
        bool const known = is_outside ? error_inwards(packet, *quoted, now) : error_outwards(packet, *quoted, now);
        return known ? Passage{} : Passage{trace::DropReason::no_mapping, {}};
    }
    auto const flow = key_of(packet);
    if (!flow) {
        return {};
    }
    return is_outside ? inwards(packet, *flow, now) : outwards(packet, *flow, now);
}

Passage Nat::outwards(wire::Ipv4Packet& packet, FlowKey const& inside, Instant now) {
    auto found = find(inside, now);
    if (found == mappings_.end()) {
        auto const* const segment = std::get_if<wire::TcpSegment>(&packet.body);
        bool const begins = segment == nullptr || opens(*segment);
        if (!begins && settings_.from_inside != UnknownFlow::pick_up) {
            return unknown_flow(settings_.from_inside, trace::DropReason::no_mapping, packet, *segment);
        }
        if (!map(inside, begins ? Flow{} : Flow::picked_up(now), now)) {
            return {trace::DropReason::no_mapping, {}};
        }
        found = mappings_.find(inside);
    }
    found->second.flow.see(packet, true, now);
    set_source(packet, {settings_.address, found->second.port});
    return {};
}

Passage Nat::inwards(wire::Ipv4Packet& packet, FlowKey const& flow, Instant now) {
    auto const found = find_outside({flow.protocol, flow.ends.remote.port, flow.ends.local}, now);
    if (found == mappings_.end()) {
        return unknown_outside(packet);
    }
    found->second.flow.see(packet, false, now);
    set_destination(packet, found->first.ends.local);
    return {};
}

/// As if it were for the box itself, where nobody listens.
Passage Nat::unknown_outside(wire::Ipv4Packet const& packet) const {
    if (auto const* const segment = std::get_if<wire::TcpSegment>(&packet.body)) {
        return unknown_flow(settings_.from_outside, trace::DropReason::no_mapping, packet, *segment);
    }
    Passage passage{trace::DropReason::no_mapping, {}};
    if (settings_.from_outside == UnknownFlow::reset) {
        if (auto error = icmp_error(IcmpReason::port_unreachable, packet, settings_.address, 0)) {
            passage.answers.push_back(std::move(*error));
        }
    }
    return passage;
}

// RFC 5508 REQ-5: an insider's error about what came from outside. REQ-6: no mapping lives longer for it.
bool Nat::error_outwards(wire::Ipv4Packet& packet, FlowKey const& quoted, Instant now) {
    auto const found = find(quoted.reversed(), now);
    if (found == mappings_.end()) {
        return false;
    }
    auto& message = std::get<wire::IcmpMessage>(packet.body);
    message = wire::requoted(message, quoted.ends.local, {settings_.address, found->second.port});
    packet.header.source = settings_.address;
    return true;
}

// RFC 5508 REQ-4: somebody's error about what went outside.
bool Nat::error_inwards(wire::Ipv4Packet& packet, FlowKey const& quoted, Instant now) {
    auto const found = find_outside({quoted.protocol, quoted.ends.local.port, quoted.ends.remote}, now);
    if (found == mappings_.end() || quoted.ends.local.address != settings_.address) {
        return false;
    }
    auto& message = std::get<wire::IcmpMessage>(packet.body);
    message = wire::requoted(message, found->first.ends.local, quoted.ends.remote);
    packet.header.destination = found->first.ends.local.address;
    return true;
}

void Nat::translate_back(wire::Ipv4Packet& error, Instant now) {
    auto const quoted = quoted_key(error);
    if (!quoted) {
        return;
    }
    if (quoted->ends.local.address == settings_.address) {
        (void)error_inwards(error, *quoted, now);
    } else {
        (void)error_outwards(error, *quoted, now);
    }
}

/// One that has not been silent for too long.
Nat::Mappings::iterator Nat::find(FlowKey const& inside, Instant now) {
    auto const found = mappings_.find(inside);
    if (found == mappings_.end() || now < found->second.flow.expires(settings_.timeouts)) {
        return found;
    }
    by_outside_.erase({inside.protocol, found->second.port, inside.ends.remote});
    mappings_.erase(found);
    return mappings_.end();
}

Nat::Mappings::iterator Nat::find_outside(Outside const& outside, Instant now) {
    auto const inside = by_outside_.find(outside);
    return inside == by_outside_.end() ? mappings_.end() : find(FlowKey{inside->second}, now);
}

bool Nat::map(FlowKey const& inside, Flow flow, Instant now) {
    if (by_outside_.contains({inside.protocol, inside.ends.local.port, inside.ends.remote})) {
        forget_expired(now);
    }
    auto const port = free_port(inside.protocol, inside.ends.local.port, inside.ends.remote);
    if (port) {
        by_outside_[{inside.protocol, *port, inside.ends.remote}] = inside;
        mappings_[inside] = Mapping{*port, flow};
    }
    return port.has_value();
}

void Nat::forget_expired(Instant now) {
    for (auto mapping = mappings_.begin(); mapping != mappings_.end();) {
        auto const& [inside, its] = *mapping;
        if (now < its.flow.expires(settings_.timeouts)) {
            ++mapping;
            continue;
        }
        by_outside_.erase({inside.protocol, its.port, inside.ends.remote});
        mapping = mappings_.erase(mapping);
    }
}

/// RFC 4787 §4.2.1: the inside port if nobody has it. Towards another peer a port may be used again: Linux deviates from
/// RFC 5382 REQ-1, which asks for a mapping that is the same for all peers.
std::optional<std::uint16_t> Nat::free_port(std::uint8_t protocol, std::uint16_t wanted, wire::Endpoint remote) const {
    if (!by_outside_.contains({protocol, wanted, remote})) {
        return wanted;
    }
    for (std::uint32_t port = settings_.first_port; port <= 65'535; ++port) {
        if (!by_outside_.contains({protocol, static_cast<std::uint16_t>(port), remote})) {
            return static_cast<std::uint16_t>(port);
        }
    }
    return std::nullopt;
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
        if (auto const port = free_port(inside.protocol, mapping.port, inside.ends.remote)) {
            by_outside_[{inside.protocol, *port, inside.ends.remote}] = inside;
            mapping.port = *port;
        }
    }
    for (auto const& [outside, inside] : before) {
        if (mappings_.at(inside).port != outside.port) {
            by_outside_.erase(outside);
        }
    }
    return !mappings_.empty();
}

}  // namespace tcpsim::net
