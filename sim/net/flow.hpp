// A TCP connection as somebody in the middle sees it: in which phase it is, and for how long it may be silent. The numbers of
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
    Duration closed{};       ///< both FINs were acknowledged, or an RST was seen
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
    enum class Phase : std::uint8_t { opening, established, closing, closed };
    /// `forth`: from the side that opened it.
    void see(wire::TcpSegment const& segment, bool forth, Instant now);
    /// It was in use when first seen.
    static Flow picked_up(Instant now);
    [[nodiscard]] Phase phase() const { return phase_; }
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
/// The RST that `packet`'s sender gets (RFC 9293 §3.10.7.1), as if from whom it was sent to; none for an RST.
std::optional<wire::Ipv4Packet> reset_for(wire::Ipv4Packet const& packet, wire::TcpSegment const& segment);

}  // namespace tcpsim::net
