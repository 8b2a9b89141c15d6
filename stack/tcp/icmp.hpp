// ICMP errors about a connection's segments (RFC 9293 §3.9.2.2, RFC 5461, RFC 5927).
#pragma once

#include "stack/base/seq.hpp"
#include "stack/tcp/turn.hpp"

#include <cstdint>
#include <optional>

namespace tcpsim::tcp {

/// An error as its host took it apart.
struct IcmpError {
    std::uint8_t type{0};
    std::uint8_t code{0};
    SeqNum seq{};          ///< of the segment that it quotes
    std::uint16_t mtu{0};  ///< of the next hop, with "fragmentation needed" (RFC 1191 §4)
};

/// What an error says as a system has it; nothing if it says nothing.
std::optional<Errno> meaning_of(IcmpError const& icmp, profile::IcmpErrors policy);
/// Linux icmp_err_convert: codes of "unreachable" that no other route will cure.
bool is_fatal_unreachable(std::uint8_t code);

void icmp_error_arrives(Turn& turn, IcmpError const& icmp);

}  // namespace tcpsim::tcp
