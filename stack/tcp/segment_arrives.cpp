#include "stack/tcp/segment_arrives.hpp"

#include "stack/tcp/acknowledge.hpp"
#include "stack/tcp/output.hpp"
#include "stack/tcp/retransmit.hpp"
#include "stack/tcp/window.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

using wire::Flags;

/// What a step decides: go on to the next, or the segment is done with.
enum class Step : std::uint8_t { next, done };

Step refuse(Turn& turn, Refusal rule) {
    turn.out.note(SegmentRefused{rule});
    return Step::done;
}

/// RFC 9293 §3.4, the table of four cases. Linux tcp_sequence deviates: an empty segment at the right edge itself will do.
/// With a window of zero Linux drops a segment with text whole, where the RFC would take a valid ACK from it.
bool acceptable(Tcb const& tcb, SeqNum seq, std::uint32_t length) {
    std::uint32_t const wnd = window_left(tcb);
    auto in_window = [&](SeqNum s) { return s.at_or_after(tcb.rcv.nxt) && s.before(tcb.rcv.nxt + wnd); };
    if (length == 0) {
        return wnd == 0 ? seq == tcb.rcv.nxt : in_window(seq) || seq == tcb.rcv.nxt + wnd;
    }
    return wnd > 0 && (in_window(seq) || in_window(seq + (length - 1)));
}

/// RFC 7323 §5.3 R1: an old TSval marks an old duplicate.
bool fails_paws(Tcb const& tcb, Incoming const& in) {
    if (!tcb.timestamps.enabled || !in.options.timestamps || in.wire.flags.has(Flags::rst)) {
        return false;
    }
    return static_cast<std::int32_t>(in.options.timestamps->value - tcb.timestamps.recent) < 0;
}

/// RFC 7323 §4.3 (2): TS.Recent follows the segment that covers Last.ACK.sent; never a RST's, which PAWS lets through.
void update_ts_recent(Tcb& tcb, Incoming const& in) {
    bool const checked = tcb.timestamps.enabled && in.options.timestamps && !in.wire.flags.has(Flags::rst);
    if (checked && in.seq.at_or_before(tcb.rcv.wup)) {
        tcb.timestamps.recent = in.options.timestamps->value;
    }
}

/// RFC 9293 §3.10.7.4: "tailor segments so that they begin at RCV.NXT and do not exceed the window".
void trim_to_window(Tcb const& tcb, Incoming& in) {
    if (in.seq.before(tcb.rcv.nxt)) {
        auto const old = static_cast<std::uint32_t>(tcb.rcv.nxt - in.seq);
        std::uint64_t const cut = std::min<std::uint64_t>(old, in.text.size());
        in.text = in.text.part(cut, in.text.size() - cut);
        in.fin = in.fin && old <= cut;
        in.seq = tcb.rcv.nxt;
    }
    std::int32_t const room = tcb.rcv.nxt + window_left(tcb) - in.seq;
    if (room < 0 || in.text.size() > static_cast<std::uint32_t>(room)) {
        in.text =
            in.text.part(0, std::min<std::uint64_t>(in.text.size(), static_cast<std::uint32_t>(std::max(room, 0))));
        in.fin = false;
    }
}

// First.
Step check_sequence(Turn& turn, Incoming& in) {
    Tcb& tcb = turn.tcb;
    if (fails_paws(tcb, in)) {
        send_ack(turn, Cause{Why::challenge_ack});
        return refuse(turn, Refusal::paws);
    }
    if (!acceptable(tcb, in.seq, in.wire.length())) {
        if (!in.wire.flags.has(Flags::rst)) {
            // A repetition that we have read already means that our ACK was lost (RFC 5681 §4.2).
            bool const repetition = in.wire.length() > 0 && in.seq.before(tcb.rcv.nxt);
            send_ack(turn, Cause{repetition ? Why::acknowledge_repetition : Why::challenge_ack});
            if (tcb.state == State::time_wait && in.wire.flags.has(Flags::fin)) {
                tcb.timers.start(Timer::time_wait, turn.now, turn.profile.teardown.time_wait.value);
            }
        }
        return refuse(turn, Refusal::unacceptable);
    }
    update_ts_recent(tcb, in);
    trim_to_window(tcb, in);
    return Step::next;
}

Errno error_of_reset(State state) {
    switch (state) {
        case State::close_wait:
            return Errno::epipe;  // Linux tcp_reset: the peer had already finished
        case State::syn_sent:
        case State::syn_received:
            return Errno::econnrefused;
        default:
            return Errno::econnreset;
    }
}

// Second.
Step check_reset(Turn& turn, Incoming const& in) {
    if (!in.wire.flags.has(Flags::rst)) {
        return Step::next;
    }
    if (in.wire.seq != turn.tcb.rcv.nxt) {  // RFC 5961 §3.2: inside the window but not exact
        send_ack(turn, Cause{Why::challenge_ack});
        return refuse(turn, Refusal::reset_out_of_window);
    }
    State const state = turn.tcb.state;
    bool const finishing = state == State::closing || state == State::last_ack || state == State::time_wait;
    end_connection(turn, Ended{EndReason::reset_by_peer, finishing ? Errno::none : error_of_reset(state), 0, {}, {}});
    return Step::done;
}

// Fourth. (The third, security and compartment, is obsolete: RFC 9293 appendix A.1.)
Step check_syn(Turn& turn, Incoming const& in) {
    if (!in.wire.flags.has(Flags::syn)) {
        return Step::next;
    }
    // RFC 5961 §4.2: a challenge, whatever the sequence number. Ours in SYN-RECEIVED is repeated by its own timer.
    send_ack(turn, Cause{Why::challenge_ack});
    return refuse(turn, Refusal::unacceptable);
}

/// RFC 9293 §3.10.7.4, fifth, SYN-RECEIVED.
Step check_ack_of_syn(Turn& turn, Incoming const& in) {
    Tcb& tcb = turn.tcb;
    if (!in.wire.ack.after(tcb.snd.una) || in.wire.ack.after(tcb.snd.nxt)) {
        send_reset_for(turn, in.wire, Cause{Why::no_connection});
        return refuse(turn, Refusal::bad_ack);
    }
    tcb.snd.wnd = in.window;
    tcb.snd.wl1 = in.wire.seq;
    tcb.snd.wl2 = in.wire.ack;
    establish(turn);
    return Step::next;
}

/// RFC 9293 §3.10.7.4, fifth, ESTABLISHED: SND.WND, SND.WL1, SND.WL2.
void update_send_window(SendSequence& snd, Incoming const& in) {
    bool const newer = snd.wl1.before(in.wire.seq) || (snd.wl1 == in.wire.seq && snd.wl2.at_or_before(in.wire.ack));
    if (!newer) {
        return;
    }
    snd.wnd = in.window;
    snd.max_wnd = std::max(snd.max_wnd, in.window);
    snd.wl1 = in.wire.seq;
    snd.wl2 = in.wire.ack;
}

/// RFC 5681 §2: what counts as a duplicate ACK.
bool is_duplicate_ack(Tcb const& tcb, Incoming const& in) {
    return in.wire.ack == tcb.snd.una && tcb.snd.una != tcb.snd.nxt && in.wire.length() == 0 &&
           in.window == tcb.snd.wnd;
}

void advance_una(Turn& turn, Incoming const& in) {
    Tcb& tcb = turn.tcb;
    auto const echo = tcb.timestamps.enabled && in.options.timestamps
                          ? std::optional<std::uint32_t>{in.options.timestamps->echo}
                          : std::nullopt;
    acknowledged(turn, in.wire.ack, echo);
    expand_send_buffer(turn);
    if (has_send_space(tcb)) {
        turn.out.writable();
    }
}

/// RFC 9293 §3.10.7.4, fifth: what an acknowledged FIN means in each state.
Step after_ack_of_fin(Turn& turn) {
    Tcb& tcb = turn.tcb;
    switch (tcb.state) {
        case State::fin_wait_1:
            enter(turn, State::fin_wait_2);
            if (tcb.detached) {  // Linux tcp_fin_timeout; BSD: the same for an orphan
                tcb.timers.start(Timer::fin_wait_2, turn.now, turn.profile.teardown.fin_wait_2_orphan.value);
            }
            return Step::next;
        case State::closing:
            enter(turn, State::time_wait);
            tcb.timers.start(Timer::time_wait, turn.now, turn.profile.teardown.time_wait.value);
            return Step::next;
        case State::last_ack:
            end_connection(turn, Ended{});
            return Step::done;
        default:
            return Step::next;
    }
}

// Fifth.
Step check_ack(Turn& turn, Incoming const& in) {
    Tcb& tcb = turn.tcb;
    if (!in.wire.flags.has(Flags::ack)) {
        return refuse(turn, Refusal::no_ack_bit);
    }
    if (tcb.state == State::syn_received && check_ack_of_syn(turn, in) == Step::done) {
        return Step::done;
    }
    if (in.wire.ack == tcb.snd.nxt + 1 && tcb.snd.probed == in.wire.ack) {
        adopt_probe(turn);
    }
    if (in.wire.ack.after(tcb.snd.nxt) || in.wire.ack.before(tcb.snd.una - tcb.snd.max_wnd)) {
        // RFC 5961 §5.2: neither new nor recent.
        send_ack(turn, Cause{Why::challenge_ack});
        return refuse(turn, Refusal::bad_ack);
    }
    bool const duplicate = is_duplicate_ack(tcb, in);
    if (in.wire.ack.at_or_after(tcb.snd.una)) {
        update_send_window(tcb.snd, in);
    }
    window_probe_answered(turn);
    if (in.wire.ack.after(tcb.snd.una)) {
        advance_una(turn, in);
    } else if (duplicate) {
        duplicate_ack(turn);
    }
    return fin_sent(tcb) && tcb.snd.una == tcb.snd.nxt ? after_ack_of_fin(turn) : Step::next;
}

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

}  // namespace

void expand_send_buffer(Turn& turn) {
    Tcb& tcb = turn.tcb;
    bool const tuned = turn.profile.buffers.send_policy.value == profile::SendBufferPolicy::linux_autotuned;
    if (tuned && !tcb.send_buffer_fixed) {
        // Linux tcp_sndbuf_expand: twice the congestion window's worth.
        constexpr std::uint32_t overhead_percent = 160;  // a segment's bookkeeping beside its text, roughly
        std::uint64_t const wanted =
            std::uint64_t{2} * std::max(10U, tcb.congestion.cwnd()) * tcb.snd.mss * overhead_percent / 100;
        auto const most = static_cast<std::uint64_t>(turn.profile.buffers.send_max.value);
        tcb.send_buffer = std::max(tcb.send_buffer, static_cast<std::uint32_t>(std::min(wanted, most)));
    }
}

void segment_arrives_otherwise(Turn& turn, wire::TcpSegment const& segment) {
    Tcb& tcb = turn.tcb;
    wire::Options const options = wire::decode(segment.options);
    Incoming in{segment,
                options,
                segment.seq,
                segment.payload,
                segment.flags.has(Flags::fin),
                segment.flags.has(Flags::syn) ? segment.window : std::uint32_t{segment.window} << tcb.snd.wscale};
    if (check_sequence(turn, in) == Step::done || check_reset(turn, in) == Step::done ||
        check_syn(turn, in) == Step::done || check_ack(turn, in) == Step::done || take_text(turn, in) == Step::done) {
        return;
    }
    check_fin(turn, in);
    // What may be sent now carries the acknowledgment; otherwise it goes by itself, at once or delayed.
    send_pending(turn, Why::window_opened);
    acknowledge(turn, false, fin_taken(tcb) ? Why::acknowledge_fin : Why::acknowledge_at_once);
}

}  // namespace tcpsim::tcp
