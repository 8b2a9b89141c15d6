// The calls that wait for one of several descriptors: poll and select. Everybody who waits so is woken by every change;
// who finds nothing waits again.
#pragma once

#include "sim/app/calls.hpp"

#include <vector>

namespace tcpsim::app {

/// struct pollfd.
struct PollFd {
    std::int32_t fd{-1};  ///< negative: left out
    socket::Readiness events{};
    socket::Readiness revents{};
    bool invalid{false};  ///< POLLNVAL
    [[nodiscard]] bool ready() const { return invalid || revents.any(); }
};

/// The bits of <poll.h>.
std::uint32_t poll_bits(socket::Readiness ready);
socket::Readiness readiness_of(std::uint32_t poll_bits);

struct PollCall {
    using Value = std::vector<PollFd>;
    std::vector<PollFd> fds{};
    Instant until{never};
    Duration timeout{-1};  ///< negative: for ever

    [[nodiscard]] trace::CallMade made() const;
    [[nodiscard]] machine::WaitFor waits_on() const;
    [[nodiscard]] static bool restarts() { return false; }
    std::optional<Result<std::vector<PollFd>>> attempt(machine::Process& kernel, net::Context& context);
};
trace::CallReturned returned(PollCall const& call, std::vector<PollFd> const& value);

/// The sets of select(): what it is asked for, and what it found.
struct SelectSets {
    std::vector<std::int32_t> read{};
    std::vector<std::int32_t> write{};
    std::vector<std::int32_t> except{};
    bool operator==(SelectSets const&) const = default;
};

struct SelectCall {
    using Value = SelectSets;
    SelectSets sets{};
    Instant until{never};
    Duration timeout{-1};  ///< negative: for ever

    [[nodiscard]] trace::CallMade made() const;
    [[nodiscard]] machine::WaitFor waits_on() const;
    [[nodiscard]] static bool restarts() { return false; }
    std::optional<Result<SelectSets>> attempt(machine::Process& kernel, net::Context& context);
};
trace::CallReturned returned(SelectCall const& call, SelectSets const& value);

}  // namespace tcpsim::app
