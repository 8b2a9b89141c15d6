// Network address and port translation (RFC 3022, RFC 5382): many inside share the address of the outside interface.
#pragma once

#include "sim/net/passage.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace tcpsim::net {

struct NatSettings {
    std::uint32_t outside{0};     ///< the interface
    wire::Ipv4Address address{};  ///< its address, which all share
    FlowTimeouts timeouts{};
    UnknownFlow from_inside{UnknownFlow::pick_up};
    UnknownFlow from_outside{UnknownFlow::reset};  ///< drop or reset: recorded, a Linux NAT's own TCP answers
    std::uint16_t first_port{32'768};              ///< for those whose own is taken
};

class Nat {
  public:
    explicit Nat(NatSettings settings) : settings_{settings} {}
    /// Rewrites what it translates.
    Passage look(wire::Ipv4Packet& packet, std::uint32_t interface, Instant now);
    /// All mappings are gone. False if there were none.
    bool forget();
    /// All get another port, as after a failover: peers see an unknown one.
    bool rebind();
    [[nodiscard]] NatSettings const& settings() const { return settings_; }
    [[nodiscard]] std::size_t size() const { return mappings_.size(); }

  private:
    struct Mapping {
        std::uint16_t port{0};  ///< outside
        Flow flow{};
    };
    using Outside = std::pair<std::uint16_t, wire::Endpoint>;  ///< port and remote
    using Mappings = std::map<wire::FourTuple, Mapping>;       ///< by inside and remote
    Passage outwards(wire::Ipv4Packet& packet, wire::TcpSegment& segment, Instant now);
    Passage inwards(wire::Ipv4Packet& packet, wire::TcpSegment& segment, Instant now);
    Mappings::iterator find(wire::FourTuple const& inside, Instant now);
    Mapping& map(wire::FourTuple const& inside, Flow flow);
    std::uint16_t free_port(std::uint16_t wanted, wire::Endpoint remote) const;

    NatSettings settings_;
    Mappings mappings_{};
    std::map<Outside, wire::FourTuple> by_outside_{};
};

}  // namespace tcpsim::net
