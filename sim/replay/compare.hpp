// Where a replay differs from its recording.
#pragma once

#include "sim/replay/pairing.hpp"
#include "sim/replay/recording.hpp"
#include "sim/replay/replay.hpp"
#include "sim/replay/rounds.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tcpsim::replay {

/// Two packet lists side by side: the longest common subsequence in one row each, the rest alone. Packets that only
/// differ in PSH share a row.
struct Row {
    std::optional<std::size_t> recorded{};
    std::optional<std::size_t> ours{};
};

struct Difference {
    std::string what{};
    std::string point{};    ///< a capture point; empty for calls and for what is lacking
    std::size_t packet{0};  ///< of the recording (past its end: we sent more)
    std::size_t call{0};
};

std::vector<Row> align(std::vector<Packet> const& recorded, std::vector<Seen> const& ours);

/// Of a bulk transfer, where `recorded` are the ranges over all runs.
std::optional<Difference> different_round(std::vector<Round> const& recorded, std::vector<SeenRound> const& ours);

/// Everything that differs, the first of each kind: what is lacking, packets by capture point, their times, results of
/// calls. Empty: the replay is the recording up to its tolerances.
std::vector<Difference> differences(Recording const& recording, RecordedRun const& recorded, Replayed const& ours);

}  // namespace tcpsim::replay
