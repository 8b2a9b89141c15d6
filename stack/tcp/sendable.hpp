// How much text may leave now, and in which portions. Linux hands its device packets of several segments, which are cut up
// on the way out: seen from the wire, so many segments leave together, the last of them with PSH, and sometimes the sender
// waits for the ACK that lets it send more at once.
#pragma once

#include "stack/tcp/turn.hpp"

#include <cstdint>
#include <optional>

namespace tcpsim::tcp {

/// A portion of text that leaves at one go.
struct Sendable {
    std::uint32_t length{0};
    bool window_limited{false};  ///< the congestion window allows no more
    std::uint32_t packet{0};     ///< Linux: of a packet so long, which a window may cut short
};

/// Linux tcp_bound_to_half_wnd: of the largest window ever offered; a small one whole.
std::uint32_t half_of_largest_window(Tcb const& tcb);
std::uint32_t unsent_text(Tcb const& tcb);
std::uint32_t usable_window(Tcb const& tcb);
/// RFC 9293 §3.7.4: a segment that is not full waits while something is outstanding.
bool nagle_holds(Tcb const& tcb, profile::Profile const& profile);
/// Linux tcp_update_pacing_rate: an ACK sets how large packets are until the next one, whatever becomes of the window.
void set_pace(Turn& turn);
/// The window takes the next packet whole, on Linux as write() laid it out, its FIN included (tcp_ack_probe).
bool window_takes_next_packet(Turn const& turn);
/// How many segments leave as one packet.
std::uint32_t segments_per_packet(Tcb const& tcb, profile::Profile const& profile);
/// What leaves next, in segments of `mss`. `at_once`: whatever Nagle says, and without waiting for more (Linux TCP_NAGLE_PUSH,
/// push_one).
Sendable next_portion(Turn const& turn, bool at_once, std::uint32_t mss);

/// How a write ends: RFC 9293 §3.9.1.2's PUSH, perhaps with URGENT, or a hint that the rest follows at once.
enum class WriteEnd : std::uint8_t {
    push,
    more_follows,  ///< MSG_MORE: it is not the end of a write
    urgent,        ///< MSG_OOB: pushed, in the urgent octet
    record,        ///< MSG_EOR: pushed, and what follows begins a packet of its own (Linux; BSD TCP knows no records)
};
/// Appends what was written, as far as the send buffer has room, and sends on the way what may be sent. How much it took.
std::uint64_t write_text(Turn& turn, Payload const& data, WriteEnd end);
/// See Connection::unfilled_packet().
std::optional<SeqNum> unfilled_packet(Tcb const& tcb, profile::Profile const& profile);
/// Linux: how many packets the unsent text fills.
std::uint32_t unsent_packets(Tcb const& tcb);
/// Whether the text up to `end`, which begins at snd.nxt, ends with a PSH of its own.
bool ends_pushed(Tcb const& tcb, SeqNum end);
/// Whether a repetition of `sent`, whose text ends at `text_end`, carries PSH.
bool repeats_push(Tcb const& tcb, profile::Profile const& profile, SentSegment const& sent, SeqNum text_end);
/// The packet that leaves now has taken in those behind it (Linux tcp_grow_skb): PSH of any of them is at its end, and a
/// part of it that leaves alone has none.
void grow_packet(Tcb& tcb, std::uint32_t length);
/// Forgets the packets that have been sent.
void forget_sent_packets(Tcb& tcb);

}  // namespace tcpsim::tcp
