// FIN-WAIT-2 without a socket: the RFC lets it last for ever, systems do not.
#pragma once

#include "stack/tcp/turn.hpp"

#include <cstdint>

namespace tcpsim::tcp {

/// What came last: that the program let go of a half-closed connection, or that the peer acknowledged an orphan's FIN.
enum class OrphanedBy : std::uint8_t { close, acknowledgment };

/// Nobody holds a connection in FIN-WAIT-2 any more: it lasts so long, or ends now.
void orphaned_in_fin_wait_2(Turn& turn, OrphanedBy what);

}  // namespace tcpsim::tcp
