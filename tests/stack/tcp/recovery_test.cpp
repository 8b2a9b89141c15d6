// Loss recovery against one hand-made peer: what the sender repeats, when, and what becomes of its windows. The names of
// recordings are those of tests/reference; a round trip is 20 ms and the window 10 segments, as there.
#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::Congestion;
using tcp::Recovery;
using tcp::Timer;
using tcp::Why;
using Phase = Recovery::Phase;

namespace {

constexpr std::int64_t mss = 1460;
constexpr Duration rtt = 20ms;

profile::Profile linux_with(std::string_view setting, std::string_view value) {
    profile::Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, setting, value));
    return p;
}

/// So many full segments go out at once.
void send(Dialogue& d, int segments) {
    d.write(static_cast<std::uint64_t>(segments * mss));
    for (int i = 0; i < segments; ++i) {
        d.expect(text(mss));
    }
    d.expect_silence();
}

Dialogue with_ten_out(profile::Profile profile = profile_of("linux"),
                      wire::Options options = Dialogue::usual_options()) {
    Dialogue d = Dialogue::established(std::move(profile), rtt, options);
    d.peer(ACK);  // the window of a SYN,ACK is not scaled: this one is what later ACKs repeat
    send(d, 10);
    return d;
}

/// An ACK of `acked` whole segments that has seen the segments [from, to) besides.
SegmentPattern sack(int acked, int from, int to) { return ACK.ack(acked * mss).sack({{from * mss, to * mss}}); }

SegmentPattern segment(int i) { return text(mss).seq(i * mss); }

Recovery const& recovery(Dialogue const& d) { return d.connection().tcb().recovery; }
Congestion const& congestion(Dialogue const& d) { return d.connection().tcb().congestion; }
bool runs(Dialogue const& d, Timer timer) { return d.connection().tcb().timers.running(timer); }
Duration left(Dialogue const& d, Timer timer) { return d.connection().tcb().timers[timer] - d.now(); }

}  // namespace

TEST_CASE(
    "RFC 8985 §6.2, RFC 9937: three segments beyond a hole repeat it, one RTT later all is whole (loss_first_of_10)") {
    Dialogue d = with_ten_out();
    d.after(rtt);
    d.peer(sack(0, 1, 2));
    d.peer(sack(0, 1, 3));
    d.expect_silence();
    CHECK(recovery(d).phase == Phase::disorder);
    d.peer(sack(0, 1, 4));
    d.expect(segment(0), Why::fast_retransmit);
    CHECK(recovery(d).phase == Phase::recovery);
    CHECK(congestion(d).ssthresh() == 7);  // recorded: 0.7 * 10
    d.peer(sack(0, 1, 10));
    d.expect_silence();
    d.after(rtt);
    d.peer(ACK.ack(10 * mss));
    d.expect_silence();
    CHECK(recovery(d).phase == Phase::open);
    CHECK(congestion(d).cwnd() == 7);  // recorded
    CHECK(d.connection().next_deadline() == never);
}

TEST_CASE("RFC 8985 §6.2: fewer than three wait a quarter of the shortest RTT for the late one, then it is lost") {
    Dialogue d = with_ten_out();
    d.after(rtt);
    d.peer(sack(0, 1, 3));
    CHECK(runs(d, Timer::reordering));
    // min_rtt / 4 is left of RACK's time; 2 ms and the jiffy are Linux's.
    CHECK(left(d, Timer::reordering) == rounded_up(rtt / 4 + 2ms, 4ms));
    d.expect_silence_for(8ms - 1ns);
    d.after(1ns);
    d.expect(segment(0), Why::fast_retransmit);
    CHECK(recovery(d).phase == Phase::recovery);
    CHECK(runs(d, Timer::retransmit));
}

TEST_CASE("RFC 8985 §6.2: a segment one place late is no loss, and from then on reordering is known (reorder_by_1)") {
    Dialogue d = with_ten_out();
    d.after(rtt);
    d.peer(ACK.ack(2 * mss));
    d.peer(sack(2, 3, 4));
    d.peer(ACK.ack(5 * mss));
    d.peer(ACK.ack(10 * mss));
    d.expect_silence();
    CHECK(recovery(d).phase == Phase::open);
    CHECK(recovery(d).reordering_seen);
    CHECK(recovery(d).reordering == 3);  // recorded: the metric stays 3
    CHECK(congestion(d).ssthresh() == Congestion::infinite);
    // Three beyond a hole no longer suffice: now the time decides.
    send(d, 10);
    d.after(rtt);
    d.peer(sack(10, 11, 15));
    d.expect_silence();
    CHECK(runs(d, Timer::reordering));
}

TEST_CASE("RFC 3042: each of the first two duplicates lets a new segment go") {
    Dialogue d = Dialogue::established(profile_of("linux"), rtt);
    d.peer(ACK);
    d.write(20 * mss);
    for (int i = 0; i < 10; ++i) {
        d.expect(segment(i));
    }
    d.after(rtt);
    d.peer(sack(0, 1, 2));
    d.expect(segment(10));
    d.after(2ms);  // Linux tcp_tso_should_defer: within 1 ms it would wait for a second one
    d.peer(sack(0, 1, 3));
    d.expect(segment(11));
    d.expect_silence();
    CHECK(congestion(d).cwnd() == 10);
}

TEST_CASE("RFC 8985 §7: the last of ten lost: the probe repeats it after 2*SRTT and 200 ms (loss_last_of_10)") {
    Dialogue d = with_ten_out();
    d.after(rtt);
    d.peer(ACK.ack(9 * mss));
    d.expect_silence_for(220ms - 1ns);  // recorded 224 ms at an SRTT of 20.4: never later than the RTO
    d.after(1ns);
    d.expect(segment(9), Why::tail_loss_probe);
    d.after(rtt);
    std::uint32_t const cwnd = congestion(d).cwnd();
    d.peer(ACK.ack(10 * mss));
    CHECK(recovery(d).phase == Phase::open);
    CHECK(congestion(d).cwnd() >= cwnd);  // recorded: not reduced
    CHECK(congestion(d).ssthresh() == Congestion::infinite);
}

TEST_CASE("RFC 8985 §7.4.2: a probe that repaired a loss is answered as a loss once something later is acknowledged") {
    Dialogue d = with_ten_out();
    d.after(rtt);
    d.peer(ACK.ack(9 * mss));
    d.after(220ms);
    d.expect(segment(9), Why::tail_loss_probe);
    d.peer(ACK.ack(10 * mss));
    send(d, 1);
    std::uint32_t const cwnd = congestion(d).cwnd();
    d.after(rtt);
    SUBCASE("no D-SACK: the probe was needed") {
        d.peer(ACK.ack(11 * mss));
        CHECK(congestion(d).ssthresh() == cwnd * 717 / 1024);  // CUBIC's beta in its arithmetic
        CHECK(recovery(d).phase == Phase::open);
    }
    SUBCASE("a D-SACK before: both copies had arrived") {
        d.peer(ACK.ack(10 * mss).sack({{9 * mss, 10 * mss}}));
        d.peer(ACK.ack(11 * mss));
        CHECK(congestion(d).ssthresh() == Congestion::infinite);
    }
}

TEST_CASE("RFC 8985 §7, RFC 9937 §6.2: ten of ten lost are repeated 1, 2, 4, 2 a round trip (loss_whole_window)") {
    Dialogue d = with_ten_out();
    d.after(44ms);
    d.expect(segment(9), Why::tail_loss_probe);
    d.after(rtt);
    d.peer(sack(0, 9, 10));
    d.expect(segment(0), Why::fast_retransmit);
    d.expect_silence();
    CHECK(congestion(d).ssthresh() == 7);
    d.after(rtt);
    d.peer(sack(1, 9, 10));
    d.expect(segment(1));
    d.expect(segment(2));
    d.expect_silence();
    d.after(rtt);
    d.peer(sack(2, 9, 10));
    d.peer(sack(3, 9, 10));
    for (int i = 3; i < 7; ++i) {
        d.expect(segment(i));
    }
    d.expect_silence();
    d.after(rtt);
    d.peer(sack(4, 9, 10));
    d.expect(segment(7));
    d.expect(segment(8));
    d.expect_silence();
    d.peer(sack(7, 9, 10));
    d.after(rtt);
    d.peer(ACK.ack(10 * mss));
    CHECK(recovery(d).phase == Phase::open);
    CHECK(congestion(d).cwnd() == 7);  // recorded: ssthresh 7, cwnd 7
}

TEST_CASE(
    "RFC 8985 §6.2 step 1: an answer sooner than the shortest RTT is the original's (loss_whole_window_rtt_fell)") {
    Dialogue d = with_ten_out();
    d.after(44ms);
    d.expect(segment(9), Why::tail_loss_probe);
    d.after(rtt - 1us);
    d.peer(sack(0, 9, 10));
    d.expect_silence();
    CHECK(runs(d, Timer::retransmit));
}

namespace {

constexpr std::int64_t stamped = mss - 12;  // RFC 7323 §3.2: what a segment carries beside timestamps

/// The TSval of the next segment out.
std::uint32_t tsval_of_next(Dialogue const& d) {
    REQUIRE(d.pending() > 0);
    return wire::decode(d.front().segment.options).timestamps.value().value;
}

/// Ten segments out, with timestamps; `tsval` is theirs.
Dialogue with_ten_stamped(std::uint32_t& tsval, profile::Profile profile = profile_of("linux")) {
    Dialogue d = Dialogue::established(std::move(profile), rtt, Dialogue::with_timestamps());
    d.peer(ACK);
    d.write(10 * stamped);
    tsval = tsval_of_next(d);
    for (int i = 0; i < 10; ++i) {
        d.expect(text(stamped).seq(i * stamped));
    }
    return d;
}

constexpr std::uint32_t peers_clock = 8'000'000;  // any TSval that does not run backwards

}  // namespace

TEST_CASE(
    "RFC 3522: the original's ACK, its echo older than the repetition, undoes the reduction (reorder_delay_10ms)") {
    std::uint32_t tsval = 0;
    Dialogue d = with_ten_stamped(tsval);
    d.after(rtt);
    d.peer(ACK.ack(0).sack({{stamped, 4 * stamped}}));
    std::uint32_t const repeated_at = tsval_of_next(d);
    REQUIRE(repeated_at != tsval);
    d.expect(text(stamped).seq(0), Why::fast_retransmit);
    CHECK(congestion(d).ssthresh() == 7);
    d.after(rtt / 2);
    SUBCASE("the original") {
        d.peer(ACK.ack(10 * stamped).ts(peers_clock, tsval));
        CHECK(congestion(d).ssthresh() == Congestion::infinite);
        CHECK(congestion(d).cwnd() >= 10);
    }
    SUBCASE("nobody knows: an echo of zero is none") {
        d.peer(ACK.ack(10 * stamped).ts(peers_clock, 0));
        CHECK(congestion(d).ssthresh() == 7);
        CHECK(congestion(d).cwnd() < 10);
    }
    SUBCASE("the repetition") {
        d.peer(ACK.ack(10 * stamped).ts(peers_clock, repeated_at));
        CHECK(congestion(d).ssthresh() == 7);
        CHECK(congestion(d).cwnd() < 10);
    }
    CHECK(recovery(d).phase == Phase::open);
}

TEST_CASE("RFC 4015: a spurious timeout is undone by the echo, nothing more is repeated (spurious_rto_500ms)") {
    std::uint32_t tsval = 0;
    Dialogue d = with_ten_stamped(tsval, linux_with("tcp_early_retrans", "0"));
    d.after(220ms);
    std::uint32_t const repeated_at = tsval_of_next(d);
    d.expect(text(stamped).seq(0), Why::retransmission_timeout);
    CHECK(recovery(d).phase == Phase::loss);
    CHECK(congestion(d).cwnd() == 1);
    d.after(300ms);
    SUBCASE("an original's ACK") {
        d.peer(ACK.ack(stamped).ts(peers_clock, tsval));
        d.expect_silence();
        CHECK(congestion(d).ssthresh() == Congestion::infinite);
        CHECK(congestion(d).cwnd() >= 10);
        CHECK(d.connection().tcb().send_queue.sent().lost() == 0);
    }
    SUBCASE("the repetition's") {
        d.peer(ACK.ack(stamped).ts(peers_clock, repeated_at));
        CHECK(congestion(d).ssthresh() == 7);
        CHECK(recovery(d).phase == Phase::loss);
        d.expect(text(stamped).seq(stamped), Why::lost_with_the_first);
    }
}

TEST_CASE("RFC 5682 §3.1: without timestamps new text decides whether a timeout was spurious (spurious_rto_2s_nots)") {
    Dialogue d = Dialogue::established(linux_with("tcp_early_retrans", "0"), rtt);
    d.peer(ACK);
    d.write(20 * mss);
    for (int i = 0; i < 10; ++i) {
        d.expect(segment(i));
    }
    d.after(220ms);
    d.expect(segment(0), Why::retransmission_timeout);
    d.after(100ms);
    SUBCASE("an original is selectively acknowledged: spurious at once (step 3b)") {
        d.peer(sack(0, 1, 2));
        CHECK(congestion(d).ssthresh() == Congestion::infinite);
        CHECK(recovery(d).phase != Phase::loss);
        CHECK(congestion(d).cwnd() == 10);
        d.expect_silence();  // nine originals and one repetition are still out
        d.peer(sack(0, 1, 3));
        d.expect(segment(10));
    }
    SUBCASE("snd.una advances: two new segments go, nothing is repeated (step 2b)") {
        d.peer(ACK.ack(mss));
        d.expect(segment(10));
        d.expect(segment(11));
        d.expect_silence();
        SUBCASE("what was sent once is acknowledged: undone") {
            d.peer(ACK.ack(3 * mss));
            CHECK(congestion(d).ssthresh() == Congestion::infinite);
            CHECK(recovery(d).phase == Phase::open);
        }
        SUBCASE("only the new text arrives: the loss was real (step 3a)") {
            d.peer(sack(1, 10, 11));
            CHECK(congestion(d).ssthresh() == 7);
            CHECK(recovery(d).phase == Phase::loss);
            d.expect(segment(1), Why::lost_with_the_first);
        }
    }
}

TEST_CASE("RFC 5682: switched off, a timeout repeats what is lost as ACKs make room") {
    Dialogue d = Dialogue::established(linux_with("tcp_frto", "0"), rtt);
    d.peer(ACK);
    send(d, 10);
    d.after(44ms);
    d.expect(segment(9), Why::tail_loss_probe);
    d.after(220ms);
    d.expect(segment(0), Why::retransmission_timeout);
    d.peer(ACK.ack(mss));
    d.expect(segment(1), Why::lost_with_the_first);
    d.expect(segment(2), Why::lost_with_the_first);
    d.expect_silence();
}

TEST_CASE("RFC 2883, RFC 3708: every repetition reported superfluous undoes the reduction (reorder_by_6)") {
    Dialogue d = with_ten_out();
    d.after(rtt);
    d.peer(sack(0, 1, 4));
    d.expect(segment(0), Why::fast_retransmit);
    CHECK(congestion(d).ssthresh() == 7);
    d.peer(ACK.ack(10 * mss));
    CHECK(congestion(d).cwnd() < 10);
    d.peer(ACK.ack(10 * mss).sack({{0, mss}}));
    CHECK(congestion(d).ssthresh() == Congestion::infinite);
    CHECK(congestion(d).cwnd() >= 10);
}

TEST_CASE("RFC 2883 §4: two repetitions need two reports") {
    Dialogue d = with_ten_out();
    d.after(rtt);
    d.peer(sack(0, 2, 6));
    d.expect(segment(0), Why::fast_retransmit);
    d.peer(sack(0, 2, 8));
    d.expect(segment(1));
    d.peer(ACK.ack(10 * mss));
    d.peer(ACK.ack(10 * mss).sack({{0, mss}}));
    CHECK(congestion(d).ssthresh() == 7);
    d.peer(ACK.ack(10 * mss).sack({{mss, 2 * mss}}));
    CHECK(congestion(d).ssthresh() == Congestion::infinite);
}

TEST_CASE("RFC 6675 §4, IsLost(): without RACK three segments above make a hole lost, two do not, however long") {
    Dialogue d = with_ten_out(linux_with("tcp_recovery", "0"));
    d.after(rtt);
    d.peer(sack(1, 2, 4));
    d.expect_silence_for(100ms);
    d.peer(sack(1, 2, 5));
    d.expect(segment(1), Why::fast_retransmit);
    d.expect_silence();
}

TEST_CASE("RFC 8985 §6.2: a repetition that is lost, too, is found by what was sent after it") {
    Dialogue d = Dialogue::established(profile_of("linux"), rtt);
    d.peer(ACK);
    d.write(40 * mss);
    for (int i = 0; i < 10; ++i) {
        d.expect(segment(i));
    }
    d.after(rtt);
    d.peer(sack(0, 1, 4));
    d.expect(segment(0), Why::fast_retransmit);
    d.peer(sack(0, 1, 10));
    int const first_new = 10;
    int news = 0;
    while (d.pending() > 0) {
        d.expect(segment(first_new + news));
        ++news;
    }
    REQUIRE(news > 0);
    d.after(rtt);
    d.peer(sack(0, 1, first_new + news));
    d.expect(segment(0), Why::fast_retransmit);
}

TEST_CASE("RFC 2018 §8: a receiver that drops what it had acknowledged selectively gets it again after the timer") {
    Dialogue d = with_ten_out();
    d.after(rtt);
    d.peer(sack(0, 1, 2));
    d.peer(ACK.ack(mss));  // the first one left had been selectively acknowledged
    CHECK(runs(d, Timer::retransmit));
    CHECK(left(d, Timer::retransmit) == 10ms);  // half of SRTT
    d.after(10ms);
    d.expect(segment(1), Why::retransmission_timeout);
    CHECK(d.connection().tcb().send_queue.sent().sacked() == 0);
}

namespace {

/// Ten segments out to an ECN-capable peer, more text waiting. Numbers count from the SYN: text begins at 1.
Dialogue with_ten_markable() {
    Dialogue d = Dialogue::syn_sent(linux_with("tcp_ecn", "1"));
    d.expect(SYN.also(wire::Flags::ece | wire::Flags::cwr));
    d.after(rtt);
    d.peer(SYN_ACK.seq(0).ack(1).mss(mss).win(65535).also(wire::Flags::ece));
    d.expect(ACK.seq(1));
    d.write(40 * mss);
    while (d.pending() > 0) {
        d.expect(text(mss));
    }
    d.after(rtt);
    return d;
}

SegmentPattern marked(int acked) { return ACK.ack(1 + acked * mss).win(65535).also(wire::Flags::ece); }

}  // namespace

TEST_CASE(
    "RFC 3168 §6.1.2 [SHLD-8]: ECE brings the window down once a round trip, CWR says so once, nothing is repeated "
    "(ecn_ce)") {
    Dialogue d = with_ten_markable();
    std::uint32_t const cwnd = congestion(d).cwnd();
    d.peer(marked(2));
    CHECK(recovery(d).phase == Phase::cwr);
    CHECK(congestion(d).ssthresh() == cwnd * 717 / 1024);  // CUBIC's beta
    std::uint32_t const ssthresh = congestion(d).ssthresh();
    std::size_t with_cwr = 0;
    std::int64_t next = 1 + 10 * mss;
    for (int acked = 3; acked <= 10; ++acked) {
        d.peer(marked(acked));
        while (d.pending() > 0) {
            bool const cwr = d.front().segment.flags.has(wire::Flags::cwr);
            with_cwr += cwr ? 1U : 0U;
            d.expect(text(mss).seq(next).also(cwr ? wire::Flags::cwr : std::uint8_t{0}));
            next += mss;
        }
    }
    CHECK(with_cwr == 1);
    CHECK(congestion(d).ssthresh() == ssthresh);
    CHECK(congestion(d).cwnd() == ssthresh);
    CHECK(d.connection().tcb().send_queue.sent().lost() == 0);
    // All that was out at the mark is acknowledged; something above it must be, before the phase is over.
    CHECK(recovery(d).phase == Phase::cwr);
    d.peer(ACK.ack(1 + 11 * mss).win(65535));
    CHECK(recovery(d).phase == Phase::open);
}

TEST_CASE("RFC 3168 §6.1.1: a connection that did not agree on ECN ignores ECE") {
    Dialogue d = with_ten_out();
    d.peer(ACK.ack(mss).also(wire::Flags::ece));
    CHECK(recovery(d).phase == Phase::open);
    CHECK(congestion(d).ssthresh() == Congestion::infinite);
}

TEST_CASE("RFC 5681 §3.2 step 6: 4.4BSD leaves fast recovery at the first new ACK, Linux without SACK at the last") {
    for (char const* system : {"linux", "bsd44"}) {
        CAPTURE(system);
        profile::Profile p = profile_of(system);
        p.options.sack.value = false;
        p.congestion.initial_window.value = 10;
        p.buffers.send_default.value = 100'000;
        Dialogue d = with_ten_out(p);
        d.after(rtt);
        for (int i = 0; i < 3; ++i) {
            d.peer(ACK.ack(0));
        }
        d.expect(segment(0), Why::fast_retransmit);
        CHECK(recovery(d).phase == Phase::recovery);
        d.peer(ACK.ack(4 * mss));
        bool const newreno = p.recovery.end.value == profile::RecoveryEnd::recovery_point;
        CHECK((recovery(d).phase == Phase::recovery) == newreno);
        if (newreno) {
            d.expect(segment(4), Why::fast_retransmit);
        }
        d.expect_silence();
    }
}

TEST_CASE("Linux tcp_ack: without SACK copies of an ACK are no duplicates unless something is outstanding") {
    Dialogue d = Dialogue::established(linux_with("tcp_sack", "0"), rtt);
    for (int i = 0; i < 5; ++i) {
        d.peer(ACK);
    }
    send(d, 1);
    CHECK(recovery(d).duplicate_acks == 0);
    CHECK(recovery(d).phase == Phase::open);
}

TEST_CASE("RFC 9937 §6: the formulas, step by step") {
    SUBCASE("proportional: CEIL(prr_delivered * ssthresh / RecoverFS) - prr_out") {
        tcp::RateReduction r{20, 0, 0};
        std::uint32_t in_flight = 20;
        std::uint32_t sent = 0;
        for (std::uint32_t delivered = 1; delivered <= 9; ++delivered) {
            --in_flight;
            std::uint32_t const cwnd = r.window(10, in_flight, 1, true);
            std::uint32_t const allowed = (delivered * 10 + 19) / 20;
            CHECK(cwnd - in_flight == allowed - sent);
            r.out += cwnd - in_flight;
            in_flight = cwnd;
            sent = allowed;
        }
    }
    SUBCASE("below ssthresh: slow start with a SafeACK, packet conservation without, never beyond ssthresh") {
        tcp::RateReduction r{20, 5, 5};
        CHECK(r.window(10, 4, 1, true) == 4 + 2);
        r = tcp::RateReduction{20, 5, 5};
        CHECK(r.window(10, 4, 1, false) == 4 + 1);
        r = tcp::RateReduction{20, 5, 5};
        CHECK(r.window(10, 9, 5, true) == 10);
        r = tcp::RateReduction{20, 9, 5};
        CHECK(r.window(10, 4, 1, false) == 4 + 5);
    }
    SUBCASE("the first ACK lets the fast retransmission go, later ones need not") {
        tcp::RateReduction r{20, 0, 0};
        CHECK(r.window(1, 19, 1, false) == 20);
        r.out = 1;
        CHECK(r.window(1, 19, 1, false) == 19);
    }
}

TEST_CASE("RFC 5681 §4.1: after idle time the window is the initial one, halved for each RTO (idle_3s_then_burst)") {
    Dialogue d = Dialogue::established(profile_of("linux"), rtt);
    d.peer(ACK);
    for (int round = 0; round < 3; ++round) {  // 10, 20, 40: slow start
        d.write(static_cast<std::uint64_t>(congestion(d).cwnd() * mss));
        while (d.pending() > 0) {
            d.expect(text(mss));
        }
        d.after(rtt);
        d.peer(ACK);
    }
    REQUIRE(congestion(d).cwnd() == 80);
    Duration const rto = d.connection().tcb().rtt.rto(d.profile());
    SUBCASE("not yet an RTO") {
        d.after(rto - rtt - 1ms);
        d.write(mss);
        CHECK(congestion(d).cwnd() == 80);
    }
    SUBCASE("RFC 2861: an RTO since the window was last full, and one segment is all that is used: half way down") {
        d.after(rto - rtt);
        d.write(mss);
        CHECK(congestion(d).cwnd() == (80 + 10) / 2);
    }
    SUBCASE("two and a bit") {
        d.after(2 * rto + 1ms);
        d.write(mss);
        CHECK(congestion(d).cwnd() == 80 / 4);
    }
    SUBCASE("3 s: recorded 10") {
        d.after(3s);
        d.write(mss);
        CHECK(congestion(d).cwnd() == 10);
        CHECK(congestion(d).ssthresh() == Congestion::infinite);
    }
    d.expect(text(mss));
}

TEST_CASE("Linux tcp_ack, old_ack: SACK blocks of an ACK that was overtaken tell of losses, and of nothing else") {
    Dialogue d = with_ten_out();
    d.after(rtt);
    d.peer(ACK.ack(3 * mss));
    auto const& tcb = d.connection().tcb();
    std::uint32_t const cwnd = congestion(d).cwnd();
    Duration const srtt = tcb.rtt.srtt(d.profile());
    d.after(rtt);
    d.peer(ACK.ack(2 * mss).sack({{4 * mss, 7 * mss}}));
    d.expect(segment(3), Why::fast_retransmit);
    d.expect_silence();
    CHECK(recovery(d).phase == Phase::recovery);
    CHECK(congestion(d).cwnd() == cwnd);  // PRR begins with the next ACK
    CHECK(congestion(d).ssthresh() == cwnd * 717 / 1024);
    CHECK(tcb.rtt.srtt(d.profile()) == srtt);
    CHECK(tcb.snd.una - tcb.snd.iss == 3 * mss + 1);
    CHECK(tcb.send_queue.sent().sacked() == 3);
}

TEST_CASE("Linux tcp_ack, old_ack: without blocks, or with what is known, an ACK that was overtaken changes nothing") {
    Dialogue d = with_ten_out();
    d.after(rtt);
    d.peer(ACK.ack(3 * mss));
    d.peer(ACK.ack(2 * mss));
    CHECK(recovery(d).phase == Phase::open);
    d.peer(ACK.ack(2 * mss).sack({{2 * mss, 3 * mss}}));
    CHECK(recovery(d).phase == Phase::open);
    CHECK(d.connection().tcb().send_queue.sent().sacked() == 0);
    d.expect_silence();
}

TEST_CASE("Linux tcp_enter_loss: without SACK a timeout after duplicates leaves the reordering degree as it is") {
    wire::Options options = Dialogue::usual_options();
    options.sack_permitted = false;
    Dialogue d = with_ten_out(profile_of("linux"), options);
    d.after(rtt);
    for (int i = 0; i < 10; ++i) {  // more than can be, unless it was reordering
        d.peer(ACK.ack(0));
    }
    d.expect(segment(0), Why::fast_retransmit);
    d.peer(ACK.ack(10 * mss));
    d.after(rtt);
    d.write(5 * mss);
    for (int i = 10; i < 15; ++i) {
        d.expect(segment(i));
    }
    d.peer(ACK.ack(11 * mss));
    REQUIRE(recovery(d).phase == Phase::open);
    REQUIRE(recovery(d).reordering == 10);
    for (int i = 0; i < 3; ++i) {
        d.peer(ACK.ack(11 * mss));
    }
    REQUIRE(recovery(d).phase == Phase::disorder);
    d.after(left(d, Timer::retransmit));
    d.expect(segment(11), Why::retransmission_timeout);
    CHECK(recovery(d).reordering == 10);
}

TEST_CASE("Linux tcp_timeout_mark_lost: after reneging all is lost, even what was sent a moment ago") {
    Dialogue d = with_ten_out();
    d.after(rtt);
    d.peer(sack(0, 1, 2));
    d.peer(ACK.ack(mss));
    d.write(mss);
    d.expect(segment(10));
    d.after(left(d, Timer::retransmit));
    d.expect(segment(1), Why::retransmission_timeout);
    CHECK(d.connection().tcb().send_queue.sent().lost() == 10);
}

TEST_CASE(
    "Linux tcp_check_reno_reordering: without SACK more duplicates than segments out set the reordering, even lower") {
    wire::Options plain;
    plain.mss = 1460;
    Dialogue d = Dialogue::established(profile_of("linux"), 20ms, plain);
    d.set_no_delay();
    d.peer(ACK);
    d.write(10);
    d.write(10);
    while (d.pending() > 0) {
        (void)d.take();
    }
    tcp::Recovery const& recovery = d.connection().tcb().recovery;
    int const usual = d.profile().recovery.reordering.value;
    d.peer(ACK.ack(0));
    CHECK(recovery.reordering == usual);
    d.peer(ACK.ack(0));  // of two segments one at least has not arrived
    CHECK(recovery.reordering == 2);
    CHECK(recovery.reordering_seen);
}

TEST_CASE("Linux tcp_is_sackblock_valid: from after SND.UNA to SND.NXT") {
    struct Case {
        std::int64_t left;
        std::int64_t right;
        std::uint32_t sacked;
    };
    for (Case const c : {Case{0, mss, 0}, Case{1, 2 * mss, 1}, Case{mss, 3 * mss, 2}, Case{mss, 3 * mss + 1, 0}}) {
        CAPTURE(c.left);
        CAPTURE(c.right);
        Dialogue d = Dialogue::established(profile_of("linux"));
        d.write(3 * mss);
        while (d.pending() > 0) {
            (void)d.take();
        }
        d.peer(ACK.ack(0).sack({{c.left, c.right}}));
        CHECK(d.connection().tcb().send_queue.sent().sacked() == c.sacked);
        while (d.pending() > 0) {
            (void)d.take();
        }
    }
}

TEST_CASE("RFC 8985 §6.2 step 5: what was repeated meanwhile does not hide what was sent after it") {
    Dialogue d = Dialogue::established(profile_of("linux"), 20ms);
    d.write(mss);
    d.after(4ms);
    d.write(mss);
    d.after(1ms);
    d.write(mss);
    d.after(20ms);
    for (int i = 0; i < 3; ++i) {
        d.expect(text(mss));
    }
    d.peer(ACK.ack(0).sack({{2 * mss, 3 * mss}}));  // a quarter of the shortest round trip after the first's time
    d.expect(text(mss).seq(0), tcp::Why::fast_retransmit);
    d.expect_silence();
    d.after(10ms);
    d.expect(text(mss).seq(mss), tcp::Why::fast_retransmit);
    d.expect_silence();
}

TEST_CASE("Linux tcp_cong_avoid: the window that an undo brings back was not in use, and does not grow") {
    Dialogue d = Dialogue::established(linux_with("tcp_early_retrans", "0"), rtt, Dialogue::with_timestamps());
    d.write(2 * stamped);
    std::uint32_t const original = tsval_of_next(d);
    d.expect(text(stamped));
    d.expect(text(stamped));
    d.after(300ms);
    d.expect(text(stamped).seq(0), Why::retransmission_timeout);
    CHECK(congestion(d).cwnd() == 1);
    d.peer(ACK.ack(stamped).ts(peers_clock, original));
    CHECK(congestion(d).cwnd() == 10);
    while (d.pending() > 0) {
        (void)d.take();
    }
}
