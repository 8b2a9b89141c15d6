// The members of struct tcp_info by their names.
#pragma once

#include "stack/socket/tcp_info.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tcpsim::socket {

/// "tcpi_state", "tcpi_rto" …, those that TcpInfo has.
std::span<std::string_view const> info_members();
/// The value of a member; nothing if there is none of that name.
std::optional<std::int64_t> info_member(TcpInfo const& info, std::string_view name);

}  // namespace tcpsim::socket
