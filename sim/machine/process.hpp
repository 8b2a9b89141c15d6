// A process: a descriptor table, signals, children, its calls in the kernel, and the program that makes them.
#pragma once

#include "sim/machine/clock.hpp"
#include "sim/machine/descriptors.hpp"
#include "sim/machine/files.hpp"
#include "sim/machine/link_state.hpp"
#include "sim/machine/signal.hpp"
#include "sim/machine/terminal.hpp"
#include "sim/machine/waiters.hpp"
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
    /// something it waits for may have happened, a signal came, or its sleep is over. Returns the exit status once it
    /// has ended; the kernel then buries the process, so that no program destroys itself under its own feet. It must
    /// also return when Process::doomed() says so.
    virtual std::optional<std::int32_t> resume(net::Context& context) = 0;
};

/// Makes a program for a new process. Hosts reboot, so it may be called many times.
using ProgramFactory = std::function<std::unique_ptr<Program>(Process&)>;

/// How a process ended: by exit(), or by a signal that it neither ignored nor handled.
struct End {
    std::int32_t status{0};
    std::optional<Signal> signal{};
    /// As waitpid() tells it: Linux's encoding.
    [[nodiscard]] std::int32_t wait_status() const {
        return signal ? static_cast<std::int32_t>(*signal) : (status & 0xff) * 256;
    }
    bool operator==(End const&) const = default;
};

/// A child that has been waited for.
struct Reaped {
    std::int32_t process{0};
    End end{};
};

/// Whom SO_RCVTIMEO and SO_SNDTIMEO limit.
enum class Direction : std::uint8_t { receive, send };

/// What may end a wait; a signal that is handled always does.
struct WaitFor {
    /// A terminal among them changes at times of its own.
    std::vector<std::int32_t> descriptors{};  ///< open ones; a change of any
    Sharing sharing{Sharing::with_all};
    bool child{false};      ///< the end of a child
    bool lingering{false};  ///< all that was closed is acknowledged, see lingers_until()
    bool links{false};      ///< a change of the machine's own links, see changed_links()
    Instant until{never};   ///< by the kernel's clock, see clock()
};

/// POSIX calls by descriptor, never blocking, EMFILE when all numbers are taken: EAGAIN where a blocking program would wait. A descriptor that is not
/// open gives EBADF.
class Process {
  public:
    Process(Machine& machine, trace::ProcessRef ref, std::string name, std::uint32_t parent);

    // --- sockets
    Result<std::int32_t> socket(socket::SocketType type, net::Context& context);
    Result<Done> bind(std::int32_t fd, wire::Endpoint local, net::Context& context);
    Result<Done> listen(std::int32_t fd, int backlog, net::Context& context);
    Result<Done> connect(std::int32_t fd, wire::Endpoint remote, net::Context& context);
    Result<Done> connect_result(std::int32_t fd, net::Context& context);
    Result<Done> disconnect(std::int32_t fd, net::Context& context);
    Result<std::int32_t> accept(std::int32_t fd, net::Context& context);
    Result<socket::Received> receive(std::int32_t fd, std::uint64_t at_most, socket::ReceiveFlags flags,
                                     net::Context& context);
    /// See Sockets::receive_target().
    [[nodiscard]] std::uint64_t receive_target(std::int32_t fd, std::uint64_t at_most,
                                               socket::ReceiveFlags flags) const;
    /// SIGPIPE is the caller's.
    Result<std::uint64_t> send(std::int32_t fd, Payload const& data, socket::SendFlags flags,
                               std::optional<wire::Endpoint> to, net::Context& context);
    Result<Done> shutdown(std::int32_t fd, socket::ShutdownHow how, net::Context& context);
    Result<Done> setsockopt(std::int32_t fd, socket::Option option, std::int64_t value, net::Context& context);
    Result<std::int64_t> getsockopt(std::int32_t fd, socket::Option option, net::Context& context);
    /// TCP_CONGESTION, TCP_INFO and TCP_MD5SIG, whose values are no numbers.
    Result<Done> set_congestion(std::int32_t fd, std::string_view name, net::Context& context);
    [[nodiscard]] Result<std::string_view> congestion(std::int32_t fd) const;
    [[nodiscard]] Result<socket::TcpInfo> tcp_info(std::int32_t fd, net::Context const& context) const;
    Result<Done> set_md5_key(std::int32_t fd, wire::Ipv4Address peer, std::string const& key);
    Result<std::uint64_t> ioctl(std::int32_t fd, socket::Inquiry what) const;
    [[nodiscard]] Result<wire::Endpoint> getsockname(std::int32_t fd) const;
    [[nodiscard]] Result<wire::Endpoint> getpeername(std::int32_t fd) const;
    [[nodiscard]] socket::Readiness poll(std::int32_t fd) const;
    Result<std::int32_t> epoll_create();
    Result<Done> epoll_add(std::int32_t epoll, std::int32_t fd, socket::EpollInterest const& interest);
    Result<Done> epoll_modify(std::int32_t epoll, std::int32_t fd, socket::EpollInterest const& interest);
    Result<Done> epoll_remove(std::int32_t epoll, std::int32_t fd);
    /// What is ready now; empty where epoll_wait() would wait.
    Result<std::vector<socket::EpollEvent>> epoll_ready(std::int32_t epoll, std::size_t most);
    /// fcntl(F_SETFL), fcntl(F_GETFL): O_NONBLOCK, which all descriptors of a file share.
    Result<Done> set_nonblocking(std::int32_t fd, bool nonblocking);
    [[nodiscard]] bool nonblocking(std::int32_t fd) const;
    /// SO_RCVTIMEO or SO_SNDTIMEO; nothing: waits for ever.
    [[nodiscard]] std::optional<Duration> timeout(std::int32_t fd, Direction direction) const;
    [[nodiscard]] bool is_open(std::int32_t fd) const { return descriptors_.file(fd) || terminal(fd) != nullptr; }

    // --- pipes and regular files (file_calls.cpp); all of them are told of by is_open(), poll(), dup(), close() …
    Result<PipeEnds> pipe(net::Context& context);
    /// ENOENT; EMFILE.
    Result<std::int32_t> open(std::string const& path, OpenMode mode);
    /// What `fd` is for splice(), sendfile(), read() and write().
    [[nodiscard]] FileKind kind(std::int32_t fd) const;
    /// EAGAIN: nothing yet; empty: the end. EBADF for what is not open for reading. Not of sockets; so with the next.
    Result<Payload> read_file(std::int32_t fd, std::uint64_t at_most, net::Context& context);
    /// How much was taken. EAGAIN; EPIPE: nobody reads (SIGPIPE is the caller's). EBADF.
    Result<std::uint64_t> write_file(std::int32_t fd, Payload const& data, net::Context& context);
    /// pread(): the file's own offset stays. EBADF.
    [[nodiscard]] Result<Payload> read_at(std::int32_t fd, std::uint64_t offset, std::uint64_t at_most) const;
    /// Of a regular file; null if it is none.
    [[nodiscard]] std::uint64_t* offset_of(std::int32_t fd) const;
    /// Of the regular file behind it.
    [[nodiscard]] std::uint64_t size_of(std::int32_t fd) const;
    /// The pipe behind a descriptor of kind pipe_to_read or pipe_to_write. Who changes it tells so by pipe_changed().
    [[nodiscard]] Pipe& pipe_of(std::int32_t fd) const;
    void pipe_changed(std::int32_t fd, net::Context& context);

    // --- descriptors
    /// Descriptors 0 to 2, which are not sockets; null for all others. Children share it.
    [[nodiscard]] Terminal* terminal(std::int32_t fd) const;
    /// With SO_LINGER the caller is to wait while lingers_until() says so, and to call end_linger() then.
    Result<Done> close(std::int32_t fd, net::Context& context);
    [[nodiscard]] std::optional<Instant> lingers_until() const;
    void end_linger(net::Context& context);
    /// dup(), and with `least` fcntl(F_DUPFD).
    Result<std::int32_t> dup(std::int32_t fd, std::int32_t least = 0);
    Result<std::int32_t> dup2(std::int32_t fd, std::int32_t wanted, net::Context& context);
    /// Gives up every descriptor in ascending order, as the kernel does for the dead.
    void close_all(tcp::Cause cause, net::Context& context);

    /// The machine's links, if one has changed since the process began, or since it was last told.
    std::optional<std::vector<LinkState>> changed_links();

    // --- processes and signals
    /// A child process of the same name with a copy of the descriptor table that shares the open files, running what
    /// `factory` makes; it starts after the current event. Returns its number.
    std::uint32_t fork(ProgramFactory const& factory, net::Context& context);
    /// A child that has ended, which is then gone for good; nothing while all that `process` (-1: any) names still run.
    /// ECHILD if there is none.
    Result<std::optional<Reaped>> waitpid(std::int32_t process);
    /// Nothing as `signal` only asks whether the process exists. ESRCH if it does not.
    Result<Done> kill(std::int32_t process, std::optional<Signal> signal, net::Context& context);
    /// EINVAL for SIGKILL and SIGSTOP, which cannot be caught or ignored.
    Result<Done> sigaction(Signal signal, SignalAction action);
    /// SIGALRM at `at`, by the world's clock; `never` takes it back. Returns when it would have come.
    Instant alarm(Instant at, net::Context& context);
    /// SIGALRM so much later, by the kernel's clock.
    Instant alarm_after(Duration time, net::Context& context);
    /// Sends a signal to itself, as a write to a connection that is gone does.
    void raise(Signal signal, net::Context& context);

    // --- for the program's trampoline
    /// Asks to be resumed when one of these happens, or a signal comes; one wait at a time.
    void wait_for(WaitFor const& what, net::Context& context);
    /// The wait is over, whatever ended it.
    void stop_waiting();
    /// Ends the wait: resumes through the queue, at this instant, after the current event.
    void wake(net::Context& context);
    /// A signal has ended the process, which makes no more calls.
    [[nodiscard]] bool doomed() const { return doomed_.has_value(); }
    /// The call that is being made must suspend: doomed, or a signal is to be handled first.
    [[nodiscard]] bool signal_due() const { return doomed() || next_signal().has_value(); }
    /// The next signal to handle, if one is due.
    [[nodiscard]] std::optional<Signal> next_signal() const { return signals_.next(); }
    /// Until handled(), it does not come again.
    void begin_handling(Signal signal, net::Context& context);
    void handled(Signal signal) { signals_.handled(signal); }
    [[nodiscard]] SignalAction action(Signal signal) const { return signals_.action(signal); }

    /// What the kernel believes the time is when it is `world`: calls that wait go by it, however wrong it may be.
    [[nodiscard]] Instant clock(Instant world) const;

    // --- views
    [[nodiscard]] trace::ProcessRef ref() const { return ref_; }
    [[nodiscard]] std::uint32_t parent() const { return parent_; }  ///< 0: init
    [[nodiscard]] std::string const& name() const { return name_; }
    [[nodiscard]] Machine& machine() { return *machine_; }
    [[nodiscard]] Descriptors const& descriptors() const { return descriptors_; }
    /// The event that ended the last wait.
    /// Whether the last wait ended because its time had come, not because of a signal or a file.
    [[nodiscard]] bool timed_out() const { return timed_out_; }
    [[nodiscard]] trace::Because const& woken_by() const { return woken_by_; }
    /// The connection behind `fd`, even after its end; all zero if there is none.
    [[nodiscard]] wire::FourTuple connection(std::int32_t fd) const;
    /// Its TCP state, as TCP_INFO shows it; null if there is none.
    [[nodiscard]] tcp::Connection const* tcp(std::int32_t fd) const;

  private:
    friend class Machine;
    [[nodiscard]] bool owns(core::Event const& event) const;
    /// When what the entry is about is due: its clock may have stood still since.
    [[nodiscard]] Instant due(core::Event const& event) const;
    /// Its event has come: an alarm, or its turn to run.
    void reached(core::Event const& event, net::Context& context);
    void schedule_resumption(Instant at, net::Context& context);
    /// Its sleep and its alarm go by the kernel's clock.
    void clock_changed(Clock const& before, Clock const& after, net::Context& context);
    void release(socket::FileId file, tcp::Cause cause, net::Context& context);
    /// EBADF, ENOTSOCK.
    [[nodiscard]] Result<socket::FileId> socket_of(std::int32_t fd) const;
    template <class Call>
    auto call_stack(std::int32_t fd, net::Context& context, Call call);
    [[nodiscard]] std::variant<PipeEnd, RegularFile>* file_of(std::int32_t fd) const;

    Machine* machine_;
    trace::ProcessRef ref_;
    std::string name_;
    std::uint32_t parent_;
    Descriptors descriptors_{};
    std::shared_ptr<Terminal> terminal_{};
    Signals signals_{};
    std::optional<Signal> doomed_{};
    bool stopped_{false};
    bool turn_missed_{false};     ///< it would have run while it was stopped
    std::vector<Signal> held_{};  ///< came while it was stopped
    std::vector<socket::FileId> waits_for_{};
    bool waits_{false};
    bool waits_for_child_{false};
    bool timed_out_{false};
    std::uint64_t link_changes_told_{0};
    /// A closed file whose close() waits.
    struct Lingering {
        socket::FileId file{};
        Instant until{};
    };
    std::optional<Lingering> lingering_{};
    std::uint64_t wakeups_{0};  ///< the number of the live wake-up entry
    Instant alarm_at_{never};
    Instant due_{};  ///< and when it is due: an entry that comes earlier is moved
    trace::Because woken_by_{};
    /// Declared last: coroutine frames go before what they refer to.
    std::unique_ptr<Program> program_{};
};

}  // namespace tcpsim::machine
