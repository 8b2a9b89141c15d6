#include "stack/tcp/syn_received.hpp"

#include "stack/tcp/challenge.hpp"
#include "stack/tcp/duplicate.hpp"
#include "stack/tcp/output.hpp"
#include "stack/tcp/retransmit.hpp"
#include "stack/tcp/rto.hpp"

namespace tcpsim::tcp {
namespace {

using wire::Flags;

/// The peer's SYN again: it is impatient, or our SYN,ACK was lost.
Step answer_again(Turn& turn, Incoming const& in) {
    Tcb& tcb = turn.tcb;
    // Linux tcp_check_req: SYN,ACK at once, and its timer begins anew. 4.4BSD tcp_input drops a segment without ACK.
    if (turn.profile.listening.repeats_syn_ack.value && may_answer_invalid(turn, in)) {
        repeat(turn, 0, Cause{Why::syn_received}, false);
        tcb.timers.start(Timer::retransmit, turn.now, rto_now(tcb, turn.profile));
    }
    return refuse(turn, Refusal::unacceptable);
}

}  // namespace

Step check_opening(Turn& turn, Incoming& in) {
    Tcb const& tcb = turn.tcb;
    Flags const flags = in.wire.flags;
    if (tcb.state != State::syn_received || flags.has(Flags::rst)) {
        return Step::next;
    }
    bool const first_number = flags.has(Flags::syn) && in.wire.seq == tcb.rcv.irs;
    if (tcb.passive && first_number && !flags.has(Flags::ack)) {
        return answer_again(turn, in);
    }
    if (!tcb.passive && first_number && in.wire.length() == 1 && flags.has(Flags::ack) && in.wire.ack == tcb.snd.nxt) {
        // RFC 9293 §3.5 figure 8: the SYN,ACK of the other half acknowledges ours, though its SYN has been seen. Linux and
        // 4.4BSD acknowledge it, where the figure does not.
        if (check_ack(turn, in) == Step::next) {
            note_repetition(turn, in);  // Linux tcp_data_queue: the SYN's number came before
            send_ack(turn, Cause{Why::handshake_completed});
            send_pending(turn, Why::data_written);
        }
        return Step::done;
    }
    // Linux tcp_check_req asks the acknowledgment before the sequence number.
    bool const acknowledges_ours = in.wire.ack.after(tcb.snd.una) && in.wire.ack.at_or_before(tcb.snd.nxt);
    if (is_request(turn) && turn.profile.listening.asks_ack_first.value && flags.has(Flags::ack) &&
        !acknowledges_ours) {
        send_reset_for(turn, in.wire, Cause{Why::no_connection});
        return refuse(turn, Refusal::bad_ack);
    }
    return Step::next;
}

Step reset_while_opening(Turn& turn) {
    // RFC 9293 §3.10.7.4, second: a passive OPEN returns to LISTEN and nobody is told; an active one was refused.
    // Who accepted it by Fast Open hears of a reset.
    bool const unknown = turn.tcb.passive && !turn.tcb.fast_open.accepted;
    Errno const error = unknown ? Errno::none : turn.profile.listening.reset_while_opening.value;
    end_connection(turn, Ended{EndReason::reset_by_peer, error, 0, {}, {}});
    return Step::done;
}

Step syn_in_request(Turn& turn, Incoming const& in) {
    // RFC 9293 §3.10.7.4, fourth: return to LISTEN. Linux tcp_check_req, 4.4BSD tcp_input: with a RST besides.
    send_reset_for(turn, in.wire, Cause{Why::no_connection});
    end_connection(turn, Ended{EndReason::aborted, Errno::none, 0, {}, {}});
    return Step::done;
}

}  // namespace tcpsim::tcp
