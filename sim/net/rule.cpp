#include "sim/net/rule.hpp"

#include "stack/wire/notation.hpp"

namespace tcpsim::net {

bool matches(Match const& match, wire::Frame const& frame, PacketClasses classes) {
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
        if (segment == nullptr || (match.data && segment->payload.empty()) ||
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
