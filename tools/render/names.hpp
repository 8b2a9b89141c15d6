// What the numbers in a trace are called.
#pragma once

#include "sim/scenario/run.hpp"

#include <map>
#include <string>

namespace tcpsim::render {

/// Looks names up; a number without a name is printed as a number, never refused.
class Naming {
  public:
    explicit Naming(scenario::Names names);

    [[nodiscard]] std::string node(trace::NodeId id) const;
    [[nodiscard]] std::string link(trace::LinkId id) const;
    [[nodiscard]] std::string interface(trace::NodeId id, std::uint32_t number) const;
    [[nodiscard]] std::string step(std::uint32_t number) const;
    /// The node that has this address, or no_node.
    [[nodiscard]] trace::NodeId owner(wire::Ipv4Address address) const;
    /// "server:9998" if somebody has the address, else "10.9.9.9:9998".
    [[nodiscard]] std::string endpoint(wire::Endpoint const& endpoint) const;
    [[nodiscard]] scenario::Names const& all() const { return names_; }

  private:
    scenario::Names names_;
    std::map<wire::Ipv4Address, trace::NodeId> owners_{};
};

/// "client#3": unique in a run.
std::string packet_name(trace::PacketId id, Naming const& naming);

}  // namespace tcpsim::render
