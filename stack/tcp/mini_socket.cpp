#include "stack/tcp/mini_socket.hpp"

#include "stack/tcp/challenge.hpp"
#include "stack/tcp/output.hpp"
#include "stack/tcp/window.hpp"

namespace tcpsim::tcp {

using wire::Flags;

bool is_mini_socket(Turn const& turn) {
    Tcb const& tcb = turn.tcb;
    bool const orphan = tcb.state == State::fin_wait_2 && tcb.detached;
    return (tcb.state == State::time_wait || orphan) &&
           turn.profile.time_wait.segments.value == profile::TimeWaitSegments::linux_mini_sockets;
}

void keep_window(Tcb& tcb) {
    tcb.rcv.wnd = window_left(tcb);
    tcb.rcv.wup = tcb.rcv.nxt;
}

std::int32_t newer_than_recent(Tcb const& tcb, wire::Options const& options) {
    bool const comparable = tcb.timestamps.enabled && options.timestamps;
    return comparable ? static_cast<std::int32_t>(options.timestamps->value - tcb.timestamps.recent) : 0;
}

void remember_timestamp(Turn& turn, Incoming const& in) {
    TimestampState& timestamps = turn.tcb.timestamps;
    if (timestamps.enabled && in.options.timestamps) {
        timestamps.recent = in.options.timestamps->value;
        timestamps.recent_at = seconds_of(turn.now);
    }
}

void answer_within_limit(Turn& turn, Incoming const& in) {
    if (may_answer_invalid(turn, in)) {
        bool const fin = in.wire.flags.has(Flags::fin);
        send_ack(turn, Cause{fin ? Why::acknowledge_repetition : Why::acknowledge_unacceptable});
    }
}

}  // namespace tcpsim::tcp
