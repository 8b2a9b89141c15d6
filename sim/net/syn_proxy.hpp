// A SYN proxy (Linux SYNPROXY): it answers SYNs itself, so that only who is really there reaches the server; then it opens
// the connection to the server and shifts sequence numbers for its whole life.
#pragma once

#include "sim/net/passage.hpp"
#include "stack/base/siphash.hpp"

#include <cstdint>
#include <map>

namespace tcpsim::net {

struct SynProxySettings {
    wire::Endpoint service{};  ///< the server behind it
    std::uint16_t mss{1460};   ///< offered to clients
    FlowTimeouts timeouts{};
    UnknownFlow unknown{UnknownFlow::reset};
};

class SynProxy {
  public:
    SynProxy(SynProxySettings settings, std::uint64_t seed) : settings_{std::move(settings)}, key_{seed, 1} {}
    Passage look(wire::Ipv4Packet& packet, Instant now);
    bool forget();
    [[nodiscard]] SynProxySettings const& settings() const { return settings_; }

  private:
    struct Spliced {
        SeqNum cookie{};         ///< the initial number that the client was given
        bool open{false};        ///< the server has answered
        std::uint32_t shift{0};  ///< the server's numbers plus this are the client's
        Flow flow{};
    };
    [[nodiscard]] SeqNum cookie(wire::FourTuple const& flow, SeqNum client_isn) const;
    Passage from_client(wire::Ipv4Packet& packet, wire::TcpSegment& segment, Instant now);
    Passage from_server(wire::Ipv4Packet& packet, wire::TcpSegment& segment, Instant now);
    Passage answer(wire::Ipv4Packet const& syn, wire::TcpSegment const& segment) const;
    Passage connect(wire::Ipv4Packet const& packet, wire::TcpSegment const& segment, Instant now);
    Spliced* find(wire::FourTuple const& flow, Instant now);

    SynProxySettings settings_;
    SipKey key_;
    std::map<wire::FourTuple, Spliced> flows_{};  ///< by client and service
};

}  // namespace tcpsim::net
