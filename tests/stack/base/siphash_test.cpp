#include "stack/base/siphash.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace tcpsim;

namespace {

// The reference implementation's key 00 01 … 0f and messages 00 01 02 …, read as little-endian words.
constexpr SipKey reference_key{0x0706050403020100U, 0x0f0e0d0c0b0a0908U};
constexpr std::array<std::uint64_t, 7> message{0x0706050403020100U, 0x0f0e0d0c0b0a0908U, 0x1716151413121110U,
                                               0x1f1e1d1c1b1a1918U, 0x2726252423222120U, 0x2f2e2d2c2b2a2928U,
                                               0x3736353433323130U};

std::uint64_t hash_of_words(std::size_t count) { return siphash(reference_key, std::span{message}.first(count)); }

}  // namespace

TEST_CASE("SipHash-2-4: the reference vectors for messages of whole words") {
    // vectors.h of the reference implementation, lengths 0, 8, 16.
    CHECK(hash_of_words(0) == 0x726fdb47dd0e0e31U);
    CHECK(hash_of_words(1) == 0x93f5f5799a932462U);
    CHECK(hash_of_words(2) == 0x3f2acc7f57c29bdbU);
}

TEST_CASE("SipHash-2-4: any bit of key or message changes the hash") {
    std::uint64_t const plain = hash_of_words(2);
    for (unsigned bit = 0; bit < 64; ++bit) {
        std::uint64_t const flip = std::uint64_t{1} << bit;
        CHECK(siphash({reference_key.k0 ^ flip, reference_key.k1}, std::span{message}.first(2)) != plain);
        CHECK(siphash({reference_key.k0, reference_key.k1 ^ flip}, std::span{message}.first(2)) != plain);
        std::array<std::uint64_t, 2> changed{message[0], message[1] ^ flip};
        CHECK(siphash(reference_key, changed) != plain);
    }
}
