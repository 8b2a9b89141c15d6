// The calls that may block, as values: what was asked, how it is tried, and when it is done.
#pragma once

#include "sim/machine/process.hpp"

#include <cstdint>
#include <optional>

namespace tcpsim::app {

/// Each call has: Value, what it gives; made(), what the trace says of it; attempt(), which is made at once and again
/// after every wake-up until it has a result; waits_on(), the descriptor whose change may help.
struct ConnectCall {
    using Value = Done;
    std::int32_t fd{-1};
    wire::Endpoint remote{};
    bool started{false};

    [[nodiscard]] trace::CallMade made() const {
        return {.call = trace::Call::connect, .descriptor = fd, .address = remote};
    }
    [[nodiscard]] std::int32_t waits_on() const { return fd; }
    std::optional<Result<Done>> attempt(machine::Process& kernel, net::Context& context);
};

struct AcceptCall {
    using Value = std::int32_t;
    std::int32_t fd{-1};

    [[nodiscard]] trace::CallMade made() const { return {.call = trace::Call::accept, .descriptor = fd}; }
    [[nodiscard]] std::int32_t waits_on() const { return fd; }
    std::optional<Result<std::int32_t>> attempt(machine::Process& kernel, net::Context& context) const;
};

struct ReadCall {
    using Value = Payload;
    std::int32_t fd{-1};
    std::uint64_t at_most{0};

    [[nodiscard]] trace::CallMade made() const {
        return {.call = trace::Call::read, .descriptor = fd, .bytes = at_most};
    }
    [[nodiscard]] std::int32_t waits_on() const { return fd; }
    std::optional<Result<Payload>> attempt(machine::Process& kernel, net::Context& context) const;
};

/// Done when everything is queued in the kernel. An error after a part was queued gives the part; the next call meets
/// the error (Linux tcp_sendmsg_locked, `do_error`).
struct WriteCall {
    using Value = std::uint64_t;
    std::int32_t fd{-1};
    Payload data{};
    std::uint64_t queued{0};

    [[nodiscard]] trace::CallMade made() const {
        return {.call = trace::Call::write, .descriptor = fd, .bytes = data.size()};
    }
    [[nodiscard]] std::int32_t waits_on() const { return fd; }
    std::optional<Result<std::uint64_t>> attempt(machine::Process& kernel, net::Context& context);
};

/// What a call that gave `value` has returned: bytes, a descriptor, or 0.
trace::CallReturned returned(ReadCall const& call, Payload const& value);
trace::CallReturned returned(WriteCall const& call, std::uint64_t value);
trace::CallReturned returned(AcceptCall const& call, std::int32_t value);
trace::CallReturned returned(ConnectCall const& call, Done value);

}  // namespace tcpsim::app
