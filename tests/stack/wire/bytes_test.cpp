#include "stack/wire/bytes.hpp"

#include "tests/stack/wire/recorded.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::wire;

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr MacAddress mac_2{{2, 0, 0, 0, 0, 2}};
constexpr MacAddress mac_3{{2, 0, 0, 0, 0, 3}};
constexpr Ipv4Address host_2{0x0a010002};
constexpr Ipv4Address host_3{0x0a010003};

Frame parsed(std::string_view hex) {
    auto const result = parse_frame(recorded::bytes(hex));
    REQUIRE(std::holds_alternative<Frame>(result));
    return std::get<Frame>(result);
}

ParseError error_of(Bytes const& bytes) {
    auto const result = parse_frame(bytes);
    REQUIRE(std::holds_alternative<ParseError>(result));
    return std::get<ParseError>(result);
}

template <class T>
T body_of(std::string_view hex) {
    return std::get<T>(std::get<Ipv4Packet>(parsed(hex).body).body);
}

Frame around(Ipv4Packet packet) { return {mac_3, mac_2, 0x0800, std::move(packet)}; }

}  // namespace

TEST_CASE("RFC 1071 §3: the example sums to ddf2") {
    Bytes const example{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    CHECK(internet_checksum(example) == static_cast<std::uint16_t>(~0xddf2U));
}

TEST_CASE("RFC 1071 §1: an odd byte counts as the high half of a word, and parts add up") {
    Bytes const odd{0x12, 0x34, 0x56};
    Bytes const padded{0x12, 0x34, 0x56, 0x00};
    CHECK(internet_checksum(odd) == internet_checksum(padded));
    CHECK(internet_checksum({padded.data() + 2, 2}, 0x1234) == internet_checksum(padded));
    CHECK(internet_checksum({}) == 0xffff);
    CHECK(internet_checksum({}, 0xffff'ffff) == 0);
}

TEST_CASE("recorded [MUST-2]: every frame of Linux parses, and emits as the same bytes") {
    for (std::string_view const hex : recorded::all) {
        CAPTURE(hex);
        Frame const frame = parsed(hex);
        CHECK(emit(frame) == recorded::bytes(hex));
        CHECK(wire_size(frame) == recorded::bytes(hex).size());
    }
}

TEST_CASE("recorded: a SYN of Linux, field by field") {
    Frame const frame = parsed(recorded::tcp_syn);
    CHECK(frame.destination == mac_3);
    CHECK(frame.source == mac_2);
    auto const& packet = std::get<Ipv4Packet>(frame.body);
    CHECK(packet.header == Ipv4Header{.source = host_2,
                                      .destination = host_3,
                                      .tos = 0,
                                      .identification = 0xdf42,
                                      .dont_fragment = true,
                                      .more_fragments = false,
                                      .fragment_offset = 0,
                                      .ttl = 64,
                                      .protocol = protocol_tcp,
                                      .options = {}});
    REQUIRE(tcp_of(frame) != nullptr);
    TcpSegment const& syn = *tcp_of(frame);
    CHECK(syn.source_port == 0xaca0);
    CHECK(syn.destination_port == 9998);
    CHECK(syn.seq == SeqNum{0x0b536ba9});
    CHECK(syn.ack == SeqNum{0});
    CHECK(syn.flags == Flags{Flags::syn});
    CHECK(syn.window == 64'240);
    CHECK(syn.urgent == 0);
    CHECK(syn.payload.empty());
    CHECK(syn.length() == 1);
    Options const expected{
        .mss = 1460, .window_scale = 10, .sack_permitted = true, .timestamps = Timestamps{0x00910834, 0}, .sack = {}};
    CHECK(decode(syn.options) == expected);
    CHECK(encode(expected, OptionLayout::linux_order) == syn.options);
}

TEST_CASE("recorded: the text of a data segment") {
    auto const segment = body_of<TcpSegment>(recorded::tcp_data);
    CHECK(segment.flags == Flags{Flags::psh | Flags::ack});
    CHECK(segment.payload == Payload::text("hello"));
    CHECK(segment.length() == 5);
}

TEST_CASE("recorded: ARP, UDP, ICMP and a fragment") {
    CHECK(std::get<ArpPacket>(parsed(recorded::arp_request).body) ==
          ArpPacket{.operation = 1, .sender_mac = mac_2, .sender = host_2, .target_mac = {}, .target = host_3});
    CHECK(body_of<UdpDatagram>(recorded::udp) == UdpDatagram{0xb0ee, 9998, Payload::text("hello")});
    CHECK(body_of<IcmpMessage>(recorded::icmp_echo_reply) == IcmpMessage{0, 0, 0x0001'0002, Payload::text("ping")});
    auto const error = body_of<IcmpMessage>(recorded::icmp_port_unreachable);
    CHECK(error.type == 3);
    CHECK(error.code == 3);
    CHECK(error.payload.size() == 20 + 8 + 3);
    CHECK(body_of<RawPayload>(recorded::last_fragment) == RawPayload{Payload::text("x")});
    auto const fragment = std::get<Ipv4Packet>(parsed(recorded::last_fragment).body).header;
    CHECK(fragment.fragment_offset * 8 == 1480);
    CHECK_FALSE(fragment.more_fragments);
}

TEST_CASE("RFC 791: IPv4 options are kept, and filled up to whole words") {
    Ipv4Packet packet{{.source = host_2, .destination = host_3, .protocol = 99, .options = {1, 1, 1, 0}},
                      RawPayload{Payload::text("abc")}};
    CHECK(std::get<Ipv4Packet>(parse_ipv4_packet(emit(packet))) == packet);
    CHECK(wire_size(packet) == 20 + 4 + 3);
    packet.header.options = {1};
    auto const back = std::get<Ipv4Packet>(parse_ipv4_packet(emit(packet)));
    CHECK(back.header.options == Bytes{1, 0, 0, 0});
}

TEST_CASE("RFC 9293 §3.1 [MUST-69]: TCP options are filled up to whole words with zeros") {
    TcpSegment segment;
    REQUIRE(segment.options.append(Bytes{3, 3, 7, 2, 4}));
    Ipv4Packet const packet{{.source = host_2, .destination = host_3, .protocol = protocol_tcp}, segment};
    Bytes const bytes = emit(packet);
    REQUIRE(bytes.size() == 20 + 20 + 8);
    CHECK(Bytes(bytes.end() - 8, bytes.end()) == Bytes{3, 3, 7, 2, 4, 0, 0, 0});
}

TEST_CASE("Ethernet: padding behind a short packet is dropped") {
    for (std::string_view const hex : {recorded::tcp_reset, recorded::arp_request, recorded::icmp_echo_reply}) {
        Bytes bytes = recorded::bytes(hex);
        bytes.resize(60, 0xee);
        auto const padded = parse_frame(bytes);
        REQUIRE(std::holds_alternative<Frame>(padded));
        CHECK(std::get<Frame>(padded) == parsed(hex));
    }
}

TEST_CASE("Ethernet: a type that is not ours is kept as it is") {
    Frame const frame{mac_3, mac_2, 0x86dd, RawPayload{Payload::text("IPv6 some day")}};
    CHECK(std::get<Frame>(parse_frame(emit(frame))) == frame);
}

TEST_CASE("RFC 768: a datagram without a checksum is accepted, a checksum of zero is sent as ffff") {
    Bytes bytes = recorded::bytes(recorded::udp);
    bytes[14 + 20 + 6] = 0;
    bytes[14 + 20 + 7] = 0;
    CHECK(std::get<Frame>(parse_frame(bytes)) == parsed(recorded::udp));

    // The source port is what makes the sum come out as zero: the checksum of the others, found by emitting them.
    Ipv4Packet packet{{.source = host_2, .destination = host_3, .protocol = protocol_udp}, UdpDatagram{0, 7, {}}};
    Bytes const without = emit(packet);
    auto const checksum = static_cast<std::uint16_t>(without[20 + 6] << 8U | without[20 + 7]);
    packet.body = UdpDatagram{checksum, 7, {}};
    Bytes const emitted = emit(packet);
    CHECK(emitted[20 + 6] == 0xff);
    CHECK(emitted[20 + 7] == 0xff);
    CHECK(std::get<Ipv4Packet>(parse_ipv4_packet(emitted)) == packet);
}

TEST_CASE("emit: a pattern becomes the bytes it stands for") {
    Ipv4Packet const packet{
        {.source = host_2, .destination = host_3, .protocol = protocol_tcp},
        TcpSegment{.source_port = 1, .destination_port = 2, .payload = Payload::pattern(7, 3, 100)}};
    Bytes const bytes = emit(packet);
    REQUIRE(bytes.size() == 20 + 20 + 100);
    for (std::size_t i = 0; i < 100; ++i) {
        CHECK(std::byte{bytes[40 + i]} == pattern_byte(7, 3 + i));
    }
    CHECK(std::get<Ipv4Packet>(parse_ipv4_packet(bytes)) == packet);
}

TEST_CASE("emit: a body that its header does not announce is our bug") {
    CHECK_THROWS_AS(emit(around({{.protocol = protocol_udp}, TcpSegment{}})), CheckFailed);
    CHECK_THROWS_AS(emit(around({{.protocol = protocol_tcp}, UdpDatagram{}})), CheckFailed);
    CHECK_THROWS_AS(emit(around({{.protocol = protocol_tcp}, IcmpMessage{}})), CheckFailed);
    CHECK_THROWS_AS(emit(Frame{mac_3, mac_2, 0x0806, Ipv4Packet{}}), CheckFailed);
    CHECK_THROWS_AS(emit(Frame{mac_3, mac_2, 0x0800, ArpPacket{}}), CheckFailed);
    CHECK_THROWS_AS(emit(Ipv4Packet{{.options = Bytes(41)}, {}}), CheckFailed);
    CHECK_THROWS_AS(emit(Ipv4Packet{{}, RawPayload{Payload::pattern(0, 0, 65'516)}}), CheckFailed);
    CHECK(emit(Ipv4Packet{{}, RawPayload{Payload::pattern(0, 0, 65'515)}}).size() == 65'535);
}

TEST_CASE("parse [MUST-3]: each kind of damage has its name") {
    Bytes const syn = recorded::bytes(recorded::tcp_syn);
    auto const damaged = [](std::string_view hex, std::size_t at, std::uint8_t value) {
        Bytes bytes = recorded::bytes(hex);
        bytes[at] = value;
        return error_of(bytes);
    };
    constexpr std::size_t ip = 14;
    constexpr std::size_t tcp = 34;
    CHECK(error_of({}) == ParseError::truncated);
    CHECK(error_of(Bytes(syn.begin(), syn.begin() + ip)) == ParseError::truncated);
    CHECK(error_of(Bytes(syn.begin(), syn.end() - 1)) == ParseError::truncated);
    CHECK(damaged(recorded::tcp_syn, ip, 0x65) == ParseError::bad_version);
    CHECK(damaged(recorded::tcp_syn, ip, 0x44) == ParseError::bad_header_length);
    CHECK(damaged(recorded::tcp_syn, ip + 8, 63) == ParseError::bad_ip_checksum);
    CHECK(damaged(recorded::tcp_syn, tcp + 12, 0x40) == ParseError::bad_header_length);
    CHECK(damaged(recorded::tcp_syn, tcp + 12, 0xb0) == ParseError::bad_header_length);
    CHECK(damaged(recorded::tcp_syn, tcp + 7, 0) == ParseError::bad_tcp_checksum);
    CHECK(damaged(recorded::udp, tcp + 5, 7) == ParseError::bad_total_length);
    CHECK(damaged(recorded::udp, tcp + 5, 14) == ParseError::bad_total_length);
    CHECK(damaged(recorded::udp, tcp + 8, 0) == ParseError::bad_udp_checksum);
    CHECK(damaged(recorded::icmp_echo_reply, tcp + 8, 0) == ParseError::bad_icmp_checksum);
    CHECK(damaged(recorded::arp_request, ip + 4, 8) == ParseError::bad_arp);
}

TEST_CASE("parse: a total length below the header is refused though its checksum is right") {
    Bytes bytes = recorded::bytes(recorded::tcp_reset);
    bytes[14 + 3] = 19;
    bytes[14 + 10] = bytes[14 + 11] = 0;
    std::uint16_t const checksum = internet_checksum({bytes.data() + 14, 20});
    bytes[14 + 10] = static_cast<std::uint8_t>(checksum >> 8U);
    bytes[14 + 11] = static_cast<std::uint8_t>(checksum);
    CHECK(error_of(bytes) == ParseError::bad_total_length);
}

TEST_CASE("parse: errors have distinct names in words") {
    std::vector<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(ParseError::bad_arp); ++i) {
        std::string_view const text = name(static_cast<ParseError>(i));
        CHECK(text != "unknown");
        for (std::string_view const other : names) {
            CHECK(text != other);
        }
        names.push_back(text);
    }
}
