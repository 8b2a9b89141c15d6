// MD5 (RFC 1321). Long broken as a hash; here because TCP's oldest signatures (RFC 2385) are made of it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tcpsim {

using Md5Digest = std::array<std::uint8_t, 16>;

/// The digest of everything that was added.
class Md5 {
  public:
    void add(std::span<std::uint8_t const> bytes);
    [[nodiscard]] Md5Digest digest() const;

  private:
    static constexpr std::size_t block_size = 64;
    using Block = std::array<std::uint8_t, block_size>;
    void take(Block const& block);

    std::array<std::uint32_t, 4> state_{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};  // §3.3
    Block waiting_{};
    std::uint64_t length_{0};  ///< bytes added
};

}  // namespace tcpsim
