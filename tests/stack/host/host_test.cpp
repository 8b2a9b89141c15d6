#include "stack/host/host.hpp"

#include "tests/support/hosts.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace tcpsim;
using namespace tcpsim::host;
using namespace tcpsim::test;
using namespace std::chrono_literals;
using tcp::State;
using tcp::Why;
using wire::Flags;

namespace {

constexpr Instant start{1000s};
constexpr wire::Endpoint any_9998{{}, 9998};

/// Host a, what it said last, and a peer made by hand.
struct Bench {
    profile::Profile profile{*profile::find("linux")};
    Host a{configuration_of(true), profile, SipKey{1, 2}};
    Output out{};
    Instant now{start};

    void arrives(wire::TcpSegment s) {
        out.clear();
        a.frame_arrives(0, frame_to_a(std::move(s)), now, out);
    }
    ListenerId listen(wire::Endpoint local = any_9998, int backlog = 5) { return a.listen(local, backlog, {}).value(); }
    Result<ConnectionId> connect(wire::Endpoint remote, wire::Endpoint local = {}) {
        out.clear();
        return a.connect(local, remote, {}, now, out);
    }
    /// The peer opens a connection from `port`; returns our initial sequence number.
    SeqNum handshake(std::uint16_t port, std::uint16_t to = 9998) {
        arrives(segment(port, to, Flags::syn, SeqNum{100}));
        REQUIRE(out.frames.size() == 1);
        SeqNum const iss = tcp_in(out.frames[0]).seq;
        arrives(segment(port, to, Flags::ack, SeqNum{101}, iss + 1));
        return iss;
    }
};

}  // namespace

TEST_CASE("RFC 9293 §3.10.7.1: a segment with ACK for nobody gets <SEQ=SEG.ACK><CTL=RST>") {
    Bench b;
    b.arrives(segment(40000, 9998, Flags::ack, SeqNum{5}, SeqNum{77}, 10));
    REQUIRE(b.out.frames.size() == 1);
    wire::TcpSegment const& reset = tcp_in(b.out.frames[0]);
    CHECK(reset.flags == Flags{Flags::rst});
    CHECK(reset.seq == SeqNum{77});
    CHECK(reset.source_port == 9998);
    CHECK(reset.destination_port == 40000);
    CHECK(b.out.frames[0].cause.why == Why::no_connection);
    CHECK(b.out.frames[0].frame.destination == mac_b);
}

TEST_CASE("RFC 9293 §3.10.7.1: one without ACK gets <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK> (connect_closed_port)") {
    Bench b;
    b.arrives(segment(40000, 9998, Flags::syn, SeqNum{500}));
    REQUIRE(b.out.frames.size() == 1);
    CHECK(tcp_in(b.out.frames[0]).flags == Flags{Flags::rst | Flags::ack});
    CHECK(tcp_in(b.out.frames[0]).seq == SeqNum{0});
    CHECK(tcp_in(b.out.frames[0]).ack == SeqNum{501});
    CHECK(b.out.frames[0].cause.why == Why::port_closed);
    b.arrives(segment(40000, 9998, Flags::fin, SeqNum{500}, {}, 10));
    REQUIRE(b.out.frames.size() == 1);
    CHECK(tcp_in(b.out.frames[0]).ack == SeqNum{511});
}

TEST_CASE("RFC 9293 §3.10.7.1: a RST for nobody is dropped in silence") {
    Bench b;
    for (std::uint8_t const flags : {Flags::rst, static_cast<std::uint8_t>(Flags::rst | Flags::ack)}) {
        b.arrives(segment(40000, 9998, flags));
        CHECK(b.out.frames.empty());
        CHECK(b.out.discarded.size() == 1);
    }
}

TEST_CASE("RFC 9293 §3.10.7.2, LISTEN: a RST is dropped, an ACK gets a RST, a SYN a SYN,ACK, anything else nothing") {
    Bench b;
    b.listen();
    b.arrives(segment(40000, 9998, Flags::rst | Flags::syn));
    CHECK(b.out.frames.empty());
    b.arrives(segment(40000, 9998, Flags::ack, {}, SeqNum{9}));
    REQUIRE(b.out.frames.size() == 1);
    CHECK(tcp_in(b.out.frames[0]).flags == Flags{Flags::rst});
    CHECK(tcp_in(b.out.frames[0]).seq == SeqNum{9});
    b.arrives(segment(40000, 9998, Flags::syn | Flags::ack, {}, SeqNum{9}));
    CHECK(tcp_in(b.out.frames.at(0)).flags == Flags{Flags::rst});
    b.arrives(segment(40000, 9998, Flags::fin));
    CHECK(b.out.frames.empty());
    b.arrives(segment(40000, 9998, Flags::syn, SeqNum{100}));
    REQUIRE(b.out.frames.size() == 1);
    CHECK(tcp_in(b.out.frames[0]).flags == Flags{Flags::syn | Flags::ack});
    CHECK(tcp_in(b.out.frames[0]).ack == SeqNum{101});
}

TEST_CASE("demultiplexing: connections differ by any of the four numbers; text goes to the right one") {
    Bench b;
    ListenerId const listener = b.listen();
    for (std::uint16_t const port : {std::uint16_t{40000}, std::uint16_t{40001}}) {
        SeqNum const iss = b.handshake(port);
        REQUIRE(b.out.acceptable.size() == 1);
        CHECK(b.out.acceptable[0].listener == listener);
        b.arrives(segment(port, 9998, Flags::ack, SeqNum{101}, iss + 1, port - 39990U));
    }
    auto const first = b.a.accept(listener);
    auto const second = b.a.accept(listener);
    REQUIRE(first);
    REQUIRE(second);
    CHECK_FALSE(b.a.accept(listener));
    CHECK(b.a.find(*first)->tuple().remote.port == 40000);
    CHECK(b.a.find(*first)->unread() == 10);
    CHECK(b.a.find(*second)->unread() == 11);
    CHECK(b.a.connections() == std::vector<ConnectionId>{*first, *second});
}

TEST_CASE("frames for another address, another interface's MAC or from a wire about 127.0.0.1 are not ours") {
    Bench b;
    b.listen();
    wire::Frame const good = frame_to_a(segment(1, 9998, Flags::syn));
    std::vector<wire::Frame> bad(4, good);
    bad[0].destination = mac_b;
    std::get<wire::Ipv4Packet>(bad[1].body).header.destination = address_b;
    std::get<wire::Ipv4Packet>(bad[2].body).header.destination = loopback;
    std::get<wire::Ipv4Packet>(bad[3].body).header.source = loopback;
    for (wire::Frame const& frame : bad) {
        b.out.clear();
        b.a.frame_arrives(0, frame, b.now, b.out);
        CHECK(b.out.frames.empty());
        CHECK(b.out.discarded == std::vector<Discarded>{Discarded::not_for_us});
    }
    b.out.clear();
    b.a.frame_arrives(0, good, b.now, b.out);
    CHECK(b.out.frames.size() == 1);
}

TEST_CASE("listen: the same port twice is EADDRINUSE, unless the addresses differ; closing frees it") {
    Bench b;
    ListenerId const first = b.listen({address_a, 80});
    CHECK(b.a.listen({address_a, 80}, 5, {}).error() == Errno::eaddrinuse);
    CHECK(b.a.listen({{}, 80}, 5, {}).error() == Errno::eaddrinuse);
    CHECK(b.a.listen({loopback, 80}, 5, {}).ok());
    CHECK(b.a.check_bind({address_a, 80}).error() == Errno::eaddrinuse);
    b.a.close_listener(first, b.now, b.out);
    CHECK(b.a.check_bind({address_a, 80}).ok());
    CHECK(b.a.listen({address_a, 80}, 5, {}).ok());
    b.a.close_listener(first, b.now, b.out);  // stale: nothing happens
    CHECK(b.a.check_bind({address_a, 80}).error() == Errno::eaddrinuse);
}

TEST_CASE("Linux sk_acceptq_is_full: a full accept queue drops SYNs in silence (accept_queue_full_syn_dropped)") {
    Bench b;
    ListenerId const listener = b.listen(any_9998, 0);
    b.handshake(40000);
    b.arrives(segment(40001, 9998, Flags::syn));
    CHECK(b.out.frames.empty());
    CHECK(b.out.discarded == std::vector<Discarded>{Discarded::accept_queue_full});
    REQUIRE(b.a.accept(listener));
    b.arrives(segment(40001, 9998, Flags::syn));
    CHECK(b.out.frames.size() == 1);
}

TEST_CASE(
    "Linux tcp_v4_syn_recv_sock: a full accept queue drops the final ACK; the next segment after accept() completes "
    "(accept_queue_overflow)") {
    Bench b;
    ListenerId const listener = b.listen(any_9998, 1);
    b.handshake(39999);
    std::vector<SeqNum> iss;
    for (std::uint16_t const port : {std::uint16_t{40000}, std::uint16_t{40001}}) {
        b.arrives(segment(port, 9998, Flags::syn, SeqNum{100}));
        iss.push_back(tcp_in(b.out.frames.at(0)).seq);
    }
    b.arrives(segment(40000, 9998, Flags::ack, SeqNum{101}, iss[0] + 1));
    CHECK(b.out.acceptable.size() == 1);
    b.arrives(segment(40001, 9998, Flags::ack, SeqNum{101}, iss[1] + 1));
    CHECK(b.out.acceptable.empty());
    CHECK(b.out.discarded == std::vector<Discarded>{Discarded::accept_queue_full});
    REQUIRE(b.a.accept(listener));
    REQUIRE(b.a.accept(listener));
    CHECK_FALSE(b.a.accept(listener));
    b.arrives(segment(40001, 9998, Flags::ack, SeqNum{101}, iss[1] + 1, 5));
    CHECK(b.out.acceptable.size() == 1);
    auto const second = b.a.accept(listener);
    REQUIRE(second);
    CHECK(b.a.find(*second)->unread() == 5);
}

TEST_CASE("listen: the backlog is at most somaxconn") {
    Bench b;
    REQUIRE_FALSE(profile::set(b.profile, "somaxconn", "1"));
    b.listen(any_9998, 100);
    b.handshake(40000);
    b.handshake(40001);
    b.arrives(segment(40002, 9998, Flags::syn));
    CHECK(b.out.discarded == std::vector<Discarded>{Discarded::accept_queue_full});
}

TEST_CASE(
    "Linux inet_csk_listen_stop: closing resets who waits to be accepted, forgets who is opening "
    "(accept_queue_server_killed)") {
    Bench b;
    ListenerId const listener = b.listen();
    SeqNum const iss = b.handshake(40000);
    b.arrives(segment(40001, 9998, Flags::syn, SeqNum{100}));
    b.out.clear();
    b.a.close_listener(listener, b.now, b.out);
    REQUIRE(b.out.frames.size() == 1);
    CHECK(tcp_in(b.out.frames[0]).flags == Flags{Flags::rst | Flags::ack});
    CHECK(tcp_in(b.out.frames[0]).seq == iss + 1);
    CHECK(tcp_in(b.out.frames[0]).destination_port == 40000);
    CHECK(b.a.connections().empty());
    CHECK_FALSE(b.a.can_accept(listener));
}

TEST_CASE("a RST while it waits leaves the connection acceptable, with its error (accept_after_rst)") {
    Bench b;
    ListenerId const listener = b.listen();
    b.handshake(40000);
    b.arrives(segment(40000, 9998, Flags::rst, SeqNum{101}));
    CHECK(b.a.can_accept(listener));
    auto const accepted = b.a.accept(listener);
    REQUIRE(accepted);
    REQUIRE(b.a.find(*accepted) != nullptr);
    CHECK(b.a.find(*accepted)->error() == Errno::econnreset);
    b.a.release(*accepted, tcp::Cause{Why::closed}, b.now, b.out);
    CHECK(b.a.find(*accepted) == nullptr);
}

TEST_CASE("RFC 9293 §3.10.7.4, second: a RST in SYN-RECEIVED leaves nothing behind") {
    Bench b;
    ListenerId const listener = b.listen();
    b.arrives(segment(40000, 9998, Flags::syn, SeqNum{100}));
    b.arrives(segment(40000, 9998, Flags::rst, SeqNum{101}));
    CHECK_FALSE(b.a.can_accept(listener));
    CHECK(b.a.connections().empty());
    b.handshake(40000);
    CHECK(b.a.can_accept(listener));
}

TEST_CASE("connect: no route ENETUNREACH, whether a local address was bound or not") {
    Bench b;
    wire::Endpoint const nowhere{{0xc0a80001}, 80};
    CHECK(b.connect(nowhere).error() == Errno::enetunreach);
    CHECK(b.connect(nowhere, {address_a, 5000}).error() == Errno::enetunreach);
    CHECK(b.out.frames.empty());
}

TEST_CASE("RFC 6056: ephemeral ports lie in the profile's range, differ, and run out with EADDRNOTAVAIL") {
    Bench b;
    REQUIRE_FALSE(profile::set(b.profile, "ip_local_port_range", "40000 40009"));
    std::set<std::uint16_t> ports;
    ConnectionId last{};
    for (int i = 0; i < 10; ++i) {
        Result<ConnectionId> const id = b.connect({address_b, 80});
        REQUIRE(id.ok());
        last = id.value();
        ports.insert(b.a.find(last)->tuple().local.port);
    }
    CHECK(ports.size() == 10);
    CHECK(*ports.begin() == 40000);
    CHECK(*ports.rbegin() == 40009);
    CHECK(b.connect({address_b, 80}).error() == Errno::eaddrnotavail);
    CHECK(b.connect({address_b, 81}).ok());  // another destination: the same ports again
    b.a.release(last, tcp::Cause{Why::closed}, b.now, b.out);
    CHECK(b.connect({address_b, 80}).ok());
}

TEST_CASE("Linux __inet_hash_connect: an ephemeral port is none that somebody listens on") {
    Bench b;
    REQUIRE_FALSE(profile::set(b.profile, "ip_local_port_range", "40000 40001"));
    b.listen({{}, 40000});
    Result<ConnectionId> const id = b.connect({address_b, 80});
    REQUIRE(id.ok());
    CHECK(b.a.find(id.value())->tuple().local.port == 40001);
    CHECK(b.connect({address_b, 80}).error() == Errno::eaddrnotavail);
}

TEST_CASE("connect: a tuple in use is EADDRNOTAVAIL") {
    Bench b;
    REQUIRE(b.connect({address_b, 80}, {{}, 5000}).ok());
    CHECK(b.connect({address_b, 80}, {{}, 5000}).error() == Errno::eaddrnotavail);
    CHECK(b.connect({address_b, 81}, {{}, 5000}).ok());
}

TEST_CASE("check_bind: an address that is not ours is EADDRNOTAVAIL") {
    Bench b;
    CHECK(b.a.check_bind({address_b, 80}).error() == Errno::eaddrnotavail);
    CHECK(b.a.check_bind({address_a, 80}).ok());
    CHECK(b.a.check_bind({{}, 80}).ok());
    CHECK(b.a.check_bind({loopback, 80}).ok());
}

TEST_CASE("loopback: a connection to oneself opens, talks and closes within the calls, nothing on the wire") {
    for (wire::Ipv4Address const address : {loopback, address_a}) {
        Bench b;
        ListenerId const listener = b.listen();
        Result<ConnectionId> const client = b.connect({address, 9998});
        REQUIRE(client.ok());
        CHECK(b.a.find(client.value())->state() == State::established);
        auto const server = b.a.accept(listener);
        REQUIRE(server);
        CHECK(b.a.send(client.value(), Payload::text("hello"), b.now, b.out).value() == 5);
        CHECK(b.a.receive(*server, 100, b.now, b.out).value().to_string() == "hello");
        b.a.release(client.value(), tcp::Cause{Why::closed}, b.now, b.out);
        CHECK(b.a.find(*server)->peer_finished());
        b.a.release(*server, tcp::Cause{Why::closed}, b.now, b.out);
        CHECK(b.a.find(*server) == nullptr);
        CHECK(b.out.frames.empty());
    }
}

TEST_CASE("loopback: a RST is processed before the write returns (proc_kill_loopback)") {
    Bench b;
    ListenerId const listener = b.listen();
    ConnectionId const client = b.connect({loopback, 9998}).value();
    ConnectionId const server = b.a.accept(listener).value();
    b.a.release(server, tcp::Cause{Why::program_ended}, b.now, b.out);
    CHECK(b.a.send(client, Payload::text("x"), b.now, b.out).value() == 1);
    CHECK(b.a.find(client)->state() == State::closed);
    CHECK(b.a.find(client)->error() == Errno::epipe);
    CHECK(b.a.receive(client, 10, b.now, b.out) == Result<Payload>{Payload{}});
}

TEST_CASE("RFC 9293 §3.5: a socket that connects to itself is a simultaneous open with oneself") {
    Bench b;
    Result<ConnectionId> const id = b.connect({loopback, 5000}, {loopback, 5000});
    REQUIRE(id.ok());
    CHECK(b.a.find(id.value())->state() == State::established);
    CHECK(b.a.send(id.value(), Payload::text("echo"), b.now, b.out).value() == 4);
    CHECK(b.a.receive(id.value(), 10, b.now, b.out).value().to_string() == "echo");
}

TEST_CASE("a stale id is harmless: its slot was given to another connection") {
    Bench b;
    ConnectionId const old = b.connect({address_b, 80}).value();
    b.a.abort(old, tcp::Cause{Why::aborted}, b.now, b.out);
    ConnectionId const fresh = b.connect({address_b, 80}).value();
    CHECK(fresh.slot == old.slot);
    CHECK(fresh != old);
    b.out.clear();
    b.a.timers_expire(old, b.now + 10s, b.out);
    CHECK(b.a.find(old) == nullptr);
    CHECK(b.a.send(old, Payload::text("x"), b.now, b.out).error() == Errno::epipe);
    CHECK(b.a.receive(old, 1, b.now, b.out) == Result<Payload>{Payload{}});
    b.a.shutdown_send(old, {}, b.now, b.out);
    b.a.release(old, {}, b.now, b.out);
    b.a.abort(old, {}, b.now, b.out);
    b.a.set_options(old, {.no_delay = true}, b.now, b.out);
    CHECK(b.a.take_error(old) == Errno::none);
    CHECK(b.out == Output{});
    CHECK(b.a.find(fresh)->state() == State::syn_sent);
}

TEST_CASE("a deadline is reported when it changes, and only then") {
    Bench b;
    b.listen();
    SeqNum const iss = b.handshake(40000);
    REQUIRE(b.out.deadlines.size() == 1);  // the SYN,ACK's timer stopped
    CHECK(b.out.deadlines[0].at == never);
    b.arrives(segment(40000, 9998, Flags::ack, SeqNum{101}, iss + 1));
    CHECK(b.out.deadlines.empty());
    ConnectionId const id = b.a.connections().at(0);
    b.out.clear();
    CHECK(b.a.send(id, Payload::text("x"), b.now, b.out).ok());
    REQUIRE(b.out.deadlines.size() == 1);
    CHECK(b.out.deadlines[0].connection == id);
    CHECK(b.out.deadlines[0].at == b.a.find(id)->next_deadline());
    b.out.clear();
    CHECK(b.a.receive(id, 10, b.now, b.out).error() == Errno::eagain);
    CHECK(b.out == Output{});
}

TEST_CASE("RFC 6528 [MUST-8][MUST-9][SHLD-1]: initial sequence numbers move with time, differ by tuple and by boot") {
    auto const iss = [](SipKey secret, Instant at, std::uint16_t port) {
        Bench b;
        Host host{configuration_of(true), b.profile, secret};
        ConnectionId const id = host.connect({{}, port}, {address_b, 80}, {}, at, b.out).value();
        return host.find(id)->tcb().snd.iss;
    };
    SipKey const boot{1, 2};
    CHECK(iss(boot, start, 5000) == iss(boot, start, 5000));
    CHECK(iss(boot, start + 64ns, 5000) - iss(boot, start, 5000) == 1);  // Linux seq_scale
    CHECK(iss(boot, start + 63ns, 5000) == iss(boot, start, 5000));
    CHECK(iss(boot, start, 5001) != iss(boot, start, 5000));
    CHECK(iss(SipKey{3, 4}, start, 5000) != iss(boot, start, 5000));
}

TEST_CASE("packets carry what the system writes: TTL, DF, rising identification") {
    Bench b;
    REQUIRE(b.connect({address_b, 80}).ok());
    auto const first = std::get<wire::Ipv4Packet>(b.out.frames.at(0).frame.body).header;
    REQUIRE(b.connect({address_b, 80}).ok());
    auto const second = std::get<wire::Ipv4Packet>(b.out.frames.at(0).frame.body).header;
    CHECK(first.ttl == 64);
    CHECK(first.dont_fragment);
    CHECK(second.identification == first.identification + 1);
    CHECK(first.source == address_a);
}

TEST_CASE("a connection without an owner is forgotten when it has closed, one with an owner stays readable") {
    Bench b;
    ListenerId const listener = b.listen();
    SeqNum const iss = b.handshake(40000);
    ConnectionId const id = b.a.accept(listener).value();
    b.arrives(segment(40000, 9998, Flags::ack, SeqNum{101}, iss + 1, 10));
    b.arrives(segment(40000, 9998, Flags::rst, SeqNum{111}));
    CHECK(b.out.readiness.size() == 1);
    CHECK(b.out.readiness[0].ended);
    REQUIRE(b.a.find(id) != nullptr);
    CHECK(b.a.connections().empty());
    CHECK(b.a.receive(id, 100, b.now, b.out).value().size() == 10);
    CHECK(b.a.receive(id, 100, b.now, b.out).error() == Errno::econnreset);
    CHECK(b.a.receive(id, 100, b.now, b.out) == Result<Payload>{Payload{}});
    b.a.release(id, tcp::Cause{Why::closed}, b.now, b.out);
    CHECK(b.a.find(id) == nullptr);
}

TEST_CASE("a dead connection does not hold its tuple: the peer may come again") {
    Bench b;
    ListenerId const listener = b.listen();
    b.handshake(40000);
    ConnectionId const old = b.a.accept(listener).value();
    b.arrives(segment(40000, 9998, Flags::rst, SeqNum{101}));
    REQUIRE(b.a.find(old) != nullptr);  // the program still holds it
    b.handshake(40000);
    auto const fresh = b.a.accept(listener);
    REQUIRE(fresh);
    CHECK(b.a.find(*fresh)->state() == State::established);
    b.a.release(old, tcp::Cause{Why::closed}, b.now, b.out);
    CHECK(b.a.find(*fresh)->state() == State::established);
    b.arrives(segment(40000, 9998, Flags::rst, SeqNum{101}));
    CHECK(b.a.find(*fresh)->state() == State::closed);
}

TEST_CASE(
    "RFC 3168 §5: the ECN field goes from the IP header to the connection and back; IP_TOS has the other six bits") {
    Bench b;
    ListenerId const listener = b.listen();
    b.arrives(segment(40000, 9998, Flags::syn | Flags::ece | Flags::cwr, SeqNum{100}));
    SeqNum const iss = tcp_in(b.out.frames.at(0)).seq;
    b.arrives(segment(40000, 9998, Flags::ack, SeqNum{101}, iss + 1));
    ConnectionId const id = b.a.accept(listener).value();
    tcp::UserOptions options;
    options.tos = 0xff;
    b.a.set_options(id, options, b.now, b.out);
    wire::Frame frame = frame_to_a(segment(40000, 9998, Flags::ack, SeqNum{101}, iss + 1, 10));
    std::get<wire::Ipv4Packet>(frame.body).header.tos = static_cast<std::uint8_t>(wire::Ecn::ce);
    b.out.clear();
    b.a.frame_arrives(0, frame, b.now, b.out);
    auto const tos_of = [&](std::size_t i) {
        return std::get<wire::Ipv4Packet>(b.out.frames.at(i).frame.body).header.tos;
    };
    CHECK(tcp_in(b.out.frames.at(0)).flags == Flags{Flags::ack | Flags::ece});
    CHECK(tos_of(0) == 0xfc);
    b.out.clear();
    REQUIRE(b.a.send(id, Payload::text("x"), b.now, b.out).ok());
    CHECK(tos_of(0) == (0xfc | static_cast<int>(wire::Ecn::ect0)));
}
