#include "stack/tcp/fast_open.hpp"

#include "stack/tcp/output.hpp"

namespace tcpsim::tcp {
namespace {

wire::TcpSegment& last_emitted(Turn& turn) { return turn.out[turn.out.emitted() - 1].segment; }

}  // namespace

void add_to_syn(Turn& turn, FastOpenWith const& with) {
    Tcb& tcb = turn.tcb;
    wire::TcpSegment& syn = last_emitted(turn);
    if (with.option) {
        wire::append_fast_open(syn.options, *with.option);
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
    tcb.fast_open = FastOpen::text_in_syn;
}

void take_text_of_syn(Turn& turn, wire::TcpSegment const& syn) {
    Tcb& tcb = turn.tcb;
    tcb.fast_open = FastOpen::accepted;
    tcb.snd.sml = tcb.snd.iss;  // Linux: the SYN,ACK holds no small segment back
    if (!syn.payload.empty()) {
        tcb.rcv.nxt = tcb.receive_queue.insert(tcb.rcv.nxt, tcb.rcv.nxt, syn.payload);
        turn.out.readable();
    }
}

void add_to_syn_ack(Turn& turn, FastOpenWith const& with) {
    if (with.option) {
        wire::append_fast_open(last_emitted(turn).options, *with.option);
    }
}

bool repeat_text_of_syn(Turn& turn) {
    Tcb const& tcb = turn.tcb;
    if (tcb.fast_open != FastOpen::text_in_syn || tcb.send_queue.sent().empty()) {
        return false;
    }
    for (std::size_t i = 0; i < tcb.send_queue.sent().size(); ++i) {  // it grows where a segment is cut
        repeat(turn, i, Cause{Why::data_written}, true);
    }
    return true;
}

}  // namespace tcpsim::tcp
