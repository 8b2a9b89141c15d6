// FIN-WAIT-2 without a socket: the RFC lets it last for ever, systems do not.
#pragma once

#include "stack/tcp/steps.hpp"

namespace tcpsim::tcp {

// Nobody holds a connection in FIN-WAIT-2 any more: it lasts so long, or ends now.

/// The program let go of a half-closed connection.
void closed_in_fin_wait_2(Turn& turn);
/// The peer acknowledged an orphan's FIN.
void orphan_enters_fin_wait_2(Turn& turn, wire::TcpSegment const& acknowledging);
/// Linux tcp_timewait_state_process in place of §3.10.7.4's steps, where the profile says so: so little is left of it that
/// neither text nor a hole finds a place.
Step check_orphan_in_fin_wait_2(Turn& turn, Incoming const& in);

}  // namespace tcpsim::tcp
