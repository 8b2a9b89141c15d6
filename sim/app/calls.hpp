// The calls that may block, as values: what was asked, how it is tried, and when it is done.
//
// Each call has: Value, what it gives; made(), what the trace says of it; attempt(), which is made at once and again
// after every wake-up until it has a result; waits_on(), what may help; restarts(), whether SA_RESTART applies to it
// (signal(7)). What it tells the trace is given by returned(call, value), and what an interrupted one gives instead of
// EINTR, because a part has been done, by part_of(call).
#pragma once

#include "sim/machine/process.hpp"

#include <cstdint>
#include <optional>

namespace tcpsim::app {

/// Nothing but success.
template <class Call>
trace::CallReturned returned(Call const& /*call*/, Done /*value*/) {
    return {};
}
template <class Call>
std::optional<Result<typename Call::Value>> part_of(Call const& /*call*/) {
    return std::nullopt;
}

/// SO_RCVTIMEO or SO_SNDTIMEO of a call that waits, counted from its beginning.
class Timeout {
  public:
    /// At the first attempt.
    void begin(machine::Process const& kernel, std::int32_t fd, machine::Direction direction, Instant now);
    /// By the kernel's clock; so is the next.
    [[nodiscard]] Instant at() const { return at_; }
    [[nodiscard]] bool over(Instant now) const { return now >= at_; }

  private:
    bool begun_{false};
    Instant at_{never};
};

/// SO_SNDTIMEO limits it; then it goes on in the background (EINPROGRESS), as after O_NONBLOCK.
struct ConnectCall {
    using Value = Done;
    std::int32_t fd{-1};
    wire::Endpoint remote{};
    bool started{false};
    Errno under_way{Errno::einprogress};  ///< what it gives when its time is over: EALREADY if another call began it
    Timeout timeout{};

    [[nodiscard]] trace::CallMade made() const {
        return {.call = trace::Call::connect, .descriptor = fd, .address = remote};
    }
    [[nodiscard]] machine::WaitFor waits_on() const { return {.descriptors = {fd}, .until = timeout.at()}; }
    [[nodiscard]] bool restarts() const { return timeout.at() == never; }
    std::optional<Result<Done>> attempt(machine::Process& kernel, net::Context& context);
};

/// accept() and accept4().
struct AcceptCall {
    using Value = std::int32_t;
    std::int32_t fd{-1};
    bool nonblocking{false};  ///< SOCK_NONBLOCK for the new one
    Timeout timeout{};
    wire::Endpoint peer{};

    [[nodiscard]] trace::CallMade made() const;
    /// Several may wait: one connection wakes the one that came first.
    [[nodiscard]] machine::WaitFor waits_on() const {
        return {.descriptors = {fd}, .sharing = machine::Sharing::exclusive, .until = timeout.at()};
    }
    [[nodiscard]] bool restarts() const { return timeout.at() == never; }
    std::optional<Result<std::int32_t>> attempt(machine::Process& kernel, net::Context& context);
};
trace::CallReturned returned(AcceptCall const& call, std::int32_t value);

}  // namespace tcpsim::app
