// TIME-WAIT: what may end it early, and who may take over its four numbers (RFC 9293 §3.6.1, RFC 6191, RFC 1337).
#pragma once

#include "stack/tcp/steps.hpp"

#include <optional>

namespace tcpsim::tcp {

/// RFC 9293 §3.10.7.4: "enter the TIME-WAIT state, start the time-wait timer, turn off the other timers".
void enter_time_wait(Turn& turn);

/// Linux tcp_timewait_state_process in place of §3.10.7.4's steps, where the profile says so.
Step check_time_wait(Turn& turn, Incoming const& in);
/// Fifth, where the steps are those of the RFC: acknowledge, and wait from the beginning.
Step acknowledge_in_time_wait(Turn& turn, Incoming const& in);

/// RFC 9293 §3.6.1, MAY-2: the initial sequence number of the connection that `syn` may open in place of one in TIME-WAIT;
/// empty if it may be an old duplicate.
std::optional<SeqNum> reopened_by(Tcb const& tcb, profile::Profile const& profile, wire::TcpSegment const& syn);

/// What a new connection inherits from one in TIME-WAIT, so that nothing of the old one is taken for its own.
struct Inheritance {
    SeqNum iss{};
    std::uint32_t ts_recent{0};
};
/// Whether connect() may take over (Linux tcp_twsk_unique). `chosen_port`: the program bound it.
std::optional<Inheritance> inherited_from(Tcb const& tcb, profile::Profile const& profile, bool chosen_port,
                                          Instant now);

}  // namespace tcpsim::tcp
