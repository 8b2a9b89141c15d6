#include "stack/tcp/sack.hpp"

#include "stack/tcp/rack.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

using wire::SackBlock;

/// RFC 2883 §4: the first block reports a duplicate if it lies below the ACK, or within the second.
bool reports_duplicate(AckSegment const& said) {
    if (said.sack.empty()) {
        return false;
    }
    SackBlock const& first = said.sack[0];
    if (first.left.before(said.ack)) {
        return true;
    }
    return said.sack.size() > 1 && first.right.at_or_before(said.sack[1].right) &&
           first.left.at_or_after(said.sack[1].left);
}

/// RFC 2883, Linux tcp_check_dsack, tcp_dsack_seen: one repetition or more was superfluous. False: so much cannot be.
bool account_duplicate(Turn& turn, AckNews& news, SackBlock const& block) {
    Tcb& tcb = turn.tcb;
    Recovery& r = tcb.recovery;
    auto const repeated = static_cast<std::uint32_t>(block.right - block.left);
    if (!block.left.before(block.right) || repeated > tcb.snd.max_wnd) {
        return false;
    }
    news.duplicate_reported = true;
    std::uint32_t const copies = std::max<std::uint32_t>((repeated + tcb.snd.mss - 1) / tcb.snd.mss, 1);
    tcb.rack.duplicates_reported = static_cast<std::uint16_t>(tcb.rack.duplicates_reported + copies);
    tcb.send_queue.sent().count_delivered(copies);  // a superfluous repetition has arrived
    bool const of_probe = tcb.probe.outstanding && tcb.probe.repeated && block.right == tcb.probe.end;
    news.probe_duplicated = of_probe;
    tcb.rack.dsack_seen = true;
    if (r.undo_possible && r.undo_retrans > 0 && block.right.at_or_before(news.prior_una) &&
        block.right.after(r.undo_marker)) {
        auto const length = static_cast<std::uint32_t>(block.right - block.left);
        auto const segments = static_cast<std::int32_t>((length + tcb.snd.mss - 1) / tcb.snd.mss);
        r.undo_retrans = std::max(r.undo_retrans - std::max(segments, 1), 0);
    }
    return true;
}

/// What the D-SACK says of segments that are still in the scoreboard.
void take_duplicate(Turn& turn, SackBlock const& block) {
    Tcb& tcb = turn.tcb;
    Scoreboard& sent = tcb.send_queue.sent();
    for (std::size_t i = sent.first_ending_after(block.left);
         i < sent.size() && sent[i].end().at_or_before(block.right); ++i) {
        bool const counts = sent[i].transmissions > 1 && tcb.recovery.undo_possible && tcb.recovery.undo_retrans > 0 &&
                            sent[i].end().after(tcb.recovery.undo_marker);
        tcb.recovery.undo_retrans -= counts ? 1 : 0;
        sent.repetition_arrived(i);
    }
}

void mark_one(Turn& turn, std::size_t i, AckNews& news) {
    Tcb& tcb = turn.tcb;
    Scoreboard& sent = tcb.send_queue.sent();
    SentSegment const segment = sent[i];
    if (segment.sent_at >= news.latest_sent) {
        news.latest_sent = segment.sent_at;
        news.delivered_when_sent = segment.delivered;
    }
    rack_advance(turn, segment);
    if (segment.transmissions == 1) {
        // An original that fills a hole below what had arrived: late, not lost.
        if (segment.seq.before(news.prior_highest_sacked) &&
            (!news.late_arrival || segment.seq.before(*news.late_arrival))) {
            news.late_arrival = segment.seq;
        }
        news.original_arrived = news.original_arrived || segment.end().at_or_before(tcb.recovery.recover);
        news.first_sacked_sent = news.first_sacked_sent.value_or(segment.sent_at);
        news.last_sacked_sent = segment.sent_at;
    }
    sent.mark_sacked(i);
    news.newly_sacked = true;
}

/// Linux tcp_is_sackblock_valid: a block that begins at SND.UNA would have been acknowledged.
bool usable(Tcb const& tcb, SackBlock const& block) {
    return block.left.before(block.right) && block.right.at_or_before(tcb.snd.nxt) && block.left.after(tcb.snd.una);
}

}  // namespace

SeqNum highest_arrived(Tcb const& tcb) {
    Scoreboard const& sent = tcb.send_queue.sent();
    return sent.sacked() > 0 ? sent.highest_sacked() : tcb.snd.una;
}

void take_sack_blocks(Turn& turn, AckSegment const& said, AckNews& news) {
    Tcb& tcb = turn.tcb;
    if (!tcb.sack_permitted || said.sack.empty()) {
        return;
    }
    bool const first_is_duplicate = reports_duplicate(said) && account_duplicate(turn, news, said.sack[0]);
    if (first_is_duplicate) {
        take_duplicate(turn, said.sack[0]);
    }
    Scoreboard& sent = tcb.send_queue.sent();
    for (std::size_t b = first_is_duplicate ? 1 : 0; b < said.sack.size(); ++b) {
        SackBlock const& block = said.sack[b];
        if (!usable(tcb, block)) {
            continue;
        }
        for (std::size_t i = sent.first_ending_after(block.left);
             i < sent.size() && sent[i].end().at_or_before(block.right); ++i) {
            if (!sent[i].sacked && sent[i].seq.at_or_after(block.left)) {
                mark_one(turn, i, news);
            }
        }
    }
    if (news.late_arrival && (tcb.recovery.phase != Recovery::Phase::loss || tcb.recovery.undo_possible)) {
        note_reordering(turn, *news.late_arrival);
    }
}

void note_reordering(Turn& turn, SeqNum late) {
    Tcb& tcb = turn.tcb;
    SeqNum const highest = highest_arrived(tcb);
    if (late.at_or_after(highest)) {
        return;
    }
    auto const distance = static_cast<std::uint32_t>(highest - late);
    auto const segments = (distance + tcb.snd.mss - 1) / tcb.snd.mss;
    reordered_by(turn, segments);
}

void reordered_by(Turn& turn, std::uint32_t segments) {
    Recovery& r = turn.tcb.recovery;
    auto const most = static_cast<std::uint32_t>(turn.profile.recovery.max_reordering.value);
    r.reordering = static_cast<std::uint16_t>(std::max<std::uint32_t>(r.reordering, std::min(segments, most)));
    r.reordering_seen = true;
    ++turn.tcb.rack.reorderings;
}

}  // namespace tcpsim::tcp
