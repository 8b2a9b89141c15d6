// Where the fields of the headers lie: shared by the parser and the emitter of this folder, and by nobody else.
#pragma once

#include "stack/wire/packet.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace tcpsim::wire::layout {

inline constexpr std::size_t ethernet_header = 14;
inline constexpr std::size_t arp_packet = 28;
inline constexpr std::size_t ipv4_header = 20;  ///< without options, as is tcp_header
inline constexpr std::size_t tcp_header = 20;
inline constexpr std::size_t udp_header = 8;
inline constexpr std::size_t icmp_header = 8;

inline constexpr std::size_t ipv4_options_max = 40;
inline constexpr std::size_t ipv4_total_max = 65'535;

inline constexpr std::uint16_t ether_type_ipv4 = 0x0800;
inline constexpr std::uint16_t ether_type_arp = 0x0806;

// RFC 791 §3.1: the flags above the fragment offset.
inline constexpr std::uint16_t dont_fragment = 0x4000;
inline constexpr std::uint16_t more_fragments = 0x2000;
inline constexpr std::uint16_t fragment_offset_mask = 0x1fff;

// Offsets of the checksum fields in their headers.
inline constexpr std::size_t ipv4_checksum_at = 10;
inline constexpr std::size_t tcp_checksum_at = 16;
inline constexpr std::size_t udp_checksum_at = 6;
inline constexpr std::size_t icmp_checksum_at = 2;

/// Options are filled up to whole 32-bit words.
constexpr std::size_t padded(std::size_t size) { return (size + 3) / 4 * 4; }

/// A fragment's body is no whole TCP segment or UDP datagram.
constexpr bool is_fragment(Ipv4Header const& header) { return header.more_fragments || header.fragment_offset != 0; }

/// RFC 9293 §3.1, RFC 768: the sum of the pseudo-header, not yet folded.
constexpr std::uint32_t pseudo_header_sum(Ipv4Header const& header, std::size_t length) {
    return (header.source.value >> 16U) + (header.source.value & 0xffffU) + (header.destination.value >> 16U) +
           (header.destination.value & 0xffffU) + header.protocol + static_cast<std::uint32_t>(length);
}

}  // namespace tcpsim::wire::layout
