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
