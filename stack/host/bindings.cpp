// Local ports: who holds which, who may share one, and which one a socket gets that asks for any.
#include "stack/base/check.hpp"
#include "stack/host/host.hpp"
#include "stack/host/secret.hpp"
#include "stack/host/slots.hpp"

#include <algorithm>
#include <optional>

namespace tcpsim::host {
namespace {

bool overlap(wire::Endpoint one, wire::Endpoint other) {
    return one.port == other.port &&
           (one.address == other.address || one.address.unspecified() || other.address.unspecified());
}

/// Somebody who has a local port already.
struct Holder {
    wire::Endpoint local{};
    Reuse reuse{};
    bool connected{false};
    bool listens{false};
};

/// Linux inet_bind_conflict; `any_sharing` is false when the system chooses the port.
bool conflict_on_linux(wire::Endpoint wanted, Reuse reuse, Holder const& holder, bool any_sharing) {
    if (!overlap(wanted, holder.local)) {
        return false;
    }
    bool const both_addresses = reuse.address && holder.reuse.address && !holder.listens;
    bool const both_ports = reuse.port && holder.reuse.port;
    return !any_sharing || !(both_addresses || both_ports);
}

/// 4.4BSD in_pcbbind: with either option only who has exactly this address and no peer is looked for.
bool conflict_on_net3(wire::Endpoint wanted, Reuse reuse, Holder const& holder) {
    bool const exact = reuse.address || reuse.port;
    if (exact ? holder.local != wanted || holder.connected : !overlap(wanted, holder.local)) {
        return false;
    }
    return !(reuse.port && holder.reuse.port);
}

constexpr std::uint32_t parity_step = 2;

}  // namespace

/// Whether no listener, binding or connection minds. (A request holds no port of its own, but its listener does.)
bool Host::may_bind(wire::Endpoint local, Reuse reuse, bool any_sharing) const {
    bool const linux_rules = profile_->sockets.port_sharing.value == profile::PortSharing::linux_both_agree;
    auto const minds = [&](Holder const& holder) {
        return linux_rules ? conflict_on_linux(local, reuse, holder, any_sharing)
                           : conflict_on_net3(local, reuse, holder);
    };
    for (auto const& listener : listeners_) {
        if (listener && minds({listener->local, listener->options.reuse, false, true})) {
            return false;
        }
    }
    for (auto const& [id, binding] : bindings_) {
        if (minds({binding.local, binding.reuse, false, false})) {
            return false;
        }
    }
    for (auto const& [tuple, slot] : by_tuple_) {
        if (minds({tuple.local, slots_[slot]->reuse, true, false})) {
            return false;
        }
    }
    return true;
}

/// Only other listeners mind: whatever else holds the port was asked at bind().
bool Host::may_listen(wire::Endpoint local, Reuse reuse) const {
    return std::none_of(listeners_.begin(), listeners_.end(), [&](auto const& listener) {
        return listener && overlap(local, listener->local) && !(reuse.port && listener->options.reuse.port);
    });
}

/// Linux: connect() does not choose a port that somebody asked for, nor does it share one with a listener (fastreuse >= 0).
bool Host::bound_explicitly(wire::Endpoint local) const {
    return !may_listen(local, {}) || std::any_of(bindings_.begin(), bindings_.end(), [&](auto const& entry) {
        return overlap(local, entry.second.local);
    }) || std::any_of(by_tuple_.begin(), by_tuple_.end(), [&](auto const& entry) {
        return slots_[entry.second]->port_bound && overlap(local, entry.first.local);
    });
}

/// Linux inet_csk_find_open_port, which begins anywhere and with the parity that connect() does not; 4.4BSD in_pcbbind.
std::optional<std::uint16_t> Host::choose_port_to_bind(wire::Endpoint local, Reuse reuse) {
    auto const first = static_cast<std::uint32_t>(profile_->host.first_port.value);
    auto const last = static_cast<std::uint32_t>(profile_->host.last_port.value);
    if (first > last) {
        return std::nullopt;
    }
    bool const in_turn = profile_->sockets.port_choice.value == profile::PortChoice::net3_in_turn;
    std::uint32_t const all = last - first + 1;
    std::uint32_t const span = in_turn || all == 1 ? all : all & ~1U;
    std::uint32_t const start =
        in_turn ? (last_port_ >= first && last_port_ < last ? last_port_ + 1 - first : 0)
                : static_cast<std::uint32_t>(keyed(secret_, Purpose::port_to_bind, ports_chosen_, 0) % span) | 1U;
    ++ports_chosen_;
    for (std::uint32_t i = 0; i < span; ++i) {
        std::uint32_t const half = span / 2;
        // First all of one parity, then those of the other.
        std::uint32_t const offset = in_turn || span == 1 ? start + i
                                     : i < half           ? start + parity_step * i
                                                          : start - 1 + parity_step * (i - half);
        local.port = static_cast<std::uint16_t>(first + offset % span);
        if (may_bind(local, reuse, false)) {
            last_port_ = local.port;
            return local.port;
        }
    }
    return std::nullopt;
}

Result<wire::Endpoint> Host::check_bind(wire::Endpoint local, Reuse reuse) {
    if (!local.address.unspecified() && !is_ours(configuration_, local.address)) {
        return Errno::eaddrnotavail;
    }
    if (local.port != 0) {
        return may_bind(local, reuse, true) ? Result<wire::Endpoint>{local} : Errno::eaddrinuse;
    }
    auto const port = choose_port_to_bind(local, reuse);
    return port ? Result<wire::Endpoint>{wire::Endpoint{local.address, *port}} : Errno::eaddrinuse;
}

Result<BindingId> Host::bind(wire::Endpoint local, Reuse reuse) {
    Result<wire::Endpoint> const bindable = check_bind(local, reuse);
    if (!bindable.ok()) {
        return bindable.error();
    }
    BindingId const id{++bindings_made_};
    bindings_.emplace(id, Binding{bindable.value(), reuse});
    return id;
}

wire::Endpoint Host::bound(BindingId id) const {
    auto const found = bindings_.find(id);
    check(found != bindings_.end(), "a binding that exists is asked for");
    return found->second.local;
}

void Host::set_reuse(BindingId id, Reuse reuse) {
    auto const found = bindings_.find(id);
    check(found != bindings_.end(), "a binding that exists changes");
    found->second.reuse = reuse;
}

void Host::unbind(BindingId id) { bindings_.erase(id); }

/// RFC 6056 §3.3.4 as Linux __inet_hash_connect has it: a keyed start per destination, pushed on by each connection of the
/// same table entry, the ports of the first port's parity before the others. 4.4BSD: one after another for everybody.
Result<wire::Endpoint> Host::choose_port(wire::Endpoint local, wire::Endpoint remote, Instant now) {
    if (profile_->sockets.port_choice.value == profile::PortChoice::net3_in_turn) {
        auto const port = choose_port_to_bind(wire::Endpoint{local.address, 0}, {});
        return port ? Result<wire::Endpoint>{wire::Endpoint{local.address, *port}} : Errno::eaddrnotavail;
    }
    auto const first = static_cast<std::uint32_t>(profile_->host.first_port.value);
    auto const last = static_cast<std::uint32_t>(profile_->host.last_port.value);
    if (first > last) {
        return Errno::eaddrnotavail;
    }
    std::uint32_t const all = last - first + 1;
    std::uint32_t const span = all == 1 ? all : all & ~1U;
    std::uint64_t const key = keyed(secret_, Purpose::port, local.address.value, packed(remote));
    auto const index = static_cast<std::uint16_t>(key);
    auto const initial = static_cast<std::uint32_t>(keyed(secret_, Purpose::port_table, index, 0));
    std::uint32_t& perturbation = port_perturbation_.try_emplace(index, initial).first->second;
    std::uint32_t const start = (perturbation + static_cast<std::uint32_t>(key >> 32U)) % span & ~1U;
    for (std::uint32_t parity = 0; parity < std::min(span, parity_step); ++parity) {
        for (std::uint32_t i = 0; i < span; i += parity_step) {
            local.port = static_cast<std::uint16_t>(first + (start + parity + i) % span);
            if (bound_explicitly(local) || !may_connect({local, remote}, false, now)) {
                continue;
            }
            constexpr std::uint64_t steps = 8;
            auto const random = keyed(secret_, Purpose::port_step, ports_chosen_++, 0) % steps;
            perturbation += std::max(i, static_cast<std::uint32_t>(random) * parity_step) + parity_step;
            return local;
        }
    }
    return Errno::eaddrnotavail;
}

}  // namespace tcpsim::host
