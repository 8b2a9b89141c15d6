#include "sim/app/calls_process.hpp"

#include <utility>

namespace tcpsim::app {

/// The kernel's clock, which may be skewed or frozen, tells when its time has come; a signal wakes it before.
std::optional<Result<Done>> SleepCall::attempt(machine::Process& kernel, net::Context&) {
    bool const first = !std::exchange(started, true);
    return first || !kernel.timed_out() ? std::nullopt : std::optional{Result<Done>{Done{}}};
}

std::optional<Result<machine::Reaped>> WaitpidCall::attempt(machine::Process& kernel, net::Context&) const {
    Result<std::optional<machine::Reaped>> const reaped = kernel.waitpid(process);
    if (!reaped.ok()) {
        return Result<machine::Reaped>{reaped.error()};
    }
    if (reaped.value()) {
        return Result<machine::Reaped>{*reaped.value()};
    }
    return no_hang ? std::optional{Result<machine::Reaped>{machine::Reaped{}}} : std::nullopt;
}

std::optional<Result<Done>> CloseCall::attempt(machine::Process& kernel, net::Context& context) {
    if (!std::exchange(closed, true)) {
        Result<Done> const result = kernel.close(fd, context);
        if (!result.ok()) {
            return result;
        }
        until = kernel.lingers_until().value_or(kernel.clock(context.now));
    }
    if (kernel.lingers_until() && kernel.clock(context.now) < until) {
        return std::nullopt;
    }
    kernel.end_linger(context);
    return Result<Done>{Done{}};
}

trace::CallReturned returned(WaitpidCall const&, machine::Reaped const& value) {
    return {.value = value.process, .told = value.end.wait_status()};
}

}  // namespace tcpsim::app
