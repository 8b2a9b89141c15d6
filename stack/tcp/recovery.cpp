#include "stack/tcp/recovery.hpp"

#include "stack/tcp/acknowledged.hpp"
#include "stack/tcp/loss.hpp"
#include "stack/tcp/mtu_search.hpp"
#include "stack/tcp/rack.hpp"
#include "stack/tcp/retransmit.hpp"
#include "stack/tcp/sack.hpp"
#include "stack/tcp/sendable.hpp"
#include "stack/tcp/undo.hpp"
#include "stack/tcp/window_use.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

using Phase = Recovery::Phase;

constexpr Duration reneging_patience = std::chrono::milliseconds{10};

/// Without SACK: each duplicate ACK tells of a segment that has arrived (RFC 5681 §3.2, steps 3 and 4).
void assume_arrived(Turn& turn, bool duplicate) {
    Tcb& tcb = turn.tcb;
    bool const counts = turn.profile.recovery.limited_transmit.value || tcb.recovery.phase >= Phase::recovery;
    if (tcb.sack_permitted || !duplicate) {
        return;
    }
    tcb.recovery.duplicate_acks = static_cast<std::uint8_t>(std::min(tcb.recovery.duplicate_acks + 1, 255));
    if (counts && !tcb.send_queue.sent().assume_arrived(1)) {
        // Linux tcp_check_reno_reordering: more have arrived than can be, so it was reordering, by no more than is out.
        tcb.recovery.reordering = 0;
        reordered_by(turn, tcb.send_queue.sent().outstanding());
    }
}

void nothing_assumed(Tcb& tcb) {
    tcb.send_queue.sent().forget_assumed();
    tcb.recovery.duplicate_acks = 0;
}

/// RFC 6675 §4, IsLost(): as many segments above it were selectively acknowledged as may overtake it.
void mark_lost_by_count(Tcb& tcb) {
    Scoreboard& sent = tcb.send_queue.sent();
    std::uint32_t above = sent.sacked();
    for (std::size_t i = 0; i < sent.size() && above >= tcb.recovery.reordering; ++i) {
        if (sent[i].sacked) {
            --above;
        } else if (!sent[i].lost) {
            sent.mark_lost(i);
        }
    }
}

/// What is lost by all that is known now. True if RACK waits for something late: then its timer watches.
bool identify_losses(Turn& turn, AckNews const& news) {
    Tcb& tcb = turn.tcb;
    Scoreboard& sent = tcb.send_queue.sent();
    if (sent.empty()) {
        return false;
    }
    if (!tcb.sack_permitted) {
        // RFC 6582 §3.2: the third duplicate ACK, and each partial ACK, tell of one loss: the first.
        std::uint32_t const evidence =
            turn.profile.recovery.limited_transmit.value ? sent.assumed() : tcb.recovery.duplicate_acks;
        bool const third = tcb.recovery.phase < Phase::recovery && evidence >= tcb.recovery.reordering;
        bool const partial = tcb.recovery.phase == Phase::recovery && news.una_advanced;
        if ((third || partial) && !sent.front().lost) {
            sent.mark_lost(0);
        }
        return false;
    }
    if (turn.profile.recovery.detection.value == profile::LossDetection::duplicate_acks) {
        mark_lost_by_count(tcb);
        return false;
    }
    if (!tcb.rack.advanced) {
        return false;
    }
    tcb.rack.advanced = false;
    Duration const wait = rack_detect_loss(turn);
    if (wait > Duration{0}) {
        watch(turn, Timer::reordering, rounded_up(wait + timeout_min, turn.profile.rto.granule.value));
    }
    return wait > Duration{0};
}

/// The same, told to who asks what this ACK revealed.
void note_losses(Turn& turn, AckNews& news) {
    Scoreboard const& sent = turn.tcb.send_queue.sent();
    std::uint32_t const repeated = sent.repeated();
    std::uint32_t const lost = sent.lost();
    if (identify_losses(turn, news)) {
        news.restart_timer = false;  // RACK's own timer runs
    }
    news.repetition_lost = news.repetition_lost || sent.repeated() < repeated;
    news.loss_found = news.loss_found || news.repetition_lost || sent.lost() > lost;
}

void enter_recovery(Turn& turn, bool ece) {
    Tcb& tcb = turn.tcb;
    prepare_undo(turn);
    if (reducing(tcb)) {
        tcb.recovery.reduction_stands = true;
    } else {
        begin_reduction(turn, ece ? Congested::mark : Congested::loss);
    }
    tcb.recovery.phase = Phase::recovery;
    // Linux tcp_rack_update_reo_wnd: a wider reordering window lasts for so many recoveries.
    tcb.rack.window_persists = static_cast<std::uint8_t>(std::max(tcb.rack.window_persists - 1, 0));
    if (turn.profile.recovery.reduction.value == profile::WindowReduction::at_once) {
        // RFC 5681 §3.2, step 3: what the duplicates told of has left the network.
        tcb.congestion.set_cwnd(tcb.congestion.ssthresh());
        if (!turn.profile.recovery.limited_transmit.value) {
            tcb.send_queue.sent().assume_arrived(tcb.recovery.duplicate_acks);
        }
    }
}

/// RFC 3168 §6.1.2: the peer saw a mark: the window comes down as for a loss, nothing is repeated.
void enter_cwr(Turn& turn) {
    Tcb& tcb = turn.tcb;
    if (tcb.recovery.phase < Phase::cwr) {
        tcb.recovery.undo_possible = false;
        begin_reduction(turn, Congested::mark);
        tcb.recovery.phase = Phase::cwr;
    }
}

/// Linux tcp_try_to_open.
void try_to_open(Turn& turn, bool ece) {
    Tcb& tcb = turn.tcb;
    forget_finished_episode(tcb);
    if (ece) {
        enter_cwr(turn);
    }
    if (tcb.recovery.phase != Phase::cwr) {
        keep_open(turn);
    }
}

/// All that was outstanding when the phase began has been acknowledged. True: nothing more is to be done.
bool leave_phase(Turn& turn, AckSegment const& said) {
    Tcb& tcb = turn.tcb;
    switch (tcb.recovery.phase) {
        case Phase::cwr:
            // Something above must be acknowledged, so that the CWR bit has reached the receiver.
            if (tcb.snd.una != tcb.recovery.recover) {
                end_reduction(turn);
                tcb.recovery.phase = Phase::open;
            }
            return false;
        case Phase::recovery:
            if (!tcb.sack_permitted) {
                nothing_assumed(tcb);
            }
            if (recovered(turn, said)) {
                return true;
            }
            end_reduction(turn);
            return false;
        default:
            return false;
    }
}

/// Something filled a hole, not all of them (RFC 6582 §3.2 step 3, RFC 3522): true if the original did while its repetition
/// is still out, so that nothing is to be done but wait.
bool partial_undo(Turn& turn, AckSegment const& said, AckNews const& news) {
    Tcb& tcb = turn.tcb;
    if (!turn.profile.recovery.undo.value || !tcb.recovery.undo_possible || !echo_proves_delay(turn, said)) {
        return false;
    }
    note_reordering(turn, news.prior_una);
    if (tcb.send_queue.sent().repeated() > 0) {
        return true;
    }
    forget_finished_episode(tcb);
    undo_reduction(turn, true);
    keep_open(turn);
    return false;
}

/// The recovery phase goes on, or was undone and may begin again. False: the alert is over.
bool go_on_recovering(Turn& turn, AckSegment const& said, AckNews& news) {
    Tcb& tcb = turn.tcb;
    if (!news.una_advanced) {
        assume_arrived(turn, news.duplicate(said));
    } else if (partial_undo(turn, said, news)) {
        return false;
    }
    if (turn.profile.recovery.undo.value && undo_by_dsack(turn)) {
        try_to_open(turn, said.ece);
    }
    note_losses(turn, news);
    if (tcb.recovery.phase == Phase::recovery) {
        return true;
    }
    if (tcb.send_queue.sent().lost() == 0) {
        return false;
    }
    enter_recovery(turn, said.ece);
    return true;
}

/// Nothing is being repaired: is something to be?
bool judge(Turn& turn, AckSegment const& said, AckNews& news) {
    Tcb& tcb = turn.tcb;
    if (!tcb.sack_permitted) {
        if (news.una_advanced) {
            nothing_assumed(tcb);
        }
        assume_arrived(turn, news.duplicate(said));
    }
    if (tcb.recovery.phase <= Phase::disorder && turn.profile.recovery.undo.value) {
        undo_by_dsack(turn);
    }
    note_losses(turn, news);
    if (tcb.send_queue.sent().lost() == 0) {
        try_to_open(turn, said.ece);
        return false;
    }
    if (mtu_probe_lost(turn)) {
        return false;
    }
    enter_recovery(turn, said.ece);
    return true;
}

/// RFC 6582 §3.2 step 3: all that was outstanding at its beginning is acknowledged. RFC 5681 §3.2 step 6: something is.
bool phase_is_over(Turn const& turn, AckNews const& news) {
    Recovery const& r = turn.tcb.recovery;
    bool const reno = turn.profile.recovery.end.value == profile::RecoveryEnd::first_new_ack;
    return turn.tcb.snd.una.at_or_after(r.recover) || (reno && r.phase == Phase::recovery && news.una_advanced);
}

/// Linux tcp_fastretrans_alert: the ACK is no ordinary one. True if what is lost may be repeated now.
bool alert(Turn& turn, AckSegment const& said, AckNews& news, bool& send_new_first) {
    Tcb& tcb = turn.tcb;
    Recovery& r = tcb.recovery;
    if (said.ece) {  // Linux tcp_fastretrans_alert, A: a mark was seen, so nothing proves the reduction wrong
        r.reduction_stands = true;
    }
    if (news.reneged) {
        // Linux tcp_check_sack_reneging: perhaps the rest of its ACKs is on the way; soon the timer will decide.
        watch(turn, Timer::retransmit, std::max(tcb.rtt.srtt(turn.profile) / 2, reneging_patience));
        news.restart_timer = false;
        return false;
    }
    if (r.phase == Phase::open) {
        tcb.retransmission.first = never;
    } else if (phase_is_over(turn, news) && leave_phase(turn, said)) {
        return false;
    }
    if (r.phase == Phase::recovery) {
        return go_on_recovering(turn, said, news);
    }
    if (r.phase == Phase::loss) {
        bool const may_repeat = go_on_after_timeout(turn, said, news, send_new_first);
        note_losses(turn, news);
        if (r.phase != Phase::open && !news.repetition_lost) {
            return may_repeat;
        }
    }
    return judge(turn, said, news);
}

bool dubious(Tcb const& tcb, AckSegment const& said, AckNews const& news) {
    return tcb.recovery.phase != Phase::open || news.newly_sacked || news.duplicate_reported || said.ece ||
           news.duplicate(said);
}

/// RFC 8985 §7.4: the probe's end was acknowledged.
void judge_probe(Turn& turn, AckSegment const& said, AckNews const& news) {
    Tcb& tcb = turn.tcb;
    LossProbe& probe = tcb.probe;
    if (!probe.outstanding || said.ack.before(probe.end)) {
        return;
    }
    if (!probe.repeated || news.probe_duplicated) {
        probe.outstanding = false;
    } else if (said.ack.after(probe.end)) {
        // The probe repaired a loss that nothing else noticed: it is answered as a loss.
        begin_reduction(turn, Congested::loss);
        tcb.recovery.reduction_stands = true;
        tcb.recovery.phase = Phase::cwr;
        end_reduction(turn);
        keep_open(turn);
    } else if (news.duplicate(said) && !news.newly_sacked) {
        probe.outstanding = false;  // both copies have arrived
    }
}

/// Linux tcp_cong_control: the window follows, down by PRR or up by the algorithm.
void steer_window(Turn& turn, AckSegment const& said, AckNews const& news) {
    Tcb& tcb = turn.tcb;
    Scoreboard const& sent = tcb.send_queue.sent();
    std::uint32_t const delivered = sent.delivered() - news.prior_delivered;
    AckEvent const event{turn.now,
                         delivered,
                         static_cast<std::uint32_t>(tcb.snd.una - news.prior_una),
                         said.ece,
                         tcb.snd.una,
                         tcb.snd.nxt,
                         news.rtt,
                         tcb.rtt.srtt(turn.profile)};
    // Linux tcp_init_transfer: congestion control begins after the handshake, of which it learns nothing.
    bool const of_handshake = tcb.state == State::syn_sent || (news.acknowledged && !news.text_acknowledged);
    if ((delivered > 0 || news.una_advanced) && !of_handshake) {
        tcb.congestion.observe(event);
    }
    if (reducing(tcb)) {
        bool const proportional = turn.profile.recovery.reduction.value == profile::WindowReduction::proportional;
        if (proportional && delivered > 0 && tcb.reduction.prior_cwnd > 0) {
            bool const safe = news.una_advanced && !news.loss_found;
            tcb.congestion.set_cwnd(tcb.reduction.window(tcb.congestion.ssthresh(), sent.in_flight(), delivered, safe));
        }
        return;
    }
    // Linux tcp_may_raise_cwnd: where reordering is known, a SACK is progress, too.
    bool const reorders = tcb.recovery.reordering > turn.profile.recovery.reordering.value;
    bool const progress = news.text_acknowledged || (reorders && (news.newly_sacked || news.acknowledged));
    if (progress && window_limits(tcb)) {
        tcb.congestion.grow(event);
    }
}

AckNews news_before(Tcb const& tcb) {
    AckNews news;
    news.prior_una = tcb.snd.una;
    news.prior_delivered = tcb.send_queue.sent().delivered();
    news.prior_highest_sacked = highest_arrived(tcb);
    return news;
}

/// Overtaken by a later ACK. Linux tcp_ack, old_ack: its SACK blocks may tell of losses, but it measures nothing and moves no
/// window.
void old_acknowledgment_arrives(Turn& turn, AckSegment const& said) {
    AckNews news = news_before(turn.tcb);
    take_sack_blocks(turn, said, news);
    if (news.newly_sacked || news.duplicate_reported) {
        bool send_new_first = false;
        bool const repeat_now = alert(turn, said, news, send_new_first);
        repeat_lost_after(turn, repeat_now, send_new_first);
    }
}

}  // namespace

bool reducing(Tcb const& tcb) { return tcb.recovery.phase == Phase::cwr || tcb.recovery.phase == Phase::recovery; }

void begin_reduction(Turn& turn, Congested why) {
    Tcb& tcb = turn.tcb;
    tcb.recovery.recover = tcb.snd.nxt;
    tcb.probe.outstanding = false;
    tcb.congestion.reduce(turn.now, why);
    tcb.recovery.reduction_stands = why == Congested::mark;
    tcb.ecn.queue_cwr = tcb.ecn.ok;  // RFC 3168 §6.1.2
    tcb.reduction = RateReduction{tcb.congestion.cwnd(), 0, 0};
}

void end_reduction(Turn& turn) {
    Tcb& tcb = turn.tcb;
    bool const in_force = tcb.recovery.undo_possible || tcb.recovery.phase == Phase::cwr;
    if (tcb.congestion.ssthresh() < Congestion::infinite && in_force) {
        tcb.congestion.set_cwnd(tcb.congestion.ssthresh());
        tcb.window_use.since = turn.now;
    }
}

void keep_open(Turn& turn) {
    Tcb& tcb = turn.tcb;
    Scoreboard const& sent = tcb.send_queue.sent();
    bool const out_of_order = sent.sacked() + sent.assumed() + sent.lost() > 0 || sent.any_repetition();
    Phase const next = out_of_order ? Phase::disorder : Phase::open;
    if (tcb.recovery.phase != next) {
        tcb.recovery.phase = next;
        tcb.recovery.recover = tcb.snd.nxt;
    }
}

void reordering_timeout(Turn& turn) {
    Tcb& tcb = turn.tcb;
    Scoreboard const& sent = tcb.send_queue.sent();
    turn.out.note(TimerExpired{Timer::reordering, 0, tcb.timers.waited(Timer::reordering)});
    std::uint32_t const in_flight = sent.in_flight();
    rack_detect_loss(turn);
    if (in_flight != sent.in_flight()) {
        if (tcb.recovery.phase != Phase::recovery) {
            enter_recovery(turn, false);
            tcb.congestion.set_cwnd(tcb.reduction.window(tcb.congestion.ssthresh(), sent.in_flight(), 1, false));
        }
        repeat_lost(turn);
    }
    if (!tcb.timers.running(Timer::retransmit)) {
        resume_retransmission(turn);
    }
}

void acknowledgment_arrives(Turn& turn, AckSegment const& said) {
    Tcb& tcb = turn.tcb;
    if (said.ack.before(tcb.snd.una)) {
        old_acknowledgment_arrives(turn, said);
        return;
    }
    AckNews news = news_before(tcb);
    bool const was_outstanding = tcb.send_queue.sent().outstanding() > 0;
    if (said.ack.after(tcb.snd.una)) {
        news.una_advanced = true;
        tcb.snd.una = said.ack;
        tcb.retransmission.retransmits = 0;
    }
    take_sack_blocks(turn, said, news);
    if (news.una_advanced || news.newly_sacked) {
        forget_acknowledged(turn, said, news);
    }
    rack_adapt_window(turn, news);
    judge_probe(turn, said, news);
    bool repeat_now = false;
    bool send_new_first = false;
    if ((was_outstanding && dubious(tcb, said, news)) || news.duplicate_reported) {
        repeat_now = alert(turn, said, news, send_new_first);
    }
    if (news.restart_timer && (news.text_acknowledged || !news.child_opened)) {
        watch_outstanding(turn);
    }
    if (news.restart_timer &&
        news.child_opened) {  // Linux tcp_rcv_synrecv_state_fastopen: what was sent waits for its RTO
        watch_by_timeout(turn);
    }
    if (was_outstanding) {
        steer_window(turn, said, news);
    }
    if (was_outstanding || news.acknowledged) {
        set_pace(turn);
    }
    repeat_lost_after(turn, repeat_now, send_new_first);
}

}  // namespace tcpsim::tcp
