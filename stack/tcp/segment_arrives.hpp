// RFC 9293 §3.10.7: SEGMENT ARRIVES, as the RFC numbers its steps.
#pragma once

#include "stack/tcp/turn.hpp"
#include "stack/wire/options.hpp"

#include <cstdint>

namespace tcpsim::tcp {

/// §3.10.7.3, the SYN-SENT state.
void segment_arrives_in_syn_sent(Turn& turn, wire::TcpSegment const& segment);
/// §3.10.7.4, the other states. `ecn`: of its IP header.
void segment_arrives_otherwise(Turn& turn, wire::TcpSegment const& segment, wire::Ecn ecn);

/// What the peer's SYN says about the connection: irs, MSS, window scale, timestamps, SACK.
void take_syn(Turn& turn, wire::TcpSegment const& syn, wire::Options const& options);
/// The handshake is complete: windows, buffers, wake-ups.
void establish(Turn& turn);

}  // namespace tcpsim::tcp
