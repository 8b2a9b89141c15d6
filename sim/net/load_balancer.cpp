#include "sim/net/load_balancer.hpp"

#include "stack/base/siphash.hpp"
#include "stack/wire/icmp.hpp"

#include <algorithm>
#include <array>

namespace tcpsim::net {

Passage LoadBalancer::look(wire::Ipv4Packet& packet, Instant now) {
    auto* const segment = std::get_if<wire::TcpSegment>(&packet.body);
    if (segment == nullptr) {
        return look_at_error(packet, now);
    }
    wire::FourTuple const flow = flow_of(packet, *segment);
    if (flow.remote == settings_.service) {
        return to_backend(packet, *segment, now);
    }
    auto const backends = std::find(settings_.backends.begin(), settings_.backends.end(), flow.local);
    return backends == settings_.backends.end() ? Passage{} : to_client(packet, *segment, now);
}

Passage LoadBalancer::to_backend(wire::Ipv4Packet& packet, wire::TcpSegment& segment, Instant now) {
    wire::Endpoint const client{packet.header.source, segment.source_port};
    auto found = flows_.find(client);
    bool const begins_anew = found != flows_.end() && found->second.flow.is_over() && opens(segment);
    if (found != flows_.end() && (begins_anew || now >= found->second.flow.expires(settings_.timeouts))) {
        flows_.erase(found);
        found = flows_.end();
    }
    if (found == flows_.end()) {
        auto const backend = opens(segment) ? choose(client) : std::nullopt;
        if (!backend) {
            return unknown_flow(settings_.unknown, trace::DropReason::no_mapping, packet, segment);
        }
        found = flows_.emplace(client, Assigned{*backend, {}}).first;
    }
    found->second.flow.see(segment, true, now);
    wire::Endpoint const backend = settings_.backends[found->second.backend];
    packet.header.destination = backend.address;
    segment.destination_port = backend.port;
    return {};
}

Passage LoadBalancer::to_client(wire::Ipv4Packet& packet, wire::TcpSegment& segment, Instant now) {
    auto const found = flows_.find({packet.header.destination, segment.destination_port});
    bool const known =
        find({packet.header.destination, segment.destination_port}, now) != nullptr &&
        settings_.backends[found->second.backend] == wire::Endpoint{packet.header.source, segment.source_port};
    if (!known) {
        return {};  // Linux ip_vs_out: what a server says to others is none of its business
    }
    found->second.flow.see(segment, false, now);
    packet.header.source = settings_.service.address;
    segment.source_port = settings_.service.port;
    return {};
}

LoadBalancer::Assigned const* LoadBalancer::find(wire::Endpoint client, Instant now) const {
    auto const found = flows_.find(client);
    bool const known = found != flows_.end() && now < found->second.flow.expires(settings_.timeouts);
    return known ? &found->second : nullptr;
}

// Linux ip_vs_in_icmp, ip_vs_out_icmp: what an error quotes is rewritten as the packet was. No flow lives longer for it.
Passage LoadBalancer::look_at_error(wire::Ipv4Packet& packet, Instant now) const {
    auto const quoted = quoted_key(packet);
    if (!quoted || quoted->protocol != wire::protocol_tcp) {
        return {};
    }
    auto const [sender, receiver] = quoted->ends;
    auto& message = std::get<wire::IcmpMessage>(packet.body);
    if (sender == settings_.service) {  // about an answer
        Assigned const* const flow = find(receiver, now);
        if (flow == nullptr) {
            return {trace::DropReason::no_mapping, {}};
        }
        wire::Endpoint const backend = settings_.backends[flow->backend];
        message = wire::requoted(message, backend, receiver);
        packet.header.destination = backend.address;
        return {};
    }
    if (std::find(settings_.backends.begin(), settings_.backends.end(), receiver) == settings_.backends.end()) {
        return {};
    }
    Assigned const* const flow = find(sender, now);
    if (flow == nullptr || settings_.backends[flow->backend] != receiver) {
        return {};
    }
    message = wire::requoted(message, sender, settings_.service);
    packet.header.source = settings_.service.address;
    return {};
}

std::optional<std::size_t> LoadBalancer::choose(wire::Endpoint client) const {
    std::vector<std::size_t> in;
    for (std::size_t i = 0; i < settings_.backends.size(); ++i) {
        if (std::find(out_.begin(), out_.end(), i) == out_.end()) {
            in.push_back(i);
        }
    }
    if (in.empty()) {
        return std::nullopt;
    }
    std::array<std::uint64_t, 2> const words{client.address.value, client.port};
    return in[siphash(SipKey{seed_, 0}, words) % in.size()];
}

bool LoadBalancer::set_backend(std::size_t backend, bool in, Instant /*now*/) {
    auto const found = std::find(out_.begin(), out_.end(), backend);
    if ((found == out_.end()) == in) {
        return false;
    }
    if (in) {
        out_.erase(found);
        return true;
    }
    out_.push_back(backend);
    std::erase_if(flows_, [&](auto const& each) { return each.second.backend == backend; });
    return true;
}

bool LoadBalancer::forget() {
    bool const knew_some = !flows_.empty();
    flows_.clear();
    return knew_some;
}

}  // namespace tcpsim::net
