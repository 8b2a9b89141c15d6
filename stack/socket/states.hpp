// What the state of a connection means to the calls on its socket.
#pragma once

#include "stack/tcp/connection.hpp"

namespace tcpsim::socket {

/// Nothing happens on it any more. TIME-WAIT is nobody's: on Linux the socket is left behind in CLOSE (tcp_time_wait), on 4.4BSD
/// it is disconnected.
inline bool is_over(tcp::Connection const* connection) {
    return connection == nullptr || connection->state() == tcp::State::closed ||
           connection->state() == tcp::State::time_wait;
}

/// The handshake runs; nothing can be sent. RFC 7413: what Fast Open accepted need not wait.
inline bool is_opening(tcp::Connection const& connection) {
    bool const accepted = connection.tcb().fast_open.accepted;
    return connection.state() == tcp::State::syn_sent || (connection.state() == tcp::State::syn_received && !accepted);
}

}  // namespace tcpsim::socket
