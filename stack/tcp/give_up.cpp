#include "stack/tcp/give_up.hpp"

#include "stack/tcp/defer_accept.hpp"
#include "stack/tcp/mtu.hpp"
#include "stack/tcp/output.hpp"
#include "stack/tcp/rto.hpp"

#include <algorithm>
#include <bit>

namespace tcpsim::tcp {
namespace {

bool opening(State state) { return state == State::syn_sent || state == State::syn_received; }

int allowed_syn_retries(Turn const& turn) {
    if (turn.tcb.options.syn_retries > 0) {
        return turn.tcb.options.syn_retries;  // TCP_SYNCNT, of a listener for its SYN,ACKs
    }
    auto const& rto = turn.profile.rto;
    return turn.tcb.passive ? rto.synack_retries.value : rto.syn_retries.value;
}

// Linux tcp_orphan_retries: nobody waits for an orphan. `alive`: its timeout has not reached the longest yet.
int allowed_orphan_retries(Turn const& turn, bool alive) {
    constexpr int linux_orphan_default = 8;
    bool const reported = turn.tcb.retransmission.soft_error != Errno::none && !alive;
    int const retries = reported ? 0 : turn.profile.rto.orphan_retries.value;
    return retries == 0 && alive ? linux_orphan_default : retries;
}

bool timeout_below_longest(Turn const& turn) {
    return rto_now(turn.tcb, turn.profile) < rto_max(turn.tcb, turn.profile);
}

Ended unanswered(Turn const& turn, std::uint32_t count, Duration elapsed) {
    return Ended{EndReason::gave_up, error_of_silence(turn.tcb), count, elapsed, Duration{0}};
}

int allowed_data_retries(Turn const& turn) {
    return turn.tcb.detached ? allowed_orphan_retries(turn, timeout_below_longest(turn))
                             : turn.profile.rto.data_retries.value;
}

bool exceeds_count(Turn const& turn) {
    int const allowed = opening(turn.tcb.state) ? allowed_syn_retries(turn) : allowed_data_retries(turn);
    return !repeats_into_shut_window(turn.tcb) && turn.tcb.retransmission.retransmits >= allowed;
}

// Linux tcp_write_timeout, SYN-SENT and SYN-RECEIVED: the count, or the time that it stands for.
bool gives_up_opening(Turn const& turn, Ended& ended) {
    auto const& rto = turn.profile.rto;
    int const retries = allowed_syn_retries(turn);
    int const linear = turn.tcb.state == State::syn_sent ? rto.syn_linear_timeouts.value : 0;
    Milliseconds const user_timeout = turn.tcb.options.user_timeout;
    bool const users = !turn.tcb.passive && user_timeout > Milliseconds{0};
    ended.limit =
        users ? Duration{user_timeout} : modelled_timeout(retries, rto.initial.value, rto_max(turn.tcb, turn.profile));
    bool const counted = turn.tcb.retransmission.retransmits >= retries + linear;
    bool const late = turn.tcb.retransmission.retransmits > 0 && ended.elapsed >= ended.limit;
    if (counted) {
        ended.limit = Duration{0};
    }
    bool const waits_for_text = turn.tcb.ack_dropped && !deferred_long_enough(turn.tcb);
    return (counted || late) && !waits_for_text;
}

// Linux tcp_rtx_probe0_timed_out: as long as its ACKs come the peer may keep its window shut; a user timeout ends that.
bool gives_up_on_shut_window(Turn const& turn, Ended& ended) {
    Tcb const& tcb = turn.tcb;
    Instant const since =
        tcb.retransmission.first != never ? tcb.retransmission.first : tcb.send_queue.sent().front().sent_at;
    ended.elapsed = turn.now - since;
    ended.limit = 2 * rto_max(turn.tcb, turn.profile);
    if (tcb.options.user_timeout > Milliseconds{0}) {
        Duration const user_timeout = tcb.options.user_timeout;
        ended.limit = std::min(ended.limit, user_timeout);
        if (ended.elapsed > user_timeout) {
            return true;
        }
    }
    return turn.now - tcb.liveness.heard > ended.limit && ended.elapsed > ended.limit;
}

// Linux tcp_write_timeout, the other states: no count, but the time that it stands for.
bool gives_up_sending(Turn const& turn, Ended& ended) {
    auto const& rto = turn.profile.rto;
    Milliseconds const user_timeout = turn.tcb.options.user_timeout;
    ended.limit = user_timeout > Milliseconds{0} ? Duration{user_timeout}
                                                 : modelled_timeout(allowed_data_retries(turn), rto.give_up_base.value,
                                                                    rto_max(turn.tcb, turn.profile));
    return turn.tcb.retransmission.retransmits > 0 && ended.elapsed >= ended.limit;
}

// Linux tcp_probe_timer: as long as its ACKs come the peer may keep its window shut (RFC 9293 §3.8.6.1, MUST-37), unless
// nobody waits for the connection, or a user timeout says how long.
bool gives_up_unanswered_probes(Turn const& turn, Ended& ended) {
    Tcb const& tcb = turn.tcb;
    Retransmission const& series = tcb.retransmission;
    if (tcb.liveness.probing != never && tcb.options.user_timeout > Milliseconds{0} &&
        ended.elapsed >= tcb.options.user_timeout) {
        ended.limit = tcb.options.user_timeout;
        return true;
    }
    int probes = turn.profile.rto.data_retries.value;
    if (tcb.detached) {
        Duration const longest = rto_max(tcb, turn.profile);
        bool const alive = probe_interval(tcb, turn.profile, series.backoff) < longest;
        probes = allowed_orphan_retries(turn, alive);
        if (!alive && series.backoff >= probes) {
            return true;
        }
    }
    return series.window_probes >= probes;
}

}  // namespace

Duration modelled_timeout(int retries, Duration base, Duration max) {
    auto const doublings_to_max = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(max / base))) - 1;
    int const doubled = std::clamp(doublings_to_max, 0, retries);
    return ((std::int64_t{2} << doubled) - 1) * base + (retries - doubled) * max;
}

bool gives_up(Turn const& turn, Ended& ended) {
    Retransmission const& series = turn.tcb.retransmission;
    ended = unanswered(turn, series.retransmits, series.first != never ? turn.now - series.first : Duration{0});
    switch (turn.profile.rto.give_up.value) {
        case profile::GiveUp::count:
            return exceeds_count(turn);
        case profile::GiveUp::linux_elapsed_time:
            break;
    }
    if (opening(turn.tcb.state)) {
        return gives_up_opening(turn, ended);
    }
    return repeats_into_shut_window(turn.tcb) ? gives_up_on_shut_window(turn, ended) : gives_up_sending(turn, ended);
}

bool gives_up_probing(Turn const& turn, Ended& ended) {
    Tcb const& tcb = turn.tcb;
    ended = unanswered(turn, tcb.retransmission.window_probes,
                       tcb.liveness.probing != never ? turn.now - tcb.liveness.probing : Duration{0});
    switch (turn.profile.persist.give_up.value) {
        case profile::PersistGiveUp::never:
            return false;
        case profile::PersistGiveUp::linux_unanswered:
            return gives_up_unanswered_probes(turn, ended);
    }
    return false;
}

bool gives_up_asking(Turn const& turn, Duration idle, Ended& ended) {
    UserOptions const& options = turn.tcb.options;
    int const probes = options.keepalive_probes > 0 ? options.keepalive_probes : turn.profile.keepalive.probes.value;
    int const without_answer = turn.tcb.retransmission.keepalive_probes;
    ended = unanswered(turn, static_cast<std::uint32_t>(without_answer), idle);
    if (options.user_timeout > Milliseconds{0}) {
        // Linux tcp_keepalive_timer: the user timeout replaces the count.
        ended.limit = options.user_timeout;
        return without_answer > 0 && idle >= ended.limit;
    }
    return without_answer >= probes;
}

bool repeats_into_shut_window(Tcb const& tcb) { return tcb.snd.wnd == 0 && !tcb.detached && !opening(tcb.state); }

Duration within_user_timeout(Turn const& turn, Duration timeout) {
    Retransmission const& series = turn.tcb.retransmission;
    bool const counts_time = turn.profile.rto.give_up.value == profile::GiveUp::linux_elapsed_time &&
                             (turn.tcb.state != State::syn_received || !turn.tcb.passive);
    if (!counts_time || turn.tcb.options.user_timeout == Milliseconds{0} || series.first == never) {
        return timeout;
    }
    Duration const left = turn.tcb.options.user_timeout - (turn.now - series.first);
    return std::min(timeout, std::max(left, turn.profile.rto.granule.value));
}

Errno error_of_silence(Tcb const& tcb) {
    return tcb.retransmission.soft_error != Errno::none ? tcb.retransmission.soft_error : Errno::etimedout;
}

void doubt_delivery(Turn& turn) {
    auto const& rto = turn.profile.rto;
    Retransmission const& series = turn.tcb.retransmission;
    if (opening(turn.tcb.state) || series.retransmits == 0) {
        return;
    }
    Duration const elapsed = turn.now - series.first;
    int const retries = rto.doubt_retries.value;
    bool doubted = false;
    switch (rto.give_up.value) {
        case profile::GiveUp::count:
            doubted = series.retransmits >= retries;
            break;
        case profile::GiveUp::linux_elapsed_time:
            doubted = elapsed >= modelled_timeout(retries, rto.give_up_base.value, rto_max(turn.tcb, turn.profile));
            break;
    }
    if (doubted) {
        turn.out.note(DeliveryDoubted{series.retransmits, elapsed});
        suspect_black_hole(turn);
    }
}

void give_up(Turn& turn, Ended const& ended) {
    switch (turn.profile.teardown.on_give_up.value) {
        case profile::OnGiveUp::silent:
            break;
        case profile::OnGiveUp::reset:
            if (turn.tcb.state != State::syn_sent) {
                send_reset(turn, Cause{Why::gave_up, ended.retransmissions, ended.elapsed});
            }
            break;
    }
    end_connection(turn, ended);
}

}  // namespace tcpsim::tcp
