#include "stack/tcp/undo.hpp"

#include "stack/tcp/window.hpp"

#include <algorithm>

namespace tcpsim::tcp {

void forget_finished_episode(Tcb& tcb) {
    if (!tcb.send_queue.sent().any_repetition()) {
        tcb.retransmission.first = never;
    }
}

void prepare_undo(Turn& turn) {
    Tcb& tcb = turn.tcb;
    tcb.recovery.undo_possible = true;
    tcb.recovery.undo_marker = tcb.snd.una;
    // A probe that repeated a segment is one of those that a D-SACK may tell of (Linux tcp_init_undo).
    auto const repetitions = static_cast<std::int32_t>(tcb.send_queue.sent().repeated()) +
                             (tcb.probe.outstanding && tcb.probe.repeated ? 1 : 0);
    tcb.recovery.undo_retrans = repetitions > 0 ? repetitions : -1;
}

bool echo_proves_delay(Turn const& turn, AckSegment const& said) {
    Tcb const& tcb = turn.tcb;
    if (tcb.retransmission.first != never) {
        return said.echo && *said.echo != 0 &&
               static_cast<std::int32_t>(*said.echo - timestamp_at(turn, tcb.retransmission.first)) < 0;
    }
    // Nothing was repeated yet, and snd.una moves: it was only late. Without SACK the mark may have been taken down.
    return tcb.sack_permitted || tcb.snd.una.before(tcb.recovery.recover);
}

bool may_undo(Turn const& turn, AckSegment const& said) {
    Recovery const& r = turn.tcb.recovery;
    return r.undo_possible && (r.undo_retrans == 0 || echo_proves_delay(turn, said));
}

void undo_reduction(Turn& turn, bool forget_losses) {
    Tcb& tcb = turn.tcb;
    if (forget_losses) {
        tcb.send_queue.sent().forget_losses();
    }
    if (!tcb.recovery.reduction_stands) {
        tcb.congestion.undo();
        tcb.ecn.queue_cwr = false;
    }
    tcb.window_use.since = turn.now;
    tcb.recovery.undo_possible = false;
    tcb.rack.advanced = true;  // losses are judged anew
}

bool undo_by_dsack(Turn& turn) {
    Tcb& tcb = turn.tcb;
    if (!tcb.recovery.undo_possible || tcb.recovery.undo_retrans != 0) {
        return false;
    }
    tcb.rack.window_persists =
        static_cast<std::uint8_t>(std::min<int>(tcb.rack.window_persists + 1, Rack::recoveries_to_persist));
    undo_reduction(turn, false);
    return true;
}

bool held_open_without_sack(Turn& turn) {
    Tcb& tcb = turn.tcb;
    if (tcb.sack_permitted || tcb.snd.una != tcb.recovery.recover) {
        return false;
    }
    forget_finished_episode(tcb);
    return true;
}

}  // namespace tcpsim::tcp
