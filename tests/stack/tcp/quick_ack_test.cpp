// Which ACKs wait on Linux, and who may say so: the delayed-ACK timer, conversations, TCP_QUICKACK.
#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::Why;

namespace {

SegmentPattern write_of(std::uint32_t length) { return PSH_ACK.len(length); }

/// So many answers within the ACK timeout.
Dialogue after_answers(profile::Profile profile, int answers) {
    Dialogue d = Dialogue::established(std::move(profile));
    for (int i = 0; i < answers; ++i) {
        d.peer(write_of(5));
        CHECK(d.drain() == 5);
        d.write(5);
        d.after(20ms);
        d.peer(ACK);
    }
    while (d.pending() > 0) {
        d.expect(ACK);
    }
    d.after(100ms);
    return d;
}

}  // namespace

TEST_CASE(
    "Linux tcp_send_delayed_ack: a timer with a quarter of the delay to go is not waited for "
    "(delack_every_10ms_noread)") {
    for (bool const near : {false, true}) {
        CAPTURE(near);
        Dialogue d = after_answers(profile_of("linux"), 1);
        d.peer(write_of(100));
        d.after(near ? 30ms : 30ms - 1ns);
        d.expect_silence();
        d.peer(write_of(100));
        if (near) {  // 40 ms from the first, which is 40/4 ms from now
            d.expect(ACK.ack(205), Why::acknowledge_at_once);
            d.expect_silence_for(1s);
        } else {
            d.expect_silence_for(10ms);
            d.after(1ns);
            d.expect(ACK.ack(205), Why::delayed_ack_timer);
        }
    }
}

TEST_CASE("Linux tcp_pingpong_thresh: so many answers in time make a conversation, in which an ACK waits") {
    for (int const answers : {1, 2, 3}) {
        CAPTURE(answers);
        profile::Profile profile = profile_of("linux");
        profile.delayed_ack.pingpong_threshold.value = 3;
        Dialogue d = after_answers(profile, answers);
        d.peer(write_of(5));
        if (answers < 3) {
            d.expect(ACK, Why::acknowledge_at_once);
        } else {
            d.expect_silence_for(40ms - 1ns);
            d.after(1ns);
            d.expect(ACK, Why::delayed_ack_timer);
        }
    }
}

TEST_CASE("Linux TCP_QUICKACK 0 begins a conversation: one ACK waits 40 ms, and that ends it (quickack_off)") {
    Dialogue d = Dialogue::established(profile_of("linux"));
    CHECK(d.connection().quick_ack());
    d.set_quick_ack(0);
    CHECK_FALSE(d.connection().quick_ack());
    d.peer(write_of(100));
    d.drain();
    d.expect_silence_for(40ms - 1ns);
    d.after(1ns);
    d.expect(ACK.ack(100), Why::delayed_ack_timer);
    CHECK(d.connection().quick_ack());
    d.peer(write_of(100));
    d.expect(ACK.ack(200), Why::acknowledge_at_once);
}

TEST_CASE("Linux TCP_QUICKACK 1 sends what waits and ends a conversation; an even value lets it go on") {
    for (std::int64_t const value : {1, 2}) {
        CAPTURE(value);
        Dialogue d = after_answers(profile_of("linux"), 1);
        d.peer(write_of(100));
        d.drain();
        d.expect_silence_for(10ms);
        d.set_quick_ack(value);
        d.expect(ACK.ack(105), Why::acknowledge_at_once);
        CHECK(d.connection().quick_ack() == (value == 1));
        d.expect_silence_for(1s);
    }
}

TEST_CASE("Linux TCP_QUICKACK 1 sends nothing for text that nobody read, and nothing where nothing waits") {
    Dialogue d = after_answers(profile_of("linux"), 1);
    d.set_quick_ack(1);
    d.expect_silence();
    d.set_quick_ack(0);
    d.peer(write_of(100));
    d.set_quick_ack(1);
    d.expect_silence();  // tcp_cleanup_rbuf: memory is still in use
    d.after(40ms);
    d.expect(ACK.ack(105), Why::delayed_ack_timer);
}

TEST_CASE("Linux TCP_QUICKACK 0 before the connection opens: it begins as a conversation") {
    tcp::UserOptions options;
    options.quick_ack_off = true;
    Dialogue d = Dialogue::syn_received(profile_of("linux"), Dialogue::usual_options(), 0, options);
    d.expect(SYN_ACK);
    d.peer(ACK.seq(1).ack(1));
    CHECK_FALSE(d.connection().quick_ack());
    d.peer(write_of(5).seq(1).ack(1));
    d.expect_silence_for(40ms - 1ns);
    d.after(1ns);
    d.expect(ACK, Why::delayed_ack_timer);
}

TEST_CASE(
    "Linux tcp_data_queue: a FIN whose text is all old counts as text received: its ACK waits for the delayed ACK") {
    Dialogue d = Dialogue::established(profile_of("linux"));
    d.peer(FIN_ACK.seq(-9).len(9));
    d.expect_silence_for(39ms);
    d.after(1ms);
    d.expect(ACK.ack(1), tcp::Why::delayed_ack_timer);
}
