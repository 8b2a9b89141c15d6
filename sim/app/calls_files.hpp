// The calls that move data between files without a program's buffers: splice(2), sendfile(2).
#pragma once

#include "sim/app/calls_transfer.hpp"

#include <optional>

namespace tcpsim::app {

/// One end at least is a pipe. Waits for the first byte and for room, then gives what it could move. SPLICE_F_NONBLOCK is about
/// the pipe alone: whether a socket waits is its O_NONBLOCK's business (Linux tcp_splice_read, splice_to_socket).
struct SpliceCall {
    using Value = std::uint64_t;
    std::int32_t from{-1};
    std::int32_t to{-1};
    std::uint64_t at_most{0};
    std::uint32_t flags{0};
    std::int32_t waits_for{-1};
    std::uint64_t moved{0};
    Timeout timeout{};
    std::optional<SendCall> sending{};

    [[nodiscard]] trace::CallMade made() const {
        return {.call = trace::Call::splice, .descriptor = from, .bytes = at_most, .flags = flags, .other = to};
    }
    [[nodiscard]] machine::WaitFor waits_on() const {
        bool const times_out = waits_for == from || !sending;
        return {.descriptors = {waits_for}, .until = times_out ? timeout.at() : sending->timeout.at()};
    }
    [[nodiscard]] static bool restarts() { return true; }
    std::optional<Result<std::uint64_t>> attempt(machine::Process& kernel, net::Context& context);

  private:
    [[nodiscard]] Errno refusal(machine::Process const& kernel) const;
    std::optional<Result<std::uint64_t>> into_pipe(machine::Process& kernel, net::Context& context);
    std::optional<Result<std::uint64_t>> out_of_pipe(machine::Process& kernel, net::Context& context);
    std::optional<Result<std::uint64_t>> into_socket(machine::Process& kernel, net::Context& context);
    void consume_queued(machine::Process& kernel, net::Context& context);
};
trace::CallReturned returned(SpliceCall const& call, std::uint64_t value);
std::optional<Result<std::uint64_t>> part_of(SpliceCall const& call);

/// From a regular file to a socket, a pipe or another file, in pieces of a pipe's size, as Linux does. With an offset the
/// file's own stays as it is.
struct SendfileCall {
    using Value = std::uint64_t;
    std::int32_t out{-1};
    std::int32_t in{-1};
    std::optional<std::uint64_t> offset{};
    std::uint64_t count{0};
    std::uint64_t moved{0};
    std::optional<SendCall> sending{};

    [[nodiscard]] trace::CallMade made() const {
        trace::CallMade call{.call = trace::Call::sendfile, .descriptor = out, .bytes = count, .other = in};
        call.argument = offset ? static_cast<std::int64_t>(*offset) : -1;
        return call;
    }
    [[nodiscard]] machine::WaitFor waits_on() const {
        return {.descriptors = {out}, .until = sending ? sending->timeout.at() : never};
    }
    [[nodiscard]] static bool restarts() { return true; }
    std::optional<Result<std::uint64_t>> attempt(machine::Process& kernel, net::Context& context);

  private:
    [[nodiscard]] Errno refusal(machine::Process const& kernel) const;
    std::optional<Result<std::uint64_t>> send_piece(machine::Process& kernel, Payload piece, bool more,
                                                    net::Context& context);
};
trace::CallReturned returned(SendfileCall const& call, std::uint64_t value);
std::optional<Result<std::uint64_t>> part_of(SendfileCall const& call);

}  // namespace tcpsim::app
