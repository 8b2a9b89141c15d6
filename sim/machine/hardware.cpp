// NICs, cables, clocks and sleep: what happens to a machine whose kernel lives on.
#include "sim/machine/machine.hpp"

#include <algorithm>
#include <utility>

namespace tcpsim::machine {

bool Machine::suspend(Suspension how, net::Context& context) {
    if (!is_awake()) {
        return false;
    }
    running_->asleep = std::make_unique<Asleep>(Asleep{.how = how, .since = context.now, .carriers = carriers_});
    happened(trace::Happening::suspended, context);
    return true;
}

bool Machine::resume(net::Context& context) {
    if (!running_ || !running_->asleep) {
        return false;
    }
    std::unique_ptr<Asleep> const slept = std::move(running_->asleep);
    Duration const pause = slept->how.clock_stops ? context.now - slept->since : Duration{0};
    running_->clock.stood_still(pause);
    for (auto const& [number, process] : running_->processes) {
        process->due_ += process->due_ > slept->since ? pause : Duration{0};
        process->alarm_at_ += process->alarm_at_ == never ? Duration{0} : pause;
    }
    if (Instant const due = running_->shutdown_goes_on; due != never) {
        Instant const moved = std::max(due + pause, context.now);
        if (moved != due) {
            schedule_init(moved, context);
        }
    }
    for (core::Event event : slept->events) {
        event.at = context.now;  // one whose time has not come is moved on
        if (event.kind == core::Kind::program) {
            context.queue.push(event);
        }
    }
    running_->live_deadlines.clear();  // entries that came meanwhile are gone
    arm_all(context);
    happened(trace::Happening::resumed, context);
    catch_up(context);  // Linux: the timers' softirq comes before the network's
    for (std::uint32_t interface = 0; interface < carriers_.size(); ++interface) {
        if (slept->carriers[interface] != carriers_[interface]) {
            notice_carrier(interface, context);
        }
    }
    for (auto& waiting : slept->frames) {
        frame_arrives(waiting.interface, std::move(waiting.frame), context);
    }
    return true;
}

void Machine::arm_all(net::Context& context) {
    std::vector<host::ConnectionId> all = running_->host.connections();
    all.push_back(host::own_timers);
    for (host::ConnectionId const id : all) {
        Instant const deadline = running_->host.next_deadline(id);
        arm(id, deadline == never ? never : std::max(deadline, kernel_time(context)), context.queue);
    }
}

/// Lets expire what the clock has passed without stopping there.
void Machine::catch_up(net::Context& context) {
    std::vector<host::ConnectionId> all = running_->host.connections();
    all.push_back(host::own_timers);
    for (host::ConnectionId const id : all) {
        if (running_->host.next_deadline(id) <= kernel_time(context)) {
            expire(id, context);
        }
    }
}

/// What becomes of a frame that arrives while the machine sleeps.
void Machine::doze(std::uint32_t interface, net::FramePtr frame, net::Context& context) {
    Asleep& asleep = *running_->asleep;
    switch (asleep.how.nic) {
        case SleepingNic::down:
            lose(trace::DropReason::no_carrier, *frame, context);
            return;
        case SleepingNic::deaf:
            lose(trace::DropReason::suspended, *frame, context);
            return;
        case SleepingNic::queues:
            if (asleep.frames.size() < Asleep::most_frames) {
                asleep.frames.push_back({interface, std::move(frame)});
            } else {
                lose(trace::DropReason::queue_full, *frame, context);
            }
            return;
    }
}

bool Machine::skew_clock(Duration by, std::optional<std::int32_t> parts_per_million, net::Context& context) {
    if (!is_awake()) {
        return false;
    }
    Clock const before = running_->clock;
    running_->clock.jump(context.now, by);
    if (parts_per_million) {
        running_->clock.run_fast(context.now, *parts_per_million);
    }
    arm_all(context);  // deadlines come earlier than their entries
    for (auto const& [number, process] : running_->processes) {
        process->clock_changed(before, running_->clock, context);
    }
    happened(trace::Happening::clock_jumped, context);
    catch_up(context);
    return true;
}

bool Machine::set_nic(std::uint32_t interface, bool up, net::Context& context) {
    if (!is_awake() || !running_->host.set_interface(interface, up)) {
        return false;
    }
    happened(up ? trace::Happening::nic_up : trace::Happening::nic_down, context,
             configuration_.interfaces[interface].name);
    host::Output& out = lent_output();
    if (up) {
        running_->host.announce(interface, out);
    } else {
        running_->host.forget_neighbours(interface, kernel_time(context), out);
    }
    walk(out, context);
    links_changed(context);
    return true;
}

bool Machine::remove_address(std::uint32_t interface, net::Context& context) {
    if (!is_awake() || !running_->host.remove_address(interface)) {
        return false;
    }
    happened(trace::Happening::address_removed, context, configuration_.interfaces[interface].name);
    links_changed(context);
    return true;
}

bool Machine::add_address(std::uint32_t interface, wire::Ipv4Prefix address, net::Context& context) {
    if (!is_awake() || !running_->host.add_address(interface, address)) {
        return false;
    }
    happened(trace::Happening::address_added, context, configuration_.interfaces[interface].name);
    host::Output& out = lent_output();
    running_->host.announce(interface, out);
    walk(out, context);
    links_changed(context);
    return true;
}

bool Machine::forget_neighbours(net::Context& context) {
    if (!is_awake() || !configuration_.arp) {
        return false;
    }
    host::Output& out = lent_output();
    for (std::uint32_t interface = 0; interface < cables_.size(); ++interface) {
        running_->host.forget_neighbours(interface, kernel_time(context), out);
    }
    happened(trace::Happening::neighbours_forgotten, context);
    walk(out, context);
    return true;
}

bool Machine::drop_input(bool drops, net::Context& /*context*/) {
    bool const changes = is_awake() && running_->drops_input != drops;
    if (changes) {
        running_->drops_input = drops;
    }
    return changes;
}

bool Machine::send_raw(wire::Ipv4Packet packet, net::Context& context) {
    if (!is_awake()) {
        return false;
    }
    host::Configuration const& configuration = running_->host.configuration();
    auto const hop = host::next_hop(configuration, packet.header.destination);
    if (!hop || !hop->mac) {
        return false;
    }
    host::Outgoing outgoing{.interface = hop->interface};
    outgoing.frame.destination = *hop->mac;
    outgoing.frame.source = configuration.interfaces[hop->interface].mac;
    outgoing.frame.body = std::move(packet);
    transmit(outgoing, context);
    return true;
}

bool Machine::drives_cable(std::uint32_t interface) const {
    if (power_ == Power::off) {
        return false;
    }
    if (!running_) {
        return true;  // a crashed kernel's NIC goes on shining
    }
    bool const sleeps = running_->asleep && running_->asleep->how.nic == SleepingNic::down;
    return !sleeps && running_->host.configuration().interfaces[interface].up;
}

void Machine::carrier_changed(std::uint32_t interface, bool carrier, net::Context& context) {
    carriers_.at(interface) = carrier;
    if (is_awake()) {
        notice_carrier(interface, context);
    }
}

/// What a kernel does when it sees that a carrier has come or gone; one that slept sees it when it wakes up.
void Machine::notice_carrier(std::uint32_t interface, net::Context& context) {
    bool const carrier = carriers_[interface];
    happened(carrier ? trace::Happening::carrier_found : trace::Happening::carrier_lost, context,
             configuration_.interfaces[interface].name);
    if (!carrier) {
        host::Output& out = lent_output();
        running_->host.forget_neighbours(interface, kernel_time(context), out);
        walk(out, context);
    }
    links_changed(context);
}

std::vector<LinkState> Machine::links() const {
    std::vector<LinkState> states;
    for (std::size_t i = 0; i < carriers_.size(); ++i) {
        host::Interface const& interface = running_->host.configuration().interfaces[i];
        bool const addressed = !interface.address.address.unspecified();
        states.push_back(
            {interface.name, interface.up, carriers_[i], addressed ? std::optional{interface.address} : std::nullopt});
    }
    return states;
}

void Machine::links_changed(net::Context& context) {
    ++running_->link_changes;
    auto const waiting = running_->watching;  // wake() takes out whom it wakes
    for (std::uint32_t const number : waiting) {
        running_->processes.at(number)->wake(context);
    }
}

}  // namespace tcpsim::machine
