// The ACKs that tell a peer that it is mistaken: about a segment outside the window (RFC 9293 §3.10.7.4, first) and about one
// that an attacker may have sent (RFC 5961). Two ends that do nothing else would go on for ever, hence a limit.
#pragma once

#include "stack/tcp/steps.hpp"

namespace tcpsim::tcp {

/// An invalid segment came: may it be answered now? Text always is: its sender needs to know (Linux tcp_oow_rate_limited).
bool may_answer_invalid(Turn& turn, Incoming const& in);
/// RFC 5961: a challenge ACK. A host may hold it back (profile: challenge_ack_limit).
void challenge(Turn& turn);

}  // namespace tcpsim::tcp
