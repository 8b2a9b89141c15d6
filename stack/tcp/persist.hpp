// The persist timer: what asks about a send window that is shut or too small (RFC 9293 §3.8.6.1, §3.8.6.2.1).
#pragma once

#include "stack/tcp/turn.hpp"

namespace tcpsim::tcp {

/// Starts or stops the persist timer as the send window demands.
void watch_window(Turn& turn);
/// An acceptable ACK came: whoever asked about a shut window has an answer.
void window_probe_answered(Turn& turn);
/// Something new was sent: the retransmission timer watches it, with a back-off of its own.
void stop_probing(Turn& turn);

void persist_timeout(Turn& turn);

}  // namespace tcpsim::tcp
