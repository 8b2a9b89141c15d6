#include "sim/net/firewall.hpp"

namespace tcpsim::net {

Passage Firewall::look(wire::Ipv4Packet const& packet, std::uint32_t interface, Instant now) {
    bool const is_outside = interface == settings_.outside;
    if (is_outside && is_icmp_error(packet)) {
        auto const quoted = quoted_key(packet);
        bool const related = quoted && find(*quoted, now).flow != nullptr;
        return related ? Passage{} : Passage{trace::DropReason::no_flow, {}};
    }
    auto const key = key_of(packet);
    if (!key) {
        return {};
    }
    auto const* const segment = std::get_if<wire::TcpSegment>(&packet.body);
    Known known = find(*key, now);
    if (known.flow != nullptr && known.flow->is_over() && segment != nullptr && opens(*segment)) {
        flows_.erase(known.forth ? *key : key->reversed());  // another connection, which may not be allowed
        known = {};
    }
    if (known.flow != nullptr) {
        known.flow->see(packet, known.forth, now);
        return {};
    }
    return begin(packet, *key, !is_outside || settings_.open_ports.contains(key->ends.remote.port), now);
}

/// Whose packet it is, whoever began; forgets what has been silent for too long.
Firewall::Known Firewall::find(FlowKey const& key, Instant now) {
    for (bool const forth : {true, false}) {
        auto const found = flows_.find(forth ? key : key.reversed());
        if (found == flows_.end()) {
            continue;
        }
        if (now < found->second.expires(settings_.timeouts)) {
            return {&found->second, forth};
        }
        flows_.erase(found);
    }
    return {};
}

/// A packet of nothing that it knows.
Passage Firewall::begin(wire::Ipv4Packet const& packet, FlowKey const& key, bool may_begin, Instant now) {
    auto const* const segment = std::get_if<wire::TcpSegment>(&packet.body);
    UnknownFlow const refusal = settings_.unknown == UnknownFlow::reset ? UnknownFlow::reset : UnknownFlow::drop;
    if (segment != nullptr && !opens(*segment)) {
        if (settings_.unknown == UnknownFlow::pick_up && may_begin) {
            flows_[key] = Flow::picked_up(now);
            return {};
        }
        return unknown_flow(refusal, trace::DropReason::no_flow, packet, *segment);
    }
    if (may_begin) {
        flows_[key].see(packet, true, now);
        return {};
    }
    return segment != nullptr ? unknown_flow(refusal, trace::DropReason::prohibited, packet, *segment)
                              : Passage{trace::DropReason::prohibited, {}};
}

bool Firewall::forget() {
    bool const knew_some = !flows_.empty();
    flows_.clear();
    return knew_some;
}

}  // namespace tcpsim::net
