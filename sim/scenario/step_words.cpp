#include "sim/scenario/step_words.hpp"

#include "sim/app/numbers.hpp"
#include "stack/socket/option_names.hpp"

#include <algorithm>
#include <array>

namespace tcpsim::scenario {

namespace {

using std::string_view_literals::operator""sv;

/// In the order of machine::Restart.
constexpr std::array restarts{"always"sv, "on-failure"sv, "never"sv};
constexpr std::array on_signals{"default"sv, "ignore"sv};
/// In the order of KillTarget.
constexpr std::array targets{"child"sv, "parent"sv, "self"sv};
/// In the order of socket::Inquiry.
constexpr std::array inquiries{"FIONREAD"sv, "SIOCOUTQ"sv, "SIOCOUTQNSD"sv, "SIOCATMARK"sv};
constexpr std::array send_flags{"oob"sv, "dontwait"sv, "nosignal"sv, "more"sv};
constexpr std::array receive_flags{"oob"sv, "dontwait"sv, "peek"sv, "trunc"sv, "waitall"sv};

struct MessageFlag {
    std::string_view word{};
    app::MessageFlags flag{};
};
constexpr auto message_flags = std::to_array<MessageFlag>({
    {"oob", app::msg_oob},
    {"peek", app::msg_peek},
    {"trunc", app::msg_trunc},
    {"dontwait", app::msg_dontwait},
    {"waitall", app::msg_waitall},
    {"nosignal", app::msg_nosignal},
    {"more", app::msg_more},
});
constexpr std::size_t asked_events = 4;
constexpr std::array events{"in"sv, "out"sv, "pri"sv, "rdhup"sv, "err"sv, "hup"sv};
constexpr std::array event_bits{app::pollin, app::pollout, app::pollpri, app::pollrdhup, app::pollerr, app::pollhup};

template <class Enum, std::size_t N>
std::optional<Enum> find(std::array<std::string_view, N> const& words, std::string_view word) {
    auto const found = std::find(words.begin(), words.end(), word);
    return found == words.end() ? std::nullopt : std::optional{static_cast<Enum>(found - words.begin())};
}

}  // namespace

std::span<std::string_view const> option_words() { return socket::option_names(); }

std::span<std::string_view const> signal_words() {
    static auto const words = [] {
        std::vector<std::string_view> names;
        for (machine::Signal const signal : machine::all_signals) {
            names.push_back(machine::name(signal));
        }
        return names;
    }();
    return words;
}

std::span<std::string_view const> on_signal_words() { return on_signals; }
std::span<std::string_view const> restart_words() { return restarts; }

std::optional<machine::Restart> restart_named(std::string_view word) { return find<machine::Restart>(restarts, word); }
std::span<std::string_view const> kill_target_words() { return targets; }
std::span<std::string_view const> send_flag_words() { return send_flags; }
std::span<std::string_view const> receive_flag_words() { return receive_flags; }
std::span<std::string_view const> asked_event_words() { return std::span{events}.first<asked_events>(); }
std::span<std::string_view const> event_words() { return events; }
std::span<std::string_view const> inquiry_words() { return inquiries; }

std::optional<KillTarget> kill_target_named(std::string_view word) { return find<KillTarget>(targets, word); }
std::optional<socket::Inquiry> inquiry_named(std::string_view word) { return find<socket::Inquiry>(inquiries, word); }

std::optional<app::MessageFlags> message_flag_named(std::string_view word) {
    auto const* const found = std::find_if(message_flags.begin(), message_flags.end(),
                                           [=](MessageFlag const& row) { return row.word == word; });
    return found == message_flags.end() ? std::nullopt : std::optional{found->flag};
}

std::uint32_t event_named(std::string_view word) {
    auto const found = std::find(events.begin(), events.end(), word);
    return found == events.end() ? 0 : event_bits[static_cast<std::size_t>(found - events.begin())];
}

std::string events_text(std::uint32_t bits) {
    std::string text;
    for (std::size_t i = 0; i < events.size(); ++i) {
        if ((bits & event_bits[i]) != 0) {
            text += (text.empty() ? "" : ", ") + std::string{events[i]};
        }
    }
    return text.empty() ? "nothing" : text;
}

}  // namespace tcpsim::scenario
