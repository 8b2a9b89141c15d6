// How many connections wait at a listener, and what becomes of one more. The numbers of answered SYNs under Linux were
// counted on a Linux 6.18 with distinct sources.
#include "tests/support/host_bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::host;
using namespace tcpsim::test;
using namespace std::chrono_literals;
using tcp::State;
using tcp::Why;
using wire::Flags;

namespace {

/// How many of so many SYNs, each from a port of its own, are answered.
int answered(HostBench& b, int syns, std::uint16_t first_port = 40000) {
    int answers = 0;
    for (int i = 0; i < syns; ++i) {
        b.syn(static_cast<std::uint16_t>(first_port + i));
        answers += b.sent_only(Flags::syn | Flags::ack) ? 1 : 0;
    }
    return answers;
}

}  // namespace

TEST_CASE("Linux inet_csk_reqsk_queue_is_full: one request more than the backlog") {
    for (auto const& [each_backlog, expected] :
         {std::pair{0, 1}, std::pair{1, 2}, std::pair{4, 5}, std::pair{10, 11}}) {
        auto const& backlog = each_backlog;
        CAPTURE(backlog);
        HostBench b;
        b.set("tcp_syncookies", "0");
        b.listen(9998, backlog);
        CHECK(answered(b, 24) == expected);
        CHECK(b.discarded_only(Discarded::syn_queue_full));
        CHECK(b.count(State::syn_received) == static_cast<std::size_t>(expected));
    }
}

TEST_CASE("Linux tcp_conn_request: without cookies the last quarter of tcp_max_syn_backlog is kept for known peers") {
    for (auto const& [each_most, expected] : {std::pair{"8", 7}, std::pair{"10", 9}, std::pair{"16", 13}}) {
        auto const& most = each_most;
        CAPTURE(most);
        HostBench b;
        b.set("tcp_syncookies", "0");
        b.set("tcp_max_syn_backlog", most);
        b.listen(9998, 128);
        CHECK(answered(b, 24) == expected);
        CHECK(b.discarded_only(Discarded::syn_queue_full));
    }
}

TEST_CASE("Linux tcp_conn_request: a full accept queue drops the SYN whatever room the SYN queue has") {
    HostBench b;
    ListenerId const listener = b.listen(9998, 1);
    b.handshake(40000);
    b.handshake(40001);
    b.syn(40002);
    CHECK(b.discarded_only(Discarded::accept_queue_full));
    CHECK(b.a.accept(listener));
    b.syn(40002);
    CHECK(b.sent_only(Flags::syn | Flags::ack));
}

TEST_CASE("4.4BSD sonewconn1: both queues together hold 3/2 of the backlog, and one") {
    for (auto const& [each_backlog, expected] : {std::pair{0, 1}, std::pair{1, 2}, std::pair{2, 4}, std::pair{5, 8}}) {
        auto const& backlog = each_backlog;
        CAPTURE(backlog);
        HostBench b{"bsd44"};
        ListenerId const listener = b.listen(9998, backlog);
        b.handshake(39999);
        CHECK(answered(b, 24) == expected - 1);
        CHECK(b.discarded_only(Discarded::accept_queue_full));
        CHECK(b.a.accept(listener));
        CHECK(answered(b, 24, 50000) == 1);
    }
}

TEST_CASE("4.4BSD: whoever had room when his SYN came completes, however many wait by then") {
    HostBench b{"bsd44"};
    ListenerId const listener = b.listen(9998, 1);
    b.syn(40000);
    SeqNum const first = b.sent().seq;
    b.syn(40001);
    SeqNum const second = b.sent().seq;
    b.ack(40000, first);
    b.ack(40001, second);
    CHECK(b.out.acceptable.size() == 1);
    CHECK(b.a.accept(listener));
    CHECK(b.a.accept(listener));
}

TEST_CASE("listen: a backlog of -1 is somaxconn to Linux and nothing to 4.4BSD") {
    HostBench linux_host;
    linux_host.set("tcp_syncookies", "0");
    linux_host.set("somaxconn", "3");
    linux_host.listen(9998, -1);
    CHECK(answered(linux_host, 10) == 3 + 1);
    HostBench bsd{"bsd44"};
    bsd.listen(9998, -1);
    CHECK(answered(bsd, 10) == 1);
}

TEST_CASE("a request that is over makes room: completed, reset, given up") {
    HostBench b;
    b.set("tcp_syncookies", "0");
    ListenerId const listener = b.listen(9998, 0);
    b.syn(40000);
    SeqNum const iss = b.sent().seq;
    b.syn(40001);
    CHECK(b.discarded_only(Discarded::syn_queue_full));
    b.ack(40000, iss);
    REQUIRE(b.a.accept(listener));
    b.syn(40001);
    CHECK(b.sent_only(Flags::syn | Flags::ack));
    b.arrives(segment(40001, 9998, Flags::rst, SeqNum{101}));
    b.syn(40002);
    CHECK(b.sent_only(Flags::syn | Flags::ack));
    b.after(63s - 1ns);  // SYN,ACK repeated after 1, 3, 7, 15, 31 s
    b.syn(40003);
    CHECK(b.discarded_only(Discarded::syn_queue_full));
    b.after(1ns);
    CHECK(b.silent());
    b.syn(40003);
    CHECK(b.sent_only(Flags::syn | Flags::ack));
}

TEST_CASE("tcp_abort_on_overflow: who completes a handshake into a full accept queue is reset and forgotten") {
    HostBench b;
    b.set("tcp_abort_on_overflow", "1");
    ListenerId const listener = b.listen(9998, 1);
    b.syn(40000);
    SeqNum const first = b.sent().seq;
    b.handshake(40001);
    b.handshake(40002);
    b.ack(40000, first);
    REQUIRE(b.sent_only(Flags::rst));
    CHECK(b.sent().seq == first + 1);
    CHECK(b.count(State::syn_received) == 0);
    CHECK(b.a.accept(listener));
    CHECK(b.a.accept(listener));
    CHECK_FALSE(b.a.accept(listener));
    b.handshake(40000);
    CHECK(b.a.accept(listener));
}

TEST_CASE("Linux tcp_check_req: a full accept queue is no matter for segments that complete nothing") {
    HostBench b;
    b.listen(9998, 1);
    b.syn(40000);
    SeqNum const iss = b.sent().seq;
    b.handshake(40001);
    b.handshake(40002);
    b.arrives(segment(40000, 9998, Flags::ack, SeqNum{101}, iss + 2));
    CHECK(b.sent_only(Flags::rst));
    b.arrives(segment(40000, 9998, Flags::rst | Flags::ack, SeqNum{101}, iss + 1));
    CHECK(b.silent());
    CHECK(b.count(State::syn_received) == 0);
}

TEST_CASE("Linux tcp_v4_syn_recv_sock: a handshake that found the accept queue full goes on by its SYN,ACK's timer") {
    HostBench b;
    ListenerId const listener = b.listen(9998, 1);
    b.syn(40000);
    SeqNum const iss = b.sent().seq;
    b.handshake(40001);
    b.handshake(40002);
    b.ack(40000, iss);
    CHECK(b.discarded_only(Discarded::accept_queue_full));
    b.after(1s);
    CHECK(b.sent_only(Flags::syn | Flags::ack));
    CHECK(b.out.frames.at(0).cause.why == Why::retransmission_timeout);
    CHECK(b.a.accept(listener));
    CHECK(b.a.accept(listener));
    b.ack(40000, iss);
    CHECK(b.a.accept(listener));
}

TEST_CASE("Linux reqsk_timer_handler: in a SYN queue half full of old requests each has two repetitions, not five") {
    HostBench b;
    b.set("tcp_syncookies", "0");
    b.listen(9998, 16);
    REQUIRE(answered(b, 9) == 9);  // 2 * 9 > 16
    b.after(1s);
    CHECK(b.out.frames.size() == 9);
    b.after(2s);
    CHECK(b.out.frames.size() == 9);
    b.after(4s - 1ns);
    CHECK(b.count(State::syn_received) == 9);
    b.after(1ns);
    // Each that leaves empties the queue: with eight left it is no longer more than half full.
    CHECK(b.count(State::syn_received) == 8);
    CHECK(b.out.frames.size() == 8);
    b.after(56s);  // the eighth's five repetitions end at 63 s
    CHECK(b.count(State::syn_received) == 0);
}

TEST_CASE("Linux reqsk_timer_handler: a queue not half full, or small, and one full of young requests spare the old") {
    for (auto const& [each_backlog, requests] : {std::pair{16, 8}, std::pair{1, 2}, std::pair{7, 4}}) {
        auto const& backlog = each_backlog;
        CAPTURE(backlog);
        HostBench b;
        b.set("tcp_syncookies", "0");
        b.listen(9998, backlog);
        REQUIRE(answered(b, requests) == requests);
        b.after(63s - 1ns);
        CHECK(b.count(State::syn_received) == static_cast<std::size_t>(requests));
        b.after(1ns);
        CHECK(b.count(State::syn_received) == 0);
    }
    HostBench b;
    b.set("tcp_syncookies", "0");
    b.listen(9998, 16);
    b.syn(40000);
    b.after(7s - 1ns);  // repeated twice
    REQUIRE(answered(b, 9, 40001) == 9);
    b.after(1ns);  // ten requests, nine of them young: 10 < 2 * 9
    CHECK(b.count(State::syn_received) == 10);
    CHECK(b.sent_only(Flags::syn | Flags::ack));
}

TEST_CASE("Linux reqsk_timer_handler: each halving of the young takes one repetition from the old") {
    HostBench b;
    b.set("tcp_syncookies", "0");
    b.listen(9998, 16);
    REQUIRE(answered(b, 8) == 8);
    b.after(7s - 1ns);                    // two repetitions each
    REQUIRE(answered(b, 4, 41000) == 4);  // 12 requests: 12 >= 2*4 takes one of five, 12 < 4*4
    b.after(1ns);
    CHECK(b.count(State::syn_received) == 12);
    CHECK(b.out.frames.size() == 8);
    b.after(7s);  // the four are old by now, with three repetitions: nobody is young, two repetitions for each
    CHECK(b.count(State::syn_received) < 12);
}

TEST_CASE("Linux reqsk_timer_handler: half of the queue young is just not young enough") {
    HostBench b;
    b.set("tcp_syncookies", "0");
    b.listen(9998, 16);
    REQUIRE(answered(b, 6) == 6);
    b.after(31s - 1ns);  // four repetitions each
    REQUIRE(answered(b, 6, 41000) == 6);
    b.after(1ns);  // 12 >= 2 * 6: the first has four repetitions, not five; 11 < 2 * 6: the others have theirs
    CHECK(b.count(State::syn_received) == 11);
    CHECK(b.out.frames.size() == 5);
}

TEST_CASE("a listener that closes forgets its requests, and their timers with them") {
    HostBench b;
    ListenerId const listener = b.listen();
    REQUIRE(answered(b, 3) == 3);
    b.a.close_listener(listener, b.now, b.out);
    CHECK(b.count(State::syn_received) == 0);
    b.after(100s);
    CHECK(b.silent());
}

TEST_CASE("RFC 9293 §3.10.7.2 third: a SYN is no SYN to Linux when it carries a FIN; 4.4BSD answers it") {
    HostBench linux_host;
    linux_host.listen();
    linux_host.arrives(segment(40000, 9998, Flags::syn | Flags::fin, SeqNum{100}));
    CHECK(linux_host.discarded_only(Discarded::no_listener));
    linux_host.arrives(segment(40000, 9998, Flags::syn | Flags::psh | Flags::urg, SeqNum{100}, {}, 3));
    CHECK(linux_host.sent_only(Flags::syn | Flags::ack));
    CHECK(linux_host.sent().ack == SeqNum{101});  // the text of a SYN is sent again
    HostBench bsd{"bsd44"};
    bsd.listen();
    bsd.arrives(segment(40000, 9998, Flags::syn | Flags::fin, SeqNum{100}));
    CHECK(bsd.sent_only(Flags::syn | Flags::ack));
    CHECK(bsd.sent().ack == SeqNum{101});
}
