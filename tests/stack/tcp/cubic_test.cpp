// RFC 9438 against its formulas, computed here with long double.
#include "stack/tcp/cubic.hpp"

#include "tests/support/congested.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace std::chrono_literals;
using profile::CongestionAlgorithm;
using tcp::Congestion;

namespace {

// §5 and §4.6: C = 0.4, beta = 0.7, as Linux writes them.
constexpr long double c = 410.0L / 1024;
constexpr long double beta = 717.0L / 1024;
constexpr Duration granule = 4ms;  // of the recorded kernel: instants here are multiples of it

long double seconds_of(Duration d) { return static_cast<long double>(d.count()) / 1e9L; }

/// §4.2, figure 2.
long double k_of(long double w_max, long double cwnd_epoch) { return std::cbrt((w_max - cwnd_epoch) / c); }
/// §4.2, figure 1.
long double w_cubic(long double t, long double k, long double w_max) { return c * (t - k) * (t - k) * (t - k) + w_max; }

profile::Profile cubic_alone() {
    profile::Profile p = linux_with(CongestionAlgorithm::cubic);
    REQUIRE_FALSE(profile::set(p, "tcp_friendliness", "0"));
    return p;
}

/// How many ACKs a segment costs `t` into an epoch that began at `cwnd` after W_max, which is cwnd / (target - cwnd), the target
/// being known to a segment: time and K are cut to 1/1024 s, the target to a whole segment.
struct Cost {
    std::uint32_t least{}, most{};
};
Cost cost(Duration t, long double w_max, long double cwnd_epoch, long double cwnd) {
    long double const ahead = w_cubic(seconds_of(t), k_of(w_max, cwnd_epoch), w_max) - cwnd;
    REQUIRE(ahead > 4);
    return {static_cast<std::uint32_t>(cwnd / (ahead + 1)), static_cast<std::uint32_t>(cwnd / (ahead - 1))};
}
void check_cost(std::uint32_t acks, Cost const& expected) {
    CHECK(acks >= expected.least);
    CHECK(acks <= expected.most);
}

/// Loses at `w_max`, then begins an epoch: its first ACK.
CongestedSender in_epoch(profile::Profile const& p, std::uint32_t w_max) {
    CongestedSender s{p};
    s.reduce_at(w_max);
    s.ack(1);
    return s;
}

/// The cost of a segment `later`; the ACKs that were on the way to the segment before do not count.
std::uint32_t cost_later(CongestedSender s, Duration later) {
    s.now += later;
    s.acks_for_one_more();
    return s.acks_for_one_more();
}

}  // namespace

TEST_CASE("cube_root: the greatest integer whose cube is not above") {
    for (std::uint64_t root : {0ULL, 1ULL, 2ULL, 3ULL, 10ULL, 1023ULL, 1024ULL, 65'537ULL, 2'642'245ULL}) {
        CHECK(tcp::cube_root(root * root * root) == root);
        if (root > 0) {
            CHECK(tcp::cube_root(root * root * root - 1) == root - 1);
        }
    }
    CHECK(tcp::cube_root(~0ULL) == 2'642'245);  // 2^(64/3) = 2642245.9
}

TEST_CASE("RFC 9438 §4.6: a reduction leaves 0.7 of the window, at least two segments, as recorded") {
    // loss_first_of_10 and ecn_ce (12), loss_last_ten_of_20 (40), bulk_2mb_rtt50_wide_loss400 (409).
    for (auto const& [cwnd, ssthresh] :
         {std::pair{10U, 7U}, {12U, 8U}, {40U, 28U}, {409U, 286U}, {4U, 2U}, {3U, 2U}, {2U, 2U}, {1U, 2U}}) {
        for (tcp::Congested const why : {tcp::Congested::loss, tcp::Congested::mark}) {
            profile::Profile const p = linux_with(CongestionAlgorithm::cubic);
            CongestedSender s{p};
            s.control.set_cwnd(cwnd);
            s.control.reduce(s.now, why);
            CHECK(s.control.ssthresh() == ssthresh);
        }
    }
}

TEST_CASE("RFC 9438 §4.2 [MAY-18]: the window follows W_cubic(t) through a whole epoch, concave, flat and convex") {
    profile::Profile const p = cubic_alone();
    constexpr Duration rtt = 100ms;
    constexpr std::uint32_t w_max = 1000;
    CongestedSender s{p};
    s.ack(1, rtt);
    s.reduce_at(w_max);
    std::uint32_t const cwnd_epoch = s.control.cwnd();
    long double const k = k_of(w_max, cwnd_epoch);
    CHECK(cwnd_epoch == static_cast<std::uint32_t>(w_max * beta));
    Instant const epoch = s.now;
    while (s.now < epoch + 15s) {  // K is 9.08 s
        long double const t = seconds_of(s.now - epoch);
        // §4.2: a window of ACKs takes cwnd to where W_cubic is a round trip later, so that it is there in time; within a
        // segment, since the ACKs that one segment costs are a whole number.
        CHECK(std::abs(static_cast<long double>(s.control.cwnd()) - w_cubic(t, k, w_max)) < 2.0L);
        std::uint32_t const window = s.control.cwnd();
        Instant const round = s.now;
        for (std::uint32_t i = 1; i <= window; ++i) {
            s.now = round + rtt * i / window;
            s.ack(1, rtt);
        }
    }
    CHECK(s.control.cwnd() > w_max + 80);
}

TEST_CASE("RFC 9438 §4.2: a segment costs cwnd / (W_cubic(t) - cwnd) ACKs") {
    profile::Profile const p = cubic_alone();
    for (std::uint32_t const w_max : {500U, 1000U, 3000U}) {
        CongestedSender const s = in_epoch(p, w_max);
        std::uint32_t const cwnd = s.control.cwnd();
        for (Duration const t : {1s, 2s, 4s, 6s, 8s, 9s}) {
            CAPTURE(seconds_of(t));
            check_cost(cost_later(s, t), cost(t, w_max, cwnd, cwnd));
        }
    }
}

TEST_CASE("RFC 9438 §5: another C") {
    profile::Profile p = cubic_alone();
    REQUIRE_FALSE(profile::set(p, "bic_scale", "328"));  // eight times as steep: twice as soon
    CongestedSender const s = in_epoch(p, 1000);
    check_cost(cost_later(s, 2s), cost(4s, 1000, 700, s.control.cwnd()));
}

TEST_CASE("RFC 9438 §4.2: the target is where W_cubic is one round trip later, the shortest ever seen") {
    profile::Profile const p = cubic_alone();
    CongestedSender s{p};
    s.ack(1, 400ms);
    s.ack(1, 500ms);
    s.reduce_at(1000);
    s.ack(1);
    check_cost(cost_later(s, 1s), cost(1400ms, 1000, 700, 700));
    // Linux: a sample in the first second of an epoch still tells of the queue before it.
    CongestedSender early = s;
    early.now += 1s - 1ns;
    early.ack(1, 200ms);
    early.now += 1ns;
    check_cost(cost_later(early, 0s), cost(1400ms, 1000, 700, 700));
    CongestedSender late = s;
    late.now += 1s;
    late.ack(1, 200ms);
    check_cost(cost_later(late, 100ms), cost(1300ms, 1000, 700, 700));
}

TEST_CASE("RFC 9438 §4.7: who loses before the last W_max was reached remembers less of it") {
    profile::Profile p = cubic_alone();
    auto const second_loss_at = [&p](std::uint32_t cwnd) {
        CongestedSender s{p};
        s.reduce_at(1000);
        s.reduce_at(cwnd);
        s.ack(1);
        return cost_later(s, 3s);
    };
    check_cost(second_loss_at(800), cost(3s, 800 * (1 + beta) / 2, 560, 560));
    check_cost(second_loss_at(999), cost(3s, 999 * (1 + beta) / 2, 699, 699));
    check_cost(second_loss_at(1000), cost(3s, 1000, 700, 700));
    check_cost(second_loss_at(1200), cost(3s, 1200, 840, 840));
    REQUIRE_FALSE(profile::set(p, "fast_convergence", "0"));
    check_cost(second_loss_at(800), cost(3s, 800, 560, 560));
}

TEST_CASE("RFC 9438 §4.10, Linux: without a W_max the first epoch adds a segment for 20 ACKs at least") {
    profile::Profile const p = cubic_alone();
    CongestedSender s{p};
    s.control.set_cwnd(1000);
    s.control.reduce(s.now);
    s.control.timed_out();  // Linux forgets W_max with everything else
    s.control.set_cwnd(700);
    s.ack(1);
    CHECK(cost_later(s, 0s) == 20);
    CHECK(cost_later(s, 1s) == 20);
    // C*t^3 with K = 0, once that is steeper: 10 s are 400 segments, less than two ACKs each.
    check_cost(cost_later(s, 8s), cost(8s, 700, 700, 700));
}

TEST_CASE("Linux bictcp_update: at or above the target a segment costs a hundred windows") {
    profile::Profile const p = cubic_alone();
    for (std::uint32_t const cwnd : {100U, 120U}) {
        CongestedSender s{p};
        s.reduce_at(100);
        s.control.set_cwnd(cwnd);
        s.ack(1);
        CHECK(s.acks_for_one_more() == 100 * cwnd - 1);
    }
    // §4.2: an epoch that begins above W_max grows from where it begins.
    CongestedSender s{p};
    s.reduce_at(100);
    s.control.set_cwnd(120);
    s.ack(1);
    check_cost(cost_later(s, 4s), cost(4s, 120, 120, 120));
}

TEST_CASE("Linux bictcp_update: two ACKs a segment at least") {
    profile::Profile const p = cubic_alone();
    CongestedSender const s = in_epoch(p, 10);
    CHECK(cost_later(s, 60s) == 2);
    CHECK(cost_later(s, 1000s) == 2);
    CHECK(cost_later(s, 100'000s) == 2);
    CongestedSender flat{p};  // K is 0
    flat.reduce_at(100);
    flat.control.set_cwnd(100);
    flat.ack(1);
    CHECK(cost_later(flat, 4096s) == 2);  // 2^22 / 1024 s, whose cube has left 64 bits
}

TEST_CASE("RFC 9438 §4.3 [MAY-18]: on a short path the window is Reno's, alpha = 3*(1-beta)/(1+beta) a round trip") {
    profile::Profile p = linux_with(CongestionAlgorithm::cubic);
    constexpr Duration rtt = 8ms;
    constexpr int rounds = 100;
    auto const grown = [&] {
        CongestedSender s{p};
        s.reduce_at(200);
        for (int round = 0; round < rounds; ++round) {
            std::uint32_t const window = s.control.cwnd();
            for (std::uint32_t i = 0; i < window; ++i) {
                s.ack(1);
            }
            s.now += rtt;
        }
        return s.control.cwnd();
    };
    long double const alpha = 3 * (1 - beta) / (1 + beta);
    // Linux has 15/8 of a window for a segment where 1/alpha is 1.89: 1 % faster, and ACKs that wait for a whole segment.
    long double const reno = 200 * beta + alpha * rounds;
    CHECK(std::abs(static_cast<long double>(grown()) - reno) < 0.01L * alpha * rounds + 2);
    REQUIRE_FALSE(profile::set(p, "tcp_friendliness", "0"));
    long double const cubic = w_cubic(seconds_of(rounds * rtt), k_of(200, 140), 200);
    CHECK(cubic < reno - 15);
    CHECK(std::abs(static_cast<long double>(grown()) - cubic) < 3);
}

TEST_CASE("RFC 9438 §4.3: W_est is one segment more for each 15/8 windows (Linux), and begins anew with the epoch") {
    profile::Profile const p = linux_with(CongestionAlgorithm::cubic);
    CongestedSender s{p};
    s.reduce_at(200);
    s.control.set_cwnd(240);  // above W_max at t = 0: CUBIC itself would take a hundred windows
    std::uint32_t const first = s.acks_for_one_more();
    // W_est is above cwnd after 240 * 15 / 8 ACKs and one more; the cost falls to a window then, which is long over. Linux
    // looks again only when the window has changed or 1/32 s has gone.
    CHECK(first == 100 * 240);
    s.now += granule;
    s.ack(1);
    CHECK(s.acks_for_one_more() < 240);
}

TEST_CASE("Linux bictcp_update: an unchanged window is looked at again after more than 1/32 s") {
    profile::Profile p = cubic_alone();
    REQUIRE_FALSE(profile::set(p, "bic_scale", "1024"));
    constexpr std::uint32_t w = 100'000;
    CongestedSender s{p};
    s.reduce_at(w);
    s.control.set_cwnd(w);
    s.ack(1);  // the epoch: K is 0, C is 10
    s.now += 2s;
    s.ack(1);
    auto const cost_at = [](long double t) { return static_cast<std::uint32_t>(w / (10 * t * t * t)); };
    constexpr std::uint32_t waiting = 2;  // ACKs that were counted above
    for (auto const& [later, looked_at] : {std::pair{28ms, 2.0L}, {32ms, 2.032L}}) {
        CongestedSender t = s;
        t.now += later;
        std::uint32_t const acks = t.acks_for_one_more() + waiting;
        // A segment of 80 more or less in the target is 1.3 %; from 2 s to 2.032 s it is 5 %.
        CHECK(acks > cost_at(looked_at) * 0.98L);
        CHECK(acks < cost_at(looked_at) * 1.02L);
    }
}

TEST_CASE("RFC 9438 §4.3: ACKs before an epoch do not count towards its W_est") {
    profile::Profile const p = linux_with(CongestionAlgorithm::cubic);
    auto const acks_until = [](CongestedSender s, std::uint32_t cwnd) {
        std::uint32_t acks = 0;
        for (; s.control.cwnd() < cwnd; ++acks) {
            s.now += granule;
            s.ack(1);
        }
        return acks;
    };
    CongestedSender fresh{p};
    fresh.reduce_at(20);
    CongestedSender again{p};
    again.reduce_at(20);
    for (int i = 0; i < 20; ++i) {  // W_est takes 26
        again.ack(1);
    }
    again.now += 1s;
    again.reduce_at(20);
    CHECK(acks_until(fresh, 18) == acks_until(again, 18));
}

TEST_CASE("RFC 9438 §5.8: time without anything to send does not count") {
    profile::Profile const p = cubic_alone();
    CongestedSender s = in_epoch(p, 1000);
    s.now += 500ms;
    s.now += 20s;
    s.control.transmission_starts(s.now, 20s);
    check_cost(cost_later(s, 500ms), cost(1s, 1000, 700, 700));
    // Longer idle than the epoch: it begins now.
    CongestedSender t = in_epoch(p, 1000);
    t.now += 2s;
    t.control.transmission_starts(t.now, 100s);
    check_cost(cost_later(t, 1s), cost(1s, 1000, 700, 700));
    // Before an epoch there is nothing to move.
    CongestedSender u{p};
    u.reduce_at(1000);
    u.now += 50s;
    u.control.transmission_starts(u.now, 50s);
    u.now += 3s;
    u.ack(1);
    check_cost(cost_later(u, 1s), cost(1s, 1000, 700, 700));
}

TEST_CASE("RFC 9438 §4.6: an epoch begins with the first ACK of congestion avoidance, not with the reduction") {
    profile::Profile const p = cubic_alone();
    CongestedSender s{p};
    s.reduce_at(1000);
    s.now += 10s;
    s.ack(1);
    check_cost(cost_later(s, 1s), cost(1s, 1000, 700, 700));
    s.reduce_at(1000);  // ends it
    s.now += 10s;
    s.ack(1);
    check_cost(cost_later(s, 1s), cost(1s, 1000, 700, 700));
}

TEST_CASE("RFC 9438 §4.3: W_est one segment above cwnd is enough to follow it") {
    profile::Profile const p = linux_with(CongestionAlgorithm::cubic);
    // 240 * 15 / 8 ACKs are a segment of W_est; the ACK that looks is one of them.
    for (auto const& [acks, grows] : {std::pair{449, false}, {450, true}}) {
        CongestedSender s{p};
        s.reduce_at(200);
        s.control.set_cwnd(240);
        for (int i = 0; i < acks; ++i) {
            s.ack(1);
        }
        s.now += 32ms;
        s.ack(1);
        CHECK((s.control.cwnd() > 240) == grows);
    }
}
