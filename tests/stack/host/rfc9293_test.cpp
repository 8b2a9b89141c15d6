// Requirements of RFC 9293 about opening connections, addresses and the IP layer.
#include "stack/host/host.hpp"
#include "tests/support/hosts.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::host;
using namespace tcpsim::test;
using namespace std::chrono_literals;
using tcp::State;
using wire::Flags;

namespace {

constexpr wire::Ipv4Address second_a{0x0a020002};
constexpr wire::Ipv4Address second_b{0x0a020003};

/// Host a with two interfaces, each with its own address and neighbour.
Configuration multihomed() {
    Configuration c = configuration_of(true);
    wire::Ipv4Prefix const address{second_a, 24};
    c.interfaces.push_back({"eth1", mac_a, address, 1500});
    c.routes.push_back({address, 1, std::nullopt});
    c.neighbours.push_back({1, second_b, mac_b});
    return c;
}

struct Bench {
    profile::Profile profile{*profile::find("linux")};
    Host a;
    Output out{};
    Instant now{1000s};

    explicit Bench(Configuration configuration = multihomed()) : a{std::move(configuration), profile, SipKey{1, 2}} {}

    /// A packet from `from`, sent to `to`.
    void arrives(wire::Ipv4Address from, wire::Ipv4Address to, wire::TcpSegment s,
                 std::vector<std::uint8_t> ip_options = {}) {
        out.clear();
        wire::Frame frame = frame_to_a(std::move(s));
        auto& header = std::get<wire::Ipv4Packet>(frame.body).header;
        header.source = from;
        header.destination = to;
        header.options = std::move(ip_options);
        a.frame_arrives(to == second_a ? 1 : 0, frame, now, out);
    }
    Result<ConnectionId> connect(wire::Endpoint remote, wire::Endpoint local = {}) {
        out.clear();
        return a.connect(local, remote, {}, now, out);
    }
    ListenerId listen(wire::Endpoint local) { return a.listen(local, 5, {}).value(); }
    [[nodiscard]] wire::Ipv4Header const& header(std::size_t i = 0) const {
        return std::get<wire::Ipv4Packet>(out.frames.at(i).frame.body).header;
    }
};

}  // namespace

TEST_CASE("RFC 9293 §3.9.1.1 [MUST-41]: a passive OPEN fails or makes a listener, and leaves the others alone") {
    Bench b;
    ListenerId const first = b.listen({address_a, 80});
    b.arrives(address_b, address_a, segment(4000, 80, Flags::syn, SeqNum{100}));
    SeqNum const iss = tcp_in(b.out.frames.at(0)).seq;
    CHECK(b.a.listen({address_a, 80}, 5, {}).error() == Errno::eaddrinuse);
    b.listen({second_a, 80});
    b.arrives(address_b, address_a, segment(4000, 80, Flags::ack, SeqNum{101}, iss + 1));
    CHECK(b.a.can_accept(first));
    b.arrives(address_b, address_a, segment(4001, 80, Flags::syn, SeqNum{100}));
    CHECK(tcp_in(b.out.frames.at(0)).flags == Flags{Flags::syn | Flags::ack});
}

TEST_CASE("RFC 9293 §3.9.1.1 [MUST-42]: LISTEN on a port whose connections are in SYN-SENT or SYN-RECEIVED") {
    Bench b;
    ListenerId const old = b.listen({address_a, 80});
    b.arrives(address_b, address_a, segment(4000, 80, Flags::syn, SeqNum{100}));
    ConnectionId const received = b.a.connections().at(0);
    REQUIRE(b.a.find(received)->state() == State::syn_received);
    ConnectionId const sent = b.connect({address_b, 9000}, {address_a, 5000}).value();
    ListenerId const fresh = b.listen({address_a, 5000});
    CHECK(b.a.find(sent)->state() == State::syn_sent);
    b.arrives(address_b, address_a, segment(4002, 5000, Flags::syn, SeqNum{100}));
    SeqNum const iss = tcp_in(b.out.frames.at(0)).seq;
    b.arrives(address_b, address_a, segment(4002, 5000, Flags::ack, SeqNum{101}, iss + 1));
    CHECK(b.a.can_accept(fresh));
    CHECK_FALSE(b.a.can_accept(old));
    CHECK(b.a.find(sent)->state() == State::syn_sent);
    CHECK(b.a.find(received)->state() == State::syn_received);
}

TEST_CASE("RFC 9293 §3.9.1.1 [MUST-43]: a local address that was asked for is the one that is used") {
    Bench b;
    REQUIRE(b.connect({address_b, 80}, {second_a, 0}).ok());
    CHECK(b.header().source == second_a);
    b.listen({second_a, 80});
    b.arrives(address_b, address_a, segment(4000, 80, Flags::syn));
    CHECK(tcp_in(b.out.frames.at(0)).flags.has(Flags::rst));
    b.arrives(second_b, second_a, segment(4000, 80, Flags::syn));
    CHECK(tcp_in(b.out.frames.at(0)).flags == Flags{Flags::syn | Flags::ack});
}

TEST_CASE("RFC 9293 §3.9.1.1 [MUST-44]: without a local address that of the way out is taken") {
    Bench b;
    REQUIRE(b.connect({address_b, 80}).ok());
    CHECK(b.header().source == address_a);
    REQUIRE(b.connect({second_b, 80}).ok());
    CHECK(b.header().source == second_a);
    CHECK(b.out.frames.at(0).interface == 1);
}

TEST_CASE("RFC 9293 §3.9.1.1 [MUST-45]: a connection keeps the local address of its first segment") {
    Bench b;
    b.listen({{}, 80});
    // Its SYN came to the second address although the way back leaves by the first interface.
    b.arrives(address_b, second_a, segment(4000, 80, Flags::syn, SeqNum{100}));
    CHECK(b.header().source == second_a);
    SeqNum const iss = tcp_in(b.out.frames.at(0)).seq;
    b.arrives(address_b, second_a, segment(4000, 80, Flags::ack, SeqNum{101}, iss + 1, 5));
    CHECK(b.header().source == second_a);
    ConnectionId const id = b.a.connections().at(0);
    b.out.clear();
    REQUIRE(b.a.send(id, Payload::text("x"), b.now, b.out).ok());
    CHECK(b.header().source == second_a);
    b.arrives(address_b, address_a, segment(4000, 80, Flags::ack, SeqNum{106}, iss + 2));
    CHECK(tcp_in(b.out.frames.at(0)).flags == Flags{Flags::rst});  // the same ports at another address: nobody
    CHECK(b.header().source == address_a);
}

TEST_CASE("RFC 9293 §3.9.2 [MUST-49]: the time to live is the one that was set") {
    Bench b;
    CHECK(b.connect({address_b, 80}).ok());
    CHECK(b.header().ttl == 64);  // sysctl ip_default_ttl
    REQUIRE_FALSE(profile::set(b.profile, "ip_default_ttl", "17"));
    CHECK(b.connect({address_b, 80}).ok());
    CHECK(b.header().ttl == 17);
}

TEST_CASE("RFC 9293 §3.9.2 [MUST-50]: options of IP that TCP does not understand change nothing") {
    Bench b;
    ListenerId const listener = b.listen({{}, 80});
    std::vector<std::uint8_t> const router_alert{148, 4, 0, 0};                      // RFC 2113
    std::vector<std::uint8_t> const unknown{0x9e, 8, 1, 2, 3, 4, 5, 6, 1, 1, 1, 0};  // RFC 4727 experiment, NOPs
    b.arrives(address_b, address_a, segment(4000, 80, Flags::syn, SeqNum{100}), router_alert);
    SeqNum const iss = tcp_in(b.out.frames.at(0)).seq;
    CHECK(b.header().options.empty());
    b.arrives(address_b, address_a, segment(4000, 80, Flags::ack, SeqNum{101}, iss + 1, 5), unknown);
    CHECK(b.a.find(b.a.accept(listener).value())->unread() == 5);
}

TEST_CASE("RFC 9293 §3.9.2.1: source routes, Record Route and Timestamp are neither obeyed nor answered") {
    std::vector<std::uint8_t> const loose{131, 7, 8, 10, 9, 9, 9, 0};  // RFC 791 §3.1, completed
    std::vector<std::uint8_t> const strict{137, 7, 8, 10, 9, 9, 9, 0};
    std::vector<std::uint8_t> const record{7, 7, 4, 0, 0, 0, 0, 0};
    std::vector<std::uint8_t> const timestamp{68, 8, 5, 0, 0, 0, 0, 0};
    for (auto const& options : {loose, strict, record, timestamp}) {
        CAPTURE(options.front());
        Bench b;
        b.listen({{}, 80});
        b.arrives(address_b, address_a, segment(4000, 80, Flags::syn, SeqNum{100}), options);
        REQUIRE(b.out.frames.size() == 1);
        CHECK(b.header().destination == address_b);
        CHECK(b.header().options.empty());
    }
}

TEST_CASE("RFC 9293 §3.7.1: there is no IPv6, so that no segment over it is ever read") {
    constexpr std::uint16_t ipv6 = 0x86dd;
    Bench b;
    b.listen({{}, 80});
    b.a.frame_arrives(0, wire::Frame{mac_a, mac_b, ipv6, wire::RawPayload{Payload::text("a SYN")}}, b.now, b.out);
    CHECK(b.out.frames.empty());
    CHECK(b.out.discarded == std::vector<Discarded>{Discarded::unknown_protocol});
    CHECK(b.a.connections().empty());
}

TEST_CASE("RFC 9293 §3.9.1.9: the Diffserv field of what was received changes nothing for a program") {
    for (std::uint8_t const tos : {std::uint8_t{0}, std::uint8_t{0xb8}}) {
        CAPTURE(tos);
        Bench b;
        ListenerId const listener = b.listen({{}, 80});
        b.arrives(address_b, address_a, segment(4000, 80, Flags::syn, SeqNum{100}));
        SeqNum const iss = tcp_in(b.out.frames.at(0)).seq;
        wire::Frame frame = frame_to_a(segment(4000, 80, Flags::ack, SeqNum{101}, iss + 1, 5));
        std::get<wire::Ipv4Packet>(frame.body).header.tos = tos;
        b.out.clear();
        b.a.frame_arrives(0, frame, b.now, b.out);
        ConnectionId const id = b.a.accept(listener).value();
        CHECK(b.a.receive(id, 100, b.now, b.out).value().size() == 5);
        CHECK(b.a.find(id)->options().tos == 0);
    }
}

TEST_CASE("RFC 9293 §3.7.1 [MUST-67]: the MSS offered is what the interface's MTU holds beside the headers") {
    for (std::uint16_t const mtu :
         {std::uint16_t{576}, std::uint16_t{1400}, std::uint16_t{1500}, std::uint16_t{9000}}) {
        CAPTURE(mtu);
        Configuration c = multihomed();
        c.interfaces[1].mtu = mtu;
        Bench b{c};
        constexpr std::uint16_t ip_and_tcp = 20 + 20;
        REQUIRE(b.connect({second_b, 80}).ok());
        CHECK(wire::decode(tcp_in(b.out.frames.at(0)).options).mss == mtu - ip_and_tcp);
        b.listen({{}, 80});
        b.arrives(second_b, second_a, segment(4000, 80, Flags::syn, SeqNum{100}));
        CHECK(wire::decode(tcp_in(b.out.frames.at(0)).options).mss == mtu - ip_and_tcp);
        REQUIRE(b.connect({address_b, 80}).ok());
        CHECK(wire::decode(tcp_in(b.out.frames.at(0)).options).mss == 1500 - ip_and_tcp);
    }
}

TEST_CASE("RFC 9293 §3.5.2 [MUST-11]: a RST returns a passive open to its listener, and nobody is told") {
    Bench b;
    ListenerId const listener = b.listen({{}, 80});
    b.arrives(address_b, address_a, segment(4000, 80, Flags::syn, SeqNum{100}));
    b.arrives(address_b, address_a, segment(4000, 80, Flags::rst, SeqNum{101}));
    CHECK(b.out.frames.empty());
    CHECK(b.out.acceptable.empty());
    CHECK_FALSE(b.a.can_accept(listener));
    CHECK(b.a.connections().empty());
    b.arrives(address_b, address_a, segment(4000, 80, Flags::syn, SeqNum{500}));
    CHECK(tcp_in(b.out.frames.at(0)).flags == Flags{Flags::syn | Flags::ack});
}

TEST_CASE("RFC 9293 §3.8.1: a packet that is repeated has an identification of its own") {
    Bench b;
    ConnectionId const id = b.connect({address_b, 80}).value();
    std::uint16_t const first = b.header().identification;
    b.out.clear();
    b.a.timers_expire(id, b.a.find(id)->next_deadline(), b.out);
    CHECK(tcp_in(b.out.frames.at(0)).flags == Flags{Flags::syn});
    CHECK(b.header().identification == first + 1);
}

TEST_CASE("RFC 9293 §3.9.1.9 [MUST-48][SHLD-21][SHLD-22]: segments carry the Diffserv field that was last asked for") {
    Bench b;
    tcp::UserOptions options;
    options.tos = 46U << 2U;  // RFC 3246: expedited forwarding
    ConnectionId const id = b.a.connect({}, {address_b, 80}, {.user = options}, b.now, b.out).value();
    CHECK(b.header().tos == 46U << 2U);
    SeqNum const iss = tcp_in(b.out.frames.at(0)).seq;
    options.tos = 8U << 2U;
    b.a.set_options(id, options, b.now, b.out);
    b.arrives(address_b, address_a,
              segment(80, tcp_in(b.out.frames.at(0)).source_port, Flags::syn | Flags::ack, SeqNum{100}, iss + 1));
    CHECK(tcp_in(b.out.frames.at(0)).flags == Flags{Flags::ack});
    CHECK(b.header().tos == 8U << 2U);
}
