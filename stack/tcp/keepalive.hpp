// Keepalive (RFC 9293 §3.8.4): whether a peer that has long said nothing is still there.
#pragma once

#include "stack/tcp/turn.hpp"

namespace tcpsim::tcp {

/// The connection is established: from now on its peer may fall silent.
void start_keepalive(Turn& turn);
/// SO_KEEPALIVE or TCP_KEEPIDLE may have changed on a live connection.
void keepalive_options_changed(Turn& turn, UserOptions const& before);
/// TCP_KEEPIDLE was set.
void count_idleness(Turn& turn);
/// An acceptable ACK came: the peer is there.
void heard_from_peer(Turn& turn);
void keepalive_timeout(Turn& turn);

}  // namespace tcpsim::tcp
