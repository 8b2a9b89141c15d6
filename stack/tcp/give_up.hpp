// RFC 9293 §3.8.3 (R1, R2) as systems really do it: when an unanswered series ends.
#pragma once

#include "stack/tcp/turn.hpp"

namespace tcpsim::tcp {

/// Linux tcp_model_timeout: the time that `retries` doublings of `base` would take, capped at `max` each.
Duration modelled_timeout(int retries, Duration base, Duration max);
/// True if the expiry that is being handled is the last straw; fills `ended` with the figures.
bool gives_up(Turn const& turn, Ended& ended);
/// The same for window probes, which give up only if nobody answers them (RFC 9293 §3.8.6.1).
bool gives_up_probing(Turn const& turn, Ended& ended);
/// The same for keepalive probes, after `idle` without a word.
bool gives_up_asking(Turn const& turn, Duration idle, Ended& ended);

}  // namespace tcpsim::tcp
