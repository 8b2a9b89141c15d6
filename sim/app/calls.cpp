#include "sim/app/calls.hpp"

namespace tcpsim::app {

namespace {

/// Nothing where the kernel said that the call would block.
template <class T>
std::optional<Result<T>> unless(Errno would_block, Result<T> result) {
    if (!result.ok() && result.error() == would_block) {
        return std::nullopt;
    }
    return result;
}

}  // namespace

std::optional<Result<Done>> ConnectCall::attempt(machine::Process& kernel, net::Context& context) {
    if (!started) {
        started = true;
        Result<Done> const begun = kernel.connect(fd, remote, context);
        if (begun.error() != Errno::einprogress) {
            return begun;
        }
    }
    // A handshake with oneself is already over.
    return unless(Errno::einprogress, kernel.connect_result(fd, context));
}

std::optional<Result<std::int32_t>> AcceptCall::attempt(machine::Process& kernel, net::Context& context) const {
    return unless(Errno::eagain, kernel.accept(fd, context));
}

std::optional<Result<Payload>> ReadCall::attempt(machine::Process& kernel, net::Context& context) const {
    return unless(Errno::eagain, kernel.read(fd, at_most, context));
}

std::optional<Result<std::uint64_t>> WriteCall::attempt(machine::Process& kernel, net::Context& context) {
    for (;;) {
        if (queued > 0 && kernel.poll(fd).err) {
            return queued;  // without asking, because asking would take the error
        }
        Result<std::uint64_t> const took = queued == 0
                                               ? kernel.write(fd, data, context)
                                               : kernel.write(fd, data.part(queued, data.size() - queued), context);
        if (took.error() == Errno::eagain) {
            return std::nullopt;
        }
        if (!took.ok()) {
            return queued > 0 ? Result<std::uint64_t>{queued} : took;
        }
        queued += took.value();
        if (queued == data.size()) {
            return queued;
        }
    }
}

trace::CallReturned returned(ReadCall const& call, Payload const& value) {
    return {.value = static_cast<std::int64_t>(value.size()), .end_of_stream = value.empty() && call.at_most > 0};
}

trace::CallReturned returned(WriteCall const&, std::uint64_t value) {
    return {.value = static_cast<std::int64_t>(value)};
}

trace::CallReturned returned(AcceptCall const&, std::int32_t value) { return {.value = value}; }

trace::CallReturned returned(ConnectCall const&, Done) { return {}; }

}  // namespace tcpsim::app
