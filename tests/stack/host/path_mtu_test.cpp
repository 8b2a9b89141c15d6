// What a host learns of its paths, and what a boot leaves of it.
#include "stack/host/path_mtu.hpp"

#include "stack/wire/icmp.hpp"
#include "tests/support/host_bench.hpp"

#include <doctest/doctest.h>

#include <memory>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace std::chrono_literals;

namespace {

constexpr wire::Ipv4Address elsewhere{address_b.value + 1};

std::uint16_t offered_mss(HostBench& bench, wire::Ipv4Address to) {
    REQUIRE(bench.connect({to, 9998}).ok());
    return wire::decode(bench.sent().options).mss.value();
}

/// A connection to b is opened, and a router says that its SYN was too big.
void learn(HostBench& bench, std::uint16_t mtu) {
    REQUIRE(bench.connect({address_b, 9998}).ok());
    auto const syn = std::get<wire::Ipv4Packet>(bench.out.frames.at(0).frame.body);
    wire::Frame frame = frame_to_a(wire::TcpSegment{});
    auto& packet = std::get<wire::Ipv4Packet>(frame.body);
    packet.header.protocol = wire::protocol_icmp;
    packet.body = wire::icmp_error(wire::icmp_unreachable, wire::icmp_fragmentation_needed, mtu, syn);
    bench.out.clear();
    bench.a.frame_arrives(0, frame, bench.now, bench.out);
}

}  // namespace

TEST_CASE("RFC 1191 §6.2: what one connection learns of a path, later ones know; for ten minutes") {
    HostBench bench;
    REQUIRE(offered_mss(bench, address_b) == 1460);
    learn(bench, 1000);
    CHECK(offered_mss(bench, address_b) == 960);
    bench.now += 600s - 1ns;
    CHECK(offered_mss(bench, address_b) == 960);
    bench.now += 1ns;
    CHECK(offered_mss(bench, address_b) == 1460);
}

namespace {

/// Established from a, the peer takes 1460.
host::ConnectionId established(HostBench& bench, wire::Ipv4Address to) {
    auto const id = bench.connect({to, 9998});
    REQUIRE(id.ok());
    wire::TcpSegment const syn = bench.sent();
    bench.now += 20ms;
    wire::TcpSegment answer{.source_port = 9998,
                            .destination_port = syn.source_port,
                            .seq = SeqNum{100},
                            .ack = syn.seq + 1,
                            .flags = {wire::Flags::syn | wire::Flags::ack},
                            .window = 65535};
    wire::Options options;
    options.mss = 1460;
    answer.options = wire::encode(options, wire::OptionLayout::linux_order);
    bench.arrives(to, address_a, answer);
    return id.value();
}

std::uint64_t next_length(HostBench& bench, host::ConnectionId id) {
    bench.out.clear();
    bench.now += 2ms;  // Linux tcp_tso_should_defer: within 1 ms it would wait for an ACK
    REQUIRE(bench.a.send(id, Payload::pattern(0, 0, 2000), bench.now, bench.out).ok());
    return bench.out.frames.empty() ? 0 : bench.sent().payload.size();
}

}  // namespace

TEST_CASE(
    "RFC 1191 §6.1: what one connection learns of a path, all learn that use it, and repeat nothing; others do not") {
    host::Configuration both = configuration_of(true);
    both.neighbours.push_back({0, elsewhere, mac_b});
    HostBench bench{"linux", both};
    auto const same_path = established(bench, address_b);
    auto const other_path = established(bench, elsewhere);
    REQUIRE(next_length(bench, same_path) == 1460);
    REQUIRE(next_length(bench, other_path) == 1460);
    learn(bench, 1000);
    CHECK(bench.out.frames.size() == 0);
    CHECK(next_length(bench, same_path) == 960);
    CHECK(next_length(bench, other_path) == 1460);
    learn(bench, 1200);  // a path that has grown is no news
    CHECK(next_length(bench, same_path) == 960);
}

TEST_CASE("Linux mtu_expires: the setting says how long; each message counts anew") {
    HostBench bench;
    bench.set("mtu_expires", "60");
    learn(bench, 1000);
    bench.now += 59s;
    learn(bench, 900);
    bench.now += 59s;
    CHECK(offered_mss(bench, address_b) == 860);
    bench.now += 1s;
    CHECK(offered_mss(bench, address_b) == 1460);
}

TEST_CASE("path MTU: one for each destination, never more than the link's") {
    host::PathMtuCache cache;
    Instant const now{};
    cache.learn(address_b, 1000, now + 1s);
    CHECK(cache.mtu_to(address_b, 1500, now) == 1000);
    CHECK(cache.mtu_to(elsewhere, 1500, now) == 1500);
    CHECK(cache.mtu_to(address_b, 900, now) == 900);
    CHECK(cache.mtu_to(address_b, 1500, now + 1s - 1ns) == 1000);
    CHECK(cache.mtu_to(address_b, 1500, now + 1s) == 1500);
}

TEST_CASE("a boot wipes what the host had learnt, and its secret hides what it was: MTU, timestamps, numbers") {
    auto before = std::make_unique<HostBench>();
    learn(*before, 1000);
    wire::Endpoint const local{address_a, 40000};
    REQUIRE(before->connect({address_b, 9998}, local).ok());
    wire::TcpSegment const old = before->sent();
    host::Configuration const disk = before->a.configuration();
    Instant const now = before->now;
    profile::Profile const profile = before->profile;
    before.reset();

    host::Host again{disk, profile, SipKey{3, 4}};
    host::Output out;
    REQUIRE(again.connect(local, {address_b, 9998}, {}, now, out).ok());
    wire::TcpSegment const fresh = tcp_in(out.frames.at(0));
    CHECK(wire::decode(old.options).mss == 960);
    CHECK(wire::decode(fresh.options).mss == 1460);
    CHECK(wire::decode(fresh.options).timestamps->value != wire::decode(old.options).timestamps->value);
    CHECK(fresh.seq != old.seq);
    CHECK(again.connections().size() == 1);
}

TEST_CASE("RFC 1191 §3: DF on what Linux sends; not where there is no discovery: ip_no_pmtu_disc, 4.4BSD") {
    for (char const* system : {"linux", "bsd44"}) {
        CAPTURE(system);
        HostBench bench{system};
        REQUIRE(bench.connect({address_b, 9998}).ok());
        bool const discovers = std::string_view{system} == "linux";
        CHECK(std::get<wire::Ipv4Packet>(bench.out.frames.at(0).frame.body).header.dont_fragment == discovers);
    }
    HostBench bench;
    bench.set("ip_no_pmtu_disc", "1");
    REQUIRE(bench.connect({address_b, 9998}).ok());
    CHECK_FALSE(std::get<wire::Ipv4Packet>(bench.out.frames.at(0).frame.body).header.dont_fragment);
}
