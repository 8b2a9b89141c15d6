// How the receive window grows and shrinks on Linux. Numbers are measured on Linux 6.18 or follow from its rules:
// window = memory * share / 256, share = text * 256 / memory of the first full-sized packet, 128 before.
#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::Why;

namespace {

constexpr std::uint32_t mss = 1448;
constexpr std::uint32_t cost = 2176;               // of a packet with so much text, measured
constexpr std::uint32_t share = mss * 256 / cost;  // 170

/// Linux with a buffer of so many bytes that does not grow; timestamps, so that segments are as measured.
Dialogue with_buffer(int bytes) {
    profile::Profile profile = profile_of("linux");
    profile.buffers.receive_default.value = bytes;
    profile.buffers.receive_max.value = bytes;
    return Dialogue::established(profile, 20ms, Dialogue::with_timestamps());
}

SegmentPattern write_of(std::uint32_t length) { return PSH_ACK.len(length); }

std::uint32_t left(Dialogue const& d) {
    tcp::ReceiveSequence const& rcv = d.connection().tcb().rcv;
    return static_cast<std::uint32_t>(rcv.wup + rcv.wnd - rcv.nxt);
}

void forget_acks(Dialogue& d) {
    while (d.pending() > 0) {
        d.expect(ACK);
    }
}

/// Reads everything and lets the ACKs go.
void read_all(Dialogue& d) {
    d.drain();
    forget_acks(d);
}

}  // namespace

TEST_CASE("Linux tcp_win_from_space: SO_RCVBUF 16384, nobody reads: 18824, 18824, 17376, … as measured") {
    Dialogue d = with_buffer(32'768);
    constexpr std::array<std::uint16_t, 6> measured{18'824, 18'824, 17'376, 15'928, 14'480, 13'032};
    for (std::uint16_t const window : measured) {
        d.peer(write_of(mss));
        d.expect(ACK.win(window));
        d.after(3ms);
    }
}

TEST_CASE(
    "Linux tcp_init_buffer_space: before there is text, a window of half the buffer less one segment can be offered") {
    Dialogue d = with_buffer(32'768);
    CHECK(d.connection().tcb().rcv.ssthresh == 32'768 / 2 - mss);
    Dialogue usual = Dialogue::established(profile_of("linux"), 20ms, Dialogue::with_timestamps());
    CHECK(usual.connection().tcb().rcv.ssthresh == 131'072 / 2 - mss);  // 64088, measured
}

TEST_CASE("Linux tcp_grow_window: two segments at a time, up to what the memory is worth, measured: 79640 after 22") {
    Dialogue d = Dialogue::syn_received(profile_of("linux"), Dialogue::with_timestamps());
    d.expect(SYN_ACK.win(65'160));
    d.peer(ACK.ack(1));
    CHECK(d.connection().tcb().rcv.ssthresh == 64'088);
    std::uint32_t ssthresh = 65'160;  // tcp_set_window_clamp: what was offered already counts
    for (std::uint32_t packets = 1; packets <= 22; ++packets) {
        d.peer(write_of(mss));
        std::uint32_t const buffers = 1 + (packets - 1) / 18;
        std::uint32_t const used = packets * (cost - 256) + buffers * 256;
        CHECK(d.connection().tcb().receiving_state->buffers.used() == used);
        std::uint32_t const free = (131'072 - used) * share / 256;
        ssthresh = std::max(ssthresh, std::min(free, ssthresh + 2 * mss));
        CHECK(d.connection().tcb().rcv.ssthresh == ssthresh);
        d.after(4ms);
    }
    CHECK(ssthresh == 79'640);
    forget_acks(d);
}

TEST_CASE("Linux tcp_event_data_recv: segments of less than 128 bytes let no window grow") {
    for (std::uint32_t const length : {127U, 128U}) {
        CAPTURE(length);
        Dialogue d = Dialogue::established(profile_of("linux"));
        d.peer(write_of(1460));
        read_all(d);
        std::uint32_t const before = d.connection().tcb().rcv.ssthresh;
        d.peer(write_of(length));
        // __tcp_grow_window: the window is so small that the overhead does not matter yet.
        CHECK(d.connection().tcb().rcv.ssthresh == (length < 128 ? before : before + 2 * 1460));
        forget_acks(d);
    }
}

TEST_CASE("Linux tcp_grow_window: that more may be offered hurries one ACK, though the quick ACKs are used up") {
    Dialogue d = Dialogue::established(profile_of("linux"));
    do {
        d.peer(write_of(100));
        d.drain();
    } while (d.connection().tcb().delayed_ack.quick > 0);
    forget_acks(d);
    d.peer(write_of(127));
    d.expect_silence();
    read_all(d);
    std::uint32_t const before = d.connection().tcb().rcv.ssthresh;
    d.peer(write_of(1460));
    CHECK(d.connection().tcb().rcv.ssthresh > before);
    d.expect(ACK, Why::acknowledge_at_once);  // nobody has read
}

TEST_CASE(
    "Linux tcp_measure_rcv_mss: two segments of one shorter size in a row that end nothing are the segment size") {
    for (bool const pushed : {false, true}) {
        CAPTURE(pushed);
        Dialogue d = Dialogue::established(profile_of("linux"));
        d.peer(text(1460));
        CHECK(d.connection().tcb().rcv.mss == 1460);
        d.peer(pushed ? write_of(200) : text(200));
        CHECK(d.connection().tcb().rcv.mss == 1460);
        d.peer(pushed ? write_of(200) : text(200));
        CHECK(d.connection().tcb().rcv.mss == (pushed ? 1460 : 200));
        forget_acks(d);
    }
    Dialogue d = Dialogue::established(profile_of("linux"));
    d.peer(text(1460));
    for (std::uint32_t const length : {535U, 535U}) {
        d.peer(write_of(length));
        CHECK(d.connection().tcb().rcv.mss == 1460);
    }
    for (std::uint32_t const length : {536U, 537U, 536U}) {  // as long as everybody's: PSH or not
        d.peer(write_of(length));
        CHECK(d.connection().tcb().rcv.mss == 1460);
    }
    d.peer(write_of(536));
    CHECK(d.connection().tcb().rcv.mss == 536);
    forget_acks(d);
}

TEST_CASE("Linux __tcp_select_window: below half of the buffer no ACK is quick, below a segment the window shuts") {
    Dialogue d = with_buffer(32'768);
    std::uint32_t received = 0;
    while (left(d) >= mss) {
        d.peer(write_of(mss));
        received += mss;
        d.after(50ms);
    }
    forget_acks(d);
    CHECK(d.connection().tcb().delayed_ack.quick == 0);
    std::uint32_t const used = d.connection().tcb().receiving_state->buffers.used();
    CHECK((32'768 - used) * share / 256 < mss);
    CHECK(left(d) == 0);
    d.peer(write_of(100));  // none of it fits
    d.expect(ACK.ack(received).win(0));
    CHECK(d.connection().unread() == received);
    // The reader frees a buffer as a whole, and a window opens that is worth it.
    CHECK(d.read(17 * mss).value().size() == std::min(received, 17 * mss));
    forget_acks(d);
    read_all(d);
    CHECK(left(d) >= 18'824);
}

TEST_CASE("RFC 9293 §3.8.6, Linux tcp_shrink_window: only then the right edge moves left") {
    for (bool const shrinks : {false, true}) {
        CAPTURE(shrinks);
        profile::Profile profile = profile_of("linux");
        profile.buffers.shrink_window.value = shrinks;
        profile.buffers.receive_autotuned.value = false;
        Dialogue d = Dialogue::established(profile, 20ms, Dialogue::with_timestamps());
        REQUIRE(d.connection().tcb().rcv.wscale > 0);
        bool moved_left = false;
        SeqNum edge = d.connection().tcb().rcv.wup + d.connection().tcb().rcv.wnd;
        for (int i = 0; i < 40; ++i) {
            d.peer(write_of(200));  // costs nearly five times its text
            d.after(50ms);
            forget_acks(d);
            SeqNum const now = d.connection().tcb().rcv.wup + d.connection().tcb().rcv.wnd;
            moved_left = moved_left || now.before(edge);
            edge = now;
        }
        CHECK(moved_left == shrinks);
    }
}

TEST_CASE("RFC 9293 §3.8.6, Linux: without a window scale the edge stays, whatever tcp_shrink_window says") {
    profile::Profile profile = profile_of("linux");
    profile.buffers.shrink_window.value = true;
    profile.buffers.receive_default.value = profile.buffers.receive_max.value = 32'768;
    Dialogue d = Dialogue::established(profile, 20ms, Dialogue::with_timestamps());
    REQUIRE(d.connection().tcb().rcv.wscale == 0);
    SeqNum edge = d.connection().tcb().rcv.wup + d.connection().tcb().rcv.wnd;
    for (int i = 0; i < 40; ++i) {
        d.peer(write_of(100));
        d.after(50ms);
        forget_acks(d);
        SeqNum const now = d.connection().tcb().rcv.wup + d.connection().tcb().rcv.wnd;
        CHECK_FALSE(now.before(edge));
        edge = now;
    }
}

TEST_CASE("Linux tcp_set_window_clamp: TCP_WINDOW_CLAMP limits what is offered, 1152 bytes at least") {
    for (std::uint32_t const clamp : {4000U, 1U}) {
        CAPTURE(clamp);
        profile::Profile profile = profile_of("linux");
        profile.buffers.receive_max.value = profile.buffers.receive_default.value;  // a small unit of windows
        Dialogue d = Dialogue::established(profile);
        d.change_options([&](auto& options) { options.window_clamp = clamp; });
        std::uint32_t const limit = std::max(clamp, 1152U);
        CHECK(d.connection().tcb().rcv.ssthresh == limit);
        std::uint32_t const unit = 1U << d.connection().tcb().rcv.wscale;
        while (left(d) > limit + unit) {  // what was promised is kept
            d.peer(write_of(500));
            read_all(d);
        }
        d.peer(write_of(1));
        read_all(d);
        CHECK(d.connection().tcb().rcv.wnd <= limit + 2 * unit);
        CHECK(d.connection().tcb().rcv.wnd + unit > limit);
    }
    profile::Profile const profile = profile_of("linux");
    tcp::UserOptions options;
    options.window_clamp = 5000;
    Dialogue opening = Dialogue::syn_sent(profile, options);
    opening.expect(SYN.win(5000 / 1460 * 1460));
}

TEST_CASE("Linux tcp_prune_queue: packets that cost much are copied together, and what does not fit is refused") {
    Dialogue d = with_buffer(32'768);
    bool copied = false;
    std::uint32_t used = 0;
    for (int i = 0; i < 400 && left(d) >= 100; ++i) {
        d.peer(write_of(100));
        d.after(3ms);
        forget_acks(d);
        std::uint32_t const now = d.connection().tcb().receiving_state->buffers.used();
        copied = copied || now < used;
        used = now;
        CHECK(used <= 32'768 + 832 + 4096);  // overdrawn by one packet, and by what memory was set aside for
    }
    CHECK(copied);
    CHECK(d.connection().tcb().rcv.ssthresh == 2 * mss);  // tcp_clamp_window; 2896 measured
}

TEST_CASE("Linux tcp_clamp_window: a buffer that may grow takes what comes, up to tcp_rmem's third value") {
    profile::Profile profile = profile_of("linux");
    profile.buffers.receive_default.value = 32'768;
    profile.buffers.receive_max.value = 60'000;
    Dialogue d = Dialogue::established(profile, 20ms, Dialogue::with_timestamps());
    for (int i = 0; i < 400 && left(d) >= 100; ++i) {
        d.peer(write_of(100));
        d.after(3ms);
        forget_acks(d);
    }
    CHECK(d.connection().tcb().receive_buffer > 32'768);
    CHECK(d.connection().tcb().receive_buffer <= 60'000);
}

TEST_CASE("Linux tcp_prune_ofo_queue: text beyond a hole goes when memory is short, the last of it first") {
    Dialogue d = with_buffer(32'768);
    constexpr std::uint32_t each = 768;  // a byte costs so much
    constexpr std::uint32_t fit = 32'768 / each + 1;
    for (std::uint32_t i = fit + 10; i > 10; --i) {  // the first of them the furthest
        d.peer(text(1).seq(2 * i));
    }
    forget_acks(d);
    REQUIRE(d.connection().tcb().receiving_state->buffers.used() == fit * each);
    SeqNum const end = d.connection().tcb().receive_queue.end();
    d.peer(text(1).seq(2 * (fit + 11)));  // it would be the last itself: refused
    d.expect_silence();
    CHECK(d.connection().tcb().receive_queue.end() == end);
    d.peer(text(1).seq(2));  // it takes the room of the last
    CHECK(d.connection().tcb().receive_queue.end().before(end));
    std::uint32_t const used = d.connection().tcb().receiving_state->buffers.used();
    CHECK(used <= (fit + 1) * each - 32'768 / 8);
    CHECK(used > fit * each - 32'768 / 8 - each);
    forget_acks(d);
}

TEST_CASE("Linux __tcp_grow_window: packets whose overhead is large let a window grow only while it is small") {
    for (std::uint32_t const length : {300U, 500U}) {
        CAPTURE(length);
        profile::Profile profile = profile_of("linux");
        profile.buffers.receive_max.value = 262'144;
        Dialogue d = Dialogue::established(profile, 20ms, Dialogue::with_timestamps());
        d.peer(write_of(mss));
        read_all(d);
        std::uint32_t const ssthresh = d.connection().tcb().rcv.ssthresh;
        // Half of the largest buffer is worth more than what is offered, a quarter is not: one halving of the cost.
        REQUIRE(ssthresh <= 262'144 / 2 * share / 256);
        REQUIRE(ssthresh > 262'144 / 4 * share / 256);
        std::uint32_t const packet = length == 300 ? 1024 : 1216;
        bool const pays = packet * share / 256 / 2 <= length;
        CHECK(pays == (length == 500));
        d.peer(write_of(length));
        CHECK((d.connection().tcb().rcv.ssthresh > ssthresh) == pays);
        forget_acks(d);
    }
}

TEST_CASE("Linux __tcp_select_window: what crosses half of the buffer takes the quick ACKs away") {
    Dialogue d = with_buffer(32'768);
    for (int i = 0; i < 8; ++i) {
        d.peer(write_of(mss));
        d.after(50ms);
    }
    d.peer(text(10).seq(0));  // a repetition: quick-ACK mode
    forget_acks(d);
    REQUIRE(d.connection().tcb().delayed_ack.quick > 0);
    d.peer(write_of(mss));
    d.after(50ms);
    CHECK(d.connection().tcb().delayed_ack.quick == 0);
    forget_acks(d);
}

TEST_CASE("Linux __tcp_ack_snd_check: an offer as large as the last is good enough for an ACK at once") {
    Dialogue d = with_buffer(131'072);
    for (int i = 0; i < 40; ++i) {  // until nothing grows any more
        d.peer(write_of(mss));
        read_all(d);
    }
    d.write(5);  // a conversation, so that no ACK is quick
    forget_acks(d);
    d.after(20ms);
    d.peer(text(mss));
    d.drain();
    d.expect_silence();
    std::uint32_t const offered = d.connection().tcb().rcv.wnd;
    d.peer(text(1));
    d.expect(ACK, Why::acknowledge_at_once);
    CHECK(d.connection().tcb().rcv.wnd == offered);
}
