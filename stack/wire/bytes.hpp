// Structs ↔ bytes, with checksums. parse(emit(x)) == x; arbitrary bytes never break the parser.
#pragma once

#include "stack/wire/packet.hpp"

#include <cstdint>
#include <span>
#include <string_view>
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
std::string_view name(ParseError error);  ///< in words: "bad TCP checksum"

template <class T>
using Parsed = std::variant<T, ParseError>;

/// Whole frames, without the check sequence. Padding behind an IPv4 or ARP packet is dropped, so emit(parse(bytes)) may be
/// shorter than `bytes`. A fragment and a protocol that is not ours become RawPayload.
Parsed<Frame> parse_frame(std::span<std::uint8_t const> bytes);
Parsed<Ipv4Packet> parse_ipv4_packet(std::span<std::uint8_t const> bytes);

/// Valid checksums; pattern payload is materialised; options are filled up with zeros to whole words. CHECKs that
/// protocol and EtherType name the body they travel with, and that the packet is within IPv4's 65535 bytes.
std::vector<std::uint8_t> emit(Frame const& frame);
std::vector<std::uint8_t> emit(Ipv4Packet const& packet);

/// RFC 1071: the Internet checksum of `bytes` continuing from `partial` (a sum not yet folded).
std::uint16_t internet_checksum(std::span<std::uint8_t const> bytes, std::uint32_t partial = 0);

}  // namespace tcpsim::wire
