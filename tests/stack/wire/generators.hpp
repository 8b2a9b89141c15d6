// Frames at random for RapidCheck: whatever a struct can say that bytes can say too.
#pragma once

#include "stack/wire/packet.hpp"

#include <rapidcheck.h>

namespace tcpsim::wire::generators {

inline std::vector<std::uint8_t> bytes(std::size_t at_most) {
    auto const size = *rc::gen::inRange<std::size_t>(0, at_most + 1);
    return *rc::gen::container<std::vector<std::uint8_t>>(size, rc::gen::arbitrary<std::uint8_t>());
}

/// Whole words: what an option area is once it is on the wire.
inline std::vector<std::uint8_t> words(std::size_t at_most) {
    auto const count = *rc::gen::inRange<std::size_t>(0, at_most + 1);
    return *rc::gen::container<std::vector<std::uint8_t>>(4 * count, rc::gen::arbitrary<std::uint8_t>());
}

/// A rope of up to three slices, bytes and patterns mixed.
inline Payload payload() {
    Payload result;
    auto const slices = *rc::gen::inRange(0, 4);
    for (int i = 0; i < slices; ++i) {
        if (*rc::gen::arbitrary<bool>()) {
            std::vector<std::uint8_t> const text = bytes(40);
            result.append(Slice::copy_of(std::as_bytes(std::span{text})));
        } else {
            result.append(Slice::pattern(*rc::gen::arbitrary<std::uint8_t>(), *rc::gen::arbitrary<std::uint16_t>(),
                                         *rc::gen::inRange<std::uint64_t>(0, 1500)));
        }
    }
    return result;
}

inline TcpSegment segment() {
    TcpSegment result{.source_port = *rc::gen::arbitrary<std::uint16_t>(),
                      .destination_port = *rc::gen::arbitrary<std::uint16_t>(),
                      .seq = SeqNum{*rc::gen::arbitrary<std::uint32_t>()},
                      .ack = SeqNum{*rc::gen::arbitrary<std::uint32_t>()},
                      .flags = {*rc::gen::arbitrary<std::uint8_t>()},
                      .window = *rc::gen::arbitrary<std::uint16_t>(),
                      .urgent = *rc::gen::arbitrary<std::uint16_t>(),
                      .options = {},
                      .payload = payload()};
    RC_ASSERT(result.options.append(words(OptionBytes::capacity / 4)));
    return result;
}

inline Ipv4Header header() {
    return {.source = {*rc::gen::arbitrary<std::uint32_t>()},
            .destination = {*rc::gen::arbitrary<std::uint32_t>()},
            .tos = *rc::gen::arbitrary<std::uint8_t>(),
            .identification = *rc::gen::arbitrary<std::uint16_t>(),
            .dont_fragment = *rc::gen::arbitrary<bool>(),
            .more_fragments = false,
            .fragment_offset = 0,
            .ttl = *rc::gen::arbitrary<std::uint8_t>(),
            .protocol = protocol_tcp,
            .options = words(10)};
}

inline Ipv4Packet tcp_packet() { return {header(), segment()}; }

inline Ipv4Packet fragment() {
    Ipv4Packet packet{header(), RawPayload{payload()}};
    packet.header.protocol = *rc::gen::arbitrary<std::uint8_t>();
    packet.header.fragment_offset = *rc::gen::inRange<std::uint16_t>(0, 0x2000);
    packet.header.more_fragments = packet.header.fragment_offset == 0 || *rc::gen::arbitrary<bool>();
    return packet;
}

inline Ipv4Packet packet() {
    Ipv4Packet result{header(), {}};
    switch (*rc::gen::inRange(0, 5)) {
        case 0:
            return fragment();
        case 1:
            result.header.protocol = protocol_udp;
            result.body =
                UdpDatagram{*rc::gen::arbitrary<std::uint16_t>(), *rc::gen::arbitrary<std::uint16_t>(), payload()};
            return result;
        case 2:
            result.header.protocol = protocol_icmp;
            result.body = IcmpMessage{*rc::gen::arbitrary<std::uint8_t>(), *rc::gen::arbitrary<std::uint8_t>(),
                                      *rc::gen::arbitrary<std::uint32_t>(), payload()};
            return result;
        case 3:
            result.header.protocol = *rc::gen::inRange<std::uint8_t>(18, 255);
            result.body = RawPayload{payload()};
            return result;
        default:
            return tcp_packet();
    }
}

inline MacAddress mac() { return {*rc::gen::arbitrary<std::array<std::uint8_t, 6>>()}; }

inline ArpPacket arp() {
    return {*rc::gen::arbitrary<std::uint16_t>(),
            mac(),
            {*rc::gen::arbitrary<std::uint32_t>()},
            mac(),
            {*rc::gen::arbitrary<std::uint32_t>()}};
}

inline Frame frame() {
    Frame result{mac(), mac(), 0x0800, {}};
    switch (*rc::gen::inRange(0, 6)) {
        case 0:
            result.ether_type = 0x0806;
            result.body = arp();
            return result;
        case 1:
            result.ether_type = *rc::gen::inRange<std::uint16_t>(0x0807, 0xffff);
            result.body = RawPayload{payload()};
            return result;
        default:
            result.body = packet();
            return result;
    }
}

}  // namespace tcpsim::wire::generators
