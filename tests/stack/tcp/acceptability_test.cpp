// RFC 9293 §3.10.7.4, first, second and fourth: which segments are looked at, which RST and SYN are believed, what is answered.
#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

#include <utility>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::State;
using tcp::Why;

namespace {

constexpr char const* both[] = {"linux", "bsd44"};

profile::Profile changed(std::string_view name, auto change) {
    profile::Profile profile = profile_of(name);
    change(profile);
    return profile;
}

Dialogue linux_established() { return Dialogue::established(profile_of("linux")); }

void forget_acks(Dialogue& d) {
    while (d.pending() > 0) {
        d.expect(ACK);
    }
}

std::int64_t window_left(Dialogue const& d) {
    auto const& rcv = d.connection().tcb().rcv;
    return rcv.wup + rcv.wnd - rcv.nxt;
}

/// The peer fills the window; nobody reads.
Dialogue with_zero_window(char const* name) {
    Dialogue d = Dialogue::established(profile_of(name));
    for (int i = 0; i < 200 && window_left(d) > 0; ++i) {
        d.peer(text(static_cast<std::uint32_t>(std::min<std::int64_t>(1460, window_left(d)))));
        d.after(1s);
    }
    REQUIRE(window_left(d) == 0);
    forget_acks(d);
    return d;
}

/// Four bytes are in: whatever follows can lie left of the window.
Dialogue after_four_bytes(profile::Profile profile) {
    Dialogue d = Dialogue::established(std::move(profile));
    d.peer(text(4));
    d.after(1s);
    d.drain();
    forget_acks(d);
    return d;
}

}  // namespace

TEST_CASE("RFC 9293 §3.10.7.4, first [MUST-66]: at a window of zero ACK, RST and URG at its edge are still looked at") {
    SUBCASE("ACK") {
        for (char const* name : both) {
            CAPTURE(name);
            Dialogue d = with_zero_window(name);
            d.write(100);
            d.expect(text(100));
            d.peer(ACK);
            CHECK(d.connection().unacknowledged() == 0);
        }
    }
    SUBCASE("RST") {
        for (char const* name : both) {
            CAPTURE(name);
            Dialogue d = with_zero_window(name);
            d.peer(RST);
            CHECK(d.state() == State::closed);
        }
    }
    SUBCASE("the ACK of a segment whose text is refused") {
        Dialogue d = with_zero_window("bsd44");
        d.write(100);
        d.expect(text(100));
        std::uint64_t const unread = d.connection().unread();
        d.peer(text(1));
        d.expect(ACK.win(0).len(0), Why::acknowledge_unacceptable);
        d.expect_silence();
        CHECK(d.connection().unacknowledged() == 0);
        CHECK(d.connection().unread() == unread);
    }
    SUBCASE("Linux tcp_sequence takes nothing from such a segment while the reader has something to read") {
        Dialogue d = with_zero_window("linux");
        d.write(100);
        d.expect(text(100));
        d.peer(text(1));
        d.expect(ACK.win(0).len(0), Why::acknowledge_unacceptable);
        CHECK(d.connection().unacknowledged() == 100);
    }
}

TEST_CASE("RFC 9293 §3.4, acceptability: the left edge of the window, segment by segment") {
    struct Case {
        std::int64_t seq;
        std::uint32_t length;
        bool taken;  ///< something of it is new
    };
    for (char const* name : both) {
        for (Case const& c :
             {Case{0, 4, false}, Case{0, 5, true}, Case{3, 1, false}, Case{3, 2, true}, Case{4, 1, true}}) {
            CAPTURE(name);
            CAPTURE(c.seq);
            CAPTURE(c.length);
            Dialogue d = after_four_bytes(profile_of(name));
            d.peer(text(c.length).seq(c.seq));
            CHECK(d.connection().unread() == (c.taken ? 1 : 0));
            if (!c.taken) {
                d.expect(ACK.ack(4).len(0), Why::acknowledge_repetition);
            }
            forget_acks(d);
        }
    }
}

TEST_CASE("RFC 9293 §3.10.7.4, first: text beyond the window is cut off (4.4BSD), text wholly beyond it refused") {
    Dialogue d = Dialogue::established(profile_of("bsd44"));
    std::int64_t const edge = window_left(d);
    d.peer(text(10).seq(edge));
    d.expect(ACK.ack(0), Why::acknowledge_unacceptable);
    d.peer(text(11).seq(edge - 10));
    d.expect(ACK.ack(0), Why::acknowledge_out_of_order);
    d.peer(text(static_cast<std::uint32_t>(edge - 10)).seq(0));
    CHECK(d.connection().unread() == static_cast<std::uint64_t>(edge));
    forget_acks(d);
}

TEST_CASE("Linux tcp_sequence: beyond the window all or nothing, all if the reader has nothing to read") {
    SUBCASE("all, but not a segment that begins at the edge") {
        Dialogue d = linux_established();
        std::int64_t const edge = window_left(d);
        d.peer(text(10).seq(edge));
        d.expect(ACK.ack(0), Why::acknowledge_unacceptable);
        d.peer(text(1000).seq(edge - 1));
        d.expect(ACK.ack(0).sack({{edge - 1, edge + 999}}), Why::acknowledge_out_of_order);
    }
    SUBCASE("nothing") {
        Dialogue d = linux_established();
        d.peer(text(10));
        d.expect(ACK.ack(10));
        std::int64_t const edge = 10 + window_left(d);
        d.peer(text(10).seq(edge - 9));
        d.expect(ACK.ack(10), Why::acknowledge_unacceptable);
        d.peer(text(10).seq(edge - 10));
        d.expect(ACK.ack(10).sack({{edge - 10, edge}}), Why::acknowledge_out_of_order);
    }
}

TEST_CASE("Linux tcp_sequence: a FIN may lie just beyond the window") {
    Dialogue d = with_zero_window("linux");
    d.peer(FIN_ACK);
    CHECK(d.state() == State::close_wait);
}

TEST_CASE("Linux tcp_sequence: the ACK of a repetition that ends at or after the last ACK counts; RFC 9293 drops it") {
    for (char const* name : both) {
        CAPTURE(name);
        Dialogue d = after_four_bytes(profile_of(name));
        d.write(100);
        d.expect(text(100));
        d.peer(text(4).seq(0).ack(100));
        CHECK(d.connection().unacknowledged() == (name == both[0] ? 0 : 100));
        forget_acks(d);
    }
}

TEST_CASE(
    "Linux tcp_invalid_ratelimit: answers to invalid segments without text are half a second apart (hs_late_synack)") {
    Dialogue d = after_four_bytes(profile_of("linux"));
    Duration const limit = d.profile().validation.invalid_ratelimit.value;
    CHECK(limit == 500ms);
    d.peer(ACK.seq(-10));
    d.expect(ACK.ack(4).len(0), Why::acknowledge_unacceptable);
    d.after(limit - 1ns);
    d.peer(ACK.seq(-10));
    d.peer(RST.seq(5));  // a challenge has the same clock
    d.peer(SYN.seq(1000));
    d.expect_silence();
    d.peer(text(2).seq(-10));  // text is always answered
    d.expect(ACK.ack(4).len(0));
    d.after(1ns);
    d.peer(RST.seq(5));
    d.expect(ACK.ack(4).len(0), Why::challenge_ack);
    d.after(limit);
    d.peer(SYN.seq(1000));
    d.expect(ACK.ack(4).len(0), Why::challenge_ack);
    Dialogue unlimited =
        after_four_bytes(changed("linux", [](auto& p) { p.validation.invalid_ratelimit.value = 0ms; }));
    for (int i = 0; i < 3; ++i) {
        unlimited.peer(ACK.seq(-10));
        unlimited.expect(ACK.ack(4), Why::acknowledge_unacceptable);
    }
}

TEST_CASE("RFC 5961 §3.2 as Linux tcp_validate_incoming: a RST at the end of all that was received is exact, too") {
    for (bool const sack : {true, false}) {
        CAPTURE(sack);
        wire::Options options = Dialogue::usual_options();
        options.sack_permitted = sack;
        Dialogue d = Dialogue::established(profile_of("linux"), 20ms, options);
        d.peer(text(100).seq(500));
        d.peer(text(100).seq(1000));
        d.peer(text(100).seq(200));
        forget_acks(d);
        d.peer(RST.seq(600));
        CHECK(d.state() == State::established);
        d.peer(RST.seq(1100));
        CHECK((d.state() == State::closed) == sack);
        forget_acks(d);
    }
}

TEST_CASE("Linux tcp_reset_check: after a FIN a RST one below RCV.NXT ends the connection, before it does not") {
    Dialogue d = linux_established();
    d.peer(RST.seq(-1));
    CHECK(d.state() == State::established);
    d.peer(FIN_ACK);
    d.after(1s);
    forget_acks(d);
    d.peer(RST.seq(-1));
    CHECK(d.state() == State::close_wait);
    d.peer(RST.seq(0));
    CHECK(d.state() == State::closed);
    Dialogue bsd = Dialogue::established(profile_of("bsd44"));
    bsd.peer(FIN_ACK);
    bsd.after(1s);
    forget_acks(bsd);
    bsd.peer(RST.seq(0));
    CHECK(bsd.state() == State::close_wait);
}

TEST_CASE("RFC 9293 §3.5.3 [SHLD-2]: a RST may carry text") {
    for (char const* name : both) {
        CAPTURE(name);
        Dialogue d = Dialogue::established(profile_of(name));
        d.peer(RST.len(20));
        CHECK(d.state() == State::closed);
        CHECK(d.connection().error() == Errno::econnreset);
        CHECK(d.connection().unread() == 0);
    }
}

TEST_CASE("RFC 793 p. 70, 71 (4.4BSD): a RST or SYN anywhere in the window ends the connection") {
    Dialogue reset = Dialogue::established(profile_of("bsd44"));
    std::int64_t const edge = window_left(reset);
    reset.peer(RST.seq(edge));
    CHECK(reset.state() == State::established);
    reset.peer(RST.seq(edge - 1));
    CHECK(reset.state() == State::closed);
    Dialogue syn = Dialogue::established(profile_of("bsd44"));
    syn.peer(SYN.seq(edge));
    syn.expect(ACK, Why::acknowledge_unacceptable);
    syn.peer(SYN.seq(0));
    syn.expect(RST_ACK);
    CHECK(syn.state() == State::closed);
    CHECK(syn.connection().error() == Errno::econnreset);
}

TEST_CASE("RFC 1337 §3: TIME-WAIT ends by a RST, unless tcp_rfc1337 says that it ignores it") {
    for (bool const ignores : {false, true}) {
        CAPTURE(ignores);
        Dialogue d = Dialogue::established(
            changed("linux", [&](auto& p) { p.validation.time_wait_ignores_reset.value = ignores; }));
        d.shutdown();
        d.expect(FIN_ACK);
        d.peer(FIN_ACK);
        REQUIRE(d.state() == State::time_wait);
        forget_acks(d);
        d.peer(RST);
        CHECK(d.state() == (ignores ? State::time_wait : State::closed));
        d.expect_silence();
    }
}

TEST_CASE("RFC 9293 §3.10.7.4, fifth: a segment without ACK is dropped, whatever it carries") {
    for (char const* name : both) {
        CAPTURE(name);
        Dialogue d = Dialogue::established(profile_of(name));
        d.peer(NOTHING.len(10));
        d.peer(NOTHING.also(wire::Flags::fin));
        CHECK(d.connection().unread() == 0);
        CHECK(d.state() == State::established);
        d.expect_silence_for(1s);
    }
}

TEST_CASE(
    "RFC 5961 §5.2: an ACK below SND.UNA - MAX.SND.WND, or of what was not sent, is challenged at the same limited "
    "rate") {
    Dialogue d = linux_established();
    d.peer(ACK.ack(1));
    d.expect(ACK.len(0), Why::challenge_ack);
    d.peer(ACK.ack(1));
    d.expect_silence();
    d.after(500ms);
    d.peer(ACK.ack(-static_cast<std::int64_t>(d.connection().tcb().snd.max_wnd) - 1));
    d.expect(ACK.len(0), Why::challenge_ack);
}

TEST_CASE(
    "Linux tcp_send_active_reset: the RST of an abort offers its window and carries timestamps (linger0_queued_data)") {
    Dialogue d = Dialogue::established(profile_of("linux"), 20ms, Dialogue::with_timestamps());
    d.abort();
    REQUIRE(d.pending() == 1);
    wire::TcpSegment const& reset = d.front().segment;
    CHECK(reset.window != 0);
    CHECK(wire::decode(reset.options).timestamps.has_value());
    CHECK(wire::decode(reset.options).timestamps->echo == d.connection().tcb().timestamps.recent);
    d.expect(RST_ACK);
}

TEST_CASE("Linux tcp_sequence: text that begins at the right edge goes on to its ACK, and is not taken") {
    for (std::int64_t const beyond : {0, 1}) {
        CAPTURE(beyond);
        Dialogue d = Dialogue::established(profile_of("linux"));
        d.write(10);
        d.expect(text(10));
        auto const& tcb = d.connection().tcb();
        std::int64_t const edge = tcb.rcv.wup + tcb.rcv.wnd - tcb.rcv.nxt;
        d.peer(text(10).seq(edge + beyond).ack(10));
        CHECK(d.connection().unacknowledged() == (beyond == 0 ? 0 : 10));
        CHECK(d.connection().unread() == 0);
        CHECK_FALSE(tcb.receive_queue.has_holes());
        d.expect(ACK.len(0), tcp::Why::acknowledge_unacceptable);
    }
}

TEST_CASE("RFC 9293 §3.10.7.4, seventh, 4.4BSD tcp_input: a FIN takes room in the window like text") {
    for (std::uint32_t const left : {0U, 1U}) {
        CAPTURE(left);
        Dialogue d = Dialogue::established(profile_of("bsd44"));
        auto const& tcb = d.connection().tcb();
        auto const room = static_cast<std::uint32_t>(tcb.rcv.wup + tcb.rcv.wnd - tcb.rcv.nxt);
        d.peer(text(room - left).also(wire::Flags::fin));
        CHECK(d.connection().unread() == room - left);
        CHECK(d.state() == (left == 0 ? tcp::State::established : tcp::State::close_wait));
        while (d.pending() > 0) {
            (void)d.take();
        }
    }
}
