// A stateful firewall: connections begin inside, or where it allows; everything else must belong to one that it knows.
#pragma once

#include "sim/net/passage.hpp"

#include <cstdint>
#include <map>
#include <set>

namespace tcpsim::net {

struct FirewallSettings {
    std::uint32_t outside{0};              ///< the interface
    std::set<std::uint16_t> open_ports{};  ///< connections from outside to these may begin, too
    FlowTimeouts timeouts{};
    UnknownFlow unknown{UnknownFlow::drop};  ///< in the middle of nothing: drop, reset or pick_up
};

class Firewall {
  public:
    explicit Firewall(FirewallSettings settings) : settings_{std::move(settings)} {}
    Passage look(wire::Ipv4Packet const& packet, std::uint32_t interface, Instant now);
    /// It knows no flow any more. False if it knew none.
    bool forget();
    [[nodiscard]] FirewallSettings const& settings() const { return settings_; }

  private:
    struct Known {
        Flow flow{};
    };
    FirewallSettings settings_;
    std::map<wire::FourTuple, Known> flows_{};  ///< by who opened it, and to whom
};

}  // namespace tcpsim::net
