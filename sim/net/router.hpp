// A router: longest-prefix routes, equal-cost choice by flow, TTL, neighbours, and ICMP errors about what it cannot forward.
// It has no TCP of its own; middleboxes are features that look at packets before they are forwarded.
#pragma once

#include "sim/net/icmp_errors.hpp"
#include "sim/net/icmp_limit.hpp"
#include "sim/net/link.hpp"
#include "sim/net/middlebox.hpp"
#include "stack/host/configuration.hpp"
#include "stack/host/neighbours.hpp"

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace tcpsim::net {

/// Where an interface's cable goes.
struct Cable {
    Link* link{nullptr};
    End end{End::a};
};

class Router {
  public:
    Router(trace::NodeId id, host::Configuration configuration, Middleboxes middleboxes = {}, std::uint64_t seed = 0);
    void plug(std::uint32_t interface, Cable cable);
    [[nodiscard]] bool drives_cable(std::uint32_t /*interface*/) const { return true; }
    void carrier_changed(std::uint32_t interface, bool carrier, Context& context);
    /// Forwards at once: no queue of its own, the links have theirs.
    void frame_arrives(std::uint32_t interface, FramePtr frame, Context& context);
    /// Whether an entry of the queue is that of its next deadline.
    [[nodiscard]] bool is_live(core::Event const& event) const { return event.at == armed_; }
    void deadline_reached(Context& context);

    // --- verbs; false if nothing changes
    /// For packets that are forwarded from now on.
    bool set_mtu(std::uint32_t interface, std::uint16_t mtu, Context& context);
    /// In front of the others, so that it wins over one of the same prefix.
    bool add_route(host::Route const& route, Context& context);
    bool remove_route(wire::Ipv4Prefix const& destination, host::RouteKind kind, Context& context);
    bool set_routes(std::vector<host::Route> routes, Context& context);
    /// Middleboxes lose what they knew of flows; a NAT gives all of them other ports; a backend comes or goes.
    bool forget_flows(Context& context);
    bool rebind(Context& context);
    bool set_backend(std::size_t backend, bool in, Context& context);
    void limit_icmp(IcmpLimitSettings settings) { icmp_limit_ = IcmpLimit{settings}; }

    [[nodiscard]] host::Configuration const& configuration() const { return configuration_; }
    [[nodiscard]] trace::NodeId id() const { return id_; }
    [[nodiscard]] Middleboxes const& middleboxes() const { return middleboxes_; }

  private:
    [[nodiscard]] std::optional<trace::DropReason> refuse(std::uint32_t interface, wire::Frame const& frame) const;
    void pass_middleboxes(std::uint32_t interface, FramePtr frame, Context& context);
    void refuse_for_itself(FramePtr frame, Context& context);
    void forward(FramePtr frame, Context& context);
    void send_on(host::NextHop const& hop, FramePtr frame, Context& context);
    void send_own(wire::Ipv4Packet packet, Context& context);
    void transmit(std::uint32_t interface, FramePtr frame, Context& context);
    void passed(std::uint32_t interface, bool outwards, FlyingFrame const& frame, Context& context) const;
    /// What an error costs: see IcmpLimit.
    enum class Limit : std::uint8_t { message, route_error };
    void complain(FramePtr frame, trace::DropReason reason, IcmpReason icmp, Limit limit, Context& context);
    void refuse_by_route(FramePtr frame, host::Route const* route, Context& context);
    bool changed(bool effective, trace::Happening what, Context& context) const;
    [[nodiscard]] host::Route const* route_for(wire::Ipv4Packet const& packet) const;
    void neighbour_is_unreachable(FramePtr frame, Context& context);
    void carry_out(host::NeighbourOutput const& out, Context& context);
    void drop(FramePtr frame, trace::DropReason reason, Context& context) const;

    trace::NodeId id_;
    host::Configuration configuration_;
    std::size_t added_{0};  ///< of its routes: the first are the timeline's, which no routing protocol takes away
    Middleboxes middleboxes_;
    std::vector<Cable> cables_{};
    std::vector<bool> carriers_{};  ///< by interface
    std::uint64_t packets_{0};      ///< of its own: ICMP errors, ARP
    IcmpLimit icmp_limit_{};
    /// ARP, if the configuration asks for it; Linux's numbers.
    host::Neighbours neighbours_;
    std::map<host::NeighbourKey, std::vector<FramePtr>> waiting_{};
    Instant armed_{never};
};

}  // namespace tcpsim::net
