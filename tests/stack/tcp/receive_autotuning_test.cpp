// Linux's receive-buffer autotuning: what is read in a round trip decides the buffer (tcp_rcv_space_adjust, tcp_rcvbuf_grow).
#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t mss = 1448;
constexpr std::uint32_t share = mss * 256 / 2176;  // text in a packet's memory

void forget_acks(Dialogue& d) {
    while (d.pending() > 0) {
        d.expect(ACK);
    }
}

/// So many full segments at once, all read; then a round trip goes by.
void round_of(Dialogue& d, int segments) {
    for (int i = 0; i < segments; ++i) {
        d.peer(text(mss));
        d.drain();
    }
    forget_acks(d);
    d.after(20ms);
}

Dialogue reader(profile::Profile profile) {
    return Dialogue::established(std::move(profile), 20ms, Dialogue::with_timestamps());
}

/// tcp_rcvbuf_grow, by the letter: twice what was read, and twice as much again as it grew.
std::uint32_t wanted(std::uint64_t read, std::uint64_t before) {
    std::uint64_t const window = 2 * read + 2 * (2 * read * (read - before) / before);
    return static_cast<std::uint32_t>(window * 256 / share);
}

tcp::ReceiveAutotuning const& tuning(Dialogue const& d) { return d.connection().tcb().receiving_state->autotuning; }

}  // namespace

TEST_CASE("Linux tcp_rcv_rtt_measure: without timestamps the round trip is what an offered window takes") {
    profile::Profile profile = profile_of("linux");
    profile.buffers.receive_default.value = profile.buffers.receive_max.value = 32'768;
    Dialogue d = Dialogue::established(profile);
    std::uint32_t const window = d.connection().tcb().rcv.wnd;
    d.peer(text(1460));
    CHECK(tuning(d).round_trip == 0);
    d.drain();
    d.after(35ms);
    std::uint32_t arrived = 0;
    for (; arrived + 1460 < window; arrived += 1460) {
        d.peer(text(1460));
        d.drain();
        CHECK(tuning(d).round_trip == 0);
    }
    d.peer(text(1460));
    CHECK(tuning(d).round_trip == 8 * 35'000);
    forget_acks(d);
}

TEST_CASE(
    "Linux tcp_rcv_rtt_update: the least sample at once, a longer one by an eighth, if nothing waits to be read") {
    Dialogue d = reader(profile_of("linux"));
    d.write(100);
    forget_acks(d);
    d.after(20ms);
    d.peer(text(mss));
    CHECK(tuning(d).round_trip == 8 * 20'000);
    d.drain();
    d.write(100);
    forget_acks(d);
    d.after(10ms);
    d.peer(text(mss));
    CHECK(tuning(d).round_trip == 8 * 10'000);
    for (bool const waits : {true, false}) {
        std::uint32_t const before = tuning(d).round_trip;
        d.write(100);
        forget_acks(d);
        d.after(18ms);
        d.peer(text(mss));
        CHECK(tuning(d).round_trip == (waits ? before : before - before / 8 + 18'000));
        d.drain();
    }
}

TEST_CASE("Linux tcp_rcv_space_adjust: a reader who takes more in a round trip has a larger buffer, by the formula") {
    Dialogue d = reader(profile_of("linux"));
    constexpr std::uint32_t initial = 10 * mss;  // tcp_init_buffer_space
    d.write(100);
    forget_acks(d);
    d.after(20ms);
    round_of(d, 40);
    std::uint32_t const first = d.connection().tcb().receive_buffer;
    CHECK(first == 131'072);
    CHECK(tuning(d).space == initial);
    round_of(d, 1);  // a round trip later what was read is counted
    std::uint32_t const read = tuning(d).space;
    CHECK(read > initial);
    CHECK(read <= 41 * mss);
    CHECK(d.connection().tcb().receive_buffer == wanted(read, initial));
    // tcp_rcvbuf_grow: the clamp follows.
    CHECK(d.connection().tcb().receiving_state->window_clamp == d.connection().tcb().receive_buffer * share / 256);
}

TEST_CASE("Linux tcp_rcvbuf_grow: tcp_moderate_rcvbuf and tcp_rmem's third value limit it") {
    for (bool const tuned : {false, true}) {
        CAPTURE(tuned);
        profile::Profile profile = profile_of("linux");
        profile.buffers.receive_autotuned.value = tuned;
        profile.buffers.receive_max.value = 200'000;
        Dialogue d = reader(profile);
        d.write(100);
        forget_acks(d);
        d.after(20ms);
        round_of(d, 40);
        round_of(d, 1);
        CHECK(d.connection().tcb().receive_buffer == (tuned ? 200'000 : 131'072));
    }
}

TEST_CASE("Linux tcp_rcv_space_adjust: a reader who takes no more than before leaves the buffer as it is") {
    Dialogue d = reader(profile_of("linux"));
    d.write(100);
    forget_acks(d);
    d.after(20ms);
    for (int i = 0; i < 5; ++i) {
        round_of(d, 10);
    }
    CHECK(d.connection().tcb().receive_buffer == 131'072);
}
