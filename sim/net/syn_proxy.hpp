// A SYN proxy (Linux SYNPROXY): it answers SYNs itself, so that only who is really there reaches the server; then it opens
// the connection to the server and shifts sequence numbers for its whole life. It looks at TCP only, as Linux does: ICMP
// errors pass as they are, so that one about the server's segment quotes a number that the server does not know, and a
// server that looks (RFC 5927 §4.1) ignores it.
#pragma once

#include "sim/net/passage.hpp"
#include "stack/base/siphash.hpp"

#include <cstdint>
#include <map>

namespace tcpsim::net {

struct SynProxySettings {
    wire::Endpoint service{};  ///< the server behind it
    std::uint16_t mss{1460};   ///< offered to clients; the server is offered the client's
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
        SeqNum cookie{};  ///< the initial number that the client was given
        SeqNum client_isn{};
        bool open{false};        ///< the server has answered
        std::uint32_t shift{0};  ///< the server's numbers plus this are the client's
        Flow flow{};
    };
    /// `mss`: which of a few (RFC 4987 §3.6), in the lowest bits.
    [[nodiscard]] SeqNum cookie(wire::FourTuple const& flow, SeqNum client_isn, std::uint32_t mss) const;
    /// The SYN that opens the connection to the server: the client's own, but for its options.
    [[nodiscard]] static Passage ask_server(wire::FourTuple const& flow, Spliced const& spliced, std::uint16_t window);
    Passage from_client(wire::Ipv4Packet& packet, wire::TcpSegment& segment, Instant now);
    Passage from_server(wire::Ipv4Packet& packet, wire::TcpSegment& segment, Instant now);
    Passage answer(wire::Ipv4Packet const& syn, wire::TcpSegment const& segment) const;
    [[nodiscard]] Passage refuse(wire::Ipv4Packet const& packet, wire::TcpSegment const& segment) const;
    Passage connect(wire::Ipv4Packet const& packet, wire::TcpSegment const& segment, Instant now);
    Spliced* find(wire::FourTuple const& flow, Instant now);

    SynProxySettings settings_;
    SipKey key_;
    std::map<wire::FourTuple, Spliced> flows_{};  ///< by client and service
};

}  // namespace tcpsim::net
