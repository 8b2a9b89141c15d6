#include "stack/tcp/acknowledge.hpp"
#include "stack/tcp/duplicate.hpp"
#include "stack/tcp/ecn.hpp"
#include "stack/tcp/header_prediction.hpp"
#include "stack/tcp/output.hpp"
#include "stack/tcp/receive_autotuning.hpp"
#include "stack/tcp/receive_pressure.hpp"
#include "stack/tcp/steps.hpp"
#include "stack/tcp/time_wait.hpp"
#include "stack/tcp/window.hpp"
#include "stack/tcp/window_space.hpp"

#include <limits>

namespace tcpsim::tcp {
namespace {

using wire::Flags;

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
    bool const orphan = state == State::fin_wait_2 && turn.tcb.detached && in.found == State::fin_wait_1;
    bool const left = state == State::time_wait || (orphan && !in.wire.flags.has(Flags::fin));
    if (left || in.wire.length() == 0 || !in.wire.seq.before(nxt)) {
        return;
    }
    if ((in.wire.seq + in.wire.length()).after(nxt)) {
        forget_duplicate(turn.tcb);
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
void forget(Incoming& in) {
    in.text = {};
    in.fin = false;
}

/// Linux tcp_data_queue: the peer is told at once that the window is shut.
void refuse_for_memory(Turn& turn, Incoming& in) {
    demand_ack(turn);
    predict_no_header(turn.tcb);
    turn.tcb.delayed_ack.no_memory = true;
    forget(in);
    in.why = Why::acknowledge_unacceptable;
    turn.out.readable();
}

void take_in_order(Turn& turn, Incoming& in) {
    Tcb& tcb = turn.tcb;
    bool const had_holes = tcb.receive_queue.has_holes();
    bool const own_fin = in.fin;
    SeqNum const end = in.seq + static_cast<std::uint32_t>(in.text.size());
    if (auto const twice = tcb.receive_queue.overlap(in.seq, end + (in.fin ? 1U : 0U))) {
        report_duplicate(turn, *twice);
    }
    PacketBuffer const buffer = buffer_of(turn, in);
    if (!takes_short_way(turn, in) && !make_room(turn, buffer) && tcb.receive_queue.unread() > 0) {
        return refuse_for_memory(turn, in);
    }
    Arrival const arrival = arrival_of(in, buffer);
    if (counts_packets(turn.profile)) {
        receiving(tcb).buffers.append(buffer, turn.profile);
    }
    text_received(turn, arrival, end);
    take_ecn(turn, in);
    window_may_grow(turn, arrival);
    auto const progress = tcb.receive_queue.insert(tcb.rcv.nxt, in.seq, in.text, in.fin);
    tcb.rcv.nxt = progress.nxt;
    in.fin = progress.fin;
    turn.out.readable();
    if (!had_holes) {
        predict_header(tcb);
        return;
    }
    if (counts_packets(turn.profile)) {
        receiving(tcb).buffers.advance(tcb.rcv.nxt, turn.profile);
    }
    in.why = Why::acknowledge_filled_hole;
    // RFC 5681 §4.2. Linux tcp_data_queue: the segment's own FIN empties the queue first, and no gap was filled.
    if (!tcb.receive_queue.has_holes() && !own_fin) {
        demand_ack(turn);
    }
    predict_header(tcb);
}

void take_beyond_hole(Turn& turn, Incoming& in) {
    Tcb& tcb = turn.tcb;
    SeqNum const end = in.seq + static_cast<std::uint32_t>(in.text.size()) + (in.fin ? 1U : 0U);
    auto const twice = tcb.receive_queue.overlap(in.seq, end);
    if (twice) {
        report_duplicate(turn, *twice);
    }
    take_ecn(turn, in);
    predict_no_header(tcb);
    PacketBuffer const buffer = buffer_of(turn, in);
    if (!make_room(turn, buffer)) {  // in silence
        forget(in);
        return;
    }
    ++receiving(tcb).beyond_holes;
    bool const news = !twice || twice->left != in.seq || twice->right != end;
    text_beyond_hole_received(turn, arrival_of(in, buffer), news);
    if (counts_packets(turn.profile) && !in.text.empty()) {
        receiving(tcb).buffers.insert(buffer, turn.profile);
    }
    tcb.receive_queue.insert(tcb.rcv.nxt, in.seq, in.text, in.fin);
    in.fin = false;                                       // its turn has not come
    if (counts_packets(turn.profile) && !tcb.detached) {  // Linux tcp_data_queue_ofo
        grow_receive_buffer(turn, receiving(tcb).autotuning.space);
    }
    in.why = Why::acknowledge_out_of_order;
}

/// Linux tcp_fin: what came from beyond the end of the stream goes, and so does what SACK would say.
void forget_beyond(Tcb& tcb, profile::Profile const& profile) {
    tcb.receive_queue.truncate(tcb.rcv.nxt);
    if (tcb.receiving_state) {
        tcb.receiving_state->duplicate.reset();
        tcb.receiving_state->buffers.prune(tcb.rcv.nxt, std::numeric_limits<std::uint32_t>::max(), 0, profile);
    }
}

}  // namespace

bool takes_short_way(Turn& turn, Incoming const& in) {
    return in.predicted && !in.text.empty() && receiving(turn.tcb).buffers.has_set_aside(buffer_of(turn, in).cost);
}

// Seventh.
Step take_text(Turn& turn, Incoming& in) {
    Tcb& tcb = turn.tcb;
    if (goes_on_beyond_fin(turn, in)) {
        send_reset_for(turn, in.wire, Cause{Why::nobody_reads});
        end_connection(turn, Ended{EndReason::reset_by_peer, error_of_reset(turn), 0, {}, {}});
        return Step::done;
    }
    bool const early_fin =
        in.fin && in.seq.after(tcb.rcv.nxt) && turn.profile.validation.resets_text_after_shutdown.value;
    bool const taken = (!in.text.empty() || early_fin) && takes_text(tcb.state);
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
    if (in.wire.length() == 0) {
        take_ecn(turn, in);
    }
    take_repeated(turn, in);
    bool const early = in.seq.after(tcb.rcv.nxt) && (in.fin || !in.text.empty());
    if (early && takes_text(tcb.state)) {
        take_beyond_hole(turn, in);
    } else if (!in.text.empty() && takes_text(tcb.state)) {
        take_in_order(turn, in);
    } else if (in.fin && !in.wire.payload.empty() && takes_text(tcb.state)) {
        text_received(turn, arrival_of(in, buffer_of(turn, in)), in.seq);  // Linux tcp_data_queue: old as all of it is
    }
    return Step::next;
}

// Eighth.
void check_fin(Turn& turn, Incoming& in) {
    Tcb& tcb = turn.tcb;
    if (!in.fin || !takes_text(tcb.state)) {
        return;
    }
    tcb.rcv.nxt += 1;
    tcb.rcv.finished = true;
    fin_received(turn);
    in.why = Why::acknowledge_fin;
    turn.out.readable();
    switch (tcb.state) {
        case State::established:
            enter(turn, State::close_wait);
            break;
        case State::fin_wait_1:
            enter(turn, State::closing);
            send_ack(turn, Cause{Why::acknowledge_fin});  // Linux tcp_fin: at once, our own FIN is out already
            break;
        default:  // FIN-WAIT-2
            enter_time_wait(turn);
            send_ack(turn, Cause{Why::acknowledge_fin});
            break;
    }
    forget_beyond(tcb, turn.profile);
}

}  // namespace tcpsim::tcp
