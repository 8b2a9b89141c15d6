// RFC 9293 §3.7.1, Linux tcp_retrans_collapse: a repetition takes in the small segments behind it.
#include "stack/tcp/scoreboard.hpp"
#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::Scoreboard;
using tcp::Why;
using wire::Flags;

namespace {

constexpr std::uint32_t mss = 1460;

/// No probe forestalls the timeout.
profile::Profile without_probe() {
    profile::Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, "tcp_early_retrans", "0"));
    return p;
}

/// Segments of these lengths are out.
Dialogue with_out(std::initializer_list<std::uint32_t> lengths, profile::Profile const& profile = without_probe()) {
    Dialogue d = Dialogue::established(profile);
    d.set_no_delay();
    d.peer(ACK);
    for (std::uint32_t const length : lengths) {
        d.write(length);
        d.expect(text(length));
    }
    return d;
}

void time_out(Dialogue& d) { d.after(d.connection().tcb().rtt.rto(d.profile())); }

}  // namespace

TEST_CASE("Linux tcp_retrans_collapse: small segments are repeated as one, which counts as one") {
    Dialogue d = with_out({100, 200, 300});
    time_out(d);
    d.expect(text(600).seq(0), Why::retransmission_timeout);
    Scoreboard const& sent = d.connection().tcb().send_queue.sent();
    CHECK(sent.size() == 1);
    CHECK(sent.in_flight() == 1);
    CHECK(sent.packets() == 1);
    d.peer(ACK.ack(600));
    CHECK(sent.empty());
    CHECK(sent.in_flight() == 0);
    CHECK(d.connection().next_deadline() == never);
}

TEST_CASE("Linux tcp_retrans_collapse = 0: each segment is repeated as it was") {
    profile::Profile p = without_probe();
    REQUIRE_FALSE(profile::set(p, "tcp_retrans_collapse", "0"));
    Dialogue d = with_out({100, 200, 300}, p);
    time_out(d);
    d.expect(text(100).seq(0));
    d.expect_silence();
}

TEST_CASE(
    "Linux tcp_retrans_try_collapse: whole segments up to the segment size, and none behind one that does not fit") {
    for (std::uint32_t const second : {mss - 1000, mss - 1000 + 1}) {
        CAPTURE(second);
        Dialogue d = with_out({1000, second, 10});
        time_out(d);
        d.expect(text(second + 1000 <= mss ? mss : 1000).seq(0));
        d.expect_silence();
    }
}

TEST_CASE("Linux tcp_retrans_try_collapse: not beyond the window that the peer offers now") {
    for (std::uint16_t const units : {std::uint16_t{2}, std::uint16_t{3}}) {  // of 128 octets
        CAPTURE(units);
        Dialogue d = with_out({128, 256, 10});
        d.peer(text(1).ack(0));
        d.peer(text(1).ack(0).win(units));
        time_out(d);
        d.expect(ACK.ack(1).len(0));
        d.expect(ACK.ack(2).len(0));
        d.expect(text(units == 2 ? 128 : 3 * 128).seq(0));
    }
}

TEST_CASE("Linux tcp_retrans_try_collapse: a shut window lets the first segment go alone") {
    Dialogue d = with_out({100, 100});
    d.peer(ACK.ack(0).win(0));
    time_out(d);
    d.expect(text(100).seq(0));
}

TEST_CASE("Linux tcp_can_collapse: what was selectively acknowledged is not repeated with the rest") {
    Dialogue d = with_out({100, 100, 100});
    d.peer(ACK.ack(0).sack({{100, 200}}));
    time_out(d);
    d.expect(text(100).seq(0));
}

TEST_CASE("Linux tcp_retrans_try_collapse: what is acknowledged in part takes no room") {
    constexpr std::uint32_t all = 2000;
    for (std::uint32_t const gone : {all - mss - 1, all - mss, all - mss + 1}) {
        CAPTURE(gone);
        Dialogue d = with_out({all / 2, all / 2});
        d.peer(ACK.ack(gone));
        time_out(d);
        d.expect(text((gone < all - mss ? all / 2 : all) - gone).seq(gone));
        d.expect_silence();
    }
}

TEST_CASE("Linux tcp_collapse_retrans: a FIN moves over to the text before it, a SYN never") {
    Dialogue d = with_out({100});
    d.shutdown();
    d.expect(FIN_ACK.seq(100).len(0));
    time_out(d);
    d.expect(FIN_ACK.seq(0).len(100));
    CHECK(d.connection().tcb().send_queue.sent().size() == 1);
}

TEST_CASE("Linux tcp_can_collapse: of packets with several segments none is taken in") {
    Dialogue d = with_out({});
    d.write(2 * mss - 400);
    d.expect(text(mss));
    d.expect(text(mss - 400));
    d.write(100);
    d.expect(text(100));
    d.peer(ACK.ack(mss));
    time_out(d);
    d.expect(text(mss - 300).seq(mss));  // the first has gone: what is left is one segment
}

TEST_CASE("Scoreboard::merge: the counts are those of what is left") {
    Scoreboard sent;
    Instant const now{};
    for (std::uint32_t i = 0; i < 4; ++i) {
        sent.push({.seq = SeqNum{100 * i}, .length = 100, .sent_at = now, .transmissions = 1});
    }
    sent.mark_lost(0);
    sent.mark_lost(1);
    sent.mark_repeated(1, now, true);
    sent.mark_lost(3);
    REQUIRE(sent.in_flight() == 2);
    sent.merge(0);
    CHECK(sent.size() == 3);
    CHECK(sent.packets() == 3);
    CHECK(sent[0].length == 200);
    CHECK(sent[0].transmissions == 2);
    CHECK(sent[1].seq == SeqNum{200});
    CHECK(sent.lost() == 2);
    CHECK(sent.repeated() == 0);
    CHECK(sent.in_flight() == 1);
    sent.mark_repeated(0, now, true);
    CHECK(sent.next_lost() == 2);
}

TEST_CASE("Scoreboard::merge: the search for what is lost goes on at the same segment") {
    Scoreboard sent;
    Instant const now{};
    for (std::uint32_t i = 0; i < 5; ++i) {
        sent.push({.seq = SeqNum{100 * i}, .length = 100, .sent_at = now, .transmissions = 1});
        sent.mark_lost(i);
    }
    for (std::size_t i = 0; i < 3; ++i) {
        sent.mark_repeated(i, now, true);
    }
    REQUIRE(sent.next_lost() == 3);
    sent.merge(0);
    CHECK(sent.next_lost() == 2);
    sent.merge(2);
    CHECK(sent.next_lost() == 2);
    CHECK(sent[2].length == 200);
}

TEST_CASE("Scoreboard::merge, Linux tcp_adjust_pcount: without SACK one segment less is assumed to have arrived") {
    Scoreboard sent;
    for (std::uint32_t i = 0; i < 4; ++i) {
        sent.push({.seq = SeqNum{100 * i}, .length = 100, .transmissions = 1});
    }
    REQUIRE(sent.assume_arrived(2));
    sent.merge(0);
    CHECK(sent.assumed() == 1);
    CHECK(sent.in_flight() == 2);
}

TEST_CASE("Linux __tcp_retransmit_skb: behind a full segment nothing is taken in, not even a FIN") {
    for (std::uint32_t const length : {mss - 1, mss}) {
        CAPTURE(length);
        Dialogue d = with_out({length});
        d.close();
        d.expect(FIN_ACK.seq(length));
        time_out(d);
        d.expect(length < mss ? FIN_ACK.seq(0).len(length) : text(length).seq(0), Why::retransmission_timeout);
        d.expect_silence();
    }
}

TEST_CASE("Linux tcp_trim_head: of a packet that was acknowledged in part the rest is cut anew, from SND.UNA") {
    Dialogue d = with_out({});
    d.write(2 * mss + 100);
    d.expect(text(mss));
    d.expect(text(mss));
    d.expect(text(100));
    d.peer(ACK.ack(mss - 200));
    time_out(d);
    d.expect(text(mss).seq(mss - 200), Why::retransmission_timeout);
    d.expect_silence();
}

TEST_CASE("Linux tcp_fragment: what of its packet is not repeated at once is a packet of its own") {
    Dialogue d = with_out({});
    d.write(4 * mss);
    for (int i = 0; i < 4; ++i) {
        d.expect(text(mss));
    }
    std::uint32_t const before = d.connection().tcb().send_queue.sent().packets();
    time_out(d);
    d.expect(text(mss).seq(0), Why::retransmission_timeout);
    CHECK(d.connection().tcb().send_queue.sent().packets() == before + 1);
    d.peer(ACK.ack(200));
    d.after(d.connection().next_deadline() - d.now());
    d.expect(text(mss - 200).seq(200));  // and none of the next
}
