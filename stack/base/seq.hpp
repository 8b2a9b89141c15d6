// RFC 9293 §3.4: sequence numbers, modulo 2^32.
#pragma once

#include <cstdint>

namespace tcpsim {

/// A sequence number. It has no operator<, because order modulo 2^32 is not transitive:
/// ask before() or after(), which hold for numbers less than 2^31 apart.
class SeqNum {
  public:
    constexpr SeqNum() = default;
    constexpr explicit SeqNum(std::uint32_t raw) : raw_{raw} {}

    [[nodiscard]] constexpr std::uint32_t raw() const { return raw_; }
    [[nodiscard]] constexpr bool before(SeqNum other) const { return other - *this > 0; }
    [[nodiscard]] constexpr bool after(SeqNum other) const { return *this - other > 0; }
    [[nodiscard]] constexpr bool at_or_before(SeqNum other) const { return other - *this >= 0; }
    [[nodiscard]] constexpr bool at_or_after(SeqNum other) const { return *this - other >= 0; }

    constexpr SeqNum operator+(std::uint32_t count) const { return SeqNum{raw_ + count}; }
    constexpr SeqNum operator-(std::uint32_t count) const { return SeqNum{raw_ - count}; }
    /// The signed distance from `from` to here.
    constexpr std::int32_t operator-(SeqNum from) const { return static_cast<std::int32_t>(raw_ - from.raw_); }
    constexpr SeqNum& operator+=(std::uint32_t count) {
        raw_ += count;
        return *this;
    }
    constexpr bool operator==(SeqNum const&) const = default;

  private:
    std::uint32_t raw_{0};
};

constexpr SeqNum later_of(SeqNum a, SeqNum b) { return a.after(b) ? a : b; }

}  // namespace tcpsim
