// Linux's packets of several segments, as recorded: which segments leave together, and which carry PSH.
#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t mss = 1460;

/// What has come out, a letter per segment: P with PSH, a full one without, s a short one without.
std::string shape(Dialogue& d) {
    std::string text;
    while (auto const emit = d.take()) {
        bool const push = emit->segment.flags.has(wire::Flags::psh);
        text += push ? 'P' : emit->segment.payload.size() < mss ? 's' : '.';
    }
    return text;
}

Dialogue established(std::string const& system, Duration rtt) {
    Dialogue d = Dialogue::established(profile_of(system), rtt);
    d.peer(ACK.win(512));  // 64 KiB at scale 7
    (void)shape(d);
    return d;
}

}  // namespace

TEST_CASE("Linux tcp_tso_autosize: at RTT 20 ms segments leave in pairs, the second with PSH (recorded)") {
    Dialogue d = established("linux", 20ms);
    d.write(10 * mss);
    CHECK(shape(d) == ".P.P.P.P.P");
}

TEST_CASE("Linux tcp_cwnd_test: over a short path half a window leaves at once (recorded at RTT 1 ms)") {
    Dialogue d = established("linux", 1ms);
    d.write(10 * mss);
    CHECK(shape(d) == "....P....P");
}

TEST_CASE("Linux: an odd segment at the end of a write is pushed; in the middle of one it is not") {
    Dialogue d = established("linux", 20ms);
    d.write(3 * mss);
    CHECK(shape(d) == ".PP");
    Dialogue more = established("linux", 20ms);
    more.write(mss);
    CHECK(shape(more) == "P");
    more.write(30 * mss);
    CHECK(shape(more) == ".P.P.P.P.");  // nine of ten: the last one alone, and its write goes on
}

TEST_CASE("Linux: a repetition has the PSH that ends a write, not the one that ended a packet") {
    Dialogue d = established("linux", 20ms);
    d.write(2 * mss);
    CHECK(shape(d) == ".P");
    d.peer(ACK.ack(mss));
    d.after(400ms);
    CHECK(shape(d).front() == 'P');
    Dialogue middle = established("linux", 20ms);
    middle.write(30 * mss);
    CHECK(shape(middle) == ".P.P.P.P.P");
    middle.peer(ACK.ack(mss));
    (void)shape(middle);
    middle.after(20ms);
    middle.peer(ACK.ack(9 * mss));
    (void)shape(middle);
    auto const& sent = middle.connection().tcb().send_queue.sent();
    CHECK((sent.front().control & wire::Flags::psh) == 0);
}

TEST_CASE("4.4BSD tcp_output: segments leave one by one, PSH where one empties the send buffer") {
    Dialogue d = established("bsd44", 20ms);
    d.write(mss / 2);
    CHECK(shape(d) == "P");
}

TEST_CASE("Linux tcp_tso_should_defer: with room for one segment it waits for the ACK that brings a second") {
    Dialogue d = established("linux", 20ms);
    d.write(30 * mss);
    CHECK(shape(d) == ".P.P.P.P.P");
    d.after(20ms);
    // Slow start: an ACK of one segment makes room for two.
    d.peer(ACK.ack(mss));
    CHECK(shape(d) == ".P");
    CHECK(d.connection().tcb().packets != nullptr);
    CHECK(d.connection().unacknowledged() == 29 * mss);
}

TEST_CASE("Linux: nothing is remembered of packets once everything is sent") {
    Dialogue d = established("linux", 20ms);
    CHECK(d.connection().tcb().packets == nullptr);
    d.write(30 * mss);
    CHECK(d.connection().tcb().packets != nullptr);
    Dialogue small = established("linux", 20ms);
    small.write(3 * mss);
    CHECK(small.connection().tcb().packets == nullptr);
}

TEST_CASE(
    "Linux tcp_grow_skb: a packet that waits takes in those behind it, and their PSH is at its end "
    "(zero_window_probes_alive)") {
    constexpr std::uint32_t written = 1000;
    Dialogue d = Dialogue::syn_sent(profile_of("linux"));
    d.after(20ms);
    d.peer(SYN_ACK.seq(0).ack(1).mss(mss).win(2 * mss));  // packets are half as long as the largest window: one segment
    (void)shape(d);
    for (int i = 0; i < 8; ++i) {
        d.write(written);
    }
    CHECK(shape(d) == "P.");  // the first write, and a full packet of the next two
    d.after(20ms);
    d.peer(ACK.seq(1).ack(1 + written + mss).win(2 * mss));
    CHECK(shape(d) == ".P");
    d.peer(ACK.seq(1).ack(1 + written + 2 * mss).win(mss));
    d.after(1s);
    CHECK(shape(d).front() == 'P');  // no write ended there
}

TEST_CASE(
    "Linux tcp_update_pacing_rate: an ACK sets how large packets are, an idle time that takes the window back does not "
    "(idle_3s_then_burst)") {
    Dialogue d = established("linux", 20ms);
    auto const& tcb = d.connection().tcb();
    while (tcb.congestion.cwnd() < 60) {  // slow start
        d.write(tcb.congestion.cwnd() * mss);
        d.after(20ms);
        (void)shape(d);
        d.peer(ACK.ack(static_cast<std::int64_t>(tcb.snd.nxt - tcb.snd.iss) - 1));
    }
    // Twice the window per round trip: in a 1024th of a second five segments and more; half of the new window leaves at once.
    REQUIRE(2 * tcb.congestion.cwnd() * 1000 / 20 / 1024 >= 5);
    d.after(10s);
    d.write(10 * mss);
    CHECK(tcb.congestion.cwnd() == 10);
    CHECK(shape(d) == "....P....P");
}

TEST_CASE("Linux tcp_mss_split_point: behind full segments the rest of the window is used, unless Nagle holds it") {
    constexpr std::uint32_t units = 13, unit = 128;  // at scale 7
    constexpr std::uint32_t rest = units * unit - mss;
    SUBCASE("nothing is outstanding") {
        Dialogue d = established("linux", 20ms);
        d.peer(text(1));
        d.peer(text(1).win(units));  // a smaller window counts with new text
        (void)shape(d);
        d.write(10'000);
        d.expect(text(mss));
        d.expect(text(rest).seq(mss));
        d.expect_silence();
    }
    for (bool const no_delay : {false, true}) {
        CAPTURE(no_delay);
        Dialogue d = established("linux", 20ms);
        d.peer(text(1));
        d.peer(text(1).win(units));  // a smaller window counts with new text
        (void)shape(d);
        if (no_delay) {
            d.set_no_delay();
        }
        d.write(10);  // small, and outstanding
        d.expect(text(10));
        d.write(10'000);
        d.expect(text(mss).seq(10));
        if (no_delay) {
            d.expect(text(rest - 10).seq(10 + mss));
        }
        d.expect_silence();
    }
}
