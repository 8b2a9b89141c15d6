// The path's MTU and what follows for segments: RFC 9293 §3.7.1's effective send MSS, RFC 1191, RFC 4821's black holes.
#pragma once

#include "stack/tcp/turn.hpp"
#include "stack/wire/options.hpp"

#include <cstdint>

namespace tcpsim::tcp {

/// RFC 2385 §4.3: what a signature takes of every segment.
inline constexpr std::uint16_t signature_length = 20;

/// Text per segment where packets are so large: no more than the peer takes, options deducted.
std::uint16_t effective_mss(Turn const& turn, std::uint16_t mtu);
/// The packet of a segment with so much text.
std::uint16_t mtu_of(Tcb const& tcb, int mss);
/// The largest packet that the peer takes.
std::uint16_t largest_mtu(Tcb const& tcb);
/// Path, peer, search and, on Linux, the window say how much text a segment has from now on.
void sync_mss(Turn& turn);
/// What is out and larger than segments are now is lost.
void resend_what_is_too_big(Turn& turn);

/// The route is known: what our SYN offers (RFC 9293 §3.7.1, MUST-67), TCP_MAXSEG minded.
void start_path_mtu(Tcb& tcb, std::uint16_t link_mss);
/// The peer's SYN is known: what may be sent (MUST-16).
void take_mss(Turn& turn, wire::Options const& of_syn);
/// RFC 1191 §3: a router could not forward a packet of ours. `next_hop`: what it can forward, 0 if it does not say.
void too_big(Turn& turn, std::uint16_t next_hop);
/// RFC 1191 §6.1: another connection's packet was too big for the same path. What is out is not repeated, what follows is smaller.
void take_path_mtu(Turn& turn, std::uint16_t mtu);
/// RFC 4821 §7.7: a series has outlasted R1. Perhaps only large packets get lost.
void suspect_black_hole(Turn& turn);

}  // namespace tcpsim::tcp
