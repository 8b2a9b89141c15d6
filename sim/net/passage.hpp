// What a middlebox says about a packet that it may have rewritten.
#pragma once

#include "sim/net/flow.hpp"
#include "sim/trace/record.hpp"

#include <optional>
#include <vector>

namespace tcpsim::net {

struct Passage {
    std::optional<trace::DropReason> dropped{};  ///< empty: it passes
    std::vector<wire::Ipv4Packet> answers{};     ///< in any case the box itself sends these
};

/// As `unknown` says of a packet in the middle of nothing; `pick_up` and `leak` pass.
inline Passage unknown_flow(UnknownFlow unknown, trace::DropReason reason, wire::Ipv4Packet const& packet,
                            wire::TcpSegment const& segment) {
    Passage passage;
    if (unknown == UnknownFlow::drop || unknown == UnknownFlow::reset) {
        passage.dropped = reason;
    }
    if (unknown == UnknownFlow::reset) {
        if (auto reset = reset_for(packet, segment)) {
            passage.answers.push_back(std::move(*reset));
        }
    }
    return passage;
}

}  // namespace tcpsim::net
