// sim/net: NAT, firewall, load balancer, SYN proxy, and how long they remember.
#include "sim/net/middlebox.hpp"

#include "stack/wire/options.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <set>

using namespace tcpsim;
using namespace tcpsim::net;
using namespace std::chrono_literals;
using wire::Flags;

namespace {

constexpr wire::Endpoint client{{0xc0a80102}, 5000};  // 192.168.1.2
constexpr wire::Endpoint second_client{{0xc0a80103}, 5000};
constexpr wire::Endpoint server{{0x0a000002}, 80};
constexpr wire::Ipv4Address public_address{0x0a000001};
constexpr std::uint32_t inside = 0, outside = 1;
constexpr FlowTimeouts timeouts{.opening = 10s, .established = 100s, .closing = 20s, .closed = 5s, .reset = 5s};
constexpr Instant at(Duration since_start) { return Instant{since_start}; }

wire::Ipv4Packet packet(wire::Endpoint from, wire::Endpoint to, std::uint8_t flags, std::uint32_t seq = 0,
                        std::uint32_t ack = 0) {
    wire::TcpSegment segment{.source_port = from.port, .destination_port = to.port};
    segment.flags = Flags{flags};
    segment.seq = SeqNum{seq};
    segment.ack = SeqNum{ack};
    wire::Ipv4Packet made;
    made.header.source = from.address;
    made.header.destination = to.address;
    made.header.protocol = wire::protocol_tcp;
    made.body = segment;
    return made;
}
wire::FourTuple flow(wire::Ipv4Packet const& p) { return flow_of(p, std::get<wire::TcpSegment>(p.body)); }
wire::TcpSegment const& segment(wire::Ipv4Packet const& p) { return std::get<wire::TcpSegment>(p.body); }

struct NatBench {
    explicit NatBench(UnknownFlow unknown = UnknownFlow::pick_up, UnknownFlow from_outside = UnknownFlow::reset)
        : nat{{.outside = outside,
               .address = public_address,
               .timeouts = timeouts,
               .from_inside = unknown,
               .from_outside = from_outside}} {}
    /// The public port that the packet got; 0: it was dropped.
    std::uint16_t out(std::uint8_t flags, Instant now, wire::Endpoint from = client) {
        wire::Ipv4Packet p = packet(from, server, flags);
        passage = nat.look(p, inside, outside, now);
        last = p;
        return passage.dropped ? std::uint16_t{0} : segment(p).source_port;
    }
    bool in(std::uint16_t port, std::uint8_t flags, Instant now) {
        wire::Ipv4Packet p = packet(server, {public_address, port}, flags);
        passage = nat.look(p, outside, inside, now);
        last = p;
        return !passage.dropped;
    }
    void open(Instant now) {
        (void)out(Flags::syn, now);
        (void)in(client.port, Flags::syn | Flags::ack, now);
        (void)out(Flags::ack, now);
    }
    Nat nat;
    Passage passage{};
    wire::Ipv4Packet last{};
};

}  // namespace

TEST_CASE("NAT: inside addresses become the public one, and back") {
    NatBench bench;
    CHECK(bench.out(Flags::syn, at(0s)) == client.port);
    CHECK(flow(bench.last) == wire::FourTuple{{public_address, client.port}, server});
    CHECK(bench.in(client.port, Flags::syn | Flags::ack, at(0s)));
    CHECK(flow(bench.last) == wire::FourTuple{server, client});
}

TEST_CASE("NAT: two insiders with one port get two, and each its own answers") {
    NatBench bench;
    std::uint16_t const first = bench.out(Flags::syn, at(0s));
    std::uint16_t const other = bench.out(Flags::syn, at(0s), second_client);
    CHECK(first != other);
    CHECK(bench.in(other, Flags::syn | Flags::ack, at(0s)));
    CHECK(flow(bench.last).remote == second_client);
    CHECK(bench.in(first, Flags::syn | Flags::ack, at(0s)));
    CHECK(flow(bench.last).remote == client);
}

TEST_CASE("NAT: half-open, established and closing flows are remembered for so long after the last packet") {
    struct Case {
        char const* phase;
        Duration life;
    };
    for (Case const& each :
         {Case{"opening", 10s}, Case{"established", 100s}, Case{"closing", 20s}, Case{"closed", 5s}}) {
        CAPTURE(each.phase);
        for (bool const late : {false, true}) {
            NatBench bench{UnknownFlow::drop};
            std::string const phase = each.phase;
            if (phase == "opening") {
                (void)bench.out(Flags::syn, at(0s));
            } else {
                bench.open(at(0s));
            }
            if (phase == "closing") {
                (void)bench.out(Flags::fin | Flags::ack, at(0s));
            } else if (phase == "closed") {
                (void)bench.out(Flags::rst, at(0s));
            }
            CHECK(bench.in(client.port, Flags::ack, at(each.life - (late ? 0ns : 1ns))) == !late);
        }
    }
}

TEST_CASE("NAT: recorded: what is unknown outside is answered by its own RST, or by nothing") {
    NatBench resets;
    CHECK_FALSE(resets.in(4711, Flags::ack, at(0s)));
    CHECK(resets.passage.dropped == trace::DropReason::no_mapping);
    REQUIRE(resets.passage.answers.size() == 1);
    CHECK(segment(resets.passage.answers[0]).flags == Flags{Flags::rst});
    CHECK(flow(resets.passage.answers[0]) == wire::FourTuple{{public_address, 4711}, server});
    CHECK_FALSE(resets.in(4711, Flags::rst, at(0s)));
    CHECK(resets.passage.answers.empty());  // never about an RST
    NatBench silent{UnknownFlow::drop, UnknownFlow::drop};
    CHECK_FALSE(silent.in(4711, Flags::ack, at(0s)));
    CHECK(silent.passage.answers.empty());
}

TEST_CASE("NAT: when a mapping is gone, the insider's next packet is dropped, reset, picked up or leaks") {
    for (UnknownFlow const unknown : {UnknownFlow::drop, UnknownFlow::reset, UnknownFlow::pick_up, UnknownFlow::leak}) {
        CAPTURE(static_cast<int>(unknown));
        NatBench bench{unknown};
        bench.open(at(0s));
        CHECK(bench.nat.forget());
        CHECK_FALSE(bench.nat.forget());
        std::uint16_t const port = bench.out(Flags::ack, at(1s));
        bool const passes = unknown == UnknownFlow::pick_up || unknown == UnknownFlow::leak;
        CHECK((port != 0) == passes);
        CHECK(bench.passage.answers.size() == (unknown == UnknownFlow::reset ? 1 : 0));
        CHECK((bench.last.header.source == public_address) == (unknown == UnknownFlow::pick_up));
    }
}

TEST_CASE("NAT: what stays inside is not translated, and nobody outside reaches an inside address") {
    NatBench bench;
    wire::Ipv4Packet p = packet(client, second_client, Flags::syn);
    wire::Ipv4Packet const as_sent = p;
    CHECK_FALSE(bench.nat.look(p, inside, inside, at(0s)).dropped);
    CHECK(p == as_sent);
    CHECK(bench.nat.size() == 0);
    wire::Ipv4Packet intruder = packet(server, client, Flags::syn);
    CHECK(bench.nat.look(intruder, outside, inside, at(0s)).dropped == trace::DropReason::no_mapping);
    wire::Ipv4Packet transit = packet(server, server, Flags::syn);
    CHECK_FALSE(bench.nat.look(transit, outside, outside, at(0s)).dropped);
    NatBench leaky{UnknownFlow::leak};  // recorded: the answer to what leaked finds its way
    CHECK_FALSE(leaky.nat.look(intruder, outside, inside, at(0s)).dropped);
}

TEST_CASE("NAT: when no port is left, a new flow is dropped; one that has expired makes room") {
    Nat nat{{.outside = outside, .address = public_address, .timeouts = timeouts, .first_port = 65'535}};
    auto const opens_from = [&](std::uint8_t last, Instant now) {
        wire::Ipv4Packet p = packet({{0xc0a80100U + last}, 5000}, server, Flags::syn);
        return !nat.look(p, inside, outside, now).dropped;
    };
    CHECK(opens_from(2, at(0s)));  // its own port
    CHECK(opens_from(3, at(1s)));  // 65'535
    CHECK_FALSE(opens_from(4, at(2s)));
    CHECK_FALSE(opens_from(4, at(10s - 1ns)));
    CHECK(opens_from(4, at(10s)));
    CHECK(nat.size() == 2);
}

TEST_CASE("flows: a SYN after an RST or both FINs begins another connection, which is remembered as one") {
    NatBench bench;
    bench.open(at(0s));
    CHECK(bench.in(client.port, Flags::rst, at(1s)));
    CHECK(bench.out(Flags::syn, at(2s)) == client.port);
    CHECK(bench.in(client.port, Flags::syn | Flags::ack, at(2s)));
    CHECK(bench.out(Flags::ack, at(2s)) == client.port);
    CHECK(bench.in(client.port, Flags::ack, at(2s + 100s - 1ns)));  // established, not closed

    Firewall wall{{.outside = outside, .timeouts = timeouts, .unknown = UnknownFlow::drop}};
    auto const passes = [&](wire::Endpoint from, wire::Endpoint to, std::uint8_t flags, std::uint32_t interface) {
        wire::Ipv4Packet p = packet(from, to, flags);
        return !wall.look(p, interface, at(1s)).dropped;
    };
    CHECK(passes(client, server, Flags::syn, inside));
    CHECK(passes(server, client, Flags::rst | Flags::ack, outside));
    CHECK_FALSE(passes(server, client, Flags::syn, outside));  // not through the hole of the old one
    CHECK(passes(client, server, Flags::syn, inside));
    CHECK(passes(server, client, Flags::syn | Flags::ack, outside));
}

TEST_CASE("flows: an RST and an orderly end are remembered for so long each") {
    constexpr FlowTimeouts each{.opening = 10s, .established = 100s, .closing = 20s, .closed = 5s, .reset = 2s};
    Flow reset;
    reset.see(wire::TcpSegment{.flags = Flags{Flags::rst}}, true, at(0s));
    CHECK(reset.expires(each) == at(2s));
    reset.see(wire::TcpSegment{.flags = Flags{Flags::syn}}, false, at(1s));  // not from the side that opened it
    CHECK(reset.expires(each) == at(3s));
    Flow closed;
    closed.see(wire::TcpSegment{.flags = Flags{Flags::fin | Flags::ack}}, true, at(0s));
    CHECK(closed.expires(each) == at(20s));
    closed.see(wire::TcpSegment{.flags = Flags{Flags::ack}}, true, at(0s));  // the other side has not closed
    CHECK(closed.expires(each) == at(20s));
    closed.see(wire::TcpSegment{.flags = Flags{Flags::fin | Flags::ack}}, false, at(1s));
    CHECK(closed.expires(each) == at(21s));
    closed.see(wire::TcpSegment{.flags = Flags{Flags::ack}}, true, at(2s));
    CHECK(closed.expires(each) == at(7s));
}

TEST_CASE("load balancer: a port that is used again may get another backend") {
    std::vector<wire::Endpoint> const servers{{{0x0a000005}, 80}, {{0x0a000006}, 80}};
    wire::Endpoint const service{public_address, 80};
    LoadBalancer balancer{{.service = service, .backends = servers, .timeouts = timeouts}, 1};
    auto const backend = [&](std::uint8_t flags) {
        wire::Ipv4Packet p = packet(client, service, flags);
        return balancer.look(p, at(0s)).dropped ? wire::Endpoint{} : flow(p).remote;
    };
    wire::Endpoint const first = backend(Flags::syn);
    CHECK(backend(Flags::rst) == first);
    std::size_t const number = first == servers[0] ? 0 : 1;
    CHECK(balancer.set_backend(number, false, at(0s)));
    CHECK(backend(Flags::syn) == servers[1 - number]);
}

TEST_CASE("NAT: rebinding gives every flow a port that it did not have") {
    NatBench bench;
    bench.open(at(0s));
    CHECK(bench.nat.rebind());
    std::uint16_t const port = bench.out(Flags::ack, at(1s));
    CHECK(port != client.port);
    CHECK(bench.in(port, Flags::ack, at(1s)));
    CHECK_FALSE(bench.in(client.port, Flags::ack, at(1s)));
    NatBench empty;
    CHECK_FALSE(empty.nat.rebind());
}

TEST_CASE("firewall: connections begin inside, or outside to an open port") {
    Firewall wall{{.outside = outside, .open_ports = {443}, .timeouts = timeouts}};
    CHECK_FALSE(wall.look(packet(client, server, Flags::syn), inside, at(0s)).dropped);
    CHECK_FALSE(wall.look(packet(server, client, Flags::syn | Flags::ack), outside, at(0s)).dropped);
    CHECK(wall.look(packet(server, client, Flags::syn), outside, at(0s)).dropped == std::nullopt);  // of a known flow
    wire::Endpoint const stranger{{0x0a000009}, 1000};
    CHECK(wall.look(packet(stranger, client, Flags::syn), outside, at(0s)).dropped == trace::DropReason::prohibited);
    CHECK_FALSE(wall.look(packet(stranger, {client.address, 443}, Flags::syn), outside, at(0s)).dropped);
}

TEST_CASE("firewall: after its idle timeout a flow is unknown: dropped, reset, or picked up from inside") {
    for (UnknownFlow const unknown : {UnknownFlow::drop, UnknownFlow::reset, UnknownFlow::pick_up}) {
        CAPTURE(static_cast<int>(unknown));
        Firewall wall{{.outside = outside, .timeouts = timeouts, .unknown = unknown}};
        (void)wall.look(packet(client, server, Flags::syn), inside, at(0s));
        (void)wall.look(packet(server, client, Flags::syn | Flags::ack), outside, at(0s));
        (void)wall.look(packet(client, server, Flags::ack), inside, at(0s));
        CHECK_FALSE(wall.look(packet(client, server, Flags::ack), inside, at(100s - 1ns)).dropped);
        Passage const late = wall.look(packet(client, server, Flags::ack), inside, at(200s));
        CHECK(late.dropped.has_value() == (unknown != UnknownFlow::pick_up));
        CHECK(late.answers.size() == (unknown == UnknownFlow::reset ? 1 : 0));
        CHECK(wall.look(packet(server, {client.address, 1}, Flags::ack), outside, at(200s)).dropped.has_value());
    }
}

TEST_CASE("load balancer: a client stays with its server, new ones are shared, and a server that is out gets none") {
    std::vector<wire::Endpoint> const servers{{{0x0a000005}, 80}, {{0x0a000006}, 80}};
    wire::Endpoint const service{public_address, 80};
    LoadBalancer balancer{{.service = service, .backends = servers, .timeouts = timeouts}, 1};
    auto const backend = [&](std::uint16_t port, std::uint8_t flags, Instant now) {
        wire::Ipv4Packet p = packet({client.address, port}, service, flags);
        Passage const passage = balancer.look(p, now);
        return passage.dropped ? wire::Endpoint{} : flow(p).remote;
    };
    std::set<wire::Endpoint> used;
    for (std::uint16_t port = 1; port <= 40; ++port) {
        wire::Endpoint const first = backend(port, Flags::syn, at(0s));
        used.insert(first);
        CHECK(backend(port, Flags::ack, at(1s)) == first);
    }
    CHECK(used.size() == 2);
    wire::Ipv4Packet answer = packet(backend(1, Flags::ack, at(1s)), {client.address, 1}, Flags::ack);
    CHECK_FALSE(balancer.look(answer, at(1s)).dropped);
    CHECK(flow(answer).local == service);
    CHECK(balancer.set_backend(0, false, at(2s)));
    CHECK_FALSE(balancer.set_backend(0, false, at(2s)));
    for (std::uint16_t port = 41; port <= 60; ++port) {
        CHECK(backend(port, Flags::syn, at(2s)) == servers[1]);
    }
    CHECK(balancer.set_backend(0, true, at(3s)));
    CHECK(backend(41, Flags::ack, at(2s + 10s)) == wire::Endpoint{});  // idle for too long: reset
}

TEST_CASE("SYN proxy: only who answers the cookie reaches the server, and numbers are shifted both ways") {
    SynProxy proxy{{.service = server, .timeouts = timeouts}, 1};
    wire::Ipv4Packet syn = packet(client, server, Flags::syn, 1000);
    Passage const first = proxy.look(syn, at(0s));
    CHECK(first.dropped);
    REQUIRE(first.answers.size() == 1);
    wire::TcpSegment const cookie = segment(first.answers[0]);
    CHECK(cookie.flags == Flags{Flags::syn | Flags::ack});
    CHECK(cookie.ack == SeqNum{1001});
    CHECK(cookie.window == 0);  // nothing may be sent before the server is there

    wire::Ipv4Packet wrong = packet(client, server, Flags::ack, 1001, (cookie.seq + 2).raw());
    CHECK(segment(proxy.look(wrong, at(0s)).answers.at(0)).flags == Flags{Flags::rst});
    wire::Ipv4Packet right = packet(client, server, Flags::ack, 1001, (cookie.seq + 1).raw());
    Passage const opened = proxy.look(right, at(0s));
    REQUIRE(opened.answers.size() == 1);
    CHECK(segment(opened.answers[0]).flags == Flags{Flags::syn});
    CHECK(segment(opened.answers[0]).seq == SeqNum{1000});

    // Until the server has answered, what the client repeats asks it again; the client's MSS is passed on (none: 536).
    wire::Ipv4Packet again = packet(client, server, Flags::ack, 1001, (cookie.seq + 1).raw());
    Passage const repeated = proxy.look(again, at(0s));
    REQUIRE(repeated.answers.size() == 1);
    CHECK(repeated.answers == opened.answers);
    CHECK(wire::decode(segment(opened.answers[0]).options).mss == 536);
    wire::Ipv4Packet gives_up = packet(client, server, Flags::rst, 1001);
    CHECK(proxy.look(gives_up, at(0s)).answers.empty());

    wire::Ipv4Packet accepted = packet(server, client, Flags::syn | Flags::ack, 7000, 1001);
    Passage const spliced = proxy.look(accepted, at(0s));
    REQUIRE(spliced.answers.size() == 2);
    CHECK(segment(spliced.answers[0]).ack == SeqNum{7001});
    CHECK(segment(spliced.answers[1]).seq == cookie.seq + 1);
    wire::Ipv4Packet data = packet(server, client, Flags::ack, 7001, 1001);
    CHECK_FALSE(proxy.look(data, at(0s)).dropped);
    CHECK(segment(data).seq == cookie.seq + 1);
    wire::Ipv4Packet ack = packet(client, server, Flags::ack, 1001, (cookie.seq + 11).raw());
    CHECK_FALSE(proxy.look(ack, at(0s)).dropped);
    CHECK(segment(ack).ack == SeqNum{7011});
}

TEST_CASE("load balancer: what passes beside it is none of its business") {
    wire::Endpoint const backend{{0x0a000005}, 80};
    LoadBalancer balancer{{.service = {public_address, 80}, .backends = {backend}, .timeouts = timeouts}, 1};
    wire::Ipv4Packet syn = packet(client, backend, Flags::syn);
    wire::Ipv4Packet const before = syn;
    CHECK_FALSE(balancer.look(syn, at(0s)).dropped);
    CHECK(syn == before);
    wire::Ipv4Packet answer = packet(backend, client, Flags::syn | Flags::ack, 7, 1);
    wire::Ipv4Packet const said = answer;
    Passage const passage = balancer.look(answer, at(0s));
    CHECK_FALSE(passage.dropped);
    CHECK(passage.answers.empty());
    CHECK(answer == said);
}

TEST_CASE("SYN proxy: who proves nothing never reaches the server, whatever a preset says of other boxes") {
    for (UnknownFlow const unknown : {UnknownFlow::drop, UnknownFlow::reset, UnknownFlow::pick_up, UnknownFlow::leak}) {
        SynProxy proxy{{.service = server, .timeouts = timeouts, .unknown = unknown}, 1};
        wire::Ipv4Packet bogus = packet(client, server, Flags::ack, 1001, 77);
        Passage const passage = proxy.look(bogus, at(0s));
        CHECK(passage.dropped);
        CHECK(passage.answers.size() == (unknown == UnknownFlow::reset ? 1 : 0));
        wire::Ipv4Packet unasked = packet(server, client, Flags::ack, 1, 1);
        CHECK(proxy.look(unasked, at(0s)).dropped);
    }
}

TEST_CASE("SYN proxy: a server that refuses is heard by the client: its RST is in the client's window") {
    SynProxy proxy{{.service = server, .timeouts = timeouts}, 1};
    wire::Ipv4Packet syn = packet(client, server, Flags::syn, 1000);
    SeqNum const cookie = segment(proxy.look(syn, at(0s)).answers.at(0)).seq;
    wire::Ipv4Packet ack = packet(client, server, Flags::ack, 1001, (cookie + 1).raw());
    CHECK(proxy.look(ack, at(0s)).answers.size() == 1);
    wire::Ipv4Packet refusal = packet(server, client, Flags::rst | Flags::ack, 0, 1001);
    CHECK_FALSE(proxy.look(refusal, at(0s)).dropped);
    CHECK(segment(refusal).seq == cookie + 1);
}

TEST_CASE("SYN proxy: the server is offered the client's MSS, or the next smaller that a cookie remembers") {
    struct Case {
        std::uint16_t client;
        std::uint16_t server;
    };
    for (Case const each : {Case{1460, 1460}, Case{9000, 1460}, Case{1459, 1440}, Case{1439, 1300}, Case{1299, 536}}) {
        CAPTURE(each.client);
        SynProxy proxy{{.service = server, .timeouts = timeouts}, 1};
        wire::Ipv4Packet syn = packet(client, server, Flags::syn, 1000);
        std::get<wire::TcpSegment>(syn.body).options =
            wire::encode({.mss = each.client}, wire::OptionLayout::linux_order);
        SeqNum const cookie = segment(proxy.look(syn, at(0s)).answers.at(0)).seq;
        wire::Ipv4Packet ack = packet(client, server, Flags::ack, 1001, (cookie + 1).raw());
        CHECK(wire::decode(segment(proxy.look(ack, at(0s)).answers.at(0)).options).mss == each.server);
    }
}

TEST_CASE("presets: each has a source, and RFC 5382's is not below what it asks for") {
    for (FlowPreset const& preset : presets()) {
        CAPTURE(preset.name);
        CHECK_FALSE(preset.source.empty());
        CHECK(preset_named(preset.name) == &preset);
        CHECK(preset.timeouts.established > 0s);
    }
    CHECK(preset_named("rfc5382")->timeouts.established >= 2h + 4min);
    CHECK(preset_named("aws-nlb")->timeouts.established == 350s);
    CHECK(preset_named("azure-lb")->timeouts.established == 4min);
    CHECK(preset_named("ipvs")->timeouts.established == 900s);
    CHECK(preset_named("linux-conntrack")->timeouts.established == 24h * 5);
    CHECK(preset_named("none") == nullptr);
}
