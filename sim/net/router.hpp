// A router: longest-prefix routes, TTL, static neighbours. It has no TCP of its own.
#pragma once

#include "sim/net/link.hpp"
#include "stack/host/configuration.hpp"

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
    [[nodiscard]] host::Configuration const& configuration() const { return configuration_; }
    [[nodiscard]] trace::NodeId id() const { return id_; }

  private:
    void drop(FramePtr frame, trace::DropReason reason, Context& context) const;

    trace::NodeId id_;
    host::Configuration configuration_;
    std::vector<Cable> cables_{};
};

}  // namespace tcpsim::net
