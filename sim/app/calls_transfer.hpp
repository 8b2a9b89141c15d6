// The calls that move data: read, recv and write, send with their relatives.
#pragma once

#include "sim/app/calls.hpp"
#include "sim/app/message_flags.hpp"

#include <string>
#include <utility>

namespace tcpsim::app {

/// recv(), recvfrom(), recvmsg(): goes on until as much has come as SO_RCVLOWAT or MSG_WAITALL ask for, the stream
/// ends, or an error; an error after a part is left for the next call.
struct ReceiveCall {
    using Value = socket::Received;
    trace::Call call{trace::Call::recv};
    std::int32_t fd{-1};
    std::uint64_t at_most{0};
    MessageFlags flags{};
    Timeout timeout{};
    socket::Received got{};

    [[nodiscard]] trace::CallMade made() const {
        return {.call = call, .descriptor = fd, .bytes = at_most, .flags = flags.bits};
    }
    [[nodiscard]] machine::WaitFor waits_on() const { return {.descriptors = {fd}, .until = timeout.at()}; }
    [[nodiscard]] bool restarts() const { return timeout.at() == never; }
    std::optional<Result<socket::Received>> attempt(machine::Process& kernel, net::Context& context);
};
trace::CallReturned returned(ReceiveCall const& call, socket::Received const& value);
std::optional<Result<socket::Received>> part_of(ReceiveCall const& call);

/// read(), readv(), and recv() for whoever wants nothing but the data.
struct ReadCall {
    using Value = Payload;
    ReceiveCall inner{};

    [[nodiscard]] trace::CallMade made() const { return inner.made(); }
    [[nodiscard]] machine::WaitFor waits_on() const { return inner.waits_on(); }
    [[nodiscard]] bool restarts() const { return inner.restarts(); }
    std::optional<Result<Payload>> attempt(machine::Process& kernel, net::Context& context);
};
trace::CallReturned returned(ReadCall const& call, Payload const& value);
std::optional<Result<Payload>> part_of(ReadCall const& call);

/// write(), writev(), send(), sendto(), sendmsg(). Done when everything is queued in the kernel. An error
/// after a part was queued gives the part; the next call meets the error (Linux tcp_sendmsg_locked, `do_error`).
struct SendCall {
    using Value = std::uint64_t;
    trace::Call call{trace::Call::write};
    std::int32_t fd{-1};
    Payload data{};
    MessageFlags flags{};
    std::optional<wire::Endpoint> to{};
    Timeout timeout{};
    std::uint64_t queued{0};
    bool connects{false};  ///< with MSG_FASTOPEN, and waits for the handshake's end

    [[nodiscard]] trace::CallMade made() const;
    [[nodiscard]] machine::WaitFor waits_on() const { return {.descriptors = {fd}, .until = timeout.at()}; }
    [[nodiscard]] bool restarts() const { return timeout.at() == never; }
    std::optional<Result<std::uint64_t>> attempt(machine::Process& kernel, net::Context& context);

  private:
    std::optional<Result<std::uint64_t>> attempt_on_file(machine::Process& kernel, net::Context& context);
};
trace::CallReturned returned(SendCall const& call, std::uint64_t value);
std::optional<Result<std::uint64_t>> part_of(SendCall const& call);

}  // namespace tcpsim::app
