#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::State;

TEST_CASE("RFC 9293 §3.5 figure 6 [MUST-14][SHLD-5][MAY-3]: SYN, SYN,ACK, ACK") {
    Dialogue d = Dialogue::syn_sent(profile_of("linux"));
    CHECK(d.state() == State::syn_sent);
    d.expect(SYN.seq(0).mss(1460).win(64240), tcp::Why::connect);
    d.peer(SYN_ACK.ack(1));
    d.expect(ACK.seq(1).ack(1).len(0), tcp::Why::handshake_completed);
    d.expect_silence();
    CHECK(d.state() == State::established);
}

TEST_CASE("RFC 9293 §3.10.7.2 [MUST-14][SHLD-5][MAY-3]: a SYN is answered by SYN,ACK; its ACK establishes") {
    Dialogue d = Dialogue::syn_received(profile_of("linux"));
    d.expect(SYN_ACK.seq(0).ack(1).mss(1460), tcp::Why::syn_received);
    d.peer(ACK);
    d.expect_silence();
    CHECK(d.state() == State::established);
}

TEST_CASE("RFC 9293 §3.5 figure 8 [MUST-10]: simultaneous open") {
    Dialogue d = Dialogue::syn_sent(profile_of("linux"));
    d.expect(SYN.seq(0));
    d.peer(SYN);
    CHECK(d.state() == State::syn_received);
    d.expect(SYN_ACK.seq(0).ack(1));
    d.peer(ACK.seq(1).ack(1));
    CHECK(d.state() == State::established);
}

TEST_CASE("RFC 9293 §3.10.7.3 first: an ACK of something never sent gets a reset at its own number") {
    Dialogue d = Dialogue::syn_sent(profile_of("linux"));
    d.expect(SYN);
    d.peer(ACK.ack(77));
    d.expect(RST.seq(77));
    d.expect_silence();
    CHECK(d.state() == State::syn_sent);
}

TEST_CASE("RFC 9293 §3.10.7.3 second: RST with an acceptable ACK refuses the connection") {
    Dialogue d = Dialogue::syn_sent(profile_of("linux"));
    d.expect(SYN);
    d.peer(RST_ACK.seq(0).ack(1));
    d.expect_silence();
    CHECK(d.state() == State::closed);
    CHECK(d.connection().error() == Errno::econnrefused);
}

TEST_CASE("RFC 9293 §3.10.7.3 second: RST without an acceptable ACK changes nothing") {
    Dialogue d = Dialogue::syn_sent(profile_of("linux"));
    d.expect(SYN);
    d.peer(RST.seq(0));
    d.peer(RST_ACK.seq(0).ack(2));
    d.expect_silence();
    CHECK(d.state() == State::syn_sent);
}

TEST_CASE("RFC 7323 §2.2: the window of a SYN,ACK is not scaled, the next one is") {
    Dialogue d = Dialogue::established(profile_of("linux"));
    CHECK(d.connection().tcb().snd.wnd == 65535);
    d.peer(ACK.win(3));
    CHECK(d.connection().tcb().snd.wnd == 3U << *Dialogue::usual_options().window_scale);
}

TEST_CASE("RFC 7323 §1.3 [MUST-14]: options that the peer did not offer are not used") {
    wire::Options bare;
    bare.mss = 1000;
    Dialogue d = Dialogue::established(profile_of("linux"), 20ms, bare);
    auto const& tcb = d.connection().tcb();
    CHECK_FALSE(tcb.timestamps.enabled);
    CHECK_FALSE(tcb.sack_permitted);
    CHECK(tcb.snd.wscale == 0);
    CHECK(tcb.rcv.wscale == 0);
    CHECK(tcb.snd.mss == 1000);
}

TEST_CASE("RFC 9293 §3.7.1 [MUST-16]: timestamps take twelve bytes of the effective MSS") {
    Dialogue d = Dialogue::established(profile_of("linux"), 20ms, Dialogue::with_timestamps());
    CHECK(d.connection().tcb().snd.mss == 1460 - 12);
}

TEST_CASE(
    "Linux 6.18 [MUST-22]: ten SYN repetitions at 1,2,3,4,5,7,11,19,35,67 s, ETIMEDOUT at 131 s "
    "(connect_dead_default)") {
    Dialogue d = Dialogue::syn_sent(profile_of("linux"));
    d.expect(SYN.seq(0));
    for (Duration const gap : {1s, 1s, 1s, 1s, 1s, 2s, 4s, 8s, 16s, 32s}) {
        d.expect_silence_for(gap - 1ns);
        d.after(1ns);
        d.expect(SYN.seq(0), tcp::Why::retransmission_timeout);
    }
    d.expect_silence_for(64s - 1ns);
    CHECK(d.state() == State::syn_sent);
    d.expect_silence_for(1ns);
    CHECK(d.state() == State::closed);
    CHECK(d.connection().error() == Errno::etimedout);
}

TEST_CASE("Linux 6.18: tcp_syn_retries=2 without linear timeouts: 1, 3 s, ETIMEDOUT at 7 s") {
    profile::Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, "tcp_syn_retries", "2"));
    REQUIRE_FALSE(profile::set(p, "tcp_syn_linear_timeouts", "0"));
    Dialogue d = Dialogue::syn_sent(p);
    d.expect(SYN);
    for (Duration const gap : {1s, 2s}) {
        d.expect_silence_for(gap - 1ns);
        d.after(1ns);
        d.expect(SYN.seq(0));
    }
    d.expect_silence_for(4s - 1ns);
    CHECK(d.state() == State::syn_sent);
    d.expect_silence_for(1ns);
    CHECK(d.connection().error() == Errno::etimedout);
}

TEST_CASE("Linux 6.18: SYN,ACK repeated at 1,3,7,15,31 s, given up silently at 63 s (synack_retries_default)") {
    Dialogue d = Dialogue::syn_received(profile_of("linux"));
    d.expect(SYN_ACK.seq(0).ack(1));
    for (Duration const gap : {1s, 2s, 4s, 8s, 16s}) {
        d.expect_silence_for(gap - 1ns);
        d.after(1ns);
        d.expect(SYN_ACK.seq(0).ack(1), tcp::Why::retransmission_timeout);
    }
    d.expect_silence_for(32s - 1ns);
    CHECK(d.state() == State::syn_received);
    d.expect_silence_for(1ns);
    CHECK(d.state() == State::closed);
}

TEST_CASE("4.4BSD: connect() is over after 75 s (tcp_keepinit)") {
    Dialogue d = Dialogue::syn_sent(profile_of("bsd44"));
    Duration const limit = d.profile().rto.connect_limit.value;
    CHECK(limit == 75s);
    d.after(limit - 1ns);
    CHECK(d.state() == State::syn_sent);
    d.after(1ns);
    CHECK(d.state() == State::closed);
    CHECK(d.connection().error() == Errno::etimedout);
}

TEST_CASE("4.4BSD: SYN repeated after 6 and 24 s (tcp_newtcpcb: RTTVAR counts twice, then four times), over at 75 s") {
    Dialogue d = Dialogue::syn_sent(profile_of("bsd44"));
    Duration const base = d.profile().rto.initial.value;
    d.expect(SYN);
    for (Duration const gap : {2 * base, 4 * base * 2}) {
        d.expect_silence_for(gap - 1ns);
        d.after(1ns);
        d.expect(SYN.seq(0), tcp::Why::retransmission_timeout);
    }
    d.expect_silence_for(75s - 30s);
    CHECK(d.state() == State::closed);
}

TEST_CASE("RFC 6298 §5.7: a handshake that had to be repeated and gave no sample leaves an RTO of 3 s") {
    wire::Options const plain{.mss =
                                  1460};  // without timestamps, so Karn's rule holds; without SACK, so nothing probes
    Dialogue d = Dialogue::syn_received(profile_of("linux"), plain);
    d.expect(SYN_ACK);
    d.after(1s);
    d.expect(SYN_ACK, tcp::Why::retransmission_timeout);
    d.peer(ACK);
    REQUIRE(d.state() == State::established);
    d.write(5);
    d.expect(text(5));
    d.expect_silence_for(3s - 1ns);
    d.after(1ns);
    d.expect(text(5), tcp::Why::retransmission_timeout);
}

TEST_CASE("RFC 8985 §7.2: without a measurement the last segment probes for a loss after one second (packet script)") {
    Dialogue d = Dialogue::syn_received(profile_of("linux"));
    d.expect(SYN_ACK);
    d.after(1s);
    d.expect(SYN_ACK, tcp::Why::retransmission_timeout);
    d.peer(ACK);
    d.write(5);
    d.expect(text(5));
    d.expect_silence_for(1s - 1ns);
    d.after(1ns);
    d.expect(text(5), tcp::Why::tail_loss_probe);
}

TEST_CASE("Linux: the answer to a crossing SYN offers all that ours did, and our windows are scaled (packet script)") {
    Dialogue d = Dialogue::syn_sent(profile_of("linux"));
    auto const syn = d.take();
    REQUIRE(syn);
    d.peer(SYN.mss(1000));
    auto const syn_ack = d.take();
    REQUIRE(syn_ack);
    auto const offered = wire::decode(syn->segment.options);
    auto const answered = wire::decode(syn_ack->segment.options);
    REQUIRE(offered.window_scale.value_or(0) > 0);
    CHECK(answered.window_scale == offered.window_scale);
    CHECK(answered.sack_permitted);
    CHECK(answered.timestamps.has_value());
    d.peer(ACK.seq(1).ack(1));
    CHECK(d.connection().tcb().rcv.wscale == offered.window_scale);
    CHECK_FALSE(d.connection().tcb().timestamps.enabled);
}

TEST_CASE(
    "Linux tcp_rcv_synsent_state_process: an unacceptable ACK lets the SYN be repeated soon, but only the first time") {
    profile::Profile const p = profile_of("linux");
    Duration const soon = 2 * p.rto.granule.value;
    Dialogue d = Dialogue::syn_sent(p);
    d.expect(SYN);
    d.peer(RST_ACK.seq(0).ack(77));
    d.expect_silence_for(soon - 1ns);
    d.after(1ns);
    d.expect(SYN);
    d.peer(RST_ACK.seq(0).ack(77));
    d.expect_silence_for(soon);
}

TEST_CASE("Linux: in SYN-SENT a TSecr that no SYN of ours had is answered with a reset") {
    Dialogue d = Dialogue::syn_sent(profile_of("linux"));
    auto const syn = d.take();
    REQUIRE(syn);
    std::uint32_t const value = wire::decode(syn->segment.options).timestamps->value;
    d.peer(SYN_ACK.ack(1).ts(1, value + 1));
    d.expect(RST.seq(1));
    d.peer(SYN_ACK.ack(1).ts(1, value - 1));
    d.expect(RST.seq(1));
    CHECK(d.state() == State::syn_sent);
    d.peer(SYN_ACK.ack(1).ts(1, value));
    CHECK(d.state() == State::established);
}

TEST_CASE("RFC 7323 §1.3: in a simultaneous open without the peer's window scale our window is not scaled, either") {
    profile::Profile p = profile_of("bsd44");
    REQUIRE_FALSE(profile::set(p, "tcp_recvspace", "262144"));
    Dialogue d = Dialogue::syn_sent(p);
    d.expect(SYN.win(65535));
    d.peer(SYN);
    d.expect(SYN_ACK.win(65535));
    d.peer(SYN.seq(0));  // again: a challenge
    d.expect(ACK.ack(1).win(65535));
    CHECK(d.connection().tcb().rcv.wnd == 65535);
}
