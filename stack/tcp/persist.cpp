#include "stack/tcp/persist.hpp"

#include "stack/tcp/give_up.hpp"
#include "stack/tcp/output.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

// Linux tcp_probe0_when, tcp_send_probe0: doubled at most tcp_retries2 times.
Duration persist_wait(Turn const& turn) {
    auto const doublings = std::min<int>(turn.tcb.retransmission.backoff, turn.profile.rto.data_retries.value);
    Duration const wait = turn.tcb.rtt.rto_backed_off(static_cast<std::uint8_t>(doublings), turn.profile);
    return std::min(std::max(wait, turn.profile.persist.min.value), turn.profile.persist.max.value);
}

}  // namespace

void watch_window(Turn& turn) {
    Tcb& tcb = turn.tcb;
    bool const stuck = has_unsent(tcb) && tcb.send_queue.sent().empty();
    if (!stuck) {
        tcb.timers.stop(Timer::persist);
    } else if (!tcb.timers.running(Timer::persist)) {
        tcb.timers.start(Timer::persist, turn.now, persist_wait(turn));
    }
}

void window_probe_answered(Turn& turn) {
    Tcb& tcb = turn.tcb;
    tcb.retransmission.window_probes = 0;
    if (!tcb.timers.running(Timer::persist)) {
        return;
    }
    // Linux tcp_ack_probe: the back-off ends when a segment fits; until then the next probe is counted from the answer.
    if (window_allows_next(tcb)) {
        tcb.retransmission.backoff = 0;
        tcb.timers.stop(Timer::persist);
    } else {
        tcb.timers.start(Timer::persist, turn.now, persist_wait(turn));
    }
}

void stop_probing(Turn& turn) {
    Tcb& tcb = turn.tcb;
    if (tcb.timers.running(Timer::persist)) {
        tcb.timers.stop(Timer::persist);
        tcb.retransmission.backoff = 0;
    }
}

void persist_timeout(Turn& turn) {
    Tcb& tcb = turn.tcb;
    Retransmission& r = tcb.retransmission;
    Duration const waited = tcb.timers.waited(Timer::persist);
    turn.out.note(TimerExpired{Timer::persist, r.backoff, waited});
    Ended ended;
    if (gives_up_probing(turn, ended)) {
        end_connection(turn, ended);
        return;
    }
    std::uint8_t const doublings = r.backoff;
    r.backoff = 0;
    // RFC 9293 §3.8.6.2.1 (4): the override timeout sends what a small window allows; only a shut one is probed.
    if (send_regardless(turn, Cause{Why::zero_window_probe, 1, waited})) {
        return;
    }
    r.backoff = static_cast<std::uint8_t>(std::min(doublings + 1, 255));
    r.window_probes = static_cast<std::uint8_t>(std::min(r.window_probes + 1, 255));
    send_probe(turn, Cause{Why::zero_window_probe, r.backoff, waited});
    watch_window(turn);
}

}  // namespace tcpsim::tcp
