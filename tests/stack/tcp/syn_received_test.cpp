// RFC 9293 §3.10.7.4 in SYN-RECEIVED. What Linux does was seen on a Linux 6.18, segment by segment.
#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::State;
using tcp::Why;

namespace {

constexpr std::int64_t window = 64240;

Dialogue request(std::string_view system = "linux") {
    Dialogue d = Dialogue::syn_received(profile_of(system));
    d.expect(SYN_ACK.seq(0).ack(1));
    return d;
}

/// SYN-RECEIVED by a simultaneous open.
Dialogue simultaneous(std::string_view system = "linux") {
    Dialogue d = Dialogue::syn_sent(profile_of(system));
    d.expect(SYN.seq(0));
    d.peer(SYN.seq(0));
    d.expect(SYN_ACK.seq(0).ack(1));
    return d;
}

}  // namespace

TEST_CASE(
    "Linux tcp_check_req: a SYN that comes again gets its SYN,ACK again (hs_syn_duplicated), 500 ms apart at least") {
    Dialogue d = request();
    d.peer(SYN.seq(0));
    d.expect(SYN_ACK.seq(0).ack(1), Why::syn_received);
    d.after(d.profile().validation.invalid_ratelimit.value - 1ns);
    d.peer(SYN.seq(0));
    d.expect_silence();
    d.after(1ns);
    d.peer(SYN.seq(0).len(3));
    d.expect(SYN_ACK.seq(0).ack(1));
    CHECK(d.state() == State::syn_received);
}

TEST_CASE("Linux tcp_check_req: a SYN that comes again begins the SYN,ACK's timer anew") {
    Dialogue d = request();
    d.after(900ms);
    d.peer(SYN.seq(0));
    d.expect(SYN_ACK);
    d.expect_silence_for(1s - 1ns);
    d.after(1ns);
    d.expect(SYN_ACK, Why::retransmission_timeout);
    d.after(500ms);
    d.peer(SYN.seq(0));
    d.expect(SYN_ACK);
    d.expect_silence_for(2s - 1ns);  // the second wait is doubled
    d.after(1ns);
    d.expect(SYN_ACK, Why::retransmission_timeout);
}

TEST_CASE("RFC 6298 §3, Karn: a SYN,ACK that went twice because the SYN did says nothing of the round trip") {
    Dialogue d = request();
    d.after(50ms);
    d.peer(SYN.seq(0));
    d.expect(SYN_ACK);
    d.after(20ms);
    d.peer(ACK.seq(1).ack(1));
    REQUIRE(d.state() == State::established);
    CHECK_FALSE(d.connection().tcb().rtt.measured());
}

TEST_CASE("4.4BSD tcp_input: a SYN that comes again is dropped; the timer repeats the SYN,ACK") {
    Dialogue d = request("bsd44");
    d.peer(SYN.seq(0));
    d.expect_silence();
    CHECK(d.state() == State::syn_received);
}

TEST_CASE("RFC 9293 §3.10.7.4 fifth, SYN-RECEIVED: a wrong acknowledgment gets a RST, and the request lives") {
    for (std::string_view const system : {"linux", "bsd44"}) {
        for (std::int64_t const ack : {std::int64_t{0}, std::int64_t{2}, std::int64_t{5}}) {
            Dialogue d = request(system);
            d.peer(ACK.seq(1).ack(ack));
            d.expect(RST.seq(ack));
            d.expect_silence();
            CHECK(d.state() == State::syn_received);
        }
    }
}

TEST_CASE("Linux tcp_check_req asks the acknowledgment before the sequence number, 4.4BSD after it") {
    Dialogue d = request();
    for (std::int64_t const wrong : {std::int64_t{0}, std::int64_t{2}, std::int64_t{5}}) {
        d.peer(ACK.seq(1 + window + 1).ack(wrong));
        d.expect(RST.seq(wrong));
    }
    d.peer(ACK.seq(1 + window + 1).ack(1));
    d.expect(ACK.seq(1).ack(1), Why::acknowledge_unacceptable);
    CHECK(d.state() == State::syn_received);
    Dialogue bsd = request("bsd44");
    bsd.peer(ACK.seq(1 + window + 1).ack(5));
    bsd.expect(ACK.seq(1).ack(1));
    CHECK(bsd.state() == State::syn_received);
}

TEST_CASE("RFC 9293 §3.10.7.4 second [MUST-11]: a RST ends a request in silence, whatever it acknowledges") {
    for (SegmentPattern const& reset : {RST.seq(1), RST_ACK.seq(1).ack(5)}) {
        Dialogue d = request();
        d.peer(reset);
        d.expect_silence();
        CHECK(d.state() == State::closed);
        REQUIRE(d.ended());
        CHECK(d.ended()->reason == tcp::EndReason::reset_by_peer);
        CHECK(d.connection().error() == Errno::none);
    }
}

TEST_CASE("RFC 9293 §3.10.7.4 second [MUST-11]: a RST in a simultaneous open is told: refused, to Linux a reset") {
    Dialogue d = simultaneous("bsd44");
    d.peer(RST.seq(1));
    CHECK(d.state() == State::closed);
    CHECK(d.connection().error() == Errno::econnrefused);
    Dialogue on_linux = simultaneous();
    on_linux.peer(RST.seq(1));
    CHECK(on_linux.connection().error() == Errno::econnreset);
}

TEST_CASE("RFC 5961 §3.2: a RST elsewhere in a request's window is challenged, one outside is dropped") {
    Dialogue d = request();
    d.peer(RST.seq(0));
    d.peer(RST.seq(1 + window + 1));
    d.expect_silence();
    d.peer(RST.seq(50));
    d.expect(ACK.seq(1).ack(1), Why::challenge_ack);
    CHECK(d.state() == State::syn_received);
}

TEST_CASE("RFC 9293 §3.10.7.4 fourth: a SYN inside its window ends a request; Linux resets, too") {
    Dialogue d = request();
    d.peer(SYN.seq(50));
    d.expect(RST_ACK.ack(51));
    d.expect_silence();
    CHECK(d.state() == State::closed);
    Dialogue with_ack = request();
    with_ack.peer(SYN_ACK.seq(50).ack(1));
    with_ack.expect(RST.seq(1));
    CHECK(with_ack.state() == State::closed);
}

TEST_CASE("RFC 9293 §3.10.7.4 first: a SYN outside its window is challenged, and the request lives") {
    for (SegmentPattern const& syn : {SYN.seq(1 + window + 1), SYN.seq(-50), SYN_ACK.seq(0).ack(1)}) {
        Dialogue d = request();
        d.peer(syn);
        d.expect(ACK.seq(1).ack(1));
        d.expect_silence();
        CHECK(d.state() == State::syn_received);
    }
}

TEST_CASE("RFC 9293 §3.10.7.4 fifth: without ACK nothing happens to a request") {
    for (SegmentPattern const& segment : {NOTHING.seq(1).len(3), SegmentPattern{.flags = wire::Flags::fin}.seq(1)}) {
        Dialogue d = request();
        d.peer(segment);
        d.expect_silence();
        CHECK(d.state() == State::syn_received);
    }
}

TEST_CASE("RFC 9293 §3.10.7.4: the ACK of the SYN may bring text or a FIN") {
    Dialogue d = request();
    d.peer(ACK.seq(1).ack(1).len(3));
    CHECK(d.state() == State::established);
    CHECK(d.drain() == 3);
    Dialogue fin = request();
    fin.peer(FIN_ACK.seq(1).ack(1));
    CHECK(fin.state() == State::close_wait);
    CHECK(fin.connection().peer_finished());
}

TEST_CASE(
    "RFC 9293 §3.5 figure 8 [MUST-10]: in a simultaneous open the other's SYN,ACK completes, and is acknowledged") {
    for (std::string_view const system : {"linux", "bsd44"}) {
        Dialogue d = simultaneous(system);
        d.peer(SYN_ACK.seq(0).ack(1).win(1000));
        d.expect(ACK.seq(1).ack(1).len(0), Why::handshake_completed);
        d.expect_silence();
        CHECK(d.state() == State::established);
        CHECK(d.connection().tcb().snd.wnd == 1000);
        d.peer(ACK.seq(1).ack(1).len(5));
        CHECK(d.drain() == 5);
    }
}

TEST_CASE(
    "RFC 9293 §3.5 figure 8: a SYN,ACK that acknowledges something else, or is not the SYN seen, completes nothing") {
    for (SegmentPattern const& wrong : {SYN_ACK.seq(0).ack(0), SYN_ACK.seq(0).ack(2), SYN_ACK.seq(-1).ack(1)}) {
        Dialogue d = simultaneous();
        d.peer(wrong);
        d.expect(ACK.ack(1));
        CHECK(d.state() == State::syn_received);
    }
}
