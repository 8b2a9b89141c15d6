// Which of our packets is which of the recorded ones.
#pragma once

#include "sim/replay/capture.hpp"
#include "sim/replay/recording.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tcpsim::replay {

/// Flags, numbers, length, options, and ECN; not the window.
bool same_packet(Packet const& recorded, Packet const& ours);

struct Pairing {
    enum class Kind : std::uint8_t { same, another, missing, extra };
    Kind kind{Kind::same};
    std::size_t at{0};                ///< the recorded packet that has no equal; past the end: ours is one too many
    std::vector<std::size_t> ours{};  ///< by recorded packet, as far as they were paired
};

/// Each direction exactly in its order. Between directions the order may be another where two packets are less than a
/// millisecond apart: which of them a capture sees first is an accident.
Pairing pair_up(std::string const& point, RecordedRun const& run, std::vector<Seen> const& ours);

}  // namespace tcpsim::replay
