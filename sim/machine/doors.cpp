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
        case host::Discarded::no_route:
        case host::Discarded::no_neighbour:
            break;
    }
    return std::nullopt;
}

}  // namespace

void Machine::frame_arrives(std::uint32_t interface, net::FramePtr frame, net::Context& context) {
    if (power_ != Power::running) {
        context.trace([&] {
            auto const reason = power_ == Power::off ? trace::DropReason::no_power : trace::DropReason::kernel_stopped;
            return trace::FrameDropped{.node = id_, .reason = reason, .packet = frame->packet, .frame = &frame->frame};
        });
        return;
    }
    context.trace([&] {
        return trace::FramePassed{.node = id_,
                                  .interface = interface,
                                  .outwards = false,
                                  .packet = frame->packet,
                                  .cause = frame->cause,
                                  .frame = &frame->frame};
    });
    host::Output& out = lent_output();
    running_->host.frame_arrives(interface, frame->frame, context.now, out);
    record_discards(out, *frame, context);
    walk(out, context);
}

bool Machine::is_live(core::Event const& event, core::EventQueue& queue) {
    if (event.kind == core::Kind::program && event.first == init) {
        return event.at == (running_ ? running_->shutdown_goes_on : boots_at_);
    }
    if (!running_ || event.boot != boot_) {
        return false;
    }
    if (event.kind == core::Kind::deadline) {
        return deadline_is_live(event, queue);
    }
    auto const process = running_->processes.find(static_cast<std::uint32_t>(event.first));
    return process != running_->processes.end() && process->second->owns(event);
}

bool Machine::deadline_is_live(core::Event const& event, core::EventQueue& queue) {
    host::ConnectionId const id{.slot = static_cast<std::uint32_t>(event.first),
                                .generation = static_cast<std::uint32_t>(event.second)};
    auto const entry = running_->live_deadlines.find(id);
    if (entry == running_->live_deadlines.end() || entry->second != event.at) {
        return false;  // an earlier deadline has its own entry
    }
    tcp::Connection const* connection = running_->host.find(id);
    Instant const deadline = connection == nullptr ? never : connection->next_deadline();
    if (deadline > event.at) {
        running_->live_deadlines.erase(entry);
        arm(id, deadline, queue);
        return false;
    }
    return true;
}

void Machine::deadline_reached(core::Event const& event, net::Context& context) {
    host::ConnectionId const id{.slot = static_cast<std::uint32_t>(event.first),
                                .generation = static_cast<std::uint32_t>(event.second)};
    running_->live_deadlines.erase(id);
    host::Output& out = lent_output();
    running_->host.timers_expire(id, context.now, out);
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
        check(deadline.at >= context.now, "a deadline is not in the past");
        arm(deadline.connection, deadline.at, context.queue);
    }
    if (!out.readiness.empty() || !out.acceptable.empty()) {
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
    if (cable.link == nullptr) {
        context.trace([&] {
            return trace::FrameDropped{.node = id_,
                                       .reason = trace::DropReason::interface_down,
                                       .packet = frame->packet,
                                       .frame = &frame->frame};
        });
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

void Machine::record_discards(host::Output const& out, net::FlyingFrame const& frame, net::Context& context) {
    for (host::Discarded const discarded : out.discarded) {
        if (auto const reason = reason_at_delivery(discarded)) {
            context.trace([&] {
                return trace::FrameDropped{
                    .node = id_, .reason = *reason, .packet = frame.packet, .frame = &frame.frame};
            });
        }
    }
}

void Machine::arm(host::ConnectionId connection, Instant at, core::EventQueue& queue) {
    if (at == never) {
        return;  // the live entry, if any, finds nothing to do
    }
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
    for (socket::FileId const file : running_->sockets.woken_by(out)) {
        for (std::uint32_t const process : running_->waiters.woken_by(file)) {
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
