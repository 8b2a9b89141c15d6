// RFC 7323 §4.3 and §5: TS.Recent, and what an old timestamp means.
#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::State;
using tcp::Why;

namespace {

constexpr char const* both[] = {"linux", "bsd44"};

Dialogue with_timestamps(profile::Profile profile) {
    return Dialogue::established(std::move(profile), 20ms, Dialogue::with_timestamps());
}

std::uint32_t recent(Dialogue const& d) { return d.connection().tcb().timestamps.recent; }

void forget_acks(Dialogue& d) {
    while (d.pending() > 0) {
        d.expect(ACK);
    }
}

}  // namespace

TEST_CASE("RFC 7323 §5.3 R1: text older than TS.Recent is acknowledged and dropped; Linux tolerates one tick") {
    for (char const* name : both) {
        for (std::uint32_t const behind : {0U, 1U, 2U, 0x7fff'ffffU}) {
            CAPTURE(name);
            CAPTURE(behind);
            Dialogue d = with_timestamps(profile_of(name));
            int const tolerance = d.profile().validation.paws_tolerance.value;
            CHECK(tolerance == (name == both[0] ? 1 : 0));
            bool const good = behind <= static_cast<std::uint32_t>(tolerance);
            std::uint32_t const before = recent(d);
            d.peer(text(10).ts(before - behind, 0));
            CHECK(d.connection().unread() == (good ? 10 : 0));
            CHECK(recent(d) == before);  // never goes back
            if (!good) {
                d.expect(ACK.ack(0).len(0), Why::acknowledge_unacceptable);
            }
            forget_acks(d);
        }
    }
}

TEST_CASE("RFC 7323 §5.5: after 24 days without news any timestamp is good, and TS.Recent is what it says") {
    for (char const* name : both) {
        for (bool const long_enough : {false, true}) {
            CAPTURE(name);
            CAPTURE(long_enough);
            profile::Profile profile = profile_of(name);
            Dialogue d = with_timestamps(profile);
            std::uint32_t const old = recent(d) - 1000;
            d.after(24 * 24h - (long_enough ? 0s : 1s));  // in whole seconds
            d.peer(text(10).ts(old, 0));
            CHECK(d.connection().unread() == (long_enough ? 10 : 0));
            CHECK((recent(d) == old) == long_enough);
            forget_acks(d);
        }
    }
}

TEST_CASE("RFC 7323 §5.2: a RST is believed whatever its timestamp, and does not move TS.Recent") {
    for (char const* name : both) {
        CAPTURE(name);
        Dialogue d = with_timestamps(profile_of(name));
        std::uint32_t const before = recent(d);
        d.peer(RST.ts(before - 1000, 0));
        CHECK(d.state() == State::closed);
        CHECK(recent(d) == before);
    }
}

TEST_CASE(
    "RFC 7323 §3.2: a segment without the agreed timestamp is dropped in silence by policy; Linux and 4.4BSD take it") {
    for (bool const drops : {false, true}) {
        CAPTURE(drops);
        profile::Profile profile = profile_of("linux");
        CHECK(profile.validation.missing_timestamp.value == profile::MissingTimestamp::accept);
        if (drops) {
            profile.validation.missing_timestamp.value = profile::MissingTimestamp::drop;
        }
        Dialogue d = with_timestamps(profile);
        d.peer(text(10).without_ts());
        CHECK(d.connection().unread() == (drops ? 0 : 10));
        if (drops) {
            d.expect_silence();
            d.peer(RST.seq(0));  // §3.2 excepts it
            CHECK(d.state() == State::closed);
        }
        forget_acks(d);
    }
}

TEST_CASE("RFC 7323 §4.3 (2): TS.Recent takes the segment that begins at or before Last.ACK.sent, and no later one") {
    Dialogue d = with_timestamps(profile_of("linux"));
    std::uint32_t const before = recent(d);
    d.peer(text(10).seq(1).ts(before + 100, 0));
    CHECK(recent(d) == before);
    d.peer(text(11).seq(0).ts(before + 50, 0));
    CHECK(recent(d) == before + 50);
    forget_acks(d);
}

TEST_CASE("Linux tcp_ack: a segment whose ACK is refused does not move TS.Recent") {
    Dialogue d = with_timestamps(profile_of("linux"));
    std::uint32_t const before = recent(d);
    d.peer(ACK.ack(1).ts(before + 100, 0));
    CHECK(recent(d) == before);
    d.peer(ACK.ack(-static_cast<std::int64_t>(d.connection().tcb().snd.max_wnd) - 1).ts(before + 100, 0));
    CHECK(recent(d) == before);
    d.peer(ACK.ack(0).ts(before + 100, 0));
    CHECK(recent(d) == before + 100);
    forget_acks(d);
}

TEST_CASE(
    "Linux tcp_disordered_ack: a pure ACK that was overtaken is dropped in silence, one at RCV.NXT without news is "
    "taken") {
    Dialogue d = with_timestamps(profile_of("linux"));
    std::uint32_t const now = recent(d) + 1000;
    d.peer(text(10).ts(now, 0));
    forget_acks(d);
    d.peer(ACK.seq(0).ts(now - 100, 0));
    d.expect_silence();
    CHECK(d.count_notes<tcp::SegmentRefused>() == 1);
    d.peer(ACK.seq(10).ts(now, 0));  // SND.WL1
    d.peer(ACK.seq(10).ts(now - 100, 0));
    d.expect_silence();
    CHECK(d.count_notes<tcp::SegmentRefused>() == 1);
    CHECK(d.connection().tcb().snd.wnd == 512U << 7U);
}

TEST_CASE("Linux tcp_disordered_ack: an old ACK that would move the window is refused with an answer") {
    struct Case {
        std::int64_t wl1;
        std::uint16_t window;  ///< of the old one; the new ones have 512
        bool refused;
    };
    for (Case const c :
         {Case{0, 512, true}, Case{10, 512, false}, Case{10, 511, false}, Case{10, 513, true}, Case{10, 0, true}}) {
        CAPTURE(c.wl1);
        CAPTURE(c.window);
        Dialogue d = with_timestamps(profile_of("linux"));
        std::uint32_t const now = recent(d) + 1000;
        d.peer(text(10).ts(now, 0));
        if (c.wl1 > 0) {
            d.peer(ACK.seq(c.wl1).ts(now, 0));
        }
        forget_acks(d);
        d.peer(ACK.seq(10).ts(now - 100, 0).win(c.window));
        if (c.refused) {
            d.expect(ACK.len(0), Why::acknowledge_unacceptable);
        }
        d.expect_silence();
        CHECK(d.count_notes<tcp::SegmentRefused>() == (c.refused ? 1 : 0));
    }
}

TEST_CASE("Linux tcp_tsval_replay: a pure ACK may be as old as one timeout of a clock with 1200 ticks a second") {
    for (bool const too_old : {false, true}) {
        CAPTURE(too_old);
        Dialogue d = with_timestamps(profile_of("linux"));
        auto const timeout = static_cast<std::uint32_t>(d.connection().tcb().rtt.rto(profile_of("linux")) /
                                                        std::chrono::milliseconds{1});
        std::uint32_t const now = recent(d) + 10'000;
        d.peer(text(10).ts(now, 0));
        d.peer(ACK.seq(10).ts(now, 0));
        forget_acks(d);
        d.peer(ACK.seq(10).ts(now - timeout * 1200 / 1000 - (too_old ? 1U : 0U), 0));
        CHECK(d.count_notes<tcp::SegmentRefused>() == (too_old ? 1 : 0));
        forget_acks(d);
    }
}

TEST_CASE(
    "Linux tcp_validate_incoming: a SYN with an old timestamp is challenged; pure ACKs are answered at the limited "
    "rate") {
    Dialogue d = with_timestamps(profile_of("linux"));
    std::uint32_t const now = recent(d);
    d.peer(SYN.seq(100).ts(now - 1000, 0));
    d.expect(ACK.len(0), Why::challenge_ack);
    d.peer(ACK.seq(5).ts(now - 1000, 0));
    d.expect_silence();
    d.after(500ms);
    d.peer(ACK.seq(5).ts(now - 1000, 0));
    d.expect(ACK.len(0), Why::acknowledge_unacceptable);
}

TEST_CASE("Linux tcp_check_req: an ACK whose TSecr is of none of its SYN,ACKs does not complete a request") {
    Dialogue d = Dialogue::syn_received(profile_of("linux"), Dialogue::with_timestamps());
    auto const clock = [&] {
        return d.connection().tcb().timestamps.offset + static_cast<std::uint32_t>(d.now().time_since_epoch() / 1ms);
    };
    d.expect(SYN_ACK);
    std::uint32_t const first = clock();
    d.after(1s);
    d.expect(SYN_ACK);  // repeated: from now on what either says may be echoed
    std::uint32_t const last = clock();
    std::uint32_t const newer = recent(d) + 1;
    for (std::uint32_t const echo : {first - 1, last + 1}) {
        d.after(510ms);  // such answers are limited
        d.peer(text(10).seq(1).ts(newer, echo));
        d.expect(ACK.seq(1).ack(1));
        CHECK(d.state() == State::syn_received);
    }
    d.peer(ACK.seq(1).ts(newer, first));
    CHECK(d.state() == State::established);
}
