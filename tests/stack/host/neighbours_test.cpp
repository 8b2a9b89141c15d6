// stack/host: ARP and the states of a neighbour, with Linux's numbers: 3 requests, 1 s apart; 30 s; 5 s.
#include "stack/host/neighbours.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::host;
using namespace std::chrono_literals;

namespace {

constexpr wire::MacAddress own_mac{{2, 0, 0, 0, 0, 1}};
constexpr wire::MacAddress peer_mac{{2, 0, 0, 0, 0, 2}};
constexpr wire::MacAddress other_mac{{2, 0, 0, 0, 0, 3}};
constexpr wire::MacAddress broadcast{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
constexpr wire::Ipv4Address own_address{0x0a000001};
constexpr wire::Ipv4Address peer_address{0x0a000002};
constexpr NeighbourKey peer{0, peer_address};
constexpr Instant at(Duration since_start) { return Instant{since_start}; }

struct Bench {
    explicit Bench(char const* system = "linux")
        : table{profile::find(system)->neighbours, SipKey{1, 2}},
          own{.interfaces = {{.name = "eth0", .mac = own_mac, .address = {own_address, 24}}}} {}

    std::optional<wire::MacAddress> resolve(Instant now) {
        out = {};
        return table.resolve(peer, own, now, out);
    }
    void arrives(wire::ArpPacket const& arp, bool to_us, Instant now) {
        out = {};
        table.arp_arrives(0, arp, to_us, own, now, out);
    }
    void reply(Instant now, wire::MacAddress mac = peer_mac) {
        arrives({.operation = 2, .sender_mac = mac, .sender = peer_address, .target = own_address}, true, now);
    }
    /// Lets the next deadline expire, and says when that was.
    Instant expire() {
        Instant const when = table.next_deadline();
        REQUIRE(when != never);
        out = {};
        table.timers_expire(own, when, out);
        return when;
    }
    wire::MacAddress asked() const {
        REQUIRE(out.frames.size() == 1);
        auto const& arp = std::get<wire::ArpPacket>(out.frames[0].second.body);
        CHECK(arp.operation == 1);
        CHECK(arp.target == peer_address);
        CHECK(arp.sender == own_address);
        return out.frames[0].second.destination;
    }
    Neighbours table;
    Configuration own;
    NeighbourOutput out{};
};

}  // namespace

TEST_CASE("neighbours, Linux: three broadcast requests, a second apart, then it is unreachable") {
    Bench bench;
    CHECK_FALSE(bench.resolve(at(10s)));
    CHECK(bench.asked() == broadcast);
    CHECK(bench.table.state(peer) == NeighbourState::incomplete);
    CHECK(bench.expire() == at(11s));
    CHECK(bench.asked() == broadcast);
    CHECK(bench.expire() == at(12s));
    CHECK(bench.asked() == broadcast);
    CHECK(bench.expire() == at(13s));
    CHECK(bench.out.frames.empty());
    REQUIRE(bench.out.settled.size() == 1);
    CHECK_FALSE(bench.out.settled[0].mac);
    CHECK(bench.table.state(peer) == NeighbourState::failed);
    CHECK(bench.table.next_deadline() == never);
    CHECK_FALSE(bench.resolve(at(14s)));  // and asked anew
    CHECK(bench.asked() == broadcast);
}

TEST_CASE("neighbours: a second packet for the same neighbour asks nothing") {
    Bench bench;
    (void)bench.resolve(at(0s));
    CHECK_FALSE(bench.resolve(at(100ms)));
    CHECK(bench.out.frames.empty());
}

TEST_CASE("neighbours: the answer settles it, and is believed for half to one and a half times 30 s") {
    Bench bench;
    (void)bench.resolve(at(0s));
    bench.reply(at(10ms));
    REQUIRE(bench.out.settled.size() == 1);
    CHECK(bench.out.settled[0].mac == peer_mac);
    CHECK(bench.table.state(peer) == NeighbourState::reachable);
    CHECK(bench.resolve(at(1s)) == peer_mac);
    CHECK(bench.out.frames.empty());
    Instant const stale = bench.expire();
    CHECK(stale >= at(10ms + 15s));
    CHECK(stale < at(10ms + 45s));
    CHECK(bench.table.state(peer) == NeighbourState::stale);
    CHECK(bench.table.next_deadline() == never);
}

TEST_CASE("neighbours, Linux: stale, used, not confirmed for 5 s: three unicast requests, then unreachable") {
    Bench bench;
    (void)bench.resolve(at(0s));
    bench.reply(at(0s));
    (void)bench.expire();
    CHECK(bench.resolve(at(60s)) == peer_mac);
    CHECK(bench.table.state(peer) == NeighbourState::delay);
    CHECK(bench.expire() == at(65s));
    CHECK(bench.asked() == peer_mac);
    CHECK(bench.table.state(peer) == NeighbourState::probe);
    CHECK(bench.resolve(at(65s)) == peer_mac);  // used meanwhile
    CHECK(bench.expire() == at(66s));
    CHECK(bench.asked() == peer_mac);
    CHECK(bench.expire() == at(67s));
    CHECK(bench.asked() == peer_mac);
    CHECK(bench.expire() == at(68s));
    CHECK(bench.out.frames.empty());
    CHECK(bench.table.state(peer) == NeighbourState::failed);
}

TEST_CASE("neighbours, Linux: upper layers confirm a doubted neighbour, and nobody is asked") {
    for (Duration const confirmed : {59s, 60s, 64s}) {
        Bench bench;
        (void)bench.resolve(at(0s));
        bench.reply(at(0s));
        (void)bench.expire();
        (void)bench.resolve(at(60s));
        bench.table.confirm(peer, at(confirmed));
        CHECK(bench.expire() == at(65s));
        bool const soon_enough = confirmed >= 60s;  // not longer ago than 5 s
        CHECK((bench.table.state(peer) == NeighbourState::reachable) == soon_enough);
        CHECK(bench.out.frames.empty() == soon_enough);
    }
}

TEST_CASE("neighbours: a probe that is answered makes it reachable again") {
    Bench bench;
    (void)bench.resolve(at(0s));
    bench.reply(at(0s));
    (void)bench.expire();
    (void)bench.resolve(at(60s));
    (void)bench.expire();
    bench.reply(at(65s + 1ms));
    CHECK(bench.table.state(peer) == NeighbourState::reachable);
}

TEST_CASE("neighbours, RFC 826: who asks for us is answered, and known from then on, but not proved") {
    Bench bench;
    wire::ArpPacket const request{
        .operation = 1, .sender_mac = peer_mac, .sender = peer_address, .target = own_address};
    bench.arrives(request, false, at(0s));
    REQUIRE(bench.out.frames.size() == 1);
    wire::Frame const& frame = bench.out.frames[0].second;
    CHECK(frame.destination == peer_mac);
    CHECK(frame.ether_type == 0x0806);
    auto const& arp = std::get<wire::ArpPacket>(frame.body);
    CHECK(arp.operation == 2);
    CHECK(arp.sender_mac == own_mac);
    CHECK(arp.sender == own_address);
    CHECK(arp.target == peer_address);
    CHECK(bench.table.state(peer) == NeighbourState::stale);
    wire::ArpPacket for_another = request;
    for_another.target = wire::Ipv4Address{0x0a000009};
    Bench stranger;
    stranger.arrives(for_another, false, at(0s));
    CHECK(stranger.out.frames.empty());
    CHECK_FALSE(stranger.table.state(peer));
}

TEST_CASE("neighbours: a gratuitous request changes what is known, and teaches nobody else") {
    Bench bench;
    wire::ArpPacket const gratuitous{
        .operation = 1, .sender_mac = other_mac, .sender = peer_address, .target = peer_address};
    bench.arrives(gratuitous, false, at(0s));
    CHECK_FALSE(bench.table.state(peer));
    (void)bench.resolve(at(0s));
    bench.reply(at(0s));
    bench.arrives(gratuitous, false, at(1s));
    CHECK(bench.table.state(peer) == NeighbourState::stale);
    CHECK(bench.resolve(at(2s)) == other_mac);
    wire::Frame const own = gratuitous_arp(bench.own.interfaces[0]);
    CHECK(own.destination == broadcast);
    CHECK(std::get<wire::ArpPacket>(own.body).target == own_address);
}

TEST_CASE("neighbours: without a carrier everything is forgotten, and who waits is told") {
    Bench bench;
    (void)bench.resolve(at(0s));
    bench.out = {};
    bench.table.forget(1, bench.out);
    CHECK(bench.table.state(peer));
    bench.table.forget(0, bench.out);
    REQUIRE(bench.out.settled.size() == 1);
    CHECK_FALSE(bench.table.state(peer));
}

namespace {
bool asks(Bench& bench, Instant now) {
    CHECK_FALSE(bench.resolve(now));
    return !bench.out.frames.empty();
}
}  // namespace

TEST_CASE("neighbours, 4.4BSD arpresolve: only a packet asks, once a second; after five it is rejected for 20 s") {
    Bench bench{"bsd44"};
    CHECK(asks(bench, at(100ms)));
    CHECK(bench.asked() == broadcast);
    CHECK(bench.table.next_deadline() == never);  // no timer
    CHECK_FALSE(asks(bench, at(999ms)));
    CHECK(asks(bench, at(1s)));
    CHECK(asks(bench, at(6s)));
    CHECK(asks(bench, at(24s)));
    CHECK(asks(bench, at(48s)));
    CHECK_FALSE(bench.table.rejects(peer, at(59s)));
    CHECK_FALSE(asks(bench, at(60s)));  // the sixth
    CHECK(bench.table.state(peer) == NeighbourState::failed);
    CHECK(bench.table.rejects(peer, at(60s)));
    CHECK_FALSE(asks(bench, at(80s - 1ns)));
    CHECK(bench.table.rejects(peer, at(80s - 1ns)));
    CHECK_FALSE(bench.table.rejects(peer, at(80s)));
    CHECK(asks(bench, at(80s)));
}

TEST_CASE("neighbours, 4.4BSD arptimer: every five minutes it begins to count anew") {
    Bench bench{"bsd44"};
    for (int i = 0; i < 5; ++i) {
        CHECK(asks(bench, at(290s + i * 1s)));
    }
    CHECK(asks(bench, at(301s)));
    CHECK_FALSE(bench.table.rejects(peer, at(301s)));
}

TEST_CASE("neighbours, 4.4BSD: whatever is heard is believed for twenty minutes, and ends a rejection") {
    Bench bench{"bsd44"};
    for (int i = 0; i < 6; ++i) {
        (void)bench.resolve(at(10s + i * 1s));
    }
    REQUIRE(bench.table.rejects(peer, at(16s)));
    bench.reply(at(16s));
    REQUIRE(bench.out.settled.size() == 1);
    CHECK(bench.resolve(at(16s)) == peer_mac);
    bench.reply(at(100s), other_mac);
    CHECK(bench.resolve(at(100s + 20min - 1ns)) == other_mac);
    CHECK(asks(bench, at(100s + 20min)));
    CHECK(bench.asked() == broadcast);
}
