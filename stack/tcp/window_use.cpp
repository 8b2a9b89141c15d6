#include "stack/tcp/window_use.hpp"

#include "stack/tcp/output.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

std::uint32_t initial_window(Turn const& turn) {
    return static_cast<std::uint32_t>(turn.profile.congestion.initial_window.value);
}

/// The program or the receiver was the limit for a whole RTO: half way down to what was used (Linux
/// tcp_cwnd_application_limited).
void decay(Turn& turn) {
    Tcb& tcb = turn.tcb;
    if (tcb.recovery.phase == Recovery::Phase::open && !tcb.writer_waits) {
        std::uint32_t const used = std::max(tcb.window_use.used, initial_window(turn));
        if (used < tcb.congestion.cwnd()) {
            tcb.congestion.decay_towards(used);
        }
        tcb.window_use.used = 0;
    }
    tcb.window_use.since = turn.now;
}

}  // namespace

bool window_limits(Tcb const& tcb) {
    return tcb.window_use.limited ||
           (tcb.congestion.in_slow_start() && tcb.congestion.cwnd() < 2 * tcb.window_use.most);
}

void window_used(Turn& turn, bool stopped_by_window) {
    Tcb& tcb = turn.tcb;
    WindowUse& use = tcb.window_use;
    auto const outstanding = static_cast<std::uint32_t>(tcb.send_queue.sent().size());
    if (tcb.snd.una.at_or_after(use.measured_until) || stopped_by_window || (!use.limited && outstanding > use.most)) {
        use.limited = stopped_by_window;
        use.most = outstanding;
        use.measured_until = tcb.snd.nxt;
    }
    if (window_limits(tcb)) {
        use.used = 0;
        use.since = turn.now;
        return;
    }
    use.used = std::max(use.used, outstanding);
    bool const decays = turn.profile.recovery.idle_restart.value == profile::IdleRestart::halved_each_rto;
    if (decays && turn.now - use.since >= tcb.rtt.rto(turn.profile)) {
        decay(turn);
    }
}

void restart_if_idle(Turn& turn) {
    Tcb& tcb = turn.tcb;
    Duration const silence = turn.now - tcb.window_use.last_sent;
    Duration const rto = tcb.rtt.rto(turn.profile);
    if (!tcb.send_queue.sent().empty() || silence <= rto) {
        return;
    }
    switch (turn.profile.recovery.idle_restart.value) {
        case profile::IdleRestart::none:
            return;
        case profile::IdleRestart::halved_each_rto:
            tcb.congestion.restart_after_idle(static_cast<std::uint32_t>((silence - Duration{1}) / rto),
                                              initial_window(turn));
            break;
        case profile::IdleRestart::to_initial_window:
            tcb.congestion.set_cwnd(std::min(tcb.congestion.cwnd(), initial_window(turn)));
            break;
    }
    tcb.window_use.since = turn.now;
    tcb.window_use.used = 0;
}

void window_changed_while_idle(Turn& turn) {
    switch (turn.profile.recovery.idle_restart.value) {
        case profile::IdleRestart::halved_each_rto:  // Linux tcp_ack_update_window
            if (has_unsent(turn.tcb)) {
                restart_if_idle(turn);
            }
            return;
        case profile::IdleRestart::none:
        case profile::IdleRestart::to_initial_window:
            return;
    }
}

}  // namespace tcpsim::tcp
