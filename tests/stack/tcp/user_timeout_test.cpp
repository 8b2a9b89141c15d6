// How long an unanswered series lasts when a program, or the lack of one, has a say in it.
#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::State;
using tcp::Why;

namespace {

constexpr Duration recorded_rtt = 20400us;
constexpr Duration rto = 224ms;  // recorded at this RTT

tcp::UserOptions with_user_timeout(tcp::Milliseconds limit) {
    tcp::UserOptions options;
    options.user_timeout = limit;
    return options;
}

void set_user_timeout(Dialogue& d, tcp::Milliseconds limit) {
    d.change_options([&](tcp::UserOptions& options) { options.user_timeout = limit; });
}

/// When something was sent from now on, counted from now; the end comes last.
std::vector<Duration> times_until_end(Dialogue& d, SegmentPattern const& pattern) {
    std::vector<Duration> times;
    Instant const start = d.now();
    while (d.state() != State::closed) {
        REQUIRE(d.connection().next_deadline() != never);
        REQUIRE(times.size() < 100);
        d.after(d.connection().next_deadline() - d.now());
        if (d.state() != State::closed) {
            d.expect(pattern);
        }
        d.expect_silence();
        times.push_back(d.now() - start);
    }
    return times;
}

using Times = std::vector<Duration>;

Dialogue written(profile::Profile const& profile, tcp::Milliseconds limit) {
    Dialogue d = Dialogue::established(profile, recorded_rtt);
    set_user_timeout(d, limit);
    d.write(5);
    d.expect(text(5).seq(0));
    return d;
}

}  // namespace

TEST_CASE(
    "RFC 9293 §3.8.3 (d) [MUST-21]: 3 s after the first retransmission, the last wait cut to fit (user_timeout_data)") {
    Dialogue d = written(profile_of("linux"), 3s);
    // A tail loss probe after the RTO, then the RTO, twice it, four times it; what is left of 3 s.
    Duration const first = 2 * rto;
    CHECK(times_until_end(d, text(5).seq(0)) == Times{rto, first, 4 * rto, 8 * rto, first + 3s});
    CHECK(d.connection().error() == Errno::etimedout);
    REQUIRE(d.ended());
    CHECK(d.ended()->retransmissions == 3);
    CHECK(d.ended()->elapsed == 3s);
    CHECK(d.ended()->limit == 3s);
}

TEST_CASE("Linux tcp_clamp_rto_to_user_timeout: over at an expiry it ends there; a rest below a jiffy is one") {
    Duration const first = 2 * rto;
    Duration const third = 6 * rto;  // from the first retransmission to the expiry after twice and four times the RTO
    Dialogue exact = written(profile_of("linux"), std::chrono::duration_cast<tcp::Milliseconds>(third));
    CHECK(times_until_end(exact, text(5)) == Times{rto, first, 4 * rto, first + third});
    Dialogue more = written(profile_of("linux"), std::chrono::duration_cast<tcp::Milliseconds>(third) + 1ms);
    CHECK(times_until_end(more, text(5)) == Times{rto, first, 4 * rto, 8 * rto, 8 * rto + 4ms});
}

TEST_CASE("RFC 9293 §3.8.3 (d) [MUST-21]: it may be longer than the system's, and be set while nothing is answered") {
    profile::Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, "tcp_retries2", "3"));  // 3 s
    Dialogue d = written(p, 0ms);
    d.after(3s);
    REQUIRE(d.state() == State::established);
    set_user_timeout(d, 20s);
    d.after(2 * rto + 20s - 3s - 1ns);
    CHECK(d.state() == State::established);
    d.after(1ns);
    CHECK(d.state() == State::closed);
}

TEST_CASE("Linux: a user timeout counts from the last progress, not from the write") {
    Dialogue d = written(profile_of("linux"), 3s);
    d.after(3s);
    while (d.pending() > 0) {
        d.expect(text(5).seq(0));
    }
    d.peer(ACK.ack(5));
    d.write(5);
    d.expect(text(5).seq(5));
    d.after(3s);
    CHECK(d.state() == State::established);
}

TEST_CASE(
    "Linux tcp_connect: in SYN-SENT it counts from the first SYN: 0, 1, 2 s, over at 3 s (user_timeout_connect)") {
    Dialogue d = Dialogue::syn_sent(profile_of("linux"), with_user_timeout(3s));
    d.expect(SYN);
    CHECK(times_until_end(d, SYN) == Times{1s, 2s, 3s});
    CHECK(d.connection().error() == Errno::etimedout);
    Dialogue cut = Dialogue::syn_sent(profile_of("linux"), with_user_timeout(2500ms));
    cut.expect(SYN);
    CHECK(times_until_end(cut, SYN) == Times{1s, 2s, 2500ms});
    // Nothing ends before something was repeated.
    Dialogue brief = Dialogue::syn_sent(profile_of("linux"), with_user_timeout(500ms));
    brief.expect(SYN);
    CHECK(times_until_end(brief, SYN) == Times{1s, 1004ms});
}

TEST_CASE("Linux: a SYN,ACK knows no user timeout") {
    Dialogue d = Dialogue::syn_received(profile_of("linux"), Dialogue::usual_options(), 0, with_user_timeout(3s));
    d.expect(SYN_ACK);
    CHECK(times_until_end(d, SYN_ACK) == Times{1s, 3s, 7s, 15s, 31s, 63s});
}

TEST_CASE("4.4BSD has no user timeout of its own") {
    Dialogue d = Dialogue::established(profile_of("bsd44"), recorded_rtt);
    set_user_timeout(d, 3s);
    d.write(5);
    d.after(540s);
    CHECK(d.state() == State::established);
}

TEST_CASE(
    "Linux tcp_model_timeout: tcp_syn_retries=1 with four linear timeouts ends at 3 s (connect_dead_r1_linear4)") {
    profile::Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, "tcp_syn_retries", "1"));
    Dialogue d = Dialogue::syn_sent(p);
    d.expect(SYN);
    CHECK(times_until_end(d, SYN) == Times{1s, 2s, 3s});
    CHECK(d.ended()->limit == 3s);
    CHECK(d.ended()->elapsed == 3s);
}

TEST_CASE("Linux TCP_SYNCNT [MUST-21]: the program's count instead of tcp_syn_retries and tcp_synack_retries") {
    tcp::UserOptions options;
    options.syn_retries = 2;
    Dialogue active = Dialogue::syn_sent(profile_of("linux"), options);
    active.expect(SYN);
    CHECK(times_until_end(active, SYN) == Times{1s, 2s, 3s, 4s, 5s, 7s});
    Dialogue passive = Dialogue::syn_received(profile_of("linux"), Dialogue::usual_options(), 0, options);
    passive.expect(SYN_ACK);
    CHECK(times_until_end(passive, SYN_ACK) == Times{1s, 3s, 7s});  // as synack_retries_r2
}

TEST_CASE("4.4BSD tcp_input: a SYN,ACK, too, is given up after 75 s, with a RST (TCPTV_KEEP_INIT)") {
    Dialogue d = Dialogue::syn_received(profile_of("bsd44"));
    d.after(75s - 1ns);
    CHECK(d.state() == State::syn_received);
    while (d.pending() > 0) {
        d.expect(SYN_ACK);
    }
    d.after(1ns);
    CHECK(d.state() == State::closed);
    d.expect(RST_ACK.seq(1).ack(1), Why::gave_up);
    Dialogue in_time = Dialogue::syn_received(profile_of("bsd44"));
    in_time.peer(ACK);
    in_time.after(80s);
    CHECK(in_time.state() == State::established);
}

TEST_CASE("Linux tcp_orphan_retries=3: a FIN, its probe and three repetitions, then silence (orphan_fin_r3)") {
    profile::Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, "tcp_orphan_retries", "3"));
    Dialogue d = Dialogue::established(p, recorded_rtt);
    d.close();
    d.expect(FIN_ACK.seq(0));
    CHECK(times_until_end(d, FIN_ACK.seq(0)) == Times{rto, 2 * rto, 4 * rto, 8 * rto, 16 * rto});
    CHECK(d.ended()->limit == 3s);
}

TEST_CASE("Linux tcp_orphan_retries=0: eight while its timeout can still grow, none when it cannot") {
    profile::Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, "tcp_rto_max_ms", "1000"));
    Dialogue d = Dialogue::established(p, recorded_rtt);
    d.close();
    d.expect(FIN_ACK.seq(0));
    // Twice and four times the RTO are below a second; then the wait is a second, and whoever waits that long is dead.
    CHECK(times_until_end(d, FIN_ACK) == Times{rto, 2 * rto, 4 * rto, 8 * rto, 8 * rto + 1s});
    // A program that holds on is not asked about being alive: tcp_retries2 stands for 1.4 s and 13 s.
    Dialogue held = Dialogue::established(p, recorded_rtt);
    held.shutdown();
    held.expect(FIN_ACK.seq(0));
    held.after(2 * rto + 14400ms - 1s);
    CHECK(held.state() == State::fin_wait_1);
}

TEST_CASE("TCP_RTO_MAX_MS counts where the longest timeout does: in the time that tcp_retries2 stands for (Linux)") {
    auto with_a_second = [] {
        profile::Profile p = profile_of("linux");
        REQUIRE_FALSE(profile::set(p, "tcp_retries2", "4"));
        Dialogue d = Dialogue::established(p, recorded_rtt);
        d.change_options([](tcp::UserOptions& options) { options.rto_max = 1s; });
        return d;
    };
    Dialogue held = with_a_second();
    held.shutdown();
    held.expect(FIN_ACK.seq(0));
    times_until_end(held, FIN_ACK);
    CHECK(held.ended()->limit == 200ms + 400ms + 800ms + 1s + 1s);
    // An orphan whose timeout cannot grow any more counts as dead (tcp_orphan_retries=0).
    Dialogue orphan = with_a_second();
    orphan.close();
    orphan.expect(FIN_ACK.seq(0));
    CHECK(times_until_end(orphan, FIN_ACK) == Times{rto, 2 * rto, 4 * rto, 8 * rto, 8 * rto + 1s});
}

TEST_CASE("Linux tcp_fin_time counts with TCP_RTO_MAX_MS: 3.5 times the timeout in force") {
    Dialogue d = Dialogue::established(profile_of("linux"), 600ms);
    d.change_options([](tcp::UserOptions& options) {
        options.rto_max = 1s;
        options.linger2 = 1s;
    });
    d.close();
    d.expect(FIN_ACK.seq(0));
    d.peer(ACK.ack(1));
    d.expect_silence_for(3500ms - 1ns);
    CHECK(d.state() == State::fin_wait_2);
    d.expect_silence_for(1ns);
    CHECK(d.state() == State::closed);
}

TEST_CASE("Linux: a FIN that a program waits for has tcp_retries2 (shutdown_fin_retries)") {
    profile::Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, "tcp_retries2", "6"));
    Dialogue d = Dialogue::established(p, recorded_rtt);
    d.shutdown();
    d.expect(FIN_ACK.seq(0));
    CHECK(times_until_end(d, FIN_ACK) ==
          Times{rto, 2 * rto, 4 * rto, 8 * rto, 16 * rto, 32 * rto, 64 * rto, 128 * rto});
    CHECK(d.connection().error() == Errno::etimedout);
}

TEST_CASE("LAST-ACK and CLOSING of an orphan last as long as its FIN is repeated (Linux)") {
    for (bool const simultaneous : {false, true}) {
        CAPTURE(simultaneous);
        profile::Profile p = profile_of("linux");
        REQUIRE_FALSE(profile::set(p, "tcp_orphan_retries", "3"));
        Dialogue d = Dialogue::established(p, recorded_rtt);
        if (simultaneous) {
            d.close();
            d.expect(FIN_ACK.seq(0));
            d.peer(FIN_ACK.ack(0));
            d.expect(ACK.seq(1).ack(1));
        } else {
            d.peer(FIN_ACK);
            d.close();
            d.expect(FIN_ACK.seq(0).ack(1));
        }
        CHECK(d.state() == (simultaneous ? State::closing : State::last_ack));
        CHECK(times_until_end(d, FIN_ACK.seq(0)).back() == 16 * rto);
    }
}
