#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::State;
using tcp::Why;

namespace {

void ask(Dialogue& d, tcp::Seconds idle, tcp::Seconds interval, std::uint8_t probes) {
    d.change_options([&](tcp::UserOptions& options) {
        options.keepalive = true;
        options.keepalive_idle = idle;
        options.keepalive_interval = interval;
        options.keepalive_probes = probes;
    });
}

/// Nothing happens before `wait` is over; then a probe.
void expect_probe_after(Dialogue& d, Duration wait) {
    d.expect_silence_for(wait - 1ns);
    d.after(1ns);
    d.expect(ACK.seq(-1).ack(0).len(0), Why::keepalive_probe);
    d.expect_silence();
}

/// Nothing happens before `wait` is over; then the connection ends with a reset.
void expect_end_after(Dialogue& d, Duration wait) {
    d.expect_silence_for(wait - 1ns);
    CHECK(d.state() != State::closed);
    d.after(1ns);
    d.expect(RST_ACK.seq(0).ack(0), Why::gave_up);
    d.expect_silence();
    CHECK(d.state() == State::closed);
    CHECK(d.connection().error() == Errno::etimedout);
}

}  // namespace

TEST_CASE("RFC 9293 §3.8.4 [MUST-24][MUST-25][MAY-5]: off unless asked for; on and off again at any time") {
    for (char const* system : {"linux", "bsd44"}) {
        CAPTURE(system);
        Dialogue d = Dialogue::established(profile_of(system));
        d.expect_silence_for(24h);
        ask(d, 10s, 5s, 3);
        d.change_options([](tcp::UserOptions& options) { options.keepalive = false; });
        d.expect_silence_for(24h);
        d.change_options([](tcp::UserOptions& options) { options.keepalive = true; });
        expect_probe_after(d, 10s);
        d.change_options([](tcp::UserOptions& options) { options.keepalive = false; });
        d.expect_silence_for(24h);
        CHECK(d.state() == State::established);
    }
}

TEST_CASE(
    "RFC 9293 §3.8.4 [MUST-28][SHLD-12]: two hours; Linux 9 and 4.4BSD 8 probes 75 s apart (keepalive_defaults)") {
    struct System {
        char const* name{};
        int probes{};
    };
    for (System const& system : {System{"linux", 9}, System{"bsd44", 8}}) {
        CAPTURE(system.name);
        Dialogue d = Dialogue::established(profile_of(system.name));
        d.change_options([](tcp::UserOptions& options) { options.keepalive = true; });
        expect_probe_after(d, 2h);
        for (int probe = 2; probe <= system.probes; ++probe) {
            expect_probe_after(d, 75s);
        }
        expect_end_after(d, 75s);
    }
}

TEST_CASE("RFC 9293 §3.8.4 [MUST-27]: idle 10 s, then each 5 s, 3 probes, RST at 25 s (keepalive_power_loss)") {
    for (char const* system : {"linux", "bsd44"}) {
        CAPTURE(system);
        Dialogue d = Dialogue::established(profile_of(system));
        ask(d, 10s, 5s, 3);
        d.expect_silence_for(10s - 1ns);
        for (std::uint32_t probe = 1; probe <= 3; ++probe) {
            d.after(1ns);
            REQUIRE(d.pending() == 1);
            CHECK(d.front().cause == tcp::Cause{Why::keepalive_probe, probe, probe == 1 ? Duration{10s} : 5s});
            d.expect(ACK.seq(-1).ack(0).len(0));
            d.expect_silence_for(5s - 1ns);
        }
        expect_end_after(d, 1ns);
        REQUIRE(d.ended());
        CHECK(d.ended()->reason == tcp::EndReason::gave_up);
        CHECK(d.ended()->retransmissions == 3);
        CHECK(d.ended()->elapsed == 25s);
        CHECK(d.ended()->limit == 0s);
    }
}

TEST_CASE("settings: tcp_keepalive_time, _intvl and _probes rule where the program named nothing") {
    profile::Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, "tcp_keepalive_time", "60"));
    REQUIRE_FALSE(profile::set(p, "tcp_keepalive_intvl", "7"));
    REQUIRE_FALSE(profile::set(p, "tcp_keepalive_probes", "2"));
    Dialogue d = Dialogue::established(p);
    d.change_options([](tcp::UserOptions& options) { options.keepalive = true; });
    expect_probe_after(d, 60s);
    expect_probe_after(d, 7s);
    expect_end_after(d, 7s);
}

TEST_CASE("RFC 9293 §3.8.4 [MUST-29]: no single probe decides: an answer to the last one starts anew") {
    Dialogue d = Dialogue::established(profile_of("linux"));
    ask(d, 10s, 5s, 3);
    expect_probe_after(d, 10s);
    expect_probe_after(d, 5s);
    expect_probe_after(d, 5s);
    d.after(20ms).peer(ACK);
    expect_probe_after(d, 10s);
    expect_probe_after(d, 5s);
    expect_probe_after(d, 5s);
    expect_end_after(d, 5s);
}

TEST_CASE("Linux tcp_keepalive_timer: a living peer is asked TCP_KEEPIDLE after its answer (keepalive_alive_peer)") {
    Dialogue d = Dialogue::established(profile_of("linux"));
    ask(d, 2s, 1s, 3);
    expect_probe_after(d, 2s);
    for (int i = 0; i < 100; ++i) {
        d.after(20ms).peer(ACK);
        expect_probe_after(d, 2s);
    }
}

TEST_CASE("RFC 9293 §3.8.4 [MUST-26]: never while text is unacknowledged, and counted from the ACK (Linux)") {
    Dialogue d = Dialogue::established(profile_of("linux"));
    ask(d, 1s, 1s, 3);
    d.write(100);
    d.after(10500ms);
    while (d.pending() > 0) {
        CHECK(d.front().cause.why != Why::keepalive_probe);
        d.expect(text(100).seq(0));
    }
    d.peer(ACK.ack(100));
    d.expect_silence_for(1s - 1ns);
    d.after(1ns);
    d.expect(ACK.seq(99).len(0), Why::keepalive_probe);
}

TEST_CASE("Linux tcp_keepalive_timer: never while text waits for a window, either; the persist timer asks") {
    Dialogue d = Dialogue::established(profile_of("linux"));
    d.peer(ACK.win(0));
    ask(d, 1s, 1s, 3);
    d.write(100);
    for (int i = 0; i < 10; ++i) {
        d.after(1s);
        while (d.pending() > 0) {
            d.expect(ACK.seq(-1).len(0), Why::zero_window_probe);
            d.peer(ACK.win(0));
        }
    }
    CHECK(d.state() == State::established);
}

TEST_CASE("RFC 9293 §3.8.4 [MUST-26]: any acceptable ACK starts the idle time anew") {
    Dialogue d = Dialogue::established(profile_of("linux"));
    ask(d, 10s, 5s, 3);
    d.after(9s).peer(ACK);
    expect_probe_after(d, 10s);
}

TEST_CASE("Linux keepalive_time_elapsed: text with an old ACK starts it, too; an old ACK alone does not") {
    for (bool const with_text : {true, false}) {
        CAPTURE(with_text);
        Dialogue d = Dialogue::established(profile_of("linux"));
        ask(d, 10s, 5s, 3);
        d.after(4s).peer(with_text ? text(1).ack(-1) : ACK.ack(-1));
        d.after(1s);
        while (d.pending() > 0) {
            d.expect(ACK);
        }
        d.expect_silence_for(5s - 1ns);
        d.after(1ns);
        CHECK(d.pending() == (with_text ? 0 : 1));
        d.after(4s - 1ns);
        CHECK(d.pending() == (with_text ? 0 : 1));
        d.after(1ns);
        CHECK(d.pending() == 1);
    }
}

TEST_CASE("Linux tcp_set_keepalive: the first idle time counts from SO_KEEPALIVE") {
    Dialogue d = Dialogue::established(profile_of("linux"));
    d.expect_silence_for(1h);
    d.change_options([](tcp::UserOptions& options) { options.keepalive = true; });
    d.expect_silence_for(1h);
    expect_probe_after(d, 1h);
}

TEST_CASE("Linux tcp_sock_set_keepidle: the idleness so far counts; a time that is over already asks at once") {
    Dialogue d = Dialogue::established(profile_of("linux"));
    d.change_options([](tcp::UserOptions& options) { options.keepalive = true; });
    d.expect_silence_for(100s);
    d.change_options([](tcp::UserOptions& options) { options.keepalive_idle = tcp::Seconds{130}; });
    d.expect_silence_for(29s);
    d.change_options([](tcp::UserOptions& options) { options.keepalive_idle = tcp::Seconds{60}; });
    d.after(0s);
    d.expect(ACK.seq(-1), Why::keepalive_probe);
    expect_probe_after(d, 75s);
}

TEST_CASE("Linux: TCP_KEEPINTVL and TCP_KEEPCNT hold from the next probe on") {
    Dialogue d = Dialogue::established(profile_of("linux"));
    ask(d, 10s, 5s, 9);
    expect_probe_after(d, 10s);
    d.change_options([](tcp::UserOptions& options) { options.keepalive_interval = tcp::Seconds{2}; });
    expect_probe_after(d, 5s);
    d.change_options([](tcp::UserOptions& options) { options.keepalive_probes = 3; });
    expect_probe_after(d, 2s);
    expect_end_after(d, 2s);
}

TEST_CASE("Linux tcp_keepalive_timer: TCP_USER_TIMEOUT replaces the count, once a probe went unanswered") {
    struct Case {
        tcp::Milliseconds limit{};
        int probes{};  ///< at 2, 3, 4 … s
    };
    for (Case const& c : {Case{10s, 8}, Case{9001ms, 8}, Case{9s, 7}, Case{3500ms, 2}, Case{1s, 1}}) {
        CAPTURE(c.limit.count());
        Dialogue d = Dialogue::established(profile_of("linux"));
        ask(d, 2s, 1s, 3);
        d.change_options([&](tcp::UserOptions& options) { options.user_timeout = c.limit; });
        expect_probe_after(d, 2s);
        for (int probe = 2; probe <= c.probes; ++probe) {
            expect_probe_after(d, 1s);
        }
        expect_end_after(d, 1s);
        CHECK(d.ended()->limit == Duration{c.limit});
    }
}

TEST_CASE("RFC 9293 §3.8.4: a peer that has lost the connection answers a probe with RST: ECONNRESET") {
    Dialogue d = Dialogue::established(profile_of("linux"));
    ask(d, 10s, 5s, 3);
    expect_probe_after(d, 10s);
    d.peer(RST.seq(0));
    d.expect_silence_for(24h);
    CHECK(d.state() == State::closed);
    CHECK(d.connection().error() == Errno::econnreset);
}

TEST_CASE("a half-closed connection is asked by Linux, by 4.4BSD in CLOSE-WAIT only") {
    for (char const* system : {"linux", "bsd44"}) {
        CAPTURE(system);
        Dialogue half = Dialogue::established(profile_of(system));
        ask(half, 10s, 5s, 3);
        half.shutdown();
        half.expect(FIN_ACK.seq(0));
        half.peer(ACK.ack(1));
        REQUIRE(half.state() == State::fin_wait_2);
        half.after(10s);
        CHECK(half.pending() == (half.profile().name == "linux" ? 1 : 0));

        Dialogue other = Dialogue::established(profile_of(system));
        ask(other, 10s, 5s, 3);
        other.peer(FIN_ACK);
        other.after(1s);
        other.expect(ACK.ack(1));
        other.after(9s);
        other.expect(ACK.seq(-1).ack(1).len(0), Why::keepalive_probe);
    }
}

TEST_CASE("TIME-WAIT is not asked: nobody is there by right, whichever way it was reached") {
    for (bool const simultaneous : {false, true}) {
        CAPTURE(simultaneous);
        Dialogue d = Dialogue::established(profile_of("linux"));
        ask(d, 10s, 5s, 3);
        d.shutdown();
        d.expect(FIN_ACK.seq(0));
        d.peer(FIN_ACK.ack(simultaneous ? 0 : 1));
        d.expect(ACK.seq(1).ack(1));
        if (simultaneous) {
            d.peer(ACK.seq(1).ack(1));
        }
        REQUIRE(d.state() == State::time_wait);
        d.expect_silence_for(59s);
        CHECK(d.state() == State::time_wait);
    }
}

TEST_CASE("4.4BSD TCP_COMPAT_42 [MAY-6]: the probe carries an octet that was acknowledged long ago") {
    profile::Profile p = profile_of("bsd44");
    REQUIRE_FALSE(profile::set(p, "TCP_COMPAT_42", "1"));
    Dialogue d = Dialogue::established(p);
    ask(d, 10s, 5s, 3);
    d.expect_silence_for(10s - 1ns);
    d.after(1ns);
    d.expect(ACK.seq(-1).ack(-1).len(1), Why::keepalive_probe);
}
