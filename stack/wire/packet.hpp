// Headers as structs: what a host sends and receives. They become bytes only for a reader that wants bytes.
#pragma once

#include "stack/base/payload.hpp"
#include "stack/base/seq.hpp"
#include "stack/wire/address.hpp"
#include "stack/wire/options.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace tcpsim::wire {

/// RFC 791 §3.1, RFC 9293 §3.1: both headers without options.
inline constexpr std::uint16_t ipv4_and_tcp_headers = 40;

/// The control bits of RFC 9293 §3.1 as the wire said them: SYN+FIN is representable, real stacks differ on it.
struct Flags {
    std::uint8_t bits{0};

    static constexpr std::uint8_t fin = 0x01, syn = 0x02, rst = 0x04, psh = 0x08, ack = 0x10, urg = 0x20, ece = 0x40,
                                  cwr = 0x80;
    [[nodiscard]] constexpr bool has(std::uint8_t bit) const { return (bits & bit) != 0; }
    bool operator==(Flags const&) const = default;
};

struct TcpSegment {
    std::uint16_t source_port{0};
    std::uint16_t destination_port{0};
    SeqNum seq{};
    SeqNum ack{};
    Flags flags{};
    std::uint16_t window{0};  ///< as on the wire: not yet scaled
    std::uint16_t urgent{0};
    OptionBytes options{};
    Payload payload{};

    /// RFC 9293 §3.4: SEG.LEN counts SYN and FIN.
    [[nodiscard]] std::uint32_t length() const {
        return static_cast<std::uint32_t>(payload.size()) + (flags.has(Flags::syn) ? 1U : 0U) +
               (flags.has(Flags::fin) ? 1U : 0U);
    }
    bool operator==(TcpSegment const&) const = default;
};

struct UdpDatagram {
    std::uint16_t source_port{0};
    std::uint16_t destination_port{0};
    Payload payload{};
    bool operator==(UdpDatagram const&) const = default;
};

/// RFC 792: type, code, the second word (identifier and sequence, next-hop MTU, …) and what follows: for errors
/// the offending IP header and at least its first eight payload bytes.
struct IcmpMessage {
    std::uint8_t type{0};
    std::uint8_t code{0};
    std::uint32_t rest{0};
    Payload payload{};
    bool operator==(IcmpMessage const&) const = default;
};

/// A protocol we do not parse, or a fragment.
struct RawPayload {
    Payload payload{};
    bool operator==(RawPayload const&) const = default;
};

/// RFC 3168 §5: the two low bits of the TOS byte: ECN-capable transport, congestion experienced.
enum class Ecn : std::uint8_t { not_ect = 0, ect1 = 1, ect0 = 2, ce = 3 };

/// RFC 791. Total length and checksum are computed when bytes are made. IP options are kept as bytes.
struct Ipv4Header {
    Ipv4Address source{};
    Ipv4Address destination{};
    std::uint8_t tos{0};
    std::uint16_t identification{0};
    bool dont_fragment{false};
    bool more_fragments{false};
    std::uint16_t fragment_offset{0};  ///< in units of eight bytes
    std::uint8_t ttl{64};
    std::uint8_t protocol{0};
    std::vector<std::uint8_t> options{};
    [[nodiscard]] Ecn ecn() const { return static_cast<Ecn>(tos & 3U); }
    bool operator==(Ipv4Header const&) const = default;
};

inline constexpr std::uint8_t protocol_icmp = 1;
inline constexpr std::uint8_t protocol_tcp = 6;
inline constexpr std::uint8_t protocol_udp = 17;

struct Ipv4Packet {
    Ipv4Header header{};
    std::variant<RawPayload, TcpSegment, UdpDatagram, IcmpMessage> body{};
    bool operator==(Ipv4Packet const&) const = default;
};

/// RFC 826 for IPv4 over Ethernet.
struct ArpPacket {
    std::uint16_t operation{1};  ///< 1 request, 2 reply
    MacAddress sender_mac{};
    Ipv4Address sender{};
    MacAddress target_mac{};
    Ipv4Address target{};
    bool operator==(ArpPacket const&) const = default;
};

/// An Ethernet II frame without its check sequence.
struct Frame {
    MacAddress destination{};
    MacAddress source{};
    std::uint16_t ether_type{0x0800};
    std::variant<RawPayload, Ipv4Packet, ArpPacket> body{};
    bool operator==(Frame const&) const = default;
};

/// The IP packet's TCP segment, or null.
inline TcpSegment const* tcp_of(Frame const& frame) {
    auto const* packet = std::get_if<Ipv4Packet>(&frame.body);
    return packet == nullptr ? nullptr : std::get_if<TcpSegment>(&packet->body);
}

/// Total length in bytes on the wire, Ethernet header included, without making the bytes.
std::size_t wire_size(Frame const& frame);
std::size_t wire_size(Ipv4Packet const& packet);

}  // namespace tcpsim::wire
