#include "stack/base/md5.hpp"

#include <algorithm>
#include <bit>

namespace tcpsim {
namespace {

/// RFC 1321 §3.4: the integer part of 2^32 * abs(sin(i)), i from 1, in radians.
constexpr std::array<std::uint32_t, 64> sines{
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

/// By how much each step of a round rotates.
constexpr std::array<std::array<int, 4>, 4> rotations{
    {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}};

using Words = std::array<std::uint32_t, 16>;

Words words_of(std::span<std::uint8_t const, 64> block) {
    Words words{};
    for (std::size_t i = 0; i < block.size(); ++i) {
        words[i / 4] |= std::uint32_t{block[i]} << (8 * (i % 4));
    }
    return words;
}

/// §3.4: F, G, H and I.
std::uint32_t mixed(std::size_t round, std::uint32_t x, std::uint32_t y, std::uint32_t z) {
    switch (round) {
        case 0:
            return (x & y) | (~x & z);
        case 1:
            return (x & z) | (y & ~z);
        case 2:
            return x ^ y ^ z;
        default:
            return y ^ (x | ~z);
    }
}

/// §3.4: which word of the block a step takes.
std::size_t word_of(std::size_t round, std::size_t step) {
    constexpr std::array<std::size_t, 4> stride{1, 5, 3, 7};
    constexpr std::array<std::size_t, 4> first{0, 1, 5, 0};
    return (stride[round] * step + first[round]) % 16;
}

}  // namespace

void Md5::take(Block const& block) {
    Words const words = words_of(block);
    auto [a, b, c, d] = state_;
    for (std::size_t i = 0; i < sines.size(); ++i) {
        std::size_t const round = i / 16;
        std::uint32_t const sum = a + mixed(round, b, c, d) + words[word_of(round, i % 16)] + sines[i];
        a = d;
        d = c;
        c = b;
        b += std::rotl(sum, rotations[round][i % 4]);
    }
    state_ = {state_[0] + a, state_[1] + b, state_[2] + c, state_[3] + d};
}

void Md5::add(std::span<std::uint8_t const> bytes) {
    while (!bytes.empty()) {
        std::size_t const at = length_ % block_size;
        std::size_t const count = std::min(bytes.size(), block_size - at);
        std::copy_n(bytes.begin(), count, waiting_.begin() + static_cast<std::ptrdiff_t>(at));
        length_ += count;
        bytes = bytes.subspan(count);
        if (length_ % block_size == 0) {
            take(waiting_);
        }
    }
}

Md5Digest Md5::digest() const {
    // §3.1, §3.2: one bit, zeros, and the length in bits.
    std::array<std::uint8_t, block_size> padding{0x80};
    constexpr std::size_t length_at = 56;
    std::size_t const used = length_ % block_size;
    Md5 last = *this;
    last.add(std::span{padding}.first((used < length_at ? length_at : length_at + block_size) - used));
    std::array<std::uint8_t, 8> bits{};
    for (std::size_t i = 0; i < bits.size(); ++i) {
        bits[i] = static_cast<std::uint8_t>(8 * length_ >> (8 * i));
    }
    last.add(bits);
    Md5Digest digest{};
    for (std::size_t i = 0; i < digest.size(); ++i) {
        digest[i] = static_cast<std::uint8_t>(last.state_[i / 4] >> (8 * (i % 4)));
    }
    return digest;
}

}  // namespace tcpsim
