#include "sim/scenario/step_words.hpp"

#include "sim/app/numbers.hpp"
#include "sim/scenario/words.hpp"
#include "stack/socket/option_names.hpp"
#include "stack/socket/tcp_info_members.hpp"

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
constexpr std::array send_flags{"oob"sv, "dontwait"sv, "nosignal"sv, "more"sv, "eor"sv, "zerocopy"sv, "fastopen"sv};
constexpr std::array receive_flags{"oob"sv, "dontwait"sv, "peek"sv, "trunc"sv, "waitall"sv, "errqueue"sv};

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
    {"eor", app::msg_eor},
    {"zerocopy", app::msg_zerocopy},
    {"fastopen", app::msg_fastopen},
    {"errqueue", app::msg_errqueue},
});
constexpr std::array file_flags{"nonblock"sv};
constexpr std::array open_modes{"read"sv, "create"sv};
constexpr std::array splice_flags{"nonblock"sv, "more"sv};
constexpr std::array fcntls{"F_GETFL"sv, "F_SETFL"sv};
constexpr std::array epoll_controls{"add"sv, "modify"sv, "delete"sv};
constexpr std::array socket_types{"tcp"sv, "udp"sv};
constexpr std::size_t asked_events = 4;
constexpr std::size_t found_events = 6;
constexpr std::array all_events{"in"sv,  "out"sv, "pri"sv,     "rdhup"sv,    "err"sv,
                                "hup"sv, "et"sv,  "oneshot"sv, "exclusive"sv};
constexpr std::array event_bits{app::pollin,  app::pollout, app::pollpri,      app::pollrdhup,     app::pollerr,
                                app::pollhup, app::epollet, app::epolloneshot, app::epollexclusive};
/// Those that epoll_ctl() takes.
constexpr std::array epoll_events{"in"sv, "out"sv, "pri"sv, "rdhup"sv, "et"sv, "oneshot"sv, "exclusive"sv};
constexpr std::span events = std::span{all_events}.first<found_events>();

template <std::size_t N>
std::vector<std::string_view> joined(std::array<std::string_view, N> const& more) {
    std::span<std::string_view const> const first = socket::option_names();
    std::vector<std::string_view> all{first.begin(), first.end()};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

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
std::span<std::string_view const> asked_event_words() { return events.first<asked_events>(); }
std::span<std::string_view const> event_words() { return events; }
std::span<std::string_view const> inquiry_words() { return inquiries; }

std::span<std::string_view const> file_flag_words() { return file_flags; }
std::span<std::string_view const> open_mode_words() { return open_modes; }
std::span<std::string_view const> splice_flag_words() { return splice_flags; }
std::span<std::string_view const> fcntl_words() { return fcntls; }
std::span<std::string_view const> epoll_control_words() { return epoll_controls; }
std::span<std::string_view const> epoll_event_words() { return epoll_events; }
std::span<std::string_view const> socket_type_words() { return socket_types; }
std::span<std::string_view const> info_words() { return socket::info_members(); }

std::span<std::string_view const> set_option_words() {
    static auto const words = joined(std::array{"TCP_CONGESTION"sv, "TCP_MD5SIG"sv});
    return words;
}
std::span<std::string_view const> get_option_words() {
    static auto const words = joined(std::array{"TCP_CONGESTION"sv, "TCP_INFO"sv});
    return words;
}
std::span<std::string_view const> report_words() {
    static auto const words = [] {
        std::span<std::string_view const> const errors = errno_words();
        std::vector<std::string_view> all{errors.begin(), errors.end()};
        all.insert(all.end(), {"zerocopy", "timestamp"});
        return all;
    }();
    return words;
}

std::uint32_t splice_flag_named(std::string_view word) {
    return word == "nonblock" ? app::splice_f_nonblock : word == "more" ? app::splice_f_more : 0;
}

std::optional<app::EpollControl> epoll_control_named(std::string_view word) {
    using app::EpollControl;
    return word == "add"      ? std::optional{EpollControl::add}
           : word == "modify" ? std::optional{EpollControl::modify}
           : word == "delete" ? std::optional{EpollControl::remove}
                              : std::nullopt;
}

std::string report_text(host::ErrorReport const& report) {
    switch (report.origin) {
        case host::ReportOrigin::zerocopy:
            return "zerocopy";
        case host::ReportOrigin::timestamping:
            return "timestamp";
        case host::ReportOrigin::icmp:
            break;
    }
    return std::string{name(report.error)};
}

std::string watched_text(NamedEvents const& watched) {
    std::string text = watched.name;
    for (std::size_t i = 0; i < events.size(); ++i) {
        text += (watched.events & event_bits[i]) != 0 ? " " + std::string{events[i]} : "";
    }
    return text;
}

std::optional<KillTarget> kill_target_named(std::string_view word) { return find<KillTarget>(targets, word); }
std::optional<socket::Inquiry> inquiry_named(std::string_view word) { return find<socket::Inquiry>(inquiries, word); }

std::optional<app::MessageFlags> message_flag_named(std::string_view word) {
    auto const* const found = std::find_if(message_flags.begin(), message_flags.end(),
                                           [=](MessageFlag const& row) { return row.word == word; });
    return found == message_flags.end() ? std::nullopt : std::optional{found->flag};
}

std::uint32_t event_named(std::string_view word) {
    auto const* const found = std::find(all_events.begin(), all_events.end(), word);
    return found == all_events.end() ? 0 : event_bits[static_cast<std::size_t>(found - all_events.begin())];
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
