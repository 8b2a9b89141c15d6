// Listeners: the connections that open to them (the SYN queue) and those that wait for accept() (the accept queue).
#include "stack/host/host.hpp"
#include "stack/host/slots.hpp"

#include <algorithm>
#include <utility>

namespace tcpsim::host {
namespace {

using wire::Flags;

}  // namespace

Result<ListenerId> Host::listen(wire::Endpoint local, int backlog, ConnectionOptions options) {
    if (has_listener(local)) {
        return Errno::eaddrinuse;
    }
    int const limit = std::clamp(backlog, 0, profile_->host.backlog_max.value);
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
    drain_loopback(now, out);
}

std::optional<ConnectionId> Host::accept(ListenerId id) {
    Listener* listener = listener_of(id);
    if (listener == nullptr || listener->ready.empty()) {
        return std::nullopt;
    }
    ConnectionId const first = listener->ready.front();
    listener->ready.pop_front();
    return first;
}

bool Host::can_accept(ListenerId id) const {
    auto const* listener = listener_of(id);
    return listener != nullptr && !listener->ready.empty();
}

/// Linux tcp_v4_syn_recv_sock: an ACK that would complete a handshake into a full accept queue is dropped; the repeated
/// SYN,ACK asks for another.
bool Host::completes_into_full_queue(Slot const& here, wire::TcpSegment const& segment) const {
    Listener const* listener = here.listener ? listener_of(*here.listener) : nullptr;
    bool const completes = segment.flags.has(Flags::ack) && !segment.flags.has(Flags::rst);
    return listener != nullptr && listener->is_full() && completes;
}

void Host::syn_arrives(Listener& listener, wire::FourTuple const& tuple, wire::TcpSegment const& syn, Instant now,
                       Output& out) {
    // Linux tcp_conn_request: a full accept queue drops the SYN, and so in silence asks for another.
    if (listener.is_full()) {
        out.discarded.push_back(Discarded::accept_queue_full);
        return;
    }
    actions_.clear();
    std::uint32_t const slot =
        new_slot(tcp::Connection::passive_open(opening(tuple, listener.options, now), syn, *profile_, now, actions_));
    slots_[slot]->listener = listener.id;
    walk(slot, out);
}

/// A connection of a listener left SYN-RECEIVED: it becomes acceptable, or it died.
void Host::handshake_over(std::uint32_t slot, Output& out) {
    Slot& here = *slots_[slot];
    Listener* listener = listener_of(*here.listener);
    here.listener.reset();
    if (listener == nullptr) {
        return;
    }
    if (here.connection.state() != tcp::State::closed) {
        here.held = true;
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

/// The listener of exactly this address, else the one of any address.
Host::Listener* Host::listener_for(wire::Endpoint local) {
    Listener* any = nullptr;
    for (auto const& listener : listeners_) {
        if (!listener || listener->local.port != local.port) {
            continue;
        }
        if (listener->local.address == local.address) {
            return listener.get();
        }
        if (listener->local.address.unspecified()) {
            any = listener.get();
        }
    }
    return any;
}

}  // namespace tcpsim::host
