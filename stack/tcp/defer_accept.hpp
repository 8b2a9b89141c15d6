// TCP_DEFER_ACCEPT: a listener's handshake is over with its first text; a bare ACK alone does not wake whoever accepts.
#pragma once

#include "stack/tcp/steps.hpp"

namespace tcpsim::tcp {

/// The ACK of our SYN,ACK that is dropped, because nothing else came with it. Of SYN-RECEIVED.
bool defers_completion(Turn& turn, Incoming const& in);
/// The peer has acknowledged already: nothing is to be repeated, until it is about to be let in all the same.
bool leaves_syn_ack_unrepeated(Tcb const& tcb);
/// So many timeouts that the text is no longer waited for: the next ACK completes the handshake.
bool deferred_long_enough(Tcb const& tcb);

}  // namespace tcpsim::tcp
