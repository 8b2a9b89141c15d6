#include "stack/tcp/acknowledge.hpp"

#include "stack/tcp/compressed_ack.hpp"
#include "stack/tcp/output.hpp"
#include "stack/tcp/window.hpp"

#include <algorithm>
#include <utility>

namespace tcpsim::tcp {
namespace {

using profile::AckPolicy;

bool linux_policy(Turn const& turn) { return turn.profile.delayed_ack.policy.value == AckPolicy::linux_quickack; }

// Linux tcp_incr_quickack: as many ACKs at once as take half of the window, in segments.
void more_quick_acks(Turn& turn, int most) {
    Tcb& tcb = turn.tcb;
    int const segments = static_cast<int>(tcb.rcv.wnd / (2U * tcb.rcv.mss));
    tcb.delayed_ack.quick =
        std::max(tcb.delayed_ack.quick, static_cast<std::uint8_t>(std::min(segments == 0 ? 2 : segments, most)));
}

// Linux tcp_event_data_recv: the ACK timeout follows the gaps between arrivals.
void adapt_ato(Turn& turn) {
    DelayedAck& d = turn.tcb.delayed_ack;
    int const most = turn.profile.delayed_ack.initial_quick.value;
    Duration const ato_min = turn.profile.delayed_ack.min.value;
    Duration const gap = turn.now - d.last_received;
    if (d.ato == Duration{0}) {
        more_quick_acks(turn, most);
        d.ato = ato_min;
    } else if (gap <= ato_min / 2) {
        d.ato = d.ato / 2 + ato_min / 2;
    } else if (gap < d.ato) {
        d.ato = std::min(d.ato / 2 + gap, turn.tcb.rtt.rto(turn.profile));
    } else if (gap > turn.tcb.rtt.rto(turn.profile)) {
        more_quick_acks(turn, most);
    }
}

// Linux tcp_grow_window: the offer follows what the peer really sends.
void grow_window(Turn& turn, std::uint32_t length) {
    constexpr std::uint32_t too_small_to_count = 128;
    Tcb& tcb = turn.tcb;
    std::uint32_t const space = window_space(tcb, turn.profile);
    if (length >= too_small_to_count && tcb.rcv.ssthresh < space) {
        tcb.rcv.ssthresh = std::min(space, tcb.rcv.ssthresh + 2U * tcb.advertised_mss);
    }
}

// Linux tcp_send_delayed_ack.
Duration delay(Turn const& turn) {
    DelayedAck const& d = turn.tcb.delayed_ack;
    auto const& policy = turn.profile.delayed_ack;
    if (!linux_policy(turn)) {
        return policy.max.value;
    }
    Duration ato = d.ato;
    if (ato > policy.min.value) {
        Duration limit = policy.max.value;
        if (turn.tcb.rtt.measured()) {
            limit = std::min(limit, std::max(turn.tcb.rtt.srtt(turn.profile), policy.min.value));
        }
        ato = std::min(ato, limit);
    }
    return std::min(ato, policy.max.value);
}

// Linux tcp_cleanup_rbuf: a reader that took more than a segment, or everything up to the end of a write, need not wait
// for the timer. In a conversation its answer is worth waiting for.
bool reader_is_done(Tcb const& tcb) {
    DelayedAck const& d = tcb.delayed_ack;
    bool const whole_writes = d.pushed > 1 || (d.pushed == 1 && !d.pingpong);
    return static_cast<std::uint32_t>(tcb.rcv.nxt - tcb.rcv.wup) > tcb.rcv.mss ||
           (whole_writes && tcb.receive_queue.unread() == 0);
}

bool at_once(Turn const& turn) {
    Tcb const& tcb = turn.tcb;
    auto const waiting = static_cast<std::uint32_t>(tcb.rcv.nxt - tcb.rcv.wup);
    if (!linux_policy(turn)) {
        return tcb.delayed_ack.at_once ||
               waiting >= 2U * tcb.rcv.mss;  // RFC 5681 §4.2: at least every second full-sized segment
    }
    if (tcb.delayed_ack.at_once || (tcb.delayed_ack.quick > 0 && !tcb.delayed_ack.pingpong)) {
        return true;
    }
    // Linux __tcp_ack_snd_check: more than one segment, and the window on offer does not shrink.
    return waiting > tcb.rcv.mss && window_on_offer(tcb, turn.profile) >= window_left(tcb);
}

}  // namespace

void text_received(Turn& turn, std::uint32_t length, bool psh) {
    Tcb& tcb = turn.tcb;
    tcb.delayed_ack.pending = true;
    if (length < tcb.rcv.mss || psh) {  // Linux tcp_measure_rcv_mss: the end of a write, more may not come soon
        tcb.delayed_ack.pushed = static_cast<std::uint8_t>(std::min(tcb.delayed_ack.pushed + 1, 2));
    }
    // Linux tcp_measure_rcv_mss: the largest segment seen is the peer's.
    tcb.rcv.mss = static_cast<std::uint16_t>(
        std::clamp<std::uint32_t>(length, tcb.rcv.mss, std::max(tcb.advertised_mss, tcb.rcv.mss)));
    if (linux_policy(turn)) {
        adapt_ato(turn);
        grow_window(turn, length);
    }
    tcb.delayed_ack.last_received = turn.now;
}

void enter_quick_ack_mode(Turn& turn, int most) {
    DelayedAck& d = turn.tcb.delayed_ack;
    if (!linux_policy(turn)) {  // others answer what needs haste by the segment itself
        d.at_once = true;
        return;
    }
    more_quick_acks(turn, std::min(most, turn.profile.delayed_ack.initial_quick.value));
    d.pingpong = false;
    d.ato = turn.profile.delayed_ack.min.value;
}

void fin_received(Turn& turn) {
    DelayedAck& d = turn.tcb.delayed_ack;
    d.pending = true;
    // Linux tcp_fin: a program that is told of the end will answer soon, so the ACK may wait for its FIN.
    d.pingpong = d.pingpong || (linux_policy(turn) && turn.tcb.state == State::established);
}

void demand_ack(Turn& turn) {
    turn.tcb.delayed_ack.pending = true;
    turn.tcb.delayed_ack.at_once = true;
}

void hole_changed(Turn& turn) {
    turn.tcb.delayed_ack.pending = true;
    turn.tcb.delayed_ack.hole_changed = true;
}

void acknowledge(Turn& turn, Why why) {
    Tcb& tcb = turn.tcb;
    DelayedAck& d = tcb.delayed_ack;
    if (!d.pending) {
        return;
    }
    bool const hole_changed = std::exchange(d.hole_changed, false);
    if (at_once(turn) || (hole_changed && !shares_ack(turn))) {
        send_ack(turn, Cause{why});
    } else if (!hole_changed && !tcb.timers.running(Timer::delayed_ack) &&
               !tcb.timers.running(Timer::compressed_ack)) {  // which is sooner
        tcb.timers.start(Timer::delayed_ack, turn.now, delay(turn));
    }
}

void acknowledgment_sent(Turn& turn) {
    DelayedAck& d = turn.tcb.delayed_ack;
    // Linux tcp_dec_quickack_mode: only what acknowledges something new is counted; the last one deflates the timeout.
    if (d.pending && d.quick > 0 && --d.quick == 0) {
        d.ato = turn.profile.delayed_ack.min.value;
    }
    d.pending = false;
    d.at_once = false;
    d.hole_changed = false;
    d.pushed = 0;
    if (turn.tcb.receiving_state) {
        turn.tcb.receiving_state->compressed_ack.waiting = 0;
    }
    turn.tcb.timers.stop(Timer::compressed_ack);
    turn.tcb.timers.stop(Timer::delayed_ack);
}

void data_sent(Turn& turn) {
    DelayedAck& d = turn.tcb.delayed_ack;
    // Linux tcp_event_data_sent: an answer within the ACK timeout means a conversation.
    if (d.ato > Duration{0} && turn.now - d.last_received < d.ato) {
        d.pingpong = true;
    }
}

void delayed_ack_expired(Turn& turn) {
    DelayedAck& d = turn.tcb.delayed_ack;
    if (!d.pending) {
        return;
    }
    Duration const waited = turn.tcb.timers.waited(Timer::delayed_ack);
    turn.out.note(TimerExpired{Timer::delayed_ack, 0, waited});
    if (linux_policy(turn)) {
        // Linux tcp_delack_timer_handler: a missed ACK inflates the timeout, or ends ping-pong mode.
        if (d.pingpong) {
            d.pingpong = false;
            d.ato = turn.profile.delayed_ack.min.value;
        } else {
            d.ato = std::min(2 * d.ato, turn.tcb.rtt.rto(turn.profile));
        }
    }
    send_ack(turn, Cause{Why::delayed_ack_timer, 0, waited});
}

void text_read(Turn& turn) {
    Tcb& tcb = turn.tcb;
    if (tcb.state == State::closed || tcb.state == State::time_wait || fin_taken(tcb)) {
        return;
    }
    if (linux_policy(turn) && tcb.delayed_ack.pending && reader_is_done(tcb)) {
        send_ack(turn, Cause{Why::acknowledge_at_once});
    } else if (deserves_window_update(tcb, turn.profile)) {
        send_ack(turn, Cause{Why::window_update});
    }
}

}  // namespace tcpsim::tcp
