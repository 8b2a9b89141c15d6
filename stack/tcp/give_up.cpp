#include "stack/tcp/give_up.hpp"

#include <algorithm>
#include <bit>

namespace tcpsim::tcp {
namespace {

bool opening(State state) { return state == State::syn_sent || state == State::syn_received; }

int allowed_retries(Turn const& turn) {
    auto const& rto = turn.profile.rto;
    switch (turn.tcb.state) {
        case State::syn_sent:
            return rto.syn_retries.value;
        case State::syn_received:
            return rto.synack_retries.value;
        default:
            break;
    }
    if (turn.tcb.detached && rto.orphan_retries.value >= 0) {
        constexpr int linux_orphan_default = 8;  // Linux tcp_orphan_retries(): 0 means 8
        return rto.orphan_retries.value == 0 ? linux_orphan_default : rto.orphan_retries.value;
    }
    return rto.data_retries.value;
}

}  // namespace

Duration modelled_timeout(int retries, Duration base, Duration max) {
    auto const doublings_to_max = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(max / base))) - 1;
    int const doubled = std::clamp(doublings_to_max, 0, retries);
    return ((std::int64_t{2} << doubled) - 1) * base + (retries - doubled) * max;
}

bool gives_up(Turn const& turn, Ended& ended) {
    auto const& rto = turn.profile.rto;
    Retransmission const& series = turn.tcb.retransmission;
    int const retries = allowed_retries(turn);
    ended = Ended{EndReason::gave_up, Errno::etimedout, series.retransmits, Duration{0}, Duration{0}};
    if (series.retransmits > 0) {
        ended.elapsed = turn.now - series.first;
    }
    if (rto.give_up.value == profile::GiveUp::count) {
        return series.retransmits >= retries;
    }
    // Linux tcp_write_timeout: an opening connection counts, and every one compares times once something was repeated.
    bool const is_opening = opening(turn.tcb.state);
    int const linear = turn.tcb.state == State::syn_sent ? rto.syn_linear_timeouts.value : 0;
    if (is_opening && series.retransmits >= retries + linear) {
        return true;
    }
    ended.limit = modelled_timeout(retries, is_opening ? rto.initial.value : rto.give_up_base.value, rto.max.value);
    return series.retransmits > 0 && ended.elapsed >= ended.limit;
}

bool gives_up_probing(Turn const& turn, Ended& ended) {
    Retransmission const& r = turn.tcb.retransmission;
    int const probes = allowed_retries(turn);
    ended = Ended{EndReason::gave_up, Errno::etimedout, r.window_probes, Duration{0}, Duration{0}};
    // Linux tcp_probe_timer: nobody waits for an orphan, so a window that stays shut ends it though probes are answered.
    bool const at_longest = turn.tcb.rtt.rto_backed_off(r.backoff, turn.profile) >= turn.profile.rto.max.value;
    return r.window_probes >= probes || (turn.tcb.detached && at_longest && r.backoff >= probes);
}

bool gives_up_asking(Turn const& turn, Duration idle, Ended& ended) {
    UserOptions const& options = turn.tcb.options;
    int const probes = options.keepalive_probes > 0 ? options.keepalive_probes : turn.profile.keepalive.probes.value;
    int const unanswered = turn.tcb.liveness.keepalive_probes;
    ended = Ended{EndReason::gave_up, Errno::etimedout, static_cast<std::uint32_t>(unanswered), idle, Duration{0}};
    if (options.user_timeout > Milliseconds{0}) {
        // Linux tcp_keepalive_timer: the user timeout replaces the count.
        ended.limit = options.user_timeout;
        return unanswered > 0 && idle >= ended.limit;
    }
    return unanswered >= probes;
}

}  // namespace tcpsim::tcp
