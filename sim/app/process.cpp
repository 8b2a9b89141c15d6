#include "sim/app/process.hpp"

#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>

namespace tcpsim::app {

namespace {

/// So many calls at one instant, none of which had to wait: the program will never let time go on.
constexpr std::uint32_t most_calls_without_wait = 1'000'000;

/// Lends the context for one event, also when a program throws.
class Loan {
  public:
    Loan(net::Context*& slot, net::Context& context) : slot_{&slot} { slot = &context; }
    Loan(Loan const&) = delete;
    Loan& operator=(Loan const&) = delete;
    ~Loan() { *slot_ = nullptr; }

  private:
    net::Context** slot_;
};

}  // namespace

std::optional<std::int32_t> Process::run(Task<>& main, net::Context& context) {
    Loan const loan{context_, context};
    if (!entered_) {
        entered_ = true;
        main.enter(stack_);
    }
    while (!exit_status_ && !kernel_->doomed()) {
        if (wait_ != nullptr) {
            std::optional<bool> const known = std::exchange(over_, std::nullopt);
            bool const over = known ? *known : wait_->over();
            if (begin_handler(over)) {
                continue;
            }
            if (!over) {
                return std::nullopt;
            }
            wait_ = nullptr;
        }
        if (!handling_.empty() && stack_.size() == handling_.back().depth) {
            end_handler();
        } else if (stack_.empty()) {
            main.take();
            return 0;
        } else {
            stack_.top().resume();
        }
    }
    return exit_status_;
}

void Process::suspend(Wait& wait, bool over) {
    calls_without_wait_ = 0;
    wait_ = &wait;
    over_ = over;
}

/// Puts the handler of the next signal on top of what waits.
bool Process::begin_handler(bool wait_is_over) {
    std::optional<machine::Signal> const signal = kernel_->next_signal();
    if (!signal || kernel_->doomed()) {
        return false;
    }
    if (!wait_is_over) {
        kernel_->stop_waiting();
        wait_->interrupt(kernel_->action(*signal).restart);
    }
    kernel_->begin_handling(*signal, *context_);
    Main const handler = handlers_.at(*signal);
    handling_.push_back({*signal, handler, handler(*this), stack_.size(), std::exchange(wait_, nullptr)});
    handling_.back().task.enter(stack_);
    return true;
}

void Process::end_handler() {
    Handling ended = std::move(handling_.back());
    handling_.pop_back();
    kernel_->handled(ended.signal);
    wait_ = ended.interrupted;
    ended.task.take();
}

std::uint32_t Process::begin_call() {
    guard_against_spinning();
    return ++calls_;
}

void Process::record_made(std::uint32_t number, trace::CallMade made) {
    made.process = kernel_->ref();
    made.number = number;
    connection_ = kernel_->connection(made.descriptor);  // close() is about to forget it
    context_->trace([&] { return made; });
}

void Process::record_returned(std::uint32_t number, trace::CallMade const& made, trace::CallReturned what,
                              bool blocked) {
    context_->trace([&] {
        what.process = kernel_->ref();
        what.number = number;
        what.call = made.call;
        what.descriptor = made.descriptor;
        what.blocked = blocked;
        what.because = blocked ? kernel_->woken_by() : trace::Because{};
        bool const accepted = made.call == trace::Call::accept && what.error == Errno::none;
        wire::FourTuple const behind =
            kernel_->connection(accepted ? static_cast<std::int32_t>(what.value) : made.descriptor);
        what.connection = behind == wire::FourTuple{} ? connection_ : behind;
        return what;
    });
}

void Process::guard_against_spinning() {
    if (last_call_ != now()) {
        last_call_ = now();
        calls_without_wait_ = 0;
    }
    if (++calls_without_wait_ > most_calls_without_wait) {
        std::string const complaint = "a program lets time go on; \"" + kernel_->name() + "\" made " +
                                      std::to_string(most_calls_without_wait) +
                                      " calls at one instant and never had to wait";
        fail_check(complaint.c_str(), __FILE__, __LINE__);
    }
}

void Exiting::await_suspend(std::coroutine_handle<>) {
    std::uint32_t const number = process_->begin_call();
    if (process_->traced()) {
        process_->record_made(number, {.call = trace::Call::exit});
    }
    process_->exit_status_ = status_;
}

}  // namespace tcpsim::app
