// Signals as a process meets them: which there are, what it has chosen for each, and which wait to be handled.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tcpsim::machine {

/// All but the real-time ones; numbers as on Linux for x86 and ARM (signal(7)).
enum class Signal : std::uint8_t {
    sighup = 1,
    sigint = 2,
    sigquit = 3,
    sigill = 4,
    sigtrap = 5,
    sigabrt = 6,
    sigbus = 7,
    sigfpe = 8,
    sigkill = 9,
    sigusr1 = 10,
    sigsegv = 11,
    sigusr2 = 12,
    sigpipe = 13,
    sigalrm = 14,
    sigterm = 15,
    sigstkflt = 16,
    sigchld = 17,
    sigcont = 18,
    sigstop = 19,
    sigtstp = 20,
    sigttin = 21,
    sigttou = 22,
    sigurg = 23,
    sigxcpu = 24,
    sigxfsz = 25,
    sigvtalrm = 26,
    sigprof = 27,
    sigwinch = 28,
    sigio = 29,
    sigpwr = 30,
    sigsys = 31,
};
inline constexpr auto all_signals = std::to_array(
    {Signal::sighup,  Signal::sigint,    Signal::sigquit, Signal::sigill,    Signal::sigtrap, Signal::sigabrt,
     Signal::sigbus,  Signal::sigfpe,    Signal::sigkill, Signal::sigusr1,   Signal::sigsegv, Signal::sigusr2,
     Signal::sigpipe, Signal::sigalrm,   Signal::sigterm, Signal::sigstkflt, Signal::sigchld, Signal::sigcont,
     Signal::sigstop, Signal::sigtstp,   Signal::sigttin, Signal::sigttou,   Signal::sigurg,  Signal::sigxcpu,
     Signal::sigxfsz, Signal::sigvtalrm, Signal::sigprof, Signal::sigwinch,  Signal::sigio,   Signal::sigpwr,
     Signal::sigsys});

/// "SIGTERM".
std::string_view name(Signal signal);
std::optional<Signal> signal_named(std::string_view name);
std::optional<Signal> signal_numbered(std::int32_t number);

/// POSIX.1-2017 signal.h: SIG_DFL, SIG_IGN, or a function.
enum class OnSignal : std::uint8_t { by_default, ignore, handle };
struct SignalAction {
    OnSignal what{OnSignal::by_default};
    bool restart{false};  ///< SA_RESTART: calls that it interrupts are made again
    bool operator==(SignalAction const&) const = default;
};

/// What raising a signal comes to. Of SIGCONT only what comes after the process goes on.
enum class SignalEffect : std::uint8_t { nothing, death, stop, handler };

/// The signals of one process.
class Signals {
  public:
    [[nodiscard]] SignalAction action(Signal signal) const { return actions_[index(signal)]; }
    /// False for SIGKILL and SIGSTOP, which cannot be caught or ignored.
    bool set_action(Signal signal, SignalAction action);
    /// What `signal` would do now.
    [[nodiscard]] SignalEffect effect(Signal signal) const;
    /// Waits to be handled; once, however often it is raised until then.
    void post(Signal signal) { pending_ |= bit(signal); }
    /// The one of the lowest number that waits and is not being handled at this moment.
    [[nodiscard]] std::optional<Signal> next() const;
    void begin_handling(Signal signal);
    void handled(Signal signal) { masked_ &= ~bit(signal); }
    /// What a child begins with: the same actions, nothing pending (POSIX.1-2017 fork).
    [[nodiscard]] Signals of_child() const;

  private:
    static constexpr std::size_t index(Signal signal) { return static_cast<std::size_t>(signal); }
    static constexpr std::uint32_t bit(Signal signal) { return 1U << index(signal); }

    std::array<SignalAction, 32> actions_{};
    std::uint32_t pending_{0};
    std::uint32_t masked_{0};
};

}  // namespace tcpsim::machine
