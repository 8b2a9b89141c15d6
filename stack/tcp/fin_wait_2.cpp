#include "stack/tcp/fin_wait_2.hpp"

#include "stack/tcp/mini_socket.hpp"
#include "stack/tcp/output.hpp"
#include "stack/tcp/rto.hpp"
#include "stack/tcp/time_wait.hpp"
#include "stack/tcp/window.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

using wire::Flags;

// Linux tcp_fin_time, and what becomes of it: up to TCP_TIMEWAIT_LEN the connection is kept as in TIME-WAIT; of a longer
// time that length is taken off, and the rest spent twice, first as a connection (tcp_keepalive_timer), then as in
// TIME-WAIT.
Duration linux_fin_time(Turn const& turn) {
    constexpr FewSeconds longest{120};  // TCP_FIN_TIMEOUT_MAX
    Tcb const& tcb = turn.tcb;
    auto const& teardown = turn.profile.teardown;
    Duration const asked = tcb.options.linger2 > Seconds{0} ? Duration{std::min(tcb.options.linger2, longest)}
                                                            : teardown.fin_wait_2_orphan.value;
    Duration const rto = rto_now(tcb, turn.profile);
    Duration const time = std::max(asked, 7 * rto / 2);
    Duration const as_time_wait = teardown.time_wait.value;
    return time <= as_time_wait ? time : 2 * (time - as_time_wait);
}

Duration lasts(Turn const& turn) {
    switch (turn.profile.teardown.fin_wait_2.value) {
        case profile::FinWait2::fixed:
            return turn.profile.teardown.fin_wait_2_orphan.value;
        case profile::FinWait2::linux_fin_time:
            return linux_fin_time(turn);
    }
    return Duration{0};
}

/// Linux TCP_LINGER2 below zero.
bool ends_at_once(Turn const& turn) {
    return turn.profile.teardown.fin_wait_2.value == profile::FinWait2::linux_fin_time &&
           turn.tcb.options.linger2 < Seconds{0};
}

void end_at_once(Turn& turn) { end_connection(turn, Ended{EndReason::aborted, Errno::none, 0, {}, {}}); }

void wait_for_fin(Turn& turn) {
    turn.tcb.timers.stop(Timer::keepalive);  // nobody is left to be told
    keep_window(turn.tcb);
    turn.tcb.timers.start(Timer::fin_wait_2, turn.now, lasts(turn));
}

/// Linux tcp_in_window: a segment at RCV.NXT, whatever the window; an empty one may lie at the right edge.
bool touches_window(Tcb const& tcb, Incoming const& in) {
    SeqNum const edge = tcb.rcv.nxt + window_left(tcb);
    SeqNum const end = in.wire.seq + in.wire.length();
    bool const overlaps = end.after(tcb.rcv.nxt) && in.wire.seq.before(edge);
    return in.wire.seq == tcb.rcv.nxt || overlaps || (in.wire.seq == edge && in.wire.length() == 0);
}

Step reset_orphan(Turn& turn, Incoming const& in, Why why) {
    send_reset_for(turn, in.wire, Cause{why});
    end_connection(turn, Ended{EndReason::aborted, Errno::none, 0, {}, {}});
    return Step::done;
}

/// The peer's FIN at RCV.NXT; what waited beyond a hole is gone.
void finish_orphan(Turn& turn, Incoming const& in) {
    Tcb& tcb = turn.tcb;
    tcb.receive_queue.clear();
    tcb.rcv.finished = true;
    tcb.rcv.nxt += 1;
    tcb.rcv.wup = tcb.rcv.nxt;  // Linux tw_rcv_wnd stays
    remember_timestamp(turn, in);
    enter_time_wait(turn);
    send_ack(turn, Cause{Why::acknowledge_fin});
}

}  // namespace

void closed_in_fin_wait_2(Turn& turn) {
    if (!ends_at_once(turn)) {
        return wait_for_fin(turn);
    }
    send_reset(turn, Cause{Why::aborted});
    end_at_once(turn);
}

void orphan_enters_fin_wait_2(Turn& turn, wire::TcpSegment const& acknowledging) {
    if (!ends_at_once(turn)) {
        return wait_for_fin(turn);
    }
    // Linux tcp_rcv_state_process: answered as a segment without a connection.
    send_reset_for(turn, acknowledging, Cause{Why::aborted});
    end_at_once(turn);
}

Step check_orphan_in_fin_wait_2(Turn& turn, Incoming const& in) {
    Tcb const& tcb = turn.tcb;
    if (tcb.state != State::fin_wait_2 || !tcb.detached ||
        turn.profile.time_wait.segments.value != profile::TimeWaitSegments::linux_mini_sockets) {
        return Step::next;
    }
    Flags const flags = in.wire.flags;
    bool const old = newer_than_recent(tcb, in.options) < 0;
    if (old || !touches_window(tcb, in)) {  // even a RST, which RFC 9293 §3.10.7.4 drops in silence
        answer_within_limit(turn, in);
        return refuse(turn, old ? Refusal::paws : Refusal::unacceptable);
    }
    if (flags.has(Flags::rst)) {  // RFC 5961 §3.2 would challenge all but one number
        end_connection(turn, Ended{EndReason::reset_by_peer, Errno::none, 0, {}, {}});
        return Step::done;
    }
    if (flags.has(Flags::syn) && in.wire.seq.at_or_after(tcb.rcv.nxt)) {
        return reset_orphan(turn, in, Why::no_connection);
    }
    if (!flags.has(Flags::ack)) {
        return refuse(turn, Refusal::no_ack_bit);
    }
    SeqNum const end = in.wire.seq + in.wire.length();
    if (!end.after(tcb.rcv.nxt) || in.wire.length() == 0) {  // nothing is out whose acknowledgment would matter
        return Step::done;
    }
    if (!flags.has(Flags::fin) || end != tcb.rcv.nxt + 1) {  // RFC 9293 §3.6.1, SHLD-3: nobody will ever read this
        return reset_orphan(turn, in, Why::nobody_reads);
    }
    finish_orphan(turn, in);
    return Step::done;
}

}  // namespace tcpsim::tcp
