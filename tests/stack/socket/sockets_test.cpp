// Each call's result in each state, as POSIX says and Linux 6.18 was recorded.
#include "stack/socket/sockets.hpp"

#include "tests/support/socket_bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::socket;
using namespace tcpsim::test;
using namespace std::chrono_literals;
using tcp::Why;
using wire::Flags;

TEST_CASE("EBADF: every call on a file that is not open") {
    SocketBench t;
    FileId const gone = t.a.socket().value();
    t.a.release(gone, closing, t.now, t.out);
    for (FileId const file : {gone, FileId{0}, FileId{12345}}) {
        CHECK(t.a.bind(file, {}).error() == Errno::ebadf);
        CHECK(t.a.listen(file, 1).error() == Errno::ebadf);
        CHECK(t.a.connect(file, server_9998, t.now, t.out).error() == Errno::ebadf);
        CHECK(t.a.connect_result(file, t.now, t.out).error() == Errno::ebadf);
        CHECK(t.a.accept(file).error() == Errno::ebadf);
        CHECK(t.a.read(file, 1, t.now, t.out).error() == Errno::ebadf);
        CHECK(t.a.write(file, Payload::text("x"), t.now, t.out).error() == Errno::ebadf);
        CHECK(t.a.shutdown(file, ShutdownHow::both, t.now, t.out).error() == Errno::ebadf);
        CHECK(t.a.getsockopt(file, Option::so_error).error() == Errno::ebadf);
        CHECK(t.a.setsockopt(file, Option::tcp_nodelay, 1, t.now, t.out).error() == Errno::ebadf);
        CHECK(t.a.getsockname(file).error() == Errno::ebadf);
        CHECK(t.a.getpeername(file).error() == Errno::ebadf);
    }
}

TEST_CASE(
    "a fresh socket: OUT|HUP, read ENOTCONN, write EPIPE, shutdown ENOTCONN, accept EINVAL (connect_nonblocking_ok)") {
    SocketBench t;
    FileId const file = t.a.socket().value();
    CHECK(mask(t.a.poll(file)) == "OUT|HUP");
    CHECK(t.read(file).error() == Errno::enotconn);
    CHECK(t.write(file, 1).error() == Errno::epipe);
    CHECK(t.a.shutdown(file, ShutdownHow::write, t.now, t.out).error() == Errno::enotconn);
    CHECK(t.a.accept(file).error() == Errno::einval);
    CHECK(t.a.connect_result(file, t.now, t.out).error() == Errno::enotconn);
    CHECK(t.a.getpeername(file).error() == Errno::enotconn);
    CHECK(t.a.getsockname(file).value() == wire::Endpoint{});
    CHECK(t.so_error(file) == Errno::none);
    CHECK_FALSE(t.a.tuple(file));
}

TEST_CASE("bind: EINVAL when bound already, EADDRINUSE, EADDRNOTAVAIL, port 0 an ephemeral port that nobody has") {
    SocketBench t;
    FileId const first = t.a.socket().value();
    FileId const second = t.a.socket().value();
    CHECK(t.a.bind(first, {address_b, 80}).error() == Errno::eaddrnotavail);
    CHECK(t.a.bind(first, {{}, 80}).ok());
    CHECK(t.a.bind(first, {{}, 81}).error() == Errno::einval);
    CHECK(t.a.bind(second, {{}, 80}).error() == Errno::eaddrinuse);  // bound, though nobody listens yet
    CHECK(t.a.bind(second, {address_a, 80}).error() == Errno::eaddrinuse);
    CHECK(t.a.bind(second, {{}, 0}).ok());
    FileId const third = t.a.socket().value();
    CHECK(t.a.bind(third, {{}, 0}).ok());
    CHECK(t.a.getsockname(second).value().port >= 32768);
    CHECK(t.a.getsockname(second).value() != t.a.getsockname(third).value());
    CHECK(t.a.listen(first, 1).ok());
    FileId const fourth = t.a.socket().value();
    CHECK(t.a.bind(fourth, {{}, 80}).error() == Errno::eaddrinuse);
    t.a.release(first, closing, t.now, t.out);
    CHECK(t.a.bind(fourth, {{}, 80}).ok());
    CHECK(t.a.bind(t.a.socket().value(), {address_a, 8080}).ok());
    CHECK(t.a.bind(t.a.socket().value(), {loopback, 8080}).ok());
}

TEST_CASE("listen: without bind an ephemeral port; again is fine; on a connected socket EINVAL") {
    SocketBench t;
    Ends const e = two_ends(t);
    FileId const file = t.a.socket().value();
    CHECK(t.a.listen(file, 1).ok());
    CHECK(t.a.listen(file, 2).ok());
    CHECK(t.a.getsockname(file).value().port >= 32768);
    CHECK(t.a.bind(file, {{}, 80}).error() == Errno::einval);
    CHECK(t.a.listen(e.client, 1).error() == Errno::einval);
    CHECK(t.a.bind(e.client, {{}, 80}).error() == Errno::einval);
    CHECK(t.a.accept(e.client).error() == Errno::einval);
}

TEST_CASE("listen again: another backlog (Linux __inet_listen_sk)") {
    SocketBench t;
    FileId const file = t.listener(0);
    CHECK(t.b.tcp_info(file, t.now).value().sacked == 0);
    CHECK(t.b.listen(file, 7).ok());
    CHECK(t.b.tcp_info(file, t.now).value().sacked == 7);
    CHECK(t.b.listen(file, 1'000'000).ok());
    CHECK(t.b.tcp_info(file, t.now).value().sacked == 4096);  // somaxconn
}

TEST_CASE("a listening socket: nothing to read, EISCONN, EPIPE, ENOTCONN; IN when a connection waits") {
    SocketBench t;
    FileId const file = t.listener();
    CHECK(mask(t.b.poll(file)) == "0");
    CHECK(t.b.accept(file).error() == Errno::eagain);
    CHECK(t.b.connect(file, {address_a, 1}, t.now, t.out).error() == Errno::eisconn);
    CHECK(t.b.read(file, 1, t.now, t.out).error() == Errno::enotconn);
    CHECK(t.b.write(file, Payload::text("x"), t.now, t.out).error() == Errno::epipe);
    CHECK(t.b.getpeername(file).error() == Errno::enotconn);
    CHECK(t.b.getsockname(file).value() == wire::Endpoint{{}, 9998});
    CHECK(t.b.getsockopt(file, Option::so_error).value() == 0);
    t.connected();
    CHECK(mask(t.b.poll(file)) == "IN");
    CHECK(t.b.accept(file).ok());
    CHECK(mask(t.b.poll(file)) == "0");
}

TEST_CASE(
    "connect: EINPROGRESS, EALREADY, nothing ready, EAGAIN; then OUT, success once, EISCONN (connect_nonblocking_ok)") {
    SocketBench t;
    t.listener();
    t.cut = true;
    FileId const file = t.a.socket().value();
    CHECK(t.a.connect(file, server_9998, t.now, t.out).error() == Errno::einprogress);
    host::Output const syn = t.out;
    t.out.clear();
    CHECK(t.connect(file) == Errno::ealready);
    CHECK(t.a.connect_result(file, t.now, t.out).error() == Errno::einprogress);
    CHECK(mask(t.a.poll(file)) == "0");
    CHECK(t.read(file).error() == Errno::eagain);
    CHECK(t.write(file, 1).error() == Errno::eagain);
    CHECK(t.a.getpeername(file).error() == Errno::enotconn);
    CHECK(t.a.getsockname(file).value().address == address_a);
    t.cut = false;
    t.out = syn;
    t.settle();
    CHECK(mask(t.a.poll(file)) == "OUT");
    CHECK(t.a.getpeername(file).value() == server_9998);
    CHECK(t.so_error(file) == Errno::none);
    CHECK(t.connect(file) == Errno::none);
    CHECK(t.connect(file) == Errno::eisconn);
}

TEST_CASE(
    "connect refused, asked by readiness: ERR until SO_ERROR is taken, then read 0, write EPIPE "
    "(connect_closed_port_nonblocking)") {
    SocketBench t;
    FileId const file = t.a.socket().value();
    CHECK(t.connect(file) == Errno::einprogress);
    CHECK(t.woken_a == std::vector<FileId>{file});
    CHECK(mask(t.a.poll(file)) == "IN|OUT|ERR|HUP|RDHUP");
    CHECK(t.so_error(file) == Errno::econnrefused);
    CHECK(t.so_error(file) == Errno::none);
    CHECK(mask(t.a.poll(file)) == "IN|OUT|HUP|RDHUP");
    CHECK(t.read(file) == Result<Payload>{Payload{}});
    CHECK(t.write(file, 1).error() == Errno::epipe);
}

TEST_CASE("connect refused, told by connect: a fresh socket again, which may connect once more (connect_closed_port)") {
    SocketBench t;
    FileId const file = t.a.socket().value();
    CHECK(t.a.setsockopt(file, Option::tcp_nodelay, 1, t.now, t.out).ok());
    for (int i = 0; i < 2; ++i) {
        CHECK(t.connect(file) == Errno::einprogress);
        REQUIRE(t.a.tuple(file));
        wire::FourTuple const attempted = *t.a.tuple(file);
        CHECK(t.a.connect_result(file, t.now, t.out).error() == Errno::econnrefused);
        CHECK(mask(t.a.poll(file)) == "OUT|HUP");
        CHECK(t.so_error(file) == Errno::none);
        CHECK(t.write(file, 1).error() == Errno::epipe);
        CHECK(t.read(file).error() == Errno::enotconn);
        CHECK(t.a.tuple(file) == attempted);  // the trace still knows what failed
        CHECK(t.host_a.connections().empty());
    }
    CHECK(t.connect(file) == Errno::einprogress);
    CHECK(t.connect(file) == Errno::econnrefused);  // a second connect() is told as well
    t.listener();
    CHECK(t.connect(file) == Errno::einprogress);
    CHECK(t.a.connect_result(file, t.now, t.out).ok());
    CHECK(t.a.getsockopt(file, Option::tcp_nodelay).value() == 1);
}

TEST_CASE("connect: ENETUNREACH at once, nothing on the wire, the socket is as before (connect_no_route)") {
    SocketBench t;
    FileId const file = t.a.socket().value();
    CHECK(t.a.connect(file, {{0xc0a80001}, 80}, t.now, t.out).error() == Errno::enetunreach);
    CHECK(t.out.frames.empty());
    CHECK(mask(t.a.poll(file)) == "OUT|HUP");
}

TEST_CASE("connect from a bound socket uses that port; a second one from it to the same place is EADDRNOTAVAIL") {
    SocketBench t;
    t.listener();
    FileId const file = t.a.socket().value();
    FileId const other = t.a.socket().value();
    for (FileId const each : {file, other}) {
        CHECK(t.a.setsockopt(each, Option::so_reuseaddr, 1, t.now, t.out).ok());
        REQUIRE(t.a.bind(each, {{}, 7000}).ok());
    }
    CHECK(t.connect(file) == Errno::einprogress);
    CHECK(t.a.getsockname(file).value() == wire::Endpoint{address_a, 7000});
    CHECK(t.connect(other) == Errno::eaddrnotavail);
}

TEST_CASE("read and write: text arrives, EAGAIN when there is none, 0 bytes asked give 0") {
    SocketBench t;
    Ends const e = two_ends(t);
    CHECK(mask(t.a.poll(e.client)) == "OUT");
    CHECK(t.read(e.client).error() == Errno::eagain);
    CHECK(t.read(e.client, 0) == Result<Payload>{Payload{}});
    t.write_b(e.server, 300);
    CHECK(t.woken_a == std::vector<FileId>{e.client});
    CHECK(mask(t.a.poll(e.client)) == "IN|OUT");
    CHECK(t.read(e.client, 100).value().size() == 100);
    CHECK(t.read(e.client, 1000).value() == Payload::pattern(1, 100, 200));
    CHECK(t.read(e.client).error() == Errno::eagain);
    CHECK(t.a.getpeername(e.client).value() == server_9998);
    CHECK(t.b.getpeername(e.server).value() == t.a.getsockname(e.client).value());
    CHECK(t.b.getsockname(e.server).value() == server_9998);
}

TEST_CASE("write: what fits, then EAGAIN, no OUT (send_buffer_full_nonblocking)") {
    SocketBench t;
    Ends const e = two_ends(t);
    t.cut = true;
    std::uint64_t taken = 0;
    while (true) {
        Result<std::uint64_t> const result = t.write(e.client, 10'000);
        if (!result.ok()) {
            CHECK(result.error() == Errno::eagain);
            break;
        }
        taken += result.value();
        REQUIRE(taken < 10'000'000);
    }
    CHECK(taken > 0);
    CHECK(mask(t.a.poll(e.client)) == "0");
    CHECK(t.a.connection(e.client)->unacknowledged() == taken);
    CHECK(t.write(e.client, 0) == Result<std::uint64_t>{0});
}

TEST_CASE("a FIN [MUST-12]: IN|OUT|RDHUP, read 0 for ever; after the own shutdown HUP, too (ready_on_fin)") {
    SocketBench t;
    Ends const e = two_ends(t);
    CHECK(t.b.shutdown(e.server, ShutdownHow::write, t.now, t.out).ok());
    t.settle_from_b();
    CHECK(t.woken_a == std::vector<FileId>{e.client});
    CHECK(mask(t.a.poll(e.client)) == "IN|OUT|RDHUP");
    CHECK(t.read(e.client) == Result<Payload>{Payload{}});
    CHECK(t.read(e.client) == Result<Payload>{Payload{}});
    CHECK(t.write(e.client, 5).value() == 5);
    CHECK(t.a.shutdown(e.client, ShutdownHow::write, t.now, t.out).ok());
    t.settle();
    CHECK(mask(t.a.poll(e.client)) == "IN|OUT|HUP|RDHUP");
    CHECK(t.write(e.client, 5).error() == Errno::epipe);
    CHECK(t.a.shutdown(e.client, ShutdownHow::write, t.now, t.out).error() == Errno::enotconn);  // closed by now
}

TEST_CASE(
    "a RST: IN|OUT|ERR|HUP|RDHUP, the error once to whoever asks first, then read 0, write EPIPE (ready_on_rst)") {
    for (int who = 0; who < 3; ++who) {
        CAPTURE(who);
        SocketBench t;
        Ends const e = two_ends(t);
        CHECK(t.write(e.client, 10).ok());
        t.close_b(e.server);  // unread: RST
        CHECK(t.woken_a == std::vector<FileId>{e.client});
        CHECK(mask(t.a.poll(e.client)) == "IN|OUT|ERR|HUP|RDHUP");
        Errno const told = who == 0   ? t.read(e.client).error()
                           : who == 1 ? t.write(e.client, 1).error()
                                      : t.so_error(e.client);
        CHECK(told == Errno::econnreset);
        CHECK(mask(t.a.poll(e.client)) == "IN|OUT|HUP|RDHUP");
        CHECK(t.so_error(e.client) == Errno::none);
        CHECK(t.read(e.client) == Result<Payload>{Payload{}});
        CHECK(t.write(e.client, 1).error() == Errno::epipe);
        CHECK(t.a.getpeername(e.client).error() == Errno::enotconn);
        CHECK(t.a.connect(e.client, server_9998, t.now, t.out).error() == Errno::eisconn);
    }
}

TEST_CASE("text before a RST stays readable, then ECONNRESET (close_unread_after_sending) [MUST-12]") {
    SocketBench t;
    Ends const e = two_ends(t);
    CHECK(t.write(e.client, 100).ok());
    t.write_b(e.server, 1000);
    t.close_b(e.server);
    CHECK(mask(t.a.poll(e.client)) == "IN|OUT|ERR|HUP|RDHUP");
    CHECK(t.read(e.client, 400).value().size() == 400);
    CHECK(t.read(e.client, 1000).value().size() == 600);
    CHECK(t.read(e.client).error() == Errno::econnreset);
    CHECK(t.read(e.client) == Result<Payload>{Payload{}});
}

TEST_CASE("a RST after the FIN: reads give the text and the end, SO_ERROR and write EPIPE (ready_on_data_fin_rst)") {
    SocketBench t;
    Ends const e = two_ends(t);
    t.write_b(e.server, 300);
    t.close_b(e.server);
    CHECK(mask(t.a.poll(e.client)) == "IN|OUT|RDHUP");
    CHECK(t.write(e.client, 5).value() == 5);
    CHECK(mask(t.a.poll(e.client)) == "IN|OUT|ERR|HUP|RDHUP");
    CHECK(t.read(e.client, 100).value().size() == 100);
    CHECK(t.read(e.client, 1000).value().size() == 200);
    CHECK(t.read(e.client) == Result<Payload>{Payload{}});
    CHECK(mask(t.a.poll(e.client)) == "IN|OUT|ERR|HUP|RDHUP");
    CHECK(t.so_error(e.client) == Errno::epipe);
    CHECK(t.write(e.client, 5).error() == Errno::epipe);
}

TEST_CASE("accept after a RST succeeds: getpeername ENOTCONN, the error once (accept_after_rst)") {
    SocketBench t;
    FileId const listening = t.listener();
    FileId const client = t.connected();
    host::ConnectionId const id = t.host_a.connections().at(0);
    t.host_a.abort(id, tcp::Cause{Why::aborted}, t.now, t.out);
    t.settle();
    CHECK(mask(t.b.poll(listening)) == "IN");
    Result<FileId> const server = t.b.accept(listening);
    REQUIRE(server.ok());
    CHECK(t.b.getpeername(server.value()).error() == Errno::enotconn);
    CHECK(mask(t.b.poll(server.value())) == "IN|OUT|ERR|HUP|RDHUP");
    CHECK(t.b.read(server.value(), 10, t.now, t.out).error() == Errno::econnreset);
    CHECK(t.b.read(server.value(), 10, t.now, t.out) == Result<Payload>{Payload{}});
    CHECK(t.b.write(server.value(), Payload::text("x"), t.now, t.out).error() == Errno::epipe);
    CHECK(t.b.accept(listening).error() == Errno::eagain);
    t.a.release(client, closing, t.now, t.out);
}

TEST_CASE("shutdown(SHUT_RD): read gives what came, then 0; with SHUT_WR poll says HUP (Linux tcp_poll)") {
    SocketBench t;
    Ends const e = two_ends(t);
    t.write_b(e.server, 10);
    CHECK(t.a.shutdown(e.client, ShutdownHow::read, t.now, t.out).ok());
    CHECK(mask(t.a.poll(e.client)) == "IN|OUT|RDHUP");
    CHECK(t.read(e.client).value().size() == 10);
    CHECK(t.read(e.client) == Result<Payload>{Payload{}});
    CHECK(t.write(e.client, 5).ok());
    CHECK(t.a.shutdown(e.client, ShutdownHow::both, t.now, t.out).ok());
    t.settle();
    CHECK(mask(t.a.poll(e.client)) == "IN|OUT|HUP|RDHUP");
    CHECK(t.write(e.client, 5).error() == Errno::epipe);
}

TEST_CASE("retain and release: a description closes with its last descriptor") {
    SocketBench t;
    Ends const e = two_ends(t);
    t.a.retain(e.client);
    t.a.retain(e.client);
    for (int i = 0; i < 2; ++i) {
        t.a.release(e.client, closing, t.now, t.out);
        CHECK(t.out.frames.empty());
        CHECK(t.write(e.client, 1).ok());
    }
    t.a.release(e.client, closing, t.now, t.out);
    REQUIRE(t.out.frames.size() == 1);
    CHECK(tcp_in(t.out.frames[0]).flags.has(Flags::fin));
    CHECK(t.a.getsockname(e.client).error() == Errno::ebadf);
    CHECK(t.a.connection(e.client) == nullptr);
}

TEST_CASE("release of a listener resets who waits; of a fresh socket says nothing (accept_queue_server_killed)") {
    SocketBench t;
    FileId const listening = t.listener();
    FileId const client = t.connected();
    t.close_b(listening);
    CHECK(t.read(client).error() == Errno::econnreset);
    CHECK(t.read(client) == Result<Payload>{Payload{}});
    t.b.release(t.b.socket().value(), closing, t.now, t.out);
    CHECK(t.out == host::Output{});
}

TEST_CASE("woken_by: the files an output concerns, ascending, each once; closed ones are not there") {
    SocketBench t;
    FileId const listening = t.listener();
    FileId const first = t.connected();
    FileId const one = t.b.accept(listening).value();
    t.connected();
    FileId const two = t.b.accept(listening).value();
    host::Output out;
    host::ConnectionId const id_one{0, 0};
    host::ConnectionId const id_two{1, 0};
    REQUIRE(t.b.connection(one) == t.host_b.find(id_one));
    REQUIRE(t.b.connection(two) == t.host_b.find(id_two));
    out.readiness = {{id_two, true}, {id_one, true}, {id_two, false, true}};
    CHECK(t.b.woken_by(out) == std::vector<FileId>{one, two});
    out.acceptable = {{host::ListenerId{0, 1}}};
    CHECK(t.b.woken_by(out) == std::vector<FileId>{listening, one, two});
    t.b.release(one, closing, t.now, t.out);
    CHECK(t.b.woken_by(out) == std::vector<FileId>{listening, two});
    CHECK(t.a.woken_by(host::Output{}).empty());
    CHECK(t.a.tuple(first).has_value());
}

TEST_CASE("options: SO_RCVBUF counts twice and bounds window and scale (rcvbuf_16k, zero_window_probes_alive)") {
    struct Recorded {
        std::int64_t asked;
        std::uint16_t window;
    };
    for (Recorded const r : {Recorded{16384, 15928}, Recorded{4096, 2896}}) {
        SocketBench t;
        FileId const listening = t.b.socket().value();
        CHECK(t.b.getsockopt(listening, Option::so_rcvbuf).value() == 131072);
        CHECK(t.b.setsockopt(listening, Option::so_rcvbuf, r.asked, t.now, t.out).ok());
        CHECK(t.b.getsockopt(listening, Option::so_rcvbuf).value() == 2 * r.asked);
        REQUIRE(t.b.bind(listening, {{}, 9998}).ok());
        REQUIRE(t.b.listen(listening, 1).ok());
        FileId const client = t.a.socket().value();
        CHECK(t.a.connect(client, server_9998, t.now, t.out).error() == Errno::einprogress);
        wire::Frame const syn = t.out.frames.at(0).frame;
        host::Output answer;
        t.host_b.frame_arrives(0, syn, t.now, answer);
        CHECK(tcp_in(answer.frames.at(0)).window == r.window);
        CHECK(wire::decode(tcp_in(answer.frames.at(0)).options).window_scale == 0);
    }
}

TEST_CASE("a connection that gives up: ETIMEDOUT once, then read 0, write EPIPE (crash_etimedout_default)") {
    SocketBench t;
    Ends const e = two_ends(t);
    t.cut = true;
    CHECK(t.write(e.client, 5).ok());
    host::ConnectionId const id = t.host_a.connections().at(0);
    while (t.host_a.find(id)->next_deadline() != never) {
        t.now = t.host_a.find(id)->next_deadline();
        t.out.clear();
        t.host_a.timers_expire(id, t.now, t.out);
    }
    CHECK(t.a.woken_by(t.out) == std::vector<FileId>{e.client});
    CHECK(mask(t.a.poll(e.client)) == "IN|OUT|ERR|HUP|RDHUP");
    CHECK(t.read(e.client).error() == Errno::etimedout);
    CHECK(mask(t.a.poll(e.client)) == "IN|OUT|HUP|RDHUP");
    CHECK(t.read(e.client) == Result<Payload>{Payload{}});
    CHECK(t.write(e.client, 5).error() == Errno::epipe);
}
