#include "stack/tcp/fast_open.hpp"

#include "stack/tcp/loss.hpp"
#include "stack/tcp/mtu.hpp"
#include "stack/tcp/send_memory.hpp"
#include "stack/tcp/steps.hpp"

namespace tcpsim::tcp {
namespace {

wire::TcpSegment& last_emitted(Turn& turn) { return turn.out[turn.out.emitted() - 1].segment; }

/// Linux tcp_fastopen_add_skb.
void take_text_of_syn(Turn& turn, wire::TcpSegment const& syn) {
    Tcb& tcb = turn.tcb;
    if (!syn.payload.empty()) {
        tcb.rcv.nxt = tcb.receive_queue.insert(tcb.rcv.nxt, tcb.rcv.nxt, syn.payload, false).nxt;
        tcb.fast_open.text_taken = true;
        turn.out.readable();
    }
}

void take_fin_of_syn_ack(Turn& turn, wire::TcpSegment const& syn_ack) {
    wire::Options const none;
    Incoming in{.wire = syn_ack, .options = none, .seq = turn.tcb.rcv.nxt, .fin = true, .found = State::established};
    check_fin(turn, in);
}

}  // namespace

void add_to_syn(Turn& turn, FastOpenWith const& with) {
    Tcb& tcb = turn.tcb;
    wire::TcpSegment& syn = last_emitted(turn);
    tcb.fast_open.writer_waits = with.writer_waits;
    if (with.option && wire::append_fast_open(syn.options, *with.option)) {
        tcb.fast_open.option = true;
        tcb.fast_open.experimental = with.option->experimental;
    }
    if (with.text.empty()) {
        return;
    }
    tcb.send_queue.append(with.text);
    auto const length = static_cast<std::uint32_t>(with.text.size());
    syn.payload = with.text;
    tcb.send_queue.sent().push(
        {.seq = tcb.snd.nxt, .length = length, .sent_at = turn.now, .transmissions = 1, .control = wire::Flags::psh});
    tcb.snd.nxt += length;
    tcb.snd.probed = tcb.snd.nxt;
    tcb.fast_open.text = true;
}

void accept_before_handshake(Turn& turn, wire::TcpSegment const& syn) {
    turn.tcb.fast_open.accepted = true;
    turn.tcb.snd.max_wnd = turn.tcb.snd.wnd;  // Linux tcp_fastopen_create_child
    sync_mss(turn);
    turn.tcb.snd.sml = turn.tcb.snd.iss;  // Linux: the SYN,ACK holds no small segment back
    expand_send_buffer(turn);             // Linux tcp_fastopen_create_child: tcp_init_transfer
    take_text_of_syn(turn, syn);
}

void add_to_syn_ack(Turn& turn, FastOpenWith const& with) {
    if (with.option) {
        wire::append_fast_open(last_emitted(turn).options, *with.option);
    }
}

// Linux tcp_rcv_fastopen_synack.
bool take_fast_syn_ack(Turn& turn, wire::TcpSegment const& syn_ack) {
    Tcb& tcb = turn.tcb;
    Scoreboard& sent = tcb.send_queue.sent();
    if (tcb.fast_open.text && !sent.empty()) {
        for (std::size_t i = 0; i < sent.size(); ++i) {
            sent.mark_lost(i);
        }
        repeat_lost_by_no_congestion(turn);
        return false;
    }
    if (tcb.fast_open.text) {
        tcb.fast_open.text_taken = true;
        sent.syn_had_text();
    }
    take_text_of_syn(turn, syn_ack);
    if (syn_ack.flags.has(wire::Flags::fin)) {
        take_fin_of_syn_ack(turn, syn_ack);
    }
    return true;
}

}  // namespace tcpsim::tcp
