#include "stack/tcp/ecn.hpp"

#include "stack/tcp/acknowledge.hpp"
#include "stack/tcp/output.hpp"

namespace tcpsim::tcp {
namespace {

using profile::EcnPolicy;
using wire::Ecn;
using wire::Flags;

/// RFC 8257 §3.2: the receiver tells each mark, and every segment is ECN-capable (Linux tcp_ca_needs_ecn).
bool tells_each_mark(Tcb const& tcb) { return tcb.congestion.algorithm() == profile::CongestionAlgorithm::dctcp; }

bool asks(Turn const& turn) { return turn.profile.ecn.policy.value == EcnPolicy::ask || tells_each_mark(turn.tcb); }

bool answers(Turn const& turn) { return turn.profile.ecn.policy.value != EcnPolicy::off || asks(turn); }

/// RFC 8257 §3.2, figure 1: ECE is the mark of what the ACK covers, so a change of marks sends what was delayed.
void tell_each_mark(Turn& turn, bool congested) {
    Tcb& tcb = turn.tcb;
    if (tcb.ecn.demand_cwr == congested) {
        return;
    }
    if (tcb.timers.running(Timer::delayed_ack)) {
        send_ack(turn, Cause{Why::acknowledge_at_once});
        tcb.delayed_ack.pending = true;
    }
    enter_quick_ack_mode(turn, 1);
    tcb.ecn.demand_cwr = congested;
}

/// RFC 3168 §6.1.3.
void congestion_experienced(Turn& turn) {
    constexpr int hurry = 2;  // Linux tcp_data_ecn_check: the sender's window may be very small
    if (!turn.tcb.ecn.demand_cwr) {
        enter_quick_ack_mode(turn, hurry);
        turn.tcb.ecn.demand_cwr = true;
    }
}

}  // namespace

std::uint8_t ecn_flags_of_syn(Turn& turn, bool answer, bool repeated) {
    Tcb& tcb = turn.tcb;
    if (answer) {
        return tcb.ecn.ok ? Flags::ece : std::uint8_t{0};
    }
    tcb.ecn.ok = asks(turn);
    // RFC 3168 §6.1.1.1: a network that drops such SYNs must not prevent the connection. A SYN,ACK with ECE is good all the same.
    bool const silent = !tcb.ecn.ok || (repeated && turn.profile.ecn.fallback.value);
    return silent ? std::uint8_t{0} : static_cast<std::uint8_t>(Flags::ece | Flags::cwr);
}

void take_ecn_of_syn(Turn& turn, wire::TcpSegment const& syn) {
    bool const willing = turn.tcb.state == State::syn_sent ? turn.tcb.ecn.ok : answers(turn);
    bool const cwr = syn.flags.has(Flags::cwr);
    // An answer has ECE alone: both mean a peer that reflects reserved bits. Linux 6.18 deviates (tcp_ecn_rcv_synack): it takes both
    // for Accurate ECN (RFC 9768), for which its SYN did not ask; that is not here, and such a connection goes without ECN.
    bool const agrees = syn.flags.has(Flags::ack) ? !cwr : cwr;
    turn.tcb.ecn.ok = willing && agrees && syn.flags.has(Flags::ece);
}

// Linux tcp_ecn_create_request.
void take_ecn_of_request(Turn& turn, wire::Ecn ecn) {
    turn.tcb.ecn.ok = turn.tcb.ecn.ok && (ecn == Ecn::not_ect || tells_each_mark(turn.tcb));
}

void take_ecn(Turn& turn, Incoming const& in) {
    EcnState& ecn = turn.tcb.ecn;
    if (!ecn.ok) {
        return;
    }
    if (in.wire.flags.has(Flags::cwr)) {
        ecn.demand_cwr = false;
        turn.tcb.delayed_ack.at_once =
            in.wire.length() > 0;  // Linux tcp_ecn_accept_cwr: the sender's window may be very small
    }
    if (in.wire.length() == 0) {
        return;
    }
    switch (in.ecn) {
        case Ecn::not_ect:
            if (ecn.seen) {  // Linux tcp_data_ecn_check: probably a repetition, whose sender is in need of ACKs
                enter_quick_ack_mode(turn, 2);
            }
            return;
        case Ecn::ce:
            if (tells_each_mark(turn.tcb)) {
                tell_each_mark(turn, true);
            } else {
                congestion_experienced(turn);
            }
            break;
        case Ecn::ect0:
        case Ecn::ect1:
            if (tells_each_mark(turn.tcb)) {
                tell_each_mark(turn, false);
            }
            break;
    }
    ecn.seen = true;
}

void mark_ecn(Turn& turn, Emit& emit, bool new_text) {
    EcnState& ecn = turn.tcb.ecn;
    if (!ecn.ok) {
        return;
    }
    // RFC 3168 §6.1.4, §6.1.5: neither pure ACKs nor repetitions are ECN-capable.
    emit.ecn = new_text || tells_each_mark(turn.tcb) ? Ecn::ect0 : Ecn::not_ect;
    std::uint8_t& bits = emit.segment.flags.bits;
    if (new_text && ecn.queue_cwr) {  // RFC 3168 §6.1.2
        bits |= Flags::cwr;
        ecn.queue_cwr = false;
    }
    if (ecn.demand_cwr) {
        bits |= Flags::ece;
    }
}

}  // namespace tcpsim::tcp
