// Power and boots. What the kernel says and hears is in doors.cpp, the life of processes in lifecycle.cpp.
#include "sim/machine/machine.hpp"

#include <utility>

namespace tcpsim::machine {

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

void Machine::install(Unit unit) {
    units_.push_back(std::move(unit));
    units_ended_well_.push_back(false);
}

bool Machine::boot(net::Context& context) {
    if (power_ == Power::running) {
        return false;
    }
    ++boot_;
    boots_at_ = never;
    power_ = Power::running;
    core::Random random{seed_, "host/" + name() + "/boot/" + std::to_string(boot_) + "/secret"};
    running_ = std::make_unique<Running>(configuration_, profile_, random.key());
    happened(trace::Happening::boot, context);
    for (std::size_t unit = 0; unit < units_.size(); ++unit) {
        if (starts(unit)) {
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

Running& Machine::running() {
    check(running_ != nullptr, "a kernel is asked only while it runs");
    return *running_;
}

void Machine::stop(Power power, trace::Happening what, net::Context& context) {
    power_ = power;
    running_.reset();
    happened(what, context);
}

void Machine::happened(trace::Happening what, net::Context& context, std::string name) {
    context.trace([&] { return trace::Happened{.what = what, .node = id_, .boot = boot_, .name = std::move(name)}; });
}

}  // namespace tcpsim::machine
