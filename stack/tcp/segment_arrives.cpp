#include "stack/tcp/segment_arrives.hpp"

#include "stack/tcp/acknowledge.hpp"
#include "stack/tcp/output.hpp"
#include "stack/tcp/steps.hpp"
#include "stack/tcp/syn_received.hpp"
#include "stack/tcp/time_wait.hpp"
#include "stack/tcp/window.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

using wire::Flags;

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
}  // namespace

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
namespace {

Errno error_of_reset(State state) {
    switch (state) {
        case State::close_wait:
            return Errno::epipe;  // Linux tcp_reset: the peer had already finished
        default:
            return Errno::econnreset;
    }
}

}  // namespace

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
    if (state == State::syn_received) {
        return reset_while_opening(turn);
    }
    bool const finishing = state == State::closing || state == State::last_ack || state == State::time_wait;
    end_connection(turn, Ended{EndReason::reset_by_peer, finishing ? Errno::none : error_of_reset(state), 0, {}, {}});
    return Step::done;
}

// Fourth. (The third, security and compartment, is obsolete: RFC 9293 appendix A.1.)
Step check_syn(Turn& turn, Incoming const& in) {
    if (!in.wire.flags.has(Flags::syn)) {
        return Step::next;
    }
    if (turn.tcb.state == State::syn_received && turn.tcb.passive) {
        return syn_in_request(turn, in);
    }
    // RFC 5961 §4.2: a challenge, whatever the sequence number.
    send_ack(turn, Cause{Why::challenge_ack});
    return refuse(turn, Refusal::unacceptable);
}

void segment_arrives_otherwise(Turn& turn, wire::TcpSegment const& segment, wire::Ecn ecn) {
    Tcb& tcb = turn.tcb;
    wire::Options const options = wire::decode(segment.options);
    Incoming in{segment,
                options,
                segment.seq,
                segment.payload,
                segment.flags.has(Flags::fin),
                segment.flags.has(Flags::syn) ? segment.window : std::uint32_t{segment.window} << tcb.snd.wscale,
                ecn};
    if (check_time_wait(turn, in) == Step::done || check_opening(turn, in) == Step::done ||
        check_sequence(turn, in) == Step::done || check_reset(turn, in) == Step::done ||
        check_syn(turn, in) == Step::done || check_ack(turn, in) == Step::done || take_text(turn, in) == Step::done) {
        return;
    }
    check_fin(turn, in);
    // What may be sent now carries the acknowledgment; otherwise it goes by itself, at once or delayed.
    send_pending(turn, Why::window_opened);
    acknowledge(turn, false, fin_taken(tcb) ? Why::acknowledge_fin : Why::acknowledge_at_once);
}

}  // namespace tcpsim::tcp