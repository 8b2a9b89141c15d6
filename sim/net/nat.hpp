// Network address and port translation (RFC 3022, 4787, 5382, 5508): many inside share the address of the outside interface.
#pragma once

#include "sim/net/passage.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <tuple>

namespace tcpsim::net {

struct NatSettings {
    std::uint32_t outside{0};     ///< the interface
    wire::Ipv4Address address{};  ///< its address, which all share
    FlowTimeouts timeouts{};
    UnknownFlow from_inside{UnknownFlow::pick_up};  ///< UDP always makes a mapping
    UnknownFlow from_outside{UnknownFlow::reset};   ///< drop or reset: recorded, a Linux NAT itself answers
    std::uint16_t first_port{32'768};               ///< for those whose own is taken
};

class Nat {
  public:
    explicit Nat(NatSettings settings) : settings_{settings} {}
    /// Rewrites what it translates: TCP, UDP, and what ICMP errors quote of them. `out`: by which interface the packet is
    /// to leave; what stays inside is not translated.
    Passage look(wire::Ipv4Packet& packet, std::uint32_t interface, std::uint32_t out, Instant now);
    /// An error of the router itself about a packet that was translated before it could not go on: so that its sender
    /// knows the packet.
    void translate_back(wire::Ipv4Packet& error, Instant now);
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
    struct Outside {
        std::uint8_t protocol{0};
        std::uint16_t port{0};
        wire::Endpoint remote{};
        auto operator<=>(Outside const&) const = default;
    };
    using Mappings = std::map<FlowKey, Mapping>;  ///< by inside and remote
    Passage outwards(wire::Ipv4Packet& packet, FlowKey const& inside, Instant now);
    Passage inwards(wire::Ipv4Packet& packet, FlowKey const& flow, Instant now);
    Passage unknown_outside(wire::Ipv4Packet const& packet) const;
    bool error_outwards(wire::Ipv4Packet& packet, FlowKey const& quoted, Instant now);
    bool error_inwards(wire::Ipv4Packet& packet, FlowKey const& quoted, Instant now);
    Mappings::iterator find(FlowKey const& inside, Instant now);
    Mappings::iterator find_outside(Outside const& outside, Instant now);
    /// False: no port is left.
    bool map(FlowKey const& inside, Flow flow, Instant now);
    std::optional<std::uint16_t> free_port(std::uint8_t protocol, std::uint16_t wanted, wire::Endpoint remote) const;
    void forget_expired(Instant now);

    NatSettings settings_;
    Mappings mappings_{};
    std::map<Outside, FlowKey> by_outside_{};
};

}  // namespace tcpsim::net
