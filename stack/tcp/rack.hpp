// RFC 8985: loss is told by time – a segment sent well before one that has arrived is lost.
#pragma once

#include "stack/tcp/turn.hpp"

namespace tcpsim::tcp {

struct AckNews;

/// §6.2 steps 1 and 2: `segment` has arrived.
void rack_advance(Turn& turn, SentSegment const& segment);
/// §6.2 step 4: the reordering window follows D-SACKs.
void rack_adapt_window(Turn& turn, AckNews const& news);
/// §6.2 step 5: marks what is lost by now. How long until the next may be; zero if nothing waits.
Duration rack_detect_loss(Turn& turn);
/// `segment` was sent so long ago that it is lost, or how long until then.
Duration rack_remaining(Turn const& turn, SentSegment const& segment, Duration reordering_window);

}  // namespace tcpsim::tcp
