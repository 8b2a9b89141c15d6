// RFC 9293 §3.8.3 (R1, R2) as systems really do it: when an unanswered series ends, and what the user timeout (RFC 9293
// §3.9.1.1, TCP_USER_TIMEOUT) has to say.
#pragma once

#include "stack/tcp/turn.hpp"

namespace tcpsim::tcp {

/// Linux tcp_model_timeout: the time that `retries` doublings of `base` would take, capped at `max` each.
Duration modelled_timeout(int retries, Duration base, Duration max);
/// True if the expiry of the retransmission timer that is being handled is the last straw; fills `ended` with the figures.
bool gives_up(Turn const& turn, Ended& ended);
/// The same for window probes.
bool gives_up_probing(Turn const& turn, Ended& ended);
/// The same for keepalive probes, after `idle` without a word.
bool gives_up_asking(Turn const& turn, Duration idle, Ended& ended);

/// RFC 9293 §3.8.6, SHLD-17: what is outstanding lies beyond a window that was shut, so that its repetitions are window
/// probes and count for nothing. (Linux tcp_retransmit_timer; an orphan has nobody who would wait.)
bool repeats_into_shut_window(Tcb const& tcb);
/// `timeout`, but no longer than until the user timeout of the series is over (Linux tcp_clamp_rto_to_user_timeout).
Duration within_user_timeout(Turn const& turn, Duration timeout);
/// What a program is told: ETIMEDOUT, unless an ICMP error knew better (RFC 9293 §3.9.2.2, SHLD-25).
Errno error_of_silence(Tcb const& tcb);
/// RFC 9293 §3.8.3 (b), at an expiry of the retransmission timer that does not give up: R1 may be over.
void doubt_delivery(Turn& turn);
/// The end, with a reset where the system sends one.
void give_up(Turn& turn, Ended const& ended);

}  // namespace tcpsim::tcp
