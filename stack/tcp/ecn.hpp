// Explicit congestion notification (RFC 3168): what a handshake agrees on, what a receiver tells, what leaves with which mark.
// What a sender makes of ECE is recovery's.
#pragma once

#include "stack/tcp/steps.hpp"
#include "stack/tcp/turn.hpp"

namespace tcpsim::tcp {

/// RFC 3168 §6.1.1: what our SYN or SYN,ACK asks or answers. `repeated`: it was sent before.
std::uint8_t ecn_flags_of_syn(Turn& turn, bool answer, bool repeated);
/// RFC 3168 §6.1.1: what the peer's SYN or SYN,ACK says.
void take_ecn_of_syn(Turn& turn, wire::TcpSegment const& syn);
/// RFC 3168 §6.1.1: "must not set the ECT codepoint" on a SYN; whose SYN has it means something else by its flags.
void take_ecn_of_request(Turn& turn, wire::Ecn ecn);
/// RFC 3168 §6.1.3: text came, in order or not: marks, and the end of marks, which an empty segment may tell, too.
void take_ecn(Turn& turn, Incoming const& in);
/// RFC 3168 §6.1.2-5: gives a segment that is about to leave its flags and its IP codepoint. `new_text`: with text that was
/// never sent before.
void mark_ecn(Turn& turn, Emit& emit, bool new_text);

}  // namespace tcpsim::tcp
