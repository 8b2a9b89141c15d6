// The sockets of all hosts at one instant, as `ss -tuinoap` shows them.
#pragma once

#include "sim/machine/socket_table.hpp"
#include "tools/render/text.hpp"

#include <string>
#include <vector>

namespace tcpsim::render {

/// One host's table: a heading, then a line for each socket and a second one for each connection.
std::string socket_table_text(std::string_view host, Instant at, std::vector<machine::SocketRow> const& rows);

}  // namespace tcpsim::render
