// What a connection leaves to later ones: Linux tcp_update_metrics and tcp_init_metrics, value by value.
#include "stack/tcp/path_metrics.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::tcp;
using namespace std::chrono_literals;

namespace {

profile::Profile linux_with(char const* no_ssthresh = "1") {
    profile::Profile profile = *profile::find("linux");
    REQUIRE_FALSE(profile::set(profile, "tcp_no_ssthresh_metrics_save", no_ssthresh));
    return profile;
}

constexpr std::uint32_t eighths(Duration time) {
    return static_cast<std::uint32_t>(8 * std::chrono::duration_cast<std::chrono::microseconds>(time).count());
}

/// A connection that has measured once.
Tcb measured(Duration rtt, profile::Profile const& profile) {
    Tcb tcb;
    tcb.congestion = Congestion{profile};
    tcb.recovery.reordering = static_cast<std::uint16_t>(profile.recovery.reordering.value);
    tcb.rtt.measure(rtt, SeqNum{0}, SeqNum{1}, profile);
    return tcb;
}

}  // namespace

TEST_CASE("tcp_update_metrics: a longer round trip counts at once, a shorter one by an eighth") {
    profile::Profile const profile = linux_with();
    Tcb const tcb = measured(80ms, profile);
    CHECK(updated({}, tcb, profile).rtt == eighths(80ms));
    CHECK(updated({.rtt = eighths(20ms)}, tcb, profile).rtt == eighths(80ms));
    CHECK(updated({.rtt = eighths(80ms)}, tcb, profile).rtt == eighths(80ms));
    CHECK(updated({.rtt = eighths(160ms)}, tcb, profile).rtt == eighths(150ms));
}

TEST_CASE(
    "tcp_update_metrics: the deviation is the distance from what was known, or ours; a smaller one counts a quarter") {
    profile::Profile const profile = linux_with();
    Tcb const tcb = measured(80ms, profile);  // its own deviation is half of that: 160,000 quarters of microseconds
    CHECK(updated({}, tcb, profile).rttvar == eighths(80ms) / 2);
    CHECK(updated({.rtt = eighths(80ms)}, tcb, profile).rttvar == 160'000);
    CHECK(updated({.rtt = eighths(80ms), .rttvar = 160'000}, tcb, profile).rttvar == 160'000);
    CHECK(updated({.rtt = eighths(80ms), .rttvar = 560'000}, tcb, profile).rttvar == 460'000);
    CHECK(updated({.rtt = eighths(180ms)}, tcb, profile).rttvar == 400'000);
}

TEST_CASE("tcp_update_metrics: who measured nothing, or is backed off, says that what was known may be wrong") {
    profile::Profile const profile = linux_with();
    PathMetrics const known{.rtt = 1, .rttvar = 2, .ssthresh = 3, .cwnd = 4, .reordering = 5};
    Tcb unmeasured;
    unmeasured.congestion = Congestion{profile};
    CHECK(updated(known, unmeasured, profile) == PathMetrics{0, 2, 3, 4, 5});
    Tcb tcb = measured(80ms, profile);
    tcb.retransmission.backoff = 1;
    CHECK(updated(known, tcb, profile) == PathMetrics{0, 2, 3, 4, 5});
}

TEST_CASE("tcp_update_metrics: in the first slow start the largest window counts; ssthresh only rises") {
    profile::Profile const profile = linux_with("0");
    Tcb tcb = measured(80ms, profile);
    tcb.congestion.set_cwnd(20);
    CHECK(updated({}, tcb, profile).cwnd == 20);
    CHECK(updated({.cwnd = 21}, tcb, profile).cwnd == 21);
    CHECK(updated({}, tcb, profile).ssthresh == 0);
    CHECK(updated({.ssthresh = 9}, tcb, profile).ssthresh == 10);
    CHECK(updated({.ssthresh = 11}, tcb, profile).ssthresh == 11);
    CHECK(updated({.ssthresh = 9}, tcb, linux_with("1")).ssthresh == 9);
}

TEST_CASE("tcp_update_metrics: in congestion avoidance half way to our window, and ssthresh or half of the window") {
    profile::Profile const profile = linux_with("0");
    Tcb tcb = measured(80ms, profile);
    tcb.congestion.set_ssthresh(8);
    tcb.congestion.set_cwnd(12);
    CHECK(updated({.cwnd = 20}, tcb, profile).cwnd == 16);
    CHECK(updated({}, tcb, profile).ssthresh == 8);
    tcb.congestion.set_cwnd(30);
    CHECK(updated({.ssthresh = 90}, tcb, profile).ssthresh == 15);
    CHECK(updated({.ssthresh = 90}, tcb, linux_with("1")).ssthresh == 90);
    tcb.recovery.reordering = 7;
    CHECK(updated({}, tcb, profile).reordering == 0);
}

TEST_CASE(
    "tcp_update_metrics: in recovery or a later slow start the window says nothing, but ssthresh and reordering do") {
    profile::Profile const profile = linux_with("0");
    Tcb tcb = measured(80ms, profile);
    tcb.congestion.set_ssthresh(8);
    SUBCASE("slow start") { tcb.congestion.set_cwnd(7); }
    SUBCASE("recovery") {
        tcb.congestion.set_cwnd(8);
        tcb.recovery.phase = Recovery::Phase::recovery;
    }
    CHECK(updated({.cwnd = 20}, tcb, profile).cwnd == 14);
    CHECK(updated({}, tcb, profile).ssthresh == 0);
    CHECK(updated({.ssthresh = 7}, tcb, profile).ssthresh == 8);
    CHECK(updated({.ssthresh = 9}, tcb, profile).ssthresh == 9);
    CHECK(updated({.ssthresh = 7}, tcb, linux_with("1")).ssthresh == 7);
    CHECK(updated({}, tcb, profile).reordering == 0);
    tcb.recovery.reordering = 7;
    CHECK(updated({}, tcb, profile).reordering == 7);
    CHECK(updated({.reordering = 9}, tcb, profile).reordering == 9);
}

TEST_CASE("tcp_init_metrics: ssthresh if it is kept at all, reordering, and a timeout of three longer round trips") {
    profile::Profile const profile = linux_with("0");
    PathMetrics const known{.rtt = eighths(100ms), .ssthresh = 8, .reordering = 9};
    Tcb tcb = measured(20ms, profile);
    take_metrics(tcb, known, profile);
    CHECK(tcb.congestion.ssthresh() == 8);
    CHECK(tcb.recovery.reordering == 9);
    CHECK(tcb.rtt.rto(profile) == 300ms);
    CHECK(tcb.rtt.srtt(profile) == 20ms);
    Tcb other = measured(20ms, profile);
    take_metrics(other, known, linux_with("1"));
    CHECK(other.congestion.ssthresh() == Congestion::infinite);
    take_metrics(tcb, {}, profile);
    CHECK(tcb.congestion.ssthresh() == 8);
    CHECK(tcb.recovery.reordering == 9);
}

TEST_CASE(
    "tcp_init_metrics: the floor of the timeout is added, a shorter round trip is not heard, the next sample ends it") {
    profile::Profile const profile = linux_with();
    RttEstimator rtt;
    rtt.measure(20ms, SeqNum{0}, SeqNum{1}, profile);
    Duration const own = rtt.rto(profile);
    rtt.expect(eighths(20ms), profile);
    CHECK(rtt.rto(profile) == own);
    rtt.expect(eighths(40ms), profile);
    CHECK(rtt.rto(profile) == 40ms + profile.rto.min.value);
    CHECK(rtt.rto_backed_off(1, profile) == 2 * (40ms + profile.rto.min.value));
    rtt.measure(20ms, SeqNum{0}, SeqNum{1}, profile);
    CHECK(rtt.rto(profile) < 40ms + profile.rto.min.value);
    rtt.expect(eighths(250s), profile);
    CHECK(rtt.rto(profile) == profile.rto.max.value);
    RttEstimator unmeasured;
    unmeasured.fail_to_measure();
    CHECK(unmeasured.rto(profile) == profile.rto.fallback.value);
    unmeasured.expect(eighths(100ms), profile);
    CHECK(unmeasured.rto(profile) == 300ms);
}
