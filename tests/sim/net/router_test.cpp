#include "sim/net/router.hpp"

#include "stack/wire/icmp.hpp"
#include "tests/sim/net/bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::net;
using namespace tcpsim::net::testing;
using namespace std::chrono_literals;

namespace {

constexpr wire::Ipv4Address client{0x0a010002};  // 10.1.0.2, the source of every tcp_frame()
constexpr wire::Ipv4Address server{0x0a020002};  // 10.2.0.2, its destination
constexpr wire::Ipv4Address near_side{0x0a010001};
constexpr wire::Ipv4Address far_side{0x0a020001};
constexpr wire::MacAddress client_mac{{2, 0, 0, 0, 1, 0}};
constexpr wire::MacAddress near_mac{{2, 0, 0, 0, 2, 0}};
constexpr wire::MacAddress far_mac{{2, 0, 0, 0, 2, 1}};
constexpr wire::MacAddress server_mac{{2, 0, 0, 0, 3, 0}};

/// client – router – server, as in the recordings.
host::Configuration configuration() {
    host::Configuration router;
    router.name = "router";
    router.interfaces = {{"eth0", near_mac, {near_side, 24}, 1500}, {"eth1", far_mac, {far_side, 24}, 1500}};
    router.routes = {{{{0x0a010000}, 24}, 0, std::nullopt}, {{{0x0a020000}, 24}, 1, std::nullopt}};
    router.neighbours = {{0, client, client_mac}, {1, server, server_mac}};
    return router;
}

/// A router with a cable at eth1 only: what leaves by eth0 has nowhere to go.
struct RouterBench : LinkBench {
    explicit RouterBench(host::Configuration its = configuration())
        : LinkBench{{.delay = 1ms}}, router{trace::NodeId{4}, std::move(its)} {
        router.plug(1, Cable{&link, End::a});
    }
    void arrives(wire::Frame content, std::uint32_t interface = 0) {
        FramePtr frame = frames.take();
        frame->frame = std::move(content);
        frame->packet = trace::PacketId{trace::NodeId{1}, 7};
        frame->cause.why = tcp::Why::data_written;
        Context lent = context();
        router.frame_arrives(interface, std::move(frame), lent);
    }
    Router router;
};

wire::Frame from_client(std::uint64_t payload = 100) {
    wire::Frame frame = tcp_frame(payload);
    frame.source = client_mac;
    frame.destination = near_mac;
    return frame;
}
wire::Ipv4Header& header_of(wire::Frame& frame) { return std::get<wire::Ipv4Packet>(frame.body).header; }

/// The one drop there was, and nothing went on.
trace::DropReason only_drop(RouterBench& bench) {
    auto const drops = bench.all<trace::FrameDropped>();
    REQUIRE(drops.size() == 1);
    CHECK(drops[0].node == bench.router.id());
    CHECK(drops[0].packet == trace::PacketId{trace::NodeId{1}, 7});
    CHECK(drops[0].frame != nullptr);
    auto const passed = bench.all<trace::FramePassed>();
    REQUIRE(passed.size() == 1);
    CHECK_FALSE(passed[0].outwards);
    CHECK(bench.queue.empty());
    return drops[0].reason;
}

}  // namespace

TEST_CASE("router: it forwards with TTL - 1 and the next link's MAC addresses, and changes nothing else") {
    RouterBench bench;
    wire::Frame const sent = from_client();
    bench.arrives(sent);

    wire::Frame expected = sent;
    expected.source = far_mac;
    expected.destination = server_mac;
    header_of(expected).ttl = static_cast<std::uint8_t>(header_of(expected).ttl - 1);

    auto const passed = bench.all<trace::FramePassed>();
    REQUIRE(passed.size() == 2);
    CHECK_FALSE(passed[0].outwards);
    CHECK(passed[0].interface == 0);
    CHECK(*passed[0].frame == sent);
    CHECK(passed[1].outwards);
    CHECK(passed[1].interface == 1);
    CHECK(*passed[1].frame == expected);
    for (trace::FramePassed const& each : passed) {
        CHECK(each.node == bench.router.id());
        CHECK(each.packet == trace::PacketId{trace::NodeId{1}, 7});
        CHECK(each.cause.why == tcp::Why::data_written);
    }
    bench.run();
    CHECK(bench.arrivals == std::vector<Arrival>{{at(1ms), End::b, 7}});
}

TEST_CASE("router: a frame for another MAC address is not for us") {
    RouterBench bench;
    wire::Frame frame = from_client();
    frame.destination = far_mac;  // its own, but not of the interface it came by
    bench.arrives(frame);
    CHECK(only_drop(bench) == trace::DropReason::not_for_us);
}

TEST_CASE("router: nobody listens on it, and it speaks no ARP unless it is asked to") {
    for (wire::Ipv4Address const own : {near_side, far_side}) {
        RouterBench bench;
        wire::Frame frame = from_client();
        header_of(frame).destination = own;
        bench.arrives(frame);
        auto const drops = bench.all<trace::FrameDropped>();
        REQUIRE_FALSE(drops.empty());
        CHECK(drops[0].reason == trace::DropReason::no_listener);
    }
    RouterBench bench;
    wire::Frame frame = from_client();
    frame.body = wire::ArpPacket{};
    bench.arrives(frame);
    CHECK(only_drop(bench) == trace::DropReason::unknown_protocol);
}

TEST_CASE("router: a connection to it is refused, a datagram for it unreachable") {
    LinkBench bench{{.delay = 1ms}};
    Router router{trace::NodeId{4}, configuration()};
    router.plug(0, Cable{&bench.link, End::a});
    auto const answer_to = [&](wire::Frame frame) {
        header_of(frame).destination = near_side;
        Context lent = bench.context();
        router.frame_arrives(0, bench.frame(std::move(frame), 7), lent);
        auto const& sent = std::get<trace::FramePassed>(bench.memory.records().back().what);
        REQUIRE(sent.outwards);
        return std::get<wire::Ipv4Packet>(sent.frame->body);
    };
    wire::Frame syn = from_client(0);
    std::get<wire::TcpSegment>(std::get<wire::Ipv4Packet>(syn.body).body).flags = wire::Flags{wire::Flags::syn};
    wire::Ipv4Packet const reset = answer_to(syn);
    CHECK(reset.header.source == near_side);
    CHECK(reset.header.destination == client);
    CHECK(std::get<wire::TcpSegment>(reset.body).flags == wire::Flags{wire::Flags::rst | wire::Flags::ack});
    wire::Frame datagram = from_client(0);
    auto& packet = std::get<wire::Ipv4Packet>(datagram.body);
    packet.header.protocol = wire::protocol_udp;
    packet.body = wire::UdpDatagram{53, 53, {}};
    wire::Ipv4Packet const error = answer_to(datagram);
    auto const& message = std::get<wire::IcmpMessage>(error.body);
    CHECK(message.type == wire::icmp_unreachable);
    CHECK(message.code == wire::icmp_port);
}

TEST_CASE("router: a TTL that is over is told by ICMP time exceeded") {
    LinkBench bench{{.delay = 1ms}};
    Router router{trace::NodeId{4}, configuration()};
    router.plug(0, Cable{&bench.link, End::a});
    wire::Frame frame = from_client();
    header_of(frame).ttl = 1;
    auto const about = key_of(std::get<wire::Ipv4Packet>(frame.body));
    Context lent = bench.context();
    router.frame_arrives(0, bench.frame(std::move(frame), 7), lent);
    auto const& sent = std::get<trace::FramePassed>(bench.memory.records().back().what);
    REQUIRE(sent.outwards);
    auto const& error = std::get<wire::Ipv4Packet>(sent.frame->body);
    CHECK(std::get<wire::IcmpMessage>(error.body).type == wire::icmp_time_exceeded);
    CHECK(error.header.source == near_side);
    CHECK(quoted_key(error) == about);
}

TEST_CASE("router: what the timeline added stays when routes are computed anew, and goes only by itself") {
    RouterBench bench;
    Context lent = bench.context();
    host::Route const dead{.destination = {server, 32}, .kind = host::RouteKind::prohibited};
    auto const computed = configuration().routes;
    CHECK(bench.router.add_route(dead, lent));
    CHECK_FALSE(bench.router.set_routes(computed, lent));
    CHECK(bench.router.configuration().routes.front() == dead);
    CHECK(bench.router.set_routes({computed[0]}, lent));
    CHECK(bench.router.configuration().routes == std::vector<host::Route>{dead, computed[0]});
    CHECK_FALSE(bench.router.remove_route(computed[0].destination, computed[0].kind, lent));
    CHECK(bench.router.remove_route(dead.destination, dead.kind, lent));
    CHECK(bench.router.configuration().routes == std::vector<host::Route>{computed[0]});
}

TEST_CASE("router: RFC 1812 §5.3.1: TTL 2 still passes, TTL 1 and 0 do not") {
    RouterBench passing;
    wire::Frame frame = from_client();
    header_of(frame).ttl = 2;
    passing.arrives(frame);
    CHECK(passing.all<trace::FrameDropped>().empty());
    for (std::uint8_t const ttl : {std::uint8_t{1}, std::uint8_t{0}}) {
        RouterBench bench;
        header_of(frame).ttl = ttl;
        bench.arrives(frame);
        CHECK(only_drop(bench) == trace::DropReason::ttl_expired);
    }
}

TEST_CASE("router: no route, no neighbour and no cable are three reasons") {
    {
        RouterBench bench;
        wire::Frame frame = from_client();
        header_of(frame).destination = wire::Ipv4Address{0x0a030002};
        bench.arrives(frame);
        CHECK(only_drop(bench) == trace::DropReason::no_route);
    }
    {
        RouterBench bench;
        wire::Frame frame = from_client();
        header_of(frame).destination = wire::Ipv4Address{server.value + 1};
        bench.arrives(frame);
        CHECK(only_drop(bench) == trace::DropReason::no_neighbour);
    }
    {
        RouterBench bench;
        wire::Frame frame = from_client();
        header_of(frame).destination = client;  // back out of eth0, which has no cable here
        bench.arrives(frame);
        CHECK(only_drop(bench) == trace::DropReason::interface_down);
    }
}

TEST_CASE("router: a packet of the MTU's size passes, one byte more is too big, unless it may be cut up (RFC 791)") {
    constexpr std::uint64_t full = 1500 - (headers - ethernet_header);
    auto const drops = [](std::uint64_t payload, bool dont_fragment) {
        RouterBench bench;
        wire::Frame frame = from_client(payload);
        header_of(frame).dont_fragment = dont_fragment;
        bench.arrives(frame);
        return bench.all<trace::FrameDropped>();
    };
    CHECK(drops(full, true).empty());
    CHECK(drops(full + 1, false).empty());
    REQUIRE(drops(full + 1, true).size() == 1);
    CHECK(drops(full + 1, true)[0].reason == trace::DropReason::too_big);
}

TEST_CASE("router: what the link drops is the link's record, after the router's own") {
    RouterBench bench;
    bench.cut();
    bench.arrives(from_client());
    CHECK(bench.all<trace::FramePassed>().size() == 2);
    auto const drops = bench.all<trace::FrameDropped>();
    REQUIRE(drops.size() == 1);
    CHECK(drops[0].node == trace::no_node);
    CHECK(drops[0].link == bench.link.id());
}

namespace {

/// The router as a NAT of the client's side, whose far side takes only 1000 bytes; with a cable at one interface.
struct NatBench : LinkBench {
    explicit NatBench(std::uint32_t cabled) : LinkBench{{.delay = 1ms}}, router{trace::NodeId{4}, narrow(), boxes()} {
        router.plug(cabled, Cable{&link, End::a});
    }
    static host::Configuration narrow() {
        host::Configuration its = configuration();
        its.interfaces[1].mtu = 1000;
        its.interfaces[0].mtu = 900;
        return its;
    }
    static Middleboxes boxes() {
        Middleboxes all;
        all.nat.emplace(NatSettings{.outside = 1, .address = far_side, .timeouts = {.opening = 10s}});
        return all;
    }
    void arrives(std::uint32_t interface, wire::Frame content) {
        Context lent = context();
        router.frame_arrives(interface, frame(std::move(content), 7), lent);
    }
    /// The ICMP error that it sent last: to whom, and about whose packet.
    std::pair<wire::Ipv4Header, FlowKey> last_error() {
        auto const& sent = std::get<trace::FramePassed>(memory.records().back().what);
        REQUIRE(sent.outwards);
        auto const& packet = std::get<wire::Ipv4Packet>(sent.frame->body);
        auto const quoted = quoted_key(packet);
        REQUIRE(quoted);
        return {packet.header, *quoted};
    }
    Router router;
};
wire::Frame opening(std::uint64_t payload) {
    wire::Frame frame = from_client(payload);
    auto& packet = std::get<wire::Ipv4Packet>(frame.body);
    packet.header.dont_fragment = true;
    std::get<wire::TcpSegment>(packet.body).flags = wire::Flags{wire::Flags::syn};
    return frame;
}

}  // namespace

TEST_CASE("router: RFC 5508 REQ-4: its own error about a packet that it has translated names the insider") {
    NatBench bench{0};
    wire::Frame const large = opening(1000);
    auto const about = key_of(std::get<wire::Ipv4Packet>(large.body));
    bench.arrives(0, large);
    auto const [header, quoted] = bench.last_error();
    CHECK(header.source == near_side);
    CHECK(header.destination == client);
    CHECK(quoted == about);
}

TEST_CASE("router: its own error about what it balances names the service to clients, and the backend to backends") {
    LinkBench bench{{.delay = 1ms}};
    Middleboxes boxes;
    wire::Frame const probe = tcp_frame(0);
    auto const ports = std::get<wire::TcpSegment>(std::get<wire::Ipv4Packet>(probe.body).body);
    wire::Endpoint const backend{server, ports.destination_port};
    boxes.load_balancer.emplace(
        LoadBalancerSettings{
            .service = {near_side, ports.destination_port}, .backends = {backend}, .timeouts = {.opening = 10s}},
        1);
    Router router{trace::NodeId{4}, NatBench::narrow(), std::move(boxes)};
    router.plug(0, Cable{&bench.link, End::a});
    wire::Frame large = opening(1000);
    std::get<wire::Ipv4Packet>(large.body).header.destination = near_side;
    auto const about = key_of(std::get<wire::Ipv4Packet>(large.body));
    Context lent = bench.context();
    router.frame_arrives(0, bench.frame(std::move(large), 7), lent);
    auto const& sent = std::get<trace::FramePassed>(bench.memory.records().back().what);
    REQUIRE(sent.outwards);
    auto const& error = std::get<wire::Ipv4Packet>(sent.frame->body);
    CHECK(error.header.destination == client);
    CHECK(quoted_key(error) == about);
}

TEST_CASE("router: RFC 5508 REQ-5: its own error about an answer from outside names the public address") {
    NatBench bench{1};
    bench.arrives(0, opening(0));
    wire::Frame answer = opening(1000);
    auto& packet = std::get<wire::Ipv4Packet>(answer.body);
    answer.destination = far_mac;
    packet.header.source = server;
    packet.header.destination = far_side;
    auto const about = key_of(packet);
    bench.arrives(1, answer);
    auto const [header, quoted] = bench.last_error();
    CHECK(header.source == far_side);
    CHECK(header.destination == server);
    CHECK(quoted == about);
}
