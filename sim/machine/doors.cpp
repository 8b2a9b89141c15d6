// What a machine's kernel hears from the world, and what becomes of what it says.
#include "sim/machine/machine.hpp"

#include <optional>
#include <utility>

namespace tcpsim::machine {

namespace {

/// Why the frame that was being delivered went nowhere. Empty for packets of our own that found no way out.
std::optional<trace::DropReason> reason_at_delivery(host::Discarded discarded) {
    switch (discarded) {
        case host::Discarded::not_for_us:
            return trace::DropReason::not_for_us;
        case host::Discarded::invalid_source:
            return trace::DropReason::invalid_source;
        case host::Discarded::no_listener:
            return trace::DropReason::no_listener;
        case host::Discarded::accept_queue_full:
            return trace::DropReason::accept_queue_full;
        case host::Discarded::syn_queue_full:
            return trace::DropReason::syn_queue_full;
        case host::Discarded::receive_buffer_full:
            return trace::DropReason::receive_buffer_full;
        case host::Discarded::unknown_protocol:
            return trace::DropReason::unknown_protocol;
        case host::Discarded::bad_signature:
            return trace::DropReason::bad_signature;
        case host::Discarded::checksum:
            return trace::DropReason::checksum;
        case host::Discarded::no_route:
        case host::Discarded::no_neighbour:
            break;
    }
    return std::nullopt;
}

}  // namespace

void Machine::frame_arrives(std::uint32_t interface, net::FramePtr frame, net::Context& context) {
    if (power_ != Power::running) {
        lose(power_ == Power::off ? trace::DropReason::no_power : trace::DropReason::kernel_stopped, *frame, context);
    } else if (running_->asleep) {
        doze(interface, std::move(frame), context);
    } else if (!carriers_[interface]) {
        lose(trace::DropReason::no_carrier, *frame, context);
    } else if (!running_->host.configuration().interfaces[interface].up) {
        lose(trace::DropReason::interface_down, *frame, context);
    } else {
        receive(interface, std::move(frame), context);
    }
}

void Machine::receive(std::uint32_t interface, net::FramePtr frame, net::Context& context) {
    context.trace([&] {
        return trace::FramePassed{.node = id_,
                                  .interface = interface,
                                  .outwards = false,
                                  .packet = frame->packet,
                                  .cause = frame->cause,
                                  .frame = &frame->frame};
    });
    if (running_->drops_input) {
        lose(trace::DropReason::rule, *frame, context);
        return;
    }
    host::Output& out = lent_output();
    running_->host.frame_arrives(interface, frame->frame, kernel_time(context), out);
    record_discards(out, *frame, context);
    walk(out, context);
}

bool Machine::is_live(core::Event const& event, core::EventQueue& queue) {
    if (event.kind == core::Kind::program && event.first == init) {
        if (running_ && running_->asleep) {
            return false;  // resume() makes it anew
        }
        return event.at == (running_ ? running_->shutdown_goes_on : boots_at_);
    }
    if (!running_ || event.boot != boot_) {
        return false;
    }
    if (running_->asleep) {
        running_->asleep->events.push_back(event);
        return false;
    }
    return event.kind == core::Kind::deadline ? deadline_is_live(event, queue) : process_is_live(event, queue);
}

bool Machine::process_is_live(core::Event const& event, core::EventQueue& queue) {
    auto const process = running_->processes.find(static_cast<std::uint32_t>(event.first));
    if (process == running_->processes.end() || !process->second->owns(event)) {
        return false;
    }
    Instant const due = process->second->due(event);
    if (due <= event.at) {
        return true;
    }
    core::Event later = event;  // its clock stood still meanwhile
    later.at = due;
    queue.push(later);
    return false;
}

bool Machine::deadline_is_live(core::Event const& event, core::EventQueue& queue) {
    host::ConnectionId const id{.slot = static_cast<std::uint32_t>(event.first),
                                .generation = static_cast<std::uint32_t>(event.second)};
    auto const entry = running_->live_deadlines.find(id);
    if (entry == running_->live_deadlines.end() || entry->second != event.at) {
        return false;  // an earlier deadline has its own entry
    }
    Instant const deadline = running_->host.next_deadline(id);
    if (running_->clock.world(deadline) > event.at) {
        running_->live_deadlines.erase(entry);
        arm(id, deadline, queue);
        return false;
    }
    return true;
}

void Machine::deadline_reached(core::Event const& event, net::Context& context) {
    expire({.slot = static_cast<std::uint32_t>(event.first), .generation = static_cast<std::uint32_t>(event.second)},
           context);
}

void Machine::expire(host::ConnectionId id, net::Context& context) {
    running_->live_deadlines.erase(id);
    host::Output& out = lent_output();
    running_->host.timers_expire(id, kernel_time(context), out);
    walk(out, context);
}

void Machine::program_resumes(core::Event const& event, net::Context& context) {
    if (event.first == init) {
        shutdown_goes_on(context);
    } else {
        running_->processes.at(static_cast<std::uint32_t>(event.first))->reached(event, context);
    }
}

host::Output& Machine::lent_output() {
    output_.clear();
    return output_;
}

void Machine::walk(host::Output& out, net::Context& context) {
    for (host::ConnectionNote& note : out.notes) {
        context.trace([&] {
            return trace::TcpNote{.machine = id_, .boot = boot_, .tuple = note.tuple, .what = std::move(note.what)};
        });
    }
    for (host::Outgoing& outgoing : out.frames) {
        transmit(outgoing, context);
    }
    for (host::DeadlineChanged const& deadline : out.deadlines) {
        check(deadline.at >= kernel_time(context), "a deadline is not in the past");
        arm(deadline.connection, deadline.at, context.queue);
    }
    bool const says_something = !out.readiness.empty() || !out.acceptable.empty() || !out.datagrams.empty();
    if (says_something || running_->sockets.changed()) {
        wake_waiters(out, context);
    }
    if (!running_->lingering.empty()) {
        wake_lingering(context);
    }
}

void Machine::transmit(host::Outgoing& outgoing, net::Context& context) {
    net::FramePtr frame = context.frames.take();
    frame->frame = std::move(outgoing.frame);
    frame->packet = {.origin = id_, .number = ++packets_};
    frame->cause = outgoing.cause;
    net::Cable const cable = cables_.at(outgoing.interface);
    if (cable.link == nullptr || !carriers_[outgoing.interface]) {
        // Recorded (own_carrier_lost_for_good): not even a capture at the interface sees it.
        lose(cable.link == nullptr ? trace::DropReason::interface_down : trace::DropReason::no_carrier, *frame,
             context);
        return;
    }
    context.trace([&] {
        return trace::FramePassed{.node = id_,
                                  .interface = outgoing.interface,
                                  .outwards = true,
                                  .packet = frame->packet,
                                  .cause = frame->cause,
                                  .frame = &frame->frame};
    });
    cable.link->send(cable.end, std::move(frame), context);
}

void Machine::lose(trace::DropReason reason, net::FlyingFrame const& frame, net::Context& context) const {
    context.trace([&] {
        return trace::FrameDropped{.node = id_, .reason = reason, .packet = frame.packet, .frame = &frame.frame};
    });
}

void Machine::record_discards(host::Output const& out, net::FlyingFrame const& frame, net::Context& context) {
    for (host::Discarded const discarded : out.discarded) {
        if (auto const reason = reason_at_delivery(discarded)) {
            lose(*reason, frame, context);
        }
    }
}

void Machine::arm(host::ConnectionId connection, Instant kernel_at, core::EventQueue& queue) {
    if (kernel_at == never) {
        return;  // the live entry, if any, finds nothing to do
    }
    Instant const at = running_->clock.world(kernel_at);
    auto const [entry, is_new] = running_->live_deadlines.try_emplace(connection, at);
    if (!is_new && entry->second <= at) {
        return;  // the live entry re-arms when it fires
    }
    entry->second = at;
    queue.push({.at = at,
                .kind = core::Kind::deadline,
                .owner = static_cast<std::uint32_t>(id_),
                .boot = boot_,
                .first = connection.slot,
                .second = connection.generation});
}

void Machine::wake_waiters(host::Output const& out, net::Context& context) {
    auto const awaited = [&](socket::FileId file) { return running_->waiters.anybody(file); };
    wake(running_->sockets.wakeups(out, awaited), context);
}

void Machine::wake(std::vector<socket::Wakeup> const& wakeups, net::Context& context) {
    for (socket::Wakeup const& wakeup : wakeups) {
        for (std::uint32_t const process : running_->waiters.woken_by(wakeup.file, wakeup.all)) {
            running_->processes.at(process)->wake(context);
        }
    }
}

void Machine::wake_lingering(net::Context& context) {
    auto const waiting = running_->lingering;  // wake() takes out whom it wakes
    for (std::uint32_t const number : waiting) {
        Process& process = *running_->processes.at(number);
        if (!process.lingers_until()) {
            process.wake(context);
        }
    }
}

}  // namespace tcpsim::machine
