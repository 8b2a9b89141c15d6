#include "stack/wire/big_endian.hpp"
#include "stack/wire/bytes.hpp"
#include "stack/wire/layout.hpp"

#include <algorithm>

namespace tcpsim::wire {
namespace {

using Bytes = std::span<std::uint8_t const>;
using Body = decltype(Ipv4Packet::body);

Payload payload_of(Bytes bytes) { return Payload{Slice::copy_of(std::as_bytes(bytes))}; }

Ipv4Address read_ipv4(std::uint8_t const* at) { return {read_u32(at)}; }

MacAddress read_mac(std::uint8_t const* at) {
    MacAddress mac;
    std::copy_n(at, mac.bytes.size(), mac.bytes.begin());
    return mac;
}

/// What carries its own checksum sums to zero.
bool sums_up(Bytes bytes, std::uint32_t partial = 0) { return internet_checksum(bytes, partial) == 0; }

Parsed<ArpPacket> parse_arp(Bytes bytes) {
    if (bytes.size() < layout::arp_packet) {
        return ParseError::truncated;
    }
    std::uint8_t const* at = bytes.data();
    bool const ipv4_over_ethernet =
        read_u16(at) == 1 && read_u16(at + 2) == layout::ether_type_ipv4 && at[4] == 6 && at[5] == 4;
    if (!ipv4_over_ethernet) {
        return ParseError::bad_arp;
    }
    return ArpPacket{read_u16(at + 6), read_mac(at + 8), read_ipv4(at + 14), read_mac(at + 18), read_ipv4(at + 24)};
}

// RFC 9293 §3.1.
Parsed<Body> parse_tcp(Ipv4Header const& header, Bytes bytes) {
    if (bytes.size() < layout::tcp_header) {
        return ParseError::truncated;
    }
    std::uint8_t const* at = bytes.data();
    std::size_t const header_size = std::size_t{4} * (at[12] >> 4U);
    if (header_size < layout::tcp_header || header_size > bytes.size()) {
        return ParseError::bad_header_length;
    }
    if (!sums_up(bytes, layout::pseudo_header_sum(header, bytes.size()))) {
        return ParseError::bad_tcp_checksum;
    }
    TcpSegment segment{.source_port = read_u16(at),
                       .destination_port = read_u16(at + 2),
                       .seq = SeqNum{read_u32(at + 4)},
                       .ack = SeqNum{read_u32(at + 8)},
                       .flags = {at[13]},
                       .window = read_u16(at + 14),
                       .urgent = read_u16(at + 18),
                       .options = {},
                       .payload = payload_of(bytes.subspan(header_size))};
    bool const fits = segment.options.append(bytes.subspan(layout::tcp_header, header_size - layout::tcp_header));
    check(fits, "a four-bit data offset leaves at most 40 bytes of options");
    return segment;
}

// RFC 768.
Parsed<Body> parse_udp(Ipv4Header const& header, Bytes bytes) {
    if (bytes.size() < layout::udp_header) {
        return ParseError::truncated;
    }
    std::uint8_t const* at = bytes.data();
    std::size_t const length = read_u16(at + 4);
    if (length < layout::udp_header || length > bytes.size()) {
        return ParseError::bad_total_length;
    }
    bool const has_checksum = read_u16(at + layout::udp_checksum_at) != 0;
    if (has_checksum && !sums_up(bytes.first(length), layout::pseudo_header_sum(header, length))) {
        return ParseError::bad_udp_checksum;
    }
    Bytes const text = bytes.subspan(layout::udp_header, length - layout::udp_header);
    return UdpDatagram{read_u16(at), read_u16(at + 2), payload_of(text)};
}

// RFC 792.
Parsed<Body> parse_icmp(Bytes bytes) {
    if (bytes.size() < layout::icmp_header) {
        return ParseError::truncated;
    }
    if (!sums_up(bytes)) {
        return ParseError::bad_icmp_checksum;
    }
    return IcmpMessage{bytes[0], bytes[1], read_u32(bytes.data() + 4), payload_of(bytes.subspan(layout::icmp_header))};
}

Parsed<Body> parse_body(Ipv4Header const& header, Bytes bytes) {
    if (layout::is_fragment(header)) {
        return RawPayload{payload_of(bytes)};
    }
    switch (header.protocol) {
        case protocol_tcp:
            return parse_tcp(header, bytes);
        case protocol_udp:
            return parse_udp(header, bytes);
        case protocol_icmp:
            return parse_icmp(bytes);
        default:
            return RawPayload{payload_of(bytes)};
    }
}

/// RFC 791 §3.1. `bytes` is the header with its options, already found to be whole.
Ipv4Header read_ipv4_header(Bytes bytes) {
    std::uint8_t const* at = bytes.data();
    std::uint16_t const fragment = read_u16(at + 6);
    Bytes const options = bytes.subspan(layout::ipv4_header);
    return {.source = read_ipv4(at + 12),
            .destination = read_ipv4(at + 16),
            .tos = at[1],
            .identification = read_u16(at + 4),
            .dont_fragment = (fragment & layout::dont_fragment) != 0,
            .more_fragments = (fragment & layout::more_fragments) != 0,
            .fragment_offset = static_cast<std::uint16_t>(fragment & layout::fragment_offset_mask),
            .ttl = at[8],
            .protocol = at[9],
            .options = {options.begin(), options.end()}};
}

/// A frame whose body is what `parsed` holds, or its error.
template <class T>
Parsed<Frame> with_body(Frame frame, Parsed<T> parsed) {
    if (auto const* error = std::get_if<ParseError>(&parsed)) {
        return *error;
    }
    frame.body = std::get<T>(std::move(parsed));
    return frame;
}

}  // namespace

Parsed<Ipv4Packet> parse_ipv4_packet(std::span<std::uint8_t const> bytes) {
    if (bytes.size() < layout::ipv4_header) {
        return ParseError::truncated;
    }
    if (bytes[0] >> 4U != 4) {
        return ParseError::bad_version;
    }
    std::size_t const header_size = std::size_t{4} * (bytes[0] & 0xfU);
    if (header_size < layout::ipv4_header) {
        return ParseError::bad_header_length;
    }
    if (header_size > bytes.size()) {
        return ParseError::truncated;
    }
    if (!sums_up(bytes.first(header_size))) {
        return ParseError::bad_ip_checksum;
    }
    std::size_t const total = read_u16(bytes.data() + 2);
    if (total < header_size) {
        return ParseError::bad_total_length;
    }
    if (total > bytes.size()) {
        return ParseError::truncated;
    }
    Ipv4Header header = read_ipv4_header(bytes.first(header_size));
    Parsed<Body> body = parse_body(header, bytes.subspan(header_size, total - header_size));  // the rest is padding
    if (auto const* error = std::get_if<ParseError>(&body)) {
        return *error;
    }
    return Ipv4Packet{std::move(header), std::get<Body>(std::move(body))};
}

Parsed<Frame> parse_frame(std::span<std::uint8_t const> bytes) {
    if (bytes.size() < layout::ethernet_header) {
        return ParseError::truncated;
    }
    Frame frame{read_mac(bytes.data()), read_mac(bytes.data() + 6), read_u16(bytes.data() + 12), {}};
    Bytes const rest = bytes.subspan(layout::ethernet_header);
    switch (frame.ether_type) {
        case layout::ether_type_ipv4:
            return with_body(std::move(frame), parse_ipv4_packet(rest));
        case layout::ether_type_arp:
            return with_body(std::move(frame), parse_arp(rest));
        default:
            frame.body = RawPayload{payload_of(rest)};
            return frame;
    }
}

std::string_view name(ParseError error) {
    switch (error) {
        case ParseError::truncated:
            return "truncated";
        case ParseError::bad_version:
            return "bad IP version";
        case ParseError::bad_header_length:
            return "bad header length";
        case ParseError::bad_total_length:
            return "bad total length";
        case ParseError::bad_ip_checksum:
            return "bad IP checksum";
        case ParseError::bad_tcp_checksum:
            return "bad TCP checksum";
        case ParseError::bad_udp_checksum:
            return "bad UDP checksum";
        case ParseError::bad_icmp_checksum:
            return "bad ICMP checksum";
        case ParseError::bad_arp:
            return "not ARP for IPv4 over Ethernet";
    }
    return "unknown";
}

}  // namespace tcpsim::wire
