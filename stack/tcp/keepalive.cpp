#include "stack/tcp/keepalive.hpp"

#include "stack/tcp/give_up.hpp"
#include "stack/tcp/output.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

Duration idle_limit(Turn const& turn) {
    Seconds const own = turn.tcb.options.keepalive_idle;
    return own > Seconds{0} ? Duration{own} : turn.profile.keepalive.time.value;
}

Duration interval(Turn const& turn) {
    Seconds const own = turn.tcb.options.keepalive_interval;
    return own > Seconds{0} ? Duration{own} : turn.profile.keepalive.interval.value;
}

/// Linux keepalive_time_elapsed: since the last acceptable ACK, or the last text if that came later.
Duration idleness(Turn const& turn) {
    return turn.now - std::max(turn.tcb.liveness.heard, turn.tcb.delayed_ack.last_received);
}

bool lives(State state) {
    return state != State::closed && state != State::listen && state != State::syn_sent &&
           state != State::syn_received && state != State::time_wait;
}

/// Whether a connection in this condition asks at all.
bool asks(Turn const& turn) {
    Tcb const& tcb = turn.tcb;
    switch (turn.profile.keepalive.policy.value) {
        case profile::KeepalivePolicy::linux_all_acknowledged:
            return tcb.snd.una == tcb.snd.nxt && !has_unsent(tcb);
        case profile::KeepalivePolicy::net3_until_close:
            return tcb.state == State::established || tcb.state == State::close_wait;
    }
    return false;
}

void probe(Turn& turn, Duration waited) {
    std::uint8_t& probes = turn.tcb.retransmission.keepalive_probes;
    probes = static_cast<std::uint8_t>(std::min(probes + 1, 255));
    send_keepalive(turn, Cause{Why::keepalive_probe, probes, waited});
    turn.tcb.timers.start(Timer::keepalive, turn.now, interval(turn));
}

}  // namespace

void start_keepalive(Turn& turn) {
    turn.tcb.liveness.heard = turn.now;
    if (turn.tcb.options.keepalive) {
        turn.tcb.timers.start(Timer::keepalive, turn.now, idle_limit(turn));
    }
}

// Linux tcp_sock_set_keepidle_locked: the idleness so far counts, though nothing may have changed.
void count_idleness(Turn& turn) {
    if (turn.tcb.options.keepalive && lives(turn.tcb.state)) {
        turn.tcb.timers.start(Timer::keepalive, turn.now, std::max(idle_limit(turn) - idleness(turn), Duration{0}));
    }
}

void keepalive_options_changed(Turn& turn, UserOptions const& before) {
    UserOptions const& options = turn.tcb.options;
    if (!lives(turn.tcb.state)) {
        return;
    }
    if (!options.keepalive) {
        turn.tcb.timers.stop(Timer::keepalive);
    } else if (options.keepalive_idle != before.keepalive_idle) {
        count_idleness(turn);
    } else if (!before.keepalive) {
        // Linux tcp_set_keepalive: it does not.
        turn.tcb.timers.start(Timer::keepalive, turn.now, idle_limit(turn));
    }
}

void heard_from_peer(Turn& turn) {
    turn.tcb.liveness.heard = turn.now;
    turn.tcb.retransmission.keepalive_probes = 0;
    turn.tcb.retransmission.soft_error = Errno::none;
}

void keepalive_timeout(Turn& turn) {
    Duration const waited = turn.tcb.timers.waited(Timer::keepalive);
    Duration const limit = idle_limit(turn);
    Duration const idle = idleness(turn);
    if (!lives(turn.tcb.state)) {
        return;
    }
    if (!asks(turn)) {
        turn.tcb.timers.start(Timer::keepalive, turn.now, limit);
        return;
    }
    if (idle < limit) {  // something came while the timer ran
        turn.tcb.timers.start(Timer::keepalive, turn.now, limit - idle);
        return;
    }
    turn.out.note(TimerExpired{Timer::keepalive, turn.tcb.retransmission.keepalive_probes, waited});
    Ended ended;
    if (gives_up_asking(turn, idle, ended)) {
        // Linux tcp_keepalive_timer, 4.4BSD tcp_drop: in case somebody is there after all.
        send_reset(turn, Cause{Why::gave_up, ended.retransmissions, idle});
        end_connection(turn, ended);
        return;
    }
    probe(turn, waited);
}

}  // namespace tcpsim::tcp
