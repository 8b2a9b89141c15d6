#include "stack/tcp/acknowledge.hpp"
#include "stack/tcp/challenge.hpp"
#include "stack/tcp/duplicate.hpp"
#include "stack/tcp/output.hpp"
#include "stack/tcp/paws.hpp"
#include "stack/tcp/steps.hpp"
#include "stack/tcp/window.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

using profile::Acceptability;
using wire::Flags;

/// RFC 9293 §3.4, the table of four cases; with the allowance of §3.10.7.4 for a window of zero (MUST-66): at its edge ACK,
/// URG and RST are looked at, whatever text comes with them.
bool in_window(Tcb const& tcb, SeqNum seq, std::uint32_t length) {
    std::uint32_t const wnd = window_left(tcb);
    auto inside = [&](SeqNum s) { return s.at_or_after(tcb.rcv.nxt) && s.before(tcb.rcv.nxt + wnd); };
    if (wnd == 0) {
        return seq == tcb.rcv.nxt;
    }
    return inside(seq) || (length > 0 && inside(seq + (length - 1)));
}

/// Linux tcp_sequence: what ends at or after the last ACK, and before the right edge or at it. Text beyond
/// the edge is taken whole if nothing waits for the reader, else refused whole; a FIN may lie just beyond it. What begins
/// at the edge goes on to its ACK.
bool passes_tcp_sequence(Tcb const& tcb, Incoming const& in) {
    SeqNum const edge = tcb.rcv.nxt + window_left(tcb);
    SeqNum const end = in.seq + in.wire.length();
    if (end.before(tcb.rcv.wup)) {
        return false;
    }
    if (end.at_or_before(edge) || (in.fin && end == edge + 1)) {
        return true;
    }
    bool const end_unread = tcb.rcv.finished && !tcb.end_read;  // a FIN waits in the queue like text
    return in.seq.at_or_before(edge) && tcb.receive_queue.unread() == 0 && !end_unread;
}

/// Linux tcp_check_req, which a half-open connection that Fast Open accepted is asked by, too.
bool asks_tcp_in_window(Turn const& turn) { return turn.tcb.state == State::syn_received && turn.tcb.passive; }

/// Linux tcp_in_window: the table, but that an empty segment may lie at the right edge.
bool passes_tcp_in_window(Tcb const& tcb, Incoming const& in) {
    bool const at_the_edge = in.wire.length() == 0 && in.seq == tcb.rcv.nxt + window_left(tcb);
    return at_the_edge || in_window(tcb, in.seq, in.wire.length());
}

bool acceptable(Turn const& turn, Incoming const& in) {
    switch (turn.profile.validation.acceptability.value) {
        case Acceptability::rfc9293:
            return in_window(turn.tcb, in.seq, in.wire.length());
        case Acceptability::linux_tcp_sequence:
            return asks_tcp_in_window(turn) ? passes_tcp_in_window(turn.tcb, in) : passes_tcp_sequence(turn.tcb, in);
    }
    return false;
}

/// RFC 9293 §3.10.7.4: "tailor segments so that they begin at RCV.NXT and do not exceed the window".
void trim_left(Tcb const& tcb, Incoming& in) {
    if (in.seq.before(tcb.rcv.nxt)) {
        auto const old = static_cast<std::uint32_t>(tcb.rcv.nxt - in.seq);
        std::uint64_t const cut = std::min<std::uint64_t>(old, in.text.size());
        in.text = in.text.part(cut, in.text.size() - cut);
        in.fin = in.fin && old <= cut;
        in.seq = tcb.rcv.nxt;
    }
}

void trim_right(Turn& turn, Incoming& in) {
    Tcb const& tcb = turn.tcb;
    auto const room = static_cast<std::uint32_t>(std::max(tcb.rcv.nxt + window_left(tcb) - in.seq, 0));
    if (in.text.size() + (in.fin ? 1U : 0U) > room) {  // a FIN takes a number like text
        in.text = in.text.part(0, std::min<std::uint64_t>(in.text.size(), room));
        in.fin = false;
        if (in.text.empty()) {  // none of it fits: its sender is told at once
            demand_ack(turn);
            in.why = Why::acknowledge_unacceptable;
        }
    }
}

/// RFC 5961 §4.2: "irrespective of the sequence number".
bool challenges_syn(Turn const& turn) {
    return turn.profile.validation.control.value == profile::InWindowControl::rfc5961;
}

/// Linux tcp_v4_reqsk_send_ack: the request has no buffer, and offers what the SYN,ACK did.
void acknowledge_request(Turn& turn, Cause cause) {
    ReceiveSequence const before = turn.tcb.rcv;
    send_ack(turn, cause);
    turn.tcb.rcv = before;
    turn.out.last().segment.window = static_cast<std::uint16_t>(
        std::min(first_window(turn, largest_arrival(turn.tcb)) >> before.wscale, largest_window_field));
}

/// Linux tcp_send_dupack: text that came before is told by D-SACK.
void answer_invalid(Turn& turn, Incoming const& in) {
    if (!may_answer_invalid(turn, in)) {
        return;
    }
    bool const repetition = in.wire.length() > 0 && in.seq.before(turn.tcb.rcv.nxt);
    Cause const cause{repetition ? Why::acknowledge_repetition : Why::acknowledge_unacceptable};
    bool const linux_rule = turn.profile.validation.acceptability.value == Acceptability::linux_tcp_sequence;
    if (linux_rule && asks_tcp_in_window(turn)) {
        acknowledge_request(turn, cause);
        return;
    }
    if (repetition) {
        note_repetition(turn, in);
    }
    send_ack(turn, cause);
}

Step refuse_unacceptable(Turn& turn, Incoming const& in) {
    Tcb& tcb = turn.tcb;
    if (in.wire.flags.has(Flags::rst)) {
        return reset_after_fin(turn, in) ? Step::next : refuse(turn, Refusal::unacceptable);
    }
    if (in.wire.flags.has(Flags::syn) && challenges_syn(turn)) {
        challenge(turn);
        return refuse(turn, Refusal::unacceptable);
    }
    if (tcb.state == State::time_wait && in.fin && in.seq.before(tcb.rcv.nxt)) {  // the peer's, again
        tcb.timers.start(Timer::time_wait, turn.now, turn.profile.teardown.time_wait.value);
    }
    answer_invalid(turn, in);
    return refuse(turn, Refusal::unacceptable);
}

Step refuse_old(Turn& turn, Incoming const& in, TimestampVerdict verdict) {
    if (in.wire.flags.has(Flags::syn) && challenges_syn(turn)) {
        challenge(turn);
    } else if (verdict == TimestampVerdict::old) {
        answer_invalid(turn, in);
    }
    return refuse(turn, Refusal::paws);
}

}  // namespace

bool reset_after_fin(Turn const& turn, Incoming const& in) {
    Tcb const& tcb = turn.tcb;
    bool const linux_rule = turn.profile.validation.acceptability.value == Acceptability::linux_tcp_sequence;
    bool const finished = tcb.state == State::close_wait || tcb.state == State::closing || tcb.state == State::last_ack;
    return linux_rule && finished && in.wire.seq == tcb.rcv.nxt - 1;
}

// First.
Step check_sequence(Turn& turn, Incoming& in) {
    bool const all_or_nothing = turn.profile.validation.acceptability.value == Acceptability::linux_tcp_sequence;
    // Linux tcp_rcv_established, tcp_rcv_state_process: such a segment is worth no look at its number.
    bool const empty_handed = (in.wire.flags.bits & (Flags::ack | Flags::rst | Flags::syn)) == 0;
    if (all_or_nothing && empty_handed && !asks_tcp_in_window(turn)) {
        return refuse(turn, Refusal::no_ack_bit);
    }
    TimestampVerdict const verdict = judge_timestamp(turn, in);
    if (verdict != TimestampVerdict::good) {
        return refuse_old(turn, in, verdict);
    }
    if (!acceptable(turn, in) || echoes_no_syn_ack(turn, in)) {
        return refuse_unacceptable(turn, in);
    }
    trim_left(turn.tcb, in);
    if (!all_or_nothing) {
        trim_right(turn, in);
    }
    return Step::next;
}

}  // namespace tcpsim::tcp
