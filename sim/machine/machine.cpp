// Power, boots and processes. What the kernel says and hears is in doors.cpp.
#include "sim/machine/machine.hpp"

#include <utility>

namespace tcpsim::machine {

namespace {
constexpr std::int32_t sigkill = 9;  // POSIX.1-2017 kill: the number XSI prescribes
}

Machine::Machine(trace::NodeId id, host::Configuration configuration, profile::Profile profile, std::uint64_t seed)
    : id_{id},
      configuration_{std::move(configuration)},
      profile_{std::move(profile)},
      seed_{seed},
      cables_(configuration_.interfaces.size()),
      carriers_(configuration_.interfaces.size(), true) {}

void Machine::plug(std::uint32_t interface, net::Cable cable) {
    check(interface < cables_.size(), "a cable goes into an interface that exists");
    check(cables_[interface].link == nullptr, "an interface takes one cable");
    cables_[interface] = cable;
}

void Machine::install(Unit unit) { units_.push_back(std::move(unit)); }

bool Machine::boot(net::Context& context) {
    if (power_ == Power::running) {
        return false;
    }
    ++boot_;
    power_ = Power::running;
    core::Random random{seed_, "host/" + name() + "/boot/" + std::to_string(boot_) + "/secret"};
    running_ = std::make_unique<Running>(configuration_, profile_, random.key());
    happened(trace::Happening::boot, context);
    for (Unit const& unit : units_) {
        if (boot_ == 1 || unit.restart_at_boot) {
            start(unit, context);
        }
    }
    return true;
}

bool Machine::power_loss(net::Context& context) {
    if (power_ == Power::off) {
        return false;
    }
    stop(Power::off, trace::Happening::power_loss, context);
    return true;
}

bool Machine::crash(net::Context& context) {
    if (power_ != Power::running) {
        return false;
    }
    stop(Power::crashed, trace::Happening::crash, context);
    return true;
}

bool Machine::kill(std::string_view process, net::Context& context) {
    std::vector<std::uint32_t> victims;
    if (running_) {
        for (auto const& [number, candidate] : running_->processes) {
            if (candidate->name() == process) {
                victims.push_back(number);
            }
        }
    }
    for (std::uint32_t const number : victims) {
        bury(number, trace::Happening::process_killed, sigkill, context);
    }
    return !victims.empty();
}

Running& Machine::running() {
    check(running_ != nullptr, "a kernel is asked only while it runs");
    return *running_;
}

Process& Machine::new_process(std::string name, net::Context& context) {
    std::uint32_t const number = ++running().last_process;
    trace::ProcessRef const ref{.machine = id_, .boot = boot_, .process = number};
    auto& slot = running().processes[number];
    slot = std::make_unique<Process>(*this, ref, std::move(name));
    context.trace([&] {
        return trace::Happened{.what = trace::Happening::process_started,
                               .node = id_,
                               .boot = boot_,
                               .process = number,
                               .name = slot->name()};
    });
    return *slot;
}

void Machine::stop(Power power, trace::Happening what, net::Context& context) {
    power_ = power;
    running_.reset();
    happened(what, context);
}

void Machine::start(Unit const& unit, net::Context& context) {
    Process& process = new_process(unit.name, context);
    process.program_ = unit.factory(process);
    process.wake(context);
}

void Machine::resume(Process& process, net::Context& context) {
    if (auto const status = process.program_->resume(context)) {
        bury(process.ref().process, trace::Happening::process_exited, *status, context);
    }
}

void Machine::bury(std::uint32_t number, trace::Happening how, std::int32_t status, net::Context& context) {
    Process& process = *running().processes.at(number);
    context.trace([&] {
        return trace::Happened{
            .what = how, .node = id_, .boot = boot_, .process = number, .status = status, .name = process.name()};
    });
    process.program_.reset();
    if (process.waits_for_) {
        running().waiters.erase({*process.waits_for_, number});
    }
    process.close_all(tcp::Cause{tcp::Why::program_ended}, context);
    running().processes.erase(number);
}

void Machine::happened(trace::Happening what, net::Context& context, std::string name) {
    context.trace([&] { return trace::Happened{.what = what, .node = id_, .boot = boot_, .name = std::move(name)}; });
}

}  // namespace tcpsim::machine
