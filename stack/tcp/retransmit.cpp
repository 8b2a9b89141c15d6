#include "stack/tcp/retransmit.hpp"

#include "stack/tcp/give_up.hpp"
#include "stack/tcp/output.hpp"
#include "stack/tcp/persist.hpp"
#include "stack/tcp/window.hpp"

#include <algorithm>
#include <limits>

namespace tcpsim::tcp {
namespace {

using Phase = Retransmission::Phase;

constexpr std::uint8_t duplicate_threshold = 3;                       // RFC 5681 §3.2
constexpr Duration linux_timeout_min = std::chrono::milliseconds{2};  // Linux TCP_TIMEOUT_MIN_US

bool synchronized(State state) { return state != State::syn_sent && state != State::syn_received; }

Duration rto_now(Turn const& turn) {
    return turn.tcb.rtt.rto_backed_off(turn.tcb.retransmission.backoff, turn.profile);
}

bool probe_allowed(Turn const& turn) {
    // RFC 8985 §7.2: only in the open state, with SACK, once per flight.
    Tcb const& tcb = turn.tcb;
    return turn.profile.tail_loss_probe.policy.value == profile::TailLossProbe::rfc8985 && tcb.sack_permitted &&
           synchronized(tcb.state) && tcb.retransmission.phase == Phase::open &&
           !tcb.retransmission.probe_outstanding && tcb.rtt.measured();
}

// RFC 8985 §7.2 as Linux has it (tcp_schedule_loss_probe): 2*SRTT, plus the RTO floor if only one segment is out and may
// wait for a delayed ACK; never later than the RTO would fire.
Duration probe_timeout(Turn const& turn, Instant oldest) {
    Tcb const& tcb = turn.tcb;
    Duration const granule = turn.profile.rto.granule.value;
    Duration const slack = tcb.send_queue.sent().size() == 1 ? turn.profile.rto.min.value : linux_timeout_min;
    Duration const pto = 2 * tcb.rtt.srtt(turn.profile) + slack;
    Duration const until_rto = oldest + rto_now(turn) - turn.now;
    return rounded_up(until_rto > Duration{0} ? std::min(pto, until_rto) : pto, granule);
}

/// RFC 6298 §5.1-5.3, RFC 8985 §7.2: what is outstanding is watched by exactly one of the two timers.
void restart_timers(Turn& turn, Instant oldest) {
    Tcb& tcb = turn.tcb;
    tcb.timers.stop(Timer::retransmit);
    tcb.timers.stop(Timer::tail_loss_probe);
    if (tcb.send_queue.sent().empty()) {
        return;
    }
    if (probe_allowed(turn)) {
        tcb.timers.start(Timer::tail_loss_probe, turn.now, probe_timeout(turn, oldest));
    } else {
        tcb.timers.start(Timer::retransmit, turn.now, rto_now(turn));
    }
}

/// What an echoed timestamp says, if it can be believed (Linux tcp_rtt_tsopt_us): neither from the future nor too old.
std::optional<Duration> echo_age(Turn const& turn, std::uint32_t echo) {
    constexpr Duration oldest = std::chrono::microseconds{std::numeric_limits<std::int32_t>::max()};
    Duration const age = std::max(timestamp_now(turn) - echo, 1U) * turn.profile.options.timestamp_tick.value;
    return age < oldest ? std::optional{age} : std::nullopt;
}

/// RFC 6298 §3, Karn: only what was sent once, or what a timestamp tells apart (RFC 7323 §4), is a sample.
void sample_rtt(Turn& turn, SentSegment const& first_acknowledged, bool repeated, std::optional<std::uint32_t> echo) {
    Tcb& tcb = turn.tcb;
    std::optional<Duration> sample = turn.now - first_acknowledged.sent_at;
    if (repeated) {
        sample = echo ? echo_age(turn, *echo) : std::nullopt;
    }
    if (!sample) {
        return;
    }
    tcb.rtt.measure(*sample, tcb.snd.una, tcb.snd.nxt, turn.profile);
    tcb.retransmission.backoff = 0;
    turn.out.note(
        RttMeasured{*sample, tcb.rtt.srtt(turn.profile), tcb.rtt.rttvar(turn.profile), tcb.rtt.rto(turn.profile)});
}

/// Removes what `ack` covers; returns how many segments, and takes the RTT sample.
std::uint32_t forget_acknowledged(Turn& turn, SeqNum ack, std::optional<std::uint32_t> echo) {
    Tcb& tcb = turn.tcb;
    Ring<SentSegment>& sent = tcb.send_queue.sent();
    SentSegment first{};
    bool repeated = false;
    std::uint32_t count = 0;
    while (!sent.empty() && (sent.front().seq + sent.front().length).at_or_before(ack)) {
        repeated = repeated || sent.front().transmissions > 1;
        if (count++ == 0) {
            first = sent.front();
        }
        sent.pop_front();
    }
    std::uint32_t& next = tcb.retransmission.next;
    next = next > count ? next - count : 0;
    if (count > 0) {
        sample_rtt(turn, first, repeated, echo);
    }
    tcb.send_queue.acknowledge(ack);
    return count;
}

/// After a timeout everything outstanding counts as lost and is repeated as ACKs make room (RFC 6298 §5.4 and on).
void repeat_lost(Turn& turn) {
    Tcb& tcb = turn.tcb;
    Retransmission& r = tcb.retransmission;
    while (r.phase == Phase::loss && r.next < tcb.send_queue.sent().size() && r.next < tcb.congestion.cwnd()) {
        repeat(turn, r.next++, Cause{Why::lost_with_the_first});
    }
}

void end_recovery(Turn& turn) {
    Retransmission& r = turn.tcb.retransmission;
    if (r.phase == Phase::fast_recovery) {
        turn.tcb.congestion.set_cwnd(turn.tcb.congestion.ssthresh());
    }
    r.phase = Phase::open;
    r.next = 0;
}

void fast_retransmit(Turn& turn) {
    Tcb& tcb = turn.tcb;
    Retransmission& r = tcb.retransmission;
    tcb.congestion.reduce(turn.now);
    tcb.congestion.set_cwnd(tcb.congestion.ssthresh());
    r.phase = Phase::fast_recovery;
    r.recover = tcb.snd.nxt;
    repeat(turn, 0, Cause{Why::fast_retransmit, 1, Duration{0}});
    tcb.timers.stop(Timer::tail_loss_probe);
    tcb.timers.start(Timer::retransmit, turn.now, rto_now(turn));
}

/// RFC 5681 §3.1 and RFC 7661's point: a window that was not used is not raised (Linux tcp_is_cwnd_limited).
bool uses_window(Tcb const& tcb) {
    std::uint32_t const used = flight(tcb);
    Congestion const& c = tcb.congestion;
    return c.cwnd() < c.ssthresh() ? c.cwnd() < 2 * used : used >= c.cwnd();
}

bool backs_off(Turn const& turn) {
    // Linux tcp_syn_linear_timeouts: the first repetitions of a SYN keep the initial timeout.
    return turn.tcb.state != State::syn_sent ||
           turn.tcb.retransmission.retransmits > turn.profile.rto.syn_linear_timeouts.value;
}

}  // namespace

std::uint32_t flight(Tcb const& tcb) {
    if (tcb.retransmission.phase == Phase::loss) {
        return tcb.retransmission.next;
    }
    return static_cast<std::uint32_t>(tcb.send_queue.sent().size());
}

std::uint32_t send_window_in_segments(Tcb const& tcb) {
    Retransmission const& r = tcb.retransmission;
    switch (r.phase) {
        case Phase::open:
            return tcb.congestion.cwnd();
        case Phase::fast_recovery:
            return tcb.congestion.cwnd() + r.duplicate_acks;  // RFC 5681 §3.2, steps 3 and 4
        case Phase::loss:
            // Nothing new before everything lost has been repeated.
            return r.next < tcb.send_queue.sent().size() ? 0 : tcb.congestion.cwnd();
    }
    return 0;
}

void new_segment_sent(Turn& turn) {
    Tcb& tcb = turn.tcb;
    stop_probing(turn);
    if (tcb.retransmission.phase == Phase::loss) {
        tcb.retransmission.next = static_cast<std::uint32_t>(tcb.send_queue.sent().size());
    }
    bool const first = tcb.send_queue.sent().size() == 1;
    if (probe_allowed(turn)) {
        restart_timers(turn, tcb.send_queue.sent().front().sent_at);
    } else if (first || !tcb.timers.running(Timer::retransmit)) {
        tcb.timers.start(Timer::retransmit, turn.now, rto_now(turn));  // RFC 6298 §5.1
    }
}

void acknowledged(Turn& turn, SeqNum ack, std::optional<std::uint32_t> echo) {
    Tcb& tcb = turn.tcb;
    Retransmission& r = tcb.retransmission;
    bool const window_was_used = synchronized(tcb.state) && uses_window(tcb);
    tcb.snd.una = ack;
    std::uint32_t const count = forget_acknowledged(turn, ack, echo);
    r.retransmits = 0;
    r.first = never;
    r.probe_outstanding = false;
    r.duplicate_acks = 0;
    if (r.phase != Phase::open && ack.at_or_after(r.recover)) {
        end_recovery(turn);
    } else if (r.phase == Phase::fast_recovery) {  // RFC 6582 §3.2: a partial acknowledgment
        repeat(turn, 0, Cause{Why::fast_retransmit, 1, Duration{0}});
    }
    if (r.phase != Phase::fast_recovery && window_was_used) {
        tcb.congestion.grow(AckEvent{turn.now, count, 0, false, tcb.snd.una, tcb.snd.nxt, {}, {}});
    }
    repeat_lost(turn);
    restart_timers(turn, turn.now);  // RFC 6298 §5.2, §5.3
}

void duplicate_ack(Turn& turn) {
    Retransmission& r = turn.tcb.retransmission;
    if (r.phase == Phase::loss || turn.tcb.send_queue.sent().empty()) {
        return;
    }
    r.duplicate_acks = static_cast<std::uint8_t>(std::min(r.duplicate_acks + 1, 255));
    if (r.phase == Phase::open && r.duplicate_acks == duplicate_threshold) {
        fast_retransmit(turn);
    }
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
        if (r.retransmits == 0) {
            tcb.congestion.reduce(turn.now);
        }
        tcb.congestion.timed_out();
        tcb.congestion.set_cwnd(1);
        r.phase = Phase::loss;
        r.recover = tcb.snd.nxt;
        r.duplicate_acks = 0;
    }
    if (r.first == never) {
        r.first = turn.now;
    }
    if (!repeats_into_shut_window(tcb)) {
        r.retransmits = static_cast<std::uint8_t>(std::min(r.retransmits + 1, 255));
    }
    r.next = 1;
    repeat(turn, 0, Cause{Why::retransmission_timeout, r.retransmits, waited});
    if (backs_off(turn)) {
        r.backoff = static_cast<std::uint8_t>(std::min(r.backoff + 1, 255));  // RFC 6298 §5.5
    }
    tcb.timers.start(Timer::retransmit, turn.now, within_user_timeout(turn, rto_now(turn)));  // §5.6
}

void tail_loss_probe_timeout(Turn& turn) {
    Tcb& tcb = turn.tcb;
    Ring<SentSegment> const& sent = tcb.send_queue.sent();
    Duration const waited = tcb.timers.waited(Timer::tail_loss_probe);
    turn.out.note(TimerExpired{Timer::tail_loss_probe, 0, waited});
    // RFC 8985 §7.3: one new segment if the peer's window allows, whatever the congestion window; else the last again.
    Cause const cause{Why::tail_loss_probe, 1, waited};
    tcb.retransmission.probe_outstanding = true;
    if (!window_allows_next(tcb) || !send_regardless(turn, cause)) {
        repeat(turn, sent.size() - 1, cause);
    }
    tcb.timers.start(Timer::retransmit, turn.now, rto_now(turn));
}

}  // namespace tcpsim::tcp
