#include "stack/tcp/retransmit.hpp"

#include "stack/tcp/defer_accept.hpp"
#include "stack/tcp/give_up.hpp"
#include "stack/tcp/loss.hpp"
#include "stack/tcp/output.hpp"
#include "stack/tcp/rack.hpp"
#include "stack/tcp/recovery.hpp"
#include "stack/tcp/rto.hpp"
#include "stack/tcp/sendable.hpp"
#include "stack/tcp/window.hpp"
#include "stack/tcp/window_use.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

using Phase = Recovery::Phase;

bool synchronized(State state) { return state != State::syn_sent && state != State::syn_received; }

Duration rto_now(Turn const& turn) { return tcp::rto_now(turn.tcb, turn.profile); }

/// What is left of the head's timeout.
Duration until_rto(Turn const& turn) { return turn.tcb.send_queue.sent().front().sent_at + rto_now(turn) - turn.now; }

/// RFC 8985 §7.2: with SACK, while nothing is being repaired.
bool probe_allowed(Turn const& turn) {
    Tcb const& tcb = turn.tcb;
    Phase const phase = tcb.recovery.phase;
    return turn.profile.tail_loss_probe.policy.value == profile::TailLossProbe::rfc8985 && tcb.sack_permitted &&
           synchronized(tcb.state) && (phase == Phase::open || phase == Phase::cwr);
}

// RFC 8985 §7.2 as Linux has it (tcp_schedule_loss_probe): 2*SRTT, plus the RTO floor if only one segment is out and may
// wait for a delayed ACK; the initial timeout where there is no SRTT; never later than the RTO would fire.
void schedule_probe(Turn& turn, Duration until_rto_fires) {
    Tcb& tcb = turn.tcb;
    Duration const slack = tcb.send_queue.sent().size() == 1 ? turn.profile.rto.min.value : timeout_min;
    Duration const measured = 2 * tcb.rtt.srtt(turn.profile) + slack;
    Duration const pto = tcb.rtt.measured() ? measured : turn.profile.rto.initial.value;
    Duration const wait = until_rto_fires > Duration{0} ? std::min(pto, until_rto_fires) : pto;
    watch(turn, Timer::tail_loss_probe, rounded_up(wait, turn.profile.rto.granule.value));
}

/// Linux tcp_rearm_rto: a timeout that a probe or a late segment had put off is counted from the head's transmission.
void rearm_retransmission(Turn& turn) {
    Tcb& tcb = turn.tcb;
    bool const put_off = tcb.timers.running(Timer::tail_loss_probe) || tcb.timers.running(Timer::reordering);
    if (put_off) {
        resume_retransmission(turn);
    } else {
        watch(turn, Timer::retransmit, rto_now(turn));
    }
}

/// RFC 9293 §3.8.6: the receiver took back the room that this segment was sent into. Its first byte may go all the same, as
/// a probe.
bool beyond_window(Tcb const& tcb, SentSegment const& segment) {
    return segment.seq.at_or_after(tcb.snd.una + tcb.snd.wnd) && segment.seq.after(tcb.snd.una);
}

/// RFC 1191 §6.5: segments were larger when it was sent, or carried fewer options. Linux tcp_set_skb_tso_segs, tcp_trim_head: a
/// packet of several is cut anew as a whole, from SND.UNA if it was acknowledged in part, which is not repeated.
void cut_anew(Tcb& tcb, std::size_t i) {
    Scoreboard& sent = tcb.send_queue.sent();
    std::uint32_t const mss = current_mss(tcb);
    auto const gone = [&](std::size_t k) {
        return static_cast<std::uint32_t>(later_of(sent[k].seq, tcb.snd.una) - sent[k].seq);
    };
    auto const most = [&](std::size_t k) { return gone(k) + mss; };
    bool const size_unknown = tcb.state == State::syn_sent;  // until the peer has said what it takes
    if (size_unknown || (sent[i].text() <= most(i) && gone(i) == 0)) {
        return;
    }
    while (i + 1 < sent.size() && !sent[i + 1].begins_packet && sent[i + 1].alike(sent[i])) {
        sent.merge(i);
    }
    for (; sent[i].text() > most(i); ++i) {
        sent.split(i, most(i));
    }
}

/// RFC 9293 §3.8.6, SHLD-16: no repetition reaches beyond the right edge, except into a shut window.
void cut_at_window(Tcb& tcb, std::size_t i) {
    Scoreboard& sent = tcb.send_queue.sent();
    SeqNum const edge = tcb.snd.una + tcb.snd.wnd;
    bool const cut = edge.after(later_of(sent[i].seq, tcb.snd.una)) && edge.before(sent[i].seq + sent[i].text());
    if (cut) {
        sent.split(i, static_cast<std::uint32_t>(edge - sent[i].seq));
    }
}

/// Linux tcp_can_collapse: a packet of one segment, as the next is.
bool are_small_packets(Scoreboard const& sent, std::size_t i) {
    bool const next_alone = i + 2 == sent.size() || sent[i + 2].begins_packet;
    return sent[i].begins_packet && sent[i + 1].begins_packet && next_alone && !sent[i + 1].sacked;
}

/// RFC 9293 §3.7.1: repetitions may be packaged anew. Linux tcp_retrans_try_collapse: with whole segments that follow.
void take_in_followers(Turn& turn, std::size_t i) {
    Tcb& tcb = turn.tcb;
    Scoreboard& sent = tcb.send_queue.sent();
    if (!turn.profile.recovery.collapse.value || (sent[i].control & wire::Flags::syn) != 0) {
        return;
    }
    SeqNum const from = later_of(sent[i].seq, tcb.snd.una);
    SeqNum const edge = tcb.snd.una + tcb.snd.wnd;
    SeqNum const full = from + current_mss(tcb);
    if ((sent[i].seq + sent[i].text()).at_or_after(full)) {
        return;
    }
    while (i + 1 < sent.size() && are_small_packets(sent, i)) {
        SentSegment const& next = sent[i + 1];
        if ((next.seq + next.text()).after(full) || next.end().after(edge)) {
            return;
        }
        sent.merge(i);
    }
}

/// Linux __tcp_retransmit_skb: as much of a segment as the window allows. False if that is nothing.
bool repeat_in_window(Turn& turn, std::size_t i, Cause cause, bool counts, bool also_push = false) {
    Tcb& tcb = turn.tcb;
    if (beyond_window(tcb, tcb.send_queue.sent()[i])) {
        return false;
    }
    cut_at_window(tcb, i);
    take_in_followers(turn, i);
    repeat(turn, i, cause, counts, also_push);
    return true;
}

/// Linux tcp_retransmit_skb: one repetition that recovery counts. False if it cannot be sent.
bool repeat_counted(Turn& turn, std::size_t i, Cause cause, bool also_push = false) {
    Tcb& tcb = turn.tcb;
    if (!repeat_in_window(turn, i, cause, true, also_push)) {
        return false;
    }
    if (tcb.retransmission.first == never) {
        tcb.retransmission.first = turn.now;
    }
    tcb.recovery.undo_retrans = std::max(tcb.recovery.undo_retrans, 0) + 1;
    return true;
}

/// RFC 5681 §3.2, steps 2 and 3, RFC 6582 §3.2: a fast retransmission, and the answer to a partial ACK, ask no window; RFC 6675
/// §5 step 4.3: nor does the first of a recovery. (PRR lets it go by itself.)
bool asks_no_window(Turn const& turn) {
    Tcb const& tcb = turn.tcb;
    bool const fast = tcb.recovery.phase == Phase::recovery &&
                      turn.profile.recovery.reduction.value == profile::WindowReduction::at_once;
    return fast && (!tcb.sack_permitted || tcb.reduction.out == 0);
}

/// How many segments from the i-th on are repeated as one packet: what is left of theirs, as far as windows allow.
std::size_t of_one_packet(Turn const& turn, std::size_t i) {
    Tcb const& tcb = turn.tcb;
    Scoreboard const& sent = tcb.send_queue.sent();
    SeqNum const edge = tcb.snd.una + tcb.snd.wnd;
    std::uint32_t const in_flight = sent.in_flight();
    std::uint32_t const room = tcb.congestion.cwnd() > in_flight ? tcb.congestion.cwnd() - in_flight : 1;
    std::uint32_t const most = std::min(room, segments_per_packet(tcb, turn.profile));
    std::size_t count = 1;
    while (count < most && i + count < sent.size() && !sent[i + count].begins_packet &&
           sent[i + count].alike(sent[i]) && !sent[i + count].end().after(edge)) {
        ++count;
    }
    return count;
}

/// Linux tcp_fragment: what of its packet is not repeated with it is a packet of its own.
void leave_rest(Scoreboard& sent, std::size_t next) {
    if (next < sent.size()) {
        sent.begin_packet(next);
    }
}

bool repeat_last(Turn& turn, Cause cause) {
    Scoreboard& sent = turn.tcb.send_queue.sent();
    std::size_t const last = sent.size() - 1;
    sent.begin_packet(last);
    cut_anew(turn.tcb, last);
    return repeat_in_window(turn, last, cause, false);
}

bool backs_off(Turn const& turn) {
    // Linux tcp_syn_linear_timeouts: the first repetitions of a SYN keep the initial timeout.
    return turn.tcb.state != State::syn_sent ||
           turn.tcb.retransmission.retransmits > turn.profile.rto.syn_linear_timeouts.value;
}

}  // namespace

void watch(Turn& turn, Timer timer, Duration wait) { turn.tcb.timers.start(timer, turn.now, wait); }

void resume_retransmission(Turn& turn) {
    Duration const left = std::max<Duration>(until_rto(turn), std::chrono::microseconds{1});
    watch(turn, Timer::retransmit, rounded_up(left, turn.profile.rto.granule.value));
}

void watch_outstanding(Turn& turn) {
    if (!turn.tcb.send_queue.sent().empty() && probe_allowed(turn)) {
        schedule_probe(turn, rto_now(turn));
    } else {
        watch_by_timeout(turn);
    }
}

void watch_by_timeout(Turn& turn) {
    if (turn.tcb.send_queue.sent().empty()) {
        turn.tcb.timers.stop(Timer::retransmit);
        turn.tcb.timers.stop(Timer::tail_loss_probe);
        turn.tcb.timers.stop(Timer::reordering);
    } else {
        rearm_retransmission(turn);
    }
}

void new_segments_sent(Turn& turn, bool was_idle) {
    Tcb& tcb = turn.tcb;
    if (was_idle) {
        watch(turn, Timer::retransmit, rto_now(turn));  // RFC 6298 §5.1
    } else if (tcb.timers.running(Timer::tail_loss_probe)) {
        rearm_retransmission(turn);
    }
    if (probe_allowed(turn)) {
        schedule_probe(turn, until_rto(turn));
    }
}

void repeat_lost(Turn& turn) {
    Tcb& tcb = turn.tcb;
    Scoreboard& sent = tcb.send_queue.sent();
    bool const by_timer = tcb.recovery.phase == Phase::loss;
    Cause const cause = by_timer ? Cause{Why::lost_with_the_first} : Cause{Why::fast_retransmit, 1, Duration{0}};
    bool head_repeated = false;
    while (sent.in_flight() < tcb.congestion.cwnd() || asks_no_window(turn)) {
        std::size_t const i = sent.next_lost();
        if (i == sent.size()) {
            break;
        }
        cut_anew(tcb, i);
        std::size_t const count = of_one_packet(turn, i);
        leave_rest(sent, i + count);
        std::size_t done = 0;
        while (done < count && repeat_counted(turn, i + done, cause, count > 1 && done + 1 == count)) {
            ++done;
        }
        tcb.reduction.out += reducing(tcb) ? static_cast<std::uint32_t>(done) : 0U;
        head_repeated = head_repeated || (i == 0 && done > 0);
        if (done < count) {
            break;
        }
    }
    if (head_repeated && !tcb.timers.running(Timer::reordering)) {
        watch(turn, Timer::retransmit, rto_now(turn));
    }
}

void repeat_lost_after(Turn& turn, bool may_repeat, bool send_new_first) {
    Tcb& tcb = turn.tcb;
    if (!may_repeat || tcb.state == State::syn_sent) {
        return;
    }
    if (send_new_first) {
        send_pending(turn, Why::window_opened);
        if (tcb.snd.nxt.after(tcb.recovery.recover)) {
            return;
        }
        tcb.recovery.frto = false;
    }
    repeat_lost(turn);
}

void retransmission_timeout(Turn& turn) {
    Tcb& tcb = turn.tcb;
    Retransmission& r = tcb.retransmission;
    Duration const waited = tcb.timers.waited(Timer::retransmit);
    turn.out.note(TimerExpired{Timer::retransmit, r.retransmits, waited});
    Ended ended;
    if (gives_up(turn, ended)) {
        give_up(turn, ended);
        return;
    }
    doubt_delivery(turn);
    if (synchronized(tcb.state)) {
        enter_loss(turn);
    }
    bool const silent = leaves_syn_ack_unrepeated(tcb);
    if (!repeats_into_shut_window(tcb)) {
        r.retransmits = static_cast<std::uint8_t>(std::min(r.retransmits + 1, 255));
    }
    if (!silent) {
        cut_anew(tcb, 0);
        leave_rest(tcb.send_queue.sent(), 1);
        repeat_counted(turn, 0, Cause{Why::retransmission_timeout, r.retransmits, waited});
    }
    if (backs_off(turn)) {
        r.backoff = static_cast<std::uint8_t>(std::min(r.backoff + 1, 255));  // RFC 6298 §5.5
        r.doubled = static_cast<std::uint8_t>(std::min(r.doubled + 1, 255));
    }
    watch(turn, Timer::retransmit, within_user_timeout(turn, rto_now(turn)));  // §5.6
}

void tail_loss_probe_timeout(Turn& turn) {
    Tcb& tcb = turn.tcb;
    Duration const waited = tcb.timers.waited(Timer::tail_loss_probe);
    turn.out.note(TimerExpired{Timer::tail_loss_probe, 0, waited});
    if (tcb.probe.outstanding) {  // RFC 8985 §7.3: one at a time
        resume_retransmission(turn);
        return;
    }
    // RFC 8985 §7.3: one new segment if the peer's window allows, whatever the congestion window; else the last again.
    Cause const cause{Why::tail_loss_probe, 1, waited};
    bool const sent_new = window_allows_next(tcb) && send_regardless(turn, cause, false);
    if (!sent_new && !repeat_last(turn, cause)) {
        resume_retransmission(turn);
        return;
    }
    if (sent_new) {  // Linux tcp_write_xmit
        window_used(turn, tcb.send_queue.sent().in_flight() >= tcb.congestion.cwnd());
    }
    tcb.probe = LossProbe{true, !sent_new, tcb.snd.nxt};
    watch(turn, Timer::retransmit, rto_now(turn));
}

}  // namespace tcpsim::tcp
