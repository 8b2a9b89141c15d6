#include "stack/wire/notation.hpp"

#include "stack/wire/bytes.hpp"
#include "tests/stack/wire/recorded.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::wire;

namespace {

/// The recorded connection: the client's ISS, the peer's ISS and both clocks.
constexpr RelativeTo recorded_base{SeqNum{0x0b536ba9}, SeqNum{5000}, 0x00910834, 1000};

std::string line(std::string_view hex, RelativeTo const& base) {
    return notation(std::get<Frame>(parse_frame(recorded::bytes(hex))), base);
}

TcpSegment segment(std::uint8_t flags, std::vector<std::uint8_t> const& options = {}) {
    TcpSegment result{.source_port = 1, .destination_port = 2, .flags = {flags}};
    CHECK(result.options.append(options));
    return result;
}

Frame around(std::uint8_t protocol, decltype(Ipv4Packet::body) body) {
    return {{}, {}, 0x0800, Ipv4Packet{{.protocol = protocol}, std::move(body)}};
}

}  // namespace

TEST_CASE("packetdrill: letters of the control bits") {
    CHECK(flags_text({0}) == "none");
    CHECK(flags_text({Flags::syn}) == "S");
    CHECK(flags_text({Flags::syn | Flags::ack}) == "S.");
    CHECK(flags_text({Flags::ack}) == ".");
    CHECK(flags_text({Flags::fin | Flags::psh | Flags::ack}) == "FP.");
    CHECK(flags_text({Flags::rst}) == "R");
    CHECK(flags_text({Flags::syn | Flags::ece | Flags::cwr}) == "SEW");
    CHECK(flags_text({0xff}) == "FSRPUEW.");
}

TEST_CASE("recorded: a connection of Linux, line by line") {
    CHECK(line(recorded::tcp_syn, recorded_base) ==
          "S 0:0(0) win 64240 <mss 1460,sackOK,TS val 0 ecr 0,nop,wscale 10>");
    CHECK(line(recorded::tcp_ack, recorded_base) == ". 1:1(0) ack 1 win 63 <nop,nop,TS val 0 ecr 0>");
    CHECK(line(recorded::tcp_data, recorded_base) == "P. 1:6(5) ack 1 win 63 <nop,nop,TS val 0 ecr 0>");
    CHECK(line(recorded::tcp_sack, recorded_base) ==
          ". 6:6(0) ack 1 win 63 <nop,nop,TS val 0 ecr 0,nop,nop,sack 6:11>");
}

TEST_CASE("recorded: without a base the numbers are the wire's") {
    CHECK(line(recorded::tcp_reset, {}) == "R. 0:0(0) ack 78 win 0");
    CHECK(line(recorded::tcp_ack, {}) == ". 190016426:190016426(0) ack 5001 win 63 <nop,nop,TS val 9504820 ecr 1000>");
}

TEST_CASE("notation: a reset without ACK names no acknowledgment") {
    TcpSegment reset = segment(Flags::rst);
    reset.seq = SeqNum{105};
    reset.ack = SeqNum{77};
    CHECK(notation(reset, {.seq = SeqNum{100}}) == "R 5:5(0) win 0");
}

TEST_CASE("notation: SYN and FIN take no room in the length, numbers wrap, urgent data are pointed at") {
    TcpSegment data = segment(Flags::fin | Flags::urg | Flags::ack);
    data.seq = SeqNum{2};
    data.ack = SeqNum{0xffff'ffff};
    data.urgent = 3;
    data.window = 65'535;
    data.payload = Payload::text("hello");
    CHECK(notation(data, {.seq = SeqNum{0xffff'fffe}, .ack = SeqNum{0xffff'fffe}}) ==
          "FU. 4:9(5) ack 1 win 65535 urg 3");
    CHECK(notation(segment(0), {.seq = SeqNum{1}}) == "none 4294967295:4294967295(0) win 0");
}

TEST_CASE("RFC 7323 §3.2: the echo of a segment without ACK is shown as it is") {
    TcpSegment const syn = segment(Flags::syn, {8, 10, 0, 0, 0, 9, 0, 0, 0, 0, 1, 1});
    CHECK(notation(syn, {.timestamp_value = 2, .timestamp_echo = 500}) == "S 0:0(0) win 0 <TS val 7 ecr 0,nop,nop>");
}

TEST_CASE("notation: unknown, odd and broken options are shown, never hidden") {
    CHECK(notation(segment(Flags::ack, {254, 4, 0xf9, 0x89, 34, 2, 0, 9}), {}) ==
          ". 0:0(0) ack 0 win 0 <kind 254 0xf989,kind 34,eol>");
    CHECK(notation(segment(Flags::ack, {2, 3, 5, 3, 4, 7, 7, 1}), {}) ==
          ". 0:0(0) ack 0 win 0 <kind 2 0x05,kind 3 0x0707,nop>");
    CHECK(notation(segment(Flags::ack, {1, 1, 3, 9}), {}) == ". 0:0(0) ack 0 win 0 <nop,nop,malformed 0x0309>");
}

TEST_CASE("notation: ARP") {
    CHECK(line(recorded::arp_request, {}) == "arp who-has 10.1.0.3 tell 10.1.0.2");
    Frame reply{{}, {}, 0x0806, ArpPacket{.operation = 2, .sender_mac = {{2, 0, 0, 0, 0, 3}}, .sender = {0x0a010003}}};
    CHECK(notation(reply, {}) == "arp reply 10.1.0.3 is-at 02:00:00:00:00:03");
    std::get<ArpPacket>(reply.body).operation = 9;
    CHECK(notation(reply, {}) == "arp operation 9");
}

TEST_CASE("notation: UDP, ICMP, fragments and strangers") {
    CHECK(line(recorded::udp, {}) == "udp (5)");
    CHECK(line(recorded::icmp_echo_reply, {}) == "icmp 0/0 echo reply id 1 seq 2");
    CHECK(line(recorded::last_fragment, {}) == "ip protocol 17 (1) fragment at 1480, the last");
    CHECK(notation(around(89, RawPayload{Payload::text("ospf")}), {}) == "ip protocol 89 (4)");
    CHECK(notation(around(protocol_icmp, IcmpMessage{.type = 42, .code = 7}), {}) == "icmp 42/7");
    CHECK(notation(Frame{{}, {}, 0x86dd, RawPayload{Payload::text("six")}}, {}) == "ethertype 0x86dd (3)");
}

TEST_CASE("notation: an ICMP error says what it is about, numbers counting from its receiver's") {
    CHECK(line(recorded::icmp_port_unreachable, {}) ==
          "icmp 3/3 port unreachable about udp 10.1.0.3:40000 > 10.1.0.2:7");
    // A router quotes the header and eight bytes of the recorded data segment.
    auto const data = std::get<Ipv4Packet>(std::get<Frame>(parse_frame(recorded::bytes(recorded::tcp_data))).body);
    auto const bytes = emit(data);
    Payload const quoted{Slice::copy_of(std::as_bytes(std::span{bytes}.first(28)))};
    RelativeTo const towards_the_client{.ack = SeqNum{0x0b536ba9}};
    CHECK(notation(around(protocol_icmp, IcmpMessage{3, 1, 0, quoted}), towards_the_client) ==
          "icmp 3/1 host unreachable about tcp 10.1.0.2:44192 > 10.1.0.3:9998 seq 1");
    CHECK(notation(around(protocol_icmp, IcmpMessage{3, 4, 1400, quoted}), towards_the_client) ==
          "icmp 3/4 fragmentation needed mtu 1400 about tcp 10.1.0.2:44192 > 10.1.0.3:9998 seq 1");
    CHECK(notation(around(protocol_icmp, IcmpMessage{11, 0, 0, quoted.part(0, 27)}), {}) ==
          "icmp 11/0 time to live exceeded about protocol 6 10.1.0.2 > 10.1.0.3");
    CHECK(notation(around(protocol_icmp, IcmpMessage{3, 1, 0, quoted.part(0, 19)}), {}) == "icmp 3/1 host unreachable");
}
