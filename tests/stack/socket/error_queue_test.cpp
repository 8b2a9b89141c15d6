// ICMP errors at TCP sockets: recv(2), MSG_ERRQUEUE; ip(7), IP_RECVERR; tcp(7), TCP_RTO_MAX_MS.
#include "stack/wire/icmp.hpp"
#include "tests/support/socket_bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::socket;
using namespace tcpsim::test;
using namespace std::chrono_literals;

namespace {

constexpr wire::Ipv4Address router{0x0a010001};

/// A router's ICMP error about the first packet that a has said.
void icmp(SocketBench& t, std::uint8_t code) {
    wire::Ipv4Packet const about = std::get<wire::Ipv4Packet>(t.out.frames.at(0).frame.body);
    t.out.clear();
    wire::Ipv4Packet packet;
    packet.header.source = router;
    packet.header.destination = address_a;
    packet.header.protocol = wire::protocol_icmp;
    packet.body = wire::icmp_error(wire::icmp_unreachable, code, 0, about);
    wire::Frame frame;
    frame.destination = mac_a;
    frame.source = mac_b;
    frame.body = packet;
    t.host_a.frame_arrives(0, frame, t.now, t.out);
    t.woken_a = t.a.woken_by(t.out);
    t.out.clear();
}

constexpr ReceiveFlags error_queue{.error_queue = true};

}  // namespace

TEST_CASE(
    "connect and ICMP host unreachable: EHOSTUNREACH; the report stays to be read (connect_icmp_host_unreachable)") {
    SocketBench t;
    FileId const file = t.a.socket().value();
    CHECK(t.a.receive(file, 100, error_queue, t.now, t.out).error() == Errno::eagain);
    CHECK(t.a.connect(file, server_9998, t.now, t.out).error() == Errno::einprogress);
    icmp(t, wire::icmp_host);
    CHECK(t.woken_a == std::vector<FileId>{file});
    CHECK(mask(t.a.poll(file)) == "IN|OUT|ERR|HUP|RDHUP");
    CHECK(t.a.connect_result(file, t.now, t.out).error() == Errno::ehostunreach);
    CHECK(mask(t.a.poll(file)) == "OUT|ERR|HUP");
    CHECK(t.so_error(file) == Errno::none);
    Result<Received> const told = t.a.receive(file, 100, error_queue, t.now, t.out);
    REQUIRE(told.ok());
    REQUIRE(told.value().report);
    CHECK(told.value().report->error == Errno::ehostunreach);
    CHECK(told.value().report->code == wire::icmp_host);
    CHECK(told.value().report->offender == router);
    CHECK(told.value().from == server_9998);
    CHECK(told.value().length == 8);
    CHECK(mask(t.a.poll(file)) == "OUT|HUP");
    CHECK(t.a.receive(file, 100, error_queue, t.now, t.out).error() == Errno::eagain);
}

TEST_CASE("a report that nobody has read is there when the socket has connected at last") {
    SocketBench t;
    FileId const file = t.a.socket().value();
    CHECK(t.a.connect(file, server_9998, t.now, t.out).error() == Errno::einprogress);
    icmp(t, wire::icmp_host);
    CHECK(t.a.connect_result(file, t.now, t.out).error() == Errno::ehostunreach);
    t.listener();
    CHECK(t.connect(file) == Errno::einprogress);
    CHECK(t.a.connect_result(file, t.now, t.out).ok());
    CHECK(mask(t.a.poll(file)) == "OUT|ERR");
    CHECK(t.a.receive(file, 100, error_queue, t.now, t.out).ok());
    CHECK(mask(t.a.poll(file)) == "OUT");
}

TEST_CASE("MSG_ERRQUEUE before SO_ERROR: with the last report the pending error is gone (Linux sock_dequeue_err_skb)") {
    SocketBench t;
    FileId const file = t.a.socket().value();
    CHECK(t.a.connect(file, server_9998, t.now, t.out).error() == Errno::einprogress);
    icmp(t, wire::icmp_port);
    CHECK(t.a.receive(file, 100, error_queue, t.now, t.out).value().report->error == Errno::econnrefused);
    CHECK(t.so_error(file) == Errno::none);
}

TEST_CASE(
    "IP_RECVERR [MUST-47][SHLD-20]: asked for, an error on the way is told at once, once, and ends nothing "
    "(icmp_unreachable_recverr)") {
    for (bool const asked : {false, true}) {
        CAPTURE(asked);
        SocketBench t;
        Ends const e = two_ends(t);
        CHECK(t.a.setsockopt(e.client, Option::ip_recverr, asked ? 1 : 0, t.now, t.out).ok());
        CHECK(t.a.getsockopt(e.client, Option::ip_recverr).value() == (asked ? 1 : 0));
        CHECK(t.a.write(e.client, Payload::text("hello"), t.now, t.out).ok());
        icmp(t, wire::icmp_host);
        CHECK(mask(t.a.poll(e.client)) == (asked ? "OUT|ERR" : "OUT"));
        CHECK(t.a.read(e.client, 10, t.now, t.out).error() == (asked ? Errno::ehostunreach : Errno::eagain));
        CHECK(t.a.read(e.client, 10, t.now, t.out).error() == Errno::eagain);
        CHECK(mask(t.a.poll(e.client)) == "OUT");
        CHECK(t.a.write(e.client, Payload::text("hello"), t.now, t.out).value() == 5);
        CHECK(t.a.connection(e.client)->state() == tcp::State::established);
    }
}

TEST_CASE("TCP_RTO_MAX_MS: no timeout is longer (tcp(7), Linux 6.15)") {
    for (std::int64_t const most_ms : {1000, 120'000}) {
        CAPTURE(most_ms);
        SocketBench t;
        Ends const e = two_ends(t);
        CHECK(t.a.setsockopt(e.client, Option::tcp_rto_max_ms, most_ms, t.now, t.out).ok());
        t.cut = true;
        CHECK(t.write(e.client, 5).ok());
        host::ConnectionId const id = t.host_a.connections().at(0);
        Duration longest{0};
        for (int i = 0; i < 6; ++i) {
            Instant const due = t.host_a.find(id)->next_deadline();
            longest = std::max(longest, due - t.now);
            t.now = due;
            t.host_a.timers_expire(id, t.now, t.out);
        }
        CHECK((longest == 1000ms) == (most_ms == 1000));
        CHECK(longest >= 1000ms);
    }
}

TEST_CASE(
    "SO_ERROR of a connection that goes on: what ICMP says of the way, once (Linux sk_err_soft); 4.4BSD keeps it") {
    for (bool const linux_like : {true, false}) {
        SocketBench t;
        t.profile.sockets.soft_error_told.value = linux_like;
        t.listener();
        FileId const file = t.connected();
        t.cut = true;
        CHECK(t.a.write(file, Payload::text("x"), t.now, t.out).ok());
        icmp(t, wire::icmp_host);
        CHECK(mask(t.a.poll(file)) == "OUT");
        CHECK(t.read(file).error() == Errno::eagain);
        CHECK(t.so_error(file) == (linux_like ? Errno::ehostunreach : Errno::none));
        CHECK(t.so_error(file) == Errno::none);
        CHECK(t.a.connection(file)->soft_error() == (linux_like ? Errno::none : Errno::ehostunreach));
    }
}
