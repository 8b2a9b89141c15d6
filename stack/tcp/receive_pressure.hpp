// What a receiver does when its buffer is full (Linux tcp_try_rmem_schedule, tcp_prune_queue): first it saves memory, then it
// drops.
#pragma once

#include "stack/tcp/turn.hpp"

namespace tcpsim::tcp {

/// Is there memory for a packet of text? Makes some if it can: what lies beyond holes may go.
bool make_room(Turn& turn, PacketBuffer const& packet);

}  // namespace tcpsim::tcp
