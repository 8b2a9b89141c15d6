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
    [[nodiscard]] std::coroutine_handle<> top() const { return frames_.back(); }

  private:
    std::vector<std::coroutine_handle<>> frames_{};
};

}  // namespace tcpsim::app
