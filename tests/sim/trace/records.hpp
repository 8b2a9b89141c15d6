// Records in which no field has its default, so that losing one shows.
#pragma once

#include "sim/trace/record.hpp"

namespace tcpsim::trace::testing {

inline wire::Frame tcp_frame(Payload payload) {
    wire::TcpSegment segment;
    segment.source_port = 40000;
    segment.destination_port = 9998;
    segment.seq = SeqNum{1000};
    segment.ack = SeqNum{2000};
    segment.flags = wire::Flags{wire::Flags::ack | wire::Flags::psh};
    segment.window = 502;
    segment.urgent = 3;
    segment.payload = std::move(payload);
    wire::Ipv4Packet packet;
    packet.header.source = wire::Ipv4Address{0x0a010002};
    packet.header.destination = wire::Ipv4Address{0x0a020002};
    packet.header.identification = 7;
    packet.header.dont_fragment = true;
    packet.header.protocol = wire::protocol_tcp;
    packet.body = std::move(segment);
    wire::Frame frame;
    frame.destination = wire::MacAddress{{2, 0, 0, 0, 2, 0}};
    frame.source = wire::MacAddress{{2, 0, 0, 0, 1, 0}};
    frame.body = std::move(packet);
    return frame;
}

inline wire::Ipv4Packet& packet_in(wire::Frame& frame) { return std::get<wire::Ipv4Packet>(frame.body); }
inline wire::TcpSegment& segment_in(wire::Frame& frame) { return std::get<wire::TcpSegment>(packet_in(frame).body); }

inline Record record_of(Event what) {
    Record record;
    record.at = Instant{std::chrono::milliseconds{5}};
    record.serial = 1;
    record.because.kind = Because::Kind::packet;
    record.because.packet = PacketId{NodeId{3}, 9};
    record.what = std::move(what);
    return record;
}

}  // namespace tcpsim::trace::testing
