// What outlives a connection, and which connections outlive their sockets: metrics of a path, orphans, TIME-WAIT.
#include "stack/host/host.hpp"
#include "stack/host/slots.hpp"

namespace tcpsim::host {
namespace {

using tcp::State;

PeerMemory::Addresses addresses(tcp::Connection const& connection) {
    return {connection.tuple().local.address, connection.tuple().remote.address};
}

bool is_opening(State state) { return state == State::syn_sent || state == State::syn_received; }

/// Linux: TIME-WAIT, and an orphan's FIN-WAIT-2, need no socket.
bool waits(tcp::Connection const& connection, profile::Profile const& profile) {
    bool const mini = profile.time_wait.segments.value == profile::TimeWaitSegments::linux_mini_sockets;
    return connection.state() == State::time_wait ||
           (mini && connection.state() == State::fin_wait_2 && connection.tcb().detached);
}

}  // namespace

/// Linux tcp_init_metrics.
void Host::begin_with_metrics(Slot& here, State before, Instant now) {
    State const state = here.connection.state();
    if (is_opening(before) && !is_opening(state) && state != State::closed) {
        here.connection.begin_with(
            peers_.metrics(addresses(here.connection), now, profile_->path_metrics.expire.value));
    }
}

/// Linux tcp_update_metrics, from tcp_time_wait or after LAST-ACK: only what ends as it should has something to tell.
void Host::end_well(Slot& here, Instant now) {
    bool const over = actions_.ended() && actions_.ended()->reason == tcp::EndReason::finished;
    if (here.left_metrics || !profile_->path_metrics.saved.value || (!over && !waits(here.connection, *profile_))) {
        return;
    }
    here.left_metrics = true;
    PeerMemory::Addresses const between = addresses(here.connection);
    tcp::PathMetrics const known = peers_.metrics(between, now, profile_->path_metrics.expire.value);
    peers_.keep(between, here.connection.leaves(known), now);
}

/// Linux tcp_max_tw_buckets (inet_twsk_alloc): without a place there is no TIME-WAIT.
void Host::limit_waiting(Slot& here, Instant now) {
    bool const news = here.counted != Slot::Counted::waiting && waits(here.connection, *profile_);
    if (news && waiting_ >= profile_->host.max_waiting.value) {
        here.connection.make_way(now, actions_);
    }
}

/// Linux tcp_check_oom: asked when the last descriptor is closed, of what must go on without it.
void Host::limit_orphans(Slot& here, Instant now) {
    State const state = here.connection.state();
    bool const orphan = state != State::closed && !waits(here.connection, *profile_);
    if (orphan && orphans_ >= profile_->host.max_orphans.value) {
        here.connection.end_orphan(now, actions_);
    }
}

void Host::count(Slot& here) {
    Slot::Counted counted = Slot::Counted::no;
    if (here.connection.state() != State::closed && waits(here.connection, *profile_)) {
        counted = Slot::Counted::waiting;
    } else if (here.connection.state() != State::closed && here.connection.tcb().detached) {
        counted = Slot::Counted::orphan;
    }
    orphans_ += (counted == Slot::Counted::orphan ? 1 : 0) - (here.counted == Slot::Counted::orphan ? 1 : 0);
    waiting_ += (counted == Slot::Counted::waiting ? 1 : 0) - (here.counted == Slot::Counted::waiting ? 1 : 0);
    here.counted = counted;
}

}  // namespace tcpsim::host
