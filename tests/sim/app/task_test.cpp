// sim/app/task.hpp: tasks without a world, under a trampoline of three lines.
#include "sim/app/task.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

using tcpsim::app::CallStack;
using tcpsim::app::Task;

namespace {

/// Runs a task until it ends, or until `paused` is set.
void run(CallStack& stack, bool const& paused) {
    while (!stack.empty() && !paused) {
        stack.top().resume();
    }
}
template <class T>
T run(Task<T> task) {
    CallStack stack;
    bool const never_paused = false;
    task.enter(stack);
    run(stack, never_paused);
    return task.take();
}

struct Pause {
    bool* paused;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<>) const { *paused = true; }
    void await_resume() const {}
};

Task<int> twice(int value) { co_return 2 * value; }
Task<int> sum_of_twos(int count) {
    int total = 0;
    for (int i = 0; i < count; ++i) {
        total += co_await twice(1);
    }
    co_return total;
}
Task<int> depth(int levels) {
    if (levels == 0) {
        co_return 0;
    }
    int const below = co_await depth(levels - 1);
    co_return below + 1;
}
Task<> throws() {
    throw std::runtime_error{"from below"};
    co_return;
}
Task<std::string> catches() {
    try {
        co_await throws();
    } catch (std::runtime_error const& error) {
        co_return error.what();
    }
    co_return "nothing was thrown";
}
Task<int> passes_on() {
    co_await throws();
    co_return 1;
}

/// Says when it goes.
struct Witness {
    std::vector<std::string>* log;
    std::string name;
    Witness(std::vector<std::string>& to, std::string who) : log{&to}, name{std::move(who)} {}
    Witness(Witness const&) = delete;
    Witness& operator=(Witness const&) = delete;
    ~Witness() { log->push_back(name); }
};
Task<> inner(std::vector<std::string>& log, bool& paused) {
    Witness const witness{log, "inner"};
    co_await Pause{&paused};
    log.emplace_back("inner went on");
}
Task<> middle(std::vector<std::string>& log, bool& paused) {
    Witness const witness{log, "middle"};
    co_await inner(log, paused);
}
Task<> outer(std::vector<std::string>& log, bool& paused) {
    Witness const witness{log, "outer"};
    co_await middle(log, paused);
}

}  // namespace

TEST_CASE("task: a value comes out of the co_await") { CHECK(run(twice(21)) == 42); }

TEST_CASE("task: awaiting in a loop uses no C++ stack") { CHECK(run(sum_of_twos(200'000)) == 400'000); }

TEST_CASE("task: nesting uses no C++ stack") { CHECK(run(depth(10'000)) == 10'000); }

TEST_CASE("task: an exception comes out of the co_await") { CHECK(run(catches()) == "from below"); }

TEST_CASE("task: an exception that nobody catches comes out of the outermost task") {
    CHECK_THROWS_AS(run(passes_on()), std::runtime_error);
}

TEST_CASE("task: destroying the outermost of suspended tasks destroys all, innermost first") {
    std::vector<std::string> log;
    bool paused = false;
    {
        CallStack stack;
        Task<> task = outer(log, paused);
        task.enter(stack);
        run(stack, paused);
        CHECK(log.empty());
    }
    CHECK(log == std::vector<std::string>{"inner", "middle", "outer"});
}

TEST_CASE("task: one that was paused goes on where it stood") {
    std::vector<std::string> log;
    bool paused = false;
    CallStack stack;
    Task<> task = outer(log, paused);
    task.enter(stack);
    run(stack, paused);
    paused = false;
    run(stack, paused);
    CHECK(log == std::vector<std::string>{"inner went on", "inner", "middle", "outer"});
}

TEST_CASE("task: one that never starts is destroyed unseen") {
    std::vector<std::string> log;
    bool paused = false;
    { Task<> const task = outer(log, paused); }
    CHECK(log.empty());
}
