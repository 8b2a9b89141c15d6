// When something outstanding is watched, probed for and repeated: the RTO (RFC 6298 §5), the tail loss probe (RFC 8985 §7), and
// what recovery found lost.
#pragma once

#include "stack/tcp/turn.hpp"

#include <cstdint>

namespace tcpsim::tcp {

/// Linux TCP_TIMEOUT_MIN_US: what probes and the reordering timer wait at least.
inline constexpr Duration timeout_min = std::chrono::milliseconds{2};

/// One timer watches what is outstanding: this one, from now, and none of the others.
void watch(Turn& turn, Timer timer, Duration wait);
/// RFC 6298 §5.2-5.3, RFC 8985 §7.2: something was acknowledged: the probe timer if it may run, else the retransmission timer.
void watch_outstanding(Turn& turn);
/// The same, without a tail loss probe.
void watch_by_timeout(Turn& turn);
/// The retransmission timer again, counted from the head's latest transmission (Linux tcp_rearm_rto).
void resume_retransmission(Turn& turn);
/// RFC 6298 §5.1, RFC 8985 §7.2: something new was sent; `was_idle`: nothing had been outstanding.
void new_segments_sent(Turn& turn, bool was_idle);

/// Repeats what is lost as far as the window allows, after an ACK (Linux tcp_xmit_recovery). `send_new_first`: RFC 5682.
void repeat_lost_after(Turn& turn, bool may_repeat, bool send_new_first);
/// Repeats what is lost as far as the window allows (RFC 6675 §5, NextSeg() rule 1).
void repeat_lost(Turn& turn);

void retransmission_timeout(Turn& turn);
void tail_loss_probe_timeout(Turn& turn);

}  // namespace tcpsim::tcp
