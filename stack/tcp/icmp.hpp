// ICMP errors about a connection's segments (RFC 9293 §3.9.2.2, RFC 5461, RFC 5927).
#pragma once

#include "stack/base/seq.hpp"
#include "stack/tcp/turn.hpp"

#include <cstdint>

namespace tcpsim::tcp {

/// An error as its host took it apart.
struct IcmpError {
    std::uint8_t type{0};
    std::uint8_t code{0};
    SeqNum seq{};          ///< of the segment that it quotes
    std::uint16_t mtu{0};  ///< of the next hop, with "fragmentation needed" (RFC 1191 §4)
};

void icmp_error_arrives(Turn& turn, IcmpError const& icmp);

}  // namespace tcpsim::tcp
