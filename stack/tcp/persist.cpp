#include "stack/tcp/persist.hpp"

#include "stack/tcp/give_up.hpp"
#include "stack/tcp/output.hpp"
#include "stack/tcp/rto.hpp"
#include "stack/tcp/sendable.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

/// A user timeout shortens it (Linux tcp_clamp_probe0_to_user_timeout).
Duration persist_wait(Turn const& turn, std::uint8_t doublings) {
    Tcb const& tcb = turn.tcb;
    Duration const wait = probe_interval(tcb, turn.profile, doublings);
    bool const probes_end = turn.profile.persist.give_up.value == profile::PersistGiveUp::linux_unanswered;
    if (!probes_end || tcb.liveness.probing == never || tcb.options.user_timeout == Milliseconds{0}) {
        return wait;
    }
    Duration const left = tcb.options.user_timeout - (turn.now - tcb.liveness.probing);
    return std::min(wait, std::max(left, 2 * turn.profile.rto.granule.value));  // TCP_TIMEOUT_MIN
}

void forget_series(Tcb& tcb) {
    tcb.retransmission.backoff = 0;
    tcb.liveness.probing = never;
}

}  // namespace

void watch_window(Turn& turn) {
    Tcb& tcb = turn.tcb;
    bool const stuck = has_unsent(tcb) && tcb.send_queue.sent().empty();
    if (!stuck) {
        tcb.timers.stop(Timer::persist);
    } else if (!tcb.timers.running(Timer::persist)) {
        // Linux tcp_check_probe_timer: the first wait is the timeout alone (tcp_probe0_base).
        bool const first = doubles_timeout_itself(turn.profile) && tcb.retransmission.window_probes == 0;
        std::uint8_t const doublings = first ? std::uint8_t{0} : tcb.retransmission.backoff;
        tcb.timers.start(Timer::persist, turn.now, persist_wait(turn, doublings));
    }
}

void window_probe_answered(Turn& turn) {
    Tcb& tcb = turn.tcb;
    tcb.retransmission.window_probes = 0;
    if (!tcb.timers.running(Timer::persist)) {
        return;
    }
    // Linux tcp_ack_probe: the back-off ends when a segment fits; until then the next probe is counted from the answer.
    if (window_takes_next_packet(turn)) {
        forget_series(tcb);
        tcb.timers.stop(Timer::persist);
    } else {
        tcb.timers.start(Timer::persist, turn.now, persist_wait(turn, tcb.retransmission.backoff));
    }
}

void stop_probing(Turn& turn) {
    Tcb& tcb = turn.tcb;
    if (tcb.timers.running(Timer::persist)) {
        std::uint8_t const backoff = tcb.retransmission.backoff;
        tcb.timers.stop(Timer::persist);
        forget_series(tcb);
        if (doubles_timeout_itself(turn.profile)) {  // Linux: only tcp_ack_probe and tcp_send_probe0 end it
            tcb.retransmission.backoff = backoff;
        }
    }
}

void persist_timeout(Turn& turn) {
    Tcb& tcb = turn.tcb;
    Retransmission& r = tcb.retransmission;
    Duration const waited = tcb.timers.waited(Timer::persist);
    turn.out.note(TimerExpired{Timer::persist, r.backoff, waited});
    Ended ended;
    if (gives_up_probing(turn, ended)) {
        give_up(turn, ended);
        return;
    }
    std::uint8_t const doublings = r.backoff;
    Instant const since = tcb.liveness.probing == never ? turn.now : tcb.liveness.probing;
    forget_series(tcb);
    // RFC 9293 §3.8.6.2.1 (4): the override timeout sends what a small window allows; only a shut one is probed.
    // Linux tcp_write_wakeup: with PSH.
    bool const push = turn.profile.send.unit.value == profile::SendUnit::linux_packet;
    if (send_regardless(turn, Cause{Why::zero_window_probe, 1, waited}, push)) {
        return;
    }
    tcb.liveness.probing = since;
    // Linux tcp_send_probe0: doubled at most tcp_retries2 times.
    r.backoff = static_cast<std::uint8_t>(std::min<int>(doublings + 1, turn.profile.rto.data_retries.value));
    r.window_probes = static_cast<std::uint8_t>(std::min(r.window_probes + 1, 255));
    send_probe(turn, Cause{Why::zero_window_probe, r.backoff, waited});
    watch_window(turn);
}

}  // namespace tcpsim::tcp
