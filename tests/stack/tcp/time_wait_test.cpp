// TIME-WAIT. What Linux does was seen on a Linux 6.18, segment by segment.
#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::State;

namespace {

constexpr Duration already = 3s;  ///< how long it has waited

/// We closed first; the peer's FIN was its byte 0, ours our byte 0: RCV.NXT is 1, SND.NXT is 1.
Dialogue waiting(profile::Profile const& p, wire::Options const& options = Dialogue::usual_options()) {
    Dialogue d = Dialogue::established(p, 20ms, options);
    d.close();
    d.expect(FIN_ACK.seq(0));
    d.peer(ACK.seq(0).ack(1));
    d.peer(FIN_ACK.seq(0).ack(1));
    d.expect(ACK.seq(1).ack(1));
    REQUIRE(d.state() == State::time_wait);
    d.after(already);
    d.expect_silence();
    return d;
}

Dialogue waiting(std::string_view system = "linux", wire::Options const& options = Dialogue::usual_options()) {
    return waiting(profile_of(system), options);
}

/// It ends after a whole TIME-WAIT from now, or what is left of the first.
void expect_end(Dialogue& d, bool began_again) {
    Duration const whole = d.profile().teardown.time_wait.value;
    d.after((began_again ? whole : whole - already) - 1ns);
    CHECK(d.state() == State::time_wait);
    d.after(1ns);
    CHECK(d.state() == State::closed);
}

}  // namespace

TEST_CASE("RFC 1337: a RST at RCV.NXT ends TIME-WAIT, unless tcp_rfc1337; any other RST is dropped") {
    Dialogue d = waiting();
    d.peer(RST.seq(1));
    d.expect_silence();
    CHECK(d.state() == State::closed);
    CHECK(d.connection().error() == Errno::none);
    for (std::int64_t const seq : {std::int64_t{0}, std::int64_t{2}}) {
        Dialogue other = waiting();
        other.peer(RST.seq(seq));
        other.expect_silence();
        expect_end(other, false);
    }
    profile::Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, "tcp_rfc1337", "1"));
    Dialogue safe = waiting(p);
    safe.peer(RST.seq(1));
    safe.expect_silence();
    expect_end(safe, false);
}

TEST_CASE("Linux tcp_timewait_state_process: a bare ACK at RCV.NXT is not answered, and the wait begins again") {
    for (std::int64_t const ack : {std::int64_t{1}, std::int64_t{200}}) {
        Dialogue d = waiting();
        d.peer(ACK.seq(1).ack(ack));
        d.expect_silence();
        expect_end(d, true);
    }
}

TEST_CASE(
    "RFC 7323 §4.3, Linux: in TIME-WAIT what lies exactly at RCV.NXT brings TS.Recent forward, nothing else does") {
    struct Case {
        SegmentPattern segment{};
        bool exact{};
    };
    for (Case const& c : {Case{ACK.seq(1).ack(1), true}, Case{RST.seq(1), true}, Case{ACK.seq(2).ack(1), false},
                          Case{text(1).seq(1).ack(1), false}}) {
        profile::Profile p = profile_of("linux");
        REQUIRE_FALSE(profile::set(p, "tcp_rfc1337", "1"));
        Dialogue d = waiting(p, Dialogue::with_timestamps());
        tcp::TimestampState const before = d.connection().tcb().timestamps;
        SegmentPattern segment = c.segment;
        d.peer(segment.ts(before.recent + 5, 0));
        CHECK(d.connection().tcb().timestamps.recent == before.recent + (c.exact ? 5 : 0));
        CHECK(d.connection().tcb().timestamps.recent_at == (c.exact ? tcp::seconds_of(d.now()) : before.recent_at));
    }
}

TEST_CASE("RFC 9293 §3.10.7.4 fifth, TIME-WAIT: the FIN again is acknowledged, and the wait begins again") {
    for (std::string_view const system : {"linux", "bsd44"}) {
        Dialogue d = waiting(system);
        d.peer(FIN_ACK.seq(0).ack(1));
        d.expect(ACK.seq(1).ack(1));
        d.expect_silence();
        expect_end(d, true);
    }
}

TEST_CASE("Linux tcp_timewait_state_process: whatever else acknowledges is answered and prolongs") {
    for (SegmentPattern const& segment : {ACK.seq(0).ack(1).len(1), ACK.seq(1).ack(1).len(1), ACK.seq(-1).ack(1),
                                          ACK.seq(2).ack(1), SYN_ACK.seq(5000).ack(1)}) {
        Dialogue d = waiting();
        d.peer(segment);
        d.expect(ACK.seq(1).ack(1));
        d.expect_silence();
        expect_end(d, true);
    }
}

TEST_CASE("Linux tcp_timewait_state_process: what does not acknowledge is answered and prolongs nothing") {
    for (SegmentPattern const& segment : {NOTHING.seq(2).len(1), SYN.seq(1), SYN.seq(-50)}) {
        Dialogue d = waiting();
        d.peer(segment);
        d.expect(ACK.seq(1).ack(1));
        d.expect_silence();
        expect_end(d, false);
    }
}

TEST_CASE("Linux tcp_invalid_ratelimit: in TIME-WAIT a bare ACK or SYN is answered every 500 ms, text and FIN always") {
    Dialogue d = waiting();
    for (int i = 0; i < 3; ++i) {
        d.peer(FIN_ACK.seq(0).ack(1));
        d.expect(ACK.ack(1));
    }
    d.peer(ACK.seq(2).ack(1));
    d.expect(ACK.ack(1));
    d.after(d.profile().validation.invalid_ratelimit.value - 1ns);
    d.peer(ACK.seq(2).ack(1));
    d.peer(SYN.seq(-50));
    d.expect_silence();
    d.peer(ACK.seq(1).ack(1).len(1));
    d.expect(ACK.ack(1));
    d.after(1ns);
    d.peer(SYN.seq(-50));
    d.expect(ACK.ack(1));
}

TEST_CASE("RFC 7323 §5.3: in TIME-WAIT an old timestamp is answered and prolongs; Linux lets no old RST end it") {
    Dialogue d = waiting("linux", Dialogue::with_timestamps());
    std::uint32_t const recent = d.connection().tcb().timestamps.recent;
    d.peer(ACK.seq(1).ack(1).ts(recent - 1, 0));
    d.expect(ACK.ack(1));
    d.expect_silence();
    expect_end(d, true);
    Dialogue syn = waiting("linux", Dialogue::with_timestamps());
    syn.peer(SYN.seq(5000).ts(recent - 1, 0));
    syn.expect(ACK.ack(1));
    expect_end(syn, true);
    Dialogue reset = waiting("linux", Dialogue::with_timestamps());
    reset.peer(RST.seq(1).ts(recent - 1, 0));
    reset.expect_silence();
    CHECK(reset.state() == State::time_wait);
    reset.peer(RST.seq(1).ts(recent, 0));
    CHECK(reset.state() == State::closed);
}

TEST_CASE("4.4BSD: a bare ACK in TIME-WAIT is no FIN and changes nothing, text is answered; a RST ends it") {
    Dialogue d = waiting("bsd44");
    d.peer(ACK.seq(1).ack(1));
    d.expect_silence();
    expect_end(d, false);
    Dialogue text_came = waiting("bsd44");
    text_came.peer(text(10).seq(1).ack(1));
    text_came.expect(ACK.seq(1).ack(1));
    expect_end(text_came, true);
    Dialogue reset = waiting("bsd44");
    reset.peer(RST.seq(1));
    reset.expect_silence();
    CHECK(reset.state() == State::closed);
}
