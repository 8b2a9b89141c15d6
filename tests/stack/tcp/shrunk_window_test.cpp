// A peer that takes back part of the window it offered, or says so late (RFC 9293 §3.8.6, SHLD-14 to SHLD-17).
#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string_view>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::Timer;
using tcp::Why;

namespace {

constexpr std::uint16_t mss = 1460;

/// Without tail loss probes, and with a peer that does not scale its windows; four segments are out.
Dialogue with_four_out(char const* name, wire::Options options) {
    profile::Profile p = profile_of(name);
    p.tail_loss_probe.policy.value = profile::TailLossProbe::none;
    p.congestion.initial_window.value = 10;
    options.mss = mss;
    Dialogue d = Dialogue::established(p, 20ms, options);
    d.write(4 * std::uint64_t{mss});
    for (int i = 0; i < 4; ++i) {
        d.expect(text(mss));
    }
    return d;
}

void next_timer(Dialogue& d) { d.after(d.connection().next_deadline() - d.now()); }

}  // namespace

TEST_CASE(
    "RFC 9293 §3.8.6 [SHLD-16]: a repetition ends at the right edge; what was cut off follows when the window moves") {
    for (char const* name : {"linux", "bsd44"}) {
        CAPTURE(name);
        Dialogue d = with_four_out(name, {});
        d.peer(ACK.ack(mss).win(500));
        d.expect_silence();
        next_timer(d);
        d.expect(text(500).seq(mss), Why::retransmission_timeout);
        d.expect_silence();
        d.peer(ACK.ack(mss + 500).win(static_cast<std::uint16_t>(mss - 500)));
        d.expect(text(mss - 500).seq(mss + 500));
        d.expect_silence();
        CHECK(d.connection().unacknowledged() == 3 * mss - 500);
    }
}

TEST_CASE("RFC 9293 §3.8.6 [SHLD-16]: a window that ends with the segment cuts nothing, one byte less cuts one") {
    for (std::uint16_t const window : {std::uint16_t{mss - 1}, mss, std::uint16_t{mss + 1}}) {
        CAPTURE(window);
        Dialogue d = with_four_out("linux", {});
        d.peer(ACK.ack(0).win(0));
        d.peer(ACK.ack(0).win(window));
        next_timer(d);
        d.expect(text(std::min<std::uint32_t>(window, mss)).seq(0), Why::retransmission_timeout);
        d.expect_silence();
    }
}

TEST_CASE("Linux __tcp_retransmit_skb: into a shut window the first segment is repeated whole, as a probe") {
    Dialogue d = with_four_out("linux", {});
    SUBCASE("all of it") {
        d.peer(ACK.ack(0).win(0));
        next_timer(d);
        d.expect(text(mss).seq(0), Why::retransmission_timeout);
    }
    SUBCASE("of a packet that was acknowledged in part, the first of what is left (tcp_trim_head)") {
        d.peer(ACK.ack(100).win(0));
        next_timer(d);
        d.expect(text(mss).seq(100), Why::retransmission_timeout);
    }
    d.expect_silence();
}

TEST_CASE("RFC 9293 §3.8.6 [SHLD-16]: a segment acknowledged in part is cut at the edge, too") {
    Dialogue d = with_four_out("linux", {});
    d.peer(ACK.ack(100).win(500));
    next_timer(d);
    d.expect(text(500).seq(100), Why::retransmission_timeout);
    d.expect_silence();
}

TEST_CASE("Linux tcp_send_loss_probe: the last segment is no probe beyond the right edge; the timeout is awaited") {
    struct Case {
        std::uint16_t window;  ///< of four segments
        std::uint32_t probe;   ///< bytes
    };
    for (Case const c : {Case{3 * mss - 1, 0}, Case{3 * mss, 0}, Case{3 * mss + 1, 1}, Case{4 * mss, mss}}) {
        CAPTURE(c.window);
        wire::Options options;
        options.mss = mss;
        options.sack_permitted = true;
        Dialogue d = Dialogue::established(profile_of("linux"), 20ms, options);
        d.write(4 * std::uint64_t{mss});
        for (int i = 0; i < 4; ++i) {
            d.expect(text(mss));
        }
        Instant const sent = d.now();
        d.peer(ACK.ack(0).win(0));
        d.peer(ACK.ack(0).win(c.window));
        REQUIRE(d.connection().tcb().timers.running(Timer::tail_loss_probe));
        next_timer(d);
        if (c.probe > 0) {
            d.expect(text(c.probe).seq(3 * mss), Why::tail_loss_probe);
        }
        d.expect_silence();
        CHECK(d.connection().tcb().probe.outstanding == (c.probe > 0));
        Duration const rto = d.connection().tcb().rtt.rto(d.profile());
        if (c.probe == 0) {
            CHECK(d.connection().next_deadline() == sent + rto);  // Linux tcp_rearm_rto: from the head's transmission
            next_timer(d);
            d.expect(text(mss).seq(0), Why::retransmission_timeout);
        }
    }
}

TEST_CASE("Linux tcp_acceptable_seq: an ACK bears the right edge's number unless scaling may have rounded that down") {
    struct Case {
        char const* name;
        bool scaled;
        std::uint16_t window;  ///< in bytes
        std::int64_t seq;
    };
    constexpr std::int64_t sent = 4 * mss;
    // Linux takes its own shift, 10 here, for the peer's, which is 4.
    for (Case const c : {Case{"linux", false, 0, 0}, Case{"linux", false, sent - 1, sent - 1},
                         Case{"linux", false, sent, sent}, Case{"linux", true, sent - 1024, sent - 1024},
                         Case{"linux", true, sent - 1024 + 16, sent}, Case{"bsd44", false, 0, sent}}) {
        CAPTURE(c.name);
        CAPTURE(c.window);
        wire::Options options;
        if (c.scaled) {
            options.window_scale = 4;
        }
        Dialogue d = with_four_out(c.name, options);
        if (c.scaled) {
            REQUIRE(d.connection().tcb().rcv.wscale == 10);
        }
        d.peer(text(10).ack(0).win(static_cast<std::uint16_t>(c.scaled ? c.window >> 4 : c.window)));
        d.after(200ms);  // 4.4BSD's delayed ACK
        d.expect(ACK.seq(c.seq).ack(10).len(0));
    }
}

TEST_CASE(
    "RFC 9293 §3.10.7.4, fifth: of two windows with the same numbers the later stands; Linux: the larger, or none") {
    struct Case {
        char const* name;
        std::uint16_t window;
        bool taken;
    };
    for (Case const c : {Case{"linux", 4000, false}, Case{"linux", 6000, true}, Case{"linux", 0, true},
                         Case{"bsd44", 4000, true}, Case{"bsd44", 6000, true}, Case{"bsd44", 0, true}}) {
        CAPTURE(c.name);
        CAPTURE(c.window);
        wire::Options options;
        options.mss = mss;
        Dialogue d = Dialogue::established(profile_of(c.name), 20ms, options);
        d.peer(text(10).win(5000));
        d.peer(ACK.seq(10).win(5000));
        d.peer(ACK.seq(10).win(c.window));
        CHECK(d.connection().tcb().snd.wnd == (c.taken ? c.window : 5000));
    }
}

TEST_CASE("Linux tcp_may_update_window: an ACK of new text brings its window although its own number is old") {
    wire::Options options;
    options.mss = mss;
    Dialogue d = Dialogue::established(profile_of("linux"), 20ms, options);
    d.write(100);
    d.expect(text(100));
    d.set_quick_ack(0);
    d.peer(text(10).ack(0).win(5000));
    d.peer(text(10).ack(0).win(5000));
    d.expect_silence();
    d.peer(ACK.seq(9).ack(0).win(6000));
    CHECK(d.connection().tcb().snd.wnd == 5000);
    d.peer(ACK.seq(9).ack(100).win(4000));
    CHECK(d.connection().tcb().snd.wnd == 4000);
}

TEST_CASE("Linux tcp_ack: an ACK below SND.UNA neither puts a window probe off nor counts as its answer") {
    for (std::int64_t const ack : {500, 1000}) {
        bool const current = ack == 1000;
        CAPTURE(ack);
        Dialogue d = Dialogue::established(profile_of("linux"));
        d.write(1000);
        d.expect(text(1000));
        d.peer(ACK.ack(1000).win(0));
        d.write(500);
        next_timer(d);
        d.expect(ACK.seq(999).len(0), Why::zero_window_probe);
        Instant const due = d.connection().next_deadline();
        d.after(50ms);
        d.peer(ACK.ack(ack).win(0));
        CHECK(d.connection().next_deadline() == (current ? due + 50ms : due));
        CHECK(d.connection().tcb().retransmission.window_probes == (current ? 0 : 1));
    }
}

TEST_CASE(
    "Linux tcp_ack_update_window: after an idle time a new window finds the congestion window halved for each RTO") {
    struct Case {
        Duration beyond;  ///< one RTO
        bool waits;       ///< text is waiting when the window opens
        std::uint32_t cwnd;
    };
    for (Case const c : {Case{0ms, true, 20}, Case{1ms, true, 10}, Case{3s, true, 10}, Case{3s, false, 20}}) {
        CAPTURE(c.beyond);
        CAPTURE(c.waits);
        profile::Profile p = profile_of("linux");
        p.buffers.send_default.value = 1'000'000;
        Dialogue d = Dialogue::established(p, 20400us);
        d.peer(ACK.win(512));
        d.write(10 * std::uint64_t{mss});
        while (d.take()) {
        }
        Instant const sent = d.now();
        d.peer(ACK.ack(10 * mss).win(0));
        REQUIRE(d.connection().tcb().congestion.cwnd() == 20);
        if (c.waits) {
            d.write(40 * std::uint64_t{mss});
        }
        d.after(sent + d.connection().tcb().rtt.rto(p) + c.beyond - d.now());
        while (d.take()) {
        }
        CHECK(d.connection().tcb().congestion.cwnd() == 20);
        d.peer(ACK.ack(10 * mss).win(512));
        CHECK(d.connection().tcb().congestion.cwnd() == c.cwnd);
        CHECK(d.pending() == (c.waits ? c.cwnd : 0));
    }
}

TEST_CASE(
    "RFC 9293 §3.8.6.2.1 (3): half of the largest window ever is used at once; Linux waits for the persist timer") {
    constexpr std::uint16_t largest = 500;
    constexpr std::uint16_t cut = 300;
    for (char const* name : {"linux", "bsd44"}) {
        bool const waits = std::string_view{name} == "linux";
        CAPTURE(name);
        Dialogue d = Dialogue::syn_sent(profile_of(name));
        d.expect(SYN);
        d.peer(SYN_ACK.ack(1).win(largest).mss(mss));
        d.expect(ACK);
        d.write(largest);
        d.expect(text(largest).seq(1));
        d.peer(ACK.ack(1 + largest).win(cut));
        d.write(largest);
        CHECK(d.pending() == (waits ? 0 : 1));
        if (waits) {
            REQUIRE(d.connection().tcb().timers.running(Timer::persist));
            next_timer(d);
        }
        d.expect(text(cut).seq(1 + largest));
    }
}
