// The names of struct tcp_info, as scripts write them.
#pragma once

#include "stack/socket/tcp_info.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace tcpsim::packet_script {

/// "tcpi_snd_cwnd"; nothing for a name that we don't have.
std::optional<std::int64_t> info_member(socket::TcpInfo const& info, std::string_view name);

}  // namespace tcpsim::packet_script
