// A stateful firewall: connections and UDP begin inside, or where it allows; everything else must belong to what it knows. ICMP
// errors from outside must be about it; other ICMP passes.
#pragma once

#include "sim/net/passage.hpp"

#include <cstdint>
#include <map>
#include <optional>
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
        Flow* flow{nullptr};  ///< null: it is not known
        bool forth{true};
    };
    Known find(FlowKey const& key, Instant now);
    Passage begin(wire::Ipv4Packet const& packet, FlowKey const& key, bool may_begin, Instant now);

    FirewallSettings settings_;
    std::map<FlowKey, Flow> flows_{};  ///< by who opened it, and to whom
};

}  // namespace tcpsim::net
