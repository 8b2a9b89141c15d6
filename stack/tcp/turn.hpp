// What every step and rule inside a connection works with: one turn at the TCB.
#pragma once

#include "stack/profile/profile.hpp"
#include "stack/tcp/actions.hpp"
#include "stack/tcp/tcb.hpp"

namespace tcpsim::tcp {

struct Turn {
    Tcb& tcb;
    profile::Profile const& profile;
    Instant now;
    Actions& out;
};

/// The one place where the state changes; records it.
void enter(Turn& turn, State next);
/// The connection is over: pending error, timers off, send queue gone. Received data stay readable.
void end_connection(Turn& turn, Ended ended);

/// A listener's request, half open: on Linux no socket yet, unless Fast Open accepted it.
inline bool is_request(Turn const& turn) {
    return turn.tcb.state == State::syn_received && turn.tcb.passive && !turn.tcb.fast_open.accepted;
}

}  // namespace tcpsim::tcp
