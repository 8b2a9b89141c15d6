// The words of steps for enumerations of the simulator, both ways.
#pragma once

#include "sim/scenario/program_spec.hpp"

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

std::optional<machine::Restart> restart_named(std::string_view word);
std::optional<KillTarget> kill_target_named(std::string_view word);
std::optional<socket::Inquiry> inquiry_named(std::string_view word);
std::optional<app::MessageFlags> message_flag_named(std::string_view word);
/// The bit of <poll.h>; 0 for no such word.
std::uint32_t event_named(std::string_view word);
/// "in, rdhup"; "nothing".
std::string events_text(std::uint32_t events);

}  // namespace tcpsim::scenario
