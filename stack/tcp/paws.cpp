#include "stack/tcp/paws.hpp"

#include "stack/tcp/rto.hpp"
#include "stack/tcp/window.hpp"

namespace tcpsim::tcp {
namespace {

using wire::Flags;

bool follows_linux(Turn const& turn) {
    return turn.profile.validation.acceptability.value == profile::Acceptability::linux_tcp_sequence;
}

/// How far `value` lies behind TS.Recent; negative: ahead.
std::int32_t behind(Tcb const& tcb, std::uint32_t value) {
    return static_cast<std::int32_t>(tcb.timestamps.recent - value);
}

/// RFC 7323 §5.5: after 24 days without news the other end's clock may have lapped TS.Recent.
bool outdated(Turn const& turn) {
    constexpr Seconds clock_laps = std::chrono::hours{24 * 24};
    return seconds_of(turn.now) - turn.tcb.timestamps.recent_at >= clock_laps;
}

/// Linux tcp_disordered_ack: reordering of pure ACKs is common, no copy of text is among them.
TimestampVerdict judge_old_ack(Turn const& turn, Incoming const& in) {
    Tcb const& tcb = turn.tcb;
    if (!in.wire.flags.has(Flags::ack) || in.wire.length() > 0) {
        return TimestampVerdict::old;
    }
    if (in.seq != tcb.rcv.nxt) {
        return in.seq.before(tcb.rcv.nxt) ? TimestampVerdict::old_ack : TimestampVerdict::old;
    }
    bool const news = in.wire.ack != tcb.snd.una || is_newer_window(turn, in);
    // tcp_tsval_replay: some clocks tick 1200 times a second.
    auto const one_timeout = rto_now(tcb, turn.profile) * 12 / 10 / turn.profile.options.timestamp_tick.value;
    return news || behind(tcb, in.options.timestamps->value) > one_timeout ? TimestampVerdict::old
                                                                           : TimestampVerdict::good;
}

}  // namespace

TimestampVerdict judge_timestamp(Turn const& turn, Incoming const& in) {
    Tcb const& tcb = turn.tcb;
    // RFC 7323 §5.2: a RST is never refused for its timestamp, which its sender may not know.
    if (!tcb.timestamps.enabled || in.wire.flags.has(Flags::rst)) {
        return TimestampVerdict::good;
    }
    if (!in.options.timestamps) {
        return turn.profile.validation.missing_timestamp.value == profile::MissingTimestamp::drop
                   ? TimestampVerdict::forgotten
                   : TimestampVerdict::good;
    }
    // Linux and BSD: a TS.Recent of zero is none, some systems begin with that.
    std::int32_t const tolerated = turn.profile.validation.paws_tolerance.value;
    if (behind(tcb, in.options.timestamps->value) <= tolerated || tcb.timestamps.recent == 0 || outdated(turn)) {
        return TimestampVerdict::good;
    }
    return follows_linux(turn) ? judge_old_ack(turn, in) : TimestampVerdict::old;
}

bool echoes_no_syn_ack(Turn const& turn, Incoming const& in) {
    Tcb const& tcb = turn.tcb;
    bool const asked = turn.profile.opening.checks_echo.value && is_request(turn) && tcb.timestamps.enabled &&
                       tcb.liveness.heard != never;
    if (!asked || !in.options.timestamps || in.options.timestamps->echo == 0) {
        return false;
    }
    std::uint32_t const first = timestamp_at(turn, tcb.liveness.heard);  // its SYN came, and the first SYN,ACK went
    std::uint32_t const last = timestamp_at(turn, tcb.send_queue.sent().front().sent_at);
    return in.options.timestamps->echo - first > last - first;
}

void update_ts_recent(Turn& turn, Incoming const& in) {
    Tcb& tcb = turn.tcb;
    bool const has = tcb.timestamps.enabled && in.options.timestamps && !in.wire.flags.has(Flags::rst);
    // Linux tcp_ack: a segment whose ACK is old tells nothing; unless it takes the short way (tcp_rcv_established).
    SeqNum const oldest = follows_linux(turn) ? tcb.snd.una : tcb.snd.una - tcb.snd.max_wnd;
    bool const valid_ack = in.wire.flags.has(Flags::ack) && in.wire.ack.at_or_before(tcb.snd.nxt) &&
                           (in.wire.ack.at_or_after(oldest) || in.predicted);
    // RFC 7323 §4.3 (2). What PAWS tolerated must not move TS.Recent back.
    if (!has || !valid_ack || in.wire.seq.after(tcb.rcv.wup) ||
        (behind(tcb, in.options.timestamps->value) > 0 && tcb.timestamps.recent != 0 && !outdated(turn))) {
        return;
    }
    tcb.timestamps.recent = in.options.timestamps->value;
    tcb.timestamps.recent_at = seconds_of(turn.now);
}

}  // namespace tcpsim::tcp
