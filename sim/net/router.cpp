#include "sim/net/router.hpp"

#include "sim/net/icmp_errors.hpp"
#include "stack/base/check.hpp"

#include <algorithm>

namespace tcpsim::net {
namespace {

constexpr std::size_t ethernet_header = 14;

bool is_own(host::Configuration const& configuration, wire::Ipv4Address address) {
    return std::any_of(configuration.interfaces.begin(), configuration.interfaces.end(),
                       [&](host::Interface const& interface) { return interface.address.address == address; });
}

}  // namespace

Router::Router(trace::NodeId id, host::Configuration configuration)
    : id_{id}, configuration_{std::move(configuration)}, cables_(configuration_.interfaces.size()) {}

void Router::plug(std::uint32_t interface, Cable cable) {
    check(interface < cables_.size(), "a cable is plugged into an interface that is there");
    cables_[interface] = cable;
}

void Router::frame_arrives(std::uint32_t interface, FramePtr frame, Context& context) {
    check(interface < cables_.size(), "a frame arrives at an interface that is there");
    passed(interface, false, *frame, context);
    if (auto const reason = refuse(interface, frame->frame)) {
        drop(std::move(frame), *reason, context);
        return;
    }
    auto& packet = std::get<wire::Ipv4Packet>(frame->frame.body);
    forward(std::move(frame), packet, context);
}

/// Why this frame is not one to forward.
std::optional<trace::DropReason> Router::refuse(std::uint32_t interface, wire::Frame const& frame) const {
    if (frame.destination != configuration_.interfaces[interface].mac) {
        return trace::DropReason::not_for_us;  // RFC 1812 §3.3: the link layer filters; no broadcast is forwarded
    }
    auto const* packet = std::get_if<wire::Ipv4Packet>(&frame.body);
    if (packet == nullptr || is_own(configuration_, packet->header.destination)) {
        return trace::DropReason::unknown_protocol;
    }
    return std::nullopt;
}

void Router::forward(FramePtr frame, wire::Ipv4Packet& packet, Context& context) {
    // RFC 1812 §5.2.1.2, in its order: (5) next hop, (7) TTL, (9) size, (10) link-layer address.
    auto const hop = host::next_hop(configuration_, packet.header.destination);
    if (!hop) {
        complain(std::move(frame), trace::DropReason::no_route, 0, context);
        return;
    }
    // RFC 1812 §5.3.1: a packet whose TTL would become zero goes no further.
    if (packet.header.ttl <= 1) {
        complain(std::move(frame), trace::DropReason::ttl_expired, 0, context);
        return;
    }
    host::Interface const& out = configuration_.interfaces[hop->interface];
    if (wire::wire_size(frame->frame) - ethernet_header > out.mtu) {
        complain(std::move(frame), trace::DropReason::too_big, out.mtu, context);
        return;
    }
    if (!hop->mac) {
        drop(std::move(frame), trace::DropReason::no_neighbour, context);
        return;
    }
    Cable const& cable = cables_[hop->interface];
    if (cable.link == nullptr) {
        drop(std::move(frame), trace::DropReason::interface_down, context);
        return;
    }
    --packet.header.ttl;
    frame->frame.source = out.mac;
    frame->frame.destination = *hop->mac;
    passed(hop->interface, true, *frame, context);
    cable.link->send(cable.end, std::move(frame), context);
}

bool Router::set_mtu(std::uint32_t interface, std::uint16_t mtu, Context& context) {
    host::Interface& changed = configuration_.interfaces.at(interface);
    if (changed.mtu == mtu) {
        return false;
    }
    changed.mtu = mtu;
    context.trace([&]() -> trace::Event {
        return trace::Happened{.what = trace::Happening::mtu_changed, .node = id_, .name = changed.name};
    });
    return true;
}

void Router::passed(std::uint32_t interface, bool outwards, FlyingFrame const& frame, Context& context) const {
    context.trace([&]() -> trace::Event {
        return trace::FramePassed{.node = id_,
                                  .interface = interface,
                                  .outwards = outwards,
                                  .packet = frame.packet,
                                  .cause = frame.cause,
                                  .frame = &frame.frame};
    });
}

/// Drops it, and tells its sender why if ICMP has words for that.
void Router::complain(FramePtr frame, trace::DropReason reason, std::uint16_t mtu, Context& context) {
    wire::Ipv4Packet const dropped = std::get<wire::Ipv4Packet>(frame->frame.body);
    drop(std::move(frame), reason, context);
    auto const back = host::next_hop(configuration_, dropped.header.source);
    if (!back || !back->mac || cables_[back->interface].link == nullptr) {
        return;
    }
    // Linux icmp_send: from the address of the interface by which it leaves.
    host::Interface const& out = configuration_.interfaces[back->interface];
    auto error = icmp_error(reason, dropped, out.address.address, mtu);
    if (!error) {
        return;
    }
    FramePtr answer = context.frames.take();
    answer->frame = {.destination = *back->mac, .source = out.mac, .body = std::move(*error)};
    answer->packet = {.origin = id_, .number = ++packets_};
    passed(back->interface, true, *answer, context);
    Cable const& cable = cables_[back->interface];
    cable.link->send(cable.end, std::move(answer), context);
}

void Router::drop(FramePtr frame, trace::DropReason reason, Context& context) const {
    context.trace([&]() -> trace::Event {
        return trace::FrameDropped{.node = id_, .reason = reason, .packet = frame->packet, .frame = &frame->frame};
    });
}

}  // namespace tcpsim::net
