// A recording and our replay of it, side by side.
#pragma once

#include "sim/replay/compare.hpp"
#include "tools/render/text.hpp"

#include <string>

namespace tcpsim::render {

/// One capture point: recorded packets on the left, ours on the right, what differs marked; with the reason of ours.
/// `around`: only so many rows before and after the first one that differs; 0: all of them.
std::string side_by_side(std::vector<replay::Packet> const& recorded, std::vector<replay::Seen> const& ours,
                         std::size_t around, Look const& look);
/// Every call with both results, and what both kernels told of themselves.
std::string calls_side_by_side(replay::RecordedRun const& recorded, replay::Replayed const& ours, Look const& look);
/// One line per difference.
std::string differences_text(std::vector<replay::Difference> const& differences);

}  // namespace tcpsim::render
