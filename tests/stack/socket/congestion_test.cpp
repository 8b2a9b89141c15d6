// tcp(7), TCP_CONGESTION.
#include "tests/support/socket_bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::socket;
using namespace tcpsim::test;

TEST_CASE("TCP_CONGESTION: a fresh socket has the system's, and takes any of the three; ENOENT for another") {
    SocketBench t;
    FileId const file = t.a.socket().value();
    CHECK(t.a.congestion(file).value() == "cubic");
    for (std::string_view const name : {"reno", "dctcp", "cubic"}) {
        CHECK(t.a.set_congestion(file, name, t.now, t.out).ok());
        CHECK(t.a.congestion(file).value() == name);
    }
    CHECK(t.a.set_congestion(file, "bbr", t.now, t.out).error() == Errno::enoent);
    CHECK(t.a.set_congestion(file, "", t.now, t.out).error() == Errno::enoent);
    CHECK(t.a.congestion(file).value() == "cubic");
}

TEST_CASE("TCP_CONGESTION: no socket EBADF, UDP ENOPROTOOPT and EOPNOTSUPP, epoll ENOTSOCK") {
    SocketBench t;
    CHECK(t.a.set_congestion(FileId{99}, "reno", t.now, t.out).error() == Errno::ebadf);
    CHECK(t.a.congestion(FileId{99}).error() == Errno::ebadf);
    FileId const udp = t.a.socket(SocketType::datagram).value();
    CHECK(t.a.set_congestion(udp, "reno", t.now, t.out).error() == Errno::enoprotoopt);
    CHECK(t.a.congestion(udp).error() == Errno::eopnotsupp);
    CHECK(t.a.congestion(t.a.epoll_create()).error() == Errno::enotsock);
}

TEST_CASE("TCP_CONGESTION: what was chosen before connect() and listen() is the connection's, on either side") {
    SocketBench t;
    FileId const listening = t.listener();
    REQUIRE(t.b.set_congestion(listening, "reno", t.now, t.out).ok());
    CHECK(t.b.congestion(listening).value() == "reno");
    FileId const client = t.a.socket().value();
    REQUIRE(t.a.set_congestion(client, "reno", t.now, t.out).ok());
    REQUIRE(t.connect(client) == Errno::einprogress);
    FileId const server = t.b.accept(listening).value();
    CHECK(t.a.congestion(client).value() == "reno");
    CHECK(t.b.congestion(server).value() == "reno");
    CHECK(t.a.connection(client)->tcb().congestion.algorithm() == profile::CongestionAlgorithm::newreno);
}

TEST_CASE(
    "TCP_CONGESTION on a connection: the window stays, the algorithm is another (Linux "
    "tcp_reinit_congestion_control)") {
    SocketBench t;
    Ends const e = two_ends(t);
    REQUIRE(t.write(e.client, 5000).ok());
    std::uint32_t const window = t.a.connection(e.client)->tcb().congestion.cwnd();
    REQUIRE(t.a.set_congestion(e.client, "dctcp", t.now, t.out).ok());
    CHECK(t.a.congestion(e.client).value() == "dctcp");
    CHECK(t.a.connection(e.client)->tcb().congestion.cwnd() == window);
    REQUIRE(t.a.setsockopt(e.client, Option::tcp_nodelay, 1, t.now, t.out).ok());
    CHECK(t.a.congestion(e.client).value() == "dctcp");
}

TEST_CASE("RFC 8257 §3.1: whoever chooses dctcp asks for ECN in the SYN, others of the same host do not") {
    SocketBench t;
    t.cut = true;
    FileId const plain = t.a.socket().value();
    REQUIRE(t.a.connect(plain, server_9998, t.now, t.out).error() == Errno::einprogress);
    CHECK(!tcp_in(t.out.frames.at(0)).flags.has(wire::Flags::ece));
    t.out.clear();
    FileId const marked = t.a.socket().value();
    REQUIRE(t.a.set_congestion(marked, "dctcp", t.now, t.out).ok());
    REQUIRE(t.a.connect(marked, server_9998, t.now, t.out).error() == Errno::einprogress);
    CHECK(tcp_in(t.out.frames.at(0)).flags.has(wire::Flags::ece));
    CHECK(tcp_in(t.out.frames.at(0)).flags.has(wire::Flags::cwr));
}
