// What an edge-triggered epoll tells of a socket at each change, as measured on Linux 6.18 (EPOLLIN, EPOLLOUT, EPOLLRDHUP,
// EPOLLERR, EPOLLHUP and EPOLLPRI asked for).
#include "tests/support/socket_bench.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace tcpsim;
using namespace tcpsim::socket;
using namespace tcpsim::test;

namespace {

constexpr Readiness everything{true, true, true, true, true, true};

struct Watch {
    SocketBench bench{};
    FileId epoll{bench.a.epoll_create()};
    FileId file{};
    FileId peer{};

    void pair() {
        Ends const ends = two_ends(bench);
        file = ends.client;
        peer = ends.server;
    }
    std::string add(bool edge_triggered = true, Readiness events = everything) {
        CHECK(bench.a.epoll_add(epoll, {file, 5}, {.events = events, .edge_triggered = edge_triggered}).ok());
        return told();
    }
    /// What epoll_wait() gives now.
    std::string told() {
        auto const events = bench.a.epoll_ready(epoll, 8).value();
        return events.empty() ? "none" : mask(events.front().events);
    }
    /// After what a did: its own calls and their echo may wake.
    std::string after_own() {
        (void)bench.a.wakeups(bench.out);
        bench.settle();
        return told();
    }
    std::string after_peer() {
        bench.settle_from_b();
        return told();
    }
    void peer_writes(SendFlags flags = {}) {
        CHECK(bench.b.send(peer, Payload::text("hello"), flags, bench.now, bench.out).ok());
    }
    void reads(std::uint64_t at_most, ReceiveFlags flags = {}) {
        CHECK(bench.a.receive(file, at_most, flags, bench.now, bench.out).ok());
    }
    void shuts(ShutdownHow how) { CHECK(bench.a.shutdown(file, how, bench.now, bench.out).ok()); }
};

}  // namespace

TEST_CASE(
    "epoll, EPOLLET: EPOLLIN at each arrival, read or not; EPOLLRDHUP at the FIN, EPOLLHUP when both ways are shut") {
    Watch w;
    w.pair();
    CHECK(w.add() == "OUT");
    w.peer_writes();
    CHECK(w.after_peer() == "IN|OUT");
    CHECK(w.told() == "none");
    w.peer_writes();
    CHECK(w.after_peer() == "IN|OUT");
    w.reads(3);
    CHECK(w.after_own() == "none");
    w.peer_writes();
    CHECK(w.after_peer() == "IN|OUT");
    w.reads(99);
    CHECK(w.after_own() == "none");
    CHECK(w.bench.b.shutdown(w.peer, ShutdownHow::write, w.bench.now, w.bench.out).ok());
    CHECK(w.after_peer() == "IN|OUT|RDHUP");
    w.reads(1);
    CHECK(w.after_own() == "none");
    w.shuts(ShutdownHow::write);
    CHECK(w.after_own() == "IN|OUT|HUP|RDHUP");
}

TEST_CASE("epoll: a RST is EPOLLERR and EPOLLHUP with all else; SO_ERROR takes the EPOLLERR") {
    for (bool const edge_triggered : {true, false}) {
        Watch w;
        w.pair();
        CHECK(w.add(edge_triggered) == "OUT");
        CHECK(w.bench.b.setsockopt(w.peer, Option::so_linger, 0, w.bench.now, w.bench.out).ok());
        w.bench.b.release(w.peer, closing, w.bench.now, w.bench.out);
        CHECK(w.after_peer() == "IN|OUT|ERR|HUP|RDHUP");
        CHECK(w.told() == (edge_triggered ? "none" : "IN|OUT|ERR|HUP|RDHUP"));
        CHECK(w.bench.so_error(w.file) == Errno::econnreset);
        CHECK(w.told() == (edge_triggered ? "none" : "IN|OUT|HUP|RDHUP"));
    }
}

TEST_CASE("epoll, EPOLLET: the own shutdown() of reading, of writing, and what comes then") {
    Watch reading;
    reading.pair();
    CHECK(reading.add() == "OUT");
    reading.shuts(ShutdownHow::read);
    CHECK(reading.after_own() == "IN|OUT|RDHUP");
    reading.peer_writes();
    CHECK(reading.after_peer() == "IN|OUT|RDHUP");
    reading.shuts(ShutdownHow::write);
    CHECK(reading.after_own() == "IN|OUT|HUP|RDHUP");
    Watch writing;
    writing.pair();
    CHECK(writing.add() == "OUT");
    writing.shuts(ShutdownHow::write);
    CHECK(writing.after_own() == "OUT");
    CHECK(writing.bench.b.shutdown(writing.peer, ShutdownHow::write, writing.bench.now, writing.bench.out).ok());
    CHECK(writing.after_peer() == "IN|OUT|HUP|RDHUP");
}

TEST_CASE("epoll, EPOLLET: an urgent octet is EPOLLPRI, without EPOLLIN; taken, nothing is told") {
    Watch w;
    w.pair();
    CHECK(w.add() == "OUT");
    CHECK(w.bench.b.send(w.peer, Payload::text("!"), {.out_of_band = true}, w.bench.now, w.bench.out).ok());
    CHECK(w.after_peer() == "OUT|PRI");
    w.reads(1, {.out_of_band = true});
    CHECK(w.after_own() == "none");
    w.peer_writes();
    CHECK(w.after_peer() == "IN|OUT");
}

TEST_CASE("epoll, EPOLLET: a listener is EPOLLIN for each that comes, EPOLLOUT and EPOLLHUP when it is shut") {
    Watch w;
    FileId const listening = w.bench.listener();
    FileId const epoll = w.bench.b.epoll_create();
    auto const told = [&] {
        auto const events = w.bench.b.epoll_ready(epoll, 8).value();
        return events.empty() ? std::string{"none"} : mask(events.front().events);
    };
    auto const comes = [&] {
        FileId const client = w.bench.a.socket().value();
        CHECK(w.bench.a.connect(client, server_9998, w.bench.now, w.bench.out).error() == Errno::einprogress);
        // Each output of b is looked at, as a machine does.
        for (int i = 0; i < 4; ++i) {
            std::vector<host::Outgoing> const frames = std::move(w.bench.out.frames);
            w.bench.out.clear();
            for (host::Outgoing const& frame : frames) {
                bool const to_b = frame.frame.destination == mac_b;
                (to_b ? w.bench.host_b : w.bench.host_a).frame_arrives(0, frame.frame, w.bench.now, w.bench.out);
            }
            (void)w.bench.b.wakeups(w.bench.out);
        }
    };
    CHECK(w.bench.b.epoll_add(epoll, {listening, 5}, {.events = everything, .edge_triggered = true}).ok());
    CHECK(told() == "none");
    comes();
    CHECK(told() == "IN");
    comes();
    CHECK(told() == "IN");
    CHECK(w.bench.b.accept(listening).ok());
    CHECK(told() == "none");
    CHECK(w.bench.b.shutdown(listening, ShutdownHow::read, w.bench.now, w.bench.out).ok());
    (void)w.bench.b.wakeups(w.bench.out);
    CHECK(told() == "OUT|HUP");
    CHECK(told() == "none");
}

TEST_CASE("epoll, EPOLLET: a fresh socket, refused or connected; an attempt that ends; a peer that is left") {
    Watch w;
    w.file = w.bench.a.socket().value();
    CHECK(w.add() == "OUT|HUP");
    CHECK(w.bench.connect(w.file) == Errno::einprogress);
    CHECK(w.told() == "IN|OUT|ERR|HUP|RDHUP");
    CHECK(w.bench.a.connect(w.file, server_9998, w.bench.now, w.bench.out).error() == Errno::econnrefused);
    CHECK(w.after_own() == "OUT|HUP");
    w.bench.listener();
    CHECK(w.bench.connect(w.file) == Errno::einprogress);
    CHECK(w.told() == "OUT");
    CHECK(w.told() == "none");
    CHECK(w.bench.a.disconnect(w.file, w.bench.now, w.bench.out).ok());
    CHECK(w.after_own() == "OUT|ERR|HUP");
    Watch silent;
    silent.bench.cut = true;
    silent.file = silent.bench.a.socket().value();
    CHECK(silent.bench.connect(silent.file) == Errno::einprogress);
    CHECK(silent.add() == "none");
    silent.shuts(ShutdownHow::read);
    CHECK(silent.after_own() == "OUT|ERR|HUP");
}

TEST_CASE("epoll, EPOLLET on UDP: EPOLLIN for each datagram, EPOLLERR for a refusal, EPOLLHUP when it is shut") {
    Watch w;
    w.file = w.bench.a.socket(SocketType::datagram).value();
    CHECK(w.bench.a.bind(w.file, {{}, 53}).ok());
    w.peer = w.bench.b.socket(SocketType::datagram).value();
    CHECK(w.add() == "OUT");
    for (int i = 0; i < 2; ++i) {
        wire::Endpoint const to{address_a, 53};
        CHECK(w.bench.b.send(w.peer, Payload::text("x"), {}, w.bench.now, w.bench.out, to).ok());
        CHECK(w.after_peer() == "IN|OUT");
        CHECK(w.told() == "none");
    }
    Watch refused;
    refused.file = refused.bench.a.socket(SocketType::datagram).value();
    CHECK(refused.bench.a.connect(refused.file, {address_b, 1}, refused.bench.now, refused.bench.out).ok());
    CHECK(refused.add() == "OUT");
    CHECK(refused.bench.write(refused.file, 1).ok());
    CHECK(refused.told() == "OUT|ERR");
    CHECK(refused.bench.so_error(refused.file) == Errno::econnrefused);
    refused.shuts(ShutdownHow::both);
    CHECK(refused.after_own() == "IN|OUT|HUP|RDHUP");
}
