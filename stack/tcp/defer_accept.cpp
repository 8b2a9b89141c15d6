#include "stack/tcp/defer_accept.hpp"

namespace tcpsim::tcp {

// Linux tcp_check_req: "While TCP_DEFER_ACCEPT is active, drop bare ACK."
bool defers_completion(Turn& turn, Incoming const& in) {
    Tcb& tcb = turn.tcb;
    bool const bare = in.wire.seq + in.wire.length() == tcb.rcv.irs + 1;
    if (!tcb.passive || tcb.fast_open.accepted || !bare || deferred_long_enough(tcb) || in.wire.ack != tcb.snd.nxt) {
        return false;
    }
    tcb.ack_dropped = true;
    return true;
}

// Linux syn_ack_recalc.
bool leaves_syn_ack_unrepeated(Tcb const& tcb) {
    return tcb.ack_dropped && tcb.retransmission.retransmits + 1 < tcb.options.deferred_timeouts;
}

bool deferred_long_enough(Tcb const& tcb) { return tcb.retransmission.retransmits >= tcb.options.deferred_timeouts; }

}  // namespace tcpsim::tcp
