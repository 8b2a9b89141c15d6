#include "stack/tcp/mtu.hpp"

#include "stack/wire/icmp.hpp"
#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::State;
using tcp::Why;
using wire::icmp_fragmentation_needed;
using wire::icmp_unreachable;

namespace {

constexpr Duration rtt = 20400us;
constexpr std::uint32_t full = 1448;  // 1460 less timestamps
constexpr std::uint32_t flight = 10;  // segments of the initial window

profile::Profile with(std::string_view setting, std::string_view value) {
    profile::Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, setting, value));
    return p;
}

/// Twenty segments were written, ten are out.
Dialogue with_ten_out(profile::Profile const& profile = profile_of("linux")) {
    Dialogue d = Dialogue::established(profile, rtt, Dialogue::with_timestamps());
    d.write(2 * flight * full);
    for (std::uint32_t i = 0; i < flight; ++i) {
        d.expect(text(full).seq(i * full));
    }
    d.expect_silence();
    return d;
}

void too_big(Dialogue& d, std::uint16_t mtu, std::int64_t seq = 0) {
    d.icmp(icmp_unreachable, icmp_fragmentation_needed, seq, mtu);
}

std::uint32_t mss_of(Dialogue const& d) { return d.connection().tcb().snd.mss; }

/// The lengths of what timeouts repeated until `end`.
std::vector<std::uint64_t> repeated_by_timeouts(Dialogue& d, Duration time) {
    std::vector<std::uint64_t> lengths;
    d.after(time);
    while (d.pending() > 0) {
        if (d.front().cause.why == Why::retransmission_timeout) {
            lengths.push_back(d.front().segment.payload.size());
        }
        d.expect(ACK);
    }
    return lengths;
}

using Lengths = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("RFC 1191 §3 [MUST-16]: what does not fit the path is cut up and repeated at once (pmtu_router_1000)") {
    Dialogue d = with_ten_out();
    d.after(rtt);
    too_big(d, 1000);
    constexpr std::uint32_t smaller = 948;
    CHECK(mss_of(d) == smaller);
    // Recorded: Linux cuts a packet of two segments anew as a whole, and sends the pieces in packets of two.
    constexpr std::uint32_t packet = 2 * full;
    auto const expect_piece = [&](std::uint32_t i) {
        std::uint32_t const at = i % 4 * smaller;
        CHECK(d.front().segment.flags.has(wire::Flags::psh) == (i % 2 == 1));
        d.expect(text(std::min(smaller, packet - at)).seq(i / 4 * packet + at));
    };
    for (std::uint32_t i = 0; i < flight; ++i) {  // as many pieces as the congestion window has segments
        expect_piece(i);
    }
    d.expect_silence();
    CHECK(d.count_notes<tcp::PathMtuFell>() == 1);
    CHECK(d.connection().soft_error() == Errno::none);
    for (std::uint32_t i = 1; i < flight; ++i) {  // the router answered every packet
        too_big(d, 1000, i * full);
    }
    d.expect_silence();
    CHECK(d.count_notes<tcp::PathMtuFell>() == 1);
    // The rest goes as ACKs come, and new text in segments that fit.
    d.after(rtt);
    d.peer(ACK.ack(2 * packet + 2 * smaller));
    for (std::uint32_t i = flight; i < 2 * flight; ++i) {
        expect_piece(i);
    }
    d.peer(ACK.ack(flight * full));
    d.expect(text(smaller).seq(flight * full));
    d.expect(text(smaller).seq(flight * full + smaller));
}

TEST_CASE(
    "Linux tcp_simple_retransmit: a path that takes less is no congestion: cwnd and ssthresh stay (pmtu_router_1000)") {
    Dialogue d = with_ten_out();
    too_big(d, 1000);
    CHECK(d.connection().tcb().congestion.cwnd() == flight);
    CHECK(d.connection().tcb().congestion.ssthresh() == tcp::Congestion::infinite);
    CHECK(d.connection().tcb().retransmission.retransmits == 0);
}

TEST_CASE(
    "Linux tcp_simple_retransmit: three quarters of the window are the least threshold, for segments are smaller now") {
    constexpr std::uint32_t mss = 1460;
    Dialogue d = Dialogue::established(with("tcp_congestion_control", "reno"), rtt);
    auto const& tcb = d.connection().tcb();
    auto const forget = [&] {
        while (d.pending() > 0) {
            (void)d.take();
        }
    };
    d.write(mss);
    d.after(1s);  // a probe, and timeouts
    forget();
    d.peer(ACK.ack(mss));
    std::uint32_t const threshold = tcb.congestion.ssthresh();
    REQUIRE(threshold < tcp::Congestion::infinite);
    while (tcb.congestion.cwnd() < 2 * threshold) {
        d.write(std::uint64_t{tcb.congestion.cwnd()} * mss);
        forget();
        d.after(rtt);
        d.peer(ACK.ack(static_cast<std::int64_t>(tcb.snd.nxt - tcb.snd.iss) - 1));
    }
    std::uint32_t const cwnd = tcb.congestion.cwnd();
    d.write(mss);
    forget();
    too_big(d, 1000, static_cast<std::int64_t>(tcb.snd.una - tcb.snd.iss) - 1);
    CHECK(tcb.congestion.ssthresh() == cwnd / 2 + cwnd / 4);
    CHECK(tcb.congestion.cwnd() == cwnd);
    forget();
}

TEST_CASE("Linux tcp_simple_retransmit: only what is larger than a segment now is repeated") {
    for (std::uint32_t const length : {948U, 949U}) {
        CAPTURE(length);
        Dialogue d = Dialogue::established(profile_of("linux"), rtt, Dialogue::with_timestamps());
        d.write(length);
        d.expect(text(length).seq(0));
        too_big(d, 1000);
        CHECK(mss_of(d) == 948);
        if (length > 948) {
            d.expect(text(948).seq(0));
            d.expect(text(1).seq(948));
        }
        d.expect_silence();
    }
}

TEST_CASE("Linux tcp_simple_retransmit: without SACK, what is lost now cannot be assumed to have arrived") {
    wire::Options without_sack = Dialogue::usual_options();
    without_sack.sack_permitted = false;
    Dialogue d = Dialogue::established(profile_of("linux"), rtt, without_sack);
    constexpr std::uint32_t mss = 1460;
    d.write(std::uint64_t{4} * mss);
    d.after(rtt);
    for (int i = 0; i < 3; ++i) {
        d.peer(ACK.ack(0));  // the first takes the window; by the others two of the four have left
    }
    while (d.pending() > 0) {
        (void)d.take();
    }
    auto const& sent = d.connection().tcb().send_queue.sent();
    REQUIRE(sent.assumed() == 2);
    too_big(d, 1000);
    CHECK(sent.lost() + sent.assumed() <= sent.size());
    while (d.pending() > 0) {
        (void)d.take();
    }
}

TEST_CASE("RFC 1191 §3: a path's MTU never rises by what a router says; an equal one changes nothing") {
    Dialogue d = with_ten_out();
    for (std::uint16_t const mtu : {std::uint16_t{1500}, std::uint16_t{1501}, std::uint16_t{65535}}) {
        too_big(d, mtu);
        CHECK(mss_of(d) == full);
    }
    d.expect_silence();
    too_big(d, 1499);
    CHECK(mss_of(d) == full - 1);
    too_big(d, 1500);
    CHECK(mss_of(d) == full - 1);
}

TEST_CASE("RFC 5927 §7.2: an error that quotes nothing in flight does not lower it") {
    Dialogue d = with_ten_out();
    too_big(d, 1000, -1);
    too_big(d, 1000, flight * full + 1);
    CHECK(mss_of(d) == full);
    d.expect_silence();
    too_big(d, 1000, flight * full);
    CHECK(mss_of(d) == 948);
}

TEST_CASE("Linux min_pmtu: less than 552 is not believed, but kept in mind: EMSGSIZE if the connection fails") {
    for (std::uint16_t const mtu : {std::uint16_t{0}, std::uint16_t{68}, std::uint16_t{551}, std::uint16_t{552}}) {
        CAPTURE(mtu);
        Dialogue d = with_ten_out();
        too_big(d, mtu);
        CHECK(mss_of(d) == 552 - 52);
        CHECK(d.connection().soft_error() == (mtu < 552 ? Errno::emsgsize : Errno::none));
    }
    Dialogue d = with_ten_out(with("min_pmtu", "1280"));
    too_big(d, 1000);
    CHECK(mss_of(d) == 1280 - 52);
}

TEST_CASE("RFC 1191 §5, §7: where a router names no MTU the next of table 7-1 is tried") {
    profile::Profile p = profile_of("linux");
    p.mtu.unnamed = {profile::UnnamedMtu::plateau, "RFC 1191 §7"};
    Dialogue d = with_ten_out(p);
    for (std::uint32_t const plateau : {1492U, 1006U, 508U, 296U}) {
        too_big(d, 0);
        CHECK(mss_of(d) == plateau - 52);
    }
    too_big(d, 0);
    CHECK(mss_of(d) == 48 - 12);  // 68 would leave 16: Linux tcp_min_snd_mss
    too_big(d, 0);
    CHECK(mss_of(d) == 48 - 12);
}

TEST_CASE("ip_no_pmtu_disc, 4.4BSD: without discovery a router's word changes nothing") {
    Dialogue d = with_ten_out(with("ip_no_pmtu_disc", "1"));
    too_big(d, 1000);
    CHECK(mss_of(d) == full);
    Dialogue bsd = Dialogue::established(profile_of("bsd44"), rtt);
    std::uint32_t const before = mss_of(bsd);
    bsd.write(1000);
    bsd.expect(text(1000));
    too_big(bsd, 600);
    CHECK(mss_of(bsd) == before);
    bsd.expect_silence();
}

TEST_CASE("RFC 1191: a SYN, too, learns of the path; what the peer allows is bound by both") {
    Dialogue d = Dialogue::syn_sent(profile_of("linux"));
    d.expect(SYN.seq(0).mss(1460));
    too_big(d, 1000, 0);
    CHECK(d.state() == State::syn_sent);
    d.peer(SYN_ACK.mss(1460).win(65535));
    CHECK(mss_of(d) == 960);
    Dialogue small = Dialogue::syn_sent(profile_of("linux"));
    too_big(small, 1000, 0);
    small.peer(SYN_ACK.mss(500).win(65535));
    CHECK(mss_of(small) == 500);
}

TEST_CASE("RFC 4821 §7.7, Linux tcp_mtu_probing=1: 1024 at the 4th timeout, 512 at the 5th (pmtu_blackhole_1000)") {
    Dialogue d = with_ten_out(with("tcp_mtu_probing", "1"));
    // Half of what was tried last, down to tcp_mtu_probe_floor.
    CHECK(repeated_by_timeouts(d, 500s) == Lengths{full, full, full, 1024, 512, 256, 128, 64, 48, 48, 48, 48});
    CHECK(d.count_notes<tcp::PathMtuFell>() == 6);
}

TEST_CASE("Linux tcp_mtu_probing=0: full-size repetitions for ever (pmtu_blackhole_1200_noprobing)") {
    Dialogue d = with_ten_out();
    CHECK(repeated_by_timeouts(d, 15s) == Lengths(6, full));
    CHECK(mss_of(d) == full);
}

TEST_CASE("Linux tcp_base_mss, tcp_mtu_probe_floor: where the search begins and ends") {
    profile::Profile p = with("tcp_mtu_probing", "1");
    REQUIRE_FALSE(profile::set(p, "tcp_base_mss", "1400"));
    REQUIRE_FALSE(profile::set(p, "tcp_mtu_probe_floor", "500"));
    Dialogue d = with_ten_out(p);
    CHECK(repeated_by_timeouts(d, 60s) == Lengths{full, full, full, 1400, 700, 500, 500, 500});
}

TEST_CASE("RFC 4821 §7.7: what got through a black hole stays small") {
    Dialogue d = with_ten_out(with("tcp_mtu_probing", "1"));
    (void)repeated_by_timeouts(d, 4s);
    REQUIRE(mss_of(d) == 1024);
    d.peer(ACK.ack(1024));
    while (d.pending() > 0) {
        CHECK(d.front().segment.payload.size() <= 1024);
        d.expect(ACK);
    }
    CHECK(mss_of(d) == 1024);
}

TEST_CASE("RFC 9293 §3.7.1 [MUST-16][MUST-67], TCP_MAXSEG: offered to the peer, and kept to") {
    tcp::UserOptions options;
    options.max_segment = 1000;
    Dialogue d = Dialogue::syn_sent(profile_of("linux"), options);
    d.expect(SYN.mss(1000));
    d.peer(SYN_ACK.mss(1460).win(65535));
    CHECK(mss_of(d) == 1000);
    Dialogue more = Dialogue::syn_sent(profile_of("linux"), options);
    more.peer(SYN_ACK.mss(900).win(65535));
    CHECK(mss_of(more) == 900);
    options.max_segment = 9000;
    Dialogue large = Dialogue::syn_sent(profile_of("linux"), options);
    large.expect(SYN.mss(1460));
    large.peer(SYN_ACK.mss(9000).win(65535));
    CHECK(mss_of(large) == 1460);
}

TEST_CASE("Linux tcp_min_snd_mss: 48 bytes with options, whatever the peer asks") {
    for (std::uint16_t const asked : {std::uint16_t{1}, std::uint16_t{48}, std::uint16_t{49}}) {
        CAPTURE(asked);
        Dialogue d = Dialogue::syn_sent(profile_of("linux"));
        d.peer(SYN_ACK.mss(asked));
        CHECK(mss_of(d) == (asked <= 48 ? 48 : asked));
    }
}

TEST_CASE("Linux tcp_bound_to_half_wnd: no segment is larger than half of the first window offered (packet script)") {
    for (std::uint16_t const window : {std::uint16_t{536}, std::uint16_t{537}, std::uint16_t{1000}}) {
        CAPTURE(window);
        wire::Options offers;
        offers.mss = 1000;
        Dialogue d = Dialogue::syn_received(profile_of("linux"), offers);
        d.expect(SYN_ACK);
        d.peer(ACK.seq(1).ack(1).win(window));
        std::uint32_t const most = window > 536 ? window / 2U : window;
        REQUIRE(d.state() == State::established);
        d.write(2000);
        d.expect(text(most).seq(1));
    }
}

TEST_CASE("Linux tcp_skb_seglen: of a packet that was too big all is repeated, cut anew") {
    Dialogue d = Dialogue::established(profile_of("linux"), rtt, Dialogue::with_timestamps());
    d.write(full + 500);
    d.expect(text(full));
    d.expect(text(500));
    too_big(d, 1000);
    d.expect(text(948).seq(0));
    d.expect(text(948).seq(948));
    d.expect(text(full + 500 - 2 * 948).seq(2 * 948));
    d.expect_silence();
}
