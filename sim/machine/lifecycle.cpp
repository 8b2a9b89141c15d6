// The life and death of processes: start, signals, exit, waiting for children, and the orderly end of them all.
#include "sim/machine/machine.hpp"

#include <algorithm>
#include <utility>

namespace tcpsim::machine {

Process& Machine::new_process(std::string name, std::uint32_t parent, net::Context& context) {
    std::uint32_t const number = ++running().last_process;
    trace::ProcessRef const ref{.machine = id_, .boot = boot_, .process = number};
    auto& slot = running().processes[number];
    slot = std::make_unique<Process>(*this, ref, std::move(name), parent);
    context.trace([&] {
        return trace::Happened{.what = trace::Happening::process_started,
                               .node = id_,
                               .boot = boot_,
                               .process = number,
                               .name = slot->name()};
    });
    return *slot;
}

bool ended_well(End const& end) {
    if (!end.signal) {
        return end.status == 0;
    }
    return *end.signal == Signal::sighup || *end.signal == Signal::sigint || *end.signal == Signal::sigterm ||
           *end.signal == Signal::sigpipe;
}

/// At this boot.
bool Machine::starts(std::size_t unit) const {
    switch (units_[unit].restart) {
        case Restart::always:
            return true;
        case Restart::on_failure:
            return !units_ended_well_[unit];
        case Restart::never:
            return boot_ == 1;
    }
    return false;
}

void Machine::start(std::size_t unit, net::Context& context) {
    Process& process = new_process(units_[unit].name, init, context);
    running_->unit_of.emplace(process.ref().process, unit);
    units_ended_well_[unit] = false;
    process.terminal_ = std::make_shared<Terminal>(units_[unit].typed, context.now);
    process.program_ = units_[unit].factory(process);
    process.wake(context);
}

void Machine::resume(Process& process, net::Context& context) {
    if (process.stopped_) {
        process.turn_missed_ = true;
        return;
    }
    std::uint32_t const number = process.ref().process;
    running_->executing = number;
    std::optional<std::int32_t> const status = process.program_->resume(context);
    running_->executing = init;
    if (process.doomed_) {
        bury(number, {.signal = process.doomed_}, context);
    } else if (status) {
        bury(number, {.status = *status}, context);
    }
}

/// None while the machine sleeps: who is frozen neither acts nor hears a signal.
std::vector<std::uint32_t> Machine::named(std::string_view process) const {
    std::vector<std::uint32_t> found;
    if (running_ && !running_->asleep) {
        for (auto const& [number, candidate] : running_->processes) {
            if (candidate->name() == process) {
                found.push_back(number);
            }
        }
    }
    return found;
}

bool Machine::exit(std::string_view process, std::int32_t status, net::Context& context) {
    std::vector<std::uint32_t> const leaving = named(process);
    for (std::uint32_t const number : leaving) {
        bury(number, {.status = status}, context);
    }
    return !leaving.empty();
}

bool Machine::kill(std::string_view process, Signal signal, net::Context& context) {
    std::vector<std::uint32_t> const victims = named(process);
    for (std::uint32_t const number : victims) {
        raise(*running_->processes.at(number), signal, context);
    }
    return !victims.empty();
}

void Machine::raise(Process& process, Signal signal, net::Context& context) {
    bool const executing = running().executing == process.ref().process;
    SignalEffect const effect = process.signals_.effect(signal);
    if (signal == Signal::sigcont && process.stopped_) {
        if (effect == SignalEffect::handler) {
            process.held_.insert(process.held_.begin(), signal);
        }
        go_on(process, context);
        return;
    }
    if (process.stopped_ && signal != Signal::sigkill) {  // POSIX.1-2017 §2.4.3: it waits for SIGCONT
        if (effect == SignalEffect::handler || effect == SignalEffect::death) {
            process.held_.push_back(signal);
        }
        return;
    }
    switch (effect) {
        case SignalEffect::nothing:
            break;
        case SignalEffect::stop:
            process.stopped_ = true;
            happened_to(process, trace::Happening::process_stopped, context);
            break;
        case SignalEffect::handler:
            process.signals_.post(signal);
            if (!executing) {
                process.wake(context);
            }
            break;
        case SignalEffect::death:
            if (executing) {
                process.doomed_ = signal;  // its program must not be destroyed under its own feet
            } else {
                bury(process.ref().process, {.signal = signal}, context);
            }
            break;
    }
}

/// A process that was stopped runs again; then comes what it would have heard of meanwhile.
void Machine::go_on(Process& process, net::Context& context) {
    if (!std::exchange(process.stopped_, false)) {
        return;
    }
    happened_to(process, trace::Happening::process_continued, context);
    if (std::exchange(process.turn_missed_, false)) {
        process.wake(context);
    }
    std::uint32_t const number = process.ref().process;
    for (Signal const held : std::exchange(process.held_, {})) {
        if (auto const found = running().processes.find(number); found != running().processes.end()) {
            raise(*found->second, held, context);
        }
    }
}

void Machine::happened_to(Process const& process, trace::Happening what, net::Context& context) {
    context.trace([&] {
        return trace::Happened{
            .what = what, .node = id_, .boot = boot_, .process = process.ref().process, .name = process.name()};
    });
}

Result<Done> Machine::signal_process(std::int32_t process, std::optional<Signal> signal, net::Context& context) {
    auto const number = static_cast<std::uint32_t>(process);
    auto const found = running().processes.find(number);
    if (process <= 0 || found == running().processes.end()) {
        bool const zombie = process > 0 && running().zombies.contains(number);  // exists, and hears nothing any more
        return zombie ? Result<Done>{Done{}} : Errno::esrch;
    }
    if (signal) {
        raise(*found->second, *signal, context);
    }
    return Done{};
}

void Machine::bury(std::uint32_t number, End end, net::Context& context) {
    Process& process = *running().processes.at(number);
    std::uint32_t const parent = process.parent_;
    context.trace([&] {
        return trace::Happened{.what = end.signal ? trace::Happening::process_killed : trace::Happening::process_exited,
                               .node = id_,
                               .boot = boot_,
                               .process = number,
                               .status = end.signal ? static_cast<std::int32_t>(*end.signal) : end.status,
                               .name = process.name()};
    });
    process.program_.reset();
    process.stop_waiting();
    process.end_linger(context);
    process.close_all(tcp::Cause{tcp::Why::program_ended}, context);
    for (auto const& [other, orphan] : running().processes) {
        orphan->parent_ = orphan->parent_ == number ? init : orphan->parent_;
    }
    std::erase_if(running().zombies, [=](auto const& zombie) { return zombie.second.parent == number; });
    running().processes.erase(number);
    if (auto const unit = running().unit_of.find(number); unit != running().unit_of.end()) {
        units_ended_well_[unit->second] = ended_well(end);
    }
    tell_parent(number, parent, end, context);
    if (running().shutdown && running().processes.empty()) {
        schedule_init(context.now, context);
    }
}

void Machine::tell_parent(std::uint32_t process, std::uint32_t parent, End end, net::Context& context) {
    auto const found = running().processes.find(parent);
    if (found == running().processes.end()) {
        return;  // init waits for everybody
    }
    Process& waiting = *found->second;
    // POSIX.1-2017 §2.4.3, SIGCHLD: who ignores it on purpose gets no zombies.
    if (waiting.action(Signal::sigchld).what != OnSignal::ignore) {
        running().zombies.emplace(process, Zombie{parent, end});
    }
    if (waiting.waits_for_child_) {
        waiting.wake(context);
    }
    raise(waiting, Signal::sigchld, context);
}

Result<std::optional<Reaped>> Machine::reap(std::uint32_t parent, std::int32_t process) {
    auto const meant = [=](std::uint32_t number, std::uint32_t its_parent) {
        return its_parent == parent && (process == -1 || std::cmp_equal(number, process));
    };
    auto& zombies = running().zombies;
    auto const ended =
        std::find_if(zombies.begin(), zombies.end(), [&](auto const& z) { return meant(z.first, z.second.parent); });
    if (ended != zombies.end()) {
        Reaped const reaped{static_cast<std::int32_t>(ended->first), ended->second.end};
        zombies.erase(ended);
        return std::optional{reaped};
    }
    auto const& processes = running().processes;
    bool const runs = std::any_of(processes.begin(), processes.end(),
                                  [&](auto const& p) { return meant(p.first, p.second->parent()); });
    return runs ? Result<std::optional<Reaped>>{std::nullopt} : Errno::echild;
}

bool Machine::shutdown(ShutdownPlan const& plan, net::Context& context) {
    if (power_ != Power::running || running().asleep || running().shutdown) {
        return false;
    }
    happened(trace::Happening::shutdown_begun, context);
    running().shutdown = plan;
    signal_all(Signal::sigterm, context);
    schedule_init(running().processes.empty() ? context.now : context.now + plan.grace, context);
    return true;
}

void Machine::signal_all(Signal signal, net::Context& context) {
    std::vector<std::uint32_t> numbers;
    for (auto const& [number, process] : running().processes) {
        numbers.push_back(number);
    }
    for (std::uint32_t const number : numbers) {
        raise(*running().processes.at(number), signal, context);
    }
}

void Machine::shutdown_goes_on(net::Context& context) {
    if (!running_) {
        boot(context);
        return;
    }
    signal_all(Signal::sigkill, context);  // the grace is over; nobody is left to hear it if all have ended
    ShutdownPlan const plan = *running_->shutdown;
    stop(Power::off, trace::Happening::powered_off, context);
    if (plan.boots_after) {
        schedule_init(context.now + *plan.boots_after, context);
    }
}

void Machine::schedule_init(Instant at, net::Context& context) {
    (running_ ? running_->shutdown_goes_on : boots_at_) = at;
    context.queue.push({.at = at,
                        .kind = core::Kind::program,
                        .owner = static_cast<std::uint32_t>(id_),
                        .boot = boot_,
                        .first = init});
}

}  // namespace tcpsim::machine
