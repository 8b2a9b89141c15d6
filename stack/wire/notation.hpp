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

/// Flags, first:last(length), ack, win, urg, options. No addresses: the reader knows the hosts.
std::string notation(TcpSegment const& segment, RelativeTo const& base);
/// "udp (5)", "icmp 3/1 host unreachable", "arp who-has 10.1.0.1 tell 10.1.0.2".
std::string notation(Frame const& frame, RelativeTo const& base);

}  // namespace tcpsim::wire
