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

#include "sim/app/calls.hpp"
#include "sim/app/task.hpp"
#include "sim/machine/process.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

namespace tcpsim::app {

class Process;

/// Makes the program's main coroutine; called anew for every process that runs it.
using Main = std::function<Task<>(Process&)>;

/// For Machine::install: a unit that runs `main` as a coroutine. Its exit status is 0 unless it calls exit().
machine::ProgramFactory coroutine_program(Main main);

/// What a suspended program waits for. Lives in the coroutine's frame.
class Wait {
  public:
    /// After a wake-up: whether the wait is over.
    virtual bool over() = 0;

  protected:
    ~Wait() = default;
};

/// A call that has already returned: `co_await` only reads like the others.
template <class T>
class [[nodiscard]] Returned {
  public:
    explicit Returned(Result<T> result) : result_{std::move(result)} {}
    bool await_ready() { return true; }
    void await_suspend(std::coroutine_handle<>) {}
    Result<T> await_resume() { return std::move(result_); }

  private:
    Result<T> result_;
};

/// A call that may block: made when awaited, retried at every wake-up, over when it has a result.
template <class Call>
class [[nodiscard]] Blocking final : public Wait {
  public:
    using Value = typename Call::Value;
    Blocking(Process& process, Call call) : process_{&process}, call_{std::move(call)} {}

    bool await_ready();
    void await_suspend(std::coroutine_handle<>);
    Result<Value> await_resume() { return std::move(*result_); }
    bool over() override;

  private:
    Process* process_;
    Call call_;
    std::uint32_t number_{0};
    bool blocked_{false};
    std::optional<Result<Value>> result_{};
};

/// Sleeping always suspends, if only until the current event is over.
class [[nodiscard]] Sleeping final : public Wait {
  public:
    Sleeping(Process& process, Instant until) : process_{&process}, until_{until} {}
    bool await_ready() { return false; }
    void await_suspend(std::coroutine_handle<>);
    void await_resume() {}
    bool over() override;

  private:
    Process* process_;
    Instant until_;
    std::uint32_t number_{0};
};

/// Suspends for good; the kernel buries the process.
class [[nodiscard]] Exiting {
  public:
    Exiting(Process& process, std::int32_t status) : process_{&process}, status_{status} {}
    bool await_ready() { return false; }
    void await_suspend(std::coroutine_handle<>);
    void await_resume() {}

  private:
    Process* process_;
    std::int32_t status_;
};

class Process {
  public:
    explicit Process(machine::Process& kernel) : kernel_{&kernel} {}
    Process(Process const&) = delete;
    Process& operator=(Process const&) = delete;

    // --- calls that never block
    Returned<std::int32_t> socket();
    Returned<Done> bind(std::int32_t fd, wire::Endpoint local);
    Returned<Done> listen(std::int32_t fd, int backlog);
    Returned<Done> shutdown(std::int32_t fd, socket::ShutdownHow how);
    Returned<Done> close(std::int32_t fd);
    Returned<Done> setsockopt(std::int32_t fd, socket::Option option, std::int64_t value);
    Returned<std::int64_t> getsockopt(std::int32_t fd, socket::Option option);
    /// A child that shares the open files runs `child`, after the current event. Gives its number.
    Returned<std::int32_t> fork(Main child);
    /// The same for a named function: `co_await p.fork(serve, listener, connection)` runs serve(child, …).
    template <class... Parameters, class... Arguments>
    Returned<std::int32_t> fork(Task<> (*child)(Process&, Parameters...), Arguments... arguments) {
        return fork(Main{[child, arguments...](Process& process) { return child(process, arguments...); }});
    }

    // --- calls that may block
    Blocking<ConnectCall> connect(std::int32_t fd, wire::Endpoint remote) { return {*this, {fd, remote}}; }
    Blocking<AcceptCall> accept(std::int32_t fd) { return {*this, {fd}}; }
    /// An empty payload is the end of the stream.
    Blocking<ReadCall> read(std::int32_t fd, std::uint64_t at_most) { return {*this, {fd, at_most}}; }
    /// Returns when all is queued. After a part was queued, an error gives the part's length.
    Blocking<WriteCall> write(std::int32_t fd, Payload data) { return {*this, {fd, std::move(data)}}; }
    Sleeping sleep(Duration duration) { return {*this, now() + duration}; }
    /// At once if `at` is past.
    Sleeping sleep_until(Instant at) { return {*this, at}; }
    Exiting exit(std::int32_t status) { return {*this, status}; }

    [[nodiscard]] Instant now() const { return context_->now; }
    [[nodiscard]] machine::Process const& kernel() const { return *kernel_; }

    /// For the trampoline: runs `main` until it waits, ends or exits; the exit status in the latter cases.
    std::optional<std::int32_t> run(Task<>& main, net::Context& context);

  private:
    template <class Call>
    friend class Blocking;
    friend class Sleeping;
    friend class Exiting;

    std::uint32_t record_made(trace::CallMade made);
    void record_returned(std::uint32_t number, trace::CallMade const& made, trace::CallReturned returned, bool blocked);
    template <class T, class Call>
    Returned<T> at_once(trace::CallMade const& made, Call call);
    void guard_against_spinning();

    machine::Process* kernel_;
    net::Context* context_{nullptr};  ///< lent for the current event
    CallStack stack_{};
    bool entered_{false};
    Wait* wait_{nullptr};
    std::optional<std::int32_t> exit_status_{};
    std::uint32_t calls_{0};
    wire::FourTuple connection_{};  ///< behind the descriptor of the call being made, for the trace
    std::uint32_t calls_without_wait_{0};
    Instant last_call_{};
};

template <class Call>
bool Blocking<Call>::await_ready() {
    number_ = process_->record_made(call_.made());
    return over();
}

template <class Call>
void Blocking<Call>::await_suspend(std::coroutine_handle<>) {
    blocked_ = true;
    process_->calls_without_wait_ = 0;
    process_->wait_ = this;
}

template <class Call>
bool Blocking<Call>::over() {
    result_ = call_.attempt(*process_->kernel_, *process_->context_);
    if (!result_) {
        process_->kernel_->wait_for(call_.waits_on());
        return false;
    }
    trace::CallReturned what = result_->ok() ? returned(call_, result_->value()) : trace::CallReturned{};
    what.error = result_->error();
    process_->record_returned(number_, call_.made(), what, blocked_);
    return true;
}

}  // namespace tcpsim::app
