#include "sim/machine/signal.hpp"

#include <algorithm>

namespace tcpsim::machine {

std::string_view name(Signal signal) {
    switch (signal) {
        case Signal::sighup:
            return "SIGHUP";
        case Signal::sigint:
            return "SIGINT";
        case Signal::sigquit:
            return "SIGQUIT";
        case Signal::sigill:
            return "SIGILL";
        case Signal::sigtrap:
            return "SIGTRAP";
        case Signal::sigabrt:
            return "SIGABRT";
        case Signal::sigbus:
            return "SIGBUS";
        case Signal::sigfpe:
            return "SIGFPE";
        case Signal::sigkill:
            return "SIGKILL";
        case Signal::sigusr1:
            return "SIGUSR1";
        case Signal::sigsegv:
            return "SIGSEGV";
        case Signal::sigusr2:
            return "SIGUSR2";
        case Signal::sigpipe:
            return "SIGPIPE";
        case Signal::sigalrm:
            return "SIGALRM";
        case Signal::sigterm:
            return "SIGTERM";
        case Signal::sigstkflt:
            return "SIGSTKFLT";
        case Signal::sigchld:
            return "SIGCHLD";
        case Signal::sigcont:
            return "SIGCONT";
        case Signal::sigstop:
            return "SIGSTOP";
        case Signal::sigtstp:
            return "SIGTSTP";
        case Signal::sigttin:
            return "SIGTTIN";
        case Signal::sigttou:
            return "SIGTTOU";
        case Signal::sigurg:
            return "SIGURG";
        case Signal::sigxcpu:
            return "SIGXCPU";
        case Signal::sigxfsz:
            return "SIGXFSZ";
        case Signal::sigvtalrm:
            return "SIGVTALRM";
        case Signal::sigprof:
            return "SIGPROF";
        case Signal::sigwinch:
            return "SIGWINCH";
        case Signal::sigio:
            return "SIGIO";
        case Signal::sigpwr:
            return "SIGPWR";
        case Signal::sigsys:
            return "SIGSYS";
    }
    return {};
}

std::optional<Signal> signal_named(std::string_view wanted) {
    auto const* const found =
        std::find_if(all_signals.begin(), all_signals.end(), [&](Signal signal) { return name(signal) == wanted; });
    return found == all_signals.end() ? std::nullopt : std::optional{*found};
}

std::optional<Signal> signal_numbered(std::int32_t number) {
    auto const* const found = std::find_if(all_signals.begin(), all_signals.end(),
                                           [&](Signal signal) { return static_cast<std::int32_t>(signal) == number; });
    return found == all_signals.end() ? std::nullopt : std::optional{*found};
}

bool Signals::set_action(Signal signal, SignalAction action) {
    if (signal == Signal::sigkill || signal == Signal::sigstop) {
        return false;
    }
    actions_[index(signal)] = action;
    if (effect(signal) == SignalEffect::nothing) {
        pending_ &= ~bit(signal);  // POSIX.1-2017 §2.4.3: ignoring it discards what is pending
    }
    return true;
}

SignalEffect Signals::effect(Signal signal) const {
    switch (actions_[index(signal)].what) {
        case OnSignal::ignore:
            return SignalEffect::nothing;
        case OnSignal::handle:
            return SignalEffect::handler;
        case OnSignal::by_default:
            break;
    }
    // signal(7), default actions.
    switch (signal) {
        case Signal::sigchld:
        case Signal::sigcont:
        case Signal::sigurg:
        case Signal::sigwinch:
            return SignalEffect::nothing;
        case Signal::sigstop:
        case Signal::sigtstp:
        case Signal::sigttin:
        case Signal::sigttou:
            return SignalEffect::stop;
        default:
            return SignalEffect::death;
    }
}

std::optional<Signal> Signals::next() const {
    auto const* const found = std::find_if(all_signals.begin(), all_signals.end(),
                                           [&](Signal signal) { return (pending_ & ~masked_ & bit(signal)) != 0; });
    return found == all_signals.end() ? std::nullopt : std::optional{*found};
}

void Signals::begin_handling(Signal signal) {
    pending_ &= ~bit(signal);
    masked_ |= bit(signal);
}

Signals Signals::of_child() const {
    Signals child = *this;
    child.pending_ = 0;
    return child;
}

}  // namespace tcpsim::machine
