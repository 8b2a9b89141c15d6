// Van Jacobson's header prediction: the next segment in order, with nothing new in its header, takes a short way. What it
// changes is that Linux does not look there whether the receive buffer is full, as long as memory was set aside before.
#pragma once

#include "stack/tcp/steps.hpp"
#include "stack/tcp/tcb.hpp"

namespace tcpsim::tcp {

/// To be asked when a segment comes, before it changes anything.
bool is_predicted(Tcb const& tcb, Incoming const& in);
/// After text was taken in order: whether the next segment may be predicted.
void predict_header(Tcb& tcb);
void predict_no_header(Tcb& tcb);

}  // namespace tcpsim::tcp
