#include "sim/net/rule.hpp"

#include "tests/sim/net/bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::net;
using namespace tcpsim::net::testing;

namespace {

constexpr wire::Ipv4Address client{0x0a010002};  // the source of every tcp_frame()
constexpr wire::Ipv4Address server{0x0a020002};

wire::Frame arp() {
    wire::Frame frame;
    frame.body = wire::ArpPacket{};
    return frame;
}
wire::Frame udp() {
    wire::Frame frame = tcp_frame(0);
    std::get<wire::Ipv4Packet>(frame.body).body = wire::UdpDatagram{1, 2, Payload::text("text")};
    return frame;
}

}  // namespace

TEST_CASE("match: an empty one matches everything") {
    CHECK(matches(Match{}, tcp_frame(0)));
    CHECK(matches(Match{}, udp()));
    CHECK(matches(Match{}, arp()));
}

TEST_CASE("match: from and to are the IP addresses, so nothing without them matches") {
    CHECK(matches({.from = client}, tcp_frame(0)));
    CHECK_FALSE(matches({.from = server}, tcp_frame(0)));
    CHECK(matches({.to = server}, tcp_frame(0)));
    CHECK_FALSE(matches({.to = client}, tcp_frame(0)));
    CHECK(matches({.from = client, .to = server}, udp()));
    CHECK_FALSE(matches({.from = client, .to = client}, tcp_frame(0)));
    CHECK_FALSE(matches({.from = wire::Ipv4Address{}}, arp()));
}

TEST_CASE("match: flags are exactly these, in notation") {
    using wire::Flags;
    CHECK(matches({.flags = "S"}, tcp_frame(0, Flags::syn)));
    CHECK_FALSE(matches({.flags = "S"}, tcp_frame(0, Flags::syn | Flags::ack)));
    CHECK(matches({.flags = "S."}, tcp_frame(0, Flags::syn | Flags::ack)));
    CHECK(matches({.flags = "."}, tcp_frame(0, Flags::ack)));
    CHECK(matches({.flags = "P."}, tcp_frame(9, Flags::psh | Flags::ack)));
    CHECK_FALSE(matches({.flags = "P."}, tcp_frame(9, Flags::fin | Flags::psh | Flags::ack)));
    CHECK_FALSE(matches({.flags = "."}, udp()));
}

TEST_CASE("match: data means text in a TCP segment") {
    CHECK(matches({.data = true}, tcp_frame(1)));
    CHECK_FALSE(matches({.data = true}, tcp_frame(0)));
    CHECK_FALSE(matches({.data = false}, tcp_frame(1)));
    CHECK(matches({.data = false}, tcp_frame(0)));
    CHECK_FALSE(matches({.data = false}, udp()));
    CHECK(matches({}, tcp_frame(1)));
    CHECK_FALSE(matches({.data = true}, udp()));
}
