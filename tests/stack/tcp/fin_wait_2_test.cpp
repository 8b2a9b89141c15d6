#include "stack/tcp/window.hpp"
#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::State;
using tcp::Why;

namespace {

struct Setup {
    char const* fin_timeout{"60"};
    tcp::Seconds linger2{0};
    Duration rtt{20ms};
};

Dialogue open(Setup const& setup) {
    profile::Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, "tcp_fin_timeout", setup.fin_timeout));
    Dialogue d = Dialogue::established(p, setup.rtt);
    d.change_options([&](tcp::UserOptions& options) { options.linger2 = setup.linger2; });
    return d;
}

/// close(), then the ACK of the FIN – or the other way round.
Dialogue orphan(Setup const& setup, bool close_first) {
    Dialogue d = open(setup);
    if (close_first) {
        d.close();
    } else {
        d.shutdown();
    }
    d.expect(FIN_ACK.seq(0));
    d.after(setup.rtt).peer(ACK.ack(1));
    if (!close_first) {
        d.expect_silence_for(10min);
        d.close();
    }
    return d;
}

}  // namespace

TEST_CASE("Linux tcp_fin_time: TCP_LINGER2, else tcp_fin_timeout, at least 3.5 RTO; above 60 s the excess twice") {
    struct Case {
        Setup setup{};
        Duration lasts{};
    };
    // 3 s, 5 s, and 10 s and 10 s were measured. At an RTT of 600 ms the RTO is 1.8 s.
    for (Case const& c : {Case{{"3"}, 3s}, Case{{"3", 5s}, 5s}, Case{{"60"}, 60s}, Case{{"70"}, 20s},
                          Case{{"3", 70s}, 20s}, Case{{"3", 500s}, 120s}, Case{{"120"}, 120s}, Case{{"61"}, 2s},
                          Case{{"3", 0s, 600ms}, 6300ms}, Case{{"7", 0s, 600ms}, 7s}}) {
        for (bool const close_first : {true, false}) {
            CAPTURE(c.setup.fin_timeout);
            CAPTURE(c.setup.linger2.count());
            CAPTURE(close_first);
            Dialogue d = orphan(c.setup, close_first);
            d.expect_silence_for(c.lasts - 1ns);
            CHECK(d.state() == State::fin_wait_2);
            d.expect_silence_for(1ns);
            CHECK(d.state() == State::closed);
        }
    }
}

TEST_CASE("Linux TCP_LINGER2 below zero: no FIN-WAIT-2; a close() in it resets, an ACK that leads to it is reset") {
    Dialogue acknowledged = orphan({"60", -1s}, true);
    acknowledged.expect(RST.seq(1), Why::aborted);
    CHECK(acknowledged.state() == State::closed);
    acknowledged.expect_silence_for(1h);
    Dialogue closed = orphan({"60", -1s}, false);
    closed.expect(RST_ACK.seq(1).ack(0), Why::aborted);
    CHECK(closed.state() == State::closed);
    closed.expect_silence_for(1h);
}

TEST_CASE("Linux: an orphan in FIN-WAIT-2 is not asked by keepalive, whose timer it shares") {
    Dialogue d = open({});
    d.change_options([](tcp::UserOptions& options) {
        options.keepalive = true;
        options.keepalive_idle = 1s;
    });
    d.close();
    d.expect(FIN_ACK.seq(0));
    d.peer(ACK.ack(1));
    d.expect_silence_for(60s);
    CHECK(d.state() == State::closed);
}

TEST_CASE("FIN-WAIT-2 of an orphan takes the peer's FIN and becomes TIME-WAIT") {
    Dialogue d = orphan({"3"}, true);
    d.after(3s - 1ns).peer(FIN_ACK);
    d.expect(ACK.seq(1).ack(1));
    CHECK(d.state() == State::time_wait);
    d.expect_silence_for(60s - 1ns);
    CHECK(d.state() == State::time_wait);
}

TEST_CASE("Linux tcp_timewait_state_process: a RST anywhere in the window ends an orphan's FIN-WAIT-2 without a word") {
    for (std::int64_t const seq : {std::int64_t{0}, std::int64_t{1000}}) {
        Dialogue d = orphan({}, true);
        d.peer(RST.seq(seq));
        d.expect_silence();
        CHECK(d.state() == State::closed);
        CHECK(d.connection().error() == Errno::none);
    }
}

TEST_CASE("Linux tcp_timewait_state_process: what lies outside of an orphan's window is acknowledged, even a RST") {
    Dialogue const before = orphan({}, true);
    std::int64_t const wnd = tcp::window_left(before.connection().tcb());
    REQUIRE(wnd > 1);
    struct Case {
        SegmentPattern segment{};
        bool outside{};
    };
    for (Case const& c : {Case{RST.seq(wnd), false}, Case{RST.seq(wnd + 1), true}, Case{RST.seq(-1), true},
                          Case{ACK.seq(wnd).ack(1), false}, Case{ACK.seq(wnd + 1).ack(1), true},
                          Case{ACK.seq(-1).ack(1), true}, Case{FIN_ACK.seq(-1).ack(1), true},
                          Case{text(10).seq(-10).ack(1), true}, Case{SYN.seq(wnd), true}, Case{SYN.seq(-50), true}}) {
        Dialogue d = orphan({}, true);
        d.peer(c.segment);
        if (c.outside) {
            d.expect(ACK.seq(1).ack(0));
            CHECK(d.state() == State::fin_wait_2);
        }
        d.expect_silence();
    }
}

TEST_CASE("Linux tcp_timewait_state_process: a SYN, text, or a FIN beyond a hole resets an orphan in FIN-WAIT-2") {
    for (SegmentPattern const& segment :
         {SYN_ACK.seq(0).ack(1), SYN_ACK.seq(1000).ack(1), FIN_ACK.seq(1).ack(1), FIN_ACK.seq(100).ack(1),
          FIN_ACK.seq(0).ack(1).len(1), text(1).seq(0).ack(1), text(2).seq(-1).ack(1), text(1).seq(5).ack(1)}) {
        Dialogue d = orphan({}, true);
        d.peer(segment);
        d.expect(RST.seq(1));
        d.expect_silence();
        CHECK(d.state() == State::closed);
    }
    Dialogue d = orphan({}, true);
    d.peer(SYN.seq(1000));
    CHECK(d.pending() == 1);
    CHECK(d.front().segment.flags == wire::Flags{wire::Flags::rst | wire::Flags::ack});
    CHECK(d.state() == State::closed);
}

TEST_CASE("Linux tcp_timewait_state_process: an ACK of nothing new, or what has none, changes nothing for an orphan") {
    for (SegmentPattern const& segment :
         {ACK.seq(0).ack(1), ACK.seq(0).ack(500), ACK.seq(5).ack(1), NOTHING.seq(0).len(5)}) {
        Dialogue d = orphan({"3"}, true);
        d.after(1s);
        d.peer(segment);
        d.expect_silence_for(2s - 1ns);
        CHECK(d.state() == State::fin_wait_2);
        d.expect_silence_for(1ns);
        CHECK(d.state() == State::closed);
    }
}

TEST_CASE("Linux: FIN-WAIT-2 that a program holds answers by RFC 5961, and has a queue") {
    Dialogue d = open({});
    d.shutdown();
    d.expect(FIN_ACK.seq(0));
    d.peer(ACK.ack(1));
    d.peer(RST.seq(1000));
    d.expect(ACK.seq(1).ack(0), Why::challenge_ack);
    d.peer(FIN_ACK.seq(100).ack(1));
    d.expect(ACK.seq(1).ack(0));
    CHECK(d.state() == State::fin_wait_2);
}

TEST_CASE("Linux: an orphan's FIN-WAIT-2 refuses old timestamps, and its FIN brings TS.Recent forward") {
    Dialogue d = Dialogue::established(profile_of("linux"), 20ms, Dialogue::with_timestamps());
    d.close();
    d.expect(FIN_ACK.seq(0));
    d.peer(ACK.ack(1));
    std::uint32_t const recent = d.connection().tcb().timestamps.recent;
    d.peer(FIN_ACK.seq(0).ack(1).ts(recent - 1, 0));
    d.expect(ACK.seq(1).ack(0));
    CHECK(d.state() == State::fin_wait_2);
    d.peer(FIN_ACK.seq(0).ack(1).ts(recent + 7, 0));
    d.expect(ACK.seq(1).ack(1));
    CHECK(d.state() == State::time_wait);
    CHECK(d.connection().tcb().timestamps.recent == recent + 7);
}

TEST_CASE("4.4BSD tcp_maxidle: ten minutes and one interval of keepalive, whatever TCP_LINGER2 might say") {
    Dialogue d = Dialogue::established(profile_of("bsd44"));
    d.change_options([](tcp::UserOptions& options) { options.linger2 = -1s; });
    d.close();
    d.expect(FIN_ACK.seq(0));
    d.peer(ACK.ack(1));
    d.expect_silence_for(8 * 75s + 75s - 1ns);
    CHECK(d.state() == State::fin_wait_2);
    d.expect_silence_for(1ns);
    CHECK(d.state() == State::closed);
}
