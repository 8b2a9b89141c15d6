#include "stack/wire/icmp.hpp"

#include "tests/support/host_bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace std::chrono_literals;
using tcp::State;
using wire::Flags;

namespace {

/// What a router says to a about a packet of its own.
void router_says(HostBench& bench, wire::IcmpMessage const& message) {
    bench.out.clear();
    wire::Frame frame = frame_to_a(wire::TcpSegment{});
    auto& packet = std::get<wire::Ipv4Packet>(frame.body);
    packet.header.protocol = wire::protocol_icmp;
    packet.body = message;
    bench.a.frame_arrives(0, frame, bench.now, bench.out);
}

wire::Ipv4Packet const& packet_in(host::Outgoing const& outgoing) {
    return std::get<wire::Ipv4Packet>(outgoing.frame.body);
}

}  // namespace

TEST_CASE("RFC 9293 §3.9.2.2 [MUST-54]: an error goes to the connection whose segment it quotes, to no other") {
    HostBench bench;
    auto const first = bench.connect({address_b, 9998}).value();
    wire::Ipv4Packet const syn = packet_in(bench.out.frames.at(0));
    auto const second = bench.connect({address_b, 9998}).value();
    router_says(bench, wire::icmp_error(wire::icmp_unreachable, wire::icmp_host, 0, syn));
    REQUIRE(bench.out.readiness.size() == 1);
    CHECK(bench.out.readiness[0].connection == first);
    CHECK(bench.out.readiness[0].ended);
    CHECK(bench.a.find(first)->error() == Errno::ehostunreach);
    CHECK(bench.a.find(second)->state() == State::syn_sent);
    CHECK(bench.silent());
    router_says(bench, wire::icmp_error(wire::icmp_unreachable, wire::icmp_host, 0, syn));
    CHECK(bench.discarded_only(host::Discarded::no_listener));
}

TEST_CASE("ICMP that quotes nothing of TCP is dropped") {
    HostBench bench;
    router_says(bench, wire::IcmpMessage{8, 0, 1, Payload::pattern(1, 0, 56)});
    CHECK(bench.discarded_only(host::Discarded::unknown_protocol));
    router_says(bench, wire::IcmpMessage{wire::icmp_unreachable, 1, 0, Payload::pattern(1, 0, 27)});
    CHECK(bench.discarded_only(host::Discarded::unknown_protocol));
}

TEST_CASE("Linux tcp_req_err: an error about a SYN,ACK empties the place in the SYN queue") {
    HostBench bench;
    bench.listen();
    bench.syn(40000);
    REQUIRE(bench.sent_only(Flags::syn | Flags::ack));
    wire::Ipv4Packet const answer = packet_in(bench.out.frames.at(0));
    router_says(bench, wire::icmp_error(wire::icmp_unreachable, wire::icmp_host, 0, answer));
    CHECK(bench.a.connections().empty());
    CHECK(bench.out.acceptable.empty());
    bench.syn(40000);
    CHECK(bench.sent_only(Flags::syn | Flags::ack));
}
