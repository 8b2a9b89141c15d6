// tcp(7), TCP_DEFER_ACCEPT: "Allow a listener to be awakened only when data arrives on the socket."
#include "tests/support/socket_bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::socket;
using namespace tcpsim::test;
using namespace std::chrono_literals;

namespace {

struct Deferring : SocketBench {
    FileId listening = listener();
    explicit Deferring(std::int64_t seconds) {
        REQUIRE(b.setsockopt(listening, Option::tcp_defer_accept, seconds, now, out).ok());
        out.clear();
    }
    /// The listener's host runs the SYN,ACK's timer when it is due; how many segments leave.
    std::size_t expire() {
        host::ConnectionId const request = host_b.connections().at(0);
        now = host_b.next_deadline(request);
        out.clear();
        host_b.timers_expire(request, now, out);
        std::size_t const sent = out.frames.size();
        settle_from_b();
        return sent;
    }
};

}  // namespace

TEST_CASE("TCP_DEFER_ACCEPT is told as the doubling timeouts that cover it: 1, 3, 7, 15 s (Linux secs_to_retrans)") {
    SocketBench t;
    FileId const file = t.a.socket().value();
    auto const told = [&](std::int64_t seconds) {
        REQUIRE(t.a.setsockopt(file, Option::tcp_defer_accept, seconds, t.now, t.out).ok());
        return t.a.getsockopt(file, Option::tcp_defer_accept).value();
    };
    CHECK(told(0) == 0);
    CHECK(told(-1) == 0);
    CHECK(told(1) == 1);
    CHECK(told(2) == 3);
    CHECK(told(3) == 3);
    CHECK(told(4) == 7);
    CHECK(told(127) == 127);
    CHECK(told(128) == 127 + 120);
    CHECK(told(127 + 120) == 127 + 120);
    CHECK(told(127 + 121) == 127 + 240);
}

TEST_CASE("TCP_DEFER_ACCEPT: a bare ACK wakes nobody, the first text does") {
    Deferring t{5};
    FileId const client = t.connected();
    CHECK(t.b.accept(t.listening).error() == Errno::eagain);
    CHECK(!t.b.poll(t.listening).in);
    REQUIRE(t.write(client, 10).ok());
    CHECK(t.b.poll(t.listening).in);
    Result<FileId> const server = t.b.accept(t.listening);
    REQUIRE(server.ok());
    CHECK(t.b.read(server.value(), 100, t.now, t.out).value().size() == 10);
}

TEST_CASE("TCP_DEFER_ACCEPT 0: the handshake is over with its ACK") {
    Deferring t{0};
    t.connected();
    CHECK(t.b.accept(t.listening).ok());
}

TEST_CASE("TCP_DEFER_ACCEPT: what closes without text comes with its FIN") {
    Deferring t{5};
    FileId const client = t.connected();
    t.a.release(client, closing, t.now, t.out);
    t.settle();
    CHECK(t.b.accept(t.listening).ok());
}

TEST_CASE("TCP_DEFER_ACCEPT 5: the SYN,ACK's timer runs in silence, then repeats it, and the ACK of that is enough") {
    // Linux syn_ack_recalc: three timeouts cover 5 s; resent from the third on.
    Deferring t{5};
    t.connected();
    CHECK(t.expire() == 0);
    CHECK(t.expire() == 0);
    CHECK(t.b.accept(t.listening).error() == Errno::eagain);
    CHECK(t.expire() == 1);
    CHECK(t.b.accept(t.listening).ok());
}

TEST_CASE("TCP_DEFER_ACCEPT does not spare a SYN,ACK that nobody acknowledged") {
    Deferring t{5};
    FileId const client = t.a.socket().value();
    REQUIRE(t.a.connect(client, server_9998, t.now, t.out).error() == Errno::einprogress);
    host::Output answer;
    t.host_b.frame_arrives(0, t.out.frames.at(0).frame, t.now, answer);
    t.cut = true;
    CHECK(t.expire() == 1);
    CHECK(t.expire() == 1);
}

TEST_CASE("TCP_DEFER_ACCEPT longer than the repetitions: the request lives until it is over") {
    Deferring t{100};  // seven timeouts, where tcp_synack_retries has five
    FileId const client = t.connected();
    for (int i = 0; i < 6; ++i) {
        CHECK(t.expire() == 0);
    }
    REQUIRE(t.host_b.connections().size() == 1);
    REQUIRE(t.write(client, 10).ok());
    CHECK(t.b.accept(t.listening).ok());
}
