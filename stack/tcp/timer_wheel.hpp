// When a kernel notices that a timer has run out: at its time, or in the slot of Linux's timer wheel.
#pragma once

#include "stack/profile/profile.hpp"
#include "stack/tcp/tcb.hpp"

namespace tcpsim::tcp {

/// kernel/time/timer.c: the first instant of the slot in which the wheel holds a timer that was set at `set` for `due`. The
/// slots of a level are eight times as long as those of the one below; a timer falls due at the end of its own.
/// `jiffy`: 1/HZ; `phase`: when jiffy 0 began, or any that is a multiple of all slots' lengths later.
Instant wheel_slot(Instant set, Instant due, Duration jiffy, Duration phase);
/// How long the slots are in which timers that far away lie.
Duration wheel_slot_length(Duration wait, Duration jiffy);

/// When `timer` goes off; `never` if it does not run.
Instant goes_off(Timers const& timers, Timer timer, profile::Profile const& profile);
/// The first of all.
Instant first_to_go_off(Timers const& timers, profile::Profile const& profile);

}  // namespace tcpsim::tcp
