// One line per packet, as tcpdump and packetdrill write it: "P. 1:6(5) ack 1 win 63 <nop,nop,TS val 4 ecr 7>".
#pragma once

#include "stack/wire/packet.hpp"

#include <string>

namespace tcpsim::wire {

/// The absolute numbers that are printed as 0, so that lines can be compared between runs.
struct RelativeTo {
    SeqNum seq{};
    SeqNum ack{};
    std::uint32_t timestamp_value{0};
    std::uint32_t timestamp_echo{0};
};

/// "S", "S.", ".", "P.", "F.", "R", "FP." …; "none" without any bit. packetdrill's letters: FSRPUEW, "." for ACK.
std::string flags_text(Flags flags);

/// Flags, first:last(length), ack (if its bit is set), win, urg, options in the order of the wire. No addresses: the
/// reader knows the hosts. A number left of its base wraps, as all sequence numbers do. SACK blocks count from base.ack.
std::string notation(TcpSegment const& segment, RelativeTo const& base);
/// "udp (5)", "arp who-has 10.1.0.1 tell 10.1.0.2", "icmp 3/1 host unreachable about tcp 10.1.0.2:40000 > 10.2.0.2:9998
/// seq 6". An ICMP error quotes what its receiver had sent, so the quoted number counts from base.ack.
std::string notation(Frame const& frame, RelativeTo const& base);

}  // namespace tcpsim::wire
