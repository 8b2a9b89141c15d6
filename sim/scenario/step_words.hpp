// The words of steps for enumerations of the simulator, both ways.
#pragma once

#include "sim/app/calls_epoll.hpp"
#include "sim/scenario/program_spec.hpp"
#include "stack/host/error_report.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace tcpsim::scenario {

std::span<std::string_view const> option_words();        ///< "TCP_NODELAY" …
std::span<std::string_view const> signal_words();        ///< "SIGTERM" …
std::span<std::string_view const> on_signal_words();     ///< "default", "ignore"
std::span<std::string_view const> restart_words();       ///< "always", "on-failure", "never"
std::span<std::string_view const> kill_target_words();   ///< "child", "parent", "self"
std::span<std::string_view const> send_flag_words();     ///< "more", "dontwait" …
std::span<std::string_view const> receive_flag_words();  ///< "peek", "waitall" …
std::span<std::string_view const> asked_event_words();   ///< "in", "out", "pri", "rdhup"
std::span<std::string_view const> event_words();         ///< these and "err", "hup"
std::span<std::string_view const> inquiry_words();       ///< "FIONREAD", "SIOCOUTQ", "SIOCOUTQNSD"

std::span<std::string_view const> report_words();         ///< "ECONNREFUSED" …, "zerocopy", "timestamp"
std::span<std::string_view const> file_flag_words();      ///< "nonblock"
std::span<std::string_view const> open_mode_words();      ///< "read", "create"
std::span<std::string_view const> splice_flag_words();    ///< "nonblock", "more"
std::span<std::string_view const> fcntl_words();          ///< "F_GETFL", "F_SETFL"
std::span<std::string_view const> epoll_control_words();  ///< "add", "modify", "delete"
std::span<std::string_view const> epoll_event_words();    ///< "in" …, "et", "oneshot", "exclusive"
std::span<std::string_view const> socket_type_words();    ///< "tcp", "udp"
std::span<std::string_view const> set_option_words();     ///< option_words(), TCP_CONGESTION, TCP_MD5SIG
std::span<std::string_view const> get_option_words();     ///< option_words(), TCP_CONGESTION, TCP_INFO
std::span<std::string_view const> info_words();           ///< "tcpi_state" …

std::uint32_t splice_flag_named(std::string_view word);  ///< SPLICE_F_…; 0 for no such word
std::optional<app::EpollControl> epoll_control_named(std::string_view word);
/// What an entry of the error queue is about.
std::string report_text(host::ErrorReport const& report);
/// "conn in hup", in the order of event_words().
std::string watched_text(NamedEvents const& watched);
std::optional<machine::Restart> restart_named(std::string_view word);
std::optional<KillTarget> kill_target_named(std::string_view word);
std::optional<socket::Inquiry> inquiry_named(std::string_view word);
std::optional<app::MessageFlags> message_flag_named(std::string_view word);
/// The bit of <poll.h>; 0 for no such word.
std::uint32_t event_named(std::string_view word);
/// "in, rdhup"; "nothing".
std::string events_text(std::uint32_t events);

}  // namespace tcpsim::scenario
