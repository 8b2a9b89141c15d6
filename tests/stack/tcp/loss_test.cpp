// After a timeout: what is lost, how the window begins again, and whether the
// timeout was spurious.
#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::Recovery;
using tcp::Why;
using Phase = Recovery::Phase;

namespace {

constexpr std::int64_t mss = 1460;
constexpr Duration rtt = 20ms;

profile::Profile without_probe(std::string_view setting = "tcp_early_retrans", std::string_view value = "0") {
    profile::Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, "tcp_early_retrans", "0"));
    REQUIRE_FALSE(profile::set(p, setting, value));
    return p;
}

wire::Options options_with(bool sack) {
    wire::Options options = Dialogue::usual_options();
    options.sack_permitted = sack;
    return options;
}

Dialogue with_out(int segments, profile::Profile const& profile = without_probe(), bool sack = true) {
    Dialogue d = Dialogue::established(profile, rtt, options_with(sack));
    d.peer(ACK);
    d.write(static_cast<std::uint64_t>(segments * mss));
    for (int i = 0; i < segments; ++i) {
        d.expect(text(mss));
    }
    return d;
}

void time_out(Dialogue& d) {
    REQUIRE(d.connection().tcb().timers.running(tcp::Timer::retransmit));
    d.after(d.connection().tcb().timers[tcp::Timer::retransmit] - d.now());
}

Recovery const& recovery(Dialogue const& d) { return d.connection().tcb().recovery; }
tcp::Scoreboard const& sent(Dialogue const& d) { return d.connection().tcb().send_queue.sent(); }

}  // namespace

TEST_CASE(
    "Linux tcp_enter_loss: what was sent too lately to be lost stays in "
    "flight, beside the repetition") {
    Dialogue d = with_out(5);
    d.after(d.connection().tcb().timers[tcp::Timer::retransmit] - d.now() - rtt / 4);
    d.write(mss);
    d.expect(text(mss).seq(5 * mss));
    time_out(d);
    d.expect(text(mss).seq(0), Why::retransmission_timeout);
    CHECK(sent(d).lost() == 5);
    CHECK(d.connection().tcb().congestion.cwnd() == 2);
}

TEST_CASE("RFC 5682 §3.2: a second timeout of the same text may be spurious, too") {
    Dialogue d = with_out(5);
    time_out(d);
    CHECK(recovery(d).frto);
    time_out(d);
    CHECK(recovery(d).frto);
}

TEST_CASE(
    "Linux tcp_enter_loss: a timeout after three SACKs takes the "
    "reordering degree back") {
    for (int const sacked : {2, 3}) {
        CAPTURE(sacked);
        Dialogue d = with_out(10, without_probe("tcp_recovery", "0"));
        d.after(rtt);
        d.peer(ACK.ack(0).sack({{9 * mss, 10 * mss}}));
        d.peer(ACK.ack(0).sack({{mss, sacked * mss}, {9 * mss, 10 * mss}}));  // eight places late
        REQUIRE(recovery(d).phase == Phase::disorder);
        REQUIRE(sent(d).sacked() == static_cast<std::uint32_t>(sacked));
        REQUIRE(recovery(d).reordering == 9);
        time_out(d);
        CHECK(recovery(d).reordering == (sacked == 3 ? 3 : 9));
    }
}

TEST_CASE("RFC 6582 §4: a timeout at the recovery point reduces anew") {
    Dialogue d = with_out(10, without_probe(), false);
    d.after(rtt);
    for (int i = 0; i < 3; ++i) {
        d.peer(ACK.ack(0));
    }
    d.expect(text(mss).seq(0), Why::fast_retransmit);
    std::uint32_t const once = d.connection().tcb().congestion.ssthresh();
    d.after(rtt);
    d.peer(ACK.ack(10 * mss));
    d.write(mss);
    REQUIRE(recovery(d).phase == Phase::recovery);  // Linux holds it open without SACK
    d.expect(text(mss).seq(10 * mss));
    REQUIRE(recovery(d).recover == d.connection().tcb().snd.una);
    time_out(d);
    CHECK(d.connection().tcb().congestion.ssthresh() < once);
}

TEST_CASE(
    "RFC 5682 §2.1 step 3a, Linux tcp_process_loss: a partial ACK "
    "forgets what duplicates said had arrived") {
    Dialogue d = with_out(10, without_probe(), false);
    time_out(d);
    d.expect(text(mss).seq(0), Why::retransmission_timeout);
    d.write(4 * mss);
    d.peer(ACK.ack(mss));
    d.expect(text(mss).seq(10 * mss));  // step 2b
    d.expect(text(mss).seq(11 * mss));
    d.peer(ACK.ack(mss));
    CHECK_FALSE(recovery(d).frto);
    CHECK(sent(d).assumed() == 1);
    d.peer(ACK.ack(2 * mss));
    CHECK(sent(d).assumed() == 0);
}

TEST_CASE(
    "RFC 8985 §6.2: after a timeout a repetition that is lost, too, "
    "makes it a recovery") {
    Dialogue d = with_out(10);
    time_out(d);
    d.expect(text(mss).seq(0), Why::retransmission_timeout);
    d.after(rtt);
    d.peer(ACK.ack(mss));
    d.expect(text(mss).seq(mss));
    d.expect(text(mss).seq(2 * mss));
    d.expect_silence();
    REQUIRE(recovery(d).phase == Phase::loss);
    d.after(rtt);
    d.peer(ACK.ack(mss).sack({{2 * mss, 3 * mss}}));
    CHECK(recovery(d).phase == Phase::recovery);
    d.expect(text(mss).seq(mss));
}

TEST_CASE(
    "Linux tcp_ack, old_ack: a D-SACK that was overtaken takes a "
    "reduction back, too") {
    Dialogue d = with_out(10);
    d.after(rtt);
    d.peer(ACK.ack(0).sack({{mss, 4 * mss}}));
    CHECK_FALSE(d.front().segment.flags.has(wire::Flags::psh));  // Linux: it ends no packet of several
    d.expect(text(mss).seq(0), Why::fast_retransmit);
    d.after(1ms);
    d.peer(ACK.ack(4 * mss));
    REQUIRE(recovery(d).phase == Phase::recovery);
    d.peer(ACK.ack(3 * mss).sack({{0, mss}}));
    CHECK(recovery(d).phase != Phase::recovery);
    CHECK(d.connection().tcb().congestion.cwnd() >= 10);
}

TEST_CASE(
    "RFC 8985 §7.4.2: a SACK of what follows does not say that both "
    "copies of the probed segment have arrived") {
    Dialogue d = with_out(2, profile_of("linux"));
    d.after(rtt);
    d.peer(ACK.ack(mss));
    d.after(d.connection().next_deadline() - d.now());
    d.expect(text(mss).seq(mss), Why::tail_loss_probe);
    d.after(rtt);
    d.peer(ACK.ack(2 * mss));
    REQUIRE(d.connection().tcb().probe.outstanding);
    d.write(2 * mss);
    d.after(rtt);
    d.peer(ACK.ack(2 * mss).sack({{3 * mss, 4 * mss}}));
    CHECK(d.connection().tcb().probe.outstanding);
}

TEST_CASE(
    "RFC 8985 §6.2 step 4: a wider reordering window lasts for sixteen "
    "recoveries") {
    Dialogue d = with_out(10);
    d.after(rtt);
    d.peer(ACK.ack(5 * mss).sack({{0, mss}}));
    tcp::Rack const& rack = d.connection().tcb().rack;
    REQUIRE(rack.window_steps == 2);
    CHECK(rack.window_persists == 16);
    d.peer(ACK.ack(5 * mss).sack({{6 * mss, 9 * mss}}));
    REQUIRE(recovery(d).phase == Phase::recovery);
    CHECK(rack.window_persists == 15);
}

TEST_CASE("RFC 9937 §6.2: at ssthresh it is the bound that counts, above it the proportion") {
    constexpr std::uint32_t ssthresh = 7;
    constexpr std::uint32_t before = 10;
    tcp::RateReduction at{.prior_cwnd = before, .delivered = 0, .out = 1};
    CHECK(at.window(ssthresh, ssthresh, 2, false) == ssthresh);
    tcp::RateReduction above{.prior_cwnd = before, .delivered = 0, .out = 1};
    CHECK(above.window(ssthresh, ssthresh + 1, 2, false) == ssthresh + 1 + (2 * ssthresh + before - 1) / before - 1);
}
