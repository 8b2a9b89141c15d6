// When to acknowledge: at once or delayed (RFC 9293 §3.8.6.3, RFC 5681 §4.2), in the manner of the profile.
#pragma once

#include "stack/tcp/turn.hpp"

#include <cstdint>

namespace tcpsim::tcp {

/// Text of `length` bytes came, with PSH or without: updates what the policy remembers. An ACK is now pending.
void text_received(Turn& turn, std::uint32_t length, bool psh);
/// A FIN came, in order. An ACK is now pending.
void fin_received(Turn& turn);
/// Linux tcp_enter_quickack_mode: the next ACKs go at once, at most so many of them.
void enter_quick_ack_mode(Turn& turn, int most);
/// An ACK must go at once, or with what is sent now.
void demand_ack(Turn& turn);
/// Text came beyond a hole, or filled a part of one: RFC 5681 §4.2 wants an ACK at once.
void hole_changed(Turn& turn);
/// Sends the pending ACK, if any, or starts its timer.
void acknowledge(Turn& turn, Why why);
/// Any segment with ACK went out: nothing is pending any more.
void acknowledgment_sent(Turn& turn);
/// A segment with text went out: Linux learns that the connection is interactive.
void data_sent(Turn& turn);
void delayed_ack_expired(Turn& turn);
/// A reader took text.
void text_read(Turn& turn);

}  // namespace tcpsim::tcp
