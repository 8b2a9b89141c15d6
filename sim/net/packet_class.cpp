#include "sim/net/packet_class.hpp"

namespace tcpsim::net {

PacketClasses StreamMemory::see(wire::Frame const& frame) {
    PacketClasses classes;
    wire::TcpSegment const* const segment = wire::tcp_of(frame);
    if (segment == nullptr) {
        return classes;
    }
    classes.add(PacketClass::tcp);
    if (segment->flags.has(wire::Flags::rst)) {
        classes.add(PacketClass::rst);
        return classes;
    }
    wire::Ipv4Header const& header = std::get<wire::Ipv4Packet>(frame.body).header;
    wire::FourTuple const stream{{header.source, segment->source_port},
                                 {header.destination, segment->destination_port}};
    auto const [known, is_new] = streams_.try_emplace(stream, Stream{segment->seq, segment->seq});
    bool const opens = segment->flags.has(wire::Flags::syn);
    bool const finishes = segment->flags.has(wire::Flags::fin);
    if (opens && known->second.initial != segment->seq) {
        known->second = {segment->seq, segment->seq};  // the ports are used again
    }
    SeqNum& sent = known->second.sent;
    if (opens) {
        classes.add(segment->flags.has(wire::Flags::ack) ? PacketClass::syn_ack : PacketClass::syn);
    }
    if (finishes) {
        classes.add(PacketClass::fin);
    }
    if (!opens && !segment->payload.empty()) {
        SeqNum const text_end = segment->seq + static_cast<std::uint32_t>(segment->payload.size());
        classes.add(text_end.after(sent) ? PacketClass::new_data : PacketClass::repeated_data);
    } else if (!opens && !finishes) {
        classes.add(PacketClass::pure_ack);
    }
    sent = later_of(sent, segment->seq + segment->length());
    return classes;
}

}  // namespace tcpsim::net
