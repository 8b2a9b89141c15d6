#include "stack/tcp/give_up.hpp"

#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::State;

TEST_CASE("Linux tcp_model_timeout: 924.6 s for 15 retries, 12.6 s for 5, 102.2 s for 8 (ip-sysctl: tcp_retries2)") {
    CHECK(tcp::modelled_timeout(15, 200ms, 120s) == 924600ms);
    CHECK(tcp::modelled_timeout(5, 200ms, 120s) == 12600ms);
    CHECK(tcp::modelled_timeout(8, 200ms, 120s) == 102200ms);
    CHECK(tcp::modelled_timeout(6, 1s, 120s) == 127s);
}

namespace {

/// Writes once and lets everything be lost: the gaps between transmissions, the wait before the error last.
std::vector<Duration> gaps_until_give_up(Dialogue& d) {
    d.write(5);
    d.expect(text(5).seq(0));
    std::vector<Duration> gaps;
    Instant last = d.now();
    while (d.state() != State::closed) {
        REQUIRE(d.connection().next_deadline() != never);
        d.after(d.connection().next_deadline() - d.now());
        gaps.push_back(d.now() - last);
        last = d.now();
        if (d.state() != State::closed) {
            d.expect(text(5).seq(0));
        } else if (d.profile().teardown.on_give_up.value == profile::OnGiveUp::reset) {
            d.expect(RST_ACK.seq(5).ack(0), tcp::Why::gave_up);
        }
        d.expect_silence();
        REQUIRE(gaps.size() < 100);
    }
    CHECK(d.connection().error() == Errno::etimedout);
    return gaps;
}

}  // namespace

TEST_CASE(
    "Linux [MUST-20][SHLD-11]: an unanswered write is a tail loss probe and 15 retransmissions, then ETIMEDOUT at RTT "
    "20.4 ms") {
    Dialogue d = Dialogue::established(profile_of("linux"), 20400us);
    // RTO = SRTT + the 200 ms floor, in whole jiffies of 4 ms. The probe would wait 2*SRTT + 200 ms, but never
    // longer than the RTO.
    std::vector<Duration> expected{224ms};
    for (Duration rto = 224ms; expected.size() < 17; rto = std::min<Duration>(2 * rto, 120s)) {
        expected.push_back(rto);
    }
    CHECK(gaps_until_give_up(d) == expected);
    REQUIRE(d.ended());
    CHECK(d.ended()->retransmissions == 15);
    CHECK(d.ended()->limit == 924600ms);
    CHECK(d.ended()->elapsed >= d.ended()->limit);
}

TEST_CASE("Linux: without tail loss probe (tcp_early_retrans=0) there are 15 repetitions") {
    profile::Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, "tcp_early_retrans", "0"));
    Dialogue d = Dialogue::established(p, 20400us);
    std::vector<Duration> expected;
    for (Duration rto = 224ms; expected.size() < 16; rto = std::min<Duration>(2 * rto, 120s)) {
        expected.push_back(rto);
    }
    CHECK(gaps_until_give_up(d) == expected);
}

TEST_CASE(
    "4.4BSD [MUST-20][SHLD-11]: 12 retransmissions, 542.5 s from the write to ETIMEDOUT and a RST, at any RTT below a "
    "tick") {
    for (Duration const rtt : {1ms, 20ms, 499ms}) {
        CAPTURE(rtt.count());
        wire::Options options;
        options.mss = 512;
        Dialogue d = Dialogue::established(profile_of("bsd44"), rtt, options);
        std::vector<Duration> expected;
        Duration total{0};
        for (Duration rto = 1500ms; expected.size() < 13; rto = std::min<Duration>(2 * rto, 64s)) {
            expected.push_back(rto);
            total += rto;
        }
        CHECK(total == 542500ms);
        CHECK(gaps_until_give_up(d) == expected);
    }
}

TEST_CASE("Linux tcp_orphan_retries: an error that was reported shortens nothing while the timeout still grows") {
    std::vector<std::size_t> repetitions;
    for (bool const reported : {false, true}) {
        profile::Profile p = profile_of("linux");
        REQUIRE_FALSE(profile::set(p, "tcp_orphan_retries", "3"));
        Dialogue d = Dialogue::established(p);
        d.write(100);
        d.close();
        if (reported) {
            constexpr std::uint8_t unreachable = 3, prohibited = 13;
            d.icmp(unreachable, prohibited, 0);
        }
        d.after(60s);
        CHECK(d.state() == tcp::State::closed);
        std::size_t count = 0;
        while (d.take()) {
            ++count;
        }
        repetitions.push_back(count);
    }
    CHECK(repetitions.front() > 3);
    CHECK(repetitions.front() == repetitions.back());
}
