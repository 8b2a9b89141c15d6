#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::Recovery;
using tcp::State;
using tcp::Timer;
using tcp::Why;

namespace {

constexpr std::uint32_t mss = 1460;
constexpr Duration rtt = 20400us;
constexpr Duration rto = 224ms;  // SRTT + the floor of 200 ms, in jiffies of 4 ms

profile::Profile linux_without_probes() {
    profile::Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, "tcp_early_retrans", "0"));
    REQUIRE_FALSE(profile::set(p, "tcp_congestion_control", "reno"));  // RFC 5681 is asked here
    return p;
}

Dialogue without_probes() { return Dialogue::established(linux_without_probes(), rtt); }

/// RFC 5681 and RFC 6582 as they stand, without SACK.
Dialogue newreno() {
    profile::Profile p = linux_without_probes();
    REQUIRE_FALSE(profile::set(p, "tcp_sack", "0"));
    REQUIRE_FALSE(profile::set(p, "tcp_frto", "0"));
    p.recovery.reduction.value = profile::WindowReduction::at_once;
    p.recovery.limited_transmit.value = false;
    p.congestion.algorithm.value = profile::CongestionAlgorithm::newreno;
    return Dialogue::established(p, rtt);
}

Duration left(Dialogue const& d, Timer timer) { return d.connection().tcb().timers[timer] - d.now(); }

bool runs(Dialogue const& d, Timer timer) { return d.connection().tcb().timers.running(timer); }

/// Writes so many full segments and expects them.
void send_segments(Dialogue& d, std::uint32_t count) {
    std::int64_t const begin = d.connection().tcb().send_queue.end() - d.connection().tcb().snd.una;
    CHECK(begin >= 0);
    d.write(std::uint64_t{count} * mss);
    for (std::uint32_t i = 0; i < count; ++i) {
        d.expect(text(mss));
    }
    d.expect_silence();
}

}  // namespace

TEST_CASE("RFC 6298 §5.1: sending starts the timer; a later segment does not restart it") {
    Dialogue d = without_probes();
    send_segments(d, 1);
    CHECK(left(d, Timer::retransmit) == rto);
    d.after(100ms);
    send_segments(d, 1);
    CHECK(left(d, Timer::retransmit) == rto - 100ms);
}

TEST_CASE("RFC 6298 §5.2: when everything is acknowledged no timer runs") {
    for (bool const probes : {false, true}) {
        Dialogue d = probes ? Dialogue::established(profile_of("linux"), rtt) : without_probes();
        send_segments(d, 3);
        CHECK(d.connection().next_deadline() != never);
        d.after(rtt);
        d.peer(ACK);
        CHECK(d.connection().next_deadline() == never);
    }
}

TEST_CASE("RFC 6298 §5.3: an ACK of new text restarts the timer, another ACK does not") {
    Dialogue d = without_probes();
    send_segments(d, 3);
    d.after(rtt);
    d.peer(ACK.ack(mss));
    Duration const again = left(d, Timer::retransmit);
    CHECK(again == d.connection().tcb().rtt.rto(d.profile()));
    d.after(50ms);
    d.peer(ACK.ack(mss));
    CHECK(left(d, Timer::retransmit) == again - 50ms);
}

TEST_CASE(
    "RFC 6298 §5.4-5.6 [MUST-19]: a timeout repeats the earliest segment, doubles the RTO and restarts the timer") {
    Dialogue d = without_probes();
    send_segments(d, 3);
    for (Duration wait = rto; wait < 10s; wait *= 2) {
        d.expect_silence_for(wait - 1ns);
        d.after(1ns);
        d.expect(ACK.seq(0).len(mss), Why::retransmission_timeout);
        d.expect_silence();
        CHECK(left(d, Timer::retransmit) == 2 * wait);
    }
}

TEST_CASE(
    "RFC 6298 §3, Karn [MUST-18]: the ACK of a repeated segment is no sample, and the back-off stays until there is "
    "one") {
    Dialogue d = without_probes();
    Duration const srtt = d.connection().tcb().rtt.srtt(d.profile());
    send_segments(d, 1);
    d.after(rto);
    d.expect(text(mss).seq(0));
    d.after(rtt);
    d.peer(ACK);
    CHECK(d.connection().tcb().rtt.srtt(d.profile()) == srtt);
    send_segments(d, 1);
    CHECK(left(d, Timer::retransmit) == 2 * rto);
    d.after(rtt);
    d.peer(ACK);
    send_segments(d, 1);
    CHECK(left(d, Timer::retransmit) == rto);
}

TEST_CASE("RFC 7323 §4: a timestamp tells the repetition from the original, so that it is a sample") {
    Dialogue d = Dialogue::established(linux_without_probes(), rtt, Dialogue::with_timestamps());
    d.write(5);
    d.expect(text(5));
    d.after(d.connection().next_deadline() - d.now());
    d.expect(text(5).seq(0));
    d.after(40ms);
    std::size_t const before = d.count_notes<tcp::RttMeasured>();
    d.peer(ACK);  // echoes the repetition's timestamp
    CHECK(d.count_notes<tcp::RttMeasured>() == before + 1);
    CHECK(d.connection().tcb().retransmission.backoff == 0);
    CHECK(d.connection().tcb().rtt.srtt(d.profile()) < 40ms);
}

TEST_CASE("RFC 7323 §4: an echo from the future, or from half an hour ago, is no sample (Linux tcp_rtt_tsopt_us)") {
    for (std::int64_t const age_ms : {-1000, 36 * 60 * 1000}) {
        CAPTURE(age_ms);
        Dialogue d = Dialogue::established(linux_without_probes(), rtt, Dialogue::with_timestamps());
        d.write(5);
        d.expect(text(5));
        d.after(d.connection().next_deadline() - d.now());
        std::uint32_t const stamp = wire::decode(d.front().segment.options).timestamps->value;
        std::uint32_t const peer = d.connection().tcb().timestamps.recent;
        d.expect(text(5).seq(0));
        std::size_t const before = d.count_notes<tcp::RttMeasured>();
        d.peer(ACK.ts(peer, stamp - static_cast<std::uint32_t>(age_ms)));
        CHECK(d.connection().unacknowledged() == 0);
        CHECK(d.count_notes<tcp::RttMeasured>() == before);
    }
}

TEST_CASE("RFC 8985 §7.2: one segment out: the probe waits min(2*SRTT + 200 ms, RTO) (loss_last_of_10)") {
    Dialogue d = Dialogue::established(profile_of("linux"), rtt);
    send_segments(d, 1);
    CHECK(left(d, Timer::tail_loss_probe) == rto);
    CHECK_FALSE(runs(d, Timer::retransmit));
    d.after(rto);
    d.expect(text(mss).seq(0), Why::tail_loss_probe);
    CHECK_FALSE(runs(d, Timer::tail_loss_probe));
    CHECK(left(d, Timer::retransmit) == rto);
}

TEST_CASE("RFC 8985 §7.2: several segments out: the probe waits 2*SRTT, 44 ms recorded (loss_whole_window)") {
    Dialogue d = Dialogue::established(profile_of("linux"), 20ms);
    send_segments(d, 10);
    // Linux: 2*SRTT + TCP_TIMEOUT_MIN_US, in jiffies.
    CHECK(left(d, Timer::tail_loss_probe) == 44ms);
    d.after(44ms);
    d.expect(text(mss).seq(9 * mss), Why::tail_loss_probe);
    d.expect_silence_for(220ms - 1ns);
    d.after(1ns);
    d.expect(text(mss).seq(0), Why::retransmission_timeout);
}

TEST_CASE("RFC 8985 §7.2: each new segment and each ACK of new text starts the probe's time again") {
    Dialogue d = Dialogue::established(profile_of("linux"), 20ms);
    send_segments(d, 3);
    d.after(30ms);
    send_segments(d, 1);
    CHECK(left(d, Timer::tail_loss_probe) == 44ms);
    d.after(5ms);
    d.peer(ACK.ack(mss));
    CHECK(left(d, Timer::tail_loss_probe) >= 44ms);
    CHECK(left(d, Timer::tail_loss_probe) < 60ms);
}

TEST_CASE(
    "RFC 8985 §7.3: with unsent text the probe is one new segment, whatever the congestion window "
    "(spurious_rto_500ms)") {
    Dialogue d = Dialogue::established(profile_of("linux"), 20ms);
    d.write(15 * mss);
    for (int i = 0; i < 10; ++i) {
        d.expect(text(mss));
    }
    d.expect_silence_for(44ms - 1ns);
    d.after(1ns);
    d.expect(text(mss).seq(10 * mss), Why::tail_loss_probe);
    d.expect_silence();
}

TEST_CASE("RFC 8985 §7.3: one probe at a time: a second expiry leaves it to the retransmission timer") {
    Dialogue d = Dialogue::established(profile_of("linux"), 20ms);
    send_segments(d, 2);
    d.after(44ms);
    d.expect(text(mss).seq(mss), Why::tail_loss_probe);
    send_segments(d, 1);
    d.expect_silence_for(220ms - 44ms - 1ns);  // its RTO counts from the head, sent 44 ms ago
    d.after(1ns);
    d.expect(text(mss).seq(0), Why::retransmission_timeout);
    d.peer(ACK);
    d.after(1s);
    send_segments(d, 1);
    CHECK(runs(d, Timer::tail_loss_probe));
}

TEST_CASE("RFC 8985 §7.2: no probe without SACK, none by 4.4BSD") {
    wire::Options without_sack = Dialogue::usual_options();
    without_sack.sack_permitted = false;
    Dialogue d = Dialogue::established(profile_of("linux"), rtt, without_sack);
    send_segments(d, 1);
    CHECK(runs(d, Timer::retransmit));
    CHECK_FALSE(runs(d, Timer::tail_loss_probe));
    Dialogue bsd = Dialogue::established(profile_of("bsd44"), rtt);
    bsd.write(5);
    bsd.expect(text(5));
    CHECK(runs(bsd, Timer::retransmit));
}

TEST_CASE("Linux: a FIN behind text in flight is probed after 2*SRTT (half_close_orderly)") {
    Dialogue d = Dialogue::established(profile_of("linux"), 20ms);
    d.write(20);
    d.expect(text(20));
    d.after(4ms);
    d.shutdown();
    d.expect(FIN_ACK.seq(20).len(0));
    d.expect_silence_for(44ms - 1ns);
    d.after(1ns);
    d.expect(FIN_ACK.seq(20).len(0), Why::tail_loss_probe);
}

TEST_CASE("RFC 5681 §3.2: the third duplicate ACK repeats the lost segment at once, the first two do nothing") {
    Dialogue d = newreno();
    send_segments(d, 10);
    d.after(rtt);
    d.peer(ACK.ack(mss));
    for (int i = 0; i < 2; ++i) {
        d.peer(ACK.ack(mss));
        d.expect_silence();
    }
    d.peer(ACK.ack(mss));
    d.expect(text(mss).seq(mss), Why::fast_retransmit);
    d.expect_silence();
    CHECK(d.connection().tcb().recovery.phase == Recovery::Phase::recovery);
    CHECK(d.connection().tcb().congestion.ssthresh() == 10 / 2);  // Linux: of cwnd, not of the flight
    CHECK(runs(d, Timer::retransmit));
}

TEST_CASE(
    "RFC 5681 §2: what changes the window, carries text or acknowledges nothing outstanding is no duplicate ACK") {
    Dialogue d = newreno();
    send_segments(d, 10);
    for (std::uint16_t window = 300; window < 310; ++window) {
        d.peer(ACK.ack(0).win(window));
    }
    for (int i = 0; i < 10; ++i) {
        d.peer(text(10).ack(0).win(309));
    }
    while (d.pending() > 0) {
        d.expect(ACK.len(0));
    }
    CHECK(d.connection().tcb().recovery.phase == Recovery::Phase::open);
    d.peer(ACK.win(309));
    for (int i = 0; i < 10; ++i) {
        d.peer(ACK.win(309));
    }
    d.expect_silence();
}

TEST_CASE(
    "RFC 5681 §3.2, 4: in fast recovery each further duplicate ACK lets one new segment go when the window allows") {
    Dialogue d = newreno();
    d.write(20 * mss);
    for (int i = 0; i < 10; ++i) {
        d.expect(text(mss));
    }
    for (int i = 0; i < 4; ++i) {  // the first one changes the window: a SYN,ACK's is not scaled
        d.peer(ACK.ack(0));
    }
    d.expect(text(mss).seq(0), Why::fast_retransmit);
    // cwnd = ssthresh + duplicates = 5 + n; ten are out.
    for (int duplicates = 4; duplicates <= 8; ++duplicates) {
        d.peer(ACK.ack(0));
        if (duplicates <= 5) {
            d.expect_silence();
        } else {
            d.expect(text(mss).seq((10 + duplicates - 6) * std::int64_t{mss}));
        }
    }
    d.expect_silence();
}

TEST_CASE("RFC 6582 §3.2: a partial ACK repeats the next hole, the full one ends recovery with cwnd = ssthresh") {
    Dialogue d = newreno();
    send_segments(d, 10);
    for (int i = 0; i < 4; ++i) {  // the first one changes the window
        d.peer(ACK.ack(0));
    }
    d.expect(text(mss).seq(0), Why::fast_retransmit);
    d.peer(ACK.ack(4 * mss));
    d.expect(text(mss).seq(4 * mss), Why::fast_retransmit);
    CHECK(d.connection().tcb().recovery.phase == Recovery::Phase::recovery);
    d.peer(ACK.ack(7 * mss));
    d.expect(text(mss).seq(7 * mss), Why::fast_retransmit);
    d.peer(ACK.ack(10 * mss));
    d.expect_silence();
    CHECK(d.connection().tcb().congestion.cwnd() == d.connection().tcb().congestion.ssthresh());
    CHECK(d.connection().next_deadline() == never);
    // Linux: held until something above is acknowledged, lest duplicates of the old begin another (RFC 6582 §4.1).
    CHECK(d.connection().tcb().recovery.phase == Recovery::Phase::recovery);
    send_segments(d, 1);
    d.peer(ACK);
    CHECK(d.connection().tcb().recovery.phase == Recovery::Phase::open);
}

TEST_CASE(
    "RFC 5681 §3.1 [MUST-19]: after a timeout the window is one segment; everything outstanding is repeated as ACKs "
    "come") {
    Dialogue d = without_probes();
    send_segments(d, 10);
    d.after(rto);
    d.expect(text(mss).seq(0), Why::retransmission_timeout);
    d.expect_silence();
    CHECK(d.connection().tcb().congestion.cwnd() == 1);
    CHECK(d.connection().tcb().congestion.ssthresh() == 5);
    d.after(rtt);
    d.peer(ACK.ack(mss));
    d.expect(text(mss).seq(mss));
    d.expect(text(mss).seq(2 * mss));
    d.expect_silence();
    d.after(rtt);
    d.peer(ACK.ack(3 * mss));
    for (std::uint32_t i = 3; i < 7; ++i) {
        d.expect(text(mss).seq(i * mss));
    }
    d.expect_silence();
    d.peer(ACK.ack(10 * mss));
    d.expect_silence();
    CHECK(d.connection().tcb().recovery.phase == Recovery::Phase::open);
    CHECK(d.connection().next_deadline() == never);
}

TEST_CASE("RFC 5681 §3.1: what the peer had beyond the hole is not repeated when one ACK covers it") {
    Dialogue d = without_probes();
    send_segments(d, 5);
    d.after(rto);
    d.expect(text(mss).seq(0));
    d.peer(ACK.ack(5 * mss));
    d.expect_silence();
    send_segments(d, 1);
}

TEST_CASE("RFC 6298 §5.4: what was acknowledged in part is repeated from there") {
    Dialogue d = without_probes();
    send_segments(d, 1);
    d.peer(ACK.ack(1000));
    d.after(d.connection().next_deadline() - d.now());
    d.expect(text(460).seq(1000), Why::retransmission_timeout);
}

TEST_CASE("RFC 5681 §3.1 [MUST-19]: slow start adds what was acknowledged") {
    Dialogue d = without_probes();
    CHECK(d.connection().tcb().congestion.cwnd() == 10);
    send_segments(d, 10);
    d.after(rtt);
    d.peer(ACK);
    CHECK(d.connection().tcb().congestion.cwnd() == 20);
    CHECK(d.connection().tcb().congestion.ssthresh() == tcp::Congestion::infinite);
}

TEST_CASE("RFC 7661, Linux tcp_is_cwnd_limited: a window that is not used does not grow") {
    Dialogue d = without_probes();
    for (int i = 0; i < 20; ++i) {
        send_segments(d, 1);
        d.after(rtt);
        d.peer(ACK);
    }
    CHECK(d.connection().tcb().congestion.cwnd() == 10);
}

TEST_CASE("RFC 9293 §3.10.8: a repetition tells how often and how long") {
    Dialogue d = without_probes();
    send_segments(d, 1);
    for (std::uint32_t count = 1; count < 6; ++count) {
        Duration const wait = left(d, Timer::retransmit);
        d.after(wait);
        REQUIRE(d.pending() == 1);
        CHECK(d.front().cause == tcp::Cause{Why::retransmission_timeout, count, wait});
        d.expect(text(mss));
    }
}
