// What a program can co_await: calls that have returned, calls that may block, and its own end.
#pragma once

#include "sim/app/calls.hpp"
#include "sim/app/task.hpp"

#include <coroutine>
#include <cstdint>
#include <optional>
#include <utility>

namespace tcpsim::app {

class Process;

/// What a suspended program waits for. Lives in the coroutine's frame.
class Wait {
  public:
    /// After a wake-up: whether the wait is over. Once it is, it stays so.
    virtual bool over() = 0;
    /// A signal's handler runs first; the call is then made again, or fails with EINTR. Of a wait that is not over.
    virtual void interrupt(bool restart) = 0;

  protected:
    ~Wait() = default;
};

/// A call that has already returned. It suspends only for a signal that it has raised: that comes between a call's
/// result and its return.
template <class T>
class [[nodiscard]] Returned final : public Wait {
  public:
    Returned(Process& process, Result<T> result) : process_{&process}, result_{std::move(result)} {}
    bool await_ready();
    void await_suspend(std::coroutine_handle<>);
    Result<T> await_resume() { return std::move(result_); }
    bool over() override { return true; }
    void interrupt(bool /*restart*/) override {}

  private:
    Process* process_;
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
    void interrupt(bool restart) override;

  private:
    void begin();
    void end(Result<Value> result);

    Process* process_;
    Call call_;
    std::uint32_t number_{0};
    bool blocked_{false};
    bool made_again_{false};  ///< SA_RESTART: to be recorded anew
    std::optional<Result<Value>> result_{};
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

}  // namespace tcpsim::app
