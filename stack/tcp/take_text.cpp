#include "stack/tcp/acknowledge.hpp"
#include "stack/tcp/ecn.hpp"
#include "stack/tcp/output.hpp"
#include "stack/tcp/steps.hpp"
#include "stack/tcp/window.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

using wire::Flags;

bool takes_text(State state) {
    return state == State::established || state == State::fin_wait_1 || state == State::fin_wait_2;
}

/// The stream ends at the first FIN seen: what lies beyond it is no text (Linux tcp_fin purges it).
void note_end_of_stream(Tcb& tcb, Incoming& in) {
    if (!takes_text(tcb.state)) {
        return;
    }
    SeqNum const end = in.seq + static_cast<std::uint32_t>(in.text.size());
    if (in.fin && (!tcb.rcv.fin_seen || end.before(tcb.rcv.fin))) {
        tcb.rcv.fin_seen = true;
        tcb.rcv.fin = end;
        tcb.receive_queue.truncate(end);
    }
    if (tcb.rcv.fin_seen && end.after(tcb.rcv.fin)) {
        in.text = in.text.part(0, static_cast<std::uint32_t>(std::max(tcb.rcv.fin - in.seq, 0)));
    }
}

}  // namespace

// Seventh. (The sixth, urgent data, belongs to the complete protocol.)
Step take_text(Turn& turn, Incoming& in) {
    Tcb& tcb = turn.tcb;
    note_end_of_stream(tcb, in);
    if (in.text.empty() || !takes_text(tcb.state)) {
        return Step::next;
    }
    if (tcb.detached) {  // RFC 9293 §3.6.1, SHLD-3: nobody will ever read this
        send_reset_for(turn, in.wire, Cause{Why::nobody_reads});
        end_connection(turn, Ended{EndReason::aborted, Errno::none, 0, {}, {}});
        return Step::done;
    }
    bool const in_order = in.seq == tcb.rcv.nxt;
    bool const had_holes = tcb.receive_queue.has_holes();
    text_received(turn, static_cast<std::uint32_t>(in.text.size()), in.wire.flags.has(Flags::psh));
    take_ecn(turn, in);
    tcb.rcv.nxt = tcb.receive_queue.insert(tcb.rcv.nxt, in.seq, in.text);
    if (in_order) {
        turn.out.readable();
    }
    if (!in_order || had_holes) {  // RFC 5681 §4.2: a hole, or its filling, is told at once
        acknowledge(turn, true, in_order ? Why::acknowledge_filled_hole : Why::acknowledge_out_of_order);
    }
    return Step::next;
}

// Eighth.
void check_fin(Turn& turn, Incoming const& in) {
    Tcb& tcb = turn.tcb;
    if (!takes_text(tcb.state)) {
        return;
    }
    if (!tcb.rcv.fin_seen || tcb.rcv.fin != tcb.rcv.nxt) {
        if (in.fin && in.text.empty()) {  // RFC 5681 §4.2: beyond a hole
            acknowledge(turn, true, Why::acknowledge_out_of_order);
        }
        return;
    }
    tcb.rcv.nxt += 1;
    fin_received(turn);
    turn.out.readable();
    switch (tcb.state) {
        case State::established:
            enter(turn, State::close_wait);
            return;
        case State::fin_wait_1:
            enter(turn, State::closing);
            send_ack(turn, Cause{Why::acknowledge_fin});  // Linux tcp_fin: at once, our own FIN is out already
            return;
        default:  // FIN-WAIT-2
            enter(turn, State::time_wait);
            tcb.timers.stop_all();
            tcb.timers.start(Timer::time_wait, turn.now, turn.profile.teardown.time_wait.value);
            send_ack(turn, Cause{Why::acknowledge_fin});
            return;
    }
}

}  // namespace tcpsim::tcp
