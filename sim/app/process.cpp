#include "sim/app/process.hpp"

#include <algorithm>
#include <string>
#include <type_traits>

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
    if (wait_ != nullptr) {
        if (!wait_->over()) {
            return std::nullopt;
        }
        wait_ = nullptr;
    }
    while (!stack_.empty() && wait_ == nullptr && !exit_status_) {
        stack_.top().resume();
    }
    if (exit_status_) {
        return exit_status_;
    }
    if (stack_.empty()) {
        main.take();
        return 0;
    }
    return std::nullopt;
}

std::uint32_t Process::record_made(trace::CallMade made) {
    guard_against_spinning();
    made.process = kernel_->ref();
    made.number = ++calls_;
    context_->trace([&] {
        connection_ = kernel_->connection(made.descriptor);  // close() is about to forget it
        return made;
    });
    return calls_;
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

template <class T, class Call>
Returned<T> Process::at_once(trace::CallMade const& made, Call call) {
    std::uint32_t const number = record_made(made);
    Result<T> result = call();
    trace::CallReturned what{.error = result.error()};
    if constexpr (!std::is_same_v<T, Done>) {
        what.value = result.ok() ? result.value() : 0;
    }
    record_returned(number, made, what, false);
    return Returned<T>{std::move(result)};
}

Returned<std::int32_t> Process::socket() {
    return at_once<std::int32_t>({.call = trace::Call::socket}, [&] { return kernel_->socket(*context_); });
}

Returned<Done> Process::bind(std::int32_t fd, wire::Endpoint local) {
    return at_once<Done>({.call = trace::Call::bind, .descriptor = fd, .address = local},
                         [&] { return kernel_->bind(fd, local, *context_); });
}

Returned<Done> Process::listen(std::int32_t fd, int backlog) {
    return at_once<Done>({.call = trace::Call::listen, .descriptor = fd},
                         [&] { return kernel_->listen(fd, backlog, *context_); });
}

Returned<Done> Process::shutdown(std::int32_t fd, socket::ShutdownHow how) {
    return at_once<Done>({.call = trace::Call::shutdown, .descriptor = fd},
                         [&] { return kernel_->shutdown(fd, how, *context_); });
}

Returned<Done> Process::close(std::int32_t fd) {
    return at_once<Done>({.call = trace::Call::close, .descriptor = fd}, [&] { return kernel_->close(fd, *context_); });
}

Returned<Done> Process::setsockopt(std::int32_t fd, socket::Option option, std::int64_t value) {
    return at_once<Done>({.call = trace::Call::setsockopt, .descriptor = fd},
                         [&] { return kernel_->setsockopt(fd, option, value, *context_); });
}

Returned<std::int64_t> Process::getsockopt(std::int32_t fd, socket::Option option) {
    return at_once<std::int64_t>({.call = trace::Call::getsockopt, .descriptor = fd},
                                 [&] { return kernel_->getsockopt(fd, option, *context_); });
}

Returned<std::int32_t> Process::fork(Main child) {
    return at_once<std::int32_t>({.call = trace::Call::fork}, [&]() -> Result<std::int32_t> {
        return static_cast<std::int32_t>(kernel_->fork(coroutine_program(std::move(child)), *context_));
    });
}

void Sleeping::await_suspend(std::coroutine_handle<>) {
    number_ = process_->record_made({.call = trace::Call::sleep});
    process_->kernel_->sleep_until(std::max(until_, process_->now()), *process_->context_);
    process_->wait_ = this;
}

bool Sleeping::over() {
    process_->record_returned(number_, {.call = trace::Call::sleep}, {}, true);
    return true;
}

void Exiting::await_suspend(std::coroutine_handle<>) {
    process_->record_made({.call = trace::Call::exit});
    process_->exit_status_ = status_;
}

}  // namespace tcpsim::app
