#include "stack/tcp/fin_wait_2.hpp"

#include "stack/tcp/output.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

// Linux tcp_fin_time, and what becomes of it: up to TCP_TIMEWAIT_LEN the connection is kept as in TIME-WAIT; of a longer
// time that length is taken off, and the rest spent twice, first as a connection (tcp_keepalive_timer), then as in
// TIME-WAIT.
Duration linux_fin_time(Turn const& turn) {
    constexpr FewSeconds longest{120};  // TCP_FIN_TIMEOUT_MAX
    Tcb const& tcb = turn.tcb;
    auto const& teardown = turn.profile.teardown;
    Duration const asked = tcb.options.linger2 > Seconds{0} ? Duration{std::min(tcb.options.linger2, longest)}
                                                            : teardown.fin_wait_2_orphan.value;
    Duration const rto = tcb.rtt.rto_backed_off(tcb.retransmission.backoff, turn.profile);
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

}  // namespace

void orphaned_in_fin_wait_2(Turn& turn, OrphanedBy what) {
    Tcb& tcb = turn.tcb;
    bool const at_once =
        turn.profile.teardown.fin_wait_2.value == profile::FinWait2::linux_fin_time && tcb.options.linger2 < Seconds{0};
    if (at_once) {
        if (what == OrphanedBy::close) {  // Linux __tcp_close: the other way is silent
            send_reset(turn, Cause{Why::aborted});
        }
        end_connection(turn, Ended{EndReason::aborted, Errno::none, 0, {}, {}});
        return;
    }
    tcb.timers.stop(Timer::keepalive);  // nobody is left to be told
    tcb.timers.start(Timer::fin_wait_2, turn.now, lasts(turn));
}

}  // namespace tcpsim::tcp
