// Structs ↔ bytes, with checksums. parse(emit(x)) == x; arbitrary bytes never break the parser.
#pragma once

#include "stack/wire/packet.hpp"

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

namespace tcpsim::wire {

/// Why bytes are not a packet. A receiver drops it silently, the trace says why.
enum class ParseError : std::uint8_t {
    truncated,
    bad_version,
    bad_header_length,
    bad_total_length,
    bad_ip_checksum,
    bad_tcp_checksum,
    bad_udp_checksum,
    bad_icmp_checksum,
    bad_arp,
};
std::string_view name(ParseError error);

template <class T>
using Parsed = std::variant<T, ParseError>;

Parsed<Frame> parse_frame(std::span<std::uint8_t const> bytes);
Parsed<Ipv4Packet> parse_ipv4_packet(std::span<std::uint8_t const> bytes);

/// Valid checksums; pattern payload is materialised.
std::vector<std::uint8_t> emit(Frame const& frame);
std::vector<std::uint8_t> emit(Ipv4Packet const& packet);

/// RFC 1071: the Internet checksum of `bytes` continuing from `partial` (a sum not yet folded).
std::uint16_t internet_checksum(std::span<std::uint8_t const> bytes, std::uint32_t partial = 0);

}  // namespace tcpsim::wire
