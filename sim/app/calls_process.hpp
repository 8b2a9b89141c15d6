// The calls that wait for time, signals and children.
#pragma once

#include "sim/app/calls.hpp"
#include "sim/app/numbers.hpp"

namespace tcpsim::app {

/// POSIX.1-2017 nanosleep(): never made again after a signal.
struct SleepCall {
    using Value = Done;
    Instant until{};
    Duration asked{0};
    bool started{false};

    [[nodiscard]] trace::CallMade made() const { return {.call = trace::Call::sleep, .argument = asked.count()}; }
    [[nodiscard]] machine::WaitFor waits_on() const { return {.until = until}; }
    [[nodiscard]] static bool restarts() { return false; }
    std::optional<Result<Done>> attempt(machine::Process& kernel, net::Context& context);
};

struct PauseCall {
    using Value = Done;

    [[nodiscard]] static trace::CallMade made() { return {.call = trace::Call::pause}; }
    [[nodiscard]] static machine::WaitFor waits_on() { return {}; }
    [[nodiscard]] static bool restarts() { return false; }
    static std::optional<Result<Done>> attempt(machine::Process& /*kernel*/, net::Context& /*context*/) { return {}; }
};

struct WaitpidCall {
    using Value = machine::Reaped;
    std::int32_t process{-1};
    bool no_hang{false};  ///< WNOHANG

    [[nodiscard]] trace::CallMade made() const {
        return {.call = trace::Call::waitpid, .flags = no_hang ? wnohang : 0, .other = process};
    }
    [[nodiscard]] static machine::WaitFor waits_on() { return {.child = true}; }
    [[nodiscard]] static bool restarts() { return true; }
    std::optional<Result<machine::Reaped>> attempt(machine::Process& kernel, net::Context& context) const;
};
trace::CallReturned returned(WaitpidCall const& call, machine::Reaped const& value);

/// The last descriptor of a connection with SO_LINGER and a time waits until all is acknowledged, the time is over, or
/// a signal comes; it succeeds all the same (Linux sk_stream_wait_close).
struct CloseCall {
    using Value = Done;
    std::int32_t fd{-1};
    bool closed{false};
    Instant until{never};

    [[nodiscard]] trace::CallMade made() const { return {.call = trace::Call::close, .descriptor = fd}; }
    [[nodiscard]] machine::WaitFor waits_on() const { return {.lingering = true, .until = until}; }
    [[nodiscard]] static bool restarts() { return false; }
    std::optional<Result<Done>> attempt(machine::Process& kernel, net::Context& context);
};
inline std::optional<Result<Done>> part_of(CloseCall const& /*call*/) { return Result<Done>{Done{}}; }

}  // namespace tcpsim::app
