#include "stack/host/host.hpp"

#include "stack/base/check.hpp"
#include "stack/host/slots.hpp"

#include <algorithm>
#include <utility>

namespace tcpsim::host {
namespace {

using wire::Flags;

}  // namespace

Host::Host(Configuration configuration, profile::Profile const& profile, SipKey secret)
    : configuration_{std::move(configuration)}, profile_{&profile}, secret_{secret} {}

Host::~Host() = default;

// --- doors for the world

void Host::frame_arrives(std::uint32_t interface, wire::Frame const& frame, Instant now, Output& out) {
    check(interface < configuration_.interfaces.size(), "a frame arrives at an interface that exists");
    auto const* packet = std::get_if<wire::Ipv4Packet>(&frame.body);
    if (packet == nullptr) {
        out.discarded.push_back(Discarded::unknown_protocol);
        return;
    }
    // RFC 1122 §3.2.1.3 (g): a loopback address never comes from a wire.
    wire::Ipv4Header const& header = packet->header;
    if (frame.destination != configuration_.interfaces[interface].mac || !is_ours(configuration_, header.destination) ||
        header.destination.loopback() || header.source.loopback()) {
        out.discarded.push_back(Discarded::not_for_us);
        return;
    }
    packet_arrives(*packet, now, out);
    drain_loopback(now, out);
}

void Host::packet_arrives(wire::Ipv4Packet const& packet, Instant now, Output& out) {
    auto const* segment = std::get_if<wire::TcpSegment>(&packet.body);
    if (segment == nullptr) {
        out.discarded.push_back(Discarded::unknown_protocol);
        return;
    }
    tcp_arrives(packet, *segment, now, out);
}

void Host::tcp_arrives(wire::Ipv4Packet const& packet, wire::TcpSegment const& segment, Instant now, Output& out) {
    wire::FourTuple const tuple{{packet.header.destination, segment.destination_port},
                                {packet.header.source, segment.source_port}};
    auto const found = by_tuple_.find(tuple);
    if (found != by_tuple_.end()) {
        std::uint32_t const slot = found->second;
        if (completes_into_full_queue(*slots_[slot], segment)) {
            out.discarded.push_back(Discarded::accept_queue_full);
            return;
        }
        actions_.clear();
        slots_[slot]->connection.segment_arrives(segment, now, actions_);
        walk(slot, out);
        return;
    }
    // RFC 9293 §3.10.7.2, LISTEN: first RST, second ACK, third SYN, fourth anything else.
    Listener* listener = listener_for(tuple.local);
    if (listener == nullptr || segment.flags.has(Flags::ack)) {
        answer_for_nobody(tuple, segment, out);
    } else if (segment.flags.has(Flags::syn) && !segment.flags.has(Flags::rst)) {
        syn_arrives(*listener, tuple, segment, now, out);
    } else {
        out.discarded.push_back(Discarded::no_listener);
    }
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

// RFC 9293 §3.10.7.1, the CLOSED state: "If the connection does not exist".
void Host::answer_for_nobody(wire::FourTuple const& tuple, wire::TcpSegment const& segment, Output& out) {
    if (segment.flags.has(Flags::rst)) {
        out.discarded.push_back(Discarded::no_listener);
        return;
    }
    wire::TcpSegment reset;
    reset.source_port = tuple.local.port;
    reset.destination_port = tuple.remote.port;
    if (segment.flags.has(Flags::ack)) {
        reset.seq = segment.ack;
        reset.flags = Flags{Flags::rst};
    } else {
        reset.ack = segment.seq + segment.length();
        reset.flags = Flags{Flags::rst | Flags::ack};
    }
    bool const to_closed_port = segment.flags.has(Flags::syn);
    tcp::Cause const cause{to_closed_port ? tcp::Why::port_closed : tcp::Why::no_connection};
    send_segment(tuple, std::move(reset), cause, out);
}

/// One way into a connection: `door` says something into actions_, which is then carried out. False: no such connection.
template <class Door>
bool Host::enter(ConnectionId id, Instant now, Output& out, Door door) {
    Slot* slot = slot_of(id);
    if (slot == nullptr) {
        return false;
    }
    actions_.clear();
    door(*slot);
    walk(id.slot, out);
    drain_loopback(now, out);
    return true;
}

void Host::timers_expire(ConnectionId id, Instant now, Output& out) {
    enter(id, now, out, [&](Slot& slot) { slot.connection.timers_expire(now, actions_); });
}

// --- doors for the socket layer

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

Result<ConnectionId> Host::connect(wire::Endpoint local, wire::Endpoint remote, ConnectionOptions options, Instant now,
                                   Output& out) {
    Result<wire::Endpoint> const chosen = choose_local(local, remote);
    if (!chosen.ok()) {
        return chosen.error();
    }
    wire::FourTuple const tuple{chosen.value(), remote};
    actions_.clear();
    std::uint32_t const slot =
        new_slot(tcp::Connection::active_open(opening(tuple, options, now), *profile_, now, actions_));
    slots_[slot]->held = true;
    ConnectionId const id = id_of(slot);
    walk(slot, out);
    drain_loopback(now, out);
    return id;
}

tcp::Connection const* Host::find(ConnectionId id) const {
    auto const* slot = slot_of(id);
    return slot == nullptr ? nullptr : &slot->connection;
}

Result<std::uint64_t> Host::send(ConnectionId id, Payload const& data, Instant now, Output& out) {
    Result<std::uint64_t> result = Errno::epipe;
    enter(id, now, out, [&](Slot& slot) { result = slot.connection.send(data, now, actions_); });
    return result;
}

Result<Payload> Host::receive(ConnectionId id, std::uint64_t at_most, Instant now, Output& out) {
    Result<Payload> result = Payload{};
    enter(id, now, out, [&](Slot& slot) { result = slot.connection.receive(at_most, now, actions_); });
    return result;
}

void Host::shutdown_send(ConnectionId id, tcp::Cause cause, Instant now, Output& out) {
    enter(id, now, out, [&](Slot& slot) { slot.connection.shutdown_send(cause, now, actions_); });
}

void Host::release(ConnectionId id, tcp::Cause cause, Instant now, Output& out) {
    enter(id, now, out, [&](Slot& slot) {
        slot.held = false;
        slot.connection.close(cause, now, actions_);
    });
}

void Host::abort(ConnectionId id, tcp::Cause cause, Instant now, Output& out) {
    enter(id, now, out, [&](Slot& slot) {
        slot.held = false;
        slot.connection.abort(cause, now, actions_);
    });
}

Errno Host::take_error(ConnectionId id) {
    Slot* slot = slot_of(id);
    return slot == nullptr ? Errno::none : slot->connection.take_error();
}

void Host::set_options(ConnectionId id, tcp::UserOptions const& options, Instant now, Output& out) {
    enter(id, now, out, [&](Slot& slot) { slot.connection.set_options(options, now, actions_); });
}

std::vector<ConnectionId> Host::connections() const {
    std::vector<ConnectionId> result;
    for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) {
        if (slots_[slot] && slots_[slot]->connection.state() != tcp::State::closed) {
            result.push_back(id_of(slot));
        }
    }
    return result;
}

// --- inside

/// Carries out what the connection of `slot` said in actions_.
void Host::walk(std::uint32_t slot, Output& out) {
    Slot& here = *slots_[slot];
    wire::FourTuple const tuple = here.connection.tuple();
    ConnectionId const id = id_of(slot);
    for (std::size_t i = 0; i < actions_.emitted(); ++i) {
        send_segment(tuple, std::move(actions_[i].segment), actions_[i].cause, out);
    }
    for (tcp::Note const& note : actions_.notes()) {
        out.notes.push_back({tuple, note});
    }
    if (here.listener && here.connection.state() != tcp::State::syn_received) {
        handshake_over(slot, out);
    }
    bool const ended = actions_.ended().has_value();
    if (actions_.is_readable() || actions_.is_writable() || ended) {
        out.readiness.push_back({id, actions_.is_readable(), actions_.is_writable(), ended});
    }
    Instant const deadline = here.connection.next_deadline();
    if (deadline != here.reported_deadline) {
        here.reported_deadline = deadline;
        out.deadlines.push_back({id, deadline});
    }
    if (here.connection.state() == tcp::State::closed) {
        unmap(slot);
        if (!here.held) {
            forget(slot);
        }
    }
}

/// RFC 9293 §3.3.2: CLOSED is no connection: its four numbers belong to nobody, whoever still holds what is left.
void Host::unmap(std::uint32_t slot) {
    auto const found = by_tuple_.find(slots_[slot]->connection.tuple());
    if (found != by_tuple_.end() && found->second == slot) {
        by_tuple_.erase(found);
    }
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

void Host::forget(std::uint32_t slot) {
    unmap(slot);
    slots_[slot].reset();
    ++generations_[slot];
    free_slots_.push_back(slot);
}

std::uint32_t Host::new_slot(tcp::Connection connection) {
    std::uint32_t slot = 0;
    if (free_slots_.empty()) {
        slot = static_cast<std::uint32_t>(slots_.size());
        slots_.push_back(nullptr);
        generations_.push_back(0);
    } else {
        slot = free_slots_.back();
        free_slots_.pop_back();
    }
    by_tuple_.emplace(connection.tuple(), slot);
    slots_[slot] = std::make_unique<Slot>(Slot{std::move(connection)});
    return slot;
}

ConnectionId Host::id_of(std::uint32_t slot) const { return {slot, generations_[slot]}; }

Host::Slot const* Host::slot_of(ConnectionId id) const {
    bool const live = id.slot < slots_.size() && generations_[id.slot] == id.generation;
    return live ? slots_[id.slot].get() : nullptr;
}

Host::Slot* Host::slot_of(ConnectionId id) { return const_cast<Slot*>(std::as_const(*this).slot_of(id)); }

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

// --- output

void Host::send_segment(wire::FourTuple const& tuple, wire::TcpSegment segment, tcp::Cause cause, Output& out) {
    wire::Ipv4Packet packet;
    packet.header.source = tuple.local.address;
    packet.header.destination = tuple.remote.address;
    packet.header.dont_fragment = true;  // RFC 1191: path MTU discovery
    packet.header.ttl = static_cast<std::uint8_t>(profile_->host.default_ttl.value);
    packet.header.protocol = wire::protocol_tcp;
    packet.header.identification = identification_++;
    packet.body = std::move(segment);
    if (is_ours(configuration_, tuple.remote.address)) {
        loopback_.push_back(std::move(packet));
        return;
    }
    auto const hop = next_hop(configuration_, tuple.remote.address);
    if (!hop || !hop->mac) {
        out.discarded.push_back(hop ? Discarded::no_neighbour : Discarded::no_route);
        return;
    }
    Outgoing& outgoing = out.frames.emplace_back();
    outgoing.interface = hop->interface;
    outgoing.cause = cause;
    outgoing.frame.destination = *hop->mac;
    outgoing.frame.source = configuration_.interfaces[hop->interface].mac;
    outgoing.frame.body = std::move(packet);
}

/// Packets to oneself are drained before the call returns, as kernels do.
void Host::drain_loopback(Instant now, Output& out) {
    while (!loopback_.empty()) {
        wire::Ipv4Packet const packet = std::move(loopback_.front());
        loopback_.pop_front();
        packet_arrives(packet, now, out);
    }
}

}  // namespace tcpsim::host
