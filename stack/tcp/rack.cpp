#include "stack/tcp/rack.hpp"

#include "stack/tcp/ack_news.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

/// RFC 8985 §5.2, RACK_sent_after: sent later, or at the same time and further on.
bool sent_after(Instant a, SeqNum a_end, Instant b, SeqNum b_end) { return a > b || (a == b && a_end.after(b_end)); }

/// §6.2 step 4, as Linux tcp_rack_reo_wnd: none while reordering was never seen and enough was selectively acknowledged.
Duration reordering_window(Turn const& turn) {
    Tcb const& tcb = turn.tcb;
    if (!tcb.recovery.reordering_seen) {
        bool const repairing = tcb.recovery.phase >= Recovery::Phase::recovery;
        if (repairing || tcb.send_queue.sent().sacked() >= tcb.recovery.reordering) {
            return Duration{0};
        }
    }
    return std::min(tcb.rtt.min_rtt() / 4 * tcb.rack.window_steps, tcb.rtt.srtt(turn.profile));
}

}  // namespace

void rack_advance(Turn& turn, SentSegment const& segment) {
    Tcb& tcb = turn.tcb;
    Duration const rtt = turn.now - segment.sent_at;
    if (rtt < tcb.rtt.min_rtt() && segment.transmissions > 1) {
        return;  // §6.2 step 1: too early for the repetition, it answers the original
    }
    Rack& rack = tcb.rack;
    rack.advanced = true;
    rack.rtt = rtt;
    if (sent_after(segment.sent_at, segment.end(), rack.sent_at, rack.end_seq)) {
        rack.sent_at = segment.sent_at;
        rack.end_seq = segment.end();
    }
}

void rack_adapt_window(Turn& turn, AckNews const& news) {
    Rack& rack = turn.tcb.rack;
    if (news.delivered_when_sent == 0) {
        return;
    }
    // At most one step a round trip: what was sent before the last change says nothing of it.
    if (static_cast<std::int32_t>(news.delivered_when_sent - rack.changed_at_delivered) < 0) {
        rack.dsack_seen = false;
    }
    if (rack.dsack_seen) {
        rack.window_steps = static_cast<std::uint8_t>(std::min(rack.window_steps + 1, 255));
        rack.dsack_seen = false;
        rack.changed_at_delivered = turn.tcb.send_queue.sent().delivered();
        rack.window_persists = Rack::recoveries_to_persist;
    } else if (rack.window_persists == 0) {
        rack.window_steps = 1;
    }
}

Duration rack_remaining(Turn const& turn, SentSegment const& segment, Duration window) {
    return turn.tcb.rack.rtt + window - (turn.now - segment.sent_at);
}

Duration rack_detect_loss(Turn& turn) {
    Tcb& tcb = turn.tcb;
    Scoreboard& sent = tcb.send_queue.sent();
    Duration const window = reordering_window(turn);
    Duration longest{0};
    for (std::size_t i = 0; i < sent.size(); ++i) {
        SentSegment const& segment = sent[i];
        if (!sent_after(tcb.rack.sent_at, tcb.rack.end_seq, segment.sent_at, segment.end())) {
            if (segment.transmissions == 1) {
                break;  // all that follow were sent later still
            }
            continue;
        }
        if (segment.sacked || (segment.lost && !segment.repeated)) {
            continue;
        }
        Duration const remaining = rack_remaining(turn, segment, window);
        if (remaining <= Duration{0}) {
            sent.mark_lost(i);
        } else {
            longest = std::max(longest, remaining);
        }
    }
    return longest;
}

}  // namespace tcpsim::tcp
