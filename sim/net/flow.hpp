// A TCP connection, or UDP between two ends, as somebody in the middle sees it: in which phase it is, and for how long it may be silent. The numbers of
// well-known boxes are data (presets()).
#pragma once

#include "stack/base/time.hpp"
#include "stack/wire/packet.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tcpsim::net {

/// How long a flow is remembered after its last packet.
struct FlowTimeouts {
    Duration opening{};      ///< half-open: the handshake is not complete
    Duration established{};  ///< idle
    Duration closing{};      ///< a FIN has been seen
    Duration closed{};       ///< both FINs were acknowledged
    Duration asking{};       ///< UDP that nobody has answered
    Duration conversing{};   ///< UDP both ways
    Duration reset{};        ///< an RST was seen
    bool operator==(FlowTimeouts const&) const = default;
};

/// What becomes of a packet in the middle of a connection that the box does not know (any more).
enum class UnknownFlow : std::uint8_t {
    drop,     ///< silently
    reset,    ///< its sender gets an RST
    pick_up,  ///< from here on it is known again
    leak,     ///< it passes as it is: a NAT does not translate it
};

/// A well-known box.
struct FlowPreset {
    std::string_view name{};
    FlowTimeouts timeouts{};
    UnknownFlow unknown{};
    std::string_view source{};
};
std::span<FlowPreset const> presets();
FlowPreset const* preset_named(std::string_view name);

class Flow {
  public:
    enum class Phase : std::uint8_t { opening, established, closing, closed, reset, asking, conversing };
    /// `forth`: from the side that opened it.
    void see(wire::TcpSegment const& segment, bool forth, Instant now);
    void see(wire::UdpDatagram const& datagram, bool forth, Instant now);
    void see(wire::Ipv4Packet const& packet, bool forth, Instant now);  ///< one of the two
    /// It was in use when first seen.
    static Flow picked_up(Instant now);
    [[nodiscard]] Phase phase() const { return phase_; }
    /// A SYN from now on opens another connection.
    [[nodiscard]] bool is_over() const { return phase_ == Phase::closed || phase_ == Phase::reset; }
    [[nodiscard]] Instant expires(FlowTimeouts const& timeouts) const;

  private:
    Phase phase_{Phase::opening};
    bool answered_{false};
    bool fin_forth_{false};
    bool fin_back_{false};
    Instant last_{};
};

/// A packet that opens a connection.
inline bool opens(wire::TcpSegment const& segment) {
    return segment.flags.has(wire::Flags::syn) && !segment.flags.has(wire::Flags::ack);
}
/// Who sent this packet, and to whom.
inline wire::FourTuple flow_of(wire::Ipv4Packet const& packet, wire::TcpSegment const& segment) {
    return {{packet.header.source, segment.source_port}, {packet.header.destination, segment.destination_port}};
}
/// Whose packet this is, as flow_of() says. NAT and firewall keep protocols apart.
struct FlowKey {
    std::uint8_t protocol{0};
    wire::FourTuple ends{};
    auto operator<=>(FlowKey const&) const = default;
    [[nodiscard]] FlowKey reversed() const { return {protocol, {ends.remote, ends.local}}; }
};
/// Empty: neither TCP nor UDP.
std::optional<FlowKey> key_of(wire::Ipv4Packet const& packet);
/// Of the packet that an ICMP error quotes; empty: none, or neither TCP nor UDP.
std::optional<FlowKey> quoted_key(wire::Ipv4Packet const& packet);
/// An ICMP message that is about another packet.
bool is_icmp_error(wire::Ipv4Packet const& packet);
void set_source(wire::Ipv4Packet& packet, wire::Endpoint source);
void set_destination(wire::Ipv4Packet& packet, wire::Endpoint destination);
/// The RST that `packet`'s sender gets (RFC 9293 §3.10.7.1), as if from whom it was sent to; none for an RST.
std::optional<wire::Ipv4Packet> reset_for(wire::Ipv4Packet const& packet, wire::TcpSegment const& segment);

}  // namespace tcpsim::net
