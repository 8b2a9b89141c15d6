#include "stack/tcp/acknowledge.hpp"
#include "stack/tcp/ecn.hpp"
#include "stack/tcp/fast_open.hpp"
#include "stack/tcp/keepalive.hpp"
#include "stack/tcp/mtu.hpp"
#include "stack/tcp/output.hpp"
#include "stack/tcp/recovery.hpp"
#include "stack/tcp/segment_arrives.hpp"
#include "stack/tcp/send_memory.hpp"
#include "stack/tcp/steps.hpp"
#include "stack/tcp/window.hpp"
#include "stack/tcp/window_space.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

using wire::Flags;

/// Linux: a TSecr that no SYN of ours had.
bool echoes_nothing(Turn const& turn, wire::TcpSegment const& segment) {
    auto const timestamps = wire::decode(segment.options).timestamps;
    Tcb const& tcb = turn.tcb;
    if (!turn.profile.opening.checks_echo.value || !timestamps || timestamps->echo == 0) {
        return false;
    }
    std::uint32_t const first = timestamp_at(turn, tcb.retransmission.first);
    return timestamps->echo - first > timestamp_now(turn) - first;
}

/// Linux: whoever answers that way has another connection in mind, which our RST ends: the SYN comes again soon.
void repeat_syn_soon(Turn& turn) {
    if (turn.profile.opening.repeats_syn_on_bad_ack.value && turn.tcb.retransmission.retransmits == 0) {
        turn.tcb.timers.start(Timer::retransmit, turn.now, 2 * turn.profile.rto.granule.value);  // TCP_TIMEOUT_MIN
    }
}

/// §3.10.7.3, first to second: true if the segment goes on.
bool check_ack_and_reset(Turn& turn, wire::TcpSegment const& segment) {
    Tcb const& tcb = turn.tcb;
    bool const has_ack = segment.flags.has(Flags::ack);
    bool const has_rst = segment.flags.has(Flags::rst);
    bool const bad_ack = segment.ack.at_or_before(tcb.snd.iss) || segment.ack.after(tcb.snd.nxt);
    if (has_ack && (bad_ack || echoes_nothing(turn, segment))) {
        if (bad_ack) {
            repeat_syn_soon(turn);
        }
        if (!has_rst) {
            send_reset_for(turn, segment, Cause{Why::no_connection});
        }
        turn.out.note(SegmentRefused{Refusal::bad_ack});
        return false;
    }
    if (has_rst) {
        if (has_ack) {
            end_connection(turn, Ended{EndReason::refused, Errno::econnrefused, 0, {}, {}});
        } else {
            turn.out.note(SegmentRefused{Refusal::no_ack_bit});
        }
        return false;
    }
    return segment.flags.has(Flags::syn);  // fifth: neither SYN nor RST: drop
}

}  // namespace

void take_syn(Turn& turn, wire::TcpSegment const& syn, wire::Options const& options) {
    Tcb& tcb = turn.tcb;
    tcb.rcv.irs = syn.seq;
    tcb.rcv.nxt = syn.seq + 1;
    tcb.rcv.wup = tcb.rcv.nxt;
    take_ecn_of_syn(turn, syn);
    // RFC 7323 §1.3, RFC 2018 §2: an option is in force only if both SYNs carry it.
    tcb.window_scaling = options.window_scale.has_value() && turn.profile.options.window_scaling.value;
    constexpr std::uint8_t largest_scale = 14;  // RFC 7323 §2.3: a larger one counts as 14
    tcb.snd.wscale = tcb.window_scaling ? std::min(*options.window_scale, largest_scale) : std::uint8_t{0};
    bool const crosses = tcb.state == State::syn_sent && !syn.flags.has(Flags::ack);
    // Linux forgets its own shift only when a SYN,ACK comes without one.
    bool const keeps_scale = crosses && turn.profile.opening.crossing.value == profile::CrossingAnswer::all_of_ours;
    tcb.rcv.wscale = tcb.window_scaling || keeps_scale ? tcb.rcv.wscale : std::uint8_t{0};
    tcb.sack_permitted = options.sack_permitted && turn.profile.options.sack.value;
    // Linux tcp_syn_options, tcp_synack_options: signed segments carry timestamps only in place of SACK, and only if asked.
    bool const room = !signs(tcb) || (tcb.passive && !tcb.sack_permitted);
    tcb.timestamps.enabled = options.timestamps.has_value() && turn.profile.options.timestamps.value && room;
    if (options.timestamps) {
        tcb.timestamps.recent = options.timestamps->value;
        tcb.timestamps.recent_at = seconds_of(turn.now);
    }
    take_mss(turn, options);
    tcb.rcv.mss = std::min<std::uint16_t>(tcb.snd.mss, 536);
    tcb.snd.wnd = syn.window;  // RFC 7323 §2.2: never scaled in a SYN
    tcb.snd.wl1 = syn.seq;
}

void establish(Turn& turn) {
    Tcb& tcb = turn.tcb;
    if (!tcb.rtt.measured()) {
        tcb.rtt.fail_to_measure();
        tcb.retransmission.backoff = tcb.retransmission.doubled = 0;
    }
    tcb.timers.stop(Timer::connect_limit);
    start_keepalive(turn);
    expand_send_buffer(turn);
    start_receive_window(turn);
    tcb.delayed_ack.last_received = turn.now;
    enter(turn, State::established);
    turn.out.writable();
    if (tcb.fin_queued) {  // it waited for this (Linux tcp_shutdown)
        enter(turn, State::fin_wait_1);
    }
}

namespace {

/// RFC 9293 §3.10.7.3, fourth: "If there are other controls or text in the segment, then continue processing at the sixth
/// step."
void take_rest_of_syn_ack(Turn& turn, wire::TcpSegment const& syn_ack, wire::Options const& options) {
    bool const more = !syn_ack.payload.empty() || syn_ack.flags.has(Flags::fin) || syn_ack.flags.has(Flags::urg);
    if (!more || !turn.profile.listening.takes_text_of_syn_ack.value) {
        return;
    }
    wire::TcpSegment rest = syn_ack;
    rest.flags.bits &= static_cast<std::uint8_t>(~Flags::syn);
    rest.seq += 1;
    Incoming in{.wire = rest,
                .options = options,
                .seq = rest.seq,
                .text = rest.payload,
                .fin = rest.flags.has(Flags::fin),
                .found = State::established};
    check_urgent(turn, in);
    if (take_text(turn, in) == Step::next) {
        check_fin(turn, in);
    }
}

}  // namespace

namespace {

/// Linux tcp_rcv_synsent_state_process: what somebody waits to write will carry it soon, as it will in a conversation.
void acknowledge_syn_ack(Turn& turn) {
    bool const linux_rule = turn.profile.delayed_ack.policy.value == profile::AckPolicy::linux_quickack;
    // TCP_DEFER_ACCEPT of who connects means: its first text is due.
    bool const text_follows = turn.tcb.fast_open.writer_waits || turn.tcb.options.deferred_timeouts > 0;
    if (!linux_rule || (!text_follows && !converses(turn.tcb, turn.profile))) {
        send_ack(turn, Cause{Why::handshake_completed});
        return;
    }
    schedule_ack(turn);
    enter_quick_ack_mode(turn, turn.profile.delayed_ack.initial_quick.value);
    turn.tcb.timers.start(Timer::delayed_ack, turn.now, turn.profile.delayed_ack.max.value);
}

}  // namespace

void segment_arrives_in_syn_sent(Turn& turn, wire::TcpSegment const& segment) {
    Tcb& tcb = turn.tcb;
    if (!check_ack_and_reset(turn, segment)) {
        return;
    }
    // Fourth: the SYN.
    wire::Options const options = wire::decode(segment.options);
    take_syn(turn, segment, options);
    if (segment.flags.has(Flags::ack)) {
        acknowledgment_arrives(turn, AckSegment{.ack = segment.ack, .echo = echo_of(tcb, options)});
        tcb.snd.wl2 = segment.ack;
        tcb.snd.max_wnd = std::max(tcb.snd.max_wnd, tcb.snd.wnd);
        sync_mss(turn);
        establish(turn);
        bool const fast = tcb.fast_open.option || tcb.fast_open.text;
        if (!fast) {
            take_rest_of_syn_ack(turn, segment, options);
        }
        if (!fast || take_fast_syn_ack(turn, segment)) {
            acknowledge_syn_ack(turn);
        }
        send_pending(turn, Why::data_written);
        return;
    }
    // Simultaneous open (RFC 9293 figure 8).
    tcb.snd.max_wnd = tcb.snd.wnd;
    enter(turn, State::syn_received);
    send_syn(turn, Cause{Why::syn_received});
}

}  // namespace tcpsim::tcp
