#include "sim/net/firewall.hpp"

namespace tcpsim::net {

Passage Firewall::look(wire::Ipv4Packet const& packet, std::uint32_t interface, Instant now) {
    auto const* const segment = std::get_if<wire::TcpSegment>(&packet.body);
    if (segment == nullptr) {
        return {};  // it looks at TCP only
    }
    wire::FourTuple const forth = flow_of(packet, *segment);
    for (bool const is_forth : {true, false}) {
        auto const found = flows_.find(is_forth ? forth : wire::FourTuple{forth.remote, forth.local});
        if (found == flows_.end()) {
            continue;
        }
        if (now < found->second.flow.expires(settings_.timeouts)) {
            found->second.flow.see(*segment, is_forth, now);
            return {};
        }
        flows_.erase(found);
    }
    bool const may_begin = interface != settings_.outside || settings_.open_ports.contains(forth.remote.port);
    if (opens(*segment)) {
        if (!may_begin) {
            return unknown_flow(settings_.unknown == UnknownFlow::reset ? UnknownFlow::reset : UnknownFlow::drop,
                                trace::DropReason::prohibited, packet, *segment);
        }
        flows_[forth].flow.see(*segment, true, now);
        return {};
    }
    if (settings_.unknown == UnknownFlow::pick_up && may_begin) {
        flows_[forth].flow = Flow::picked_up(now);
        return {};
    }
    bool const told = settings_.unknown == UnknownFlow::reset;
    return unknown_flow(told ? UnknownFlow::reset : UnknownFlow::drop, trace::DropReason::no_flow, packet, *segment);
}

bool Firewall::forget() {
    bool const knew_some = !flows_.empty();
    flows_.clear();
    return knew_some;
}

}  // namespace tcpsim::net
