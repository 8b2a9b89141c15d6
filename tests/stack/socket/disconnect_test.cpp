// connect(2) to AF_UNSPEC, and what else of a socket outlives its connection.
#include "tests/support/socket_bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::socket;
using namespace tcpsim::test;

namespace {

constexpr wire::Endpoint server_53{address_b, 53};

/// Without a peer any more.
Errno disconnect(SocketBench& t, FileId file) {
    Errno const error = t.a.disconnect(file, t.now, t.out).error();
    t.settle();
    return error;
}
wire::Endpoint named(SocketBench& t, FileId file) { return t.a.getsockname(file).value(); }

}  // namespace

TEST_CASE("connect(2) to AF_UNSPEC: the peer has a RST, text is lost, ECONNRESET is told once; then it may connect") {
    SocketBench t;
    Ends const e = two_ends(t);
    t.write_b(e.server, 5);
    std::uint16_t const port = named(t, e.client).port;
    CHECK(disconnect(t, e.client) == Errno::none);
    CHECK(t.b.read(e.server, 1, t.now, t.out).error() == Errno::econnreset);
    CHECK(t.so_error(e.client) == Errno::econnreset);
    CHECK(t.read(e.client).error() == Errno::enotconn);
    CHECK(t.a.getpeername(e.client).error() == Errno::enotconn);
    CHECK(named(t, e.client) == wire::Endpoint{{}, port});  // Linux: inet_sport stays, though nobody has the port
    CHECK(t.a.bind(t.a.socket().value(), {{}, port}).ok());
    CHECK(t.connect(e.client) == Errno::einprogress);
    CHECK(t.a.connect_result(e.client, t.now, t.out).ok());
    CHECK(named(t, e.client).port != port);
}

TEST_CASE("connect(2) to AF_UNSPEC: what bind() chose stays, and so do options") {
    SocketBench t;
    t.listener();
    FileId const file = t.a.socket().value();
    CHECK(t.a.bind(file, {{}, 5000}).ok());
    CHECK(t.connect(file) == Errno::einprogress);
    CHECK(t.a.connect_result(file, t.now, t.out).ok());
    CHECK(named(t, file) == wire::Endpoint{address_a, 5000});
    CHECK(t.a.setsockopt(file, Option::tcp_keepcnt, 3, t.now, t.out).ok());
    CHECK(t.a.setsockopt(file, Option::so_rcvbuf, 10'000, t.now, t.out).ok());
    CHECK(disconnect(t, file) == Errno::none);
    CHECK(named(t, file) == wire::Endpoint{{}, 5000});
    CHECK(t.a.bind(file, {{}, 5001}).error() == Errno::einval);
    CHECK(t.a.getsockopt(file, Option::tcp_keepcnt).value() == 3);
    CHECK(t.a.getsockopt(file, Option::so_rcvbuf).value() == 20'000);
    CHECK(t.a.bind(t.a.socket().value(), {{}, 5000}).error() == Errno::eaddrinuse);
}

TEST_CASE("connect(2) to AF_UNSPEC ends a listener, and what waits there") {
    SocketBench t;
    FileId const listening = t.listener();
    FileId const client = t.connected();
    CHECK(t.b.disconnect(listening, t.now, t.out).ok());
    t.settle_from_b();
    CHECK(t.read(client).error() == Errno::econnreset);
    CHECK(t.b.accept(listening).error() == Errno::einval);
    CHECK(t.b.listen(listening, 1).ok());
}

TEST_CASE(
    "connect(2) to AF_UNSPEC of both ways shut: no error, no RST, unless the FIN is not out (Linux tcp_disconnect)") {
    for (bool const out : {true, false}) {
        SocketBench t;
        Ends const e = two_ends(t);
        CHECK(t.b.shutdown(e.server, ShutdownHow::write, t.now, t.out).ok());
        t.settle_from_b();
        if (!out) {  // more than one window of text before the FIN
            CHECK(t.a.write(e.client, Payload::pattern(1, 0, 40'000), t.now, t.out).ok());
        }
        CHECK(t.a.shutdown(e.client, ShutdownHow::write, t.now, t.out).ok());
        t.out.clear();
        CHECK(t.a.disconnect(e.client, t.now, t.out).ok());
        CHECK(t.out.frames.size() == (out ? 0 : 1));
        CHECK(t.so_error(e.client) == (out ? Errno::none : Errno::econnreset));
    }
}

TEST_CASE(
    "connect(2) to AF_UNSPEC on UDP: nobody in particular any more; of the name what bind() chose (__udp_disconnect)") {
    SocketBench t;
    FileId const fresh = t.a.socket(SocketType::datagram).value();
    FileId const on_address = t.a.socket(SocketType::datagram).value();
    FileId const on_port = t.a.socket(SocketType::datagram).value();
    CHECK(t.a.bind(on_address, {address_a, 0}).ok());
    CHECK(t.a.bind(on_port, {{}, 5000}).ok());
    for (FileId const file : {fresh, on_address, on_port}) {
        CHECK(t.a.connect(file, server_53, t.now, t.out).ok());
        CHECK(named(t, file).address == address_a);
        CHECK(disconnect(t, file) == Errno::none);
        CHECK(t.a.getpeername(file).error() == Errno::enotconn);
        CHECK(t.a.write(file, Payload::text("x"), t.now, t.out).error() == Errno::edestaddrreq);
    }
    CHECK(named(t, fresh) == wire::Endpoint{});
    CHECK(named(t, on_address) == wire::Endpoint{address_a, 0});
    CHECK(named(t, on_port) == wire::Endpoint{{}, 5000});
    CHECK(t.a.send(on_address, Payload::text("x"), {}, t.now, t.out, server_53).ok());
    CHECK(named(t, on_address).address == address_a);
    CHECK(named(t, on_address).port != 0);
}

TEST_CASE("connect(2) to AF_UNSPEC: EBADF, ENOTSOCK") {
    SocketBench t;
    CHECK(t.a.disconnect(FileId{77}, t.now, t.out).error() == Errno::ebadf);
    CHECK(t.a.disconnect(t.a.epoll_create(), t.now, t.out).error() == Errno::enotsock);
}

TEST_CASE("connect(2), sendto(2): EINVAL from 127.0.0.1 to elsewhere; EACCES of UDP to a broadcast address") {
    SocketBench t;
    FileId const tcp = t.a.socket().value();
    FileId const udp = t.a.socket(SocketType::datagram).value();
    FileId const open = t.a.socket(SocketType::datagram).value();
    CHECK(t.a.bind(tcp, {loopback, 0}).ok());
    CHECK(t.a.bind(udp, {loopback, 0}).ok());
    CHECK(t.a.connect(tcp, server_9998, t.now, t.out).error() == Errno::einval);
    CHECK(t.a.connect(udp, server_53, t.now, t.out).error() == Errno::einval);
    CHECK(t.a.send(udp, Payload::text("x"), {}, t.now, t.out, server_53).error() == Errno::einval);
    wire::Endpoint const everybody{{0x0a0100ff}, 53};
    wire::Endpoint const group{{0xe0000001}, 53};
    CHECK(t.a.connect(open, everybody, t.now, t.out).error() == Errno::eacces);
    CHECK(t.a.send(open, Payload::text("x"), {}, t.now, t.out, everybody).error() == Errno::eacces);
    CHECK(t.a.connect(open, group, t.now, t.out).error() == Errno::enetunreach);
    CHECK(t.a.connect(t.a.socket().value(), everybody, t.now, t.out).error() == Errno::enetunreach);
}

TEST_CASE("ioctl(2), SIOCOUTQ of a connection that is over: what the peer never acknowledged (Linux tcp_ioctl)") {
    SocketBench t;
    Ends const e = two_ends(t);
    CHECK(t.write(e.client, 100).ok());
    t.cut = true;
    CHECK(t.write(e.client, 7).ok());
    CHECK(t.a.ioctl(e.client, Inquiry::siocoutq).value() == 7);
    t.cut = false;
    CHECK(t.b.setsockopt(e.server, Option::so_linger, 0, t.now, t.out).ok());
    t.close_b(e.server);
    CHECK(t.so_error(e.client) == Errno::econnreset);
    CHECK(t.a.ioctl(e.client, Inquiry::siocoutq).value() == 7);
    CHECK(t.a.ioctl(e.client, Inquiry::siocoutqnsd).value() == 0);
}

TEST_CASE("SO_RCVLOWAT larger than the window: the buffer grows for it, unless SO_RCVBUF fixed it (tcp_set_rcvlowat)") {
    SocketBench t;
    Ends const e = two_ends(t);
    for (FileId const file : {e.client, t.a.socket().value()}) {
        auto const set = [&](Option option, std::int64_t value) {
            return t.a.setsockopt(file, option, value, t.now, t.out).ok();
        };
        auto const get = [&](Option option) { return t.a.getsockopt(file, option).value(); };
        CHECK(set(Option::so_rcvlowat, 65'536));
        CHECK(get(Option::so_rcvbuf) == 131'072);
        CHECK(set(Option::so_rcvlowat, 100'000));
        CHECK(get(Option::so_rcvbuf) == 200'000);
        CHECK(set(Option::so_rcvbuf, 10'000));
        CHECK(set(Option::so_rcvlowat, 10'001));
        CHECK(get(Option::so_rcvlowat) == 10'000);
        CHECK(get(Option::so_rcvbuf) == 20'000);
    }
    FileId const before = t.a.socket().value();
    CHECK(t.a.setsockopt(before, Option::so_rcvlowat, 200'000, t.now, t.out).ok());
    CHECK(t.connect(before) == Errno::einprogress);
    CHECK(t.a.getsockopt(before, Option::so_rcvbuf).value() == 400'000);
    CHECK(t.a.getsockopt(before, Option::tcp_window_clamp).value() == 198'552);  // as measured
    CHECK(t.a.getsockopt(e.client, Option::tcp_window_clamp).value() == 100'000);
}
