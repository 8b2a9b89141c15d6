#include "stack/tcp/time_wait.hpp"

#include "stack/tcp/mini_socket.hpp"
#include "stack/tcp/output.hpp"

namespace tcpsim::tcp {
namespace {

using wire::Flags;

void wait_again(Turn& turn) {
    turn.tcb.timers.start(Timer::time_wait, turn.now, turn.profile.teardown.time_wait.value);
}

/// Exactly at RCV.NXT without occupying anything: a bare ACK, or the RST that RFC 1337 warns of.
Step at_the_edge(Turn& turn, Incoming const& in) {
    if (!in.wire.flags.has(Flags::rst)) {
        wait_again(turn);
    } else if (!turn.profile.validation.time_wait_ignores_reset.value) {
        end_connection(turn, Ended{EndReason::reset_by_peer, Errno::none, 0, {}, {}});
        return Step::done;
    }
    remember_timestamp(turn, in);
    return refuse(turn, Refusal::unacceptable);
}

/// Past everything that the old connection may have sent (Linux: a full window without scaling, and a little).
SeqNum beyond(SeqNum nxt) {
    constexpr std::uint32_t largest_window = 65535;
    SeqNum const iss = nxt + (largest_window + 2);
    return iss == SeqNum{} ? SeqNum{1} : iss;
}

}  // namespace

void enter_time_wait(Turn& turn) {
    enter(turn, State::time_wait);
    turn.tcb.timers.stop_all();
    wait_again(turn);
}

Step check_time_wait(Turn& turn, Incoming const& in) {
    if (turn.tcb.state != State::time_wait ||
        turn.profile.time_wait.segments.value != profile::TimeWaitSegments::linux_mini_sockets) {
        return Step::next;
    }
    bool const old = newer_than_recent(turn.tcb, in.options) < 0;
    bool const has_rst = in.wire.flags.has(Flags::rst);
    if (!old && in.wire.seq == turn.tcb.rcv.nxt && (in.wire.length() == 0 || has_rst)) {
        return at_the_edge(turn, in);
    }
    if (!has_rst) {
        // A SYN without ACK may be old as well as new: it prolongs nothing.
        if (old || in.wire.flags.has(Flags::ack)) {
            wait_again(turn);
        }
        answer_within_limit(turn, in);
    }
    return refuse(turn, old ? Refusal::paws : Refusal::unacceptable);
}

Step acknowledge_in_time_wait(Turn& turn, Incoming const& in) {
    // §3.10.7.4 expects a FIN alone. 4.4BSD tcp_input: an ACK of nothing new is done with before TIME-WAIT is asked; two
    // ends in TIME-WAIT would answer each other for ever.
    if (in.wire.length() == 0 && in.wire.ack.at_or_before(turn.tcb.snd.una)) {
        return refuse(turn, Refusal::unacceptable);
    }
    wait_again(turn);
    send_ack(turn, Cause{Why::acknowledge_unacceptable});
    return Step::done;
}

std::optional<SeqNum> reopened_by(Tcb const& tcb, profile::Profile const& profile, wire::TcpSegment const& syn) {
    bool const only_syn = syn.flags.has(Flags::syn) && !syn.flags.has(Flags::ack) && !syn.flags.has(Flags::rst);
    if (tcb.state != State::time_wait || !only_syn) {
        return std::nullopt;
    }
    switch (profile.time_wait.reopening.value) {
        case profile::TimeWaitReopening::sequence_or_timestamp: {
            // RFC 6191 §2; Linux tcp_timewait_state_process.
            std::int32_t const newer = newer_than_recent(tcb, wire::decode(syn.options));
            bool const later = newer > 0 || (newer == 0 && syn.seq.after(tcb.rcv.nxt));
            return later ? std::optional{beyond(tcb.snd.nxt)} : std::nullopt;
        }
        case profile::TimeWaitReopening::beyond_window: {
            // 4.4BSD tcp_input. RFC 9293 §3.6.1 (1) asks for an ISN above what *we* sent; it takes what the peer did.
            constexpr std::uint32_t tcp_issincr = 125 * 1024;
            bool const outside = syn.seq.after(tcb.rcv.nxt + tcb.rcv.wnd);
            return outside ? std::optional{tcb.rcv.nxt + tcp_issincr} : std::nullopt;
        }
    }
    return std::nullopt;
}

std::optional<Inheritance> inherited_from(Tcb const& tcb, profile::Profile const& profile, bool chosen_port,
                                          Instant now) {
    if (tcb.state != State::time_wait || !tcb.timestamps.enabled) {
        return std::nullopt;
    }
    auto const& rules = profile.time_wait;
    bool const loopback = tcb.tuple.remote.address.loopback() || tcb.tuple.local.address.loopback();
    bool const allowed = rules.reuse.value == profile::TimeWaitReuse::always ||
                         (rules.reuse.value == profile::TimeWaitReuse::loopback && loopback);
    // Since it last began to wait; Linux counts from the first time.
    Instant const since = tcb.timers[Timer::time_wait] - tcb.timers.waited(Timer::time_wait);
    bool const ripe = now - since >= rules.reuse_delay.value;
    bool const bound = chosen_port && rules.reuse_when_bound.value;
    return bound || (!chosen_port && allowed && ripe)
               ? std::optional{Inheritance{beyond(tcb.snd.nxt), tcb.timestamps.recent}}
               : std::nullopt;
}

}  // namespace tcpsim::tcp
