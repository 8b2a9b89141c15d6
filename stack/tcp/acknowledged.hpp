// What an ACK takes off the scoreboard, and the round trip it measured (RFC 6298 §3, RFC 7323 §4).
#pragma once

#include "stack/tcp/ack_news.hpp"
#include "stack/tcp/turn.hpp"

namespace tcpsim::tcp {

/// snd.una is at said.ack: forgets what lies before it, samples the RTT from that and from what was selectively acknowledged.
void forget_acknowledged(Turn& turn, AckSegment const& said, AckNews& news);

}  // namespace tcpsim::tcp
