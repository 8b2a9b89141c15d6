// A router: longest-prefix routes, TTL, static neighbours, and ICMP errors about what it cannot forward. It has no TCP
// of its own.
#pragma once

#include "sim/net/link.hpp"
#include "stack/host/configuration.hpp"

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
    Router(trace::NodeId id, host::Configuration configuration);
    void plug(std::uint32_t interface, Cable cable);
    /// Forwards at once: no queue of its own, the links have theirs.
    void frame_arrives(std::uint32_t interface, FramePtr frame, Context& context);
    /// For packets that are forwarded from now on. False if it is the MTU already.
    bool set_mtu(std::uint32_t interface, std::uint16_t mtu, Context& context);
    [[nodiscard]] host::Configuration const& configuration() const { return configuration_; }
    [[nodiscard]] trace::NodeId id() const { return id_; }

  private:
    [[nodiscard]] std::optional<trace::DropReason> refuse(std::uint32_t interface, wire::Frame const& frame) const;
    void forward(FramePtr frame, wire::Ipv4Packet& packet, Context& context);
    void passed(std::uint32_t interface, bool outwards, FlyingFrame const& frame, Context& context) const;
    void complain(FramePtr frame, trace::DropReason reason, std::uint16_t mtu, Context& context);
    void drop(FramePtr frame, trace::DropReason reason, Context& context) const;

    trace::NodeId id_;
    host::Configuration configuration_;
    std::vector<Cable> cables_{};
    std::uint64_t packets_{0};  ///< of its own: ICMP errors
};

}  // namespace tcpsim::net
