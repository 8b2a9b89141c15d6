// What a router may be besides: it looks at packets before it forwards them. Each feature has its own file.
#pragma once

#include "sim/net/firewall.hpp"
#include "sim/net/load_balancer.hpp"
#include "sim/net/nat.hpp"
#include "sim/net/syn_proxy.hpp"

#include <optional>

namespace tcpsim::net {

struct Middleboxes {
    std::optional<Firewall> firewall{};
    std::optional<SynProxy> syn_proxy{};
    std::optional<LoadBalancer> load_balancer{};
    std::optional<Nat> nat{};

    [[nodiscard]] bool none() const { return !firewall && !syn_proxy && !load_balancer && !nat; }
    /// In this order, a NAT first for what comes from outside; a packet that one drops no other sees. It may have been rewritten.
    /// `out`: by which interface it is to leave as its destination stands.
    Passage look(wire::Ipv4Packet& packet, std::uint32_t interface, std::uint32_t out, Instant now);
    /// What the router itself says about a packet that they have rewritten is rewritten back.
    void translate_back(wire::Ipv4Packet& error, Instant now);
    /// All lose what they know of flows; false if they knew nothing.
    bool forget();
};

}  // namespace tcpsim::net
