// When to acknowledge: at once or delayed (RFC 9293 §3.8.6.3, RFC 5681 §4.2), in the manner of the profile.
#pragma once

#include "stack/base/payload.hpp"
#include "stack/tcp/turn.hpp"
#include "stack/tcp/window_space.hpp"

#include <cstdint>

namespace tcpsim::tcp {

/// Text came, in order up to `nxt`: updates what the policy remembers. An ACK is now pending.
void text_received(Turn& turn, Arrival const& arrival, SeqNum nxt);
/// Text came beyond a hole; `news`: some of it is not there yet. An ACK is now pending.
void text_beyond_hole_received(Turn& turn, Arrival const& arrival, bool news);
/// Text that came may let more be offered, after its ECN mark was minded.
void window_may_grow(Turn& turn, Arrival const& arrival);
/// A FIN came, in order. An ACK is now pending.
void fin_received(Turn& turn);
/// Linux tcp_enter_quickack_mode: the next ACKs go at once, at most so many of them.
void enter_quick_ack_mode(Turn& turn, int most);
/// An ACK must go at once, or with what is sent now.
void demand_ack(Turn& turn);
/// Something came that is to be acknowledged, perhaps with delay.
void schedule_ack(Turn& turn);
/// Linux inet_csk_enter_pingpong_mode: the program will answer soon, so that ACKs wait for its text.
void enter_conversation(Turn& turn);
/// Linux inet_csk_in_pingpong_mode.
bool converses(Tcb const& tcb, profile::Profile const& profile);
/// TCP_QUICKACK, an even value for what waits now only (Linux tcp_sock_set_quickack).
void quick_ack_chosen(Turn& turn, std::int64_t value);
/// Sends the pending ACK, if any, or starts its timer.
void acknowledge(Turn& turn, Why why);
/// Any segment with ACK went out: nothing is pending any more.
void acknowledgment_sent(Turn& turn);
/// A segment with text went out: Linux learns that the connection is interactive.
void data_sent(Turn& turn);
void delayed_ack_expired(Turn& turn);
/// A reader takes up to so much text, of which there is some.
Payload read_and_acknowledge(Turn& turn, std::uint64_t at_most);

}  // namespace tcpsim::tcp
