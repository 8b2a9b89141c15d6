// close(), shutdown() and SO_LINGER: close(2), shutdown(2), socket(7), RFC 9293 §3.6.1 and §3.10.5.
#include "tests/support/socket_bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::socket;
using namespace tcpsim::test;
using namespace std::chrono_literals;
using wire::Flags;

namespace {

using Sent = std::vector<std::uint8_t>;

Sent flags_sent(SocketBench const& t) {
    Sent flags;
    for (host::Outgoing const& frame : t.out.frames) {
        flags.push_back(tcp_in(frame).flags.bits);
    }
    return flags;
}

constexpr std::uint8_t fin = Flags::fin | Flags::ack;
constexpr std::uint8_t rst = Flags::rst | Flags::ack;

void linger(SocketBench& t, FileId file, std::int64_t seconds) {
    CHECK(t.a.setsockopt(file, Option::so_linger, seconds, t.now, t.out).ok());
}

}  // namespace

TEST_CASE("close: FIN; with unread data RST, whatever SO_LINGER says (RFC 9293 §3.6.1)") {
    for (std::int64_t const seconds : {linger_off, std::int64_t{0}, std::int64_t{5}}) {
        for (bool const unread : {false, true}) {
            CAPTURE(seconds);
            CAPTURE(unread);
            SocketBench t;
            Ends const e = two_ends(t);
            linger(t, e.client, seconds);
            if (unread) {
                t.write_b(e.server, 10);
            }
            auto const until = t.a.close(e.client, t.now, t.out);
            CHECK(flags_sent(t) == Sent{unread || seconds == 0 ? rst : fin});
            CHECK(until.has_value() == (!unread && seconds > 0));
        }
    }
}

TEST_CASE("close, SO_LINGER with zero: RST, and what was not sent is lost (socket(7))") {
    SocketBench t;
    Ends const e = two_ends(t);
    linger(t, e.client, 0);
    t.cut = true;
    CHECK(t.write(e.client, 100'000).ok());
    t.out.clear();
    CHECK_FALSE(t.a.close(e.client, t.now, t.out));
    CHECK(flags_sent(t) == Sent{rst});
    CHECK(t.host_a.connections().empty());
}

TEST_CASE("close, SO_LINGER with seconds: FIN, then it waits until the FIN is acknowledged (socket(7))") {
    SocketBench t;
    Ends const e = two_ends(t);
    linger(t, e.client, 7);
    auto const until = t.a.close(e.client, t.now, t.out);
    REQUIRE(until);
    CHECK(*until == t.now + 7s);
    CHECK(t.a.lingers(e.client));
    CHECK(t.a.getsockname(e.client).error() == Errno::ebadf);  // nobody has a descriptor
    t.settle();
    CHECK(t.a.lingers(e.client));  // the ACK of a FIN is delayed
    CHECK(t.b.write(e.server, Payload::text("x"), t.now, t.out).ok());
    t.settle_from_b();
    CHECK(t.woken_a == std::vector<FileId>{e.client});
    CHECK_FALSE(t.a.lingers(e.client));
    t.a.end_linger(e.client, t.now, t.out);
    CHECK(flags_sent(t) == Sent{rst});  // nobody will read what came
    CHECK_FALSE(t.a.lingers(e.client));
}

TEST_CASE("close, SO_LINGER with seconds: when they are over the connection goes on by itself, without a RST") {
    SocketBench t;
    Ends const e = two_ends(t);
    linger(t, e.client, 7);
    t.cut = true;
    CHECK(t.a.close(e.client, t.now, t.out));
    t.settle();
    CHECK(t.a.lingers(e.client));
    t.now += 7s;
    t.a.end_linger(e.client, t.now, t.out);
    CHECK(t.out.frames.empty());
    REQUIRE(t.host_a.connections().size() == 1);
    CHECK(t.host_a.find(t.host_a.connections().at(0))->state() == tcp::State::fin_wait_1);
}

TEST_CASE("close, SO_LINGER with seconds: nothing to wait for before connect, when all is over, and for whoever dies") {
    SocketBench t;
    FileId const fresh = t.a.socket().value();
    linger(t, fresh, 7);
    CHECK_FALSE(t.a.close(fresh, t.now, t.out));
    Ends const e = two_ends(t);
    t.b.release(e.server, closing, t.now, t.out);
    t.settle_from_b();
    CHECK(t.a.shutdown(e.client, ShutdownHow::write, t.now, t.out).ok());
    t.settle();
    linger(t, e.client, 7);
    CHECK_FALSE(t.a.close(e.client, t.now, t.out));
    FileId const dying = t.connected();
    linger(t, dying, 7);
    t.a.release(dying, tcp::Cause{tcp::Why::program_ended}, t.now, t.out);  // Linux inet_release: PF_EXITING
    CHECK(flags_sent(t) == Sent{fin});
    CHECK(t.a.getsockname(dying).error() == Errno::ebadf);
}

TEST_CASE("close of one of several descriptors neither waits nor sends") {
    SocketBench t;
    Ends const e = two_ends(t);
    linger(t, e.client, 7);
    t.a.retain(e.client);
    CHECK_FALSE(t.a.close(e.client, t.now, t.out));
    CHECK(t.out.frames.empty());
    CHECK(t.a.close(e.client, t.now, t.out));
    CHECK(flags_sent(t) == Sent{fin});
}

TEST_CASE("accept: SO_LINGER, SO_RCVLOWAT and time-outs are the listener's (Linux sk_clone)") {
    SocketBench t;
    FileId const listening = t.listener();
    CHECK(t.b.setsockopt(listening, Option::so_linger, 3, t.now, t.out).ok());
    CHECK(t.b.setsockopt(listening, Option::so_rcvlowat, 50, t.now, t.out).ok());
    CHECK(t.b.setsockopt(listening, Option::so_rcvtimeo, 1'500'000, t.now, t.out).ok());
    CHECK(t.b.setsockopt(listening, Option::so_sndtimeo, 2'500'000, t.now, t.out).ok());
    CHECK(t.b.setsockopt(listening, Option::tcp_nodelay, 1, t.now, t.out).ok());
    t.connected();
    FileId const accepted = t.b.accept(listening).value();
    CHECK(t.b.getsockopt(accepted, Option::so_linger).value() == 3);
    CHECK(t.b.getsockopt(accepted, Option::so_rcvlowat).value() == 50);
    CHECK(t.b.getsockopt(accepted, Option::so_rcvtimeo).value() == 1'500'000);
    CHECK(t.b.getsockopt(accepted, Option::so_sndtimeo).value() == 2'500'000);
    CHECK(t.b.getsockopt(accepted, Option::tcp_nodelay).value() == 1);
}

TEST_CASE("shutdown of a listener: SHUT_WR does nothing, SHUT_RD ends it; it may listen again (Linux inet_shutdown)") {
    for (ShutdownHow const how : {ShutdownHow::read, ShutdownHow::both}) {
        SocketBench t;
        FileId const listening = t.listener();
        CHECK(t.b.shutdown(listening, ShutdownHow::write, t.now, t.out).ok());
        FileId const client = t.connected();
        CHECK(t.b.shutdown(listening, how, t.now, t.out).ok());
        CHECK(flags_sent(t) == Sent{rst});  // who waited in its queue
        t.settle_from_b();
        CHECK(t.read(client).error() == Errno::econnreset);
        CHECK(t.b.accept(listening).error() == Errno::einval);
        CHECK(t.b.getsockopt(listening, Option::so_acceptconn).value() == 0);
        CHECK(t.b.getsockname(listening).value() == wire::Endpoint{{}, 9998});
        CHECK(t.b.listen(listening, 3).ok());
        t.connected();
        CHECK(t.b.accept(listening).ok());
    }
}

TEST_CASE("shutdown while connecting ends the attempt, whichever way (Linux inet_shutdown, SYN_SENT)") {
    for (ShutdownHow const how : {ShutdownHow::read, ShutdownHow::write, ShutdownHow::both}) {
        SocketBench t;
        t.cut = true;
        FileId const file = t.a.socket().value();
        CHECK(t.connect(file) == Errno::einprogress);
        CHECK(t.a.shutdown(file, how, t.now, t.out).ok());
        CHECK(t.host_a.connections().empty());
        CHECK(t.a.connect_result(file, t.now, t.out).error() == Errno::econnreset);
        CHECK(mask(t.a.poll(file)) == "OUT|HUP");
    }
}

TEST_CASE("shutdown(SHUT_RD): nothing is sent, whoever waits for text learns of the end (shutdown(2))") {
    SocketBench t;
    Ends const e = two_ends(t);
    CHECK(t.a.shutdown(e.client, ShutdownHow::read, t.now, t.out).ok());
    CHECK(t.out.frames.empty());
    CHECK(t.a.woken_by(t.out) == std::vector<FileId>{e.client});
    CHECK(t.read(e.client) == Result<Payload>{Payload{}});
    t.write_b(e.server, 10);  // Linux takes it, all the same
    CHECK(t.read(e.client).value().size() == 10);
    CHECK(t.read(e.client) == Result<Payload>{Payload{}});
}

TEST_CASE(
    "Linux tcp_rcv_state_process: with reading shut, text resets from FIN-WAIT-1 on; 4.4BSD asks for close() only") {
    for (bool const resets : {true, false}) {
        for (bool const at_once : {true, false}) {
            CAPTURE(resets);
            CAPTURE(at_once);
            SocketBench t;
            t.profile.validation.resets_text_after_shutdown.value = resets;
            Ends const e = two_ends(t);
            if (!at_once) {
                CHECK(t.a.shutdown(e.client, ShutdownHow::read, t.now, t.out).ok());
            }
            CHECK(t.a.shutdown(e.client, at_once ? ShutdownHow::both : ShutdownHow::write, t.now, t.out).ok());
            t.settle();
            REQUIRE(t.a.connection(e.client)->state() == tcp::State::fin_wait_1);
            t.write_b(e.server, 10);
            if (resets) {
                CHECK(t.read(e.client).error() == Errno::econnreset);
                CHECK(t.b.connection(e.server)->error() == Errno::epipe);  // it was in CLOSE-WAIT
            } else {
                CHECK(t.read(e.client).value().size() == 10);
            }
        }
    }
}

TEST_CASE("shutdown twice is fine, after the end of both ways ENOTCONN: TIME-WAIT is nobody's") {
    SocketBench t;
    Ends const e = two_ends(t);
    CHECK(t.a.shutdown(e.client, ShutdownHow::write, t.now, t.out).ok());
    CHECK(t.a.shutdown(e.client, ShutdownHow::write, t.now, t.out).ok());
    t.settle();
    t.close_b(e.server);
    REQUIRE(t.a.connection(e.client)->state() == tcp::State::time_wait);
    CHECK(t.a.shutdown(e.client, ShutdownHow::write, t.now, t.out).error() == Errno::enotconn);
    CHECK(t.a.getpeername(e.client).error() == Errno::enotconn);
    CHECK(t.a.getsockname(e.client).ok());
    CHECK(mask(t.a.poll(e.client)) == "IN|OUT|HUP|RDHUP");
    CHECK(t.read(e.client) == Result<Payload>{Payload{}});
    CHECK(t.write(e.client, 1).error() == Errno::epipe);
    CHECK(t.a.connect(e.client, server_9998, t.now, t.out).error() == Errno::eisconn);
}

TEST_CASE("text before a RST: kept on Linux and 4.4BSD, lost where the profile says so (RFC 9293 §3.10.7.4, second)") {
    for (bool const discards : {false, true}) {
        CAPTURE(discards);
        SocketBench t;
        t.profile.sockets.reset_discards_text.value = discards;
        Ends const e = two_ends(t);
        CHECK(t.write(e.client, 1).ok());
        t.write_b(e.server, 10);
        t.close_b(e.server);
        if (!discards) {
            CHECK(t.read(e.client).value().size() == 10);
        }
        CHECK(t.read(e.client).error() == Errno::econnreset);
        CHECK(t.read(e.client) == Result<Payload>{Payload{}});
    }
}

TEST_CASE("accept after a RST: given (Linux), gone (4.4BSD), ECONNABORTED (POSIX)") {
    using profile::ResetInQueue;
    for (ResetInQueue const policy : {ResetInQueue::delivered, ResetInQueue::hidden, ResetInQueue::aborted}) {
        CAPTURE(static_cast<int>(policy));
        SocketBench t;
        t.profile.sockets.reset_in_queue.value = policy;
        FileId const listening = t.listener();
        FileId const first = t.connected();
        FileId const second = t.connected();
        linger(t, first, 0);
        CHECK_FALSE(t.a.close(first, t.now, t.out));
        t.settle();
        CHECK(t.b.accept(listening).error() == (policy == ResetInQueue::aborted ? Errno::econnaborted : Errno::none));
        bool const one_left = policy != ResetInQueue::hidden;
        CHECK(mask(t.b.poll(listening)) == (one_left ? "IN" : "0"));
        CHECK(t.b.accept(listening).ok() == one_left);
        CHECK(t.b.accept(listening).error() == Errno::eagain);
        CHECK(t.a.getpeername(second).ok());
        // What was accepted is no matter of the queue any more.
        FileId const third = t.connected();
        FileId const accepted = t.b.accept(listening).value();
        linger(t, third, 0);
        CHECK_FALSE(t.a.close(third, t.now, t.out));
        t.settle();
        CHECK(t.b.read(accepted, 1, t.now, t.out).error() == Errno::econnreset);
    }
}
