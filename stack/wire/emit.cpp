#include "stack/wire/big_endian.hpp"
#include "stack/wire/bytes.hpp"
#include "stack/wire/layout.hpp"

#include <algorithm>

namespace tcpsim::wire {
namespace {

/// Writes forward into bytes that were zeroed and are exactly as many as needed.
class Writer {
  public:
    explicit Writer(std::uint8_t* at) : at_{at} {}
    void u8(std::uint8_t value) { *at_++ = value; }
    void u16(std::uint16_t value) {
        write_u16(at_, value);
        at_ += 2;
    }
    void u32(std::uint32_t value) {
        write_u32(at_, value);
        at_ += 4;
    }
    void bytes(std::span<std::uint8_t const> bytes) { at_ = std::copy(bytes.begin(), bytes.end(), at_); }
    void payload(Payload const& payload) {
        payload.copy_to(reinterpret_cast<std::byte*>(at_));
        at_ += payload.size();
    }
    /// Options; zeros, which end a list of options in IPv4 and in TCP, fill the last word.
    void options(std::span<std::uint8_t const> options) {
        bytes(options);
        at_ += layout::padded(options.size()) - options.size();
    }

  private:
    std::uint8_t* at_;
};

std::size_t size_of(RawPayload const& raw) { return raw.payload.size(); }
std::size_t size_of(TcpSegment const& segment) {
    return layout::tcp_header + layout::padded(segment.options.size()) + segment.payload.size();
}
std::size_t size_of(UdpDatagram const& datagram) { return layout::udp_header + datagram.payload.size(); }
std::size_t size_of(IcmpMessage const& message) { return layout::icmp_header + message.payload.size(); }
std::size_t size_of(Ipv4Packet const& packet) { return wire_size(packet); }
std::size_t size_of(ArpPacket const&) { return layout::arp_packet; }

std::size_t header_size(Ipv4Header const& header) {
    return layout::ipv4_header + layout::padded(header.options.size());
}

// The checksum fields are zero until the whole they cover is written.

void write_body(RawPayload const& raw, Ipv4Header const&, std::span<std::uint8_t> out) {
    Writer{out.data()}.payload(raw.payload);
}

void write_body(TcpSegment const& segment, Ipv4Header const& header, std::span<std::uint8_t> out) {
    check(header.protocol == protocol_tcp, "a TCP segment travels as protocol 6");
    Writer writer{out.data()};
    writer.u16(segment.source_port);
    writer.u16(segment.destination_port);
    writer.u32(segment.seq.raw());
    writer.u32(segment.ack.raw());
    std::size_t const words = (layout::tcp_header + layout::padded(segment.options.size())) / 4;
    writer.u8(static_cast<std::uint8_t>(words << 4U));
    writer.u8(segment.flags.bits);
    writer.u16(segment.window);
    writer.u16(0);
    writer.u16(segment.urgent);
    writer.options(segment.options.bytes());
    writer.payload(segment.payload);
    write_u16(out.data() + layout::tcp_checksum_at,
              internet_checksum(out, layout::pseudo_header_sum(header, out.size())));
}

void write_body(UdpDatagram const& datagram, Ipv4Header const& header, std::span<std::uint8_t> out) {
    check(header.protocol == protocol_udp, "a UDP datagram travels as protocol 17");
    Writer writer{out.data()};
    writer.u16(datagram.source_port);
    writer.u16(datagram.destination_port);
    writer.u16(static_cast<std::uint16_t>(out.size()));
    writer.u16(0);
    writer.payload(datagram.payload);
    std::uint16_t const checksum = internet_checksum(out, layout::pseudo_header_sum(header, out.size()));
    // RFC 768: zero means "no checksum"; a sum that comes out as zero is sent as its other form.
    write_u16(out.data() + layout::udp_checksum_at, checksum == 0 ? std::uint16_t{0xffff} : checksum);
}

void write_body(IcmpMessage const& message, Ipv4Header const& header, std::span<std::uint8_t> out) {
    check(header.protocol == protocol_icmp, "an ICMP message travels as protocol 1");
    Writer writer{out.data()};
    writer.u8(message.type);
    writer.u8(message.code);
    writer.u16(0);
    writer.u32(message.rest);
    writer.payload(message.payload);
    write_u16(out.data() + layout::icmp_checksum_at, internet_checksum(out));
}

void write_ipv4_header(Ipv4Header const& header, std::size_t total, std::span<std::uint8_t> out) {
    std::uint16_t fragment = header.fragment_offset & layout::fragment_offset_mask;
    fragment |= header.dont_fragment ? layout::dont_fragment : std::uint16_t{0};
    fragment |= header.more_fragments ? layout::more_fragments : std::uint16_t{0};
    Writer writer{out.data()};
    writer.u8(static_cast<std::uint8_t>(0x40U | out.size() / 4));
    writer.u8(header.tos);
    writer.u16(static_cast<std::uint16_t>(total));
    writer.u16(header.identification);
    writer.u16(fragment);
    writer.u8(header.ttl);
    writer.u8(header.protocol);
    writer.u16(0);
    writer.u32(header.source.value);
    writer.u32(header.destination.value);
    writer.options(header.options);
    write_u16(out.data() + layout::ipv4_checksum_at, internet_checksum(out));
}

void write_packet(Ipv4Packet const& packet, std::span<std::uint8_t> out) {
    check(packet.header.options.size() <= layout::ipv4_options_max, "IPv4 options fit in 40 bytes");
    check(out.size() <= layout::ipv4_total_max, "an IPv4 packet has at most 65535 bytes");
    std::size_t const size = header_size(packet.header);
    write_ipv4_header(packet.header, out.size(), out.first(size));
    std::visit([&](auto const& body) { write_body(body, packet.header, out.subspan(size)); }, packet.body);
}

void write_frame_body(RawPayload const& raw, std::uint16_t, std::span<std::uint8_t> out) {
    Writer{out.data()}.payload(raw.payload);
}

void write_frame_body(Ipv4Packet const& packet, std::uint16_t ether_type, std::span<std::uint8_t> out) {
    check(ether_type == layout::ether_type_ipv4, "IPv4 travels as EtherType 0x0800");
    write_packet(packet, out);
}

// RFC 826.
void write_frame_body(ArpPacket const& arp, std::uint16_t ether_type, std::span<std::uint8_t> out) {
    check(ether_type == layout::ether_type_arp, "ARP travels as EtherType 0x0806");
    Writer writer{out.data()};
    writer.u16(1);  // Ethernet
    writer.u16(layout::ether_type_ipv4);
    writer.u8(6);
    writer.u8(4);
    writer.u16(arp.operation);
    writer.bytes(arp.sender_mac.bytes);
    writer.u32(arp.sender.value);
    writer.bytes(arp.target_mac.bytes);
    writer.u32(arp.target.value);
}

}  // namespace

std::size_t wire_size(Ipv4Packet const& packet) {
    return header_size(packet.header) + std::visit([](auto const& body) { return size_of(body); }, packet.body);
}

std::size_t wire_size(Frame const& frame) {
    return layout::ethernet_header + std::visit([](auto const& body) { return size_of(body); }, frame.body);
}

std::vector<std::uint8_t> emit(Ipv4Packet const& packet) {
    std::vector<std::uint8_t> bytes(wire_size(packet));
    write_packet(packet, bytes);
    return bytes;
}

std::vector<std::uint8_t> emit(Frame const& frame) {
    std::size_t const size = wire_size(frame);
    check(size >= layout::ethernet_header, "a frame has its header");  // GCC 12 fears that the sum may wrap
    std::vector<std::uint8_t> bytes(size);
    Writer writer{bytes.data()};
    writer.bytes(frame.destination.bytes);
    writer.bytes(frame.source.bytes);
    writer.u16(frame.ether_type);
    std::span<std::uint8_t> const out = std::span{bytes}.subspan(layout::ethernet_header);
    std::visit([&](auto const& body) { write_frame_body(body, frame.ether_type, out); }, frame.body);
    return bytes;
}

}  // namespace tcpsim::wire
