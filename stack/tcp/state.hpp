// RFC 9293 §3.3.2: the states. LISTEN belongs to a listener, not to a connection.
#pragma once

#include <cstdint>
#include <string_view>

namespace tcpsim::tcp {

enum class State : std::uint8_t {
    closed,
    listen,
    syn_sent,
    syn_received,
    established,
    fin_wait_1,
    fin_wait_2,
    close_wait,
    closing,
    last_ack,
    time_wait,
};

/// "ESTABLISHED", "FIN-WAIT-1" …, as the RFC writes them.
std::string_view name(State state);

}  // namespace tcpsim::tcp
