// A bulk transfer in round trips: what a congestion window looks like from outside.
#pragma once

#include "sim/replay/capture.hpp"

#include <cstdint>
#include <vector>

namespace tcpsim::replay {

struct SeenRound {
    std::int64_t fresh{0};     ///< segments sent for the first time
    std::int64_t repeated{0};  ///< and again
};

/// The client's first connection in rounds as the recorder counts them: a round ends with the first ACK or SACK above
/// what had been sent when it began, and that ACK opens the next.
std::vector<SeenRound> rounds_of(std::vector<Seen> const& at_client);

}  // namespace tcpsim::replay
