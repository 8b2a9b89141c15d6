// Whether a connection's handshake still runs, for the calls that must wait for it.
#pragma once

#include "stack/tcp/connection.hpp"

namespace tcpsim::socket {

/// RFC 7413: what Fast Open accepted need not wait.
inline bool opening(tcp::Connection const& connection) {
    bool const accepted = connection.tcb().fast_open == tcp::FastOpen::accepted;
    return connection.state() == tcp::State::syn_sent || (connection.state() == tcp::State::syn_received && !accepted);
}

}  // namespace tcpsim::socket
