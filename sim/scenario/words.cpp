#include "sim/scenario/words.hpp"

#include "stack/wire/notation.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

namespace tcpsim::scenario {

namespace {

using std::string_view_literals::operator""sv;

/// In the order of trace::Call.
constexpr std::array calls{
    "socket"sv,   "bind"sv,    "listen"sv,     "connect"sv,      "accept"sv,      "read"sv,       "write"sv,
    "shutdown"sv, "close"sv,   "setsockopt"sv, "getsockopt"sv,   "poll"sv,        "sleep"sv,      "fork"sv,
    "exit"sv,     "waitpid"sv, "kill"sv,       "sigaction"sv,    "alarm"sv,       "pause"sv,      "recv"sv,
    "recvfrom"sv, "recvmsg"sv, "readv"sv,      "send"sv,         "sendto"sv,      "sendmsg"sv,    "writev"sv,
    "sendfile"sv, "splice"sv,  "select"sv,     "epoll_create"sv, "epoll_ctl"sv,   "epoll_wait"sv, "dup"sv,
    "dup2"sv,     "fcntl"sv,   "ioctl"sv,      "getsockname"sv,  "getpeername"sv, "pipe"sv,       "open"sv};
/// In the order of trace::Happening.
constexpr std::array happenings{"power_loss"sv,
                                "crash"sv,
                                "boot"sv,
                                "process_started"sv,
                                "process_exited"sv,
                                "process_killed"sv,
                                "link_cut"sv,
                                "link_restored"sv,
                                "rule_armed"sv,
                                "rule_removed"sv,
                                "delay_changed"sv,
                                "mtu_changed"sv,
                                "carrier_lost"sv,
                                "carrier_found"sv,
                                "nic_down"sv,
                                "nic_up"sv,
                                "address_removed"sv,
                                "address_added"sv,
                                "suspended"sv,
                                "resumed"sv,
                                "clock_jumped"sv,
                                "link_blackholed"sv,
                                "link_changed"sv,
                                "routes_changed"sv,
                                "mappings_changed"sv,
                                "neighbours_forgotten"sv,
                                "signal_handled"sv,
                                "shutdown_begun"sv,
                                "powered_off"sv,
                                "process_stopped"sv,
                                "process_continued"sv};
/// In the order of VerbKind.
constexpr std::array verbs{"power_loss"sv,
                           "crash"sv,
                           "boot"sv,
                           "kill"sv,
                           "exit"sv,
                           "shutdown"sv,
                           "reboot"sv,
                           "suspend"sv,
                           "resume"sv,
                           "clock_skew"sv,
                           "nic_down"sv,
                           "nic_up"sv,
                           "address_removed"sv,
                           "address_added"sv,
                           "forget_neighbours"sv,
                           "cut"sv,
                           "restore"sv,
                           "blackhole"sv,
                           "flap"sv,
                           "change"sv,
                           "route"sv,
                           "unroute"sv,
                           "mtu"sv,
                           "forget_flows"sv,
                           "rebind"sv,
                           "backend_out"sv,
                           "backend_in"sv,
                           "pass"sv,
                           "drop"sv,
                           "slow"sv,
                           "reorder"sv,
                           "duplicate"sv,
                           "corrupt"sv,
                           "mark"sv,
                           "stall"sv,
                           "heal"sv,
                           "ss"sv};
/// In the order of socket::ShutdownHow.
constexpr std::array hows{"read"sv, "write"sv, "both"sv};
constexpr std::array states{tcp::State::closed,      tcp::State::syn_sent,   tcp::State::syn_received,
                            tcp::State::established, tcp::State::fin_wait_1, tcp::State::fin_wait_2,
                            tcp::State::close_wait,  tcp::State::closing,    tcp::State::last_ack,
                            tcp::State::time_wait};

template <class Enum, std::size_t N>
std::optional<Enum> find(std::array<std::string_view, N> const& words, std::string_view word) {
    auto const found = std::find(words.begin(), words.end(), word);
    return found == words.end() ? std::nullopt : std::optional{static_cast<Enum>(found - words.begin())};
}

}  // namespace

std::span<std::string_view const> call_words() { return calls; }
std::span<std::string_view const> happening_words() { return happenings; }
std::span<std::string_view const> shutdown_words() { return hows; }

std::span<std::string_view const> state_words() {
    static auto const words = [] {
        std::vector<std::string_view> names;
        std::transform(states.begin(), states.end(), std::back_inserter(names), [](auto s) { return tcp::name(s); });
        return names;
    }();
    return words;
}

std::span<std::string_view const> errno_words() {
    static auto const words = [] {
        std::vector<std::string_view> names;
        for (auto e = static_cast<int>(Errno::none) + 1; e <= static_cast<int>(last_errno); ++e) {
            names.push_back(name(static_cast<Errno>(e)));
        }
        return names;
    }();
    return words;
}

std::span<std::string_view const> profile_words() {
    static auto const words = [] {
        std::vector<std::string_view> names;
        for (auto const* profile : profile::all()) {
            names.push_back(profile->name);
        }
        return names;
    }();
    return words;
}

std::optional<trace::Call> call_named(std::string_view word) { return find<trace::Call>(calls, word); }
std::optional<trace::Happening> happening_named(std::string_view word) {
    return find<trace::Happening>(happenings, word);
}
std::optional<socket::ShutdownHow> shutdown_named(std::string_view word) {
    return find<socket::ShutdownHow>(hows, word);
}
std::optional<tcp::State> state_named(std::string_view word) {
    auto const found = std::find_if(states.begin(), states.end(), [word](auto s) { return tcp::name(s) == word; });
    return found == states.end() ? std::nullopt : std::optional{*found};
}

std::string_view word_for(trace::Call call) { return calls[static_cast<std::size_t>(call)]; }
std::string_view word_for(trace::Happening happening) { return happenings[static_cast<std::size_t>(happening)]; }
std::string_view word_for(VerbKind verb) { return verbs[static_cast<std::size_t>(verb)]; }

std::optional<std::string> normal_flags(std::string_view text) {
    using wire::Flags;
    constexpr std::string_view letters = "FSRP.UEW";  // bit n of the header's control bits
    Flags flags{};
    for (char const c : text) {
        auto const bit = letters.find(c);
        if (bit == std::string_view::npos || flags.has(static_cast<std::uint8_t>(1U << bit))) {
            return std::nullopt;
        }
        flags.bits = static_cast<std::uint8_t>(flags.bits | (1U << bit));
    }
    return text.empty() ? std::nullopt : std::optional{wire::flags_text(flags)};
}

}  // namespace tcpsim::scenario
