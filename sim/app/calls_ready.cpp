#include "sim/app/calls_ready.hpp"

#include "sim/app/numbers.hpp"

#include <algorithm>

namespace tcpsim::app {

namespace {

/// What poll() tells whether or not it was asked.
constexpr socket::Readiness always_told{.err = true, .hup = true};

socket::Readiness readiness(machine::Process const& kernel, std::int32_t fd, Instant now) {
    machine::Terminal const* const typed = kernel.terminal(fd);
    return typed == nullptr ? kernel.poll(fd) : socket::Readiness{.in = typed->next() <= now, .out = true};
}

std::vector<trace::Watched> watched_of(SelectSets const& sets) {
    std::vector<trace::Watched> watched;
    auto const add = [&](std::vector<std::int32_t> const& set, std::uint32_t bits) {
        for (std::int32_t const fd : set) {
            watched.push_back({fd, bits});
        }
    };
    add(sets.read, pollin);
    add(sets.write, pollout);
    add(sets.except, pollpri);
    return watched;
}

}  // namespace

std::uint32_t poll_bits(socket::Readiness ready) {
    return (ready.in ? pollin : 0) | (ready.pri ? pollpri : 0) | (ready.out ? pollout : 0) | (ready.err ? pollerr : 0) |
           (ready.hup ? pollhup : 0) | (ready.rdhup ? pollrdhup : 0);
}

socket::Readiness readiness_of(std::uint32_t bits) {
    return {.in = (bits & pollin) != 0,
            .out = (bits & pollout) != 0,
            .rdhup = (bits & pollrdhup) != 0,
            .err = (bits & pollerr) != 0,
            .hup = (bits & pollhup) != 0,
            .pri = (bits & pollpri) != 0};
}

trace::CallMade PollCall::made() const {
    trace::CallMade made{.call = trace::Call::poll, .argument = timeout.count()};
    for (PollFd const& one : fds) {
        made.watched.push_back({one.fd, poll_bits(one.events)});
    }
    return made;
}

machine::WaitFor PollCall::waits_on() const {
    machine::WaitFor what{.until = until};
    for (PollFd const& one : fds) {
        if (one.fd >= 0) {
            what.descriptors.push_back(one.fd);
        }
    }
    return what;
}

std::optional<Result<std::vector<PollFd>>> PollCall::attempt(machine::Process& kernel, net::Context& context) {
    bool any = false;
    for (PollFd& one : fds) {
        one.invalid = one.fd >= 0 && !kernel.is_open(one.fd);
        one.revents =
            one.fd < 0 ? socket::Readiness{} : readiness(kernel, one.fd, context.now) & (one.events | always_told);
        any = any || one.ready();
    }
    bool const waits = !any && kernel.clock(context.now) < until;
    return waits ? std::nullopt : std::optional{Result<std::vector<PollFd>>{fds}};
}

trace::CallReturned returned(PollCall const& /*call*/, std::vector<PollFd> const& value) {
    trace::CallReturned what{};
    for (PollFd const& one : value) {
        if (one.ready()) {
            what.ready.push_back({one.fd, poll_bits(one.revents) | (one.invalid ? pollnval : 0)});
        }
    }
    what.value = static_cast<std::int64_t>(what.ready.size());
    return what;
}

trace::CallMade SelectCall::made() const {
    return {.call = trace::Call::select, .argument = timeout.count(), .watched = watched_of(sets)};
}

machine::WaitFor SelectCall::waits_on() const {
    machine::WaitFor what{.until = until};
    for (auto const* const set : {&sets.read, &sets.write, &sets.except}) {
        what.descriptors.insert(what.descriptors.end(), set->begin(), set->end());
    }
    return what;
}

std::optional<Result<SelectSets>> SelectCall::attempt(machine::Process& kernel, net::Context& context) {
    SelectSets found;
    auto const look = [&](std::vector<std::int32_t> const& asked, socket::Readiness bits, auto& ready) {
        return std::all_of(asked.begin(), asked.end(), [&](std::int32_t fd) {
            if ((readiness(kernel, fd, context.now) & bits).any()) {
                ready.push_back(fd);
            }
            return kernel.is_open(fd);
        });
    };
    // Linux fs/select.c, POLLIN_SET, POLLOUT_SET, POLLEX_SET.
    bool const all_open = look(sets.read, {.in = true, .err = true, .hup = true}, found.read) &&
                          look(sets.write, {.out = true, .err = true}, found.write) &&
                          look(sets.except, {.pri = true}, found.except);
    if (!all_open) {
        return Result<SelectSets>{Errno::ebadf};
    }
    bool const waits = found == SelectSets{} && kernel.clock(context.now) < until;
    return waits ? std::nullopt : std::optional{Result<SelectSets>{found}};
}

trace::CallReturned returned(SelectCall const& /*call*/, SelectSets const& value) {
    trace::CallReturned what{.ready = watched_of(value)};
    what.value = static_cast<std::int64_t>(what.ready.size());
    return what;
}

}  // namespace tcpsim::app
