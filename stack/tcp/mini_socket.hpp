// What Linux keeps in place of a connection in TIME-WAIT, and of an orphan's FIN-WAIT-2 (tcp_timewait_state_process): the
// rules that both share.
#pragma once

#include "stack/tcp/steps.hpp"

namespace tcpsim::tcp {

bool is_mini_socket(Turn const& turn);
/// Linux tcp_time_wait, tw_rcv_wnd: it goes on to offer what is open now.
void keep_window(Tcb& tcb);
/// RFC 7323 §5.2: before, at or after TS.Recent; zero where timestamps are not in force.
std::int32_t newer_than_recent(Tcb const& tcb, wire::Options const& options);
/// Linux: TS.Recent follows what lies exactly at RCV.NXT.
void remember_timestamp(Turn& turn, Incoming const& in);
/// Linux tcp_timewait_check_oow_rate_limit. Text and FIN cannot be part of a war of ACKs.
void answer_within_limit(Turn& turn, Incoming const& in);

}  // namespace tcpsim::tcp
