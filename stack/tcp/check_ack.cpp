#include "stack/tcp/acknowledge.hpp"
#include "stack/tcp/challenge.hpp"
#include "stack/tcp/defer_accept.hpp"
#include "stack/tcp/fin_wait_2.hpp"
#include "stack/tcp/keepalive.hpp"
#include "stack/tcp/mini_socket.hpp"
#include "stack/tcp/mtu.hpp"
#include "stack/tcp/output.hpp"
#include "stack/tcp/persist.hpp"
#include "stack/tcp/recovery.hpp"
#include "stack/tcp/segment_arrives.hpp"
#include "stack/tcp/steps.hpp"
#include "stack/tcp/time_wait.hpp"
#include "stack/tcp/window_use.hpp"

#include <algorithm>
#include <limits>

namespace tcpsim::tcp {
namespace {

using wire::Flags;

bool linux_rule(Turn const& turn) {
    return turn.profile.validation.old_acknowledgments.value == profile::OldAcknowledgments::linux_acked;
}

/// Linux tcp_rcv_state_process asks tcp_ack, which has nothing against an ACK of nothing new: it completes a simultaneous
/// open. That of a listener's request is asked more strictly (tcp_check_req).
bool completes_crossed_syns(Turn const& turn, SeqNum ack) {
    return linux_rule(turn) && !turn.tcb.passive && ack == turn.tcb.snd.una;
}

/// RFC 9293 §3.10.7.4, fifth, SYN-RECEIVED.
Step check_ack_of_syn(Turn& turn, Incoming const& in) {
    Tcb& tcb = turn.tcb;
    bool const acknowledges = in.wire.ack.after(tcb.snd.una) || completes_crossed_syns(turn, in.wire.ack);
    if (!acknowledges || in.wire.ack.after(tcb.snd.nxt)) {
        send_reset_for(turn, in.wire, Cause{Why::no_connection});
        return refuse(turn, Refusal::bad_ack);
    }
    tcb.snd.wnd = in.window;
    tcb.snd.max_wnd = std::max(tcb.snd.max_wnd, in.window);
    tcb.snd.wl1 = in.wire.seq;
    tcb.snd.wl2 = in.wire.ack;
    sync_mss(turn);
    establish(turn);
    return Step::next;
}

}  // namespace

bool is_newer_window(Turn const& turn, Incoming const& in) {
    SendSequence const& snd = turn.tcb.snd;
    bool const same_text = in.wire.seq == snd.wl1;
    switch (turn.profile.validation.window_update.value) {
        case profile::WindowUpdate::rfc9293:
            return in.wire.seq.after(snd.wl1) || (same_text && in.wire.ack.at_or_after(snd.wl2));
        case profile::WindowUpdate::linux_no_smaller:
            return in.wire.ack.after(snd.una) || in.wire.seq.after(snd.wl1) ||
                   (same_text && (in.window > snd.wnd || in.window == 0));
    }
    return false;
}

namespace {

/// RFC 9293 §3.10.7.4, fifth, ESTABLISHED: SND.WND, SND.WL1, SND.WL2.
/// True if it is another than before. Linux FLAG_WIN_UPDATE: if it was taken, though it be the same.
bool update_send_window(Turn& turn, Incoming const& in) {
    SendSequence& snd = turn.tcb.snd;
    if (!is_newer_window(turn, in)) {
        return false;
    }
    bool const changed = snd.wnd != in.window;
    snd.wnd = in.window;
    snd.wl1 = in.wire.seq;
    snd.wl2 = in.wire.ack;
    if (changed) {
        window_changed_while_idle(turn);
    }
    if (in.window > snd.max_wnd) {  // Linux tcp_ack_update_window: a half of it is what a segment may fill
        snd.max_wnd = in.window;
        sync_mss(turn);
    }
    return changed || turn.profile.validation.window_update.value == profile::WindowUpdate::linux_no_smaller;
}

/// Half of the sequence space away, which is neither before nor after; Linux after() says it is after.
bool lies_opposite(SeqNum a, SeqNum b) { return a - b == std::numeric_limits<std::int32_t>::min(); }

/// RFC 5961 §5.2: bytes before SND.UNA that an acknowledgment may lie.
std::uint32_t oldest_acceptable(Turn const& turn) {
    SendSequence const& snd = turn.tcb.snd;
    if (!linux_rule(turn) || snd.acked_much) {
        return snd.max_wnd;
    }
    // Linux bytes_acked: a connection that began with a SYN of its own counts that, too.
    auto const acked = static_cast<std::uint32_t>(snd.una - snd.iss) - (turn.tcb.passive ? 1U : 0U);
    return std::min(snd.max_wnd, acked);
}

/// RFC 5961 §5.2: neither new nor recent. It asks for the text to be dropped; where that came the short way it is too late.
Step refuse_ack(Turn& turn, Incoming& in) {
    bool const taken = takes_short_way(turn, in);
    if (taken) {
        take_text(turn, in);
    }
    challenge(turn);
    if (taken) {
        send_pending(turn, Why::window_opened);
        acknowledge(turn, in.why);
    }
    return refuse(turn, Refusal::bad_ack);
}

/// RFC 9293 §3.10.7.4, fifth: what an acknowledged FIN means in each state.
Step after_ack_of_fin(Turn& turn, wire::TcpSegment const& segment) {
    Tcb& tcb = turn.tcb;
    switch (tcb.state) {
        case State::fin_wait_1:
            enter(turn, State::fin_wait_2);
            if (tcb.detached) {
                orphan_enters_fin_wait_2(turn, segment);
            }
            return tcb.state == State::closed ? Step::done : Step::next;
        case State::closing:
            keep_window(tcb);
            enter_time_wait(turn);
            return Step::next;
        case State::last_ack:
            end_connection(turn, Ended{});
            return Step::done;
        default:
            return Step::next;
    }
}

}  // namespace

// Fifth.
Step check_ack(Turn& turn, Incoming& in) {
    Tcb& tcb = turn.tcb;
    if (!in.wire.flags.has(Flags::ack)) {
        return refuse(turn, Refusal::no_ack_bit);
    }
    if (tcb.state == State::time_wait) {
        return acknowledge_in_time_wait(turn, in);
    }
    if (tcb.state == State::syn_received && (defers_completion(turn, in) || check_ack_of_syn(turn, in) == Step::done)) {
        return Step::done;
    }
    if (in.wire.ack == tcb.snd.nxt + 1 && tcb.snd.probed == in.wire.ack) {
        adopt_probe(turn);
    }
    if (in.wire.ack.after(tcb.snd.nxt) || lies_opposite(in.wire.ack, tcb.snd.nxt) ||
        in.wire.ack.before(tcb.snd.una - oldest_acceptable(turn))) {
        return refuse_ack(turn, in);
    }
    SeqNum const una = tcb.snd.una;
    bool const current = in.wire.ack.at_or_after(tcb.snd.una);
    bool window_changed = false;
    // Linux tcp_rcv_established: what comes the short way and acknowledges nothing new is not shown to tcp_ack.
    bool const shown = in.wire.ack != tcb.snd.una || !takes_short_way(turn, in);
    if (current && shown) {
        heard_from_peer(turn);
    }
    if (current) {
        window_changed = update_send_window(turn, in);
        window_probe_answered(turn);
    }
    SeqNum const ack = in.found == State::syn_received ? later_of(in.wire.ack, tcb.snd.iss + 1) : in.wire.ack;
    acknowledgment_arrives(turn, AckSegment{.ack = ack,
                                            .sack = in.options.sack,
                                            .echo = echo_of(tcb, in.options),
                                            .carries_text = in.wire.length() > 0,
                                            .window_changed = window_changed,
                                            .ece = tcb.ecn.ok && in.wire.flags.has(Flags::ece)});
    if (tcb.snd.una != una) {
        constexpr std::int32_t any_window = 1 << 30;  // RFC 7323 §2.3
        tcb.snd.acked_much = tcb.snd.acked_much || tcb.snd.una - tcb.snd.iss >= any_window;
    }
    if (in.found == State::syn_received && tcb.fin_queued) {  // Linux tcp_shutdown: before the text is looked at
        send_pending(turn, tcb.fin_why);
    }
    return fin_sent(tcb) && tcb.snd.una == tcb.snd.nxt ? after_ack_of_fin(turn, in.wire) : Step::next;
}

}  // namespace tcpsim::tcp
