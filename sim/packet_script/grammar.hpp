// The rules of the grammar, one function each: they read from a cursor and give plain data. docs/packetdrill.md has them as
// text.
#pragma once

#include "sim/packet_script/cursor.hpp"

namespace tcpsim::packet_script {

/// One argument, result or member.
Expression parse_expression(Cursor& at);
/// From the call's name to its note.
Call parse_call(Cursor& at);
/// From the direction on.
Packet parse_packet(Cursor& at);
/// What stands between < and >, both included; nothing for "<...>".
std::optional<std::vector<TcpOption>> parse_tcp_options(Cursor& at);

}  // namespace tcpsim::packet_script
