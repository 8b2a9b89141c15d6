// What is common to every algorithm, NewReno, and DCTCP. CUBIC and HyStart have their own files.
#include "tests/support/congested.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace std::chrono_literals;
using profile::CongestionAlgorithm;
using tcp::Congested;
using tcp::Congestion;

namespace {

constexpr std::array algorithms{CongestionAlgorithm::newreno, CongestionAlgorithm::cubic, CongestionAlgorithm::dctcp};

CongestedSender with(CongestionAlgorithm algorithm) {
    static std::array<profile::Profile, 3> const profiles{linux_with(algorithms[0]), linux_with(algorithms[1]),
                                                          linux_with(algorithms[2])};
    return CongestedSender{profiles[static_cast<std::size_t>(algorithm)]};
}

}  // namespace

TEST_CASE("RFC 5681 §3.1: every algorithm begins with the initial window, in slow start without a limit") {
    for (CongestionAlgorithm const algorithm : algorithms) {
        profile::Profile p = linux_with(algorithm);
        REQUIRE_FALSE(profile::set(p, "TCP_INIT_CWND", "3"));
        Congestion const c{p};
        CHECK(c.cwnd() == 3);
        CHECK(c.ssthresh() == Congestion::infinite);
        CHECK(c.in_slow_start());
    }
}

TEST_CASE("RFC 5681 §3.1, RFC 3465: slow start adds what was acknowledged, however much, and ends at ssthresh") {
    for (CongestionAlgorithm const algorithm : algorithms) {
        CAPTURE(static_cast<int>(algorithm));
        CongestedSender s = with(algorithm);
        s.reduce_at(40);
        std::uint32_t const ssthresh = s.control.ssthresh();
        s.control.set_cwnd(1);
        s.ack(1);
        CHECK(s.control.cwnd() == 2);
        s.ack(10);
        CHECK(s.control.cwnd() == 12);
        s.ack(ssthresh - 12 - 1);
        CHECK(s.control.cwnd() == ssthresh - 1);
        CHECK(s.control.in_slow_start());
        s.ack(1);
        CHECK(s.control.cwnd() == ssthresh);
        CHECK_FALSE(s.control.in_slow_start());
        s.ack(1);
        CHECK(s.control.cwnd() == ssthresh);
    }
}

TEST_CASE("RFC 5681 §3.1: what is left of an ACK that ends slow start counts for congestion avoidance") {
    CongestedSender s = with(CongestionAlgorithm::newreno);
    s.reduce_at(20);
    s.control.set_cwnd(9);
    s.ack(1 + 9);
    CHECK(s.control.cwnd() == 10);
    s.ack(1);
    CHECK(s.control.cwnd() == 11);
}

TEST_CASE("RFC 5681 §3.1, equation 3 [MUST-19]: NewReno's congestion avoidance adds one segment per window") {
    CongestedSender s = with(CongestionAlgorithm::newreno);
    s.reduce_at(20);
    REQUIRE(s.control.cwnd() == 10);
    for (std::uint32_t window = 10; window < 30; ++window) {
        CHECK(s.acks_for_one_more() == window);
    }
    s.ack(3 * 30);  // one ACK of three windows
    CHECK(s.control.cwnd() == 33);
}

TEST_CASE("Linux tcp_cong_avoid_ai: credit from a larger window buys one segment") {
    CongestedSender s = with(CongestionAlgorithm::newreno);
    s.reduce_at(40);
    s.ack(19);
    s.control.set_cwnd(5);  // as after a reduction that keeps ssthresh: 19 would be three windows of 5
    s.control.undo();
    s.control.set_cwnd(20);
    s.ack(1);
    CHECK(s.control.cwnd() == 21);
}

TEST_CASE("RFC 5681 §3.1, equation 4: NewReno halves, and never goes below two segments; Linux: of cwnd") {
    for (auto const& [cwnd, ssthresh] :
         {std::pair{210U, 105U}, {14U, 7U}, {11U, 5U}, {6U, 3U}, {5U, 2U}, {4U, 2U}, {3U, 2U}, {1U, 2U}}) {
        CongestedSender s = with(CongestionAlgorithm::newreno);
        s.control.set_cwnd(cwnd);
        s.control.reduce(s.now);
        CHECK(s.control.ssthresh() == ssthresh);
        CHECK(s.control.cwnd() == cwnd);  // recovery lowers it
    }
}

TEST_CASE("RFC 5681 §3.1: a reduction forgets what was acknowledged towards the next segment") {
    CongestedSender s = with(CongestionAlgorithm::newreno);
    s.reduce_at(20);
    s.ack(9);
    s.reduce_at(20);
    CHECK(s.acks_for_one_more() == 10);
}

TEST_CASE("Linux tcp_undo_cwnd_reduction: a spurious reduction gives back cwnd and ssthresh, and takes nothing") {
    for (CongestionAlgorithm const algorithm : algorithms) {
        CAPTURE(static_cast<int>(algorithm));
        CongestedSender s = with(algorithm);
        s.reduce_at(20);
        s.control.undo();
        CHECK(s.control.cwnd() == 20);
        CHECK(s.control.ssthresh() == Congestion::infinite);
        // With a limit in force: that limit, or three quarters of what had been in use beyond it.
        CongestedSender t = with(CongestionAlgorithm::newreno);
        t.reduce_at(100);
        t.reduce_at(60);
        t.control.undo();
        CHECK(t.control.ssthresh() == 50);
        t.reduce_at(80);
        t.control.undo();
        CHECK(t.control.ssthresh() == 60);
        t.control.set_cwnd(200);
        t.control.restart_after_idle(0, 10);  // remembers three quarters of that
        t.control.undo();
        CHECK(t.control.cwnd() == 200);
        CHECK(t.control.ssthresh() == 150);
    }
}

TEST_CASE("RFC 2861 §3.2, Linux tcp_cwnd_restart: half for each timeout without use, down to the restart window") {
    struct Case {
        std::uint32_t cwnd{}, timeouts{}, left{};
    };
    for (Case const& c : {Case{70, 0, 70}, Case{70, 1, 35}, Case{70, 2, 17}, Case{70, 3, 10}, Case{70, 99, 10},
                          Case{10, 5, 10}, Case{4, 5, 4}, Case{20, 1, 10}, Case{19, 1, 10}}) {
        CongestedSender s = with(CongestionAlgorithm::cubic);
        s.control.set_cwnd(c.cwnd);
        s.control.restart_after_idle(c.timeouts, 10);
        CHECK(s.control.cwnd() == c.left);
        CHECK(s.control.ssthresh() == Congestion::infinite);
    }
    CongestedSender s = with(CongestionAlgorithm::newreno);
    s.reduce_at(40);
    s.control.set_cwnd(80);
    s.control.restart_after_idle(3, 10);
    CHECK(s.control.cwnd() == 10);
    CHECK(s.control.ssthresh() == 60);
}

namespace {

/// DCTCP.Alpha in 1/1024, read off what a mark would do to a window of 2^20 segments.
std::uint32_t alpha_of(CongestedSender sender) {
    constexpr std::uint32_t window = 1U << 20U;
    sender.control.set_cwnd(window);
    sender.control.reduce(sender.now, Congested::mark);
    return (window - sender.control.ssthresh()) / (window / 2048);
}

/// The ACK that begins DCTCP's first window, of so many segments.
void begin_window(CongestedSender& sender, std::uint32_t segments) {
    sender.nxt = sender.una + 1 + segments;
    sender.ack(1);
}

/// The window that began is acknowledged one by one, the first `marked` with ECE; the next has as many segments.
void acknowledge_window(CongestedSender& sender, std::uint32_t segments, std::uint32_t marked) {
    for (std::uint32_t i = 1; i < segments; ++i) {
        sender.ack(1, {}, i <= marked);
    }
    sender.nxt = sender.una + 1 + segments;
    sender.ack(1, {}, marked == segments);
}

}  // namespace

TEST_CASE("RFC 8257 §3.3: alpha begins at 1 and follows alpha*(1-g) + g*M, g = 1/16") {
    CongestedSender s = with(CongestionAlgorithm::dctcp);
    CHECK(alpha_of(s) == 1024);
    constexpr std::uint32_t segments = 100;
    begin_window(s, segments);  // also ends a window before it, in which nothing was marked
    CHECK(alpha_of(s) == 960);
    for (std::uint32_t const marked : {0U, 100U, 50U, 1U, 0U, 99U, 10U, 10U, 10U, 10U, 0U, 0U, 100U, 100U, 100U}) {
        long double const before = alpha_of(s);
        acknowledge_window(s, segments, marked);
        long double const m = static_cast<long double>(marked) / segments;
        long double const wanted = before * 15 / 16 + 1024 * m / 16;
        CHECK(std::abs(static_cast<long double>(alpha_of(s)) - wanted) < 1.0L);  // two terms, each cut to 1/1024
    }
}

TEST_CASE("RFC 8257 §3.3: alpha changes once per window, when all that was sent at its beginning is acknowledged") {
    CongestedSender s = with(CongestionAlgorithm::dctcp);
    begin_window(s, 4);
    s.nxt = s.una + 100;  // what is sent later does not make the window longer
    for (int i = 1; i <= 3; ++i) {
        s.ack(1, {}, true);
        CHECK(alpha_of(s) == 960);
    }
    s.ack(1);
    CHECK(alpha_of(s) == 960 - 60 + 1024 * 3 / 4 / 16);
}

TEST_CASE("RFC 8257 §3.3: marks that stay make alpha 1, none make it 0") {
    CongestedSender s = with(CongestionAlgorithm::dctcp);
    begin_window(s, 20);
    for (int i = 0; i < 200; ++i) {
        acknowledge_window(s, 20, 0);
    }
    CHECK(alpha_of(s) == 0);
    s.control.set_cwnd(100);
    s.control.reduce(s.now, Congested::mark);
    CHECK(s.control.ssthresh() == 100);
    for (int i = 0; i < 200; ++i) {
        acknowledge_window(s, 20, 20);
        CHECK(alpha_of(s) <= 1024);
    }
    CHECK(alpha_of(s) == 1024);
}

TEST_CASE("RFC 8257 §3.3: a mark takes half of alpha from the window; §3.5: a loss takes half of all") {
    profile::Profile p = linux_with(CongestionAlgorithm::dctcp);
    struct Case {
        char const* alpha{};
        std::uint32_t cwnd{}, after_mark{};
    };
    // cwnd * (1 - alpha / 2), what is taken being cut to whole segments (Linux dctcp_ssthresh).
    for (Case const& c : {Case{"1024", 100, 50}, Case{"512", 100, 75}, Case{"512", 101, 76}, Case{"1", 100, 100},
                          Case{"1024", 3, 2}, Case{"1024", 5, 3}, Case{"1024", 2, 2}, Case{"1024", 1, 2}}) {
        REQUIRE_FALSE(profile::set(p, "dctcp_alpha_on_init", c.alpha));
        CongestedSender s{p};
        s.control.set_cwnd(c.cwnd);
        s.control.reduce(s.now, Congested::mark);
        CHECK(s.control.ssthresh() == c.after_mark);
        s.control.reduce(s.now, Congested::loss);
        CHECK(s.control.ssthresh() == std::max(c.cwnd / 2, 2U));
    }
}

TEST_CASE("Linux dctcp_shift_g: the newest window weighs 2^-g") {
    profile::Profile p = linux_with(CongestionAlgorithm::dctcp);
    REQUIRE_FALSE(profile::set(p, "dctcp_shift_g", "1"));
    CongestedSender s{p};
    begin_window(s, 8);
    CHECK(alpha_of(s) == 512);
    acknowledge_window(s, 8, 4);
    CHECK(alpha_of(s) == 512 / 2 + 1024 / 2 / 2);
}

TEST_CASE("Linux: an ACK of several segments with ECE marks them all") {
    CongestedSender s = with(CongestionAlgorithm::dctcp);
    begin_window(s, 4);
    s.ack(3, {}, true);
    s.ack(1);
    CHECK(alpha_of(s) == 960 - 60 + 1024 * 3 / 4 / 16);
}
