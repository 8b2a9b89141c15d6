#include "stack/tcp/segment_arrives.hpp"

#include "stack/tcp/acknowledge.hpp"
#include "stack/tcp/challenge.hpp"
#include "stack/tcp/fin_wait_2.hpp"
#include "stack/tcp/header_prediction.hpp"
#include "stack/tcp/output.hpp"
#include "stack/tcp/paws.hpp"
#include "stack/tcp/receive_autotuning.hpp"
#include "stack/tcp/send_memory.hpp"
#include "stack/tcp/steps.hpp"
#include "stack/tcp/syn_received.hpp"
#include "stack/tcp/time_wait.hpp"

namespace tcpsim::tcp {
namespace {

using wire::Flags;

/// RFC 5961 §3.2: exactly RCV.NXT. Linux tcp_validate_incoming: or the end of all that was received.
bool reset_is_exact(Turn const& turn, Incoming const& in) {
    Tcb const& tcb = turn.tcb;
    if (in.wire.seq == tcb.rcv.nxt || turn.profile.validation.control.value == profile::InWindowControl::rfc793) {
        return true;
    }
    bool const linux_rule = turn.profile.validation.acceptability.value == profile::Acceptability::linux_tcp_sequence;
    bool const at_the_end =
        tcb.sack_permitted && tcb.receive_queue.has_holes() && in.wire.seq == tcb.receive_queue.end();
    return linux_rule && (at_the_end || reset_after_fin(turn, in));
}

}  // namespace

Errno error_of_reset(Turn const& turn) {
    switch (turn.tcb.state) {
        case State::closing:
        case State::last_ack:
            return turn.profile.validation.reset_while_closing.value;
        case State::time_wait:
            return Errno::none;
        case State::close_wait:
            return turn.profile.validation.reset_in_close_wait.value;
        default:
            return Errno::econnreset;
    }
}

// Second.
Step check_reset(Turn& turn, Incoming const& in) {
    if (!in.wire.flags.has(Flags::rst)) {
        return Step::next;
    }
    if (!reset_is_exact(turn, in)) {
        challenge(turn);
        return refuse(turn, Refusal::reset_out_of_window);
    }
    if (turn.tcb.state == State::syn_received) {
        return reset_while_opening(turn);
    }
    if (turn.tcb.state == State::time_wait &&
        turn.profile.validation.time_wait_ignores_reset.value) {  // RFC 1337 §3, F1
        return refuse(turn, Refusal::unacceptable);
    }
    if (turn.profile.sockets.reset_discards_text.value) {  // RFC 9293 §3.10.7.4, second: all queues are flushed
        turn.tcb.receive_queue.clear();
    }
    end_connection(turn, Ended{EndReason::reset_by_peer, error_of_reset(turn), 0, {}, {}});
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
    if (turn.profile.validation.control.value == profile::InWindowControl::rfc793) {  // RFC 793 p. 71: it is an error
        send_reset(turn, Cause{Why::no_connection});
        end_connection(turn, Ended{EndReason::reset_by_peer, Errno::econnreset, 0, {}, {}});
        return Step::done;
    }
    challenge(turn);
    return refuse(turn, Refusal::unacceptable);
}

void segment_arrives_otherwise(Turn& turn, wire::TcpSegment const& segment, wire::Ecn ecn) {
    Tcb& tcb = turn.tcb;
    tick_receive_clock(turn);
    wire::Options const options = wire::decode(segment.options);
    Incoming in{segment,
                options,
                segment.seq,
                segment.payload,
                segment.flags.has(Flags::fin),
                segment.flags.has(Flags::syn) ? segment.window : std::uint32_t{segment.window} << tcb.snd.wscale,
                ecn,
                Why::acknowledge_at_once,
                tcb.state};
    in.predicted = is_predicted(tcb, in);
    if (check_opening(turn, in) == Step::done || check_time_wait(turn, in) == Step::done ||
        check_orphan_in_fin_wait_2(turn, in) == Step::done || check_sequence(turn, in) == Step::done ||
        check_reset(turn, in) == Step::done || check_syn(turn, in) == Step::done) {
        return;
    }
    update_ts_recent(turn, in);
    if (check_ack(turn, in) == Step::done) {
        return;
    }
    if (in.found == State::established) {
        measure_round_trip_by_echo(turn, in);
    }
    check_urgent(turn, in);
    if (take_text(turn, in) == Step::done) {
        return;
    }
    check_fin(turn, in);
    // What may be sent now carries the acknowledgment; otherwise it goes by itself, at once or delayed.
    send_pending(turn, Why::window_opened);
    check_send_space(turn);
    acknowledge(turn, in.why);
}

}  // namespace tcpsim::tcp