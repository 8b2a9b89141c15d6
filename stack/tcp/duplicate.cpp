#include "stack/tcp/duplicate.hpp"

#include "stack/tcp/acknowledge.hpp"

namespace tcpsim::tcp {

void report_duplicate(Turn& turn, wire::SackBlock block) {
    Tcb& tcb = turn.tcb;
    if (!tcb.sack_permitted || !turn.profile.selective_ack.duplicates.value) {
        return;
    }
    std::optional<wire::SackBlock>& report = receiving(tcb).duplicate;
    if (!report) {
        report = block;
    } else if (block.left.at_or_before(report->right) && block.right.at_or_after(report->left)) {
        report->left = block.left.before(report->left) ? block.left : report->left;
        report->right = later_of(report->right, block.right);
    }
}

void forget_duplicate(Tcb& tcb) {
    if (tcb.receiving_state) {
        tcb.receiving_state->duplicate.reset();
    }
}

void note_repetition(Turn& turn, Incoming const& in) {
    SeqNum const end = in.wire.seq + in.wire.length();
    SeqNum const nxt = turn.tcb.rcv.nxt;
    forget_duplicate(turn.tcb);  // Linux tcp_dsack_set: the latest alone is told
    report_duplicate(turn, {in.wire.seq, end.after(nxt) ? nxt : end});
    enter_quick_ack_mode(turn, turn.profile.delayed_ack.initial_quick.value);  // Linux tcp_send_dupack, tcp_data_queue
}

}  // namespace tcpsim::tcp
