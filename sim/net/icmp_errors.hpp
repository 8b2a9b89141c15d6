// The ICMP error that a router owes the sender of a packet that it could not forward.
#pragma once

#include "stack/wire/packet.hpp"

#include <cstdint>
#include <optional>

namespace tcpsim::net {

/// What a router says. `none`: nothing.
enum class IcmpReason : std::uint8_t {
    none,
    net_unreachable,
    host_unreachable,
    protocol_unreachable,
    port_unreachable,
    fragmentation_needed,
    prohibited,
    time_exceeded,
};

/// From `own` to the sender of `dropped`; nothing where no error may be sent (RFC 1812 §4.3.2.7) or none exists.
/// `mtu`: of the link that was too narrow.
std::optional<wire::Ipv4Packet> icmp_error(IcmpReason reason, wire::Ipv4Packet const& dropped, wire::Ipv4Address own,
                                           std::uint16_t mtu);

}  // namespace tcpsim::net
