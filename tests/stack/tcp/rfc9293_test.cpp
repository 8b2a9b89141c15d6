// Requirements of RFC 9293 that belong to no other file's concern.
#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::State;
using tcp::Why;

namespace {

constexpr std::uint32_t mss = 1460;

Dialogue linux_established() { return Dialogue::established(profile_of("linux")); }

/// A congestion window that stands in nobody's way.
profile::Profile with_wide_congestion_window(std::string_view name) {
    profile::Profile p = profile_of(name);
    p.congestion.initial_window.value = 200;
    p.buffers.send_default.value = 1'000'000;
    return p;
}

/// How many bytes of text come out; forgets the segments.
std::uint64_t bytes_sent(Dialogue& d) {
    std::uint64_t bytes = 0;
    while (d.pending() > 0) {
        bytes += d.front().segment.payload.size();
        d.expect({.flags = static_cast<std::uint8_t>(d.front().segment.flags.bits & ~wire::Flags::psh)});
    }
    return bytes;
}

/// Nobody reads, until nothing fits any more.
Dialogue with_full_buffer(char const* name) {
    Dialogue d = Dialogue::established(profile_of(name));
    auto const& rcv = d.connection().tcb().rcv;
    for (int i = 0; i < 1000 && rcv.wup + rcv.wnd != rcv.nxt; ++i) {
        d.peer(text(std::min<std::uint32_t>(mss, static_cast<std::uint32_t>(rcv.wup + rcv.wnd - rcv.nxt))));
        d.after(1s);
    }
    REQUIRE(rcv.wup + rcv.wnd == rcv.nxt);
    bytes_sent(d);
    return d;
}

}  // namespace

TEST_CASE("RFC 9293 §3.1 [MUST-1]: a window of 65535 is that much, and no negative one") {
    struct Case {
        char const* name;
        std::uint32_t bytes;  ///< 4.4BSD's sender avoids silly windows: whole segments
    };
    for (Case const c : {Case{"linux", 65535}, Case{"bsd44", 65535 / mss * mss}}) {
        CAPTURE(c.name);
        wire::Options options;
        options.mss = mss;  // and no window scale
        Dialogue d = Dialogue::established(with_wide_congestion_window(c.name), 20ms, options);
        REQUIRE(d.write(100'000) == 100'000);
        CHECK(bytes_sent(d) == c.bytes);
    }
}

TEST_CASE("RFC 9293 §3.1 [REC-1]: windows are counted in 32 bits, up to the 1 GiB that a scale of 14 allows") {
    wire::Options options = Dialogue::usual_options();
    options.window_scale = 14;
    Dialogue d = Dialogue::established(with_wide_congestion_window("linux"), 20ms, options);
    d.peer(ACK.win(65535));
    CHECK(d.connection().tcb().snd.wnd == 65535U << 14U);
    CHECK(d.write(200'000) == 200'000);
    CHECK(bytes_sent(d) == 200'000);
}

TEST_CASE("RFC 9293 §3.1 [MUST-5]: an option is no obstacle in any segment, and an MSS means something in a SYN only") {
    Dialogue d = linux_established();
    d.write(10);
    d.expect(text(10));
    d.peer(ACK.mss(100));
    CHECK(d.connection().unacknowledged() == 0);
    d.peer(text(5).mss(100));
    CHECK(d.connection().unread() == 5);
    d.peer(FIN_ACK.mss(100));
    CHECK(d.state() == State::close_wait);
    bytes_sent(d);
    d.write(2 * mss);
    d.expect(text(mss));
    d.expect(text(mss));
    d.peer(RST.mss(100));
    CHECK(d.state() == State::closed);
}

TEST_CASE("RFC 9293 §3.1 [MUST-65]: the MSS option is in the SYN and in no other segment") {
    for (char const* name : {"linux", "bsd44"}) {
        CAPTURE(name);
        Dialogue d = Dialogue::syn_sent(profile_of(name));
        CHECK(wire::decode(d.front().segment.options).mss == mss);
        d.expect(SYN);
        d.peer(SYN_ACK.mss(mss));
        d.write(10);
        d.peer(text(10));
        d.peer(text(10).seq(100));
        d.shutdown();
        d.after(10s);
        d.abort();
        CHECK(d.pending() >= 5);
        while (d.pending() > 0) {
            CHECK(wire::decode(d.front().segment.options).mss == std::nullopt);
            d.expect({.flags = static_cast<std::uint8_t>(d.front().segment.flags.bits & ~wire::Flags::psh)});
        }
    }
}

TEST_CASE("RFC 9293 §3.7.1 [MUST-14][MUST-16]: a segment holds the smaller of the peer's MSS and the link's") {
    struct Case {
        std::uint16_t peer;
        std::uint32_t sent;
    };
    for (char const* name : {"linux", "bsd44"}) {
        for (Case const c :
             {Case{1459, 1459}, Case{1460, 1460}, Case{1461, 1460}, Case{9000, 1460}, Case{536, 536}, Case{48, 48}}) {
            CAPTURE(name);
            CAPTURE(c.peer);
            wire::Options options;
            options.mss = c.peer;
            Dialogue d = Dialogue::established(profile_of(name), 20ms, options);
            d.write(3000);
            REQUIRE(d.pending() > 0);
            d.expect(text(c.sent));
        }
    }
}

TEST_CASE("RFC 9293 §3.5.2 [MUST-11]: a RST refuses a simultaneous open, for it began as an active one") {
    Dialogue d = Dialogue::syn_sent(profile_of("bsd44"));
    d.expect(SYN.seq(0));
    d.peer(SYN);
    d.expect(SYN_ACK.seq(0).ack(1));
    REQUIRE(d.state() == State::syn_received);
    d.peer(RST.seq(1));
    CHECK(d.state() == State::closed);
    REQUIRE(d.ended());
    CHECK(name(d.ended()->error) == name(Errno::econnrefused));
    d.expect_silence_for(1h);
}

TEST_CASE("RFC 9293 §3.5.3 [SHLD-2]: a RST may carry text, and ends the connection all the same") {
    Dialogue d = linux_established();
    d.peer(text(10));
    bytes_sent(d);
    d.peer(RST.len(20));
    CHECK(d.state() == State::closed);
    CHECK(d.connection().unread() == 10);
    d.expect_silence();
}

TEST_CASE("RFC 9293 §3.4 [MUST-66]: a RST is processed although the receive window is zero") {
    for (char const* name : {"linux", "bsd44"}) {
        CAPTURE(name);
        Dialogue d = with_full_buffer(name);
        d.peer(RST);
        CHECK(d.state() == State::closed);
        CHECK(d.connection().error() == Errno::econnreset);
    }
}

TEST_CASE("RFC 9293 §3.8.6 [MUST-34][SHLD-15][SHLD-16]: a window that shrinks stops new text; the old is repeated") {
    profile::Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, "tcp_early_retrans", "0"));
    Dialogue d = Dialogue::established(p);
    d.write(20 * mss);
    CHECK(bytes_sent(d) == 10 * mss);
    std::uint16_t window = 0;
    SUBCASE("to two of the nine segments that are out") { window = 23; }
    SUBCASE("to less than one") { window = 4; }
    d.peer(ACK.ack(mss).win(window));
    d.expect_silence();
    d.after(d.connection().next_deadline() - d.now());
    d.expect(text(std::min<std::uint32_t>(mss, window * 128U)).seq(mss), Why::retransmission_timeout);
    d.expect_silence();
    d.peer(ACK.ack(10 * mss).win(512));
    CHECK(bytes_sent(d) > 0);
}

TEST_CASE("RFC 9293 §3.8.6.1 [MAY-8]: a receiver may keep its window shut for ever, and answers every probe") {
    for (char const* name : {"linux", "bsd44"}) {
        CAPTURE(name);
        Dialogue d = with_full_buffer(name);
        for (int minute = 0; minute < 24 * 60; ++minute) {
            d.expect_silence_for(1min);
            d.peer(text(1).seq(d.connection().tcb().rcv.nxt - d.connection().tcb().rcv.irs - 1));
            d.expect(ACK.win(0).len(0));
        }
        CHECK(d.state() == State::established);
    }
}

TEST_CASE(
    "RFC 9293 §3.9.1.2 [SHLD-27]: what several calls wrote behind a shut window leaves in segments of full size") {
    for (char const* name : {"linux", "bsd44"}) {
        CAPTURE(name);
        Dialogue d = Dialogue::established(profile_of(name));
        d.set_no_delay();
        d.write(10);
        d.expect(text(10));
        d.peer(ACK.win(0));
        for (int i = 0; i < 3; ++i) {
            d.write(700);
        }
        d.expect_silence();
        d.peer(ACK.win(512));
        d.expect(text(mss).seq(10));
    }
}

TEST_CASE("RFC 9293 §3.10.7.4 [MUST-58][MUST-59]: what was held is all processed before the one ACK that covers it") {
    for (char const* name : {"linux", "bsd44"}) {
        CAPTURE(name);
        Dialogue d = Dialogue::established(profile_of(name));
        for (std::int64_t const seq : {100, 200, 300}) {
            d.peer(text(100).seq(seq));
        }
        bytes_sent(d);
        d.peer(text(100).seq(0));
        d.expect(ACK.ack(400).len(0));
        d.expect_silence_for(1s);
    }
}

TEST_CASE("RFC 9293 §3.10.7.4: a FIN that was held is covered by the ACK of what fills the hole") {
    for (char const* name : {"linux", "bsd44"}) {
        for (std::uint32_t const held : {0U, 300U}) {
            CAPTURE(name);
            CAPTURE(held);
            Dialogue d = Dialogue::established(profile_of(name));
            d.peer(FIN_ACK.seq(100).len(held));
            bytes_sent(d);
            d.peer(text(100).seq(0));
            d.expect(ACK.ack(held + 101).len(0));
            d.expect_silence_for(1s);
        }
    }
}

TEST_CASE(
    "RFC 9293 §3.8.6 [SHLD-17][MAY-7]: text beyond a window that shrank is repeated, and never ends a connection whose "
    "peer answers") {
    for (char const* name : {"linux", "bsd44"}) {
        CAPTURE(name);
        Dialogue d = Dialogue::established(profile_of(name));
        d.write(mss);
        d.expect(text(mss).seq(0));
        d.peer(ACK.ack(0).win(0));
        Instant const end = d.now() + 2h;
        while (d.now() < end && d.state() == State::established) {
            REQUIRE(d.connection().next_deadline() != never);
            d.after(d.connection().next_deadline() - d.now());
            bytes_sent(d);
            d.peer(ACK.ack(0).win(0));
        }
        CHECK(d.state() == State::established);
        d.peer(ACK.ack(0).win(4));
        d.after(3min);
        REQUIRE(d.pending() > 0);
        while (d.pending() > 0) {
            d.expect(text(4U << 7U).seq(0));  // nothing beyond it
        }
        d.peer(ACK.ack(4U << 7U).win(512));
        d.after(3min);
        CHECK(bytes_sent(d) >= mss - (4U << 7U));
        d.peer(ACK.ack(mss));
        CHECK(d.connection().unacknowledged() == 0);
    }
}

TEST_CASE(
    "RFC 9293 §3.10.7.4, fifth [MAY-12]: an ACK older than the largest window is refused with its text (RFC 5961)") {
    for (char const* name : {"linux", "bsd44"}) {
        CAPTURE(name);
        Dialogue d = Dialogue::established(profile_of(name));
        bool const counts =
            d.profile().validation.old_acknowledgments.value == profile::OldAcknowledgments::linux_acked;
        constexpr std::int64_t syn = 1;  // all that was ever acknowledged
        std::int64_t const largest = counts ? syn : std::int64_t{d.connection().tcb().snd.max_wnd};
        d.peer(text(5).ack(-largest - 1));
        d.expect(ACK.ack(0).len(0), Why::challenge_ack);
        CHECK(d.connection().unread() == 0);
        d.peer(text(5).seq(0).ack(-largest));
        CHECK(d.connection().unread() == 5);
    }
}

TEST_CASE("Linux tcp_ack: no ACK is older than all that was ever acknowledged, nor than the largest window") {
    constexpr std::uint32_t window = 8 * 128;
    Dialogue d = Dialogue::established(with_wide_congestion_window("linux"));
    d.write(100);
    d.peer(ACK.ack(100));
    d.after(1s);
    while (d.take()) {
    }
    d.peer(ACK.ack(-2));
    d.expect(ACK.len(0), Why::challenge_ack);
    d.after(1s);
    d.peer(ACK.ack(-1));  // our SYN counts
    d.expect_silence();

    Dialogue passive = Dialogue::syn_received(profile_of("linux"));
    passive.expect(SYN_ACK);
    passive.peer(ACK.seq(1).ack(1).win(8));
    passive.write(10);
    passive.expect(ACK.len(10));
    passive.peer(ACK.seq(1).ack(11).win(8));
    passive.peer(ACK.seq(1).ack(1).win(8));
    passive.expect_silence();
    passive.peer(ACK.seq(1).ack(0).win(8));  // a SYN,ACK's number does not
    passive.expect(ACK.len(0), Why::challenge_ack);

    wire::Options options = Dialogue::usual_options();
    options.window_scale = 0;
    Dialogue long_lived = Dialogue::established(with_wide_congestion_window("linux"), 20ms, options);
    std::int64_t const largest = long_lived.connection().tcb().snd.max_wnd;
    std::int64_t const acked = largest + window;
    long_lived.write(static_cast<std::uint64_t>(largest));
    long_lived.peer(ACK.ack(largest).win(65535));
    long_lived.write(window);
    long_lived.peer(ACK.ack(acked).win(65535));
    while (long_lived.take()) {
    }
    long_lived.peer(ACK.ack(acked - largest).win(65535));
    long_lived.expect_silence();
    long_lived.peer(ACK.ack(acked - largest - 1).win(65535));
    long_lived.expect(ACK.len(0), Why::challenge_ack);
}

TEST_CASE("RFC 9293 §3.8.3 (e): until R2 no call is told that a write goes unanswered") {
    for (char const* name : {"linux", "bsd44"}) {
        CAPTURE(name);
        Dialogue d = Dialogue::established(profile_of(name));
        d.write(10);
        d.after(100s);
        CHECK(bytes_sent(d) > 4 * 10);  // more than three repetitions: R1 is over
        CHECK(d.connection().error() == Errno::none);
        CHECK_FALSE(d.connection().can_receive());
        CHECK(d.try_write(1).ok());
    }
}
