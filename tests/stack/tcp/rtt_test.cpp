#include "stack/tcp/rtt.hpp"

#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace std::chrono_literals;
using std::chrono::microseconds;

namespace {

/// RFC 6298 §2.2-2.3 in plain arithmetic, without scaling: what every fixed point must stay close to.
struct Rfc6298 {
    double srtt{0}, rttvar{0};
    bool measured{false};

    void measure(double r) {
        if (!measured) {
            srtt = r;
            rttvar = r / 2;
            measured = true;
            return;
        }
        rttvar = 0.75 * rttvar + 0.25 * std::abs(srtt - r);
        srtt = 0.875 * srtt + 0.125 * r;
    }
};

/// Linux tcp_rtt_estimator, written again from its description: SRTT*8, MDEV*4 and RTTVAR*4 in microseconds; RTTVAR
/// falls only once per round trip and never below the floor.
struct LinuxFixedPoint {
    std::int64_t srtt8{0}, mdev4{0}, mdev_max4{0}, rttvar4{0};

    void measure(std::int64_t us, bool round_is_over) {
        constexpr std::int64_t floor4 = 200'000;
        if (srtt8 == 0) {
            srtt8 = us * 8;
            mdev4 = us * 2;
            rttvar4 = mdev_max4 = std::max(mdev4, floor4);
            return;
        }
        std::int64_t const error = us - srtt8 / 8;
        srtt8 += error;
        std::int64_t deviation = std::abs(error) - mdev4 / 4;
        if (error < 0 && deviation > 0) {
            deviation /= 8;
        }
        mdev4 += deviation;
        mdev_max4 = std::max(mdev_max4, mdev4);
        rttvar4 = std::max(rttvar4, mdev_max4);
        if (round_is_over) {
            rttvar4 -= mdev_max4 < rttvar4 ? (rttvar4 - mdev_max4) / 4 : 0;
            mdev_max4 = floor4;
        }
    }
    [[nodiscard]] Duration rto() const {
        constexpr std::int64_t jiffy = 4000;
        std::int64_t const us = srtt8 / 8 + rttvar4;
        return microseconds{(us + jiffy - 1) / jiffy * jiffy};
    }
};

/// Each sample is a round trip of its own: una passes what was nxt at the last one.
void measure(tcp::RttEstimator& estimator, Duration sample, std::uint32_t round, profile::Profile const& p) {
    estimator.measure(sample, SeqNum{1000 * round + 1}, SeqNum{1000 * (round + 1)}, p);
}

}  // namespace

TEST_CASE("RFC 6298 §2.1: before a measurement the RTO is the initial one") {
    tcp::RttEstimator estimator;
    CHECK_FALSE(estimator.measured());
    CHECK(estimator.rto(profile_of("linux")) == 1s);
    CHECK(estimator.rto(profile_of("bsd44")) == 3s);
}

TEST_CASE(
    "RFC 6298 §2.2 [MUST-18]: after the first measurement R: SRTT = R, RTTVAR = R/2, RTO = SRTT + max(floor, "
    "4*RTTVAR)") {
    profile::Profile const& p = profile_of("linux");
    for (Duration const r : {1000us, 20000us, 20400us, 100000us, 600000us}) {
        CAPTURE(r.count());
        tcp::RttEstimator estimator;
        measure(estimator, r, 0, p);
        CHECK(estimator.srtt(p) == r);
        Duration const jiffy = p.rto.granule.value;
        Duration const sum = r + std::max(p.rto.min.value, 4 * (r / 2));
        CHECK(estimator.rto(p) == (sum + jiffy - 1ns) / jiffy * jiffy);
    }
}

TEST_CASE("Linux recorded RTO at the first sample: 224 ms at 20.4 ms, 604 ms at 200.4 ms, 1804 ms at 600.4 ms") {
    profile::Profile const& p = profile_of("linux");
    struct Recorded {
        Duration rtt, rto;
    };
    for (Recorded const r : {Recorded{20400us, 224ms}, Recorded{200400us, 604ms}, Recorded{600400us, 1804ms}}) {
        tcp::RttEstimator estimator;
        measure(estimator, r.rtt, 0, p);
        CHECK(estimator.rto(p) == r.rto);
    }
}

TEST_CASE("RFC 6298 §2.3 [MUST-18]: SRTT follows the RFC's formula within a sixteenth of a millisecond") {
    profile::Profile const& p = profile_of("linux");
    tcp::RttEstimator estimator;
    Rfc6298 rfc;
    std::uint32_t round = 0;
    for (int const us : {300'000, 500'000, 700'000, 400'000, 900'000, 100'000, 350'000, 1'500'000, 80'000, 600'000}) {
        measure(estimator, microseconds{us}, round++, p);
        rfc.measure(us);
        auto const srtt = static_cast<double>(estimator.srtt(p).count()) / 1000;
        CHECK(std::abs(srtt - rfc.srtt) < 62.5);
    }
}

TEST_CASE("Linux tcp_rtt_estimator: the same numbers as its fixed point, worked out again") {
    profile::Profile const& p = profile_of("linux");
    tcp::RttEstimator estimator;
    LinuxFixedPoint again;
    std::uint32_t round = 0;
    std::uint32_t noise = 12345;
    for (int i = 0; i < 500; ++i) {
        noise = noise * 1103515245U + 12345U;
        std::int64_t const us = 1000 + noise / 65536 % (i < 250 ? 800'000 : 30'000);
        again.measure(us, round > 0);
        measure(estimator, microseconds{us}, round++, p);
        REQUIRE(estimator.rto(p) == std::min<Duration>(again.rto(), p.rto.max.value));
        REQUIRE(estimator.srtt(p) == microseconds{again.srtt8 / 8});
    }
}

TEST_CASE("Linux: a jump from 20 to 200 ms gives RTO 368, 448, 492 ms (rtt_jump_20_to_200)") {
    profile::Profile const& p = profile_of("linux");
    tcp::RttEstimator estimator;
    std::uint32_t round = 0;
    while (round < 4) {  // the opening and what was exchanged before the jump
        measure(estimator, 20400us, round++, p);
    }
    std::vector<Duration> rtos;
    while (round < 8) {
        measure(estimator, 200400us, round++, p);
        rtos.push_back(estimator.rto(p));
    }
    CHECK(rtos == std::vector<Duration>{244ms, 368ms, 448ms, 492ms});
}

TEST_CASE("RFC 6298 §5.5: back-off doubles the RTO up to the system's maximum") {
    profile::Profile const& p = profile_of("linux");
    tcp::RttEstimator estimator;
    measure(estimator, 20400us, 0, p);
    Duration expected = 224ms;
    for (std::uint8_t backoff = 0; backoff < 30; ++backoff) {
        CHECK(estimator.rto_backed_off(backoff, p) == expected);
        expected = std::min<Duration>(2 * expected, 120s);
    }
    CHECK(estimator.rto_backed_off(255, p) == 120s);
}

TEST_CASE("4.4BSD tcp_xmit_timer: three ticks of 500 ms at any RTT below a tick, at every sample") {
    profile::Profile const& p = profile_of("bsd44");
    tcp::RttEstimator estimator;
    for (std::uint32_t round = 0; round < 50; ++round) {
        measure(estimator, round % 3 == 0 ? 499ms : 20ms, round, p);
        CHECK(estimator.rto(p) == 3 * p.rto.granule.value);
    }
}

TEST_CASE("RFC 6298 §2.4-2.5: the RTO stays within its bounds whatever is measured") {
    for (char const* name : {"linux", "bsd44"}) {
        profile::Profile const& p = profile_of(name);
        tcp::RttEstimator estimator;
        std::uint32_t round = 0;
        for (Duration const sample : {Duration{0}, Duration{1ns}, Duration{24h}, Duration{1000h}, Duration{1ms},
                                      Duration{Duration::max() / 2}, Duration{0}, Duration{24h}}) {
            measure(estimator, sample, round++, p);
            CHECK(estimator.rto(p) >= p.rto.min.value);
            CHECK(estimator.rto(p) <= p.rto.max.value);
            CHECK(estimator.srtt(p) >= Duration{0});
        }
        for (Duration const long_wait : {Duration{300s}, Duration{900s}, Duration{24h}, Duration{1000h}}) {
            tcp::RttEstimator fresh;
            measure(fresh, long_wait, 0, p);
            CHECK(fresh.rto(p) == p.rto.max.value);
            CHECK(fresh.srtt(p) > p.rto.max.value);
        }
    }
}
