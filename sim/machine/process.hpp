// A process: a descriptor table, its calls in the kernel, and the program that makes them.
#pragma once

#include "sim/net/context.hpp"
#include "stack/socket/sockets.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tcpsim::machine {

class Machine;
class Process;

/// What runs in a process. sim/app implements it with coroutines; the machine only resumes and destroys it.
class Program {
  public:
    virtual ~Program() = default;
    /// Runs until it has to wait or ends: the first time from its beginning, later from where it waited, because
    /// something it waits for may have happened or its sleep is over. Returns the exit status once it has ended;
    /// the kernel then buries the process, so that no program destroys itself under its own feet.
    virtual std::optional<std::int32_t> resume(net::Context& context) = 0;
};

/// Makes a program for a new process. Hosts reboot, so it may be called many times.
using ProgramFactory = std::function<std::unique_ptr<Program>(Process&)>;

/// POSIX calls by descriptor, never blocking: EAGAIN where a blocking program would wait. A descriptor that is not
/// open gives EBADF. Every process ignores SIGPIPE for now, so that EPIPE is all a writer sees: raising signals
/// belongs between a call's result and its return.
class Process {
  public:
    Process(Machine& machine, trace::ProcessRef ref, std::string name);

    Result<std::int32_t> socket(net::Context& context);
    Result<Done> bind(std::int32_t fd, wire::Endpoint local, net::Context& context);
    Result<Done> listen(std::int32_t fd, int backlog, net::Context& context);
    Result<Done> connect(std::int32_t fd, wire::Endpoint remote, net::Context& context);
    Result<Done> connect_result(std::int32_t fd, net::Context& context);
    Result<std::int32_t> accept(std::int32_t fd, net::Context& context);
    Result<Payload> read(std::int32_t fd, std::uint64_t at_most, net::Context& context);
    Result<std::uint64_t> write(std::int32_t fd, Payload const& data, net::Context& context);
    Result<Done> shutdown(std::int32_t fd, socket::ShutdownHow how, net::Context& context);
    Result<Done> close(std::int32_t fd, net::Context& context);
    Result<Done> setsockopt(std::int32_t fd, socket::Option option, std::int64_t value, net::Context& context);
    Result<std::int64_t> getsockopt(std::int32_t fd, socket::Option option, net::Context& context);
    [[nodiscard]] socket::Readiness poll(std::int32_t fd) const;
    /// The connection behind `fd`, even after its end; all zero if there is none.
    [[nodiscard]] wire::FourTuple connection(std::int32_t fd) const;
    /// Its TCP state, as TCP_INFO shows it; null if there is none.
    [[nodiscard]] tcp::Connection const* tcp(std::int32_t fd) const;
    /// A child process of the same name with a copy of the descriptor table that shares the open files, running what
    /// `factory` makes; it starts after the current event. Returns its number.
    std::uint32_t fork(ProgramFactory const& factory, net::Context& context);

    /// Asks to be resumed when the file behind `fd`, which is open, changes; one wait at a time.
    void wait_for(std::int32_t fd);
    /// Asks to be resumed at `at`.
    void sleep_until(Instant at, net::Context& context);
    /// Ends the wait: resumes through the queue, at this instant, after the current event.
    void wake(net::Context& context);
    /// Gives up every descriptor in ascending order, as the kernel does for the dead.
    void close_all(tcp::Cause cause, net::Context& context);

    [[nodiscard]] trace::ProcessRef ref() const { return ref_; }
    [[nodiscard]] std::string const& name() const { return name_; }
    [[nodiscard]] std::optional<socket::FileId> waits_for() const { return waits_for_; }
    [[nodiscard]] Machine& machine() { return *machine_; }
    /// The event that ended the last wait.
    [[nodiscard]] trace::Because const& woken_by() const { return woken_by_; }

  private:
    friend class Machine;
    [[nodiscard]] std::optional<socket::FileId> file(std::int32_t fd) const;
    std::int32_t install(socket::FileId file);
    void schedule_resumption(Instant at, net::Context& context);

    Machine* machine_;
    trace::ProcessRef ref_;
    std::string name_;
    std::vector<std::optional<socket::FileId>> descriptors_{};
    std::optional<socket::FileId> waits_for_{};
    std::uint64_t wakeups_{0};  ///< the number of the live wake-up entry
    Instant due_{};             ///< and when it is due: an entry that comes earlier is moved
    trace::Because woken_by_{};
    /// Declared last: coroutine frames go before what they refer to.
    std::unique_ptr<Program> program_{};
};

}  // namespace tcpsim::machine
