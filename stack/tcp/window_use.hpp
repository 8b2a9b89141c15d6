// Whether the congestion window was used: one that was not must neither grow nor be kept for ever (RFC 2861, as Linux has it).
#pragma once

#include "stack/tcp/turn.hpp"

namespace tcpsim::tcp {

/// The sender has sent what it may: was it the congestion window that stopped it? (Linux tcp_cwnd_validate)
void window_used(Turn& turn, bool stopped_by_window);
/// The window limits what the program may send; in slow start, if half of it was in use (Linux tcp_is_cwnd_limited).
bool window_limits(Tcb const& tcb);
/// Text is about to be sent after an idle time: RFC 5681 §4.1.
void restart_if_idle(Turn& turn);
/// The peer offers another window while text waits for one.
void window_changed_while_idle(Turn& turn);

}  // namespace tcpsim::tcp
