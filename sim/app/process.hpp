// What a program sees: blocking POSIX calls in virtual time. A program is a free function of Process& and values,
// never a capturing lambda:
//
//   Task<> greet(Process& p, wire::Endpoint server) {
//       std::int32_t const fd = (co_await p.socket()).value();
//       Result<Done> const connected = co_await p.connect(fd, server);
//       if (connected.ok()) {
//           (void)co_await p.write(fd, Payload::text("hello"));
//       }
//       (void)co_await p.close(fd);
//   }
//
// Every call takes a number, is recorded when made and when it returns, and gives a value or an errno.
#pragma once

#include "sim/app/calls_epoll.hpp"
#include "sim/app/calls_files.hpp"
#include "sim/app/calls_process.hpp"
#include "sim/app/calls_ready.hpp"
#include "sim/app/calls_transfer.hpp"
#include "sim/app/numbers.hpp"
#include "sim/app/task.hpp"
#include "sim/app/wait.hpp"
#include "sim/machine/process.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace tcpsim::app {

class Process;

/// Makes the program's main coroutine; called anew for every process that runs it.
using Main = std::function<Task<>(Process&)>;

/// What sigaction() has chosen.
using Handlers = std::map<machine::Signal, Main>;

/// For Machine::install: a unit that runs `main` as a coroutine. Its exit status is 0 unless it calls exit().
machine::ProgramFactory coroutine_program(Main main, Handlers handlers = {});

class Process {
  public:
    Process(machine::Process& kernel, Handlers handlers) : kernel_{&kernel}, handlers_{std::move(handlers)} {}
    Process(Process const&) = delete;
    Process& operator=(Process const&) = delete;

    // --- sockets: calls that never block
    Returned<std::int32_t> socket(socket::SocketType type = socket::SocketType::stream);
    Returned<Done> bind(std::int32_t fd, wire::Endpoint local);
    Returned<Done> listen(std::int32_t fd, int backlog);
    Returned<Done> shutdown(std::int32_t fd, socket::ShutdownHow how);
    /// connect() to AF_UNSPEC: no peer any more, see Sockets::disconnect().
    Returned<Done> disconnect(std::int32_t fd);
    Returned<Done> setsockopt(std::int32_t fd, socket::Option option, std::int64_t value);
    Returned<std::int64_t> getsockopt(std::int32_t fd, socket::Option option);
    /// TCP_CONGESTION: "reno", "cubic" or "dctcp"; ENOENT.
    Returned<Done> set_congestion(std::int32_t fd, std::string const& name);
    Returned<std::string> congestion(std::int32_t fd);
    /// TCP_INFO.
    Returned<socket::TcpInfo> tcp_info(std::int32_t fd);
    /// TCP_MD5SIG: an empty key ends it.
    Returned<Done> set_md5_key(std::int32_t fd, wire::Ipv4Address peer, std::string const& key);
    Returned<wire::Endpoint> getsockname(std::int32_t fd);
    Returned<wire::Endpoint> getpeername(std::int32_t fd);
    Returned<std::int64_t> ioctl(std::int32_t fd, socket::Inquiry what);
    /// O_NONBLOCK, which all descriptors of the file share: 0 or o_nonblock. F_GETFL tells o_rdwr, too.
    Returned<std::int32_t> fcntl_getfl(std::int32_t fd);
    Returned<Done> fcntl_setfl(std::int32_t fd, std::uint32_t flags);
    Returned<std::int32_t> dup(std::int32_t fd);
    Returned<std::int32_t> dup2(std::int32_t fd, std::int32_t wanted);

    // --- sockets: calls that may block
    Blocking<ConnectCall> connect(std::int32_t fd, wire::Endpoint remote) {
        return {*this, {.fd = fd, .remote = remote}};
    }
    Blocking<AcceptCall> accept(std::int32_t fd) { return {*this, {.fd = fd}}; }
    /// Flags: sock_nonblock.
    Blocking<AcceptCall> accept4(std::int32_t fd, std::uint32_t flags) {
        return {*this, {.fd = fd, .nonblocking = (flags & sock_nonblock) != 0}};
    }
    /// An empty payload is the end of the stream.
    Blocking<ReadCall> read(std::int32_t fd, std::uint64_t at_most) {
        return {*this, {{.call = trace::Call::read, .fd = fd, .at_most = at_most}}};
    }
    /// readv() into buffers of so many bytes altogether.
    Blocking<ReadCall> readv(std::int32_t fd, std::uint64_t at_most) {
        return {*this, {{.call = trace::Call::readv, .fd = fd, .at_most = at_most}}};
    }
    Blocking<ReadCall> recv(std::int32_t fd, std::uint64_t at_most, MessageFlags flags = {}) {
        return {*this, {{.call = trace::Call::recv, .fd = fd, .at_most = at_most, .flags = flags}}};
    }
    Blocking<ReceiveCall> recvfrom(std::int32_t fd, std::uint64_t at_most, MessageFlags flags = {}) {
        return {*this, {.call = trace::Call::recvfrom, .fd = fd, .at_most = at_most, .flags = flags}};
    }
    Blocking<ReceiveCall> recvmsg(std::int32_t fd, std::uint64_t at_most, MessageFlags flags = {}) {
        return {*this, {.call = trace::Call::recvmsg, .fd = fd, .at_most = at_most, .flags = flags}};
    }
    /// Returns when all is queued. After a part was queued, an error gives the part's length.
    Blocking<SendCall> write(std::int32_t fd, Payload data) {
        return {*this, {.call = trace::Call::write, .fd = fd, .data = std::move(data)}};
    }
    Blocking<SendCall> writev(std::int32_t fd, Payload data) {
        return {*this, {.call = trace::Call::writev, .fd = fd, .data = std::move(data)}};
    }
    Blocking<SendCall> send(std::int32_t fd, Payload data, MessageFlags flags = {}) {
        return {*this, {.call = trace::Call::send, .fd = fd, .data = std::move(data), .flags = flags}};
    }
    Blocking<SendCall> sendto(std::int32_t fd, Payload data, MessageFlags flags, wire::Endpoint to) {
        return {*this, {.call = trace::Call::sendto, .fd = fd, .data = std::move(data), .flags = flags, .to = to}};
    }
    Blocking<SendCall> sendmsg(std::int32_t fd, Payload data, MessageFlags flags = {}) {
        return {*this, {.call = trace::Call::sendmsg, .fd = fd, .data = std::move(data), .flags = flags}};
    }
    // --- pipes and files
    Returned<machine::PipeEnds> pipe() { return pipe2(0); }
    /// Flags: o_nonblock, for both ends.
    Returned<machine::PipeEnds> pipe2(std::uint32_t flags);
    /// On this machine's disk. Flags: o_rdonly, or o_wronly | o_creat | o_trunc; ENOENT; EINVAL for others.
    Returned<std::int32_t> open(std::string const& path, std::uint32_t flags = o_rdonly);
    /// One of the two is a pipe. Flags: splice_f_nonblock, splice_f_more.
    Blocking<SpliceCall> splice(std::int32_t from, std::int32_t to, std::uint64_t at_most, std::uint32_t flags = 0) {
        return {*this, {.from = from, .to = to, .at_most = at_most, .flags = flags}};
    }
    /// From a regular file; without an offset from where it stands, which then moves on.
    Blocking<SendfileCall> sendfile(std::int32_t out, std::int32_t in, std::optional<std::uint64_t> offset,
                                    std::uint64_t count) {
        return {*this, {.out = out, .in = in, .offset = offset, .count = count}};
    }
    /// With SO_LINGER and a time, the last descriptor of a connection waits.
    Blocking<CloseCall> close(std::int32_t fd) { return {*this, {.fd = fd}}; }
    /// Nothing ready after `timeout` (negative: never): none of them is.
    Blocking<PollCall> poll(std::vector<PollFd> fds, Duration timeout) {
        return {*this, {.fds = std::move(fds), .until = end_of(timeout), .timeout = timeout}};
    }
    Blocking<SelectCall> select(SelectSets sets, Duration timeout) {
        return {*this, {.sets = std::move(sets), .until = end_of(timeout), .timeout = timeout}};
    }
    Returned<std::int32_t> epoll_create();
    /// EPOLL_CTL_ADD and EPOLL_CTL_MOD need an interest.
    Returned<Done> epoll_ctl(std::int32_t epoll, EpollControl operation, std::int32_t fd,
                             socket::EpollInterest const& interest = {});
    /// At most `most` events; none after `timeout` (negative: never).
    Blocking<EpollWaitCall> epoll_wait(std::int32_t epoll, std::size_t most, Duration timeout) {
        return {*this, {.epoll = epoll, .most = most, .until = end_of(timeout), .timeout = timeout}};
    }
    /// Waits until a link or an address of this machine changes, and tells how they all are: so a program notices a pulled
    /// cable, of which TCP says nothing.
    Blocking<WatchLinksCall> watch_links() { return {*this, {}}; }

    // --- time
    /// Always suspends, if only until the current event is over. EINTR after a signal that is handled.
    Blocking<SleepCall> sleep(Duration duration) { return {*this, {.until = end_of(duration), .asked = duration}}; }
    /// At once if `at` is past.
    Blocking<SleepCall> sleep_until(Instant at) { return {*this, {.until = kernel_->clock(at), .asked = at - now()}}; }
    /// SIGALRM so much later; zero takes it back.
    Returned<Done> alarm(Duration after);

    // --- processes and signals
    /// A child that shares the open files runs `child`, after the current event. Gives its number.
    Returned<std::int32_t> fork(Main child);
    /// The same for a named function: `co_await p.fork(serve, listener, connection)` runs serve(child, …).
    template <class... Parameters, class... Arguments>
    Returned<std::int32_t> fork(Task<> (*child)(Process&, Parameters...), Arguments... arguments) {
        return fork(Main{[child, arguments...](Process& process) { return child(process, arguments...); }});
    }
    /// Waits for the end of a child, of any if `process` is -1. ECHILD if there is none.
    Blocking<WaitpidCall> waitpid(std::int32_t process) { return {*this, {.process = process}}; }
    /// waitpid(…, WNOHANG): process 0 if none has ended.
    Blocking<WaitpidCall> waitpid_now(std::int32_t process) { return {*this, {.process = process, .no_hang = true}}; }
    /// SIG_DFL or SIG_IGN. EINVAL for SIGKILL.
    Returned<Done> signal(machine::Signal signal, machine::OnSignal what);
    /// `handler` runs when the signal comes; calls that it interrupts fail with EINTR, or are made again with
    /// SA_RESTART where signal(7) says so. A child inherits it.
    Returned<Done> sigaction(machine::Signal signal, Main handler, bool restart);
    /// ESRCH if there is no such process on this machine. No signal: only asks.
    Returned<Done> kill(std::int32_t process, std::optional<machine::Signal> signal);
    /// Waits for a signal that is handled, and fails with EINTR then.
    Blocking<PauseCall> pause() { return {*this, {}}; }
    Exiting exit(std::int32_t status) { return {*this, status}; }

    [[nodiscard]] Instant now() const { return context_->now; }
    [[nodiscard]] machine::Process const& kernel() const { return *kernel_; }

    /// For the trampoline: runs `main` until it waits, ends or exits; the exit status in the latter cases.
    std::optional<std::int32_t> run(Task<>& main, net::Context& context);

  private:
    template <class Call>
    friend class Blocking;
    template <class T>
    friend class Returned;
    friend class Exiting;

    /// By the kernel's clock.
    [[nodiscard]] Instant end_of(Duration timeout) const {
        return timeout < Duration{0} ? never : kernel_->clock(now()) + timeout;
    }
    std::uint32_t begin_call();
    [[nodiscard]] bool traced() const { return context_->tracer.listening(); }
    void record_made(std::uint32_t number, trace::CallMade made);
    void record_returned(std::uint32_t number, trace::CallMade const& made, trace::CallReturned returned, bool blocked);
    template <class T, class Call>
    Returned<T> at_once(trace::CallMade const& made, Call call);
    void guard_against_spinning();

    void suspend(Wait& wait, bool over);
    bool begin_handler(bool wait_is_over);
    void end_handler();

    /// A signal's handler that runs, and what it interrupted.
    struct Handling {
        machine::Signal signal{};
        Main handler{};  ///< kept: a frame may refer to the values it carries
        Task<> task;
        std::size_t depth{0};  ///< of the stack below it
        Wait* interrupted{nullptr};
    };

    machine::Process* kernel_;
    net::Context* context_{nullptr};  ///< lent for the current event
    CallStack stack_{};
    bool entered_{false};
    Wait* wait_{nullptr};
    std::optional<bool> over_{};  ///< what `wait_` has just been found to be; empty: to be asked
    Handlers handlers_{};
    std::vector<Handling> handling_{};
    std::optional<std::int32_t> exit_status_{};
    std::uint32_t calls_{0};
    wire::FourTuple connection_{};  ///< behind the descriptor of the call being made, for the trace
    std::uint32_t calls_without_wait_{0};
    Instant last_call_{};
};

template <class T>
bool Returned<T>::await_ready() {
    return !process_->kernel_->signal_due();
}

template <class T>
void Returned<T>::await_suspend(std::coroutine_handle<>) {
    process_->suspend(*this, true);
}

template <class Call>
bool Blocking<Call>::await_ready() {
    begin();
    return over() && !process_->kernel_->signal_due();
}

template <class Call>
void Blocking<Call>::await_suspend(std::coroutine_handle<>) {
    blocked_ = !result_.has_value();
    process_->suspend(*this, result_.has_value());
}

template <class Call>
bool Blocking<Call>::over() {
    if (result_) {
        return true;
    }
    if (made_again_) {
        made_again_ = false;
        begin();
    }
    std::optional<Result<Value>> result = call_.attempt(*process_->kernel_, *process_->context_);
    if (!result) {
        process_->kernel_->wait_for(call_.waits_on(), *process_->context_);
        return false;
    }
    end(std::move(*result));
    return true;
}

template <class Call>
void Blocking<Call>::interrupt(bool restart) {
    blocked_ = true;
    std::optional<Result<Value>> const part = part_of(call_);
    if (part) {
        end(*part);
        return;
    }
    made_again_ = restart && call_.restarts();
    if (made_again_ && process_->traced()) {
        process_->record_returned(number_, call_.made(), {.error = Errno::eintr, .restarts = true}, blocked_);
    } else if (!made_again_) {
        end(Errno::eintr);
    }
}

template <class Call>
void Blocking<Call>::begin() {
    number_ = process_->begin_call();
    if (process_->traced()) {
        process_->record_made(number_, call_.made());
    }
}

template <class Call>
void Blocking<Call>::end(Result<Value> result) {
    result_ = std::move(result);
    if (!process_->traced()) {
        return;
    }
    trace::CallReturned what = result_->ok() ? returned(call_, result_->value()) : trace::CallReturned{};
    what.error = result_->error();
    process_->record_returned(number_, call_.made(), what, blocked_);
}

}  // namespace tcpsim::app
