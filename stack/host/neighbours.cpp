#include "stack/host/neighbours.hpp"

#include "stack/host/secret.hpp"

#include <algorithm>

namespace tcpsim::host {
namespace {

using profile::NeighbourAgeing;

constexpr std::uint16_t ether_type_arp = 0x0806;
constexpr std::uint16_t request = 1;
constexpr std::uint16_t reply = 2;
constexpr wire::MacAddress broadcast{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

// 4.4BSD if_ether.c, arpt_down and arpt_prune.
constexpr Duration rejected_for = std::chrono::seconds{20};
constexpr Duration pruned_every = std::chrono::seconds{300};

/// 4.4BSD time.tv_sec.
Instant whole_second(Instant now) { return Instant{std::chrono::floor<std::chrono::seconds>(now.time_since_epoch())}; }

wire::Frame arp_frame(Interface const& own, wire::MacAddress to, wire::ArpPacket arp) {
    arp.sender_mac = own.mac;
    arp.sender = own.address.address;
    return {.destination = to, .source = own.mac, .ether_type = ether_type_arp, .body = arp};
}

}  // namespace

wire::Frame gratuitous_arp(Interface const& own) {
    return arp_frame(own, broadcast, {.operation = request, .target = own.address.address});
}

std::optional<wire::MacAddress> Neighbours::resolve(NeighbourKey key, Configuration const& own, Instant now,
                                                    NeighbourOutput& out) {
    auto const [found, is_new] = entries_.try_emplace(key);
    Entry& entry = found->second;
    if (settings_->ageing.value == NeighbourAgeing::net3_expiry) {
        return resolve_lazily(key, entry, own, now, out);
    }
    if (is_new || entry.state == NeighbourState::failed) {
        entry = Entry{};
        ask(key, entry, own, now, out);
    } else if (entry.state == NeighbourState::stale) {
        // Linux __neigh_event_send: used once more; upper layers have a while to confirm it.
        entry.state = NeighbourState::delay;
        entry.deadline = now + settings_->delay_first_probe.value;
    }
    return entry.mac;
}

// 4.4BSD arpresolve. Nothing happens without a packet: it asks, once a second at most; after arp_maxtries of them the route is
// rejected for arpt_down.
std::optional<wire::MacAddress> Neighbours::resolve_lazily(NeighbourKey key, Entry& entry, Configuration const& own,
                                                           Instant now, NeighbourOutput& out) {
    Instant const second = whole_second(now);
    if (entry.mac && second < entry.expires) {
        return entry.mac;
    }
    Instant const pruned{now.time_since_epoch() / pruned_every * pruned_every};
    if (pruned > Instant{} && entry.expires <= pruned) {  // arptimer, arptfree
        entry = Entry{};
    }
    entry.state = NeighbourState::incomplete;
    if (rejects(key, now)) {
        return std::nullopt;
    }
    entry.rejected = false;
    if (entry.probes == 0 || entry.expires != second) {
        entry.expires = second;
        if (entry.probes < settings_->broadcasts.value) {
            entry.mac.reset();  // it asks by broadcast
            ask(key, entry, own, now, out);
            entry.deadline = never;
        } else {
            entry = Entry{.state = NeighbourState::failed, .expires = second + rejected_for, .rejected = true};
        }
    }
    return std::nullopt;
}

bool Neighbours::rejects(NeighbourKey key, Instant now) const {
    auto const found = entries_.find(key);
    return found != entries_.end() && found->second.rejected && whole_second(now) < found->second.expires;
}

void Neighbours::ask(NeighbourKey key, Entry& entry, Configuration const& own, Instant now, NeighbourOutput& out) {
    ++entry.probes;
    entry.deadline = now + settings_->retransmit.value;
    wire::ArpPacket arp{.operation = request, .target = key.address};
    out.frames.emplace_back(key.interface,
                            arp_frame(own.interfaces[key.interface], entry.mac.value_or(broadcast), arp));
}

void Neighbours::arp_arrives(std::uint32_t interface, wire::ArpPacket const& arp, bool to_us, Configuration const& own,
                             Instant now, NeighbourOutput& out) {
    Interface const& here = own.interfaces[interface];
    NeighbourKey const sender{interface, arp.sender};
    bool const for_us = arp.target == here.address.address && !here.address.address.unspecified();
    bool const is_own_address = arp.sender == here.address.address || arp.sender.unspecified();
    if (is_own_address) {
        return;
    }
    if (arp.operation == request && for_us) {
        out.frames.emplace_back(
            interface,
            arp_frame(here, arp.sender_mac, {.operation = reply, .target_mac = arp.sender_mac, .target = arp.sender}));
        learn(sender, arp.sender_mac, NeighbourState::stale, now, out);  // RFC 826: who asks will be asked for
    } else if (entries_.contains(sender)) {
        // Linux arp_process: an answer to our question proves that it is there; anything else is hearsay.
        bool const proves = arp.operation == reply && to_us;
        learn(sender, arp.sender_mac, proves ? NeighbourState::reachable : NeighbourState::stale, now, out);
    }
}

void Neighbours::learn(NeighbourKey key, wire::MacAddress mac, NeighbourState state, Instant now,
                       NeighbourOutput& out) {
    auto const [found, is_new] = entries_.try_emplace(key);
    Entry& entry = found->second;
    bool const waited = !is_new && !entry.mac;
    bool const same = entry.mac == mac;
    if (settings_->ageing.value == NeighbourAgeing::net3_expiry) {  // 4.4BSD in_arpinput: whatever it hears
        entry = Entry{
            .state = NeighbourState::reachable, .mac = mac, .expires = whole_second(now) + settings_->reachable.value};
        if (waited) {
            out.settled.push_back({key, mac});
        }
        return;
    }
    // Linux neigh_update: hearsay of what is known changes nothing.
    if (same && state == NeighbourState::stale && entry.state != NeighbourState::failed) {
        return;
    }
    entry.mac = mac;
    entry.state = state;
    entry.probes = 0;
    entry.deadline = never;
    if (state == NeighbourState::reachable) {
        entry.confirmed = now;
        entry.deadline = now + reachable_time(now);
    }
    if (waited) {
        out.settled.push_back({key, mac});
    }
}

void Neighbours::confirm(NeighbourKey key, Instant now) {
    if (auto const found = entries_.find(key); found != entries_.end() && found->second.mac) {
        found->second.confirmed = now;
    }
}

void Neighbours::forget(std::uint32_t interface, NeighbourOutput& out) {
    for (auto entry = entries_.begin(); entry != entries_.end();) {
        if (entry->first.interface != interface) {
            ++entry;
            continue;
        }
        if (entry->second.state == NeighbourState::incomplete) {
            out.settled.push_back({entry->first, std::nullopt});
        }
        entry = entries_.erase(entry);
    }
}

// Linux neigh_timer_handler.
void Neighbours::expire(NeighbourKey key, Entry& entry, Configuration const& own, Instant now, NeighbourOutput& out) {
    switch (entry.state) {
        case NeighbourState::reachable: {
            Instant const until = entry.confirmed + reachable_time(now);
            bool const still = now < until;
            entry.deadline = still ? until : never;
            entry.state = still ? NeighbourState::reachable : NeighbourState::stale;
            return;
        }
        case NeighbourState::delay:
            if (now <= entry.confirmed + settings_->delay_first_probe.value) {
                entry.state = NeighbourState::reachable;
                entry.deadline = std::max(entry.confirmed + reachable_time(now), now);
                return;
            }
            entry.state = NeighbourState::probe;
            entry.probes = 0;
            ask(key, entry, own, now, out);
            return;
        case NeighbourState::incomplete:
        case NeighbourState::probe: {
            bool const broadcasts = entry.state == NeighbourState::incomplete;
            if (entry.probes < (broadcasts ? settings_->broadcasts.value : settings_->unicasts.value)) {
                ask(key, entry, own, now, out);
                return;
            }
            entry.state = NeighbourState::failed;
            entry.mac.reset();
            entry.deadline = never;
            out.settled.push_back({key, std::nullopt});
            return;
        }
        case NeighbourState::stale:
        case NeighbourState::failed:
            entry.deadline = never;
            return;
    }
}

void Neighbours::timers_expire(Configuration const& own, Instant now, NeighbourOutput& out) {
    for (auto& [key, entry] : entries_) {
        if (entry.deadline <= now) {
            expire(key, entry, own, now, out);
        }
    }
}

Instant Neighbours::next_deadline() const {
    Instant earliest = never;
    for (auto const& [key, entry] : entries_) {
        earliest = std::min(earliest, entry.deadline);
    }
    return earliest;
}

std::optional<NeighbourState> Neighbours::state(NeighbourKey key) const {
    auto const found = entries_.find(key);
    return found == entries_.end() ? std::nullopt : std::optional{found->second.state};
}

/// RFC 4861 §6.3.2: between half and one and a half of the base, drawn anew every five minutes (Linux neigh_periodic_work).
Duration Neighbours::reachable_time(Instant now) {
    constexpr Duration drawn_for = std::chrono::seconds{300};
    if (draws_ == 0 || now >= reachable_until_) {
        auto const base = static_cast<std::uint64_t>(settings_->reachable.value.count());
        reachable_time_ =
            Duration{base / 2 + keyed(secret_, Purpose::neighbours, draws_, 0) % std::max<std::uint64_t>(base, 1)};
        ++draws_;
        reachable_until_ = now + drawn_for;
    }
    return reachable_time_;
}

}  // namespace tcpsim::host
