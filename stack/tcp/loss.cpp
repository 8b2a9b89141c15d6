#include "stack/tcp/loss.hpp"

#include "stack/tcp/mtu_search.hpp"
#include "stack/tcp/output.hpp"
#include "stack/tcp/rack.hpp"
#include "stack/tcp/recovery.hpp"
#include "stack/tcp/retransmit.hpp"
#include "stack/tcp/undo.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

using Phase = Recovery::Phase;

/// RFC 8985 §6.3: what was sent so lately that it cannot have been acknowledged yet is not lost.
bool too_recent(Turn const& turn, SentSegment const& segment) {
    bool const rack = turn.profile.recovery.detection.value == profile::LossDetection::rack && turn.tcb.sack_permitted;
    return rack && rack_remaining(turn, segment, Duration{0}) > Duration{0};
}

void mark_outstanding_lost(Turn& turn) {
    Tcb& tcb = turn.tcb;
    Scoreboard& sent = tcb.send_queue.sent();
    bool const reneged = !sent.empty() && sent.front().sacked;
    if (reneged) {
        sent.renege();  // RFC 2018 §8: the receiver may have dropped it
    }
    sent.forget_assumed();
    tcb.recovery.duplicate_acks = 0;
    for (std::size_t i = 0; i < sent.size(); ++i) {
        if (i == 0 || reneged || !too_recent(turn, sent[i])) {
            sent.mark_lost(i);
        }
    }
}

/// Linux tcp_try_undo_loss. `proven`: F-RTO has decided; otherwise timestamps or D-SACKs must.
bool undo_loss(Turn& turn, AckSegment const& said, bool proven) {
    Tcb& tcb = turn.tcb;
    if (!turn.profile.recovery.undo.value || (!proven && !may_undo(turn, said))) {
        return false;
    }
    undo_reduction(turn, true);
    tcb.retransmission.retransmits = 0;
    if (held_open_without_sack(turn)) {
        return true;
    }
    if (proven || tcb.sack_permitted) {
        tcb.recovery.phase = Phase::open;
    }
    return true;
}

/// RFC 5682 §3.1, with SACK or without. True: the answer is still open and new text goes first.
bool frto_sends_new(Turn& turn, AckSegment const& said, AckNews const& news) {
    Tcb& tcb = turn.tcb;
    Recovery& r = tcb.recovery;
    if (tcb.snd.nxt.after(r.recover)) {
        if (news.newly_sacked || news.duplicate(said)) {
            r.frto = false;  // step 3a: the loss was real
        }
        return false;
    }
    if (!news.una_advanced || tcb.snd.una.at_or_after(r.recover)) {
        return false;
    }
    r.recover = tcb.snd.nxt;  // step 2b
    if (has_unsent(tcb) && (tcb.snd.una + tcb.snd.wnd).after(tcb.snd.nxt)) {
        return true;
    }
    r.frto = false;
    return false;
}

}  // namespace

bool recovered(Turn& turn, AckSegment const& said) {
    Tcb& tcb = turn.tcb;
    if (turn.profile.recovery.undo.value && may_undo(turn, said)) {
        undo_reduction(turn, false);
    }
    bool const reno = turn.profile.recovery.end.value == profile::RecoveryEnd::first_new_ack;
    if (!reno && held_open_without_sack(turn)) {
        return true;
    }
    tcb.recovery.phase = Phase::open;
    return false;
}

void enter_loss(Turn& turn) {
    Tcb& tcb = turn.tcb;
    Recovery& r = tcb.recovery;
    Scoreboard const& sent = tcb.send_queue.sent();
    bool const first_of_its_kind = r.phase < Phase::recovery;
    mark_outstanding_lost(turn);
    // RFC 5681 §3.1: ssthresh comes down once for each flight.
    bool const reduces = r.phase <= Phase::disorder || !r.recover.after(tcb.snd.una) ||
                         (r.phase == Phase::loss && tcb.retransmission.retransmits == 0);
    if (reduces) {
        tcb.congestion.reduce(turn.now);
        r.reduction_stands = false;
        prepare_undo(turn);
    }
    tcb.congestion.timed_out();
    tcb.congestion.set_cwnd(sent.in_flight() + 1);
    tcb.window_use.since = turn.now;
    auto const usual = static_cast<std::uint32_t>(turn.profile.recovery.reordering.value);
    if (r.phase <= Phase::disorder && sent.sacked() >= usual) {
        // Linux: so many duplicates and yet a timeout: reordering was overestimated.
        r.reordering = static_cast<std::uint16_t>(std::min<std::uint32_t>(r.reordering, usual));
    }
    // RFC 5682 §2.1 step 1: only a timeout that no other recovery preceded can be judged. Linux: nor one while the path is
    // probed for larger packets.
    bool const probes = searches_mtu(tcb) && tcb.rare->mtu.probe != 0;
    r.frto = turn.profile.recovery.frto.value && (first_of_its_kind || tcb.retransmission.retransmits > 0) && !probes;
    r.phase = Phase::loss;
    r.recover = tcb.snd.nxt;
    tcb.probe.outstanding = false;
    tcb.ecn.queue_cwr = tcb.ecn.ok;
}

void repeat_lost_by_no_congestion(Turn& turn) {
    Tcb& tcb = turn.tcb;
    if (tcb.recovery.phase != Phase::loss) {
        if (!reducing(tcb)) {  // Linux tcp_current_ssthresh: segments are smaller, and so is the window
            std::uint32_t const cwnd = tcb.congestion.cwnd();
            tcb.congestion.set_ssthresh(std::max(tcb.congestion.ssthresh(), cwnd / 2 + cwnd / 4));
        }
        tcb.recovery.phase = Phase::loss;
        tcb.recovery.recover = tcb.snd.nxt;
        tcb.recovery.frto = false;
        tcb.recovery.undo_possible = false;
    }
    repeat_lost(turn);
}

bool go_on_after_timeout(Turn& turn, AckSegment const& said, AckNews const& news, bool& send_new_first) {
    Tcb& tcb = turn.tcb;
    Recovery& r = tcb.recovery;
    bool const all_acknowledged = tcb.snd.una.at_or_after(r.recover);
    if (news.una_advanced && undo_loss(turn, said, false)) {
        return false;
    }
    if (r.frto) {
        // RFC 5682 §3.1 step 3b: what was sent once has arrived, so not everything was lost.
        if (news.original_arrived && undo_loss(turn, said, true)) {
            return false;
        }
        if (frto_sends_new(turn, said, news)) {
            send_new_first = true;
            return true;
        }
    }
    if (all_acknowledged) {
        recovered(turn, said);
        return false;
    }
    if (!tcb.sack_permitted) {
        if (tcb.snd.nxt.after(r.recover) && news.duplicate(said)) {
            tcb.send_queue.sent().assume_arrived(1);
        } else if (news.una_advanced) {
            tcb.send_queue.sent().forget_assumed();
        }
    }
    return true;
}

}  // namespace tcpsim::tcp
