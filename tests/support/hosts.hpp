// A host on a link of one more: what it sends is looked at, what it gets is made by hand or by a second host.
#pragma once

#include "stack/host/host.hpp"

namespace tcpsim::test {

inline constexpr wire::Ipv4Address address_a{0x0a010002};
inline constexpr wire::Ipv4Address address_b{0x0a010003};
inline constexpr wire::MacAddress mac_a{{2, 0, 0, 0, 0, 0xa}};
inline constexpr wire::MacAddress mac_b{{2, 0, 0, 0, 0, 0xb}};
inline constexpr wire::Ipv4Address loopback{0x7f000001};

/// eth0 with a /24, the other host as its only neighbour.
inline host::Configuration configuration_of(bool a) {
    host::Configuration c;
    c.name = a ? "a" : "b";
    wire::Ipv4Prefix const address{a ? address_a : address_b, 24};
    c.interfaces.push_back({"eth0", a ? mac_a : mac_b, address, 1500});
    c.routes.push_back({address, 0, std::nullopt});
    c.neighbours.push_back({0, a ? address_b : address_a, a ? mac_b : mac_a});
    return c;
}

/// A frame from b to a.
inline wire::Frame frame_to_a(wire::TcpSegment segment) {
    wire::Ipv4Packet packet;
    packet.header.source = address_b;
    packet.header.destination = address_a;
    packet.header.protocol = wire::protocol_tcp;
    packet.body = std::move(segment);
    wire::Frame frame;
    frame.destination = mac_a;
    frame.source = mac_b;
    frame.body = std::move(packet);
    return frame;
}

inline wire::TcpSegment segment(std::uint16_t from, std::uint16_t to, std::uint8_t flags, SeqNum seq = {},
                                SeqNum ack = {}, std::uint32_t length = 0) {
    wire::TcpSegment s;
    s.source_port = from;
    s.destination_port = to;
    s.flags = wire::Flags{flags};
    s.seq = seq;
    s.ack = ack;
    s.window = 65535;
    s.payload = Payload::pattern(1, 0, length);
    return s;
}

/// The TCP segment of an outgoing frame.
inline wire::TcpSegment const& tcp_in(host::Outgoing const& outgoing) { return *wire::tcp_of(outgoing.frame); }

}  // namespace tcpsim::test
