// From a packet that the stack sent to what the script says of it.
#pragma once

#include "sim/packet_script/flow.hpp"
#include "sim/packet_script/stage.hpp"

#include <optional>
#include <string>

namespace tcpsim::packet_script {

/// How exactly TSval is looked at.
struct TimestampCheck {
    std::optional<Duration> tick{};  ///< nothing: not at all
    Duration tolerance{0};
};

/// What the script's packet has otherwise: "the window: 100 expected, 120 seen"; empty if it is the one. `sent` is whole: all
/// its text in one segment. Learns TSval from it.
std::string difference(Packet const& expected, wire::Ipv4Packet const& sent, Flow& flow, TimestampCheck const& check);

/// Several segments of one packet become one, as they were before the device cut them: the first's header, FIN and PSH of
/// the last.
void join(wire::TcpSegment& first, wire::TcpSegment const& next);

/// The packet in the script's notation and numbers.
std::string in_script_notation(wire::Ipv4Packet const& packet, Flow const& flow);

}  // namespace tcpsim::packet_script
