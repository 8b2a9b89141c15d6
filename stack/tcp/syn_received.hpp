// What is peculiar to SYN-RECEIVED among RFC 9293 §3.10.7.4's steps: a request of a listener, or one half of a simultaneous
// open.
#pragma once

#include "stack/tcp/steps.hpp"

namespace tcpsim::tcp {

/// Before the first step: a SYN once more, the SYN,ACK of a simultaneous open, and an ACK of nothing of ours.
Step check_opening(Turn& turn, Incoming& in);
/// Second: a RST at RCV.NXT.
Step reset_while_opening(Turn& turn);
/// Fourth: a SYN inside the window of a request.
Step syn_in_request(Turn& turn, Incoming const& in);

}  // namespace tcpsim::tcp
