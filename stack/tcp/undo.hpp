// A reduction that turns out superfluous is taken back: by timestamps (RFC 3522, RFC 4015) or D-SACKs (RFC 3708's idea).
#pragma once

#include "stack/tcp/ack_news.hpp"
#include "stack/tcp/turn.hpp"

namespace tcpsim::tcp {

/// Nothing that is out was sent twice: the episode of repetitions is over (Linux clears retrans_stamp).
void forget_finished_episode(Tcb& tcb);
/// From here on a proof of superfluousness may come (Linux tcp_init_undo).
void prepare_undo(Turn& turn);
/// RFC 3522 §3.2: the ACK's timestamp echo is older than the first repetition: the original had arrived.
bool echo_proves_delay(Turn const& turn, AckSegment const& said);
/// Either proof.
bool may_undo(Turn const& turn, AckSegment const& said);
/// Every repetition was reported superfluous (Linux tcp_try_undo_dsack). True if undone.
bool undo_by_dsack(Turn& turn);
/// The window and ssthresh as they were. `forget_losses`: what was called lost is only late.
void undo_reduction(Turn& turn, bool forget_losses);
/// RFC 6582 §5: without SACK a phase is held until something above `recover` is acknowledged, lest old duplicates begin another.
bool held_open_without_sack(Turn& turn);

}  // namespace tcpsim::tcp
