// From a packet of the script to one that the stack can be given.
#pragma once

#include "sim/packet_script/flow.hpp"
#include "stack/wire/packet.hpp"

namespace tcpsim::packet_script {

/// Refuses, by throwing Stop, what has no counterpart: encapsulation, unknown ICMP types, a TSecr that nothing was sent
/// for (unless `guess_echo`: then it is counted from the first TSval).
wire::Ipv4Packet inbound_packet(Packet const& packet, Flow const& flow, bool guess_echo);

}  // namespace tcpsim::packet_script
