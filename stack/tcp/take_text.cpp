#include "stack/tcp/acknowledge.hpp"
#include "stack/tcp/duplicate.hpp"
#include "stack/tcp/ecn.hpp"
#include "stack/tcp/output.hpp"
#include "stack/tcp/receive_autotuning.hpp"
#include "stack/tcp/receive_pressure.hpp"
#include "stack/tcp/steps.hpp"
#include "stack/tcp/window.hpp"
#include "stack/tcp/window_space.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

using wire::Flags;

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

/// Linux tcp_rcv_state_process: after the peer's FIN text is dropped, but where it overlaps what was taken it resets.
bool goes_on_beyond_fin(Turn const& turn, Incoming const& in) {
    Tcb const& tcb = turn.tcb;
    bool const finished = tcb.state == State::close_wait || tcb.state == State::closing || tcb.state == State::last_ack;
    return finished && turn.profile.validation.resets_text_after_fin.value && in.wire.seq.before(tcb.rcv.nxt) &&
           !in.text.empty();
}

/// Linux tcp_rcv_state_process: once the connection closes, shutdown(SHUT_RD) says so as close() does.
bool nobody_will_read(Turn const& turn) {
    Tcb const& tcb = turn.tcb;
    bool const shut = tcb.read_shut && tcb.state != State::established;
    return tcb.detached || (shut && turn.profile.validation.resets_text_after_shutdown.value);
}

/// Linux tcp_data_queue, out_of_window: what tcp_sequence lets through for its ACK alone. A FIN may stand at a shut window.
bool lies_beyond_window(Turn const& turn, Incoming const& in) {
    Tcb const& tcb = turn.tcb;
    bool const bare_fin = in.seq == tcb.rcv.nxt && in.text.empty();
    bool const empty = in.text.empty() && !in.fin;
    return !empty && !bare_fin && takes_text(tcb.state) && in.seq.at_or_after(tcb.rcv.nxt + window_left(tcb));
}

/// A part of it came before; perhaps all of it.
void take_repeated(Turn& turn, Incoming& in) {
    SeqNum const nxt = turn.tcb.rcv.nxt;
    // Linux: what just became TIME-WAIT, or an orphan's FIN-WAIT-2, has no queue that could tell.
    State const state = turn.tcb.state;
    bool const left =
        state == State::time_wait || (state == State::fin_wait_2 && turn.tcb.detached && in.found == State::fin_wait_1);
    if (left || in.wire.length() == 0 || !in.wire.seq.before(nxt)) {
        return;
    }
    if ((in.wire.seq + in.wire.length()).after(nxt)) {
        report_duplicate(turn, {in.wire.seq, nxt});
        return;
    }
    note_repetition(turn, in);
    demand_ack(turn);
    in.why = Why::acknowledge_repetition;
}

Arrival arrival_of(Incoming const& in, PacketBuffer const& buffer) {
    constexpr std::uint32_t plain = 20;
    return {.text = static_cast<std::uint32_t>(in.wire.payload.size()),
            .header = plain + static_cast<std::uint32_t>(in.wire.options.size()),
            .cost = buffer.cost,
            .flags = in.wire.flags};
}

PacketBuffer buffer_of(Turn const& turn, Incoming const& in) {
    constexpr std::uint32_t headers = 14 + 20 + 20;  // Ethernet, IPv4, TCP
    return packet_buffer(turn.profile, headers + static_cast<std::uint32_t>(in.wire.options.size()), in.wire.seq,
                         static_cast<std::uint32_t>(in.wire.payload.size()));
}

/// There was no memory for it: as if it had been lost.
void forget(Tcb& tcb, Incoming& in) {
    if (in.fin) {
        tcb.rcv.fin_seen = false;
    }
    in.text = {};
    in.fin = false;
}

/// Linux tcp_data_queue: the peer is told at once that the window is shut.
void refuse_for_memory(Turn& turn, Incoming& in) {
    demand_ack(turn);
    turn.tcb.delayed_ack.no_memory = true;
    forget(turn.tcb, in);
    in.why = Why::acknowledge_unacceptable;
    turn.out.readable();
}

void take_in_order(Turn& turn, Incoming& in) {
    Tcb& tcb = turn.tcb;
    bool const had_holes = tcb.receive_queue.has_holes() || (!in.fin && fin_beyond_hole(tcb));
    SeqNum const end = in.seq + static_cast<std::uint32_t>(in.text.size());
    if (auto const twice = tcb.receive_queue.overlap(in.seq, end)) {
        report_duplicate(turn, *twice);
    }
    if (!make_room(turn, in.wire.seq) && tcb.receive_queue.unread() > 0) {
        return refuse_for_memory(turn, in);
    }
    PacketBuffer const buffer = buffer_of(turn, in);
    Arrival const arrival = arrival_of(in, buffer);
    if (counts_packets(turn.profile)) {
        receiving(tcb).buffers.append(buffer, turn.profile);
    }
    text_received(turn, arrival, end);
    take_ecn(turn, in);
    window_may_grow(turn, arrival);
    tcb.rcv.nxt = tcb.receive_queue.insert(tcb.rcv.nxt, in.seq, in.text);
    turn.out.readable();
    if (!had_holes) {
        return;
    }
    if (counts_packets(turn.profile)) {
        receiving(tcb).buffers.advance(tcb.rcv.nxt, turn.profile);
    }
    in.why = Why::acknowledge_filled_hole;
    if (!tcb.receive_queue.has_holes() && !fin_beyond_hole(tcb)) {  // RFC 5681 §4.2
        demand_ack(turn);
    }
}

void take_beyond_hole(Turn& turn, Incoming& in) {
    Tcb& tcb = turn.tcb;
    SeqNum const end = in.seq + static_cast<std::uint32_t>(in.text.size());
    auto const twice = tcb.receive_queue.overlap(in.seq, end);
    if (twice) {
        report_duplicate(turn, *twice);
    }
    take_ecn(turn, in);
    if (!make_room(turn, in.wire.seq)) {  // in silence
        forget(tcb, in);
        return;
    }
    ++receiving(tcb).beyond_holes;
    PacketBuffer const buffer = buffer_of(turn, in);
    bool const news = !twice || twice->left != in.seq || twice->right != end;
    text_beyond_hole_received(turn, arrival_of(in, buffer), news);
    if (counts_packets(turn.profile)) {
        receiving(tcb).buffers.insert(buffer, turn.profile);
    }
    tcb.receive_queue.insert(tcb.rcv.nxt, in.seq, in.text);
    if (counts_packets(turn.profile) && !tcb.detached) {  // Linux tcp_data_queue_ofo
        grow_receive_buffer(turn, receiving(tcb).autotuning.space);
    }
    in.why = Why::acknowledge_out_of_order;
}

}  // namespace

// Seventh.
Step take_text(Turn& turn, Incoming& in) {
    Tcb& tcb = turn.tcb;
    if (goes_on_beyond_fin(turn, in)) {
        send_reset_for(turn, in.wire, Cause{Why::nobody_reads});
        end_connection(turn, Ended{EndReason::reset_by_peer, error_of_reset(turn), 0, {}, {}});
        return Step::done;
    }
    bool const taken = !in.text.empty() && takes_text(tcb.state);
    if (taken && nobody_will_read(turn)) {  // RFC 9293 §3.6.1, SHLD-3
        send_reset_for(turn, in.wire, Cause{Why::nobody_reads});
        end_connection(turn, Ended{EndReason::aborted, tcb.detached ? Errno::none : Errno::econnreset, 0, {}, {}});
        return Step::done;
    }
    if (lies_beyond_window(turn, in)) {
        demand_ack(turn);
        in.why = Why::acknowledge_unacceptable;
        in.text = {};
        in.fin = false;
        return Step::next;
    }
    note_end_of_stream(tcb, in);
    take_repeated(turn, in);
    if (in.text.empty() || !takes_text(tcb.state)) {
        return Step::next;
    }
    if (in.seq == tcb.rcv.nxt) {
        take_in_order(turn, in);
    } else {
        take_beyond_hole(turn, in);
    }
    return Step::next;
}

// Eighth.
void check_fin(Turn& turn, Incoming& in) {
    Tcb& tcb = turn.tcb;
    if (!takes_text(tcb.state)) {
        return;
    }
    if (!tcb.rcv.fin_seen || tcb.rcv.fin != tcb.rcv.nxt) {
        if (in.fin && in.text.empty() && tcb.rcv.fin_seen) {  // RFC 5681 §4.2: beyond a hole
            schedule_ack(turn);
            in.why = Why::acknowledge_out_of_order;
        }
        return;
    }
    tcb.rcv.nxt += 1;
    fin_received(turn);
    in.why = Why::acknowledge_fin;
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
