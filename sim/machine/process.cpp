// A process without its sockets: descriptors, children, signals, waiting.
#include "sim/machine/process.hpp"

#include "sim/machine/machine.hpp"

#include <algorithm>
#include <utility>

namespace tcpsim::machine {

namespace {

/// Distinguishes an alarm's entry of the queue from wake-ups.
constexpr std::uint64_t alarm_entry = ~std::uint64_t{0};

}  // namespace

Process::Process(Machine& machine, trace::ProcessRef ref, std::string name, std::uint32_t parent)
    : machine_{&machine},
      ref_{ref},
      name_{std::move(name)},
      parent_{parent},
      link_changes_told_{machine.running().link_changes} {}

std::optional<std::vector<LinkState>> Process::changed_links() {
    std::uint64_t const changes = machine_->running().link_changes;
    return std::exchange(link_changes_told_, changes) == changes ? std::nullopt : std::optional{machine_->links()};
}

void Process::release(socket::FileId file, tcp::Cause cause, net::Context& context) {
    host::Output& out = machine_->lent_output();
    machine_->running().sockets.release(file, cause, machine_->kernel_time(context), out);
    machine_->walk(out, context);
    machine_->descriptor_closed(file, context);
}

Result<std::int32_t> Process::dup(std::int32_t fd, std::int32_t least) {
    auto const file = descriptors_.file(fd);
    if (!file) {
        return Errno::ebadf;
    }
    if (least < 0 || least >= most_descriptors) {
        return Errno::einval;
    }
    if (!descriptors_.has_room(least)) {
        return Errno::emfile;
    }
    machine_->running().sockets.retain(*file);
    return descriptors_.install(*file, least);
}

Result<std::int32_t> Process::dup2(std::int32_t fd, std::int32_t wanted, net::Context& context) {
    auto const file = descriptors_.file(fd);
    if (!file || wanted < 0 || wanted >= most_descriptors) {
        return Errno::ebadf;
    }
    if (fd != wanted) {
        machine_->running().sockets.retain(*file);
        if (auto const old = descriptors_.take(wanted)) {
            release(*old, tcp::Cause{tcp::Why::closed}, context);
        }
        descriptors_.put(wanted, *file);
    }
    return wanted;
}

void Process::close_all(tcp::Cause cause, net::Context& context) {
    for (std::int32_t fd = 0; fd < descriptors_.end(); ++fd) {
        if (auto const file = descriptors_.take(fd)) {
            release(*file, cause, context);
        }
    }
}

std::uint32_t Process::fork(ProgramFactory const& factory, net::Context& context) {
    Process& child = machine_->new_process(name_, ref_.process, context);
    child.descriptors_ = descriptors_;
    child.terminal_ = terminal_;
    child.signals_ = signals_.of_child();
    for (std::int32_t fd = 0; fd < descriptors_.end(); ++fd) {
        if (auto const file = descriptors_.file(fd)) {
            machine_->running().sockets.retain(*file);
        }
    }
    child.program_ = factory(child);
    child.wake(context);
    return child.ref_.process;
}

Result<std::optional<Reaped>> Process::waitpid(std::int32_t process) { return machine_->reap(ref_.process, process); }

Result<Done> Process::kill(std::int32_t process, std::optional<Signal> signal, net::Context& context) {
    return machine_->signal_process(process, signal, context);
}

Result<Done> Process::sigaction(Signal signal, SignalAction action) {
    return signals_.set_action(signal, action) ? Result<Done>{Done{}} : Errno::einval;
}

Instant Process::alarm(Instant at, net::Context& context) {
    if (at != never) {
        context.queue.push({.at = at,
                            .kind = core::Kind::program,
                            .owner = static_cast<std::uint32_t>(ref_.machine),
                            .boot = ref_.boot,
                            .first = ref_.process,
                            .second = alarm_entry});
    }
    return std::exchange(alarm_at_, at);
}

Instant Process::alarm_after(Duration time, net::Context& context) {
    return alarm(machine_->running().clock.world(clock(context.now) + time), context);
}

Instant Process::clock(Instant world) const { return machine_->running().clock.kernel(world); }

void Process::raise(Signal signal, net::Context& context) { machine_->raise(*this, signal, context); }

void Process::begin_handling(Signal signal, net::Context& context) {
    end_linger(context);  // a close() that waited does so no longer
    signals_.begin_handling(signal);
    context.trace([&] {
        return trace::Happened{.what = trace::Happening::signal_handled,
                               .node = ref_.machine,
                               .boot = ref_.boot,
                               .process = ref_.process,
                               .status = static_cast<std::int32_t>(signal),
                               .name = name_};
    });
}

Terminal* Process::terminal(std::int32_t fd) const {
    constexpr std::int32_t standard_error = 2;
    return fd >= 0 && fd <= standard_error && !descriptors_.file(fd) ? terminal_.get() : nullptr;
}

void Process::wait_for(WaitFor const& what, net::Context& context) {
    check(!waits_, "a process waits once at a time");
    waits_ = true;
    timed_out_ = false;
    waits_for_child_ = what.child;
    if (what.lingering) {
        machine_->running().lingering.insert(ref_.process);
    }
    if (what.links) {
        machine_->running().watching.insert(ref_.process);
    }
    Instant until = machine_->running().clock.world(what.until);
    for (std::int32_t const fd : what.descriptors) {
        auto const file = descriptors_.file(fd);
        if (Terminal const* const typed = terminal(fd)) {
            until = std::min(until, typed->next());
            continue;
        }
        check(file.has_value(), "a process waits for a file that is open");
        waits_for_.push_back(*file);
        machine_->running().waiters.add(*file, ref_.process, what.sharing);
    }
    if (until != never) {
        schedule_resumption(std::max(until, context.now), context);
    }
}

void Process::stop_waiting() {
    for (socket::FileId const file : waits_for_) {
        machine_->running().waiters.remove(file, ref_.process);
    }
    waits_for_.clear();
    waits_for_child_ = false;
    machine_->running().watching.erase(ref_.process);
    if (lingering_) {
        machine_->running().lingering.erase(ref_.process);
    }
    waits_ = false;
    ++wakeups_;  // the entry of its deadline is stale now
}

void Process::wake(net::Context& context) {
    stop_waiting();
    woken_by_ = context.because;
    schedule_resumption(context.now, context);
}

bool Process::owns(core::Event const& event) const {
    return event.second == alarm_entry ? alarm_at_ != never : wakeups_ == event.second;
}

Instant Process::due(core::Event const& event) const { return event.second == alarm_entry ? alarm_at_ : due_; }

void Process::reached(core::Event const& event, net::Context& context) {
    if (event.second == alarm_entry) {
        alarm_at_ = never;
        raise(Signal::sigalrm, context);
        return;
    }
    if (waits_) {  // its own time has come
        stop_waiting();
        timed_out_ = true;
        woken_by_ = {.kind = trace::Because::Kind::program, .process = ref_};
    }
    machine_->resume(*this, context);
}

void Process::clock_changed(Clock const& before, Clock const& after, net::Context& context) {
    auto const moved = [&](Instant due) { return std::max(after.world(before.kernel(due)), context.now); };
    if (waits_ && due_ > context.now) {
        Instant const due = moved(due_);
        if (due < due_) {  // a later one is found when the entry comes
            schedule_resumption(due, context);
        }
        due_ = due;
    }
    if (alarm_at_ != never && alarm_at_ > context.now) {
        Instant const due = moved(alarm_at_);
        bool const earlier = due < alarm_at_;
        alarm_at_ = due;
        if (earlier) {
            (void)alarm(due, context);
        }
    }
}

void Process::schedule_resumption(Instant at, net::Context& context) {
    due_ = at;
    context.queue.push({.at = at,
                        .kind = core::Kind::program,
                        .owner = static_cast<std::uint32_t>(ref_.machine),
                        .boot = ref_.boot,
                        .first = ref_.process,
                        .second = ++wakeups_});
}

}  // namespace tcpsim::machine
