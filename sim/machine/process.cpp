#include "sim/machine/process.hpp"

#include "sim/machine/machine.hpp"

#include <utility>

namespace tcpsim::machine {

namespace {

constexpr std::size_t first_descriptor = 3;  // 0, 1 and 2 are the standard streams

/// A socket call on an open file; then the machine carries out what the stack said.
template <class Call>
auto call_stack(Machine& machine, std::optional<socket::FileId> file, net::Context& context, Call call)
    -> decltype(call(machine.running().sockets, *file, machine.lent_output())) {
    if (!file) {
        return Errno::ebadf;
    }
    host::Output& out = machine.lent_output();
    auto result = call(machine.running().sockets, *file, out);
    machine.walk(out, context);
    return result;
}

}  // namespace

Process::Process(Machine& machine, trace::ProcessRef ref, std::string name)
    : machine_{&machine}, ref_{ref}, name_{std::move(name)} {}

Result<std::int32_t> Process::socket(net::Context&) {
    Result<socket::FileId> const made = machine_->running().sockets.socket();
    return made.ok() ? Result<std::int32_t>{install(made.value())} : made.error();
}

Result<Done> Process::bind(std::int32_t fd, wire::Endpoint local, net::Context&) {
    auto const id = file(fd);
    return id ? machine_->running().sockets.bind(*id, local) : Errno::ebadf;
}

Result<Done> Process::listen(std::int32_t fd, int backlog, net::Context& context) {
    return call_stack(*machine_, file(fd), context,
                      [&](socket::Sockets& sockets, socket::FileId id, host::Output& /*out*/) {
                          return sockets.listen(id, backlog);
                      });
}

Result<Done> Process::connect(std::int32_t fd, wire::Endpoint remote, net::Context& context) {
    return call_stack(*machine_, file(fd), context,
                      [&](socket::Sockets& sockets, socket::FileId id, host::Output& out) {
                          return sockets.connect(id, remote, machine_->kernel_time(context), out);
                      });
}

Result<Done> Process::connect_result(std::int32_t fd, net::Context& context) {
    return call_stack(*machine_, file(fd), context,
                      [&](socket::Sockets& sockets, socket::FileId id, host::Output& out) {
                          return sockets.connect_result(id, machine_->kernel_time(context), out);
                      });
}

Result<std::int32_t> Process::accept(std::int32_t fd, net::Context&) {
    auto const id = file(fd);
    if (!id) {
        return Errno::ebadf;
    }
    Result<socket::FileId> const accepted = machine_->running().sockets.accept(*id);
    return accepted.ok() ? Result<std::int32_t>{install(accepted.value())} : accepted.error();
}

Result<Payload> Process::read(std::int32_t fd, std::uint64_t at_most, net::Context& context) {
    return call_stack(*machine_, file(fd), context,
                      [&](socket::Sockets& sockets, socket::FileId id, host::Output& out) {
                          return sockets.read(id, at_most, machine_->kernel_time(context), out);
                      });
}

Result<std::uint64_t> Process::write(std::int32_t fd, Payload const& data, net::Context& context) {
    return call_stack(*machine_, file(fd), context,
                      [&](socket::Sockets& sockets, socket::FileId id, host::Output& out) {
                          return sockets.write(id, data, machine_->kernel_time(context), out);
                      });
}

Result<Done> Process::shutdown(std::int32_t fd, socket::ShutdownHow how, net::Context& context) {
    return call_stack(*machine_, file(fd), context,
                      [&](socket::Sockets& sockets, socket::FileId id, host::Output& out) {
                          return sockets.shutdown(id, how, machine_->kernel_time(context), out);
                      });
}

Result<Done> Process::close(std::int32_t fd, net::Context& context) {
    return call_stack(*machine_, file(fd), context,
                      [&](socket::Sockets& sockets, socket::FileId id, host::Output& out) -> Result<Done> {
                          descriptors_[static_cast<std::size_t>(fd)].reset();
                          sockets.release(id, tcp::Cause{tcp::Why::closed}, machine_->kernel_time(context), out);
                          return Done{};
                      });
}

Result<Done> Process::setsockopt(std::int32_t fd, socket::Option option, std::int64_t value, net::Context& context) {
    return call_stack(*machine_, file(fd), context,
                      [&](socket::Sockets& sockets, socket::FileId id, host::Output& out) {
                          return sockets.setsockopt(id, option, value, machine_->kernel_time(context), out);
                      });
}

Result<std::int64_t> Process::getsockopt(std::int32_t fd, socket::Option option, net::Context&) {
    auto const id = file(fd);
    return id ? machine_->running().sockets.getsockopt(*id, option) : Errno::ebadf;
}

socket::Readiness Process::poll(std::int32_t fd) const {
    auto const id = file(fd);
    return id ? machine_->running().sockets.poll(*id) : socket::Readiness{};
}

wire::FourTuple Process::connection(std::int32_t fd) const {
    auto const id = file(fd);
    return id ? machine_->running().sockets.tuple(*id).value_or(wire::FourTuple{}) : wire::FourTuple{};
}

tcp::Connection const* Process::tcp(std::int32_t fd) const {
    auto const id = file(fd);
    return id ? machine_->running().sockets.connection(*id) : nullptr;
}

std::uint32_t Process::fork(ProgramFactory const& factory, net::Context& context) {
    Process& child = machine_->new_process(name_, context);
    child.descriptors_ = descriptors_;
    for (auto const& descriptor : descriptors_) {
        if (descriptor) {
            machine_->running().sockets.retain(*descriptor);
        }
    }
    child.program_ = factory(child);
    child.wake(context);
    return child.ref_.process;
}

void Process::wait_for(std::int32_t fd) {
    check(!waits_for_, "a process waits for one file at a time");
    waits_for_ = file(fd);
    check(waits_for_.has_value(), "a process waits for a file that is open");
    machine_->running().waiters.insert({*waits_for_, ref_.process});
}

void Process::sleep_until(Instant at, net::Context& context) {
    woken_by_ = {.kind = trace::Because::Kind::program, .process = ref_};
    schedule_resumption(at, context);
}

void Process::wake(net::Context& context) {
    if (waits_for_) {
        machine_->running().waiters.erase({*waits_for_, ref_.process});
        waits_for_.reset();
    }
    woken_by_ = context.because;
    schedule_resumption(context.now, context);
}

void Process::close_all(tcp::Cause cause, net::Context& context) {
    for (auto& descriptor : descriptors_) {
        if (auto const id = std::exchange(descriptor, std::nullopt)) {
            host::Output& out = machine_->lent_output();
            machine_->running().sockets.release(*id, cause, machine_->kernel_time(context), out);
            machine_->walk(out, context);
        }
    }
}

std::optional<socket::FileId> Process::file(std::int32_t fd) const {
    auto const index = static_cast<std::size_t>(fd);
    return fd >= 0 && index < descriptors_.size() ? descriptors_[index] : std::nullopt;
}

std::int32_t Process::install(socket::FileId id) {
    // POSIX.1-2017 §2.14: the lowest-numbered descriptor that is not open.
    std::size_t free = first_descriptor;
    while (free < descriptors_.size() && descriptors_[free]) {
        ++free;
    }
    if (free >= descriptors_.size()) {
        descriptors_.resize(free + 1);
    }
    descriptors_[free] = id;
    return static_cast<std::int32_t>(free);
}

void Process::schedule_resumption(Instant at, net::Context& context) {
    due_ = at;
    context.queue.push({.at = at,
                        .kind = core::Kind::program,
                        .owner = static_cast<std::uint32_t>(ref_.machine),
                        .boot = ref_.boot,
                        .first = ref_.process,
                        .second = ++wakeups_});
}

}  // namespace tcpsim::machine
