#include "sim/net/rule.hpp"

#include "stack/wire/notation.hpp"

namespace tcpsim::net {

bool matches(Match const& match, wire::Frame const& frame) {
    if (match.from || match.to) {
        auto const* packet = std::get_if<wire::Ipv4Packet>(&frame.body);
        if (packet == nullptr || (match.from && packet->header.source != *match.from) ||
            (match.to && packet->header.destination != *match.to)) {
            return false;
        }
    }
    if (match.flags || match.data) {
        wire::TcpSegment const* segment = wire::tcp_of(frame);
        if (segment == nullptr || (match.data && segment->payload.empty()) ||
            (match.flags && wire::flags_text(segment->flags) != *match.flags)) {
            return false;
        }
    }
    return true;
}

}  // namespace tcpsim::net
