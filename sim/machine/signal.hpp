// Signals as a process meets them: which there are, what it has chosen for each, and which wait to be handled.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tcpsim::machine {

/// The signals that sockets, programs and shutdowns raise; numbers as on Linux for x86 and ARM (signal(7)).
enum class Signal : std::uint8_t {
    sighup = 1,
    sigint = 2,
    sigquit = 3,
    sigkill = 9,
    sigusr1 = 10,
    sigusr2 = 12,
    sigpipe = 13,
    sigalrm = 14,
    sigterm = 15,
    sigchld = 17,
    sigurg = 23,
};
inline constexpr auto all_signals =
    std::to_array({Signal::sighup, Signal::sigint, Signal::sigquit, Signal::sigkill, Signal::sigusr1, Signal::sigusr2,
                   Signal::sigpipe, Signal::sigalrm, Signal::sigterm, Signal::sigchld, Signal::sigurg});

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

/// What raising a signal comes to.
enum class SignalEffect : std::uint8_t { nothing, death, handler };

/// The signals of one process.
class Signals {
  public:
    [[nodiscard]] SignalAction action(Signal signal) const { return actions_[index(signal)]; }
    /// False for SIGKILL, which cannot be caught or ignored.
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
