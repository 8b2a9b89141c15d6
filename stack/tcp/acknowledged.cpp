#include "stack/tcp/acknowledged.hpp"

#include "stack/tcp/mtu_search.hpp"
#include "stack/tcp/rack.hpp"
#include "stack/tcp/sack.hpp"
#include "stack/tcp/urgent.hpp"
#include "stack/tcp/window.hpp"
#include "stack/wire/packet.hpp"

#include <algorithm>
#include <limits>

namespace tcpsim::tcp {
namespace {

/// What an echoed timestamp says, if it can be believed (Linux tcp_rtt_tsopt_us): neither from the future nor too old.
std::optional<Duration> echo_age(Turn const& turn, std::uint32_t echo) {
    constexpr Duration oldest = std::chrono::microseconds{std::numeric_limits<std::int32_t>::max()};
    Duration const age = std::max(timestamp_now(turn) - echo, 1U) * turn.profile.options.timestamp_tick.value;
    return age < oldest ? std::optional{age} : std::nullopt;
}

/// RFC 6298 §3, Karn: only what was sent once, or what a timestamp tells apart (RFC 7323 §4), is a sample. Linux
/// tcp_ack_update_rtt: the first of what was acknowledged feeds the estimator, the last feeds congestion control.
bool sample_rtt(Turn& turn, AckSegment const& said, AckNews& news) {
    Tcb& tcb = turn.tcb;
    auto const age = [&](std::optional<Instant> sent) {
        return sent ? std::optional<Duration>{turn.now - *sent} : std::nullopt;
    };
    std::optional<Duration> sample;
    if (news.first_sent && !news.repetition_acknowledged) {
        sample = age(news.first_sent);
        news.rtt = age(news.last_sent);
    }
    if (news.first_sacked_sent) {
        news.rtt = age(news.last_sacked_sent);
        sample = sample ? sample : age(news.first_sacked_sent);
    }
    if (!sample && news.acknowledged && said.echo && *said.echo != 0) {
        sample = news.rtt = echo_age(turn, *said.echo);
    }
    if (!sample) {
        return false;
    }
    tcb.rtt.observe_minimum(news.rtt.value_or(*sample), turn.now, turn.profile);
    tcb.rtt.measure(*sample, tcb.snd.una, tcb.snd.nxt, turn.profile);
    tcb.retransmission.backoff = tcb.retransmission.doubled = 0;
    turn.out.note(
        RttMeasured{*sample, tcb.rtt.srtt(turn.profile), tcb.rtt.rttvar(turn.profile), tcb.rtt.rto(turn.profile)});
    return true;
}

/// RFC 3522: a repeated segment whose ACK echoes a time before the repetition was not lost (Linux tcp_skb_spurious_retrans).
bool repetition_was_spurious(Turn const& turn, SentSegment const& segment, AckSegment const& said) {
    return segment.transmissions > 1 && said.echo &&
           static_cast<std::int32_t>(*said.echo - timestamp_at(turn, segment.sent_at)) < 0;
}

void forget_one(Turn& turn, SentSegment const& segment, AckSegment const& said, AckNews& news) {
    Tcb& tcb = turn.tcb;
    if (segment.transmissions > 1) {
        news.repetition_acknowledged = true;
    } else if (!segment.sacked) {
        news.first_sent = news.first_sent.value_or(segment.sent_at);
        news.last_sent = segment.sent_at;
        if (!news.late_arrival || segment.seq.before(*news.late_arrival)) {
            news.late_arrival = segment.seq;
        }
        news.original_arrived = news.original_arrived || segment.end().at_or_before(tcb.recovery.recover);
    }
    if (!segment.sacked) {
        if (segment.sent_at >= news.latest_sent) {
            news.latest_sent = segment.sent_at;
            news.delivered_when_sent = segment.delivered;
        }
        if (tcb.sack_permitted) {
            tcb.send_queue.sent().count_delivered(1);
            if (!segment.apart && !repetition_was_spurious(turn, segment, said)) {
                rack_advance(turn, segment);
            }
        }
    }
    ++news.segments;
    if ((segment.control & wire::Flags::syn) != 0) {
        tcb.retransmission.first = never;
        news.child_opened = tcb.fast_open.accepted;
    } else {
        news.text_acknowledged = true;
    }
}

/// Linux tcp_tso_acked, tcp_trim_head: of a packet of several segments what is left is cut anew, from SND.UNA on.
void cut_acknowledged_packet(Turn& turn, AckSegment const& said, AckNews& news) {
    Scoreboard& sent = turn.tcb.send_queue.sent();
    if (auto const gone = sent.cut_first_packet(said.ack)) {
        forget_one(turn, *gone, said, news);
    }
}

}  // namespace

void forget_acknowledged(Turn& turn, AckSegment const& said, AckNews& news) {
    Tcb& tcb = turn.tcb;
    Scoreboard& sent = tcb.send_queue.sent();
    news.late_arrival.reset();
    bool within_packet = false;
    while (!sent.empty() && sent.front().end().at_or_before(said.ack)) {
        within_packet = sent.first_packet_goes_on();
        forget_one(turn, sent.pop_front(), said, news);
    }
    within_packet = within_packet || sent.first_packet_goes_on();
    if (within_packet && sent.front().seq.before(said.ack)) {
        cut_acknowledged_packet(turn, said, news);
    }
    tcb.send_queue.acknowledge(said.ack);
    urgent_acknowledged(tcb);
    mtu_probe_answered(turn);
    news.acknowledged = news.segments > 0;
    // RFC 2018 §8: what was acknowledged selectively and is now first was dropped by the receiver.
    news.reneged = news.una_advanced && !sent.empty() && sent.front().sacked;
    bool const measured = sample_rtt(turn, said, news);
    if (news.acknowledged) {
        news.restart_timer = true;  // RFC 6298 §5.2, §5.3
        if (tcb.sack_permitted) {
            // A hole that an original filled was reordering.
            if (news.late_arrival && news.late_arrival->before(news.prior_highest_sacked)) {
                note_reordering(turn, *news.late_arrival);
            }
        } else {
            sent.assumed_left(news.segments);
            news.original_arrived = news.original_arrived && !news.repetition_acknowledged;
        }
    } else if (measured && news.first_sacked_sent && !sent.empty() && *news.first_sacked_sent < sent.front().sent_at) {
        // Linux: an RTT measured on what was sent before the head's latest repetition does not extend its timeout.
        news.restart_timer = true;
    }
}

}  // namespace tcpsim::tcp
