// Listeners: the connections that open to them (the SYN queue) and those that wait for accept() (the accept queue).
#include "stack/host/host.hpp"
#include "stack/host/secret.hpp"
#include "stack/host/slots.hpp"

#include <algorithm>
#include <utility>

namespace tcpsim::host {
namespace {

using wire::Flags;

/// How many connections may wait, given what listen() was asked for.
int limit_of(int backlog, profile::Profile const& profile) {
    int const most = profile.host.backlog_max.value;
    // Linux __sys_listen compares without sign, so that -1 asks for all there is; 4.4BSD solisten makes it 0.
    bool const wants_all = backlog < 0 && profile.listening.backlog.value == profile::Backlog::linux_two_queues;
    return wants_all ? most : std::clamp(backlog, 0, most);
}

/// What a listener does with one more SYN.
enum class Admission : std::uint8_t { request, cookie, accept_queue_full, syn_queue_full };

/// Linux tcp_conn_request. `proven`: of its peer a path is known.
Admission admit_linux(int waiting, int requests, int backlog, bool proven, profile::Profile const& profile) {
    auto const& rules = profile.listening;
    profile::SynCookies const cookies = rules.syn_cookies.value;
    bool const queue_full = requests > backlog;
    if (queue_full && cookies == profile::SynCookies::never) {
        return Admission::syn_queue_full;
    }
    if (waiting > backlog) {
        return Admission::accept_queue_full;
    }
    if (queue_full || cookies == profile::SynCookies::always) {
        return Admission::cookie;
    }
    int const most = rules.max_syn_backlog.value;
    bool const last_quarter = most - requests < most / 4;
    return last_quarter && !proven && cookies == profile::SynCookies::never ? Admission::syn_queue_full
                                                                            : Admission::request;
}

/// 4.4BSD sonewconn1.
Admission admit_bsd(int waiting, int requests, int backlog) {
    return waiting + requests > 3 * backlog / 2 ? Admission::accept_queue_full : Admission::request;
}

}  // namespace

Result<ListenerId> Host::listen(wire::Endpoint local, int backlog, ConnectionOptions options) {
    if (!may_listen(local, options.reuse)) {
        return Errno::eaddrinuse;
    }
    int const limit = limit_of(backlog, *profile_);
    auto const free = std::find(listeners_.begin(), listeners_.end(), nullptr);
    ListenerId const id{static_cast<std::uint32_t>(free - listeners_.begin()), ++listener_generation_};
    auto listener = std::make_unique<Listener>(Listener{id, local, limit, options});
    if (free == listeners_.end()) {
        listeners_.push_back(std::move(listener));
    } else {
        *free = std::move(listener);
    }
    return id;
}

void Host::set_backlog(ListenerId id, int backlog) {
    if (Listener* const listener = listener_of(id)) {
        listener->backlog = limit_of(backlog, *profile_);
    }
}

void Host::set_listener_options(ListenerId id, ConnectionOptions const& options) {
    if (Listener* const listener = listener_of(id)) {
        listener->options = options;
    }
}

Waiting Host::waiting(ListenerId id) const {
    Listener const* const listener = listener_of(id);
    return listener == nullptr ? Waiting{}
                               : Waiting{static_cast<std::uint32_t>(listener->ready.size()),
                                         static_cast<std::uint32_t>(listener->backlog)};
}

void Host::close_listener(ListenerId id, Instant now, Output& out) {
    Listener* listener = listener_of(id);
    if (listener == nullptr) {
        return;
    }
    std::deque<ConnectionId> const ready = std::move(listener->ready);
    listeners_[id.slot].reset();
    // Linux inet_csk_listen_stop: what waited in the accept queue is reset; what was still opening is forgotten.
    for (ConnectionId const waiting : ready) {
        abort(waiting, tcp::Cause{tcp::Why::aborted}, now, out);
    }
    for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) {
        if (slots_[slot] && slots_[slot]->listener == id) {
            forget(slot);
        }
    }
    drain(now, out);
}

std::optional<ConnectionId> Host::accept(ListenerId id) {
    Listener* listener = listener_of(id);
    if (listener == nullptr || listener->ready.empty()) {
        return std::nullopt;
    }
    ConnectionId const first = listener->ready.front();
    listener->ready.pop_front();
    if (Slot* const slot = slot_of(first)) {
        slot->queued.reset();
        slot->connection.hand_over();
    }
    return first;
}

bool Host::can_accept(ListenerId id) const {
    auto const* listener = listener_of(id);
    return listener != nullptr && !listener->ready.empty();
}

/// Linux tcp_v4_syn_recv_sock, tcp_check_req: an ACK that would complete a handshake into a full accept queue is dropped, and
/// the repeated SYN,ACK asks for another; or, with tcp_abort_on_overflow, it ends the handshake. 4.4BSD made room when the SYN
/// came.
bool Host::refuses_completion(std::uint32_t slot, wire::TcpSegment const& segment, Output& out) {
    Slot const& here = *slots_[slot];
    Listener* const listener = here.listener ? listener_of(*here.listener) : nullptr;
    bool const completes = segment.flags.has(Flags::ack) && !segment.flags.has(Flags::rst) &&
                           !segment.flags.has(Flags::syn) && segment.ack == here.connection.tcb().snd.nxt;
    bool const two_queues = profile_->listening.backlog.value == profile::Backlog::linux_two_queues;
    if (listener == nullptr || !completes || !two_queues || !listener->is_full()) {
        return false;
    }
    if (profile_->listening.abort_on_overflow.value) {
        answer_for_nobody(here.connection.tuple(), segment, tcp::Cause{tcp::Why::aborted}, out);
        request_over(here, *listener);
        forget(slot);
    } else {
        out.discarded.push_back(Discarded::accept_queue_full);
    }
    return true;
}

/// Linux reqsk_timer_handler: when the SYN queue is half full, a request has fewer repetitions the more of its fellows are
/// as old: room for the young ones. Counts the request as old from now on.
bool Host::gives_way(Slot& here) {
    Listener* const listener = listener_of(*here.listener);
    int const asked = here.connection.options().syn_retries;
    int const usual = asked != 0 ? asked : profile_->rto.synack_retries.value;
    int retries = usual;
    constexpr int few = 8;
    constexpr int fewest_retries = 2;
    bool const two_queues = profile_->listening.backlog.value == profile::Backlog::linux_two_queues;
    if (two_queues && 2 * listener->requests > std::max(few, listener->backlog)) {
        for (int young = 2 * listener->young; retries > fewest_retries && listener->requests >= young; young *= 2) {
            --retries;
        }
    }
    if (std::exchange(here.young, false)) {
        --listener->young;
    }
    return retries < usual && here.connection.tcb().retransmission.retransmits >= retries;
}

void Host::syn_arrives(Listener& listener, wire::FourTuple const& tuple, wire::TcpSegment const& syn, wire::Ecn ecn,
                       Instant now, Output& out) {
    int const waiting = static_cast<int>(listener.ready.size());
    bool const proven =
        peers_.metrics({tuple.local.address, tuple.remote.address}, now,
                       profile_->path_metrics.expire.value)
            .rtt > 0;  // Linux tcp_peer_is_proven
    Admission const admission = profile_->listening.backlog.value == profile::Backlog::linux_two_queues
                                    ? admit_linux(waiting, listener.requests, listener.backlog, proven, *profile_)
                                    : admit_bsd(waiting, listener.requests, listener.backlog);
    switch (admission) {
        case Admission::accept_queue_full:
            out.discarded.push_back(Discarded::accept_queue_full);
            return;
        case Admission::cookie:
            answer_with_cookie(listener, tuple, syn, now, out);
            return;
        case Admission::syn_queue_full:
            out.discarded.push_back(Discarded::syn_queue_full);
            return;
        case Admission::request:
            break;
    }
    tcp::OpenWith with = opening(tuple, listener.options, now);
    with.fast_open = fast_open_for(listener, tuple, syn);
    with.ecn = ecn;
    admit(listener, with, syn, now, out);
}

void Host::admit(Listener& listener, tcp::OpenWith const& with, wire::TcpSegment const& syn, Instant now, Output& out) {
    actions_.clear();
    std::uint32_t const slot = new_slot(tcp::Connection::passive_open(with, syn, *profile_, now, actions_));
    slots_[slot]->tally.arrived(syn);
    slots_[slot]->port_bound = true;
    slots_[slot]->reuse = listener.options.reuse;
    if (with.fast_open.accept) {
        accept_fast_open(slot, listener, out);
    } else {
        slots_[slot]->listener = listener.id;
        ++listener.requests;
        ++listener.young;
    }
    walk(slot, now, out);
}

/// RFC 9293 §3.6.1, MAY-2. Linux tcp_conn_request: room in the SYN queue is not asked for.
bool Host::reopens(std::uint32_t slot, wire::TcpSegment const& syn, wire::Ecn ecn, Instant now, Output& out) {
    std::optional<SeqNum> const iss = slots_[slot]->connection.reopened_by(syn);
    wire::FourTuple const tuple = slots_[slot]->connection.tuple();
    Listener* const listener = iss ? listener_for(tuple) : nullptr;
    if (listener == nullptr) {
        return false;
    }
    make_way(slot, now, out);
    if (syn.flags.has(wire::Flags::fin) && profile_->listening.drops_syn_fin.value) {
        out.discarded.push_back(Discarded::no_listener);
        return true;
    }
    if (profile_->listening.backlog.value == profile::Backlog::linux_two_queues && listener->is_full()) {
        out.discarded.push_back(Discarded::accept_queue_full);
        return true;
    }
    tcp::OpenWith with = opening(tuple, listener->options, now);
    with.iss = *iss;
    with.ecn = ecn;
    admit(*listener, with, syn, now, out);
    return true;
}

/// The connection of `slot`, in TIME-WAIT, ends for one that takes its four numbers.
void Host::make_way(std::uint32_t slot, Instant now, Output& out) {
    actions_.clear();
    slots_[slot]->connection.make_way(now, actions_);
    walk(slot, now, out);
}

void Host::request_over(Slot const& here, Listener& listener) {
    --listener.requests;
    listener.young -= here.young ? 1 : 0;
}

/// A connection of a listener left SYN-RECEIVED: it becomes acceptable, or it died.
void Host::handshake_over(std::uint32_t slot, Output& out) {
    Slot& here = *slots_[slot];
    Listener* listener = listener_of(*here.listener);
    here.listener.reset();
    if (listener == nullptr) {
        return;
    }
    request_over(here, *listener);
    if (here.connection.state() != tcp::State::closed) {
        here.held = true;
        here.queued = listener->id;
        listener->ready.push_back(id_of(slot));
        out.acceptable.push_back({listener->id});
    }
}

Host::Listener const* Host::listener_of(ListenerId id) const {
    if (id.slot >= listeners_.size() || !listeners_[id.slot] || listeners_[id.slot]->id != id) {
        return nullptr;
    }
    return listeners_[id.slot].get();
}

Host::Listener* Host::listener_of(ListenerId id) { return const_cast<Listener*>(std::as_const(*this).listener_of(id)); }

/// A listener of exactly this address, else one of any address. Of several (SO_REUSEPORT) the connection's numbers choose one
/// (Linux reuseport_select_sock).
Host::Listener const* Host::listener_for(wire::FourTuple const& tuple) const {
    for (wire::Ipv4Address const address : {tuple.local.address, wire::Ipv4Address{}}) {
        std::vector<Listener const*> group;
        for (auto const& listener : listeners_) {
            if (listener && listener->local == wire::Endpoint{address, tuple.local.port}) {
                group.push_back(listener.get());
            }
        }
        if (!group.empty()) {
            std::uint64_t const hash = keyed(secret_, Purpose::shared_port, packed(tuple.local), packed(tuple.remote));
            return group[hash % group.size()];
        }
    }
    return nullptr;
}

Host::Listener* Host::listener_for(wire::FourTuple const& tuple) {
    return const_cast<Listener*>(std::as_const(*this).listener_for(tuple));
}

}  // namespace tcpsim::host
