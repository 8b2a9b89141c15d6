#include "sim/core/random.hpp"

#include "stack/base/check.hpp"

#include <bit>
#include <vector>

namespace tcpsim::core {
namespace {

/// Little-endian words by arithmetic, so that the machine's own byte order does not matter. The length goes last:
/// "a" and "a\0" are two names.
std::vector<std::uint64_t> words_of(std::string_view name) {
    std::vector<std::uint64_t> words(name.size() / 8 + 2);
    for (std::size_t i = 0; i < name.size(); ++i) {
        words[i / 8] |= std::uint64_t{static_cast<std::uint8_t>(name[i])} << (8 * (i % 8));
    }
    words.back() = name.size();
    return words;
}

}  // namespace

std::uint64_t SplitMix64::next() {
    state += 0x9e37'79b9'7f4a'7c15U;
    std::uint64_t z = state;
    z = (z ^ (z >> 30U)) * 0xbf58'476d'1ce4'e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d0'49bb'1331'11ebU;
    return z ^ (z >> 31U);
}

std::uint64_t Xoshiro256StarStar::next() {
    auto& [s0, s1, s2, s3] = state;
    std::uint64_t const result = std::rotl(s1 * 5, 7) * 9;
    std::uint64_t const t = s1 << 17U;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = std::rotl(s3, 45);
    return result;
}

Random::Random(std::uint64_t seed, std::string_view name) {
    SplitMix64 seeder{siphash(SipKey{seed, 0}, words_of(name))};
    for (std::uint64_t& word : generator_.state) {
        word = seeder.next();  // four outputs of a bijection in a row are distinct, so never all zero
    }
}

std::uint64_t Random::below(std::uint64_t bound) {
    check(bound > 0, "a random number is drawn below something");
    // The lowest 2^64 mod bound values are one too many for some remainders.
    std::uint64_t const rejected = (0 - bound) % bound;
    std::uint64_t drawn = next();
    while (drawn < rejected) {
        drawn = next();
    }
    return drawn % bound;
}

bool Random::chance(std::uint64_t numerator, std::uint64_t denominator) { return below(denominator) < numerator; }

SipKey Random::key() {
    std::uint64_t const k0 = next();
    std::uint64_t const k1 = next();
    return SipKey{k0, k1};
}

}  // namespace tcpsim::core
