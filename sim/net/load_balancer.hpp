// A layer-4 load balancer: connections to its own address and port go to one of several backends, chosen by flow.
#pragma once

#include "sim/net/passage.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace tcpsim::net {

struct LoadBalancerSettings {
    wire::Endpoint service{};
    std::vector<wire::Endpoint> backends{};
    FlowTimeouts timeouts{};
    UnknownFlow unknown{UnknownFlow::reset};  ///< drop or reset
};

class LoadBalancer {
  public:
    LoadBalancer(LoadBalancerSettings settings, std::uint64_t seed) : settings_{std::move(settings)}, seed_{seed} {}
    /// Rewrites the service's address to the backend's, and back.
    Passage look(wire::Ipv4Packet& packet, Instant now);
    /// Of an error that the box's own router makes about a packet that has been rewritten.
    void translate_back(wire::Ipv4Packet& error, Instant now) { (void)look_at_error(error, now); }
    /// A backend that is out gets no new connections, and those that it has are unknown from now on. False if it is so.
    bool set_backend(std::size_t backend, bool in, Instant now);
    bool forget();
    [[nodiscard]] LoadBalancerSettings const& settings() const { return settings_; }

  private:
    struct Assigned {
        std::size_t backend{0};
        Flow flow{};
    };
    /// A client's assignment, if it is not too old.
    Assigned const* find(wire::Endpoint client, Instant now) const;
    Passage look_at_error(wire::Ipv4Packet& packet, Instant now) const;
    std::optional<std::size_t> choose(wire::Endpoint client) const;
    Passage to_backend(wire::Ipv4Packet& packet, wire::TcpSegment& segment, Instant now);
    Passage to_client(wire::Ipv4Packet& packet, wire::TcpSegment& segment, Instant now);

    LoadBalancerSettings settings_;
    std::uint64_t seed_;
    std::vector<std::size_t> out_{};
    std::map<wire::Endpoint, Assigned> flows_{};  ///< by client
};

}  // namespace tcpsim::net
