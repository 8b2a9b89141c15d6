#include "sim/net/packet_class.hpp"

#include "tests/sim/net/bench.hpp"

#include <doctest/doctest.h>

#include <utility>

using namespace tcpsim;
using namespace tcpsim::net;
using namespace tcpsim::net::testing;
using namespace std::chrono_literals;

namespace {

wire::Frame segment(std::uint32_t seq, std::uint64_t length, std::uint8_t flags = wire::Flags::ack) {
    wire::Frame frame = tcp_frame(length, flags);
    std::get<wire::TcpSegment>(std::get<wire::Ipv4Packet>(frame.body).body).seq = SeqNum{seq};
    return frame;
}

Rule rule(PacketClass kind, std::uint32_t nth, Verdict verdict, std::uint32_t times = 1) {
    return {.match = {.kind = kind, .nth = nth, .times = times}, .verdict = verdict};
}

/// Sends so many segments of new data at one instant, and tells which arrived, in order.
std::vector<std::uint64_t> arrivals_of(LinkBench& bench, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
        bench.send(End::a, i + 1, segment(1000 + 100 * i, 100));
    }
    bench.run();
    std::vector<std::uint64_t> numbers;
    for (Arrival const& arrival : bench.arrivals) {
        numbers.push_back(arrival.packet);
    }
    return numbers;
}

LinkBench remembering() { return LinkBench{{.name = "l", .delay = 10ms}}; }

using Numbers = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("packet class: text is new as far as nobody has seen it, and repeated if all of it was sent before") {
    StreamMemory memory;
    using wire::Flags;
    CHECK(memory.see(segment(99, 0, Flags::syn)).has(PacketClass::syn));
    CHECK(memory.see(segment(100, 50)).has(PacketClass::new_data));
    CHECK(memory.see(segment(100, 50)).has(PacketClass::repeated_data));
    CHECK(memory.see(segment(120, 30)).has(PacketClass::repeated_data));
    CHECK(memory.see(segment(120, 31)).has(PacketClass::new_data));
    PacketClasses const ack = memory.see(segment(151, 0));
    CHECK(ack.has(PacketClass::pure_ack));
    CHECK(ack.has(PacketClass::tcp));
    CHECK_FALSE(ack.has(PacketClass::new_data));
    PacketClasses const fin = memory.see(segment(151, 9, Flags::fin | Flags::ack));
    CHECK(fin.has(PacketClass::fin));
    CHECK(fin.has(PacketClass::new_data));
    PacketClasses const again = memory.see(segment(151, 9, Flags::fin | Flags::ack));
    CHECK(again.has(PacketClass::repeated_data));
    PacketClasses const bare = memory.see(segment(160, 0, Flags::fin | Flags::ack));
    CHECK_FALSE(bare.has(PacketClass::pure_ack));
    PacketClasses const reset = memory.see(segment(161, 0, Flags::rst));
    CHECK(reset.has(PacketClass::rst));
    CHECK_FALSE(reset.has(PacketClass::pure_ack));
    PacketClasses const answer = memory.see(segment(5, 0, Flags::syn | Flags::ack));
    CHECK(answer.has(PacketClass::syn_ack));
    CHECK_FALSE(answer.has(PacketClass::syn));
    // Another initial number: the ports are used again, and text below the old one is new.
    CHECK(memory.see(segment(6, 10)).has(PacketClass::new_data));
}

TEST_CASE("rule: it fires for the nth of its class and the times-1 that follow") {
    LinkBench bench = remembering();
    bench.link.remember_streams();
    bench.arm(rule(PacketClass::new_data, 2, {Verdict::Kind::drop}, 2));
    CHECK(arrivals_of(bench, 5) == Numbers{1, 4, 5});
}

TEST_CASE("rule: hold keeps a packet until so many others have overtaken it, and releases it directly behind") {
    LinkBench bench = remembering();
    bench.link.remember_streams();
    bench.arm(rule(PacketClass::new_data, 2, {Verdict::Kind::hold, 0ms, 2}));
    CHECK(arrivals_of(bench, 5) == Numbers{1, 3, 4, 2, 5});
}

TEST_CASE("rule: hold goes on as it began: each held packet is overtaken by as many, however late the rule fires") {
    LinkBench bench = remembering();
    bench.link.remember_streams();
    bench.arm(rule(PacketClass::new_data, 4, {Verdict::Kind::hold, 0ms, 2}, 2));
    CHECK(arrivals_of(bench, 8) == Numbers{1, 2, 3, 6, 4, 7, 5, 8});
}

TEST_CASE("rule: what flies the other way overtakes nobody") {
    LinkBench bench{{.delay = 10ms}};
    bench.arm({.name = "held", .match = {.nth = 1}, .verdict = {Verdict::Kind::hold, 0ms, 1}});
    bench.send(End::a, 1);
    bench.send(End::b, 2);
    bench.run();
    CHECK(bench.arrivals == std::vector<Arrival>{{at(10ms), End::a, 2}});
    bench.send(End::a, 3);
    bench.run();
    CHECK(bench.arrivals == std::vector<Arrival>{{at(10ms), End::a, 2}, {at(20ms), End::b, 3}, {at(20ms), End::b, 1}});
}

TEST_CASE("rule: stall keeps the order and the rate of those that wait") {
    LinkBench bench{{.delay = 10ms, .bits_per_second = 8'000'000}};
    bench.arm({.name = "stall", .match = {.nth = 1}, .verdict = {Verdict::Kind::stall, 100ms}});
    Duration const one = transmission_time(wire::wire_size(tcp_frame(946)), 8'000'000);
    for (std::uint64_t i = 1; i <= 3; ++i) {
        bench.send(End::a, i, tcp_frame(946));
        bench.run(at(Duration{10ms} * static_cast<int>(i)));
    }
    bench.run();
    CHECK(bench.arrivals == std::vector<Arrival>{{at(110ms) + one, End::b, 1},
                                                 {at(110ms) + 2 * one, End::b, 2},
                                                 {at(110ms) + 3 * one, End::b, 3}});
}

TEST_CASE("rule: a mark is for what is ECN-capable; nothing else is even seen") {
    LinkBench bench = remembering();
    std::uint32_t const mark = bench.arm({.name = "mark", .match = {}, .verdict = {Verdict::Kind::mark_ce}});
    wire::Frame capable = tcp_frame(10);
    std::get<wire::Ipv4Packet>(capable.body).header.tos = 2;
    bench.send(End::a, 1, tcp_frame(10));
    bench.send(End::a, 2, capable);
    bench.run();
    CHECK(bench.marked_arrivals == 1);
    CHECK(bench.link.rules()[mark].seen == 1);
    CHECK(bench.link.rules()[mark].fired == 1);
}

TEST_CASE("match: protocol") {
    wire::Frame arp = tcp_frame(0);
    arp.body = wire::ArpPacket{};
    CHECK(matches({.protocol = Protocol::arp}, arp));
    CHECK_FALSE(matches({.protocol = Protocol::tcp}, arp));
    CHECK(matches({.protocol = Protocol::tcp}, tcp_frame(0)));
    for (auto const& [number, protocol] :
         {std::pair{wire::protocol_udp, Protocol::udp}, std::pair{wire::protocol_icmp, Protocol::icmp}}) {
        wire::Frame frame = tcp_frame(0);
        std::get<wire::Ipv4Packet>(frame.body).header.protocol = number;
        CHECK(matches({.protocol = protocol}, frame));
        CHECK_FALSE(matches({.protocol = Protocol::tcp}, frame));
    }
}

TEST_CASE("link: a flap's end mends a cut, and no black hole") {
    LinkBench bench = remembering();
    Context lent = bench.context();
    CHECK(bench.link.blackhole({}, lent));
    CHECK_FALSE(bench.link.reconnect(lent));
    CHECK(bench.link.cut(lent));
    CHECK(bench.link.reconnect(lent));
    bench.send(End::a, 1);
    bench.run();
    CHECK(bench.arrivals.empty());
    CHECK(bench.link.restore(lent));
}

TEST_CASE("rule: what a rule holds leaves when the rule goes, and is lost when the link is cut") {
    LinkBench bench = remembering();
    bench.link.remember_streams();
    std::uint32_t const held = bench.arm(rule(PacketClass::new_data, 1, {Verdict::Kind::hold, 0ms, 9}));
    CHECK(arrivals_of(bench, 2) == Numbers{2});
    bench.remove(held);
    bench.run();
    CHECK(bench.arrivals.size() == 2);
    LinkBench cut = remembering();
    cut.link.remember_streams();
    cut.arm(rule(PacketClass::new_data, 1, {Verdict::Kind::hold, 0ms, 9}));
    CHECK(arrivals_of(cut, 1).empty());
    cut.cut();
    CHECK(cut.all<trace::FrameDropped>().size() == 1);
}

TEST_CASE("rule: stall holds everything of its direction, then delivers it at once and in order") {
    LinkBench bench = remembering();
    bench.link.remember_streams();
    bench.arm(rule(PacketClass::new_data, 2, {Verdict::Kind::stall, 500ms}));
    bench.send(End::a, 1, segment(1000, 100));
    bench.send(End::a, 2, segment(1100, 100));
    bench.run(at(100ms));
    bench.send(End::a, 3, segment(1200, 100));
    bench.send(End::b, 4, segment(1, 1));
    bench.run();
    CHECK(bench.arrivals ==
          std::vector<Arrival>{
              {at(10ms), End::b, 1}, {at(110ms), End::a, 4}, {at(510ms), End::b, 2}, {at(510ms), End::b, 3}});
}

TEST_CASE("rule: duplicate sends copies behind the packet, or later") {
    LinkBench bench = remembering();
    bench.link.remember_streams();
    bench.arm(rule(PacketClass::new_data, 1, {Verdict::Kind::duplicate, 0ms, 2}));
    CHECK(arrivals_of(bench, 2) == Numbers{1, 1, 1, 2});
    LinkBench later = remembering();
    later.link.remember_streams();
    later.arm(rule(PacketClass::new_data, 1, {Verdict::Kind::duplicate, 5ms, 1}));
    CHECK(arrivals_of(later, 2) == Numbers{1, 2, 1});
}

TEST_CASE("rule: mark_ce sets both ECN bits (RFC 3168 §5)") {
    LinkBench bench = remembering();
    bench.link.remember_streams();
    bench.arm(rule(PacketClass::new_data, 1, {Verdict::Kind::mark_ce}));
    Context lent = bench.context();
    wire::Frame capable = segment(1, 1);
    std::get<wire::Ipv4Packet>(capable.body).header.tos = 2;
    bench.link.send(End::a, bench.frame(capable, 1), lent);
    core::Event const event = bench.queue.pop();
    FramePtr const arrived = bench.link.arrive(towards_of(event.owner), event.first, lent);
    CHECK((std::get<wire::Ipv4Packet>(arrived->frame.body).header.tos & 3U) == 3);
}

TEST_CASE("rule: larger_than counts the bytes of the IP packet") {
    constexpr std::uint32_t headers_of_ip = headers - ethernet_header;
    Match const match{.larger_than = headers_of_ip + 100};
    CHECK_FALSE(matches(match, tcp_frame(100)));
    CHECK(matches(match, tcp_frame(101)));
}

TEST_CASE("link: another delay holds for what is sent from now on") {
    LinkBench bench = remembering();
    bench.send(End::a, 1);
    Context lent = bench.context();
    CHECK(bench.link.set_delay(20ms, lent));
    CHECK_FALSE(bench.link.set_delay(20ms, lent));
    bench.send(End::a, 2);
    bench.run();
    CHECK(bench.arrivals == std::vector<Arrival>{{at(10ms), End::b, 1}, {at(20ms), End::b, 2}});
}
