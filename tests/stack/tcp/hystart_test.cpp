// HyStart as Linux has it: both signs, at the limits that its sources name.
#include "tests/support/congested.hpp"
#include "tests/support/pair.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace std::chrono_literals;
using profile::CongestionAlgorithm;
using tcp::Congestion;

namespace {

constexpr int min_samples = 8;     // HYSTART_MIN_SAMPLES
constexpr Duration spacing = 2ms;  // hystart_ack_delta_us

profile::Profile watching(char const* signs) {
    profile::Profile p = linux_with(CongestionAlgorithm::cubic);
    REQUIRE_FALSE(profile::set(p, "hystart_detect", signs));
    return p;
}

/// The ACK that begins a round, with everything up to 1000 segments later on its way.
void begin_round(CongestedSender& s, Duration rtt) {
    s.nxt = s.una + 1000;
    s.ack(1, rtt);
}

/// So many samples of that delay, too far apart for a train.
void samples(CongestedSender& s, int count, Duration rtt) {
    for (int i = 0; i < count; ++i) {
        s.now += spacing + 1us;
        s.ack(1, rtt);
    }
}

bool over(CongestedSender const& s) { return s.control.ssthresh() != Congestion::infinite; }

/// A sender that knows a path of `rtt`, at a window that is watched.
CongestedSender at_window(profile::Profile const& p, std::uint32_t cwnd, Duration rtt) {
    CongestedSender s{p};
    s.ack(1, rtt);
    s.control.set_cwnd(cwnd);
    s.now += 1s;
    return s;
}

}  // namespace

TEST_CASE("HyStart: a round whose least delay is an eighth above the path's, 4 ms to 16 ms, ends slow start") {
    profile::Profile const p = watching("2");
    struct Case {
        Duration path{}, allowed{};
    };
    for (Case const& c :
         {Case{1ms, 4ms}, Case{32ms, 4ms}, Case{40ms, 5ms}, Case{120ms, 15ms}, Case{128ms, 16ms}, Case{400ms, 16ms}}) {
        CAPTURE(c.path.count());
        CongestedSender s = at_window(p, 100, c.path);
        begin_round(s, c.path + c.allowed);
        samples(s, 2 * min_samples, c.path + c.allowed);
        CHECK_FALSE(over(s));

        CongestedSender t = at_window(p, 100, c.path);
        begin_round(t, c.path + c.allowed + 1us);
        samples(t, min_samples - 1, c.path + c.allowed + 1us);
        CHECK_FALSE(over(t));
        std::uint32_t const cwnd = t.control.cwnd();
        samples(t, 1, c.path + c.allowed + 1us);
        CHECK(over(t));
        CHECK(t.control.ssthresh() == cwnd);
        CHECK_FALSE(t.control.in_slow_start());
    }
}

TEST_CASE("HyStart: one short delay clears its round, not the next") {
    profile::Profile const p = watching("2");
    CongestedSender s = at_window(p, 100, 40ms);
    begin_round(s, 80ms);
    samples(s, 1, 45ms);
    samples(s, 50, 80ms);
    CHECK_FALSE(over(s));
    s.una = s.nxt;
    begin_round(s, 80ms);
    samples(s, min_samples - 1, 80ms);
    CHECK_FALSE(over(s));
    samples(s, 1, 80ms);
    CHECK(over(s));
}

TEST_CASE("HyStart: a round ends when what was outstanding at its beginning is acknowledged, and something more") {
    profile::Profile const p = watching("2");
    CongestedSender s = at_window(p, 100, 40ms);
    s.nxt = s.una + 4;
    s.ack(1, 80ms);
    SeqNum const end = s.nxt;
    s.nxt = s.una + 1000;
    samples(s, 3, 80ms);
    CHECK(s.una == end);
    samples(s, 1, 80ms);  // begins the next round
    samples(s, min_samples - 1, 80ms);
    CHECK_FALSE(over(s));
    samples(s, 1, 80ms);
    CHECK(over(s));
}

TEST_CASE("HyStart: windows below hystart_low_window are not watched") {
    profile::Profile const p = watching("2");
    CongestedSender s = at_window(p, 1, 40ms);
    s.nxt = s.una + 1000;
    for (int i = 0; i < 100; ++i) {
        s.control.set_cwnd(15);
        samples(s, 1, 80ms);
    }
    CHECK_FALSE(over(s));
    for (int i = 0; i < min_samples; ++i) {
        s.control.set_cwnd(16);
        samples(s, 1, 80ms);
        CHECK_FALSE(over(s));
    }
    s.control.set_cwnd(16);
    samples(s, 1, 80ms);
    CHECK(s.control.ssthresh() == 16);
}

TEST_CASE("HyStart: a train of ACKs longer than half the path's delay ends slow start") {
    profile::Profile const p = watching("1");
    CongestedSender s = at_window(p, 100, 40ms);
    begin_round(s, 40ms);
    for (int i = 0; i < 10; ++i) {
        s.now += spacing;
        s.ack(1, 40ms);
    }
    CHECK_FALSE(over(s));  // 20 ms: half a round trip
    CongestedSender without_sample = s;
    std::uint32_t const cwnd = s.control.cwnd();
    s.now += 1us;
    s.ack(1, 40ms);
    CHECK(s.control.ssthresh() == cwnd);
    // Linux looks only at ACKs that bring a delay.
    without_sample.now += 1us;
    without_sample.ack(1);
    CHECK_FALSE(over(without_sample));
}

TEST_CASE("HyStart: ACKs further apart than hystart_ack_delta_us are no train") {
    profile::Profile const p = watching("1");
    CongestedSender s = at_window(p, 100, 40ms);
    begin_round(s, 40ms);
    samples(s, 30, 40ms);  // 60 ms
    CHECK_FALSE(over(s));
    // And one gap ends the train for its round: the next ACK is too far from the last of it.
    CongestedSender t = at_window(p, 100, 40ms);
    begin_round(t, 40ms);
    t.now += spacing + 1us;
    for (int i = 0; i < 30; ++i) {
        t.ack(1, 40ms);
        t.now += spacing;
    }
    CHECK_FALSE(over(t));
}

TEST_CASE("HyStart: hystart_detect chooses the signs, hystart turns it off") {
    auto const by_delay = [](profile::Profile const& p) {
        CongestedSender s = at_window(p, 100, 40ms);
        begin_round(s, 80ms);
        samples(s, 2 * min_samples, 80ms);
        return over(s);
    };
    auto const by_train = [](profile::Profile const& p) {
        CongestedSender s = at_window(p, 100, 40ms);
        begin_round(s, 40ms);
        for (int i = 0; i < 30; ++i) {
            s.now += spacing;
            s.ack(1, 40ms);
        }
        return over(s);
    };
    CHECK_FALSE(by_delay(watching("0")));
    CHECK_FALSE(by_train(watching("0")));
    CHECK_FALSE(by_delay(watching("1")));
    CHECK(by_train(watching("1")));
    CHECK(by_delay(watching("2")));
    CHECK_FALSE(by_train(watching("2")));
    CHECK(by_delay(watching("3")));
    CHECK(by_train(watching("3")));
    profile::Profile off = watching("3");
    REQUIRE_FALSE(profile::set(off, "hystart", "0"));
    CHECK_FALSE(by_delay(off));
    CHECK_FALSE(by_train(off));
}

TEST_CASE("HyStart: congestion avoidance is not watched") {
    profile::Profile const p = watching("2");
    CongestedSender s{p};
    s.ack(1, 40ms);
    s.reduce_at(100);
    s.ack(1);
    s.control.set_cwnd(80);
    s.now += 2s;
    begin_round(s, 80ms);
    samples(s, 3 * min_samples, 80ms);
    CHECK(s.control.ssthresh() == 70);
}

TEST_CASE("HyStart: it ends slow start once, and watches again after a timeout") {
    profile::Profile const p = watching("2");
    CongestedSender s = at_window(p, 100, 40ms);
    begin_round(s, 80ms);
    samples(s, min_samples, 80ms);
    REQUIRE(over(s));
    std::uint32_t const ssthresh = s.control.ssthresh();
    s.now += 2s;  // Linux takes no samples in the first second of an epoch
    s.control.set_cwnd(20);
    samples(s, 10, 80ms);
    CHECK(s.control.in_slow_start());
    CHECK(s.control.ssthresh() == ssthresh);

    s.control.set_cwnd(200);
    s.control.reduce(s.now);
    s.control.timed_out();
    s.control.set_cwnd(20);
    s.nxt = s.una + 1000;
    samples(s, 1, 40ms);  // the path was forgotten with everything else
    s.una = s.nxt;
    begin_round(s, 80ms);
    samples(s, min_samples - 1, 80ms);
    CHECK(s.control.ssthresh() == 140);
    std::uint32_t const cwnd = s.control.cwnd();
    samples(s, 1, 80ms);
    CHECK(s.control.ssthresh() == cwnd);
}

TEST_CASE("bulk_2mb_rtt50_wide: without a queue slow start doubles each round trip, whatever HyStart watches") {
    profile::Profile client = profile_of("linux");
    REQUIRE_FALSE(profile::set(client, "tcp_wmem", "4096 16777216 33554432"));
    profile::Profile server = profile_of("linux");
    REQUIRE_FALSE(profile::set(server, "tcp_rmem", "4096 16777216 33554432"));
    Pair p{client, server, {.one_way = 25ms}};
    p.connect();
    p.client().write(2'000'000);
    p.run(1ms);
    for (std::uint32_t const recorded : {10U, 20U, 40U, 80U, 160U, 320U, 640U}) {
        CHECK(p.client().connection().tcb().congestion.cwnd() == recorded);
        CHECK(p.client().connection().tcb().send_queue.sent().size() == recorded);
        CHECK_FALSE(p.client().connection().tcb().congestion.ssthresh() != Congestion::infinite);
        p.run(50ms);
        p.server().read(1U << 24U);
    }
    CHECK(p.violation() == "");
}
