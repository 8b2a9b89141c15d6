// Named random streams: "link/a-b/loss", "host/server/boot/2/isn". A new consumer disturbs nobody.
#pragma once

#include "stack/base/siphash.hpp"

#include <cstdint>
#include <string_view>

namespace tcpsim::core {

/// xoshiro256** (Blackman, Vigna 2018), seeded by SplitMix64. Integers only; no std:: distribution.
class Random {
  public:
    /// The stream `name` of the world's `seed`.
    Random(std::uint64_t seed, std::string_view name);
    std::uint64_t next();
    /// Uniform in [0, bound) without modulo bias; bound > 0.
    std::uint64_t below(std::uint64_t bound);
    /// True with probability numerator/denominator.
    bool chance(std::uint64_t numerator, std::uint64_t denominator);
    SipKey key();

  private:
    std::uint64_t state_[4];
};

}  // namespace tcpsim::core
