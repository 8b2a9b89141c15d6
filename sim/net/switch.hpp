// An Ethernet switch: a shared segment. It learns who is behind which port (IEEE 802.1D §7.8) and sends what is for nobody it
// knows, or for all, to every other port. It has no address and no spanning tree.
#pragma once

#include "sim/net/router.hpp"

#include <map>
#include <utility>
#include <vector>

namespace tcpsim::net {

class Switch {
  public:
    /// Of the configuration it uses names only: its own and its ports'.
    Switch(trace::NodeId id, host::Configuration configuration);
    void plug(std::uint32_t port, Cable cable);
    void frame_arrives(std::uint32_t port, FramePtr frame, Context& context);
    [[nodiscard]] bool drives_cable(std::uint32_t /*port*/) const { return true; }
    /// What was behind a port without a carrier may turn up elsewhere.
    void carrier_changed(std::uint32_t port, bool carrier, Context& context);
    [[nodiscard]] host::Configuration const& configuration() const { return configuration_; }
    [[nodiscard]] trace::NodeId id() const { return id_; }

  private:
    struct Learnt {
        std::uint32_t port{0};
        Instant at{};
    };
    trace::NodeId id_;
    host::Configuration configuration_;
    std::vector<Cable> cables_{};
    std::map<wire::MacAddress, Learnt> learnt_{};
};

}  // namespace tcpsim::net
