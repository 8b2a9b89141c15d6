// Named random streams: "link/a-b/loss", "host/server/boot/2/isn". A new consumer disturbs nobody.
#pragma once

#include "stack/base/siphash.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace tcpsim::core {

/// Steele, Lea, Flood 2014: turns one word into as many unrelated ones as a seed needs.
struct SplitMix64 {
    std::uint64_t state{0};
    std::uint64_t next();
};

/// Blackman, Vigna 2018 ("Scrambled linear pseudorandom number generators"). Never all zero.
struct Xoshiro256StarStar {
    std::array<std::uint64_t, 4> state{};
    std::uint64_t next();
};

/// xoshiro256**, seeded by SplitMix64 from SipHash of the name under the seed. Integers only; no std:: distribution.
class Random {
  public:
    /// The stream `name` of the world's `seed`.
    Random(std::uint64_t seed, std::string_view name);
    std::uint64_t next() { return generator_.next(); }
    /// Uniform in [0, bound) without modulo bias; bound > 0.
    std::uint64_t below(std::uint64_t bound);
    /// True with probability numerator/denominator; denominator > 0. Always consumes, so that a rate of zero and a
    /// rate of one leave the stream at the same place.
    bool chance(std::uint64_t numerator, std::uint64_t denominator);
    SipKey key();

  private:
    Xoshiro256StarStar generator_{};
};

}  // namespace tcpsim::core
