// The receive window that is offered (RFC 9293 §3.8.6.2.2) and the options of a segment.
#pragma once

#include "stack/tcp/turn.hpp"
#include "stack/wire/options.hpp"

#include <cstdint>

namespace tcpsim::tcp {

inline constexpr std::uint16_t timestamps_length = 12;  ///< RFC 7323 §3.2: ten bytes, padded

/// The window of a SYN: what the buffer is worth, on Linux in whole segments of `mss`.
std::uint32_t first_window(Turn const& turn, std::uint32_t mss);
/// Chooses rcv.wnd and rcv.wscale for a SYN; `mss` is what a segment will carry.
void choose_initial_window(Turn& turn, std::uint32_t mss);
/// Chooses rcv.wnd and rcv.wup for the segment that is about to leave; returns the window field.
std::uint16_t choose_window(Turn& turn);
/// What choose_window() would offer, in bytes. Linux __tcp_select_window: where memory is short no ACK is quick any more.
std::uint32_t window_on_offer(Turn& turn);
/// How much of the offered window is left: rcv.wup + rcv.wnd - rcv.nxt.
std::uint32_t window_left(Tcb const& tcb);
/// A reader took data: does the peer deserve to hear of the room?
bool deserves_window_update(Turn& turn);

/// The TSval of now (RFC 7323 §5.4).
/// The TSval of any instant.
std::uint32_t timestamp_at(Turn const& turn, Instant at);
std::uint32_t timestamp_now(Turn const& turn);
wire::OptionBytes syn_options(Turn const& turn, bool answer);
/// Of a segment that carries no other option: the place of its signature, if it has one.
wire::OptionBytes signature_options(Tcb const& tcb, profile::Profile const& profile);
wire::OptionBytes segment_options(Turn& turn);
/// RFC 9293 §3.7.1, MUST-16: the text that a segment may carry now, beside what it reports of holes (Linux tcp_current_mss).
std::uint32_t current_mss(Tcb const& tcb);

}  // namespace tcpsim::tcp
