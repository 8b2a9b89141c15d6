#include "stack/host/host.hpp"

#include "stack/base/check.hpp"
#include "stack/host/resolution.hpp"
#include "stack/host/secret.hpp"
#include "stack/host/slots.hpp"
#include "stack/tcp/signature.hpp"
#include "stack/tcp/window_space.hpp"

#include <algorithm>
#include <utility>

namespace tcpsim::host {
namespace {

SipKey fast_open_key(SipKey secret) {
    return {keyed(secret, Purpose::fast_open, 0, 0), keyed(secret, Purpose::fast_open, 0, 1)};
}

}  // namespace

Host::Host(Configuration configuration, profile::Profile const& profile, SipKey secret)
    : configuration_{std::move(configuration)},
      profile_{&profile},
      secret_{secret},
      datagrams_{profile},
      fast_open_key_{fast_open_key(secret)},
      resolution_{configuration_.arp ? std::make_unique<Resolution>(profile.neighbours, secret) : nullptr} {}

Host::~Host() = default;

// --- doors for the world

/// One way into a connection: `door` says something into actions_, which is then carried out. False: no such connection.
template <class Door>
bool Host::enter(ConnectionId id, Instant now, Output& out, Door door) {
    Slot* slot = slot_of(id);
    if (slot == nullptr) {
        return false;
    }
    actions_.clear();
    door(*slot);
    end_well(*slot, now);
    limit_waiting(*slot, now);
    walk(id.slot, now, out);
    drain(now, out);
    return true;
}

void Host::timers_expire(ConnectionId id, Instant now, Output& out) {
    if (id == own_timers) {
        if (resolution_) {
            resolution_->reported = never;  // whoever called has used it up
            resolution_->table.timers_expire(configuration_, now, resolution_->said);
            settle(now, out);
            drain(now, out);
        }
        return;
    }
    enter(id, now, out, [&](Slot& slot) {
        if (slot.listener && slot.connection.next_deadline() <= now && gives_way(slot)) {
            slot.connection.give_way(now, actions_);
        } else {
            slot.connection.timers_expire(now, actions_);
        }
    });
}

// --- doors for the socket layer

Result<ConnectionId> Host::connect(wire::Endpoint local, wire::Endpoint remote, ConnectionOptions options, Instant now,
                                   Output& out) {
    Result<FastOpened> const opened = open(local, remote, options, nullptr, now, out);
    return opened.ok() ? Result<ConnectionId>{opened.value().id} : Result<ConnectionId>{opened.error()};
}

Result<FastOpened> Host::open(wire::Endpoint local, wire::Endpoint remote, ConnectionOptions const& options,
                              FirstText const* first, Instant now, Output& out) {
    Result<wire::Endpoint> const chosen = choose_local(local, remote, now);
    if (!chosen.ok()) {
        return chosen.error();
    }
    wire::FourTuple const tuple{chosen.value(), remote};
    tcp::OpenWith with = opening(tuple, options, now);
    if (first != nullptr) {
        with.fast_open = fast_open_to(with, *first);
    }
    auto const before = by_tuple_.find(tuple);
    if (before != by_tuple_.end()) {
        auto const inherited = slots_[before->second]->connection.inherited(local.port != 0, now);
        with.iss = inherited->iss;
        with.recent_timestamp = inherited->ts_recent;
        make_way(before->second, now, out);
    }
    actions_.clear();
    std::uint32_t const slot = new_slot(tcp::Connection::active_open(with, *profile_, now, actions_));
    slots_[slot]->held = true;
    slots_[slot]->port_bound = local.port != 0;
    slots_[slot]->reuse = options.reuse;
    ConnectionId const id = id_of(slot);
    walk(slot, now, out);
    drain(now, out);
    return FastOpened{id, with.fast_open.text.size()};
}

Instant Host::next_deadline(ConnectionId id) const {
    if (id == own_timers) {
        return resolution_ ? resolution_->table.next_deadline() : never;
    }
    tcp::Connection const* const connection = find(id);
    return connection == nullptr ? never : connection->next_deadline();
}

tcp::Connection const* Host::find(ConnectionId id) const {
    auto const* slot = slot_of(id);
    return slot == nullptr ? nullptr : &slot->connection;
}

Result<std::uint64_t> Host::send(ConnectionId id, Payload const& data, Instant now, Output& out, tcp::WriteEnd end,
                                 bool zero_copy) {
    Result<std::uint64_t> result = Errno::epipe;
    enter(id, now, out, [&](Slot& slot) {
        if (zero_copy) {
            notices_of(slot);
        }
        auto const joined = slot.notices ? slot.connection.unfilled_packet() : std::nullopt;
        result = slot.connection.send(data, now, actions_, end);
        if (slot.notices && result.ok() && result.value() > 0) {
            slot.notices->written({slot.connection.tcb().send_queue.end(), joined, zero_copy});
        }
    });
    return result;
}

Notices& Host::notices_of(Slot& slot) {
    if (!slot.notices) {
        slot.notices = std::make_unique<Notices>();
    }
    return *slot.notices;
}

void Host::set_timestamping(ConnectionId id, std::uint32_t bits) {
    if (Slot* const slot = slot_of(id)) {
        tcp::Tcb const& tcb = slot->connection.tcb();
        bool const by_write = (bits & timestamping::numbered_by_write) != 0;
        notices_of(*slot).set_timestamping(bits, by_write ? tcb.send_queue.end() : tcb.snd.una);
    }
}

std::optional<Instant> Host::arrival_of(ConnectionId id, std::uint64_t ahead) {
    Slot* const slot = slot_of(id);
    return slot == nullptr || !slot->notices
               ? std::nullopt
               : slot->notices->arrival(tcp::next_unread(slot->connection.tcb()), static_cast<std::uint32_t>(ahead));
}

Result<Payload> Host::receive(ConnectionId id, std::uint64_t at_most, Instant now, Output& out) {
    Result<Payload> result = Payload{};
    enter(id, now, out, [&](Slot& slot) { result = slot.connection.receive(at_most, now, actions_); });
    return result;
}

Result<Payload> Host::receive_urgent(ConnectionId id, bool peek) {
    Slot* slot = slot_of(id);
    return slot == nullptr ? Result<Payload>{Errno::einval} : slot->connection.receive_urgent(peek);
}

void Host::shutdown_receive(ConnectionId id) {
    if (Slot* const slot = slot_of(id)) {
        slot->connection.shutdown_receive();
    }
}

void Host::shutdown_send(ConnectionId id, tcp::Cause cause, Instant now, Output& out) {
    enter(id, now, out, [&](Slot& slot) { slot.connection.shutdown_send(cause, now, actions_); });
}

void Host::release(ConnectionId id, tcp::Cause cause, Instant now, Output& out) {
    enter(id, now, out, [&](Slot& slot) {
        slot.held = false;
        slot.connection.close(cause, now, actions_);
        limit_orphans(slot, now);
    });
}

void Host::forget_closed(ConnectionId id) {
    Slot const* const slot = slot_of(id);
    check(slot != nullptr && slot->connection.state() == tcp::State::closed, "only what is closed is forgotten");
    forget(id.slot);
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

Errno Host::take_any_error(ConnectionId id) {
    Errno const error = take_error(id);
    Slot* const slot = slot_of(id);
    bool const soft = error == Errno::none && slot != nullptr && profile_->sockets.soft_error_told.value;
    return soft ? slot->connection.take_soft_error() : error;
}

void Host::keepalive_idle_set(ConnectionId id, Instant now, Output& out) {
    enter(id, now, out, [&](Slot& slot) { slot.connection.keepalive_idle_set(now, actions_); });
}

void Host::set_quick_ack(ConnectionId id, std::int64_t value, Instant now, Output& out) {
    enter(id, now, out, [&](Slot& slot) { slot.connection.set_quick_ack(value, now, actions_); });
}

void Host::push(ConnectionId id, Instant now, Output& out) {
    enter(id, now, out, [&](Slot& slot) { slot.connection.push(now, actions_); });
}

void Host::set_options(ConnectionId id, tcp::UserOptions const& options, Instant now, Output& out) {
    enter(id, now, out, [&](Slot& slot) { slot.connection.set_options(options, now, actions_); });
}

int usual_receive_buffer(ConnectionOptions const& options, profile::Profile const& profile) {
    return std::max(profile.buffers.receive_default.value,
                    static_cast<int>(tcp::fresh_memory_for_window(profile, options.receive_room)));
}

void Host::make_receive_room(ConnectionId id, std::uint32_t window, Instant now, Output& out) {
    enter(id, now, out, [&](Slot& slot) { slot.connection.make_receive_room(window, actions_); });
}

void Host::set_reuse(ConnectionId id, Reuse reuse) {
    if (Slot* const slot = slot_of(id)) {
        slot->reuse = reuse;
    }
}

void Host::set_buffers(ConnectionId id, std::uint32_t receive, std::uint32_t send, Instant now, Output& out) {
    enter(id, now, out, [&](Slot& slot) { slot.connection.set_buffers(receive, send, actions_); });
}

bool Host::has_send_room(ConnectionId id) {
    Slot* const slot = slot_of(id);
    return slot != nullptr && slot->connection.has_send_room();
}

std::optional<ErrorReport> Host::take_error_report(ConnectionId id) {
    Slot* const slot = slot_of(id);
    if (slot == nullptr || slot->errors.empty()) {
        return std::nullopt;
    }
    ErrorReport const oldest = slot->errors.front();
    slot->errors.erase(slot->errors.begin());
    if (oldest.origin == ReportOrigin::icmp) {  // Linux sock_dequeue_err_skb
        slot->connection.take_error();
    }
    return oldest;
}

bool Host::has_error_report(ConnectionId id) const {
    Slot const* const slot = slot_of(id);
    return slot != nullptr && !slot->errors.empty();
}

Tally const* Host::tally(ConnectionId id) const {
    Slot const* const slot = slot_of(id);
    return slot == nullptr ? nullptr : &slot->tally;
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
void Host::walk(std::uint32_t slot, Instant now, Output& out) {
    Slot& here = *slots_[slot];
    wire::FourTuple const tuple = here.connection.tuple();
    ConnectionId const id = id_of(slot);
    std::size_t const reports_before = here.errors.size();
    SeqNum const una = here.connection.tcb().snd.una;
    if (una.after(here.acknowledged)) {
        here.tally.bytes_acknowledged += static_cast<std::uint32_t>(una - here.acknowledged);
        here.acknowledged = una;
    }
    for (std::size_t i = 0; i < actions_.emitted(); ++i) {
        here.tally.sent(actions_[i].segment);
        if (here.notices) {
            here.notices->sent(actions_[i].segment, now, here.errors);
        }
        tcp::sign(actions_[i].segment, tuple, here.connection.md5_key());
        send_segment(tuple, std::move(actions_[i]), here.connection.options(), out);
    }
    for (tcp::Note const& note : actions_.notes()) {
        out.notes.push_back({tuple, note});
    }
    count(here);
    if (here.connection.state() != tcp::State::syn_received) {
        if (here.listener) {
            handshake_over(slot, out);
        } else if (here.fast_open) {
            fast_open_over(here);
        }
    }
    here.tally.judge(here.connection, now);
    bool const ended = actions_.ended().has_value();
    bool const changed = actions_.has_changed_state();
    bool const reported = has_new_report(here, reports_before, now);
    if (actions_.is_readable() || actions_.is_writable() || actions_.is_urgent() || ended || changed || reported) {
        out.readiness.push_back(
            {id, actions_.is_readable(), actions_.is_writable(), ended, actions_.is_urgent(), changed, reported});
    }
    Instant const deadline = here.connection.next_deadline();
    if (deadline != here.reported_deadline) {
        here.reported_deadline = deadline;
        out.deadlines.push_back({id, deadline});
    }
    if (here.connection.state() == tcp::State::closed) {
        unmap(slot);
        if (here.queued && profile_->sockets.reset_in_queue.value == profile::ResetInQueue::hidden) {
            leave_queue(slot);
        }
        if (!here.held) {
            forget(slot);
        }
    }
}

/// Whether the program's own sending gives it something to read in the error queue.
bool Host::has_new_report(Slot& here, std::size_t before, Instant now) {
    if (!here.notices) {
        return false;
    }
    std::uint32_t const last = here.errors.empty() ? 0 : here.errors.back().data;
    SeqNum const una = here.connection.tcb().snd.una;
    here.notices->acknowledged(una, now, here.errors);
    bool const ended = here.connection.state() == tcp::State::closed;
    here.notices->released(una, ended, copies(here.connection.tuple().remote.address), here.errors);
    return here.errors.size() != before || (!here.errors.empty() && here.errors.back().data != last);
}

/// Whether text on its way there is copied, whatever MSG_ZEROCOPY asked (Linux skb_orphan_frags_rx).
bool Host::copies(wire::Ipv4Address remote) const {
    auto const hop = is_ours(configuration_, remote) ? std::nullopt : next_hop(configuration_, remote);
    return !hop || configuration_.interfaces[hop->interface].tun;
}

/// RFC 9293 §3.3.2: CLOSED is no connection: its four numbers belong to nobody, whoever still holds what is left.
void Host::unmap(std::uint32_t slot) {
    auto const found = by_tuple_.find(slots_[slot]->connection.tuple());
    if (found != by_tuple_.end() && found->second == slot) {
        by_tuple_.erase(found);
    }
}

/// Nobody will accept it.
void Host::leave_queue(std::uint32_t slot) {
    Listener* const listener = listener_of(*slots_[slot]->queued);
    if (listener != nullptr) {
        listener->ready.erase(std::remove(listener->ready.begin(), listener->ready.end(), id_of(slot)),
                              listener->ready.end());
    }
    slots_[slot]->queued.reset();
    slots_[slot]->held = false;
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
    tcp::Tcb const& tcb = slots_[slot]->connection.tcb();
    slots_[slot]->acknowledged =
        tcb.passive ? tcb.snd.una + 1 : tcb.snd.una;  // Linux: a request's SYN,ACK does not count
    return slot;
}

ConnectionId Host::id_of(std::uint32_t slot) const { return {slot, generations_[slot]}; }

Host::Slot const* Host::slot_of(ConnectionId id) const {
    bool const live = id.slot < slots_.size() && generations_[id.slot] == id.generation;
    return live ? slots_[id.slot].get() : nullptr;
}

Host::Slot* Host::slot_of(ConnectionId id) { return const_cast<Slot*>(std::as_const(*this).slot_of(id)); }

}  // namespace tcpsim::host
