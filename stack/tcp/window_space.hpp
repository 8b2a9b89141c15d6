// What a receive buffer is worth as window (Linux tcp_win_from_space, window_clamp), and how that grows as text shows what its
// packets cost.
#pragma once

#include "stack/tcp/turn.hpp"

#include <cstdint>

namespace tcpsim::tcp {

/// What the header's field can say.
inline constexpr std::uint32_t largest_window_field = 0xffff;

/// A receive buffer is charged with packets, not with their text.
bool counts_packets(profile::Profile const& profile);
/// What part of memory is offered as window, in 256ths.
std::int64_t window_share(Tcb const& tcb, profile::Profile const& profile);
/// The window that so much memory pays for; less than nothing if it is overdrawn.
std::int64_t window_from_memory(Tcb const& tcb, profile::Profile const& profile, std::int64_t memory);
/// The memory that such a window takes.
std::uint64_t memory_for_window(Tcb const& tcb, profile::Profile const& profile, std::uint64_t window);
/// The same before anything is known of the connection's packets.
std::uint32_t fresh_memory_for_window(profile::Profile const& profile, std::uint32_t window);
/// Bytes that an empty receive buffer lets a peer send.
std::uint32_t full_window(Tcb const& tcb, profile::Profile const& profile);
/// Bytes that the receive buffer still lets a peer send; less than nothing if it is overdrawn.
std::int64_t free_window(Tcb const& tcb, profile::Profile const& profile);
/// Linux: what may be offered at most.
std::uint32_t window_clamp(Tcb const& tcb, profile::Profile const& profile);
/// Linux tcp_set_window_clamp.
void set_window_clamp(Turn& turn, std::uint32_t clamp);
/// The connection is established: what its first window leaves to grow.
void start_receive_window(Turn& turn);

/// What a segment showed: its text, its packet's memory, its flags.
struct Arrival {
    std::uint32_t text{0};
    std::uint32_t header{0};  ///< TCP's, options included
    std::uint32_t cost{0};
    wire::Flags flags{};
};
/// Linux tcp_measure_rcv_mss: guesses the peer's segment size, and what share of memory its text is. A segment that ends a
/// write is counted.
void measure_segment(Turn& turn, Arrival const& arrival);
/// Linux tcp_grow_window: more may be offered, as far as packets like this one would fit.
void grow_window(Turn& turn, Arrival const& arrival);

}  // namespace tcpsim::tcp
