#include "sim/net/router.hpp"

#include "sim/net/icmp_errors.hpp"
#include "stack/base/check.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tcpsim::net {
namespace {

constexpr std::uint16_t ether_type_ipv4 = 0x0800;

bool is_own(host::Configuration const& configuration, wire::Ipv4Address address) {
    return std::any_of(configuration.interfaces.begin(), configuration.interfaces.end(),
                       [&](host::Interface const& interface) { return interface.address.address == address; });
}

}  // namespace

Router::Router(trace::NodeId id, host::Configuration configuration, Middleboxes middleboxes, std::uint64_t seed)
    : id_{id},
      configuration_{std::move(configuration)},
      middleboxes_{std::move(middleboxes)},
      cables_(configuration_.interfaces.size()),
      carriers_(configuration_.interfaces.size(), true),
      neighbours_{profile::find("linux")->neighbours,
                  core::Random{seed, "router/" + configuration_.name + "/neighbours"}.key()} {}

void Router::plug(std::uint32_t interface, Cable cable) {
    check(interface < cables_.size(), "a cable is plugged into an interface that is there");
    cables_[interface] = cable;
}

void Router::frame_arrives(std::uint32_t interface, FramePtr frame, Context& context) {
    check(interface < cables_.size(), "a frame arrives at an interface that is there");
    passed(interface, false, *frame, context);
    auto const* const arp = std::get_if<wire::ArpPacket>(&frame->frame.body);
    if (arp != nullptr && configuration_.arp) {
        host::NeighbourOutput said;
        bool const to_us = frame->frame.destination == configuration_.interfaces[interface].mac;
        neighbours_.arp_arrives(interface, *arp, to_us, configuration_, context.now, said);
        carry_out(said, context);
        return;
    }
    if (auto const reason = refuse(interface, frame->frame)) {
        drop(std::move(frame), *reason, context);
        return;
    }
    pass_middleboxes(interface, std::move(frame), context);
}

/// Why this frame is not one to forward.
std::optional<trace::DropReason> Router::refuse(std::uint32_t interface, wire::Frame const& frame) const {
    if (frame.destination != configuration_.interfaces[interface].mac) {
        return trace::DropReason::not_for_us;  // RFC 1812 §3.3: the link layer filters; no broadcast is forwarded
    }
    auto const* packet = std::get_if<wire::Ipv4Packet>(&frame.body);
    if (std::holds_alternative<wire::RawPayload>(frame.body) && frame.ether_type == ether_type_ipv4) {
        return trace::DropReason::checksum;  // RFC 1812 §5.2.2 (2): a header that could not be read
    }
    if (packet == nullptr) {
        return trace::DropReason::unknown_protocol;
    }
    return std::nullopt;
}

void Router::pass_middleboxes(std::uint32_t interface, FramePtr frame, Context& context) {
    auto& packet = std::get<wire::Ipv4Packet>(frame->frame.body);
    host::Route const* const way = host::route_to(configuration_, packet.header.destination);
    std::uint32_t const out = way == nullptr ? interface : way->interface;
    Passage passage = middleboxes_.none() ? Passage{} : middleboxes_.look(packet, interface, out, context.now);
    if (passage.dropped) {
        drop(std::move(frame), *passage.dropped, context);
    } else if (is_own(configuration_, packet.header.destination)) {
        refuse_for_itself(std::move(frame), context);
    } else {
        forward(std::move(frame), context);
    }
    for (wire::Ipv4Packet& answer : passage.answers) {
        send_own(std::move(answer), context);
    }
}

/// Nobody listens on a router: RFC 9293 §3.10.7.1, RFC 1122 §4.1.3.1. It speaks no other protocol.
void Router::refuse_for_itself(FramePtr frame, Context& context) {
    auto const& packet = std::get<wire::Ipv4Packet>(frame->frame.body);
    if (auto const* const segment = std::get_if<wire::TcpSegment>(&packet.body)) {
        auto reset = reset_for(packet, *segment);
        drop(std::move(frame), trace::DropReason::no_listener, context);
        if (reset) {
            send_own(std::move(*reset), context);
        }
    } else if (std::holds_alternative<wire::UdpDatagram>(packet.body)) {
        complain(std::move(frame), trace::DropReason::no_listener, IcmpReason::port_unreachable, Limit::message,
                 context);
    } else {
        drop(std::move(frame), trace::DropReason::unknown_protocol, context);
    }
}

void Router::forward(FramePtr frame, Context& context) {
    auto& packet = std::get<wire::Ipv4Packet>(frame->frame.body);
    // RFC 1812 §5.2.1.2, in its order: (5) next hop, (7) TTL, (9) size, (10) link-layer address.
    host::Route const* const route = route_for(packet);
    if (route == nullptr || route->kind != host::RouteKind::unicast) {
        refuse_by_route(std::move(frame), route, context);
        return;
    }
    // RFC 1812 §5.3.1: a packet whose TTL would become zero goes no further.
    if (packet.header.ttl <= 1) {
        complain(std::move(frame), trace::DropReason::ttl_expired, IcmpReason::time_exceeded, Limit::message, context);
        return;
    }
    // RFC 791: what may be cut up passes. Its fragments are not modelled: it arrives as if put together again.
    if (packet.header.dont_fragment && wire::wire_size(packet) > configuration_.interfaces[route->interface].mtu) {
        complain(std::move(frame), trace::DropReason::too_big, IcmpReason::fragmentation_needed, Limit::message,
                 context);
        return;
    }
    --packet.header.ttl;
    send_on({route->interface, route->gateway.value_or(packet.header.destination)}, std::move(frame), context);
}

/// The best route; of several with one prefix the one that this packet's flow always takes: a hash, modulo how many there
/// are (RFC 2992 §2 compares it with others).
host::Route const* Router::route_for(wire::Ipv4Packet const& packet) const {
    host::Route const* const best = host::route_to(configuration_, packet.header.destination);
    if (best == nullptr || !configuration_.multipath) {
        return best;
    }
    std::vector<host::Route const*> equal;
    for (host::Route const& route : configuration_.routes) {
        bool const alike = route.gateway.has_value() == best->gateway.has_value();  // on the link is nearer
        if (alike && route.destination == best->destination && host::usable(configuration_, route)) {
            equal.push_back(&route);
        }
    }
    auto const flow = key_of(packet);
    std::uint32_t const ports = flow ? std::uint32_t{flow->ends.local.port} << 16U | flow->ends.remote.port : 0;
    std::array<std::uint64_t, 3> const words{packet.header.source.value, packet.header.destination.value, ports};
    return equal[siphash(SipKey{static_cast<std::uint64_t>(id_), 2}, words) % equal.size()];
}

/// No route, or one that leads nowhere (Linux ip_error, fib_props).
void Router::refuse_by_route(FramePtr frame, host::Route const* route, Context& context) {
    using host::RouteKind;
    RouteKind const kind = route == nullptr ? RouteKind::unreachable_net : route->kind;
    trace::DropReason const reason =
        kind == RouteKind::prohibited ? trace::DropReason::prohibited : trace::DropReason::no_route;
    Limit const limit = route != nullptr && route->filter ? Limit::message : Limit::route_error;
    switch (kind) {
        case RouteKind::unicast:
        case RouteKind::blackhole:
            return complain(std::move(frame), reason, IcmpReason::none, limit, context);
        case RouteKind::unreachable_net:
            return complain(std::move(frame), reason, IcmpReason::net_unreachable, limit, context);
        case RouteKind::unreachable_host:
            return complain(std::move(frame), reason, IcmpReason::host_unreachable, limit, context);
        // Linux knows no such routes: only a firewall says so.
        case RouteKind::unreachable_protocol:
            return complain(std::move(frame), reason, IcmpReason::protocol_unreachable, Limit::message, context);
        case RouteKind::unreachable_port:
            return complain(std::move(frame), reason, IcmpReason::port_unreachable, Limit::message, context);
        case RouteKind::prohibited:
            return complain(std::move(frame), reason, IcmpReason::prohibited, limit, context);
    }
}

/// To a neighbour whose MAC address is known, or after it has answered.
void Router::send_on(host::NextHop const& hop, FramePtr frame, Context& context) {
    host::Interface const& out = configuration_.interfaces[hop.interface];
    frame->frame.source = out.mac;
    if (!configuration_.arp) {
        auto const mac = host::static_neighbour(configuration_, hop.interface, hop.on_link);
        if (!mac) {
            drop(std::move(frame), trace::DropReason::no_neighbour, context);
            return;
        }
        frame->frame.destination = *mac;
        transmit(hop.interface, std::move(frame), context);
        return;
    }
    host::NeighbourOutput said;
    host::NeighbourKey const key{hop.interface, hop.on_link};
    if (auto const mac = neighbours_.resolve(key, configuration_, context.now, said)) {
        frame->frame.destination = *mac;
        transmit(hop.interface, std::move(frame), context);
    } else {
        auto& waiting = waiting_[key];
        waiting.push_back(std::move(frame));
        if (waiting.size() > static_cast<std::size_t>(profile::find("linux")->neighbours.queue.value)) {
            drop(std::move(waiting.front()), trace::DropReason::no_neighbour, context);
            waiting.erase(waiting.begin());
        }
    }
    carry_out(said, context);
}

/// What the neighbour table said.
void Router::carry_out(host::NeighbourOutput const& out, Context& context) {
    for (auto const& [interface, content] : out.frames) {
        FramePtr frame = context.frames.take();
        frame->frame = content;
        frame->packet = {.origin = id_, .number = ++packets_};
        transmit(interface, std::move(frame), context);
    }
    for (auto const& [key, mac] : out.settled) {
        for (FramePtr& frame : std::exchange(waiting_[key], {})) {
            if (mac) {
                frame->frame.destination = *mac;
                transmit(key.interface, std::move(frame), context);
            } else {
                neighbour_is_unreachable(std::move(frame), context);
            }
        }
        waiting_.erase(key);
    }
    Instant const deadline = neighbours_.next_deadline();
    if (deadline < armed_) {  // a later one is found when the earlier comes
        armed_ = deadline;
        context.queue.push({.at = armed_,
                            .kind = core::Kind::deadline,
                            .owner = static_cast<std::uint32_t>(id_),
                            .first = host::own_timers.slot,
                            .second = host::own_timers.generation});
    }
}

// RFC 1812 §5.2.7.1; Linux arp_error_report: a last hop that nobody answers for.
void Router::neighbour_is_unreachable(FramePtr frame, Context& context) {
    complain(std::move(frame), trace::DropReason::no_neighbour, IcmpReason::host_unreachable, Limit::message, context);
}

void Router::deadline_reached(Context& context) {
    armed_ = never;
    host::NeighbourOutput said;
    neighbours_.timers_expire(configuration_, context.now, said);
    carry_out(said, context);
}

void Router::transmit(std::uint32_t interface, FramePtr frame, Context& context) {
    Cable const& cable = cables_[interface];
    if (cable.link == nullptr || !carriers_[interface]) {
        bool const cabled = cable.link != nullptr;
        drop(std::move(frame), cabled ? trace::DropReason::no_carrier : trace::DropReason::interface_down, context);
        return;
    }
    passed(interface, true, *frame, context);
    cable.link->send(cable.end, std::move(frame), context);
}

void Router::carrier_changed(std::uint32_t interface, bool carrier, Context& context) {
    carriers_.at(interface) = carrier;
    context.trace([&]() -> trace::Event {
        return trace::Happened{.what = carrier ? trace::Happening::carrier_found : trace::Happening::carrier_lost,
                               .node = id_,
                               .name = configuration_.interfaces[interface].name};
    });
    if (!carrier && configuration_.arp) {
        host::NeighbourOutput said;
        neighbours_.forget(interface, said);
        carry_out(said, context);
    }
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

bool Router::changed(bool effective, trace::Happening what, Context& context) const {
    if (effective) {
        context.trace([&]() -> trace::Event { return trace::Happened{.what = what, .node = id_}; });
    }
    return effective;
}

bool Router::add_route(host::Route const& route, Context& context) {
    configuration_.routes.insert(configuration_.routes.begin(), route);
    ++added_;
    return changed(true, trace::Happening::routes_changed, context);
}

bool Router::remove_route(wire::Ipv4Prefix const& destination, host::RouteKind kind, Context& context) {
    std::vector<host::Route>& routes = configuration_.routes;
    auto const last_added = routes.begin() + static_cast<std::ptrdiff_t>(added_);
    auto const found = std::find_if(routes.begin(), last_added, [&](host::Route const& route) {
        return route.destination == destination && route.kind == kind;
    });
    bool const removed = found != last_added;
    if (removed) {
        routes.erase(found);
        --added_;
    }
    return changed(removed, trace::Happening::routes_changed, context);
}

bool Router::set_routes(std::vector<host::Route> routes, Context& context) {
    auto const computed = configuration_.routes.begin() + static_cast<std::ptrdiff_t>(added_);
    bool const others = !std::equal(computed, configuration_.routes.end(), routes.begin(), routes.end());
    configuration_.routes.erase(computed, configuration_.routes.end());
    configuration_.routes.insert(configuration_.routes.end(), routes.begin(), routes.end());
    return changed(others, trace::Happening::routes_changed, context);
}

bool Router::forget_flows(Context& context) {
    return changed(middleboxes_.forget(), trace::Happening::mappings_changed, context);
}

bool Router::rebind(Context& context) {
    bool const some = middleboxes_.nat && middleboxes_.nat->rebind();
    return changed(some, trace::Happening::mappings_changed, context);
}

bool Router::set_backend(std::size_t backend, bool in, Context& context) {
    bool const some = middleboxes_.load_balancer && middleboxes_.load_balancer->set_backend(backend, in, context.now);
    return changed(some, trace::Happening::mappings_changed, context);
}

/// Drops it, and tells its sender why if ICMP has words for that and Linux's limits allow it.
void Router::complain(FramePtr frame, trace::DropReason reason, IcmpReason icmp, Limit limit, Context& context) {
    wire::Ipv4Packet const dropped = std::get<wire::Ipv4Packet>(frame->frame.body);
    drop(std::move(frame), reason, context);
    std::uint16_t mtu = 0;
    if (host::Route const* const route = route_for(dropped); icmp == IcmpReason::fragmentation_needed) {
        mtu = configuration_.interfaces[route->interface].mtu;
    }
    auto error = icmp_error(icmp, dropped, {}, mtu);
    if (!error) {
        return;
    }
    middleboxes_.translate_back(*error, context.now);
    auto const back = host::next_hop(configuration_, error->header.destination);
    if (!back || cables_[back->interface].link == nullptr) {
        return;
    }
    // Linux icmp_send: from the address of the interface by which it leaves.
    error->header.source = configuration_.interfaces[back->interface].address.address;
    // Linux icmpv4_xrlim_allow: path MTU discovery is not limited.
    bool const limited = icmp != IcmpReason::fragmentation_needed;
    bool const by_route = limit == Limit::route_error;
    wire::Ipv4Address const to = error->header.destination;
    if (!limited ||
        (by_route ? icmp_limit_.allows_route_error(to, context.now) : icmp_limit_.allows(to, context.now))) {
        send_own(std::move(*error), context);
    }
}

void Router::send_own(wire::Ipv4Packet packet, Context& context) {
    auto const hop = host::next_hop(configuration_, packet.header.destination);
    if (!hop) {
        return;
    }
    FramePtr frame = context.frames.take();
    frame->frame.body = std::move(packet);
    frame->packet = {.origin = id_, .number = ++packets_};
    send_on(*hop, std::move(frame), context);
}

void Router::drop(FramePtr frame, trace::DropReason reason, Context& context) const {
    context.trace([&]() -> trace::Event {
        return trace::FrameDropped{.node = id_, .reason = reason, .packet = frame->packet, .frame = &frame->frame};
    });
}

}  // namespace tcpsim::net
