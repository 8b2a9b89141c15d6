// ICMP errors (RFC 792): making one about a packet, and reading what one quotes.
#pragma once

#include "stack/wire/packet.hpp"

#include <cstdint>
#include <optional>

namespace tcpsim::wire {

/// RFC 792's types that matter to TCP (RFC 9293 §3.9.2.2).
inline constexpr std::uint8_t icmp_unreachable = 3, icmp_source_quench = 4, icmp_time_exceeded = 11,
                              icmp_parameter_problem = 12;
/// Codes of "destination unreachable".
inline constexpr std::uint8_t icmp_net = 0, icmp_host = 1, icmp_protocol = 2, icmp_port = 3,
                              icmp_fragmentation_needed = 4;

/// An error about `packet`: quotes its header and the first eight bytes behind it.
IcmpMessage icmp_error(std::uint8_t type, std::uint8_t code, std::uint32_t rest, Ipv4Packet const& packet);

/// What an error quotes of a UDP datagram.
struct QuotedDatagram {
    Endpoint source{};
    Endpoint destination{};
    bool operator==(QuotedDatagram const&) const = default;
};
/// Empty: the message is no error, or not about UDP, or quotes too little.
std::optional<QuotedDatagram> quoted_datagram(IcmpMessage const& message);
/// What an error quotes behind the IP header; empty if it quotes none.
Payload quoted_text(IcmpMessage const& message);

/// What an error quotes of a TCP segment.
struct QuotedSegment {
    Endpoint source{};
    Endpoint destination{};
    SeqNum seq{};
    bool operator==(QuotedSegment const&) const = default;
};
/// The same error, about a packet from and to others: RFC 5508 §4.2, "Revert the IP and transport headers of the embedded
/// IP packet". Checksums that are quoted change by as much (RFC 1624). It must be about a segment or a datagram.
IcmpMessage requoted(IcmpMessage const& message, Endpoint source, Endpoint destination);
/// Empty: the message is no error, or not about TCP, or quotes too little.
std::optional<QuotedSegment> quoted_segment(IcmpMessage const& message);

}  // namespace tcpsim::wire
