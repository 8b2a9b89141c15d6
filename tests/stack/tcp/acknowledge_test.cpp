#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::State;
using tcp::Why;

namespace {

/// A write of so many bytes, in one segment.
SegmentPattern write_of(std::uint32_t length) { return PSH_ACK.len(length); }

/// A connection in a conversation: it wrote soon after the peer had written.
Dialogue after_echo(profile::Profile profile) {
    Dialogue d = Dialogue::established(std::move(profile));
    d.peer(text(5));
    CHECK(d.drain() == 5);
    d.write(5);
    d.after(20ms);
    d.peer(ACK);
    while (d.pending() > 0) {
        d.expect(ACK);
    }
    return d;
}

/// A connection that has used up its quick ACKs and never wrote.
Dialogue without_quick_acks() {
    Dialogue d = Dialogue::established(profile_of("linux"));
    while (d.connection().tcb().delayed_ack.quick > 0 || d.connection().tcb().delayed_ack.ato == Duration{0}) {
        d.peer(write_of(100));
        d.expect(ACK.len(0), Why::acknowledge_at_once);
        d.drain();
        d.after(50ms);
    }
    return d;
}

}  // namespace

TEST_CASE("Linux TCP_MAX_QUICKACKS: without a reader 16 ACKs at once, then 40 ms each (delack_every_50ms_noread)") {
    Dialogue d = Dialogue::established(profile_of("linux"));
    int const quick = d.profile().delayed_ack.initial_quick.value;
    CHECK(quick == 16);
    std::int64_t received = 0;
    for (int i = 0; i < quick; ++i) {
        d.peer(text(100));
        d.expect(ACK.ack(received += 100).len(0), Why::acknowledge_at_once);
        d.after(50ms);
    }
    for (int i = 0; i < 8; ++i) {
        d.peer(text(100));
        d.expect_silence_for(40ms - 1ns);
        d.after(1ns);
        d.expect(ACK.ack(received += 100).len(0), Why::delayed_ack_timer);
        d.after(10ms);
    }
}

TEST_CASE(
    "Linux tcp_cleanup_rbuf: in a conversation the first ACK waits 40 ms, later ones only for the reader "
    "(delack_every_50ms_after_echo)") {
    Dialogue d = after_echo(profile_of("linux"));
    d.after(100ms);
    d.peer(text(100));
    d.drain();
    d.expect_silence_for(40ms - 1ns);
    d.after(1ns);
    d.expect(ACK.ack(105).len(0), Why::delayed_ack_timer);
    for (std::int64_t end = 205; end < 1000; end += 100) {
        d.after(10ms);
        d.peer(text(100));
        d.drain();
        d.expect(ACK.ack(end).len(0), Why::acknowledge_at_once);
    }
}

TEST_CASE("Linux tcp_cleanup_rbuf: who reads a write to its end acknowledges it at once (delack_every_10ms)") {
    Dialogue d = without_quick_acks();
    for (int i = 0; i < 5; ++i) {
        d.peer(write_of(100));
        d.expect_silence_for(10ms);
        d.drain();
        d.expect(ACK.len(0), Why::acknowledge_at_once);
    }
    d.peer(write_of(100));
    d.peer(write_of(100));
    CHECK(d.read(150).value().size() == 150);
    d.expect_silence();  // the rest is still unread
    CHECK(d.drain() == 50);
    d.expect(ACK.len(0), Why::acknowledge_at_once);
}

TEST_CASE("Linux tcp_dec_quickack_mode: sending text while nothing is to be acknowledged uses up no quick ACK") {
    Dialogue d = Dialogue::established(profile_of("linux"));
    d.peer(text(100));
    d.expect(ACK.ack(100).len(0));
    int const left = d.connection().tcb().delayed_ack.quick;
    CHECK(left == d.profile().delayed_ack.initial_quick.value - 1);
    d.after(1s);  // longer than the ACK timeout: no conversation
    for (int i = 0; i < 5; ++i) {
        d.write(1000);
        d.expect(text(1000));
        d.after(20ms);
        d.peer(ACK);
    }
    CHECK(d.connection().tcb().delayed_ack.quick == left);
}

TEST_CASE("Linux tcp_event_data_sent: an answer within the ACK timeout begins a conversation, a later one does not") {
    for (bool const soon : {true, false}) {
        CAPTURE(soon);
        Dialogue d = Dialogue::established(profile_of("linux"));
        d.peer(text(5));
        d.expect(ACK.ack(5));
        d.after(soon ? 39ms : 41ms);
        d.write(5);
        d.expect(text(5));
        CHECK((d.connection().tcb().delayed_ack.pingpong == d.profile().delayed_ack.pingpong_threshold.value) == soon);
    }
}

TEST_CASE("Linux tcp_fin: the ACK of a FIN waits 40 ms for the program's answer (proc_kill_blocked_read)") {
    Dialogue d = Dialogue::established(profile_of("linux"));
    d.peer(text(5));
    d.expect(ACK.ack(5));
    d.drain();
    d.after(300ms);
    d.peer(FIN_ACK);
    CHECK(d.state() == State::close_wait);
    d.expect_silence_for(40ms - 1ns);
    d.after(1ns);
    d.expect(ACK.ack(6).len(0), Why::delayed_ack_timer);
}

TEST_CASE("Linux: the FIN that answers in time carries the ACK (time_wait_reconnect)") {
    Dialogue d = Dialogue::established(profile_of("linux"));
    d.peer(text(5));
    d.expect(ACK.ack(5));
    d.drain();
    d.peer(FIN_ACK);
    d.expect_silence_for(10ms);
    d.close();
    d.expect(FIN_ACK.seq(0).ack(6));
    d.expect_silence_for(100ms);
}

TEST_CASE("Linux __tcp_ack_snd_check [SHLD-18][SHLD-19]: more than one full-sized segment is acknowledged at once") {
    for (bool const more : {false, true}) {
        CAPTURE(more);
        Dialogue d = after_echo(profile_of("linux"));  // so that quick ACKs keep out of it
        d.peer(text(1460));                            // more than the segment size assumed so far, which it becomes
        REQUIRE(d.connection().tcb().rcv.mss == 1460);
        d.drain();
        d.expect_silence();  // nothing says that the write ended here
        if (more) {
            d.peer(text(1));
            d.expect(ACK.len(0), Why::acknowledge_at_once);
        } else {
            d.expect_silence_for(40ms - 1ns);
            d.after(1ns);
            d.expect(ACK.len(0), Why::delayed_ack_timer);
        }
    }
}

TEST_CASE(
    "4.4BSD [SHLD-18][SHLD-19]: every second full-sized segment is acknowledged at once, a single one at the next tick "
    "of 200 ms (tcp_fasttimo)") {
    Dialogue d = Dialogue::established(profile_of("bsd44"));
    Duration const tick = d.profile().delayed_ack.tick.value;
    REQUIRE(tick == 200ms);
    Duration const beyond = d.now().time_since_epoch() % tick;
    REQUIRE(beyond > 0ns);
    d.peer(text(1460));
    d.expect_silence_for(tick - beyond - 1ns);
    d.after(1ns);
    d.expect(ACK.ack(1460).len(0), Why::delayed_ack_timer);
    d.drain();
    while (d.pending() > 0) {
        d.expect(ACK, Why::window_update);
    }
    d.peer(text(1460));  // just at a tick: until the next one
    d.expect_silence_for(tick - 1ns);
    d.peer(text(1460));
    d.expect(ACK.ack(3 * 1460).len(0), Why::acknowledge_at_once);
}

TEST_CASE("RFC 9293 §3.8.6.3 [MUST-40]: no ACK is delayed by half a second or more") {
    for (char const* name : {"linux", "bsd44"}) {
        CAPTURE(name);
        Dialogue d = after_echo(profile_of(name));
        for (Duration const gap : {1ms, 30ms, 39ms, 60ms, 150ms, 700ms, 2000ms}) {
            d.peer(text(10));
            std::int64_t const all = d.connection().tcb().rcv.nxt - d.connection().tcb().rcv.wup;
            if (all > 0) {
                Instant const begin = d.now();
                d.after(d.connection().next_deadline() - begin);
                CHECK(d.now() - begin < 500ms);
            }
            CHECK(d.connection().tcb().rcv.wup == d.connection().tcb().rcv.nxt);
            d.after(gap);
        }
        while (d.pending() > 0) {
            d.expect(ACK);
        }
    }
}

TEST_CASE(
    "RFC 5681 §4.2 [MAY-13]: text beyond a hole and the filling of a hole are acknowledged at once, even in a "
    "conversation") {
    for (char const* name : {"linux", "bsd44"}) {
        CAPTURE(name);
        Dialogue d = Dialogue::established(profile_of(name));
        d.peer(text(100).seq(100));
        d.expect(ACK.ack(0).len(0), Why::acknowledge_out_of_order);
        d.peer(text(100).seq(0));
        d.expect(ACK.ack(200).len(0), Why::acknowledge_filled_hole);
        d.expect_silence_for(1s);
    }
}
