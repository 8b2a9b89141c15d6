// What the send buffer is charged with, when there is room in it, and how it grows.
#pragma once

#include "stack/tcp/turn.hpp"

#include <cstdint>

namespace tcpsim::tcp {

/// What the send buffer is charged with (Linux sk_wmem_queued, BSD sb_cc).
std::uint64_t send_memory(Tcb const& tcb, profile::Profile const& profile);
/// Whether more may be written: on Linux, whether another packet may begin (sk_stream_memory_free).
bool has_send_memory(Tcb const& tcb, profile::Profile const& profile);
/// A writer is worth waking: a good part of the buffer is free (Linux sk_stream_is_writeable).
bool has_send_space(Tcb const& tcb, profile::Profile const& profile);
/// The connection is established: the buffer shall hold what its window lets go (Linux tcp_sndbuf_expand).
void expand_send_buffer(Turn& turn);
/// After an ACK: a writer that waits gets a larger buffer if it could be used, and is woken when there is room (Linux
/// tcp_check_space).
void check_send_space(Turn& turn);

}  // namespace tcpsim::tcp
