// When those who ask about a shut window give up (RFC 9293 §3.8.6.1).
#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::State;
using tcp::Why;

namespace {

constexpr Duration rtt = 20400us;
constexpr Duration rto = 224ms;  // recorded at this RTT

Dialogue with_shut_window(profile::Profile const& profile) {
    Dialogue d = Dialogue::established(profile, rtt);
    d.peer(ACK.win(0));
    d.write(3000);
    d.expect_silence();
    return d;
}

/// Until the connection ends: how many probes went, each answered with a window of zero if `answered`.
int probes_until_end(Dialogue& d, bool answered) {
    int probes = 0;
    while (d.state() != State::closed) {
        REQUIRE(probes < 200);
        REQUIRE(d.connection().next_deadline() != never);
        d.after(d.connection().next_deadline() - d.now());
        if (d.state() == State::closed) {
            break;
        }
        d.expect(ACK, Why::zero_window_probe);
        d.expect_silence();
        ++probes;
        if (answered) {
            d.after(rtt).peer(ACK.win(0));
        }
    }
    return probes;
}

}  // namespace

TEST_CASE("Linux tcp_probe0_when: TCP_RTO_MAX_MS limits the wait between probes") {
    Dialogue d = with_shut_window(profile_of("linux"));
    d.change_options([](tcp::UserOptions& options) { options.rto_max = 1s; });
    for (Duration const wait : {rto, 2 * rto, 4 * rto, Duration{1s}, Duration{1s}}) {
        d.expect_silence_for(wait - 1ns);
        d.after(1ns);
        d.expect(ACK, Why::zero_window_probe);
    }
}

TEST_CASE("Linux tcp_probe_timer: a user timeout ends it though probes are answered (user_timeout_zero_window)") {
    for (bool const answered : {true, false}) {
        CAPTURE(answered);
        Dialogue d = with_shut_window(profile_of("linux"));
        Instant const start = d.now();
        d.change_options([](tcp::UserOptions& options) { options.user_timeout = 3s; });
        CHECK(probes_until_end(d, answered) == 3);
        CHECK(d.now() - start == rto + 3s);  // counted from the first probe
        CHECK(d.connection().error() == Errno::etimedout);
        CHECK(d.ended()->elapsed == 3s);
        CHECK(d.ended()->limit == 3s);
    }
}

TEST_CASE("Linux tcp_clamp_probe0_to_user_timeout: over at an expiry it ends there; a rest is two jiffies at least") {
    Dialogue exact = with_shut_window(profile_of("linux"));
    Instant start = exact.now();
    exact.change_options([](tcp::UserOptions& options) { options.user_timeout = 6 * 224ms; });
    CHECK(probes_until_end(exact, false) == 2);
    CHECK(exact.now() - start == 7 * rto);
    Dialogue more = with_shut_window(profile_of("linux"));
    start = more.now();
    more.change_options([](tcp::UserOptions& options) { options.user_timeout = 6 * 224ms + 1ms; });
    CHECK(probes_until_end(more, false) == 3);
    CHECK(more.now() - start == 7 * rto + 8ms);
}

TEST_CASE("Linux tcp_ack_probe: a window that opens ends the user timeout's series") {
    Dialogue d = with_shut_window(profile_of("linux"));
    d.change_options([](tcp::UserOptions& options) { options.user_timeout = 3s; });
    for (int i = 0; i < 3; ++i) {
        d.after(2s);
        while (d.pending() > 0) {
            d.expect(ACK);
        }
        d.peer(ACK.win(64));
        while (d.pending() > 0) {
            d.expect(ACK);
        }
        d.peer(ACK.win(0));
        d.write(3000);
        CHECK(d.state() == State::established);
    }
}

TEST_CASE("Linux tcp_send_probe0: intervals double tcp_retries2 times, then stay") {
    profile::Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, "tcp_retries2", "2"));
    Dialogue d = with_shut_window(p);
    for (Duration const gap : {rto, 2 * rto, 4 * rto, 4 * rto, 4 * rto}) {
        d.expect_silence_for(gap - 1ns);
        d.after(1ns);
        d.expect(ACK.seq(-1).len(0), Why::zero_window_probe);
        d.peer(ACK.win(0));
    }
}

TEST_CASE("Linux tcp_orphan_retries=0: an orphan sends eight unanswered probes, ten answered ones") {
    for (bool const answered : {false, true}) {
        CAPTURE(answered);
        Dialogue d = with_shut_window(profile_of("linux"));
        d.close();
        // Answered: until twice the interval would be 120 s and more, 224 ms doubled ten times.
        CHECK(probes_until_end(d, answered) == (answered ? 10 : 8));
    }
    profile::Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, "tcp_orphan_retries", "12"));
    Dialogue patient = with_shut_window(p);
    patient.close();
    CHECK(probes_until_end(patient, true) == 12);
}

TEST_CASE("4.4BSD: window probes never end, answered or not") {
    Dialogue d = with_shut_window(profile_of("bsd44"));
    d.change_options([](tcp::UserOptions& options) { options.user_timeout = 3s; });
    int probes = 0;
    Instant const end = d.now() + 24h;
    while (d.now() < end) {
        d.after(d.connection().next_deadline() - d.now());
        d.expect(ACK.len(1), Why::zero_window_probe);
        ++probes;
    }
    CHECK(d.state() == State::established);
    CHECK(probes > 24 * 60);
    d.expect_silence_for(60s - 1ns);
    d.after(1ns);
    d.expect(ACK.len(1));
}

TEST_CASE("4.4BSD tcp_timers: keepalive asks while text waits for a window, and ends it: 2 h and 8 probes") {
    Dialogue d = with_shut_window(profile_of("bsd44"));
    d.change_options([](tcp::UserOptions& options) { options.keepalive = true; });
    Instant const start = d.now();
    int asked = 0;
    while (d.state() != State::closed) {
        REQUIRE(d.connection().next_deadline() != never);
        d.after(d.connection().next_deadline() - d.now());
        while (d.pending() > 0) {
            asked += d.front().cause.why == Why::keepalive_probe ? 1 : 0;
            d.expect(d.state() == State::closed ? RST_ACK : ACK);
        }
    }
    CHECK(asked == 8);
    CHECK(d.now() - start == 2h + 8 * 75s);
}

namespace {

/// A segment is out when the peer shuts its window.
Dialogue shut_behind_text(profile::Profile const& profile) {
    Dialogue d = Dialogue::established(profile, rtt);
    d.write(100);
    d.expect(text(100).seq(0));
    d.peer(ACK.ack(0).win(0));
    return d;
}

}  // namespace

TEST_CASE("RFC 9293 §3.8.6 [SHLD-17]: text beyond a window that was shut ends nothing while the peer answers") {
    for (char const* name : {"linux", "bsd44"}) {
        CAPTURE(name);
        Dialogue d = shut_behind_text(profile_of(name));
        Instant const end = d.now() + 2h;
        while (d.now() < end) {
            REQUIRE(d.state() == State::established);
            d.after(d.connection().next_deadline() - d.now());
            while (d.pending() > 0) {
                d.expect(text(100).seq(0));
            }
            d.peer(ACK.ack(0).win(0));
        }
        d.peer(ACK.ack(100));
        CHECK(d.connection().unacknowledged() == 0);
        CHECK(d.state() == State::established);
    }
}

TEST_CASE("Linux tcp_rtx_probe0_timed_out: silence of 240 s ends it, an ACK in that time does not") {
    for (bool const answered : {false, true}) {
        CAPTURE(answered);
        Dialogue d = shut_behind_text(profile_of("linux"));
        Instant const start = d.now();
        // 224 ms, twice it, … at 2^n: the expiry at 229.4 s is too early, the next one, 120 s later, is not.
        d.after(1024 * rto - 1s);
        if (answered) {
            d.peer(ACK.ack(0).win(0));
        }
        d.after(1s + 120s - 1ns);
        CHECK(d.state() == State::established);
        d.after(1ns);
        CHECK((d.state() == State::closed) == !answered);
        CHECK(d.now() - start == 1024 * rto + 120s);
    }
}

TEST_CASE("Linux tcp_rtx_probe0_timed_out: a user timeout ends it although the peer answers") {
    Dialogue d = shut_behind_text(profile_of("linux"));
    d.change_options([](tcp::UserOptions& options) { options.user_timeout = 3s; });
    Instant const start = d.now();
    while (d.state() != State::closed) {
        REQUIRE(d.connection().next_deadline() != never);
        d.after(d.connection().next_deadline() - d.now());
        if (d.state() != State::closed) {
            d.peer(ACK.ack(0).win(0));
        }
    }
    // More than 3 s after the first repetition: a jiffy more.
    CHECK(d.now() - start == 2 * rto + 3s + 4ms);
}

TEST_CASE("Linux: an orphan's text beyond a shut window counts as any other: tcp_orphan_retries") {
    profile::Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, "tcp_orphan_retries", "3"));
    Dialogue d = shut_behind_text(p);
    d.close();
    d.after(16 * rto - 1ns);
    CHECK(d.state() == State::fin_wait_1);
    d.after(1ns);
    CHECK(d.state() == State::closed);
}
