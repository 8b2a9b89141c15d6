#include "tools/render/numbering.hpp"

namespace tcpsim::render {

wire::RelativeTo Numbering::see(wire::Ipv4Header const& header, wire::TcpSegment const& segment) {
    Key const ours{{header.source, segment.source_port}, {header.destination, segment.destination_port}};
    Key const theirs{ours.to, ours.from};
    if (segment.flags.has(wire::Flags::syn)) {
        auto const known = directions_.find(ours);
        bool const repeated = known != directions_.end() && known->second.initial == segment.seq;
        if (!repeated) {
            auto const timestamps = wire::decode(segment.options).timestamps;
            directions_[ours] = {segment.seq, timestamps ? timestamps->value : 0};
            if (!segment.flags.has(wire::Flags::ack)) {
                directions_.erase(theirs);  // another incarnation: the old answers count no more
            }
        }
    }
    wire::RelativeTo base;
    if (auto const own = directions_.find(ours); own != directions_.end()) {
        base.seq = own->second.initial;
        base.timestamp_value = own->second.timestamp;
    }
    if (auto const peer = directions_.find(theirs); peer != directions_.end() && segment.flags.has(wire::Flags::ack)) {
        base.ack = peer->second.initial;
        base.timestamp_echo = peer->second.timestamp;
    }
    // RFC 9293 §3.10.7.1: the RST that answers a segment without ACK has the number zero, which belongs to no stream.
    if (segment.flags.has(wire::Flags::rst) && segment.flags.has(wire::Flags::ack) && segment.seq == SeqNum{}) {
        base.seq = {};
    }
    return base;
}

}  // namespace tcpsim::render
