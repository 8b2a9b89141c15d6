// Loss recovery: what an ACK means for what is in flight, and what follows from it (RFC 5681 §3.2, RFC 6582, RFC 6675, RFC 8985,
// RFC 5682, RFC 9937). The phases and their order are Linux's tcp_fastretrans_alert.
#pragma once

#include "stack/tcp/ack_news.hpp"
#include "stack/tcp/turn.hpp"

namespace tcpsim::tcp {

/// An ACK within the send window, or a little below it: the whole of what the sender learns and does.
void acknowledgment_arrives(Turn& turn, AckSegment const& said);
/// RFC 8985 §6.2 step 5: what RACK waited for has not come.
void reordering_timeout(Turn& turn);
/// Back to the open phase, or to disorder while something is still out of order (Linux tcp_try_keep_open).
void keep_open(Turn& turn);
/// ssthresh and what PRR needs; cwnd follows (Linux tcp_init_cwnd_reduction).
void begin_reduction(Turn& turn, Congested why);
/// cwnd is where the reduction led (Linux tcp_end_cwnd_reduction).
void end_reduction(Turn& turn);
/// The window is being reduced: PRR decides what may be sent.
bool reducing(Tcb const& tcb);

}  // namespace tcpsim::tcp
