// Opening fast: MSG_FASTOPEN, TCP_FASTOPEN and TCP_FASTOPEN_CONNECT: tcp(7), RFC 7413.
#include "tests/support/socket_bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::socket;
using namespace tcpsim::test;

TEST_CASE("sendto, MSG_FASTOPEN: without a cookie EINPROGRESS, with one the text goes in the SYN (RFC 7413, tcp(7))") {
    SocketBench t;
    t.profile.fast_open.mode.value = 1 | 2;
    FileId const listening = t.b.socket().value();
    CHECK(t.b.setsockopt(listening, Option::tcp_fastopen, 5, t.now, t.out).ok());
    REQUIRE(t.b.bind(listening, {{}, 9998}).ok());
    REQUIRE(t.b.listen(listening, 5).ok());
    auto const open = [&](FileId file) {
        Result<std::uint64_t> const sent =
            t.a.send(file, Payload::text("hello"), {.fast_open = true}, t.now, t.out, server_9998);
        t.settle();
        return sent;
    };
    FileId const first = t.a.socket().value();
    CHECK(open(first).error() == Errno::einprogress);
    CHECK(t.a.connect_result(first, t.now, t.out).ok());
    CHECK(t.b.read(t.b.accept(listening).value(), 10, t.now, t.out).error() == Errno::eagain);
    CHECK(open(first).error() == Errno::eisconn);
    CHECK(t.a.write(first, Payload::text("hello"), t.now, t.out).value() == 5);
    t.settle();
    FileId const second = t.a.socket().value();
    CHECK(open(second).value() == 5);
    CHECK(t.b.read(t.b.accept(listening).value(), 10, t.now, t.out).value() == Payload::text("hello"));
    FileId const third = t.a.socket().value();
    CHECK(t.a.send(third, Payload::text("x"), {.fast_open = true}, t.now, t.out).error() == Errno::einval);
    t.profile.fast_open.mode.value = 2;
    CHECK(open(third).error() == Errno::eopnotsupp);
}

TEST_CASE(
    "TCP_FASTOPEN_CONNECT: connect() as usual without a cookie; with one it succeeds, and the first text connects") {
    SocketBench t;
    t.profile.fast_open.mode.value = 1 | 2;
    FileId const listening = t.b.socket().value();
    CHECK(t.b.setsockopt(listening, Option::tcp_fastopen, 5, t.now, t.out).ok());
    REQUIRE(t.b.bind(listening, {{}, 9998}).ok());
    REQUIRE(t.b.listen(listening, 5).ok());
    FileId const first = t.a.socket().value();
    CHECK(t.a.setsockopt(first, Option::tcp_fastopen_connect, 1, t.now, t.out).ok());
    CHECK(t.connect(first) == Errno::einprogress);  // the SYN asks for a cookie
    CHECK(t.a.connect_result(first, t.now, t.out).ok());
    CHECK(t.b.accept(listening).ok());
    FileId const second = t.a.socket().value();
    CHECK(t.a.setsockopt(second, Option::tcp_fastopen_connect, 1, t.now, t.out).ok());
    CHECK(t.a.connect(second, server_9998, t.now, t.out).ok());
    CHECK(t.out.frames.empty());
    CHECK(mask(t.a.poll(second)) == "OUT");
    CHECK(t.a.connect(second, server_9998, t.now, t.out).error() == Errno::eisconn);
    CHECK(t.a.write(second, Payload::text("hello"), t.now, t.out).value() == 5);
    REQUIRE(t.out.frames.size() == 1);
    CHECK(tcp_in(t.out.frames[0]).flags.has(wire::Flags::syn));
    CHECK(tcp_in(t.out.frames[0]).payload == Payload::text("hello"));
    t.settle();
    CHECK(t.b.read(t.b.accept(listening).value(), 10, t.now, t.out).value() == Payload::text("hello"));
    t.profile.fast_open.mode.value = 2;
    FileId const third = t.a.socket().value();
    CHECK(t.a.setsockopt(third, Option::tcp_fastopen_connect, 1, t.now, t.out).error() == Errno::eopnotsupp);
    CHECK(t.a.setsockopt(third, Option::tcp_fastopen_connect, 2, t.now, t.out).error() == Errno::einval);
}
