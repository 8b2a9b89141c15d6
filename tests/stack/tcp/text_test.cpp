#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

#include <utility>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::State;
using tcp::Why;
using Blocks = std::vector<std::pair<std::int64_t, std::int64_t>>;

namespace {

/// Every segment beyond a hole has its ACK.
profile::Profile linux_uncompressed() {
    profile::Profile profile = profile_of("linux");
    profile.selective_ack.compressed_most.value = 0;
    return profile;
}

Dialogue linux_established() { return Dialogue::established(profile_of("linux")); }

/// The peer's stream from `offset` on: what Dialogue::peer() puts into its segments.
Payload peers_stream(std::uint64_t offset, std::uint64_t length) {
    constexpr std::uint64_t after_syn = 1;
    return Payload::pattern(1, after_syn + offset, length);
}

void forget_acks(Dialogue& d) {
    while (d.pending() > 0) {
        d.expect(ACK);
    }
}

}  // namespace

TEST_CASE("RFC 9293 §3.10.7.4, seventh: text in order is given to the reader, once and in order") {
    Dialogue d = linux_established();
    CHECK(d.read().error() == Errno::eagain);
    d.peer(text(100));
    d.peer(text(50));
    CHECK(d.connection().unread() == 150);
    CHECK(d.read(70) == Result<Payload>{peers_stream(0, 70)});
    CHECK(d.read() == Result<Payload>{peers_stream(70, 80)});
    CHECK(d.read().error() == Errno::eagain);
    forget_acks(d);
}

TEST_CASE("RFC 9293 §3.10.7.4, seventh [SHLD-31]: segments in any order make one stream") {
    Dialogue d = linux_established();
    for (std::int64_t const seq : {300, 100, 400, 200, 0}) {
        CHECK(d.connection().unread() == 0);
        d.peer(text(100).seq(seq));
    }
    CHECK(d.read() == Result<Payload>{peers_stream(0, 500)});
    CHECK_FALSE(d.connection().tcb().receive_queue.has_holes());
    forget_acks(d);
}

TEST_CASE("RFC 9293 §3.10.7.4, first: overlaps are cut off, whichever side they are on") {
    struct Overlap {
        std::int64_t seq;
        std::uint32_t length;
    };
    // 0..99 and 200..299 are there; each of these closes the hole.
    for (Overlap const second : {Overlap{100, 100}, Overlap{50, 150}, Overlap{100, 200}, Overlap{0, 400},
                                 Overlap{99, 102}, Overlap{50, 170}, Overlap{100, 101}}) {
        CAPTURE(second.seq);
        CAPTURE(second.length);
        Dialogue d = linux_established();
        d.peer(text(100).seq(0));
        d.peer(text(100).seq(200));
        d.peer(text(second.length).seq(second.seq));
        std::int64_t const end = std::max<std::int64_t>(300, second.seq + second.length);
        CHECK(d.read() == Result<Payload>{peers_stream(0, static_cast<std::uint64_t>(end))});
        forget_acks(d);
    }
}

TEST_CASE("RFC 9293 §3.10.7.4, first: an old duplicate is acknowledged and dropped") {
    Dialogue d = linux_established();
    d.peer(text(100));
    d.expect(ACK.ack(100));
    d.peer(text(100).seq(0));
    d.expect(ACK.seq(0).ack(100).len(0));
    d.peer(text(1).seq(99));
    d.expect(ACK.seq(0).ack(100).len(0));
    CHECK(d.connection().unread() == 100);
}

TEST_CASE("RFC 9293 §3.10.7.4, first: a duplicate with new text behind it gives the new text only") {
    Dialogue d = linux_established();
    d.peer(text(100));
    d.peer(text(150).seq(0));
    CHECK(d.read() == Result<Payload>{peers_stream(0, 150)});
    forget_acks(d);
}

TEST_CASE("RFC 2018 §4 [MAY-13]: the first SACK block holds the segment that caused the ACK, older ones follow") {
    Dialogue d = Dialogue::established(linux_uncompressed());
    d.peer(text(100).seq(100));
    d.expect(ACK.ack(0).sack(Blocks{{100, 200}}));
    d.peer(text(100).seq(300));
    d.expect(ACK.ack(0).sack(Blocks{{300, 400}, {100, 200}}));
    d.peer(text(100).seq(700));
    d.expect(ACK.ack(0).sack(Blocks{{700, 800}, {300, 400}, {100, 200}}));
    d.peer(text(100).seq(200));  // joins two blocks: the joined one is the most recent
    d.expect(ACK.ack(0).sack(Blocks{{100, 400}, {700, 800}}));
    d.peer(text(100).seq(0));
    d.expect(ACK.ack(400).sack(Blocks{{700, 800}}));
    d.peer(text(300).seq(400));
    d.expect(ACK.ack(800).sack(Blocks{}));
}

TEST_CASE("RFC 2018 §3: four blocks fit, three beside timestamps; none without SACK-permitted") {
    wire::Options without_sack = Dialogue::usual_options();
    without_sack.sack_permitted = false;
    struct Case {
        wire::Options peer;
        std::size_t blocks;
    };
    for (Case const& c :
         {Case{Dialogue::usual_options(), 4}, Case{Dialogue::with_timestamps(), 3}, Case{without_sack, 0}}) {
        CAPTURE(c.blocks);
        Dialogue d = Dialogue::established(linux_uncompressed(), 20ms, c.peer);
        Blocks newest_first;
        for (std::int64_t seq = 100; seq < 1100; seq += 200) {
            newest_first.insert(newest_first.begin(), {seq, seq + 100});
            d.peer(text(100).seq(seq));
            Blocks expected = newest_first;
            expected.resize(std::min(expected.size(), c.blocks));
            d.expect(ACK.ack(0).sack(expected));
        }
    }
}

TEST_CASE("RFC 9293 §3.8.6 [SHLD-14]: reading never moves the right window edge to the left") {
    Dialogue d = linux_established();
    auto const& rcv = d.connection().tcb().rcv;
    SeqNum edge = rcv.wup + rcv.wnd;
    for (int i = 0; i < 200; ++i) {
        std::uint32_t const left = static_cast<std::uint32_t>(std::max(edge - rcv.nxt, 0));
        d.peer(text(std::min<std::uint32_t>(left, 1460)));
        CHECK((rcv.wup + rcv.wnd).at_or_after(edge));
        edge = rcv.wup + rcv.wnd;
        if (i % 7 == 0) {
            CHECK(d.read(3000).ok());
            CHECK((rcv.wup + rcv.wnd).at_or_after(edge));
            edge = rcv.wup + rcv.wnd;
        }
    }
    forget_acks(d);
}

TEST_CASE(
    "RFC 9293 §3.8.6.2.2 [MUST-39]: a full buffer shuts the window; it opens by at least a segment, not by small "
    "amounts") {
    for (char const* name : {"linux", "bsd44"}) {
        CAPTURE(name);
        Dialogue d = Dialogue::established(profile_of(name));
        auto const& tcb = d.connection().tcb();
        for (int i = 0; i < 200 && tcb.rcv.wup + tcb.rcv.wnd != tcb.rcv.nxt; ++i) {
            d.peer(text(
                std::min<std::uint32_t>(1460, static_cast<std::uint32_t>(tcb.rcv.wup + tcb.rcv.wnd - tcb.rcv.nxt))));
            d.after(1s);
        }
        REQUIRE(tcb.rcv.wup + tcb.rcv.wnd == tcb.rcv.nxt);
        forget_acks(d);
        CHECK(d.read(100).ok());
        d.expect_silence();
        d.peer(ACK);  // nothing but an ACK is acceptable now; text is refused
        d.expect_silence();
        d.peer(text(1));
        d.expect(ACK.win(0), Why::acknowledge_unacceptable);
        while (d.pending() == 0) {
            REQUIRE(d.read(100).ok());
        }
        d.expect(ACK.len(0), Why::window_update);
        CHECK(tcb.rcv.wup + tcb.rcv.wnd - tcb.rcv.nxt >= tcb.rcv.mss);
    }
}

TEST_CASE("RFC 9293 §3.10.7.4 [SHLD-31]: a FIN beyond a hole waits until the hole is filled") {
    Dialogue d = linux_established();
    d.peer(FIN_ACK.seq(100));
    d.expect(ACK.ack(0));
    CHECK(d.state() == State::established);
    d.peer(text(100).seq(0));
    CHECK(d.state() == State::close_wait);
    CHECK(d.read() == Result<Payload>{peers_stream(0, 100)});
    CHECK(d.read() == Result<Payload>{Payload{}});
    d.after(200ms);
    forget_acks(d);
    CHECK(d.connection().tcb().rcv.wup == d.connection().tcb().rcv.nxt);
}

TEST_CASE("RFC 9293 §3.10.7.4, eighth: the stream ends at its FIN, whatever was received beyond it") {
    SUBCASE("text behind the FIN, before its turn: purged when that comes") {
        Dialogue d = linux_established();
        d.peer(FIN_ACK.seq(100));
        d.peer(text(50).seq(101));
        CHECK(d.connection().tcb().receive_queue.has_holes());
        d.peer(text(100).seq(0));
        CHECK(d.state() == State::close_wait);
        CHECK(d.read() == Result<Payload>{peers_stream(0, 100)});
        CHECK_FALSE(d.connection().tcb().receive_queue.has_holes());
        CHECK(d.connection().tcb().receiving_state->buffers.used() == 0);
        forget_acks(d);
    }
    SUBCASE("text beyond the FIN, purged with the FIN at RCV.NXT") {
        Dialogue d = linux_established();
        d.peer(text(50).seq(80));
        d.peer(FIN_ACK.seq(0));
        CHECK(d.state() == State::close_wait);
        CHECK_FALSE(d.connection().tcb().receive_queue.has_holes());
        CHECK(d.connection().tcb().receiving_state->buffers.used() == 0);
        forget_acks(d);
    }
    SUBCASE("a second FIN at another place") {
        Dialogue d = linux_established();
        d.peer(FIN_ACK.seq(100));
        d.peer(FIN_ACK.seq(300));
        d.peer(text(100).seq(0));
        CHECK(d.state() == State::close_wait);
        CHECK(d.connection().peer_finished());
        forget_acks(d);
    }
}

TEST_CASE("RFC 9293 §3.10.7.4, seventh: text after the peer's FIN is ignored") {
    Dialogue d = linux_established();
    d.peer(FIN_ACK);
    d.after(100ms);
    forget_acks(d);
    d.peer(text(10));
    CHECK(d.connection().unread() == 0);
    CHECK(d.state() == State::close_wait);
    d.expect_silence();
}

TEST_CASE("RFC 7323 §5.3: PAWS refuses an old timestamp, acknowledges, and takes a newer one") {
    Dialogue d = Dialogue::established(profile_of("linux"), 20ms, Dialogue::with_timestamps());
    std::uint32_t const recent = d.connection().tcb().timestamps.recent;
    d.peer(text(10).ts(recent + 100, 0));
    d.expect(ACK.ack(10));
    CHECK(d.connection().tcb().timestamps.recent == recent + 100);
    d.peer(text(10).ts(recent + 50, 0));
    d.expect(ACK.ack(10), Why::acknowledge_unacceptable);
    CHECK(d.connection().unread() == 10);
    d.peer(text(10).seq(10).ts(recent + 100, 0));
    CHECK(d.connection().unread() == 20);
    forget_acks(d);
}

TEST_CASE("RFC 7323 §4.3 (2): TS.Recent follows the segment that ends at the last ACK, not one beyond a hole") {
    Dialogue d = Dialogue::established(profile_of("linux"), 20ms, Dialogue::with_timestamps());
    std::uint32_t const recent = d.connection().tcb().timestamps.recent;
    d.peer(text(10).seq(100).ts(recent + 100, 0));
    CHECK(d.connection().tcb().timestamps.recent == recent);
    d.peer(text(100).seq(0).ts(recent + 50, 0));
    CHECK(d.connection().tcb().timestamps.recent == recent + 50);
    forget_acks(d);
}

TEST_CASE("RFC 7323 §4.3 (2): TS.Recent never goes back, not even by a RST, which PAWS does not check") {
    Dialogue d = Dialogue::established(profile_of("linux"), 20ms, Dialogue::with_timestamps());
    std::uint32_t const recent = d.connection().tcb().timestamps.recent;
    d.peer(RST.seq(-5).len(10).ts(recent - 1000, 0));
    CHECK(d.connection().tcb().timestamps.recent == recent);
    CHECK(d.state() == State::established);
    forget_acks(d);
}

TEST_CASE("RFC 7323 §2.2: both windows are scaled by what each side announced") {
    wire::Options options = Dialogue::usual_options();
    options.window_scale = 3;
    Dialogue d = Dialogue::established(profile_of("linux"), 20ms, options);
    d.peer(text(1).win(100));
    CHECK(d.connection().tcb().snd.wnd == 800);
    REQUIRE(d.pending() == 1);
    auto const& rcv = d.connection().tcb().rcv;
    CHECK(rcv.wscale == 10);  // recorded SYNs
    CHECK((std::uint32_t{d.front().segment.window} << rcv.wscale) == rcv.wnd);
    forget_acks(d);
}

TEST_CASE("RFC 9293 §3.9.1.3: a reader gets the same text whether it was pushed or not") {
    for (SegmentPattern const& kind : {ACK, PSH_ACK}) {
        CAPTURE(kind.flags);
        Dialogue d = Dialogue::established(profile_of("linux"));
        d.peer(kind.len(5));
        CHECK(d.read(3).value().size() == 3);
        d.peer(kind.len(5));
        CHECK(d.read().value().size() == 7);
        CHECK(d.read().error() == Errno::eagain);
    }
}

TEST_CASE(
    "Linux tcp_data_queue_ofo: a FIN beyond a hole is an octet like others, which a segment that covers it replaces") {
    SUBCASE("text that covers the FIN comes after it") {
        Dialogue d = linux_established();
        d.peer(FIN_ACK.seq(100));
        d.peer(text(50).seq(80));
        d.peer(text(80).seq(0));
        CHECK(d.state() == State::established);
        CHECK(d.read() == Result<Payload>{peers_stream(0, 130)});
        forget_acks(d);
    }
    SUBCASE("text that covers only a part of its segment does not") {
        Dialogue d = linux_established();
        d.peer(text(50).also(wire::Flags::fin).seq(50));
        d.peer(text(50).seq(80));
        d.peer(text(50).seq(0));
        CHECK(d.state() == State::close_wait);
        CHECK(d.read() == Result<Payload>{peers_stream(0, 100)});
        forget_acks(d);
    }
    SUBCASE("text that covers the FIN was there before it") {
        Dialogue d = linux_established();
        d.peer(text(50).seq(80));
        d.peer(FIN_ACK.seq(100));
        d.peer(text(80).seq(0));
        CHECK(d.state() == State::established);
        CHECK(d.read() == Result<Payload>{peers_stream(0, 130)});
        forget_acks(d);
    }
    SUBCASE("text that begins with its segment, or ends with it, was there before it") {
        for (std::int64_t const begin : {80, 110}) {
            CAPTURE(begin);
            Dialogue d = linux_established();
            d.peer(text(50).seq(80));
            d.peer(text(19).also(wire::Flags::fin).seq(begin));
            d.peer(text(80).seq(0));
            CHECK(d.state() == State::established);
            CHECK(d.read() == Result<Payload>{peers_stream(0, 130)});
            forget_acks(d);
        }
    }
    SUBCASE("joined to the text before it, it is covered with that only (tcp_ooo_try_coalesce)") {
        Dialogue d = linux_established();
        d.peer(text(50).seq(50));
        d.peer(FIN_ACK.seq(100));
        d.peer(text(60).seq(90));
        d.peer(text(50).seq(0));
        CHECK(d.state() == State::close_wait);
        CHECK(d.read() == Result<Payload>{peers_stream(0, 100)});
        forget_acks(d);
    }
    SUBCASE("the same FIN again changes nothing") {
        Dialogue d = linux_established();
        d.peer(FIN_ACK.seq(100));
        d.peer(FIN_ACK.seq(100));
        d.peer(text(100).seq(0));
        CHECK(d.state() == State::close_wait);
        forget_acks(d);
    }
}

TEST_CASE("Linux tcp_sack_reset: the FIN's ACK reports no duplicate") {
    Dialogue d = linux_established();
    d.peer(text(10).seq(0));
    forget_acks(d);
    d.peer(text(20).also(wire::Flags::fin).seq(0));
    CHECK(d.state() == State::close_wait);
    d.after(200ms);
    while (auto const sent = d.take()) {
        CHECK(wire::decode(sent->segment.options).sack.empty());
    }
}

TEST_CASE("Linux tcp_comp_sack_nr: at each hole three duplicate ACKs go at once") {
    Dialogue d = linux_established();
    for (std::int64_t const hole : {0, 110}) {
        CAPTURE(hole);
        for (std::int64_t i = 1; i <= 5; ++i) {
            d.peer(text(10).seq(hole + 20 * i));
        }
        CHECK(d.pending() == 3);
        d.after(10ms);
        d.peer(text(100).seq(hole));
        d.after(10ms);
        d.set_quick_ack(0);  // the first text in order let some go at once
        forget_acks(d);
    }
}
