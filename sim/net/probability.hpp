// Chances without floating point: parts per million, drawn from a named stream.
#pragma once

#include "sim/core/random.hpp"

#include <cstdint>

namespace tcpsim::net {

struct Probability {
    static constexpr std::uint32_t certain = 1'000'000;
    std::uint32_t per_million{0};
    /// Draws in any case, so that a rate of zero leaves the stream where another rate does.
    bool happens(core::Random& stream) const { return stream.chance(per_million, certain); }
    bool operator==(Probability const&) const = default;
};

}  // namespace tcpsim::net
