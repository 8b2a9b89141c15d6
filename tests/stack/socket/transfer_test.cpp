// recv() and send() with their flags, and ioctl(): recv(2), send(2), tcp(7).
#include "tests/support/socket_bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::socket;
using namespace tcpsim::test;
using wire::Flags;

namespace {

Result<Received> receive(SocketBench& t, FileId file, std::uint64_t at_most, ReceiveFlags flags) {
    Result<Received> result = t.a.receive(file, at_most, flags, t.now, t.out);
    t.settle();
    return result;
}

}  // namespace

TEST_CASE("recv, MSG_PEEK: the same text again, at most what is asked for; the end and errors as without") {
    SocketBench t;
    Ends const e = two_ends(t);
    CHECK(receive(t, e.client, 10, {.peek = true}).error() == Errno::eagain);
    t.write_b(e.server, 300);
    for (int i = 0; i < 2; ++i) {
        Result<Received> const seen = receive(t, e.client, 100, {.peek = true});
        REQUIRE(seen.ok());
        CHECK(seen.value().length == 100);
        CHECK(seen.value().data == Payload::pattern(1, 0, 100));
    }
    CHECK(receive(t, e.client, 1000, {.peek = true}).value().data == Payload::pattern(1, 0, 300));
    CHECK(t.read(e.client, 200).value().size() == 200);
    CHECK(receive(t, e.client, 1000, {.peek = true}).value().data == Payload::pattern(1, 200, 100));
    CHECK(t.read(e.client).value() == Payload::pattern(1, 200, 100));
    CHECK(t.write(e.client, 1).ok());
    t.close_b(e.server);  // unread: RST
    CHECK(receive(t, e.client, 10, {.peek = true}).error() == Errno::econnreset);
    CHECK(receive(t, e.client, 10, {.peek = true}) == Result<Received>{Received{}});
}

TEST_CASE("recv, MSG_TRUNC: what was asked for is thrown away and counted (tcp(7))") {
    SocketBench t;
    Ends const e = two_ends(t);
    t.write_b(e.server, 300);
    Result<Received> const thrown = receive(t, e.client, 120, {.truncate = true});
    REQUIRE(thrown.ok());
    CHECK(thrown.value().length == 120);
    CHECK(thrown.value().data.empty());
    Result<Received> const both = receive(t, e.client, 30, {.peek = true, .truncate = true});
    CHECK(both.value().length == 30);
    CHECK(t.read(e.client).value() == Payload::pattern(1, 120, 180));
}

TEST_CASE("recv of no bytes: EAGAIN when there is nothing, unlike read (Linux sock_read_iter)") {
    SocketBench t;
    Ends const e = two_ends(t);
    CHECK(receive(t, e.client, 0, {}).error() == Errno::eagain);
    CHECK(t.read(e.client, 0) == Result<Payload>{Payload{}});
    t.write_b(e.server, 3);
    CHECK(receive(t, e.client, 0, {}) == Result<Received>{Received{}});
    CHECK(t.read(e.client).value().size() == 3);
}

TEST_CASE("recv, MSG_WAITALL: everything is waited for, without it the first byte") {
    SocketBench t;
    Ends const e = two_ends(t);
    CHECK(t.a.receive_target(e.client, 500, {}) == 1);
    CHECK(t.a.receive_target(e.client, 500, {.wait_all = true}) == 500);
    CHECK(t.a.receive_target(e.client, 0, {.wait_all = true}) == 1);
}

TEST_CASE("send, MSG_MORE: what is not full waits as under a cork, a full segment goes, a send without it releases") {
    SocketBench t;
    Ends const e = two_ends(t);
    auto const send = [&](std::uint64_t bytes, SendFlags flags) {
        CHECK(t.a.send(e.client, Payload::pattern(1, 0, bytes), flags, t.now, t.out).value() == bytes);
        std::vector<std::uint64_t> lengths;
        for (host::Outgoing const& frame : t.out.frames) {
            lengths.push_back(tcp_in(frame).payload.size());
        }
        t.out.clear();  // no ACK comes: it would let go what waits, as no cork is set
        return lengths;
    };
    constexpr std::uint64_t mss = 1448;
    CHECK(send(100, {.more = true}).empty());
    CHECK(t.a.ioctl(e.client, Inquiry::siocoutq).value() == 100);
    CHECK(t.a.ioctl(e.client, Inquiry::siocoutqnsd).value() == 100);
    CHECK(send(mss, {.more = true}) == std::vector<std::uint64_t>{mss});
    CHECK(t.a.ioctl(e.client, Inquiry::siocoutqnsd).value() == 100);
    CHECK(send(50, {}) == std::vector<std::uint64_t>{150});
    CHECK(t.a.ioctl(e.client, Inquiry::siocoutqnsd).value() == 0);
    CHECK(t.a.getsockopt(e.client, Option::tcp_cork).value() == 0);
}

TEST_CASE("ioctl: FIONREAD counts unread bytes, SIOCOUTQ those not acknowledged; a listener EINVAL (tcp(7))") {
    SocketBench t;
    Ends const e = two_ends(t);
    t.write_b(e.server, 300);
    CHECK(t.a.ioctl(e.client, Inquiry::fionread).value() == 300);
    CHECK(t.read(e.client, 100).ok());
    CHECK(t.a.ioctl(e.client, Inquiry::fionread).value() == 200);
    t.cut = true;
    CHECK(t.write(e.client, 70).ok());
    CHECK(t.a.ioctl(e.client, Inquiry::siocoutq).value() == 70);
    CHECK(t.a.ioctl(e.client, Inquiry::siocoutqnsd).value() == 0);
    for (Inquiry const what : {Inquiry::fionread, Inquiry::siocoutq, Inquiry::siocoutqnsd}) {
        CHECK(t.b.ioctl(e.listening, what).error() == Errno::einval);
        CHECK(t.a.ioctl(t.a.socket().value(), what).value() == 0);
        CHECK(t.a.ioctl(FileId{99}, what).error() == Errno::ebadf);
    }
}

TEST_CASE("fcntl, O_NONBLOCK: belongs to the open file, not to what accept() returns (accept(2), Linux)") {
    SocketBench t;
    FileId const listening = t.listener();
    CHECK_FALSE(t.b.nonblocking(listening));
    CHECK(t.b.set_nonblocking(listening, true).ok());
    CHECK(t.b.nonblocking(listening));
    t.connected();
    FileId const accepted = t.b.accept(listening).value();
    CHECK_FALSE(t.b.nonblocking(accepted));
    CHECK(t.b.set_nonblocking(listening, false).ok());
    CHECK_FALSE(t.b.nonblocking(listening));
    CHECK(t.b.set_nonblocking(FileId{99}, true).error() == Errno::ebadf);
    CHECK_FALSE(t.b.nonblocking(FileId{99}));
}
