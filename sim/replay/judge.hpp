// A recording's verdict: do we do what the recorded kernel did?
#pragma once

#include "sim/replay/compare.hpp"

#include <cstddef>
#include <vector>

namespace tcpsim::replay {

struct Verdict {
    std::size_t run{0};                     ///< which of the recording's was compared, the first if none is the same
    std::vector<Difference> differences{};  ///< from that run; empty: the same
    Replayed ours{};
    std::size_t calls{0};    ///< compared, and the same if nothing differs
    std::size_t packets{0};  ///< at all capture points
};

/// How late timers are in a replay.
enum class TimersBy : std::uint8_t {
    need,   ///< ideal ones; on the wheel where that makes the difference
    ideal,  ///< at their time; a recorded one may be late by a slot of its wheel
    wheel,  ///< in the recorded kernel's slots, up to two jiffies
};

/// Replays each run whose packets were kept. Being like one of them is enough: where they agree, to be like one is to be
/// like all.
Verdict judge(Recording const& recording, TimersBy timers = TimersBy::need);

}  // namespace tcpsim::replay
