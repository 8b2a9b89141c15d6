// What recvmsg() tells besides the data, and where MSG_PEEK begins: tcp(7) TCP_INQ, socket(7) SO_PEEK_OFF, ip(7) IP_TTL.
#include "tests/support/socket_bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::socket;
using namespace tcpsim::test;

namespace {

struct Reader : SocketBench {
    Ends e = two_ends(*this);
    Errno set(Option option, std::int64_t value) { return a.setsockopt(e.client, option, value, now, out).error(); }
    std::int64_t get(Option option) { return a.getsockopt(e.client, option).value(); }
    Result<Received> receive(std::uint64_t at_most, ReceiveFlags flags = {}) {
        Result<Received> got = a.receive(e.client, at_most, flags, now, out);
        settle();
        return got;
    }
    Payload peek(std::uint64_t at_most) { return receive(at_most, {.peek = true}).value().data; }
};

Payload text(std::uint64_t from, std::uint64_t length) { return Payload::pattern(1, from, length); }

}  // namespace

TEST_CASE("TCP_INQ: 0 or 1, EINVAL otherwise; without it nothing is told") {
    Reader t;
    CHECK(t.get(Option::tcp_inq) == 0);
    CHECK(t.set(Option::tcp_inq, 2) == Errno::einval);
    CHECK(t.set(Option::tcp_inq, -1) == Errno::einval);
    t.write_b(t.e.server, 100);
    CHECK(!t.receive(10).value().unread);
    CHECK(t.set(Option::tcp_inq, 1) == Errno::none);
    CHECK(t.get(Option::tcp_inq) == 1);
}

TEST_CASE("TCP_INQ: what is left to read; after the FIN one more, so that the end is read, too") {
    Reader t;
    REQUIRE(t.set(Option::tcp_inq, 1) == Errno::none);
    t.write_b(t.e.server, 100);
    CHECK(t.receive(30).value().unread == 70U);
    CHECK(t.receive(70).value().unread == 0U);
    t.write_b(t.e.server, 50);
    t.close_b(t.e.server);
    CHECK(t.receive(20).value().unread == 31U);
    CHECK(t.receive(30).value().unread == 1U);
    Result<Received> const end = t.receive(30);
    CHECK(end.value().length == 0);
    CHECK(end.value().unread == 1U);
}

TEST_CASE("SO_PEEK_OFF is off at first: each look begins at the first unread byte") {
    Reader t;
    CHECK(t.get(Option::so_peek_off) == -1);
    t.write_b(t.e.server, 100);
    CHECK(t.peek(10) == text(0, 10));
    CHECK(t.peek(10) == text(0, 10));
}

TEST_CASE("SO_PEEK_OFF: a look goes on where the last ended, reading takes the offset back") {
    Reader t;
    REQUIRE(t.set(Option::so_peek_off, 0) == Errno::none);
    t.write_b(t.e.server, 100);
    CHECK(t.peek(10) == text(0, 10));
    CHECK(t.get(Option::so_peek_off) == 10);
    CHECK(t.peek(20) == text(10, 20));
    CHECK(t.get(Option::so_peek_off) == 30);
    CHECK(t.receive(5).value().data == text(0, 5));
    CHECK(t.get(Option::so_peek_off) == 25);
    CHECK(t.peek(10) == text(30, 10));
    CHECK(t.receive(60).value().data == text(5, 60));
    CHECK(t.get(Option::so_peek_off) == 0);
    CHECK(t.peek(10) == text(65, 10));
}

TEST_CASE("SO_PEEK_OFF: beyond what came there is nothing yet, and after the end nothing more") {
    Reader t;
    REQUIRE(t.set(Option::so_peek_off, 100) == Errno::none);
    t.write_b(t.e.server, 100);
    CHECK(t.receive(10, {.peek = true}).error() == Errno::eagain);
    t.write_b(t.e.server, 1);
    CHECK(t.peek(10).size() == 1);
    t.close_b(t.e.server);
    CHECK(t.receive(10, {.peek = true}).value().length == 0);
}

TEST_CASE("IP_TTL: of every packet of the connection; -1 is the system's, 0 and 256 are EINVAL") {
    Reader t;
    CHECK(t.get(Option::ip_ttl) == 64);
    CHECK(t.set(Option::ip_ttl, 0) == Errno::einval);
    CHECK(t.set(Option::ip_ttl, 256) == Errno::einval);
    CHECK(t.set(Option::ip_ttl, -2) == Errno::einval);
    auto const sent_ttl = [&] {
        t.out.clear();
        REQUIRE(t.a.write(t.e.client, text(0, 1), t.now, t.out).ok());
        int const ttl = std::get<wire::Ipv4Packet>(t.out.frames.at(0).frame.body).header.ttl;
        t.settle();
        return ttl;
    };
    CHECK(sent_ttl() == 64);
    for (int const ttl : {1, 255}) {
        CHECK(t.set(Option::ip_ttl, ttl) == Errno::none);
        CHECK(t.get(Option::ip_ttl) == ttl);
        CHECK(sent_ttl() == ttl);
    }
    CHECK(t.set(Option::ip_ttl, -1) == Errno::none);
    CHECK(sent_ttl() == 64);
}

TEST_CASE("IP_TTL of a UDP socket") {
    SocketBench t;
    FileId const udp = t.a.socket(SocketType::datagram).value();
    CHECK(t.a.getsockopt(udp, Option::ip_ttl).value() == 64);
    CHECK(t.a.setsockopt(udp, Option::ip_ttl, 256, t.now, t.out).error() == Errno::einval);
    REQUIRE(t.a.setsockopt(udp, Option::ip_ttl, 3, t.now, t.out).ok());
    CHECK(t.a.getsockopt(udp, Option::ip_ttl).value() == 3);
    REQUIRE(t.a.send(udp, text(0, 1), {}, t.now, t.out, server_9998).ok());
    CHECK(std::get<wire::Ipv4Packet>(t.out.frames.at(0).frame.body).header.ttl == 3);
}

TEST_CASE("SO_MARK is kept") {
    Reader t;
    CHECK(t.get(Option::so_mark) == 0);
    CHECK(t.set(Option::so_mark, 666) == Errno::none);
    CHECK(t.get(Option::so_mark) == 666);
}
