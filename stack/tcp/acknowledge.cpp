#include "stack/tcp/acknowledge.hpp"

#include "stack/tcp/compressed_ack.hpp"
#include "stack/tcp/output.hpp"
#include "stack/tcp/receive_autotuning.hpp"
#include "stack/tcp/urgent.hpp"
#include "stack/tcp/window.hpp"
#include "stack/tcp/window_space.hpp"

#include <algorithm>
#include <limits>

namespace tcpsim::tcp {
namespace {

using profile::AckPolicy;

constexpr Duration longest_delay =
    std::chrono::milliseconds{500};  // Linux tcp_send_delayed_ack: HZ / 2; RFC 9293 §3.8.6.3, MUST-40

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

bool converses(Turn const& turn) { return tcp::converses(turn.tcb, turn.profile); }

// Linux tcp_send_delayed_ack, tcp_delack_max.
Duration adaptive_delay(Turn const& turn) {
    DelayedAck const& d = turn.tcb.delayed_ack;
    auto const& policy = turn.profile.delayed_ack;
    Duration ato = d.ato;
    if (ato > policy.min.value) {
        Duration limit = converses(turn) || d.pushed > 0 ? policy.max.value : longest_delay;
        if (turn.tcb.rtt.measured()) {
            limit = std::min(limit, std::max(turn.tcb.rtt.srtt(turn.profile), policy.min.value));
        }
        ato = std::min(ato, limit);
    }
    Duration const granule = turn.profile.rto.granule.value;
    Duration const before_timeout = std::max(turn.profile.rto.min.value, 2 * granule) - granule;
    return std::min({ato, policy.max.value, before_timeout});
}

/// 4.4BSD tcp_fasttimo: at the next tick of all connections.
Duration until_tick(Turn const& turn) {
    Duration const tick = turn.profile.delayed_ack.tick.value;
    return tick - turn.now.time_since_epoch() % tick;
}

/// Linux tcp_send_delayed_ack: an older timer goes on, and if it is about to expire, its ACK goes now.
void delay_ack(Turn& turn, Why why) {
    Timers& timers = turn.tcb.timers;
    Duration const wait = turn.profile.delayed_ack.tick.value > Duration{0} ? until_tick(turn) : adaptive_delay(turn);
    if (!timers.running(Timer::delayed_ack)) {
        timers.start(Timer::delayed_ack, turn.now, wait);
    } else if (linux_policy(turn) && timers[Timer::delayed_ack] <= turn.now + wait / 4) {
        send_ack(turn, Cause{why});
    } else if (turn.now + wait < timers[Timer::delayed_ack]) {
        timers.start(Timer::delayed_ack, turn.now, wait);
    }
}

// Linux tcp_cleanup_rbuf: a reader that took more than a segment, or everything up to the end of a write, need not wait
// for the timer. In a conversation its answer is worth waiting for.
bool reader_is_done(Turn const& turn) {
    Tcb const& tcb = turn.tcb;
    DelayedAck const& d = tcb.delayed_ack;
    bool const whole_writes = d.pushed > 1 || (d.pushed == 1 && !converses(turn));
    return static_cast<std::uint32_t>(tcb.rcv.nxt - tcb.rcv.wup) > tcb.rcv.mss ||
           (whole_writes && tcb.receiving_state && tcb.receiving_state->buffers.used() == 0);
}

// Linux __tcp_ack_snd_check.
bool at_once(Turn& turn) {
    Tcb const& tcb = turn.tcb;
    auto const waiting = static_cast<std::uint32_t>(tcb.rcv.nxt - tcb.rcv.wup);
    if (!linux_policy(turn)) {
        return tcb.delayed_ack.at_once ||
               waiting >= 2U * tcb.rcv.mss;  // RFC 5681 §4.2: at least every second full-sized segment
    }
    // More than one segment, and the right edge moves with it; otherwise the reader's ACK will tell more.
    if (waiting > tcb.rcv.mss && window_on_offer(turn) >= tcb.rcv.wnd) {
        return true;
    }
    return (tcb.delayed_ack.quick > 0 && !converses(turn)) || tcb.delayed_ack.at_once;
}

}  // namespace

void text_received(Turn& turn, Arrival const& arrival, SeqNum nxt) {
    Tcb& tcb = turn.tcb;
    tcb.delayed_ack.pending = true;
    if (!linux_policy(turn)) {  // 4.4BSD knows the segment size from the handshake; the largest seen is it at last
        tcb.rcv.mss = static_cast<std::uint16_t>(
            std::clamp<std::uint32_t>(arrival.text, tcb.rcv.mss, std::max(tcb.advertised_mss, tcb.rcv.mss)));
        tcb.delayed_ack.last_received = turn.now;
        return;
    }
    start_receive_autotuning(turn);
    measure_segment(turn, arrival);
    measure_round_trip_by_window(turn, nxt);
    adapt_ato(turn);
    tcb.delayed_ack.last_received = turn.now;
}

void text_beyond_hole_received(Turn& turn, Arrival const& arrival, bool news) {
    schedule_ack(turn);
    if (!linux_policy(turn)) {
        return;
    }
    start_receive_autotuning(turn);
    measure_segment(turn, arrival);
    // Linux tcp_data_queue_ofo: without SACK a changed window would spoil the duplicate ACK.
    if (news && turn.tcb.sack_permitted) {
        grow_window(turn, arrival);
    }
}

void window_may_grow(Turn& turn, Arrival const& arrival) {
    constexpr std::uint32_t too_small_to_count = 128;  // Linux tcp_event_data_recv
    if (linux_policy(turn) && arrival.text >= too_small_to_count) {
        grow_window(turn, arrival);
    }
}

void enter_quick_ack_mode(Turn& turn, int most) {
    DelayedAck& d = turn.tcb.delayed_ack;
    if (!linux_policy(turn)) {  // others answer what needs haste by the segment itself
        d.at_once = true;
        return;
    }
    more_quick_acks(turn, std::min(most, turn.profile.delayed_ack.initial_quick.value));
    d.pingpong = 0;
    d.ato = turn.profile.delayed_ack.min.value;
}

bool converses(Tcb const& tcb, profile::Profile const& profile) {
    return tcb.delayed_ack.pingpong >= profile.delayed_ack.pingpong_threshold.value;
}

void enter_conversation(Turn& turn) {
    turn.tcb.delayed_ack.pingpong = static_cast<std::uint8_t>(turn.profile.delayed_ack.pingpong_threshold.value);
}

void fin_received(Turn& turn) {
    DelayedAck& d = turn.tcb.delayed_ack;
    d.pending = true;
    // Linux tcp_fin: a program that is told of the end will answer soon, so the ACK may wait for its FIN.
    if (linux_policy(turn) && turn.tcb.state == State::established) {
        enter_conversation(turn);
    }
}

void demand_ack(Turn& turn) {
    turn.tcb.delayed_ack.pending = true;
    turn.tcb.delayed_ack.at_once = true;
}

void schedule_ack(Turn& turn) { turn.tcb.delayed_ack.pending = true; }

void acknowledge(Turn& turn, Why why) {
    if (!turn.tcb.delayed_ack.pending) {
        return;
    }
    // RFC 5681 §4.2: beyond a hole, or filling a part of one: at once, or with a few others.
    if (at_once(turn) || (turn.tcb.receive_queue.has_holes() && !shares_ack(turn))) {
        send_ack(turn, Cause{why});
    } else if (!turn.tcb.receive_queue.has_holes()) {
        delay_ack(turn, why);
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
    d.no_memory = false;
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
    if (turn.now - d.last_received < d.ato && d.pingpong < std::numeric_limits<std::uint8_t>::max()) {
        ++d.pingpong;
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
        if (converses(turn)) {
            d.pingpong = 0;
            d.ato = turn.profile.delayed_ack.min.value;
        } else {
            d.ato = std::min(2 * d.ato, turn.tcb.rtt.rto(turn.profile));
        }
    }
    send_ack(turn, Cause{Why::delayed_ack_timer, 0, waited});
}

namespace {

/// All before `read` is taken: memory is freed, and the reader's rate counted.
void reader_came_to(Turn& turn, SeqNum read) {
    adjust_receive_buffer(turn, read);
    receiving(turn.tcb).buffers.release(read, turn.profile);
}

/// Linux tcp_recvmsg: buffer by buffer, each of which is freed when all of it is read.
Payload take_from_buffers(Turn& turn, std::uint64_t at_most) {
    Tcb& tcb = turn.tcb;
    Payload text;
    while (text.size() < at_most && tcb.receive_queue.unread() > 0) {
        std::uint64_t part = std::min<std::uint64_t>(at_most - text.size(), tcb.receive_queue.unread());
        PacketBuffers const& buffers = receiving(tcb).buffers;
        if (!buffers.nothing_in_order()) {  // text of a SYN has none
            part = std::min<std::uint64_t>(part, static_cast<std::uint32_t>(buffers.front_end() - next_unread(tcb)));
        }
        text.append(tcb.receive_queue.take(part));
        reader_came_to(turn, next_unread(tcb));
    }
    return text;
}

Payload take_for_reader(Turn& turn, std::uint64_t at_most) {
    bool const packets = counts_packets(turn.profile);
    if (packets && !turn.tcb.rare) {
        return take_from_buffers(turn, at_most);
    }
    Payload text = read_text(turn.tcb, at_most);  // perhaps up to urgent data
    if (packets) {
        reader_came_to(turn, next_unread(turn.tcb));
    }
    return text;
}

// Linux tcp_cleanup_rbuf.
void acknowledge_reading(Turn& turn) {
    Tcb const& tcb = turn.tcb;
    if (tcb.state == State::closed || tcb.state == State::time_wait) {
        return;
    }
    if (linux_policy(turn) && tcb.delayed_ack.pending && reader_is_done(turn)) {
        send_ack(turn, Cause{Why::acknowledge_at_once});
    } else if (!tcb.rcv.finished && deserves_window_update(turn)) {
        send_ack(turn, Cause{Why::window_update});
    }
}

}  // namespace

void quick_ack_chosen(Turn& turn, std::int64_t value) {
    Tcb& tcb = turn.tcb;
    if (value == 0) {
        enter_conversation(turn);
        return;
    }
    tcb.delayed_ack.pingpong = 0;
    bool const receives = tcb.state == State::established || tcb.state == State::close_wait;
    if (receives && tcb.delayed_ack.pending) {
        tcb.delayed_ack.pushed = std::max(tcb.delayed_ack.pushed, std::uint8_t{1});
        acknowledge_reading(turn);
        if (value % 2 == 0) {
            enter_conversation(turn);
        }
    }
}

Payload read_and_acknowledge(Turn& turn, std::uint64_t at_most) {
    Payload text = take_for_reader(turn, at_most);
    acknowledge_reading(turn);
    return text;
}

}  // namespace tcpsim::tcp
