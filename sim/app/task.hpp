// A coroutine of a program. One trampoline resumes whatever is innermost: no chains of symmetric transfer, which
// overflow the stack in unoptimised builds.
#pragma once

#include "stack/base/check.hpp"

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

namespace tcpsim::app {

/// The coroutines of one program that are under way, innermost last. Lives in the program; tasks find it through
/// their promise.
class CallStack {
  public:
    void push(std::coroutine_handle<> handle) { frames_.push_back(handle); }
    void pop() { frames_.pop_back(); }
    [[nodiscard]] bool empty() const { return frames_.empty(); }
    [[nodiscard]] std::size_t size() const { return frames_.size(); }
    [[nodiscard]] std::coroutine_handle<> top() const { return frames_.back(); }

  private:
    std::vector<std::coroutine_handle<>> frames_{};
};

/// What the promises of all tasks share.
class TaskPromise {
  public:
    /// A finished task leaves the call stack; the trampoline goes on with its caller.
    struct Leave {
        bool await_ready() noexcept { return false; }
        template <class Promise>
        void await_suspend(std::coroutine_handle<Promise> self) noexcept {
            self.promise().stack().pop();
        }
        void await_resume() noexcept {}
    };

    std::suspend_always initial_suspend() noexcept { return {}; }
    Leave final_suspend() noexcept { return {}; }
    void unhandled_exception() { exception_ = std::current_exception(); }
    void rethrow() const {
        if (exception_) {
            std::rethrow_exception(exception_);
        }
    }
    void enter(CallStack& stack, std::coroutine_handle<> self) {
        stack_ = &stack;
        stack.push(self);
    }
    [[nodiscard]] CallStack& stack() const { return *stack_; }

  private:
    CallStack* stack_{nullptr};
    std::exception_ptr exception_{};
};

template <class T>
class ValuePromise : public TaskPromise {
  public:
    void return_value(T value) { value_ = std::move(value); }
    T take() {
        rethrow();
        return std::move(value_).value();
    }

  private:
    std::optional<T> value_{};
};
template <>
class ValuePromise<void> : public TaskPromise {
  public:
    void return_void() {}
    void take() const { rethrow(); }
};

/// A coroutine that has not started, is under way, or has ended. Owns its frame: destroying the outermost task destroys
/// all within it. Starts when awaited; what it throws comes out of the co_await.
template <class T = void>
class [[nodiscard]] Task {
  public:
    struct promise_type : ValuePromise<T> {
        Task get_return_object() { return Task{Handle::from_promise(*this)}; }
    };
    using Handle = std::coroutine_handle<promise_type>;

    Task(Task&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}
    Task& operator=(Task&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Task() {
        if (handle_) {
            handle_.destroy();
        }
    }

    /// Puts the first task of a program on its stack; the trampoline resumes it.
    void enter(CallStack& stack) { handle_.promise().enter(stack, handle_); }
    /// Of a task that has ended: its value, or throws what it threw.
    T take() { return handle_.promise().take(); }

    struct Awaiter {
        Handle handle;
        bool await_ready() noexcept { return false; }
        template <class Promise>
        void await_suspend(std::coroutine_handle<Promise> caller) {
            handle.promise().enter(caller.promise().stack(), handle);
        }
        T await_resume() { return handle.promise().take(); }
    };
    Awaiter operator co_await() && { return Awaiter{handle_}; }

  private:
    explicit Task(Handle handle) : handle_{handle} {}
    Handle handle_;
};

}  // namespace tcpsim::app
