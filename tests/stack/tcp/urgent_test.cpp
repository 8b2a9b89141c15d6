// Urgent data: RFC 9293 §3.8.5, RFC 6093. What a program sees of it was asked of a Linux 6.18 through its sockets.
#include "tests/support/dialogue.hpp"
#include "tests/support/pair.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t mss = 1460;

Dialogue established(char const* name = "linux") { return Dialogue::established(profile_of(name)); }

/// What the peer's stream holds there; a dialogue's pattern counts from the SYN.
Result<Payload> octets(std::uint32_t from, std::uint32_t length) { return Payload::pattern(1, from + 1, length); }

Result<Payload> const nothing_yet = Errno::eagain;
Result<Payload> const no_such_thing = Errno::einval;
Result<Payload> const end_of_stream = Payload{};

void inline_octets(Dialogue& d) {
    d.change_options([](auto& options) { options.oob_inline = true; });
}

}  // namespace

TEST_CASE("RFC 9293 §3.8.5 [MUST-30][MUST-62]: the pointer names the octet that follows the urgent data") {
    for (char const* name : {"linux", "bsd44"}) {
        CAPTURE(name);
        Dialogue d = established(name);
        d.write_urgent(5);
        d.expect(ACK.urgent(5).seq(0).len(5));
        d.peer(ACK.seq(0).ack(5));
        d.write(3);
        d.expect(ACK.seq(5).len(3));  // no URG: everything urgent is acknowledged
    }
}

TEST_CASE("RFC 9293 §3.10.2: an ACK before unsent urgent data points at them, too") {
    Dialogue d = established();
    d.peer(ACK.seq(0).ack(0).win(0));
    d.write_urgent(4);
    d.peer(text(1).seq(0).ack(0).win(0));
    d.expect(ACK.urgent(4).seq(0).ack(1).len(0));
}

TEST_CASE("RFC 9293 §3.10.2: every segment before the urgent data's end points at it, none after it does") {
    Dialogue d = established();
    d.write(100);
    d.expect(ACK.seq(0).len(100));
    d.write_urgent(1);
    d.expect(ACK.urgent(1).seq(100).len(1));  // Nagle holds nothing that is urgent
    d.write(10);
    d.expect(ACK.seq(101).len(10));  // still in urgent mode: not held, but past the end
    d.peer(ACK.seq(0).ack(100));
    d.peer(text(1).seq(0).ack(100));
    d.expect(ACK.seq(111).ack(1).len(0));
    d.peer(ACK.seq(1).ack(101));
    d.write(10);
    d.expect_silence();  // Nagle again
    d.peer(ACK.seq(1).ack(111));
    d.expect(ACK.seq(111).len(10));
}

TEST_CASE("RFC 9293 §3.8.5: a repetition of urgent data is urgent") {
    Dialogue d = established();
    d.write_urgent(2 * mss);
    d.expect(ACK.seq(0).len(mss));  // Linux tcp_sendmsg_locked: gone before the write was over
    d.expect(ACK.urgent(mss).seq(mss).len(mss));
    d.peer(ACK.seq(0).ack(mss));
    d.after(300ms);
    d.expect(ACK.urgent(mss).seq(mss).len(mss), tcp::Why::tail_loss_probe);
    d.peer(text(1).seq(0).ack(mss));
    d.expect(ACK.seq(2 * mss).ack(1).len(0));  // past the urgent data
    d.after(400ms);
    d.expect(ACK.urgent(mss).seq(mss).len(mss), tcp::Why::retransmission_timeout);
}

TEST_CASE("Linux tcp_write_xmit: in urgent mode each segment leaves by itself, so that each has its own pointer") {
    Dialogue d = established();
    d.peer(ACK.seq(0).ack(0).win(0));
    d.write_urgent(3 * mss);
    d.expect_silence();
    d.peer(ACK.seq(0).ack(0).win(512));
    d.expect(ACK.urgent(3 * mss).seq(0).len(mss));
    d.expect(ACK.urgent(2 * mss).seq(mss).len(mss));
    d.expect(ACK.urgent(mss).seq(2 * mss).len(mss));
    d.expect_silence();
}

TEST_CASE(
    "RFC 9293 §3.8.5 [MUST-31]: urgent data of any length: the pointer reaches 65535 and goes on with the stream") {
    profile::Profile p = profile_of("linux");
    p.congestion.initial_window.value = 100;
    Dialogue d = Dialogue::established(p);
    d.peer(ACK.seq(0).ack(0).win(0));
    std::uint32_t const length = 50 * mss;  // more than a pointer can reach
    REQUIRE(d.write_urgent(length) == length);
    d.peer(ACK.seq(0).ack(0).win(1024));
    std::uint32_t sent = 0;
    while (auto const emit = d.take()) {
        auto const left = length - sent;
        CHECK(emit->segment.flags.has(wire::Flags::urg));
        CHECK(emit->segment.urgent == std::min(left, 0xffffU));
        sent += static_cast<std::uint32_t>(emit->segment.payload.size());
    }
    CHECK(sent == length);
}

TEST_CASE(
    "Linux __tcp_transmit_skb: what lies further back than a pointer can reach, and is not newest, does not point") {
    constexpr std::uint32_t farthest = 0xffff;
    for (bool const too_far : {false, true}) {
        CAPTURE(too_far);
        profile::Profile p = profile_of("linux");
        p.congestion.initial_window.value = 100;
        p.buffers.send_default.value = 1'000'000;
        Dialogue d = Dialogue::established(p);
        d.write(farthest - 1 + (too_far ? 1 : 0));
        d.write_urgent(1);
        while (d.take()) {
        }
        d.peer(ACK.seq(0).ack(0).sack({{mss, 5 * mss}}));
        auto const repeated = d.take();
        REQUIRE(repeated.has_value());
        CHECK(repeated->segment.flags.has(wire::Flags::urg) == !too_far);
        CHECK(repeated->segment.urgent == (too_far ? 0 : farthest));
    }
}

TEST_CASE("RFC 9293 §3.8.6.1 [MUST-30]: a shut window is probed with the pointer, so that urgent data are told of") {
    Dialogue d = established();
    d.peer(ACK.seq(0).ack(0).win(0));
    d.write_urgent(7);
    d.after(1s);
    d.expect(ACK.urgent(7).seq(0).len(0), tcp::Why::zero_window_probe);   // Linux tcp_write_wakeup: one at snd.una
    d.expect(ACK.urgent(8).seq(-1).len(0), tcp::Why::zero_window_probe);  // and the usual one
}

TEST_CASE("4.4BSD tcp_usrreq, PRU_SENDOOB: forced out even into a shut window") {
    Dialogue d = established("bsd44");
    d.peer(ACK.seq(0).ack(0).win(0));
    d.write_urgent(7);
    d.expect(ACK.urgent(7).seq(0).len(1));
}

TEST_CASE("4.4BSD tcp_output: in urgent mode an empty segment goes if no text may") {
    profile::Profile p = profile_of("bsd44");
    Dialogue d = Dialogue::established(p);
    d.write(mss);  // all that the congestion window takes
    d.expect(ACK.seq(0).len(mss));
    d.write_urgent(2);
    d.expect(ACK.urgent(2).seq(mss).len(0));
    d.expect_silence();
}

TEST_CASE(
    "RFC 9293 §3.8.5 [MUST-32]: a program is told when a pointer comes, and when it advances, not when it comes "
    "again") {
    Dialogue d = established();
    CHECK(d.take_signals() == 0);
    d.peer(text(5).urgent(5).seq(0));
    CHECK(d.take_signals() == 1);
    d.peer(text(5).urgent(5).seq(0));  // the same again
    CHECK(d.take_signals() == 0);
    d.peer(text(5).urgent(3).seq(5));
    CHECK(d.take_signals() == 1);
    d.peer(ACK.urgent(4).seq(6));  // points at octet 9, which is in sight already… of a segment before rcv.nxt
    CHECK(d.take_signals() == 0);
    d.peer(ACK.urgent(100).seq(10));
    CHECK(d.take_signals() == 1);
    d.peer(ACK.urgent(100).seq(10));
    CHECK(d.take_signals() == 0);
    d.peer(ACK.urgent(101).seq(10));
    CHECK(d.take_signals() == 1);
}

TEST_CASE("RFC 9293 §3.8.5 [MUST-33]: reading stops at the mark, and a program can ask how much lies before it") {
    Dialogue d = established();
    CHECK_FALSE(d.connection().at_mark());
    d.peer(text(4).urgent(4).seq(0));
    d.peer(text(2).seq(4));
    CHECK(d.connection().has_urgent());
    CHECK_FALSE(d.connection().at_mark());
    CHECK(d.connection().unread() == 3);
    CHECK(d.read_urgent(true) == octets(3, 1));
    CHECK(d.read_urgent() == octets(3, 1));
    CHECK(d.read_urgent() == no_such_thing);
    CHECK_FALSE(d.connection().has_urgent());
    CHECK(d.read(2) == octets(0, 2));
    CHECK_FALSE(d.connection().at_mark());
    CHECK(d.read() == octets(2, 1));
    CHECK(d.connection().at_mark());
    CHECK(d.connection().unread() == 0);
    CHECK(d.connection().can_receive());
    CHECK(d.read() == octets(4, 2));
    CHECK_FALSE(d.connection().at_mark());
    CHECK(d.read() == nothing_yet);
}

TEST_CASE("Linux tcp_recvmsg_locked: a reader at the mark passes over the octet, whether it was taken or not") {
    Dialogue d = established();
    CHECK(d.read_urgent() == no_such_thing);
    d.peer(text(1).urgent(1).seq(0));
    CHECK(d.connection().at_mark());
    CHECK_FALSE(d.connection().can_receive());  // Linux tcp_poll: PRI alone
    CHECK(d.connection().has_urgent());
    CHECK(d.read() == nothing_yet);
    CHECK_FALSE(d.connection().has_urgent());
    CHECK_FALSE(d.connection().at_mark());
    CHECK(d.read_urgent() == no_such_thing);
    d.peer(text(3).urgent(1).seq(1));
    CHECK(d.connection().can_receive());
    CHECK(d.read(1) == octets(2, 1));
    CHECK(d.connection().unread() == 1);
}

TEST_CASE("Linux tcp_check_urg: a second octet pushes the first into the stream, unless the reader stands at it") {
    Dialogue d = established();
    d.peer(text(3).urgent(3).seq(0));
    d.peer(text(3).urgent(3).seq(3));
    CHECK(d.connection().unread() == 5);
    CHECK(d.read_urgent() == octets(5, 1));
    CHECK(d.read() == octets(0, 5));

    Dialogue at_first = established();
    at_first.peer(text(1).urgent(1).seq(0));
    at_first.peer(text(1).urgent(1).seq(1));
    CHECK(at_first.connection().at_mark());
    CHECK(at_first.read_urgent() == octets(1, 1));
    CHECK(at_first.read() == nothing_yet);
}

TEST_CASE("SO_OOBINLINE: the octet stays in the stream, reading still stops before it") {
    Dialogue d = established();
    inline_octets(d);
    d.peer(text(3).urgent(3).seq(0));
    d.peer(text(2).seq(3));
    CHECK(d.connection().has_urgent());
    CHECK(d.connection().unread() == 5);
    CHECK(d.read_urgent() == no_such_thing);
    CHECK(d.read() == octets(0, 2));
    CHECK(d.connection().at_mark());
    CHECK(d.connection().can_receive());
    CHECK(d.read() == octets(2, 3));
    CHECK_FALSE(d.connection().at_mark());

    Dialogue two = established();
    inline_octets(two);
    two.peer(text(1).urgent(1).seq(0));
    two.peer(text(1).urgent(1).seq(1));
    CHECK(two.read() == octets(0, 1));  // stands at the first: it is not lost
    CHECK(two.connection().at_mark());
}

TEST_CASE("RFC 6093 §3.3: a pointer may come long before its octet; until then recv(MSG_OOB) waits") {
    Dialogue d = established();
    d.peer(ACK.urgent(10).seq(0));
    CHECK(d.take_signals() == 1);
    CHECK(d.read_urgent() == nothing_yet);
    CHECK_FALSE(d.connection().has_urgent());
    d.peer(text(9).seq(0));
    CHECK(d.read_urgent() == nothing_yet);
    CHECK(d.connection().unread() == 9);
    CHECK(d.read() == octets(0, 9));
    CHECK(d.connection().at_mark());
    CHECK(d.read() == nothing_yet);
    CHECK(d.connection().at_mark());
    d.peer(text(1).seq(9));
    CHECK(d.read_urgent() == octets(9, 1));
}

TEST_CASE("Linux tcp_urg: the octet is taken from a segment beyond a hole, too") {
    Dialogue d = established();
    d.peer(text(5).urgent(2).seq(100));
    CHECK(d.read_urgent() == octets(101, 1));
    CHECK(d.read() == nothing_yet);
}

TEST_CASE("RFC 6093 §3: what the pointer names is the system's affair (Linux tcp_stdurg)") {
    profile::Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, "tcp_stdurg", "1"));
    Dialogue d = Dialogue::established(p);
    d.peer(text(5).urgent(2).seq(0));
    CHECK(d.read_urgent() == octets(2, 1));
    d.peer(text(5).urgent(0).seq(5));
    CHECK(d.read_urgent() == octets(5, 1));
    d.expect(ACK.ack(5).len(0));
    d.expect(ACK.ack(10).len(0));
    d.write_urgent(2);
    d.expect(ACK.seq(0).urgent(2).len(2));  // sent as ever

    Dialogue usual = established();
    usual.peer(text(5).urgent(2).seq(0));
    CHECK(usual.read_urgent() == octets(1, 1));
    usual.peer(text(5).urgent(0).seq(5));
    CHECK(usual.read_urgent() == octets(5, 1));  // Linux: zero points as one does
}

TEST_CASE(
    "RFC 6093 §3: a pointer of zero names no urgent data (4.4BSD tcp_input: ti_urp); Linux takes the first octet") {
    Dialogue d = established("bsd44");
    d.peer(text(5).urgent(0).seq(0));
    CHECK(d.take_signals() == 0);
    CHECK(d.read() == octets(0, 5));
    d.peer(text(5).urgent(2).seq(5));
    CHECK(d.read_urgent() == octets(6, 1));
}

TEST_CASE("RFC 9293 §3.10.7.4, sixth: after the peer's FIN a pointer means nothing; Linux asks no state") {
    Dialogue d = established("bsd44");
    d.peer(FIN_ACK.seq(0));
    d.peer(ACK.urgent(5).seq(1));
    CHECK(d.take_signals() == 0);
    CHECK(d.read_urgent() == no_such_thing);

    Dialogue asks_none = established();
    asks_none.peer(FIN_ACK.seq(0));
    asks_none.peer(text(5).urgent(5).seq(1));
    CHECK(asks_none.take_signals() == 1);
    CHECK(asks_none.read_urgent() == octets(5, 1));
}

TEST_CASE(
    "Linux tcp_recv_urg: at the end of the stream an octet that never came is the end; after a reset there is no "
    "connection") {
    Dialogue d = established();
    d.peer(ACK.urgent(5).seq(0));
    d.peer(FIN_ACK.seq(0));
    CHECK(d.read_urgent() == end_of_stream);

    Dialogue came = established();
    came.peer(FIN_ACK.urgent(1).seq(0).len(1));
    CHECK(came.read_urgent() == octets(0, 1));
    CHECK(came.read() == end_of_stream);

    Dialogue reset = established();
    reset.peer(text(1).urgent(1).seq(0));
    reset.peer(RST.seq(1));
    CHECK(reset.read_urgent().error() == Errno::enotconn);
    CHECK(reset.read().error() == Errno::econnreset);
    CHECK(reset.read() == end_of_stream);
}

TEST_CASE("Linux __tcp_close: an octet that was taken out of band is unread text all the same, and close() resets") {
    Dialogue d = established();
    d.peer(text(1).urgent(1).seq(0));
    CHECK(d.read_urgent() == octets(0, 1));
    d.after(1s);
    while (d.take()) {
    }
    d.close();
    d.expect(RST_ACK.seq(0).ack(1));
}
