// Linux: segments beyond a hole may share an ACK, so that a burst of them does not provoke a burst of ACKs.
#pragma once

#include "stack/tcp/turn.hpp"

namespace tcpsim::tcp {

/// Something that RFC 5681 §4.2 wants acknowledged at once lies beyond a hole. May its ACK wait for company? Then its timer runs.
bool shares_ack(Turn& turn);
void compressed_ack_expired(Turn& turn);

}  // namespace tcpsim::tcp
