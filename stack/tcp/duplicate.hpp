// Text that came before: how the peer is told (RFC 2883, D-SACK).
#pragma once

#include "stack/tcp/steps.hpp"

namespace tcpsim::tcp {

/// The next ACK reports [left, right) as received twice; a report that is still waiting is extended if the two touch.
void report_duplicate(Turn& turn, wire::SackBlock block);
/// What waits to be reported is not any more.
void forget_duplicate(Tcb& tcb);
/// A segment that brings nothing new, at least a part of it below RCV.NXT: our ACK was lost, or theirs was late.
void note_repetition(Turn& turn, Incoming const& in);

}  // namespace tcpsim::tcp
