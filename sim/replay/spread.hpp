// What recorded runs agree on where their packets are not the same: how many packets of each kind, and how far the
// numbers went.
#pragma once

#include "sim/replay/capture.hpp"
#include "sim/replay/compare.hpp"
#include "sim/replay/recording.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tcpsim::replay {

/// Every kind of packet as often as in one of the runs or between two of them. Where only one run's packets were kept,
/// nothing is known of how bare acknowledgments and the cutting of data spread: SYN, FIN, RST, ICMP, ARP, UDP and the
/// octets sent must then be that run's, and repetitions in the range of all runs.
std::optional<Difference> outside_spread(std::string const& point, Recording const& recording,
                                         std::vector<Seen> const& ours);

}  // namespace tcpsim::replay
