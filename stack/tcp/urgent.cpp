#include "stack/tcp/urgent.hpp"

#include "stack/tcp/steps.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

using Octet = Urgent::Octet;
using wire::Flags;

constexpr std::uint32_t farthest = 0xffff;  // that SEG.UP can point

SeqNum mark(Urgent const& urgent) { return urgent.rcv.up - 1; }

bool has_mark(Tcb const& tcb) { return tcb.rare && tcb.rare->urgent.rcv.octet != Octet::none; }

/// At the mark, and its octet is out of band.
bool passes_over(Tcb const& tcb) { return at_mark(tcb) && !tcb.options.oob_inline; }

/// A reader stops before the mark; one who stands at it does not.
std::uint64_t up_to_mark(Tcb const& tcb, std::uint64_t at_most) {
    if (!has_mark(tcb)) {
        return at_most;
    }
    std::int32_t const before = mark(tcb.rare->urgent) - next_unread(tcb);
    return before > 0 ? std::min<std::uint64_t>(at_most, static_cast<std::uint32_t>(before)) : at_most;
}

/// The octet that follows the urgent data.
SeqNum urgent_end(Incoming const& in, profile::UrgentPointer policy) {
    std::uint32_t const pointer = in.wire.urgent;
    switch (policy) {
        case profile::UrgentPointer::octet_following:
            return in.wire.seq + pointer;
        case profile::UrgentPointer::linux_octet_following:
            return in.wire.seq + std::max(pointer, 1U);
        case profile::UrgentPointer::last_octet:
            return in.wire.seq + pointer + 1;
    }
    return in.wire.seq;
}

// Linux tcp_check_urg.
void pointer_arrives(Turn& turn, SeqNum up) {
    Tcb& tcb = turn.tcb;
    SeqNum const last = up - 1;
    bool const passed = next_unread(tcb).after(last) || last.before(tcb.rcv.nxt);
    if (passed || (has_mark(tcb) && up.at_or_before(tcb.rare->urgent.rcv.up))) {
        return;
    }
    // Two urgent octets in a row: a reader who stands at the first never sees it in the stream.
    if (passes_over(tcb) && tcb.receive_queue.unread() > 0) {
        static_cast<void>(tcb.receive_queue.take(1));
    }
    rare(tcb).urgent.rcv = {.up = up, .octet = Octet::awaited, .text = {}};
    turn.out.urgent();  // RFC 9293 §3.8.5, MUST-32
}

// Linux tcp_urg: wherever the segment lies that carries it.
void look_for_octet(Turn& turn, Incoming const& in) {
    Urgent::Receive& rcv = turn.tcb.rare->urgent.rcv;
    auto const offset = static_cast<std::uint32_t>(mark(turn.tcb.rare->urgent) - in.wire.seq);
    if (offset < in.wire.payload.size()) {
        rcv.octet = Octet::here;
        rcv.text = in.wire.payload.part(offset, 1);
        turn.out.readable();
    }
}

}  // namespace

void make_urgent(Tcb& tcb) { rare(tcb).urgent.snd = {.mode = true, .up = tcb.send_queue.end()}; }

void mark_urgent(Tcb const& tcb, wire::TcpSegment& segment) {
    if (!in_urgent_mode(tcb) || segment.seq.at_or_after(tcb.rare->urgent.snd.up)) {
        return;
    }
    auto const distance = static_cast<std::uint32_t>(tcb.rare->urgent.snd.up - segment.seq);
    // Linux __tcp_transmit_skb: too far away, the newest segments point as far as they can, and older ones not at all.
    if (distance <= farthest || (segment.seq + farthest).after(tcb.snd.nxt)) {
        segment.flags.bits |= Flags::urg;
        segment.urgent = static_cast<std::uint16_t>(std::min(distance, farthest));
    }
}

void urgent_acknowledged(Tcb& tcb) {
    if (in_urgent_mode(tcb) && tcb.rare->urgent.snd.up.at_or_before(tcb.snd.una)) {
        tcb.rare->urgent.snd.mode = false;
    }
}

namespace {

/// RFC 9293 §3.10.7.4, sixth: after the peer's FIN "this should not occur. Ignore." Linux tcp_rcv_state_process asks no state.
bool takes_urgent(Turn const& turn) {
    State const state = turn.tcb.state;
    bool const asks_no_state =
        turn.profile.validation.urgent_pointer.value == profile::UrgentPointer::linux_octet_following;
    return takes_text(state) || (asks_no_state && (state == State::close_wait || state == State::closing));
}

}  // namespace

// Sixth.
void check_urgent(Turn& turn, Incoming const& in) {
    Tcb& tcb = turn.tcb;
    bool const pointed = in.wire.flags.has(Flags::urg);
    if ((!pointed && !tcb.rare) || !takes_urgent(turn)) {
        return;
    }
    if (pointed) {
        pointer_arrives(turn, urgent_end(in, turn.profile.validation.urgent_pointer.value));
    }
    if (has_mark(tcb) && tcb.rare->urgent.rcv.octet == Octet::awaited) {
        look_for_octet(turn, in);
    }
}

bool at_mark(Tcb const& tcb) { return has_mark(tcb) && mark(tcb.rare->urgent) == next_unread(tcb); }

bool has_urgent_octet(Tcb const& tcb) { return has_mark(tcb) && tcb.rare->urgent.rcv.octet == Octet::here; }

std::uint64_t readable_text(Tcb const& tcb) {
    std::uint64_t const unread = tcb.receive_queue.unread();
    if (!has_mark(tcb) || tcb.options.oob_inline) {
        return unread;
    }
    return std::min<std::uint64_t>(unread, static_cast<std::uint32_t>(mark(tcb.rare->urgent) - next_unread(tcb)));
}

bool has_text_to_read(Tcb const& tcb) { return tcb.receive_queue.unread() > (passes_over(tcb) ? 1U : 0U); }

Payload peek_text(Tcb const& tcb, std::uint64_t at_most) {
    if (passes_over(tcb)) {
        Payload const with_octet = tcb.receive_queue.peek(at_most + 1);
        return with_octet.part(1, with_octet.size() - 1);
    }
    return tcb.receive_queue.peek(up_to_mark(tcb, at_most));
}

// Linux tcp_recvmsg_locked.
Payload read_text(Tcb& tcb, std::uint64_t at_most) {
    if (!has_mark(tcb)) {
        return tcb.receive_queue.take(at_most);
    }
    if (passes_over(tcb)) {
        static_cast<void>(tcb.receive_queue.take(1));
    }
    Payload text = tcb.receive_queue.take(up_to_mark(tcb, at_most));
    if (next_unread(tcb).after(mark(tcb.rare->urgent))) {
        tcb.rare->urgent.rcv = {};
    }
    return text;
}

// Linux tcp_recv_urg.
Result<Payload> take_urgent_octet(Tcb& tcb, bool peek) {
    if (tcb.options.oob_inline || !has_mark(tcb) || tcb.rare->urgent.rcv.octet == Octet::taken) {
        return Errno::einval;
    }
    bool const finished = tcb.rcv.finished;
    if (tcb.ended && !finished) {
        return Errno::enotconn;
    }
    if (tcb.rare->urgent.rcv.octet == Octet::awaited) {
        return finished ? Result<Payload>{Payload{}} : Result<Payload>{Errno::eagain};
    }
    if (!peek) {
        tcb.rare->urgent.rcv.octet = Octet::taken;
    }
    return tcb.rare->urgent.rcv.text;
}

}  // namespace tcpsim::tcp
