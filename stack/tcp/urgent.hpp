// Urgent data (RFC 9293 §3.8.5, RFC 6093): a place in the stream that its reader is told of before he comes to it. As sockets
// show it, the last urgent octet is out of band: reading stops at it, passes it over, and another call gives it.
#pragma once

#include "stack/base/result.hpp"
#include "stack/tcp/turn.hpp"

#include <cstdint>

namespace tcpsim::tcp {

/// Urgent data are not all acknowledged: every segment before their end says so.
inline bool in_urgent_mode(Tcb const& tcb) { return tcb.rare && tcb.rare->urgent.snd.mode; }
/// RFC 9293 §3.10.2: what has been written so far is urgent.
void make_urgent(Tcb& tcb);
/// URG and SEG.UP of a segment that begins before SND.UP.
void mark_urgent(Tcb const& tcb, wire::TcpSegment& segment);
/// SND.UNA has advanced.
void urgent_acknowledged(Tcb& tcb);

/// The reader stands at the mark (SIOCATMARK).
bool at_mark(Tcb const& tcb);
/// The octet at the mark can be had out of band (POLLPRI).
bool has_urgent_octet(Tcb const& tcb);
/// How much a reader may read before the mark, or all there is (FIONREAD; MUST-33).
std::uint64_t readable_text(Tcb const& tcb);
/// There is more to read than what is passed over.
bool has_text_to_read(Tcb const& tcb);
/// Text up to the mark; at it, what follows. Empty if only the octet out of band was there, which is passed over.
Payload read_text(Tcb& tcb, std::uint64_t at_most);
/// What read_text() would give (MSG_PEEK).
Payload peek_text(Tcb const& tcb, std::uint64_t at_most);
/// recv(MSG_OOB): EINVAL if there is none, or it was taken, or it is in the stream; EAGAIN if it has yet to come.
Result<Payload> take_urgent_octet(Tcb& tcb, bool peek);

}  // namespace tcpsim::tcp
