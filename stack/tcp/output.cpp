#include "stack/tcp/output.hpp"

#include "stack/tcp/acknowledge.hpp"
#include "stack/tcp/ecn.hpp"
#include "stack/tcp/mtu_search.hpp"
#include "stack/tcp/persist.hpp"
#include "stack/tcp/receive_autotuning.hpp"
#include "stack/tcp/recovery.hpp"
#include "stack/tcp/retransmit.hpp"
#include "stack/tcp/sendable.hpp"
#include "stack/tcp/urgent.hpp"
#include "stack/tcp/window.hpp"
#include "stack/tcp/window_space.hpp"
#include "stack/tcp/window_use.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

using wire::Flags;

wire::TcpSegment& new_segment(Turn& turn, SeqNum seq, std::uint8_t flags, Cause cause) {
    Emit& emit = turn.out.emit();
    emit.cause = cause;
    wire::TcpSegment& segment = emit.segment;
    segment.source_port = turn.tcb.tuple.local.port;
    segment.destination_port = turn.tcb.tuple.remote.port;
    segment.seq = seq;
    segment.flags = Flags{flags};
    return segment;
}

/// Every segment but a SYN or RST: acknowledges, offers the window, carries the usual options.
wire::TcpSegment& new_acknowledging(Turn& turn, SeqNum seq, std::uint8_t flags, Cause cause, bool new_text = false) {
    wire::TcpSegment& segment = new_segment(turn, seq, flags | Flags::ack, cause);
    mark_ecn(turn, turn.out.last(), new_text);
    mark_urgent(turn.tcb, segment);
    segment.ack = turn.tcb.rcv.nxt;
    segment.window = choose_window(turn);
    segment.options = segment_options(turn);
    acknowledgment_sent(turn);
    return segment;
}

/// The number of an ACK or RST that follows all that was sent.
SeqNum number_without_text(Turn const& turn) {
    Tcb const& tcb = turn.tcb;
    bool const no_window_yet = tcb.state == State::syn_received && tcb.passive;
    if (turn.profile.send.empty_segment.value == profile::EmptySegmentNumber::snd_nxt || no_window_yet) {
        return tcb.snd.nxt;
    }
    // Linux tcp_acceptable_seq: what was sent beyond a window that shrank would not be accepted, unless it is only the peer's
    // scaling that rounded the window down.
    SeqNum const edge = tcb.snd.una + tcb.snd.wnd;
    std::int32_t const rounding = tcb.window_scaling ? std::int32_t{1} << tcb.rcv.wscale : 1;
    return tcb.snd.nxt - edge < rounding ? tcb.snd.nxt : edge;
}

bool congestion_window_open(Tcb const& tcb) { return tcb.send_queue.sent().in_flight() < tcb.congestion.cwnd(); }

bool bare_fin_allowed(Turn const& turn) {
    bool const asks_both = turn.profile.send.bare_fin.value == profile::BareFin::needs_both_windows;
    return usable_window(turn.tcb) > 0 && (!asks_both || congestion_window_open(turn.tcb));
}

/// One segment. `push`: the text it carries ends with a PSH of its own, which a repetition will have, too; `also_push`:
/// it ends a packet of several segments (Linux __tcp_transmit_skb).
void send_new(Turn& turn, std::uint32_t length, bool fin, Cause cause, bool also_push = false, bool begins = true) {
    Tcb& tcb = turn.tcb;
    SeqNum const seq = tcb.snd.nxt;
    bool const push = length > 0 && ends_pushed(tcb, seq + length);
    auto const kept = static_cast<std::uint8_t>((fin ? Flags::fin : 0) | (push ? Flags::psh : 0));
    auto const flags = static_cast<std::uint8_t>(kept | (also_push ? Flags::psh : 0));
    wire::TcpSegment& segment = new_acknowledging(turn, seq, flags, cause, length > 0);
    bool const was_idle = tcb.send_queue.sent().empty();
    if (length > 0) {
        segment.payload = tcb.send_queue.text(seq, length);
        data_sent(turn);
        if (was_idle) {
            tcb.congestion.transmission_starts(turn.now, turn.now - tcb.window_use.last_sent);
        }
        tcb.window_use.last_sent = turn.now;
    }
    std::uint32_t const consumed = length + (fin ? 1U : 0U);
    tcb.snd.nxt += consumed;
    tcb.snd.probed = tcb.snd.nxt;
    tcb.send_queue.sent().push({.seq = seq,
                                .length = consumed,
                                .sent_at = turn.now,
                                .transmissions = 1,
                                .control = kept,
                                .begins_packet = begins});
    forget_sent_packets(tcb);
    tcb.reduction.out += reducing(tcb) ? 1U : 0U;
    stop_probing(turn);
    new_segments_sent(turn, was_idle);
}

/// Linux tcp_write_wakeup: the first `length` bytes of the first packet leave with PSH, and so will what is left of it.
void push_part(Tcb& tcb, std::uint32_t length) {
    bool const is_last = !tcb.packets || tcb.packets->last.at_or_before(tcb.snd.nxt);
    SeqNum const whole = is_last ? tcb.send_queue.end() : tcb.packets->last;
    SeqNum const part = tcb.snd.nxt + length;
    if (!tcb.packets) {
        tcb.packets = std::make_unique<PacketLayout>(PacketLayout{.last = tcb.snd.nxt});
    }
    PacketLayout& packets = *tcb.packets;
    Ring<SeqNum> pushed;
    pushed.push_back(part);
    if (is_last) {
        packets.last_pushed = true;
    } else if (whole != part) {
        pushed.push_back(whole);
    }
    for (std::size_t i = 0; i < packets.pushed.size(); ++i) {
        if (packets.pushed[i].after(pushed.back())) {
            pushed.push_back(packets.pushed[i]);
        }
    }
    packets.pushed = std::move(pushed);
}

/// 4.4BSD tcp_output with t_force: snd_nxt stays, so that the byte is sent again with what follows it.
void send_next_byte(Turn& turn, Cause cause) {
    Tcb& tcb = turn.tcb;
    bool const fin = unsent_text(tcb) == 0;
    wire::TcpSegment& segment = new_acknowledging(turn, tcb.snd.nxt, fin ? Flags::fin : std::uint8_t{0}, cause);
    if (!fin) {
        segment.payload = tcb.send_queue.text(tcb.snd.nxt, 1);
    }
    tcb.snd.probed = tcb.snd.nxt + 1;
}

/// Linux tcp_write_wakeup: urgent data are told of by a segment that the receiver need not throw away, too.
void probe_with_empty_segment(Turn& turn, Cause cause) {
    SeqNum const una = turn.tcb.snd.una;
    if (in_urgent_mode(turn.tcb) && turn.tcb.rare->urgent.snd.up - una <= 0xffff) {
        new_acknowledging(turn, una, 0, cause);
    }
    new_acknowledging(turn, una - 1, 0, cause);
}

}  // namespace

bool window_allows_next(Tcb const& tcb) {
    std::uint32_t const unsent = unsent_text(tcb);
    std::uint32_t const next = unsent > 0 ? std::min(unsent, current_mss(tcb)) : 1;
    return has_unsent(tcb) && usable_window(tcb) >= next;
}

bool fin_sent(Tcb const& tcb) { return tcb.snd.nxt.after(tcb.send_queue.end()); }

bool has_unsent(Tcb const& tcb) { return unsent_text(tcb) > 0 || (tcb.fin_queued && !fin_sent(tcb)); }

void send_syn(Turn& turn, Cause cause) {
    Tcb& tcb = turn.tcb;
    bool const answer = tcb.state != State::syn_sent;
    bool const repeated = !tcb.send_queue.sent().empty();
    wire::TcpSegment& segment = new_segment(turn, tcb.snd.iss, answer ? Flags::syn | Flags::ack : Flags::syn, cause);
    segment.flags.bits |= ecn_flags_of_syn(turn, answer, repeated);
    if (answer) {
        segment.ack = tcb.rcv.nxt;
        tcb.rcv.wup = tcb.rcv.nxt;
    }
    segment.window =
        static_cast<std::uint16_t>(std::min(tcb.rcv.wnd, largest_window_field));  // RFC 7323 §2.2: never scaled
    segment.options = syn_options(turn, answer);
    if (!repeated) {
        tcb.send_queue.sent().push({.seq = tcb.snd.iss,
                                    .length = 1,
                                    .sent_at = turn.now,
                                    .transmissions = 1,
                                    .control = Flags::syn,
                                    .apart = tcb.passive});
    }
}

void send_ack(Turn& turn, Cause cause) {
    tick_receive_clock(turn);
    new_acknowledging(turn, number_without_text(turn), 0, cause);
}

void send_reset(Turn& turn, Cause cause) {
    wire::TcpSegment& segment = new_segment(turn, number_without_text(turn), Flags::rst | Flags::ack, cause);
    segment.ack = turn.tcb.rcv.nxt;
    segment.window = choose_window(turn);  // Linux tcp_send_active_reset: as in any other segment (recorded)
    segment.options = segment_options(turn);
}

void send_reset_for(Turn& turn, wire::TcpSegment const& arrived, Cause cause) {
    bool const has_ack = arrived.flags.has(Flags::ack);
    std::uint8_t const flags = has_ack ? Flags::rst : Flags::rst | Flags::ack;
    wire::TcpSegment& segment = new_segment(turn, has_ack ? arrived.ack : SeqNum{}, flags, cause);
    if (!has_ack) {
        segment.ack = arrived.seq + arrived.length();
    }
    segment.options = signature_options(turn.tcb, turn.profile);
}

namespace {

/// Linux tcp_minshall_update: the last segment sent, of `length`, was not full.
void note_if_small(Tcb& tcb, std::uint32_t length, std::uint32_t mss) {
    if (length > 0 && length < mss) {
        tcb.snd.sml = tcb.snd.nxt;
    }
}

/// Linux tcp_snd_wnd_test: of a packet of several segments the first is asked about; with the last goes the FIN.
bool fin_fits(Tcb const& tcb, Sendable const& next, std::uint32_t mss) {
    return next.packet > mss || usable_window(tcb) > next.length;
}

/// A portion of text in segments, and the FIN with the last of them or alone.
void send_together(Turn& turn, std::uint32_t length, std::uint32_t mss, bool fin, Cause cause) {
    bool const several = length > mss;
    for (bool first = true; length > mss; first = false) {
        send_new(turn, mss, false, cause, false, first);
        length -= mss;
    }
    send_new(turn, length, fin, cause, several, !several);
    note_if_small(turn.tcb, length, mss);
}

}  // namespace

void send_pending(Turn& turn, Why why) {
    Tcb& tcb = turn.tcb;
    if (!has_unsent(tcb)) {  // Linux tcp_push_pending_frames: then no window was the limit
        watch_window(turn);
        return;
    }
    bool sent_something = false;
    bool stopped = false;
    if (searches_mtu(tcb)) {
        MtuProbe const probe = next_mtu_probe(turn);
        if (probe.waits) {
            return;
        }
        if (probe.length > 0) {
            send_new(turn, probe.length, false, Cause{why});
            mtu_probe_sent(turn, probe.length);
            sent_something = true;
        }
    }
    std::uint32_t const mss = current_mss(tcb);  // Linux __tcp_push_pending_frames: for all that leaves now
    while (has_unsent(tcb)) {
        Sendable const next = next_portion(turn, false, mss);
        grow_packet(tcb, next.packet);
        stopped = next.window_limited;
        bool const fin = tcb.fin_queued && next.length == unsent_text(tcb);
        if (stopped || (next.length == 0 && !(fin && bare_fin_allowed(turn)))) {
            break;
        }
        sent_something = true;
        Cause const cause{fin && next.length == 0 ? tcb.fin_why : why};
        send_together(turn, next.length, mss, fin && fin_fits(tcb, next, mss), cause);
    }
    stopped = stopped || !congestion_window_open(tcb);
    if (sent_something || stopped) {
        window_used(turn, stopped);
    }
    watch_window(turn);
}

void send_portion(Turn& turn, Why why) {
    std::uint32_t const mss = current_mss(turn.tcb);
    Sendable const next = next_portion(turn, true, mss);
    grow_packet(turn.tcb, next.packet);
    if (next.length > 0) {
        send_together(turn, next.length, mss, false, Cause{why});
        window_used(turn, !congestion_window_open(turn.tcb));
    }
}

void repeat(Turn& turn, std::size_t index, Cause cause, bool counts, bool also_push) {
    Tcb& tcb = turn.tcb;
    Scoreboard& board = tcb.send_queue.sent();
    SeqNum const from = later_of(board[index].seq, tcb.snd.una);  // what was acknowledged in part is not repeated
    if (tcb.rare) {
        tcb.rare->mtu.probe = 0;  // Linux tcp_retransmit_skb: what becomes of it says nothing any more
    }
    board.mark_repeated(index, turn.now, counts);
    SentSegment const sent = board[index];
    if ((sent.control & Flags::syn) != 0) {
        send_syn(turn, cause);
        return;
    }
    bool const fin = (sent.control & Flags::fin) != 0;
    auto const length = static_cast<std::uint32_t>(sent.seq + sent.length - from) - (fin ? 1U : 0U);
    bool const push = also_push || (length > 0 && repeats_push(tcb, turn.profile, sent, from + length));
    auto const flags = static_cast<std::uint8_t>((fin ? Flags::fin : 0) | (push ? Flags::psh : 0));
    wire::TcpSegment& segment = new_acknowledging(turn, from, flags, cause);
    segment.payload = tcb.send_queue.text(from, length);
    if (length > 0) {
        data_sent(turn);  // Linux __tcp_transmit_skb: tcp_event_data_sent (recorded: silence_both_ways)
    }
    tcb.window_use.last_sent = turn.now;
}

bool send_regardless(Turn& turn, Cause cause, bool push) {
    Tcb& tcb = turn.tcb;
    std::uint32_t const unsent = unsent_text(tcb);
    std::uint32_t const usable = usable_window(tcb);
    std::uint32_t const mss = current_mss(tcb);
    std::uint32_t const length = std::min({unsent, mss, usable});
    bool const fin = tcb.fin_queued && !fin_sent(tcb) && length == unsent && usable > length;
    if (length == 0 && !fin) {
        return false;
    }
    if (push && length > 0) {
        push_part(tcb, length);
    }
    send_new(turn, length, fin, cause);
    note_if_small(tcb, length, mss);
    return true;
}

void send_probe(Turn& turn, Cause cause) {
    // Both are outside the window and so are answered.
    switch (turn.profile.persist.probe.value) {
        case profile::WindowProbe::empty_segment:
            probe_with_empty_segment(turn, cause);
            return;
        case profile::WindowProbe::next_byte:
            send_next_byte(turn, cause);
            return;
    }
}

void send_keepalive(Turn& turn, Cause cause) {
    wire::TcpSegment& segment = new_acknowledging(turn, turn.tcb.snd.una - 1, 0, cause);
    switch (turn.profile.keepalive.probe.value) {
        case profile::KeepaliveProbe::empty_segment:
            return;
        case profile::KeepaliveProbe::garbage_octet:
            // 4.4BSD tcp_timers with TCP_COMPAT_42: acknowledges one byte less, too, so that nothing of it is new.
            segment.ack = turn.tcb.rcv.nxt - 1;
            segment.payload = Payload::pattern(0, 0, 1);
            return;
    }
}

void adopt_probe(Turn& turn) {
    Tcb& tcb = turn.tcb;
    std::uint8_t const control = unsent_text(tcb) == 0 ? Flags::fin : std::uint8_t{0};
    constexpr std::uint8_t perhaps_repeated = 2;  // Karn: which probe was it?
    tcb.send_queue.sent().push(
        {.seq = tcb.snd.nxt, .length = 1, .sent_at = turn.now, .transmissions = perhaps_repeated, .control = control});
    tcb.snd.nxt += 1;
}

}  // namespace tcpsim::tcp
