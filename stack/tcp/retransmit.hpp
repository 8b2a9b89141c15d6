// Retransmission: the RTO (RFC 6298 §5), the tail loss probe (RFC 8985 §7), fast retransmit (RFC 5681 §3.2, RFC 6582).
#pragma once

#include "stack/tcp/turn.hpp"

#include <cstdint>
#include <optional>

namespace tcpsim::tcp {

/// Segments in the network, as far as the sender believes.
std::uint32_t flight(Tcb const& tcb);
/// The congestion window with RFC 5681's inflation during fast recovery.
std::uint32_t send_window_in_segments(Tcb const& tcb);

/// New text or FIN was sent: RFC 6298 §5.1, RFC 8985 §7.2.
void new_segment_sent(Turn& turn);
/// snd.una moves to `ack`: samples the RTT (by the echoed timestamp where a repetition makes it ambiguous), forgets what
/// is acknowledged, goes on with a recovery, restarts timers.
void acknowledged(Turn& turn, SeqNum ack, std::optional<std::uint32_t> echo);
/// RFC 5681 §2: a duplicate ACK.
void duplicate_ack(Turn& turn);

void retransmission_timeout(Turn& turn);
void tail_loss_probe_timeout(Turn& turn);

}  // namespace tcpsim::tcp
