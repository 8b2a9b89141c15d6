#include "sim/app/calls.hpp"

#include "sim/app/numbers.hpp"

#include <utility>

namespace tcpsim::app {

void Timeout::begin(machine::Process const& kernel, std::int32_t fd, machine::Direction direction, Instant now) {
    if (std::exchange(begun_, true)) {
        return;
    }
    std::optional<Duration> const most = kernel.timeout(fd, direction);
    at_ = most ? kernel.clock(now) + *most : never;
}

std::optional<Result<Done>> ConnectCall::attempt(machine::Process& kernel, net::Context& context) {
    timeout.begin(kernel, fd, machine::Direction::send, context.now);
    bool const may_wait = !kernel.nonblocking(fd);
    if (!started) {
        started = true;
        Result<Done> const begun = kernel.connect(fd, remote, context);
        bool const begins_or_goes_on = begun.error() == Errno::einprogress || begun.error() == Errno::ealready;
        if (!begins_or_goes_on || !may_wait) {
            return begun;
        }
        under_way = begun.error();
    }
    // A handshake with oneself is already over.
    Result<Done> const result = kernel.connect_result(fd, context);
    if (result.error() != Errno::einprogress) {
        return result;
    }
    return timeout.over(kernel.clock(context.now)) ? std::optional{Result<Done>{under_way}} : std::nullopt;
}

trace::CallMade AcceptCall::made() const {
    return {.call = trace::Call::accept, .descriptor = fd, .flags = nonblocking ? sock_nonblock : 0};
}

std::optional<Result<std::int32_t>> AcceptCall::attempt(machine::Process& kernel, net::Context& context) {
    timeout.begin(kernel, fd, machine::Direction::receive, context.now);
    Result<std::int32_t> const accepted = kernel.accept(fd, context);
    if (accepted.ok()) {
        peer = kernel.connection(accepted.value()).remote;
        if (nonblocking) {
            (void)kernel.set_nonblocking(accepted.value(), true);
        }
        return accepted;
    }
    bool const waits =
        accepted.error() == Errno::eagain && !kernel.nonblocking(fd) && !timeout.over(kernel.clock(context.now));
    return waits ? std::nullopt : std::optional{accepted};
}

trace::CallReturned returned(AcceptCall const& call, std::int32_t value) {
    return {.value = value, .address = call.peer};
}

}  // namespace tcpsim::app
