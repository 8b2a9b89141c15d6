// SACK blocks at the sender (RFC 2018 §5, RFC 2883 §4, RFC 6675 §4's Update()).
#pragma once

#include "stack/tcp/ack_news.hpp"
#include "stack/tcp/turn.hpp"

namespace tcpsim::tcp {

/// Marks what the blocks of `said` cover; a D-SACK is told apart and accounted.
void take_sack_blocks(Turn& turn, AckSegment const& said, AckNews& news);
/// Something arrived later than what was sent after it: the path reorders by so much (Linux tcp_check_sack_reordering).
void note_reordering(Turn& turn, SeqNum late);
/// The path reorders by so many segments at least, as far as the profile believes it.
void reordered_by(Turn& turn, std::uint32_t segments);
/// RFC 6675 §4: the end of what has arrived at most; snd.una while nothing is selectively acknowledged.
SeqNum highest_arrived(Tcb const& tcb);

}  // namespace tcpsim::tcp
