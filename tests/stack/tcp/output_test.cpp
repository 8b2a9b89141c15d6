#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::State;
using tcp::Timer;
using tcp::Why;

namespace {

constexpr std::uint32_t mss = 1460;

Dialogue linux_established(Duration rtt = 20ms) { return Dialogue::established(profile_of("linux"), rtt); }

/// Everything that was written is acknowledged and the peer's window shut; `more` bytes wait.
Dialogue with_shut_window(profile::Profile profile, std::uint32_t more, Duration rtt = 20400us) {
    Dialogue d = Dialogue::established(std::move(profile), rtt);
    d.write(100);
    d.expect(text(100));
    d.after(rtt);
    d.peer(ACK.win(0));
    d.write(more);
    d.expect_silence();
    return d;
}

bool none_runs(Dialogue const& d) { return d.connection().next_deadline() == never; }

}  // namespace

TEST_CASE(
    "RFC 9293 §3.7.1 [MUST-60][MUST-61][SHLD-28]: text is cut into segments of the effective MSS, the last one "
    "pushed") {
    Dialogue d = linux_established();
    d.write(2 * mss + 10);
    d.expect(ACK.seq(0).len(mss), Why::data_written);
    d.expect(ACK.seq(mss).len(mss));
    CHECK(d.front().segment.flags.has(wire::Flags::psh));
    d.expect(ACK.seq(2 * mss).len(10));
    CHECK(d.connection().unacknowledged() == 2 * mss + 10);
    d.peer(ACK.ack(mss + 1));
    CHECK(d.connection().unacknowledged() == mss + 9);
    d.peer(ACK);
    CHECK(d.connection().unacknowledged() == 0);
    CHECK(none_runs(d));
}

TEST_CASE(
    "TCP_CORK: what is not full is held, joined, and leaves after one RTO, or when the cork is drawn (tcp_cork)") {
    Dialogue d = Dialogue::established(profile_of("linux"));
    d.change_options([](auto& options) { options.cork = true; });
    d.write(100);
    d.write(100);
    Duration const rto = d.connection().tcb().rtt.rto(d.profile());
    d.expect_silence_for(rto - 1ns);
    d.after(1ns);
    d.expect(text(200));
    d.peer(ACK);
    d.write(3000);
    d.expect(text(1460));
    d.expect(text(1460));
    d.expect_silence();
    d.change_options([](auto& options) { options.cork = false; });
    d.expect(text(80));
    d.change_options([](auto& options) { options.cork = true; });
    d.write(10);
    d.shutdown();
    d.expect(FIN_ACK.len(10));  // nothing can join it any more
}

TEST_CASE("RFC 9293 §3.7.1 [MUST-15]: a peer without MSS option gets 536 bytes") {
    Dialogue d = Dialogue::established(profile_of("linux"), 20ms, wire::Options{});
    d.write(1000);
    d.expect(ACK.len(536));
    d.expect(ACK.len(464));
}

TEST_CASE("RFC 896 [SHLD-7][MAY-16]: 4.4BSD holds a small segment while anything is outstanding") {
    Dialogue d = Dialogue::established(profile_of("bsd44"));
    d.write(mss);
    d.expect(text(mss));
    d.peer(ACK);  // room for two in the congestion window
    d.write(mss + 10);
    d.expect(text(mss));
    d.expect_silence_for(100ms);
    d.peer(ACK);
    d.expect(text(10), Why::window_opened);
}

TEST_CASE(
    "RFC 9293 §3.7.4, Minshall's form [SHLD-7][MAY-16]: Linux holds a small segment only behind another small one "
    "(nagle_on_write_write_read)") {
    Dialogue d = linux_established();
    d.write(mss + 10);
    d.expect(text(mss));
    d.expect(text(10));
    d.write(10);
    d.write(10);
    d.expect_silence();
    d.peer(ACK.ack(mss));
    d.expect_silence();
    d.peer(ACK.ack(mss + 10));
    d.expect(text(20), Why::window_opened);
}

TEST_CASE("RFC 9293 §3.7.4 [MUST-17]: full segments, a FIN and TCP_NODELAY are not held") {
    SUBCASE("full segments") {
        Dialogue d = linux_established();
        d.write(10);
        d.expect(text(10));
        d.write(mss + 5);
        d.expect(text(mss));
        d.expect_silence();
    }
    SUBCASE("a FIN") {
        Dialogue d = linux_established();
        d.write(10);
        d.expect(text(10));
        d.write(5);
        d.expect_silence();
        d.shutdown();
        d.expect(FIN_ACK.len(5));
    }
    SUBCASE("TCP_NODELAY, also for what waits already") {
        Dialogue d = linux_established();
        d.write(10);
        d.expect(text(10));
        d.write(5);
        d.expect_silence();
        d.set_no_delay();
        d.expect(text(5));
        d.write(6);
        d.expect(text(6));
    }
}

TEST_CASE(
    "RFC 9293 §3.8.6.2.1 (3) [MUST-38]: a window that cuts a segment is used only if it is half of the largest ever") {
    Dialogue d = linux_established();
    std::uint32_t const largest = d.connection().tcb().snd.max_wnd;
    CHECK(largest == 65535);
    d.write(10);
    d.expect(text(10));
    d.peer(ACK.win(8));  // 1024: neither a segment nor half of 64 KiB
    d.write(2000);
    d.expect_silence();
    d.peer(ACK.win(12));  // 1536: a segment, and behind it Linux uses what is left (tcp_mss_split_point)
    d.expect(text(mss));
    d.expect(text(1536 - mss));
    d.expect_silence();
}

TEST_CASE("RFC 9293 §3.8.6.2.1 (4) [MUST-38]: the override timeout sends what a small window allows") {
    Dialogue d = linux_established();
    d.write(10);
    d.expect(text(10));
    d.peer(ACK.win(4));
    d.write(2000);
    d.expect_silence();
    d.after(d.connection().next_deadline() - d.now());
    d.expect(text(4U << 7U).seq(10), Why::zero_window_probe);
    CHECK(d.connection().tcb().timers.running(Timer::tail_loss_probe));
    CHECK_FALSE(d.connection().tcb().timers.running(Timer::persist));
}

TEST_CASE("RFC 9293 §3.8.6: nothing beyond the peer's window; more as it opens") {
    Dialogue d = linux_established();
    d.write(10);
    d.expect(text(10));
    d.peer(ACK.win(23));  // two segments: 2944
    d.write(5 * mss);
    d.expect(text(mss));
    d.expect(text(mss));
    d.expect(text(2944 - 2 * mss));
    d.expect_silence();
    d.peer(ACK.win(23));
    d.expect(text(mss), Why::window_opened);
    d.expect(text(mss));
    d.expect(text(2944 - 2 * mss));
    d.expect_silence();
}

TEST_CASE("RFC 9293 §3.10.7.4, fifth: an old segment does not bring back an old window (SND.WL1, SND.WL2)") {
    Dialogue d = linux_established();
    d.peer(text(10).win(10));
    d.peer(text(10).win(300));
    CHECK(d.connection().tcb().snd.wnd == 300U << 7U);
    d.peer(ACK.seq(10).win(10));  // passed by the second one
    CHECK(d.connection().tcb().snd.wnd == 300U << 7U);
}

TEST_CASE(
    "Linux [MUST-35][MUST-36][MUST-37][SHLD-29][SHLD-30]: window probes are empty, at SND.UNA-1, doubled from the RTO, "
    "counted from the answer, for ever (zero_window_probes_alive)") {
    Dialogue d = with_shut_window(profile_of("linux"), 3000);
    for (Duration gap = 224ms; d.now() < Instant{1000s + 3h}; gap = std::min<Duration>(2 * gap, 120s)) {
        d.expect_silence_for(gap - 1ns);
        d.after(1ns);
        d.expect(ACK.seq(99).len(0), Why::zero_window_probe);
        d.after(20400us);
        d.peer(ACK.win(0));
        d.expect_silence();
        CHECK(d.connection().tcb().timers.running(Timer::persist));
        CHECK_FALSE(d.connection().tcb().timers.running(Timer::retransmit));
    }
    CHECK(d.state() == State::established);
    d.peer(ACK.win(100));
    d.expect(text(mss).seq(100), Why::window_opened);
    d.expect(text(mss));
    d.expect(text(80));
    CHECK_FALSE(d.connection().tcb().timers.running(Timer::persist));
    CHECK(d.connection().tcb().retransmission.backoff == 0);
}

TEST_CASE(
    "Linux tcp_probe_timer: after tcp_retries2 unanswered probes ETIMEDOUT, one interval later "
    "(zero_window_then_vanish_r5)") {
    profile::Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, "tcp_retries2", "5"));
    Dialogue d = with_shut_window(p, 3000);
    for (int i = 0; i < 3; ++i) {  // answered: not counted, but backed off
        d.after(d.connection().next_deadline() - d.now());
        d.expect(ACK.seq(99).len(0));
        d.peer(ACK.win(0));
    }
    Duration const longest = 224ms * (1 << 5);
    for (Duration gap = 224ms * (1 << 3); d.connection().tcb().retransmission.window_probes < 5;
         gap = std::min(2 * gap, longest)) {
        d.expect_silence_for(gap - 1ns);
        d.after(1ns);
        d.expect(ACK.seq(99).len(0));
    }
    d.expect_silence_for(longest - 1ns);
    CHECK(d.state() == State::established);
    d.expect_silence_for(1ns);
    CHECK(d.state() == State::closed);
    CHECK(d.connection().error() == Errno::etimedout);
}

TEST_CASE("Linux tcp_probe_timer: an orphan gives up although its probes are answered") {
    Dialogue d = with_shut_window(profile_of("linux"), 3000);
    d.close();
    d.expect_silence();
    int probes = 0;
    while (d.state() != State::closed) {
        REQUIRE(probes < 100);
        d.after(d.connection().next_deadline() - d.now());
        while (d.pending() > 0) {
            d.expect(ACK.seq(99).len(0));
            ++probes;
        }
        if (d.state() != State::closed) {
            d.peer(ACK.win(0));
        }
    }
    // The interval reaches 120 s with the tenth doubling.
    CHECK(probes == 10);
}

TEST_CASE(
    "4.4BSD [MUST-35][MUST-36][SHLD-29]: a window probe carries the next byte; the peer that takes it gets the rest") {
    Dialogue d = with_shut_window(profile_of("bsd44"), 3000);
    Duration const first = d.profile().persist.min.value;
    d.expect_silence_for(first - 1ns);
    d.after(1ns);
    d.expect(ACK.seq(100).len(1), Why::zero_window_probe);
    SUBCASE("refused") {
        d.peer(ACK.ack(100).win(0));
        CHECK(d.connection().tcb().timers.running(Timer::persist));
        d.after(d.connection().next_deadline() - d.now());
        d.expect(ACK.seq(100).len(1), Why::zero_window_probe);
        d.peer(ACK.ack(100).win(100));
        d.expect(ACK.seq(100).len(mss));
    }
    SUBCASE("taken") {
        d.peer(ACK.ack(101).win(0));
        CHECK(d.connection().unacknowledged() == 2999);
        d.expect_silence();
        d.peer(ACK.ack(101).win(100));
        d.expect(ACK.seq(101).len(mss));
    }
    SUBCASE("an ACK of more than that byte is wrong") {
        d.peer(ACK.ack(102).win(100));
        d.expect(ACK, Why::challenge_ack);
        CHECK(d.connection().unacknowledged() == 3000);
    }
}

TEST_CASE("RFC 9293 §3.8.6.1: a FIN alone waits for the window, too, and goes when it opens") {
    for (char const* name : {"linux", "bsd44"}) {
        CAPTURE(name);
        Dialogue d = Dialogue::established(profile_of(name));
        d.write(100);
        d.expect(text(100));
        d.peer(ACK.win(0));
        d.shutdown();
        d.expect_silence();
        CHECK(d.connection().tcb().timers.running(Timer::persist));
        d.after(d.connection().next_deadline() - d.now());
        REQUIRE(d.pending() == 1);
        CHECK(d.front().cause.why == Why::zero_window_probe);
        bool const probes_with_fin = d.front().segment.flags.has(wire::Flags::fin);
        CHECK(probes_with_fin == (d.profile().persist.probe.value == profile::WindowProbe::next_byte));
        d.expect(probes_with_fin ? FIN_ACK : ACK);
        d.peer(ACK.ack(100).win(1));
        d.expect(FIN_ACK.seq(100));
        d.peer(ACK);
        CHECK(d.state() == State::fin_wait_2);
    }
}

TEST_CASE("RFC 9293 §3.10.2: a send takes what the buffer has room for, then nothing until room comes back") {
    profile::Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, "tcp_wmem", "4096 16384 16384"));
    Dialogue d = Dialogue::established(p);
    CHECK(d.connection().can_send());
    CHECK(d.take_writable());
    // Seven packets of a segment and 832 bytes take less than the buffer, so that an eighth may begin.
    constexpr std::uint64_t packet = mss + 832;
    static_assert(7 * packet < 16'384 && 8 * packet >= 16'384);
    for (int i = 0; i < 8; ++i) {
        CHECK(d.write(mss) == mss);
    }
    CHECK(d.write(1) == 0);
    CHECK_FALSE(d.connection().can_send());
    while (d.pending() > 0) {
        d.expect(ACK);
    }
    // Linux sk_stream_is_writeable: what is free is half of what is used (send_buffer_full_then_drained).
    static_assert(5 * packet * 3 / 2 > 16'384 && 4 * packet * 3 / 2 <= 16'384);
    d.peer(ACK.ack(3 * mss));
    CHECK_FALSE(d.connection().can_send());
    CHECK_FALSE(d.take_writable());
    d.peer(ACK.ack(4 * mss));
    CHECK(d.connection().can_send());
    CHECK(d.take_writable());
    d.peer(ACK.ack(5 * mss));
    CHECK_FALSE(d.take_writable());  // nobody waits any more
}

TEST_CASE("Linux tcp_sndbuf_expand: the buffer holds a first burst; 4.4BSD's stays as it is") {
    Dialogue d = linux_established();
    CHECK(d.write(30 * mss) == 30 * mss);
    Dialogue bsd = Dialogue::established(profile_of("bsd44"));
    CHECK(bsd.write(30 * mss) == 8192);
}

namespace {

/// The lengths of what has come out, and whether all of it kept to the MSS with its options.
std::vector<std::size_t> lengths_within(Dialogue& d) {
    std::vector<std::size_t> lengths;
    while (auto const sent = d.take()) {
        CHECK(sent->segment.payload.size() + sent->segment.options.size() <= mss);
        if (!sent->segment.payload.empty()) {
            lengths.push_back(sent->segment.payload.size());
        }
    }
    return lengths;
}

}  // namespace

TEST_CASE("RFC 9293 §3.7.1 [MUST-16], RFC 6691 §3: what reports holes takes room from the text") {
    // RFC 2018 §3: 8 bytes a block, 2 for kind and length, 2 to align; RFC 7323 §3.2: 10 bytes, 2 to align.
    constexpr std::size_t frame = 4, block = 8, timestamps = 12;
    for (bool const stamped : {false, true}) {
        for (std::size_t const blocks : {0U, 1U, 2U, 3U, 4U, 5U}) {
            CAPTURE(stamped);
            CAPTURE(blocks);
            Dialogue d = Dialogue::established(profile_of("linux"), 20ms,
                                               stamped ? Dialogue::with_timestamps() : Dialogue::usual_options());
            for (std::size_t i = 1; i <= blocks; ++i) {
                d.peer(text(10).seq(static_cast<std::int64_t>(100 * i)));
            }
            (void)lengths_within(d);
            d.write(5000);
            std::size_t const told = std::min<std::size_t>(blocks, stamped ? 3 : 4);
            std::size_t const options = (stamped ? timestamps : 0) + (told > 0 ? frame + told * block : 0);
            std::vector<std::size_t> const sent = lengths_within(d);
            std::size_t const full = mss - options;
            CHECK(sent == std::vector<std::size_t>{full, full, full, 5000 - 3 * full});
        }
    }
}

TEST_CASE("RFC 2883 §4, Linux tcp_current_mss: so does the report of a duplicate, for all that leaves with it") {
    constexpr std::size_t one_block = 12;
    Dialogue d = linux_established();
    d.peer(text(10).seq(0));
    d.after(1s);
    (void)lengths_within(d);
    d.set_quick_ack(0);
    d.peer(text(20).seq(0));  // half of it came before
    d.write(3 * mss);
    std::vector<std::size_t> const sent = lengths_within(d);
    CHECK(sent == std::vector<std::size_t>{mss - one_block, mss - one_block, mss - one_block, 3 * one_block});
}

TEST_CASE("RFC 9293 §3.7.1 [MUST-16]: a repetition makes room for what it reports, too") {
    constexpr std::size_t one_block = 12;
    Dialogue d = linux_established();
    d.write(mss);
    CHECK(lengths_within(d) == std::vector<std::size_t>{mss});
    d.peer(text(10).seq(100).ack(0));
    (void)lengths_within(d);
    d.after(1s);
    std::vector<std::size_t> const sent = lengths_within(d);
    REQUIRE_FALSE(sent.empty());
    CHECK(sent.front() == mss - one_block);
}

TEST_CASE("Linux tcp_should_autocork: what a woken writer writes joins while the device sends what the ACK let go") {
    for (bool const corks : {false, true}) {
        profile::Profile profile = profile_of("linux");
        REQUIRE_FALSE(profile::set(profile, "tcp_autocorking", corks ? "1" : "0"));
        Dialogue d = Dialogue::established(profile);
        d.write(14 * mss);
        for (int i = 0; i < 10; ++i) {
            d.expect(text(mss));
        }
        d.after(20ms);
        d.peer(ACK.ack(2 * mss));  // lets four more go
        for (int i = 0; i < 4; ++i) {
            d.expect(text(mss));
        }
        d.peer(ACK.ack(10 * mss));
        d.expect_silence();
        d.write(100);  // nothing has left at this instant but by the ACK before
        if (!corks) {
            d.expect(text(100));
        }
        d.write(200);
        d.expect_silence();
        d.after(0ms);
        if (corks) {
            d.expect(text(300));
        }
        d.after(1ms);
        d.write(50);  // the device has long been free; Minshall lets one short segment go
        d.expect_silence();
    }
}
