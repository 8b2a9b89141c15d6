#include "stack/tcp/ecn.hpp"

#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

#include <utility>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using profile::EcnPolicy;
using tcp::State;
using tcp::Why;
using wire::Ecn;
using wire::Flags;

namespace {

constexpr std::uint8_t ask = Flags::ece | Flags::cwr;

profile::Profile linux_with(EcnPolicy policy) {
    profile::Profile profile = profile_of("linux");
    profile.ecn.policy.value = policy;
    return profile;
}

/// Established with ECN; sequence numbers count from the SYN, 1 is the first byte.
Dialogue ecn_capable(profile::Profile profile) {
    Dialogue d = Dialogue::syn_sent(std::move(profile));
    d.expect(SYN.also(ask));
    d.after(20ms);
    d.peer(SYN_ACK.seq(0).ack(1).mss(1460).also(Flags::ece));
    d.expect(ACK.seq(1).ack(1));
    CHECK(d.connection().tcb().ecn.ok);
    return d;
}

/// In a conversation, so that nothing but ECN makes its ACKs go at once.
Dialogue conversing() {
    Dialogue d = ecn_capable(linux_with(EcnPolicy::ask));
    d.peer(text(5).ecn(Ecn::ect0));
    d.expect(ACK.ack(6));
    d.write(5);
    d.expect(text(5).ecn(Ecn::ect0));
    d.after(20ms);
    d.peer(ACK);
    d.drain();
    REQUIRE(d.connection().tcb().delayed_ack.pingpong);
    return d;
}

}  // namespace

TEST_CASE(
    "RFC 3168 §6.1.1 [SHLD-8]: a SYN asks for ECN by ECE and CWR where the policy says so, and is itself not "
    "ECN-capable") {
    for (EcnPolicy const policy : {EcnPolicy::off, EcnPolicy::ask, EcnPolicy::answer}) {
        CAPTURE(static_cast<int>(policy));
        Dialogue d = Dialogue::syn_sent(linux_with(policy));
        d.expect((policy == EcnPolicy::ask ? SYN.also(ask) : SYN).ecn(Ecn::not_ect));
    }
}

TEST_CASE("RFC 3168 §6.1.1: who asked takes ECE alone for a yes") {
    struct Answer {
        std::uint8_t bits;
        bool yes;
    };
    for (Answer const& answer :
         {Answer{0, false}, Answer{Flags::ece, true}, Answer{Flags::cwr, false}, Answer{ask, false}}) {
        CAPTURE(static_cast<int>(answer.bits));
        Dialogue d = Dialogue::syn_sent(linux_with(EcnPolicy::ask));
        d.expect(SYN.also(ask));
        d.peer(SYN_ACK.seq(0).ack(1).also(answer.bits));
        d.expect(ACK);
        CHECK(d.connection().tcb().ecn.ok == answer.yes);
    }
    Dialogue silent = Dialogue::syn_sent(linux_with(EcnPolicy::answer));
    silent.expect(SYN);
    silent.peer(SYN_ACK.seq(0).ack(1).also(Flags::ece));
    silent.expect(ACK);
    CHECK_FALSE(silent.connection().tcb().ecn.ok);
}

TEST_CASE("RFC 3168 §6.1.1 [SHLD-8]: a SYN with both flags is answered by ECE alone, unless ECN is off") {
    struct Case {
        EcnPolicy policy;
        std::uint8_t bits;
        bool yes;
    };
    for (Case const& c : {Case{EcnPolicy::off, ask, false}, Case{EcnPolicy::ask, ask, true},
                          Case{EcnPolicy::answer, ask, true}, Case{EcnPolicy::answer, Flags::ece, false},
                          Case{EcnPolicy::answer, Flags::cwr, false}, Case{EcnPolicy::answer, 0, false}}) {
        CAPTURE(static_cast<int>(c.policy));
        CAPTURE(static_cast<int>(c.bits));
        Dialogue d = Dialogue::syn_received(linux_with(c.policy), Dialogue::usual_options(), c.bits);
        d.expect((c.yes ? SYN_ACK.also(Flags::ece) : SYN_ACK).ecn(Ecn::not_ect));
        CHECK(d.connection().tcb().ecn.ok == c.yes);
        d.after(1s);  // RFC 3168 §6.1.1.1 lets a repeated SYN,ACK keep its flag
        d.expect(c.yes ? SYN_ACK.also(Flags::ece) : SYN_ACK, Why::retransmission_timeout);
    }
}

TEST_CASE("RFC 3168 §6.1.1.1: a repeated SYN no longer asks where the system falls back; a late yes still counts") {
    for (bool const fallback : {true, false}) {
        CAPTURE(fallback);
        profile::Profile profile = linux_with(EcnPolicy::ask);
        profile.ecn.fallback.value = fallback;
        Dialogue d = Dialogue::syn_sent(profile);
        d.expect(SYN.also(ask));
        d.after(1s);
        d.expect(fallback ? SYN : SYN.also(ask), Why::retransmission_timeout);
        d.peer(SYN_ACK.seq(0).ack(1).also(Flags::ece));
        CHECK(d.connection().tcb().ecn.ok);
        d.expect(ACK);
    }
}

TEST_CASE("RFC 3168 §6.1.4, §6.1.5 [SHLD-8]: new text is ECN-capable; pure ACKs, repetitions and a bare FIN are not") {
    profile::Profile profile = linux_with(EcnPolicy::ask);
    profile.tail_loss_probe.policy.value = profile::TailLossProbe::none;
    Dialogue d = ecn_capable(profile);
    d.peer(text(5).ecn(Ecn::ect0));
    d.expect(ACK.len(0).ecn(Ecn::not_ect));
    d.write(100);
    d.expect(text(100).ecn(Ecn::ect0));
    d.after(300ms);
    d.expect(text(100).ecn(Ecn::not_ect), Why::retransmission_timeout);
    d.peer(ACK);
    d.drain();
    d.close();
    d.expect(FIN_ACK.ecn(Ecn::not_ect));
    Dialogue without = Dialogue::established(linux_with(EcnPolicy::answer));
    without.write(100);
    without.expect(text(100).ecn(Ecn::not_ect));
}

TEST_CASE("RFC 3168 §6.1.3 [SHLD-8]: every ACK has ECE from the mark on until CWR comes (ecn_ce)") {
    Dialogue d = conversing();
    d.peer(text(1460).ecn(Ecn::ect0));
    d.expect_silence();
    d.peer(text(1460).ecn(Ecn::ce));
    d.expect(ACK.also(Flags::ece).len(0), Why::acknowledge_at_once);
    d.peer(text(1460).ecn(Ecn::ect0));
    d.expect(ACK.also(Flags::ece).len(0), Why::acknowledge_at_once);  // Linux: one ACK for each segment now
    d.write(10);
    d.expect(text(10).also(Flags::ece));
    d.peer(text(1460).also(Flags::cwr).ecn(Ecn::ect0));
    d.expect(ACK.len(0), Why::acknowledge_at_once);  // Linux tcp_ecn_accept_cwr: at once, although in a conversation
    CHECK_FALSE(d.connection().tcb().ecn.demand_cwr);
    d.peer(text(1460).also(Flags::cwr).ecn(Ecn::ce));  // congestion again: CWR ends the older report only
    d.expect(ACK.also(Flags::ece).len(0));
}

TEST_CASE("RFC 3168 §6.1.3: a mark on text beyond a hole counts; on a pure ACK it does not, nor without an agreement") {
    Dialogue d = conversing();
    d.peer(ACK.ecn(Ecn::ce));
    CHECK_FALSE(d.connection().tcb().ecn.demand_cwr);
    d.peer(text(100).seq(1000).ecn(Ecn::ce));
    d.expect(ACK.also(Flags::ece).ack(6));
    Dialogue without = Dialogue::established(linux_with(EcnPolicy::off));
    without.peer(text(100).ecn(Ecn::ce));
    without.expect(ACK);
    CHECK_FALSE(without.connection().tcb().ecn.demand_cwr);
}

TEST_CASE("Linux tcp_data_ecn_check: text that is not ECN-capable, after some that was, is acknowledged at once") {
    for (Ecn const codepoint : {Ecn::ect0, Ecn::ect1, Ecn::not_ect}) {
        CAPTURE(static_cast<int>(codepoint));
        Dialogue d = conversing();
        d.peer(text(100).ecn(codepoint));
        CHECK(d.pending() == (codepoint == Ecn::not_ect ? 1 : 0));
        while (d.pending() > 0) {
            d.expect(ACK.ack(106));
        }
    }
}

TEST_CASE("RFC 3168 §6.1.2 [SHLD-8]: the next new text carries CWR, once; pure ACKs and repetitions do not") {
    profile::Profile const profile = linux_with(EcnPolicy::ask);
    tcp::Tcb tcb;
    tcb.ecn.ok = tcb.ecn.queue_cwr = true;
    tcp::Actions out;
    tcp::Turn turn{tcb, profile, Instant{}, out};
    auto const has_cwr = [&](bool new_text) {
        tcp::mark_ecn(turn, out.emit(), new_text);
        return out.last().segment.flags.has(Flags::cwr);
    };
    CHECK_FALSE(has_cwr(false));
    CHECK(has_cwr(true));
    CHECK_FALSE(has_cwr(true));
}

TEST_CASE(
    "RFC 8257 §3.2: with DCTCP a change of marks sends the delayed ACK with the older mark, then tells the newer") {
    profile::Profile profile = linux_with(EcnPolicy::off);
    profile.congestion.algorithm.value = profile::CongestionAlgorithm::dctcp;
    Dialogue d = ecn_capable(profile);
    d.peer(text(5).ecn(Ecn::ect0));
    d.expect(ACK.ack(6).ecn(Ecn::ect0));
    d.write(5);
    d.expect(text(5));
    d.peer(ACK);
    d.drain();
    d.peer(text(100).ecn(Ecn::ect0));
    d.expect_silence();
    d.peer(text(100).ecn(Ecn::ce));
    d.expect(ACK.ack(106).len(0));
    d.expect(ACK.ack(206).also(Flags::ece).len(0));
    d.peer(text(100).ecn(Ecn::ect0));
    while (d.pending() > 1) {
        d.expect(ACK.also(Flags::ece).ack(206));
    }
    d.expect(ACK.ack(306).len(0));
}
