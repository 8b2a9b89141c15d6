#include "sim/net/rule.hpp"

#include "stack/wire/notation.hpp"

namespace tcpsim::net {

namespace {

/// Empty: another one, or unreadable.
std::optional<Protocol> protocol_of(wire::Frame const& frame) {
    if (std::holds_alternative<wire::ArpPacket>(frame.body)) {
        return Protocol::arp;
    }
    auto const* const packet = std::get_if<wire::Ipv4Packet>(&frame.body);
    if (packet == nullptr) {
        return std::nullopt;
    }
    switch (packet->header.protocol) {
        case wire::protocol_tcp:
            return Protocol::tcp;
        case wire::protocol_udp:
            return Protocol::udp;
        case wire::protocol_icmp:
            return Protocol::icmp;
        default:
            return std::nullopt;
    }
}

}  // namespace

bool matches(Match const& match, wire::Frame const& frame, PacketClasses classes) {
    if (match.protocol && protocol_of(frame) != match.protocol) {
        return false;
    }
    if (match.kind && !classes.has(*match.kind)) {
        return false;
    }
    if (match.larger_than != 0) {
        auto const* packet = std::get_if<wire::Ipv4Packet>(&frame.body);
        if (packet == nullptr || wire::wire_size(*packet) <= match.larger_than) {
            return false;
        }
    }
    if (match.from || match.to) {
        auto const* packet = std::get_if<wire::Ipv4Packet>(&frame.body);
        if (packet == nullptr || (match.from && packet->header.source != *match.from) ||
            (match.to && packet->header.destination != *match.to)) {
            return false;
        }
    }
    if (match.flags || match.data) {
        wire::TcpSegment const* segment = wire::tcp_of(frame);
        if (segment == nullptr || (match.data && segment->payload.empty() == *match.data) ||
            (match.flags && wire::flags_text(segment->flags) != *match.flags)) {
            return false;
        }
    }
    return true;
}

bool fires(Match const& match, std::uint64_t seen) {
    return match.nth == 0 || (seen >= match.nth && seen - match.nth < match.times);
}

}  // namespace tcpsim::net
