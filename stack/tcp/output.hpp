// What may be sent now, and how a segment is made.
#pragma once

#include "stack/tcp/turn.hpp"

#include <cstdint>

namespace tcpsim::tcp {

/// RFC 9293 §3.10.1: SYN, or SYN,ACK in SYN-RECEIVED.
void send_syn(Turn& turn, Cause cause);
/// An empty segment at snd.nxt that acknowledges rcv.nxt.
void send_ack(Turn& turn, Cause cause);
/// <SEQ=SND.NXT><ACK=RCV.NXT><CTL=RST,ACK>
void send_reset(Turn& turn, Cause cause);
/// What a segment gets that nobody should have sent: <SEQ=SEG.ACK><CTL=RST>; without ACK
/// <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>.
void send_reset_for(Turn& turn, wire::TcpSegment const& segment, Cause cause);
/// As much new text, and the FIN, as windows and Nagle allow.
void send_pending(Turn& turn, Why why);
/// One portion of new text, as large as windows allow, without waiting for more.
void send_portion(Turn& turn, Why why);
/// Repeats the sent segment at `index` of the flight, or as much of it as one segment carries now. `counts`: recovery asked
/// for it, and counts it as in flight; a probe is not counted. `also_push`: it ends a packet of several.
void repeat(Turn& turn, std::size_t index, Cause cause, bool counts, bool also_push = false);
/// One new segment within the window, whatever Nagle and the congestion window say; false if there is none. `push`: with PSH.
bool send_regardless(Turn& turn, Cause cause, bool push);
/// RFC 9293 §3.8.6.1: a segment outside the window, which must be answered.
void send_probe(Turn& turn, Cause cause);
/// RFC 9293 §3.8.4: a segment at SND.UNA-1, which must be answered.
void send_keepalive(Turn& turn, Cause cause);
/// The byte of a window probe was taken after all: now it counts as sent.
void adopt_probe(Turn& turn);

/// The window has room for the whole of the next new segment.
bool window_allows_next(Tcb const& tcb);
/// Text waits that was never sent.
bool has_unsent(Tcb const& tcb);
/// The FIN has been sent.
bool fin_sent(Tcb const& tcb);

}  // namespace tcpsim::tcp
