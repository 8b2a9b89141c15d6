// The names that programs and logs of calls use for options.
#pragma once

#include "stack/socket/options.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace tcpsim::socket {

std::span<std::string_view const> option_names();
/// "TCP_NODELAY".
std::string_view name(Option option);
std::optional<Option> option_named(std::string_view name);
/// "SOL_SOCKET", "SOL_IP" or "SOL_TCP".
std::string_view level_of(std::string_view option);

}  // namespace tcpsim::socket
