#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

#include <string_view>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::State;
using tcp::Why;

namespace {

Dialogue linux_established() { return Dialogue::established(profile_of("linux")); }

void forget_acks(Dialogue& d) {
    while (d.pending() > 0) {
        d.expect(ACK.len(0));
    }
}

/// A linux connection in `state`, nothing pending, by the shortest way; `held`: the program still has its socket.
Dialogue in_state(State state, bool held = true) {
    if (state == State::syn_sent) {
        Dialogue d = Dialogue::syn_sent(profile_of("linux"));
        d.expect(SYN);
        return d;
    }
    if (state == State::syn_received) {
        Dialogue d = Dialogue::syn_received(profile_of("linux"));
        d.expect(SYN_ACK);
        return d;
    }
    Dialogue d = linux_established();
    bool const peer_first = state == State::close_wait || state == State::last_ack;
    if (peer_first) {
        d.peer(FIN_ACK);
        d.after(50ms);
    }
    if (state != State::established && state != State::close_wait) {
        held ? d.shutdown() : d.close();
    }
    if (state == State::fin_wait_2 || state == State::time_wait) {
        d.peer(ACK);
    }
    if (state == State::closing) {
        d.peer(FIN_ACK.ack(0));
    } else if (state == State::time_wait) {
        d.peer(FIN_ACK);
    }
    while (d.pending() > 0) {
        d.expect(d.front().segment.flags.has(wire::Flags::fin) ? FIN_ACK : ACK);
    }
    REQUIRE(d.state() == state);
    return d;
}

constexpr State synchronized_states[]{State::established, State::fin_wait_1, State::fin_wait_2, State::close_wait,
                                      State::closing,     State::last_ack,   State::time_wait};

}  // namespace

TEST_CASE("RFC 9293 §3.6 figure 12 [MUST-13]: normal close, TIME-WAIT lasts its time, then CLOSED") {
    for (char const* name : {"linux", "bsd44"}) {
        CAPTURE(name);
        Dialogue d = Dialogue::established(profile_of(name));
        d.close();
        d.expect(FIN_ACK.seq(0).ack(0), Why::closed);
        CHECK(d.state() == State::fin_wait_1);
        d.peer(ACK.ack(1));
        CHECK(d.state() == State::fin_wait_2);
        d.peer(FIN_ACK);
        d.expect(ACK.seq(1).ack(1).len(0), Why::acknowledge_fin);
        CHECK(d.state() == State::time_wait);
        Duration const lasts = d.profile().teardown.time_wait.value;
        CHECK(lasts == 60s);
        d.expect_silence_for(lasts - 1ns);
        CHECK(d.state() == State::time_wait);
        d.expect_silence_for(1ns);
        CHECK(d.state() == State::closed);
        CHECK(d.connection().next_deadline() == never);
        REQUIRE(d.ended());
        CHECK(*d.ended() == tcp::Ended{});
    }
}

TEST_CASE("RFC 9293 §3.6 figure 12, the other side: CLOSE-WAIT, LAST-ACK, CLOSED") {
    Dialogue d = linux_established();
    d.peer(FIN_ACK);
    CHECK(d.state() == State::close_wait);
    CHECK(d.read() == Result<Payload>{Payload{}});
    d.close();
    d.expect(FIN_ACK.seq(0).ack(1));
    CHECK(d.state() == State::last_ack);
    d.peer(ACK.ack(1));
    CHECK(d.state() == State::closed);
    d.expect_silence();
    CHECK(d.connection().next_deadline() == never);
}

TEST_CASE("RFC 9293 §3.6 figure 13: simultaneous close, the crossing FIN acknowledged at once (simultaneous_close)") {
    Dialogue d = linux_established();
    d.peer(text(5));
    d.expect(ACK);
    CHECK(d.drain() == 5);
    d.write(5);  // a conversation: other ACKs would wait
    d.expect(text(5));
    d.peer(ACK);
    d.close();
    d.expect(FIN_ACK);
    d.peer(FIN_ACK.ack(5));
    CHECK(d.state() == State::closing);
    d.expect(ACK.len(0), Why::acknowledge_fin);
    d.peer(ACK);
    CHECK(d.state() == State::time_wait);
    d.expect_silence_for(60s);
    CHECK(d.state() == State::closed);
}

TEST_CASE("RFC 9293 §3.10.7.4: whoever enters TIME-WAIT turns off the other timers, from CLOSING, too") {
    for (bool const crossing : {false, true}) {
        CAPTURE(crossing);
        Dialogue d = linux_established();
        d.change_options([](tcp::UserOptions& options) { options.keepalive = true; });
        CHECK(d.connection().tcb().timers.running(tcp::Timer::keepalive));
        d.shutdown();
        d.expect(FIN_ACK);
        d.peer(FIN_ACK.ack(crossing ? 0 : 1));
        d.expect(ACK);
        if (crossing) {
            CHECK(d.state() == State::closing);
            d.peer(ACK.ack(1));
        }
        CHECK(d.state() == State::time_wait);
        CHECK_FALSE(d.connection().tcb().timers.running(tcp::Timer::keepalive));
        CHECK(d.connection().next_deadline() == d.now() + d.profile().teardown.time_wait.value);
    }
}

TEST_CASE("RFC 9293 §3.10.7.4, eighth: FIN that acknowledges our FIN goes from FIN-WAIT-1 to TIME-WAIT") {
    Dialogue d = linux_established();
    d.close();
    d.expect(FIN_ACK);
    d.peer(FIN_ACK);
    d.expect(ACK.ack(1));
    CHECK(d.state() == State::time_wait);
}

TEST_CASE("RFC 9293 §3.10.7.4, first: a repeated FIN in TIME-WAIT is acknowledged and restarts the wait") {
    Dialogue d = in_state(State::time_wait);
    d.after(40s);
    d.peer(FIN_ACK.seq(0));
    d.expect(ACK.seq(1).ack(1).len(0));
    d.expect_silence_for(60s - 1ns);
    CHECK(d.state() == State::time_wait);
    d.expect_silence_for(1ns);
    CHECK(d.state() == State::closed);
}

TEST_CASE("RFC 9293 §3.6 half close: text still comes in FIN-WAIT-1 and FIN-WAIT-2, and still goes in CLOSE-WAIT") {
    SUBCASE("receiving") {
        for (State const state : {State::fin_wait_1, State::fin_wait_2}) {
            Dialogue d = in_state(state);
            d.peer(text(3000).ack(state == State::fin_wait_1 ? 0 : 1));
            CHECK(d.read().value().size() == 3000);
            CHECK(d.state() == state);
            CHECK(d.try_write(1).error() == Errno::epipe);
            forget_acks(d);
        }
    }
    SUBCASE("sending") {
        Dialogue d = in_state(State::close_wait);
        d.write(100);
        d.expect(text(100));
        d.peer(ACK);
        CHECK(d.state() == State::close_wait);
        d.write(1);
        d.expect(text(1));
    }
}

TEST_CASE("RFC 9293 §3.10.4: the FIN follows all queued text, in the last segment if there is room") {
    Dialogue d = linux_established();
    d.write(20 * 1460 + 100);
    for (int i = 0; i < 10; ++i) {
        d.expect(text(1460));
    }
    d.close();
    d.expect_silence();
    CHECK(d.state() == State::fin_wait_1);
    d.peer(ACK);
    for (int i = 0; i < 10; ++i) {
        d.expect(text(1460));
    }
    d.expect(FIN_ACK.len(100));
    d.peer(ACK);
    CHECK(d.state() == State::fin_wait_2);
}

TEST_CASE("Linux tcp_fin_timeout: FIN-WAIT-2 without a socket ends after 60 s, with one it stays (fin_wait2_expires)") {
    Dialogue orphan = in_state(State::fin_wait_2, false);
    orphan.expect_silence_for(60s - 1ns);
    CHECK(orphan.state() == State::fin_wait_2);
    orphan.expect_silence_for(1ns);
    CHECK(orphan.state() == State::closed);

    Dialogue held = in_state(State::fin_wait_2);
    held.expect_silence_for(24h);
    CHECK(held.state() == State::fin_wait_2);
    held.close();
    held.expect_silence_for(60s);
    CHECK(held.state() == State::closed);
}

TEST_CASE(
    "RFC 9293 §3.6.1 [SHLD-3][MAY-1]: text for a closed socket gets a bare RST and ends the connection "
    "(data_into_fin_wait1)") {
    for (State const state : {State::fin_wait_1, State::fin_wait_2}) {
        Dialogue d = in_state(state, false);
        d.peer(text(5).ack(state == State::fin_wait_1 ? 0 : 1));
        d.expect(RST.seq(state == State::fin_wait_1 ? 0 : 1), Why::nobody_reads);
        CHECK(d.state() == State::closed);
        CHECK(d.connection().next_deadline() == never);
        d.expect_silence();
    }
}

TEST_CASE("RFC 9293 §3.6.1 [SHLD-3]: close with unread text resets (proc_kill_unread_data), 4.4BSD sends a FIN") {
    Dialogue d = linux_established();
    d.peer(text(100));
    d.expect(ACK);
    d.close();
    d.expect(RST_ACK.seq(0).ack(100), Why::aborted);
    CHECK(d.state() == State::closed);
    d.expect_silence_for(60s);

    Dialogue bsd = Dialogue::established(profile_of("bsd44"));
    bsd.peer(text(100));
    bsd.close();
    bsd.expect(FIN_ACK.seq(0).ack(100));
    CHECK(bsd.state() == State::fin_wait_1);
}

TEST_CASE("Linux __tcp_close: text beyond a hole could not have been read: close() sends a FIN") {
    Dialogue d = linux_established();
    d.peer(text(100).seq(100));
    d.expect(ACK.ack(0));
    d.close();
    d.expect(FIN_ACK.seq(0).ack(0));
    CHECK(d.state() == State::fin_wait_1);
}

TEST_CASE("RFC 9293 §3.6.1: close with unread text in TIME-WAIT resets nothing, the wait goes on") {
    Dialogue d = in_state(State::fin_wait_2);
    d.peer(text(10));
    d.peer(FIN_ACK);
    forget_acks(d);
    REQUIRE(d.state() == State::time_wait);
    d.close();
    d.expect_silence_for(60s - 1ns);
    CHECK(d.state() == State::time_wait);
    d.expect_silence_for(1ns);
    CHECK(d.state() == State::closed);
}

TEST_CASE(
    "Linux tcp_cwnd_test: a FIN without text waits for the congestion window; 4.4BSD sends it whatever is in flight") {
    for (char const* name : {"linux", "bsd44"}) {
        bool const waits = std::string_view{name} == "linux";
        CAPTURE(name);
        profile::Profile p = profile_of(name);
        p.congestion.initial_window.value = 2;
        Dialogue d = Dialogue::established(p);
        d.write(2 * 1460);
        d.expect(text(1460));
        d.expect(text(1460));
        d.shutdown();
        CHECK(d.pending() == (waits ? 0 : 1));
        d.peer(ACK.ack(1460));
        d.expect(FIN_ACK.seq(2 * 1460).len(0));
        d.expect_silence();
    }
}

TEST_CASE("Linux tcp_acceptable_seq: the RST of a close does not lie beyond a window that shrank") {
    Dialogue d = linux_established();
    d.write(1460);
    d.expect(text(1460));
    d.peer(text(10).ack(0).win(3));  // 3 << 7: farther back than any rounding
    d.expect(ACK.ack(10).len(0));
    d.close();
    d.expect(RST_ACK.seq(384));
    CHECK(d.state() == State::closed);
}

TEST_CASE("RFC 9293 §3.10.5: ABORT resets a peer that knows of the connection, and only such a peer") {
    struct Case {
        State state;
        bool resets;
    };
    for (Case const c : {Case{State::syn_sent, false}, Case{State::syn_received, true}, Case{State::established, true},
                         Case{State::fin_wait_1, true}, Case{State::fin_wait_2, true}, Case{State::close_wait, true},
                         Case{State::closing, false}, Case{State::last_ack, false}, Case{State::time_wait, false}}) {
        CAPTURE(name(c.state).data());
        Dialogue d = in_state(c.state);
        d.abort();
        if (c.resets) {
            d.expect(RST_ACK, Why::aborted);
        }
        d.expect_silence_for(1h);
        CHECK(d.state() == State::closed);
        CHECK(d.connection().next_deadline() == never);
    }
}

TEST_CASE("RFC 5961 §3.2: a RST at exactly RCV.NXT ends the connection in every synchronized state") {
    for (State const state : synchronized_states) {
        CAPTURE(name(state).data());
        Dialogue d = in_state(state);
        d.peer(RST);
        CHECK(d.state() == State::closed);
        d.expect_silence_for(1h);
        // Linux tcp_reset: EPIPE where the peer had finished, ECONNRESET elsewhere.
        Errno const expected = state == State::time_wait    ? Errno::none
                               : state == State::close_wait ? Errno::epipe
                                                            : Errno::econnreset;
        CHECK(name(d.connection().error()) == name(expected));
    }
}

TEST_CASE("RFC 5961 §3.2: a RST elsewhere in the window gets a challenge ACK (rst_in_window_challenge)") {
    for (State const state : synchronized_states) {
        CAPTURE(name(state).data());
        Dialogue d = in_state(state);
        auto const next = static_cast<std::int64_t>(d.connection().tcb().rcv.nxt - d.connection().tcb().rcv.irs) - 1;
        d.peer(RST.seq(next + 10));
        CHECK(d.state() == state);
        if (state == State::time_wait) {  // Linux tcp_timewait_state_process answers no RST
            d.expect_silence();
        } else {
            d.expect(ACK.ack(next).len(0), Why::challenge_ack);
        }
    }
}

TEST_CASE("RFC 5961 §3.2: a RST outside the window is dropped in silence") {
    for (State const state : synchronized_states) {
        CAPTURE(name(state).data());
        Dialogue d = in_state(state);
        d.peer(RST.seq(-5));
        d.peer(RST.seq(1'000'000));
        CHECK(d.pending() == 0);
        CHECK(d.state() == state);
        CHECK(d.count_notes<tcp::SegmentRefused>() == 2);
    }
}

TEST_CASE(
    "RFC 9293 §3.10.7.4, second: a RST sends a passive SYN-RECEIVED away and tells nobody; its listener goes on") {
    Dialogue d = in_state(State::syn_received);
    d.peer(RST.seq(1));
    CHECK(d.state() == State::closed);
    CHECK(d.connection().error() == Errno::none);
    d.expect_silence_for(1h);
}

TEST_CASE(
    "RFC 5961 §4.2: a SYN in any synchronized state gets a challenge ACK and changes nothing (half_open_same_port)") {
    for (State const state : synchronized_states) {
        for (std::int64_t const seq : {-1'000'000, 0, 3, 1'000'000}) {
            CAPTURE(name(state).data());
            CAPTURE(seq);
            Dialogue d = in_state(state);
            auto const next =
                static_cast<std::int64_t>(d.connection().tcb().rcv.nxt - d.connection().tcb().rcv.irs) - 1;
            d.peer(SYN.seq(seq));
            d.expect(ACK.ack(next).len(0));
            CHECK(d.state() == state);
        }
    }
}

TEST_CASE(
    "RFC 9293 §3.10.7.4, fifth [MAY-12]: an ACK of what was never sent is answered, dropped, and its text ignored") {
    for (State const state : synchronized_states) {
        CAPTURE(name(state).data());
        Dialogue d = in_state(state);
        d.peer(text(5).ack(100));
        d.expect(ACK.len(0), state == State::time_wait ? Why::acknowledge_unacceptable : Why::challenge_ack);
        CHECK(d.connection().unread() == 0);
        CHECK(d.state() == state);
    }
}

TEST_CASE("RFC 9293 §3.10.7.4, fifth: a wrong ACK in SYN-RECEIVED gets a RST at its number") {
    Dialogue d = in_state(State::syn_received);
    for (std::int64_t const ack : {0, 2, -100}) {
        d.peer(ACK.ack(ack));
        d.expect(RST.seq(ack), Why::no_connection);
        CHECK(d.state() == State::syn_received);
    }
}

TEST_CASE("RFC 9293 §3.10.7.4, fifth: a segment without ACK is dropped") {
    for (State const state : synchronized_states) {
        CAPTURE(name(state).data());
        Dialogue d = in_state(state);
        d.peer(NOTHING.len(5));
        CHECK(d.pending() == (state == State::time_wait ? 1U : 0U));  // Linux tcp_timewait_state_process answers
        CHECK(d.connection().unread() == 0);
        CHECK(d.state() == state);
    }
}

TEST_CASE(
    "RFC 9293 §3.10.7.4: a FIN is repeated until it is acknowledged; FIN again in any later state is acknowledged") {
    for (State const state : {State::close_wait, State::closing, State::last_ack, State::time_wait}) {
        CAPTURE(name(state).data());
        Dialogue d = in_state(state);
        d.peer(FIN_ACK.seq(0).ack(state == State::closing || state == State::last_ack ? 0
                                  : d.now() == Instant{}                              ? 0
                                                                                      : 1));
        CHECK(d.state() == state);
        while (d.pending() > 0) {
            d.expect(ACK.ack(1).len(0));
        }
    }
}

TEST_CASE("Linux orphan_fin_default: FIN, one probe, 8 repetitions, then the orphan goes in silence") {
    Dialogue d = Dialogue::established(profile_of("linux"), 20400us);
    d.close();
    d.expect(FIN_ACK.seq(0));
    int repetitions = 0;
    while (d.state() != State::closed) {
        REQUIRE(repetitions < 100);
        REQUIRE(d.connection().next_deadline() != never);
        d.after(d.connection().next_deadline() - d.now());
        if (d.state() != State::closed) {
            d.expect(FIN_ACK.seq(0));
            ++repetitions;
        }
        d.expect_silence();
    }
    CHECK(repetitions == 9);
}

TEST_CASE("RFC 9293 §3.10.4: CLOSE in SYN-SENT deletes the connection in silence") {
    Dialogue d = in_state(State::syn_sent);
    d.close();
    d.expect_silence_for(1h);
    CHECK(d.state() == State::closed);
    CHECK(d.connection().next_deadline() == never);
}

TEST_CASE("RFC 9293 §3.10.4: CLOSE in SYN-RECEIVED of a simultaneous open; the SYN,ACK stays one when it is repeated") {
    for (char const* name : {"linux", "bsd44"}) {
        CAPTURE(name);
        Dialogue d = Dialogue::syn_sent(profile_of(name));
        d.expect(SYN.seq(0));
        d.peer(SYN);
        d.expect(SYN_ACK.seq(0).ack(1));
        d.close();
        d.expect(FIN_ACK.seq(1).ack(1));
        d.after(d.connection().next_deadline() - d.now());
        d.expect(SYN_ACK.seq(0).ack(1), Why::retransmission_timeout);
        d.peer(ACK);
        CHECK(d.state() == State::fin_wait_2);
        d.after(30s);
        d.peer(FIN_ACK);
        d.expect(ACK.ack(2));
        CHECK(d.state() == State::time_wait);
        d.expect_silence_for(d.profile().teardown.time_wait.value);
        CHECK(d.state() == State::closed);
        CHECK(d.connection().error() == Errno::none);
    }
}

TEST_CASE("RFC 9293 §3.10.4, SYN-RECEIVED: who closes before the handshake is over is not cut off by its limit") {
    profile::Profile const p = profile_of("bsd44");
    Dialogue d = Dialogue::syn_received(p);
    d.expect(SYN_ACK);
    d.shutdown();
    d.expect(FIN_ACK.seq(1));
    d.peer(ACK.seq(1).ack(2));
    CHECK(d.state() == State::fin_wait_2);
    d.after(2 * p.rto.connect_limit.value);
    CHECK(d.state() == State::fin_wait_2);
    CHECK_FALSE(d.ended());
}

TEST_CASE(
    "Linux tcp_rcv_state_process: after shutdown(SHUT_RDWR) a FIN beyond a hole resets, at RCV.NXT it ends the "
    "connection") {
    for (bool const hole : {false, true}) {
        CAPTURE(hole);
        Dialogue d = linux_established();
        d.shutdown();
        d.expect(FIN_ACK);
        d.peer(ACK.ack(1));
        d.shutdown_receive();
        d.peer(FIN_ACK.seq(hole ? 1 : 0).ack(1));
        if (hole) {
            d.expect(RST.seq(1));
        } else {
            d.expect(ACK.seq(1).ack(1));
        }
        CHECK(d.state() == (hole ? State::closed : State::time_wait));
    }
}
