// Bytes as a row of choices, and back: what a fuzzer mutates, and what a seed is written with.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tcpsim::test {

/// Reads numbers off bytes; zeros when they have run out.
class ChoiceReader {
  public:
    explicit ChoiceReader(std::span<std::uint8_t const> bytes) : bytes_{bytes} {}
    [[nodiscard]] bool empty() const { return at_ >= bytes_.size(); }
    std::uint8_t u8() { return empty() ? std::uint8_t{0} : bytes_[at_++]; }
    std::uint16_t u16() {
        auto const high = static_cast<unsigned>(u8());
        return static_cast<std::uint16_t>(high << 8U | u8());
    }
    std::uint32_t u32() {
        auto const high = static_cast<std::uint32_t>(u16());
        return high << 16U | u16();
    }
    std::int32_t i32() { return static_cast<std::int32_t>(u32()); }
    bool flag() { return (u8() & 1U) != 0; }

  private:
    std::span<std::uint8_t const> bytes_;
    std::size_t at_{0};
};

class ChoiceWriter {
  public:
    void u8(std::uint8_t value) { bytes_.push_back(value); }
    void u16(std::uint16_t value) {
        u8(static_cast<std::uint8_t>(value >> 8U));
        u8(static_cast<std::uint8_t>(value));
    }
    void u32(std::uint32_t value) {
        u16(static_cast<std::uint16_t>(value >> 16U));
        u16(static_cast<std::uint16_t>(value));
    }
    void i32(std::int32_t value) { u32(static_cast<std::uint32_t>(value)); }
    void flag(bool value) { u8(value ? 1 : 0); }
    [[nodiscard]] std::vector<std::uint8_t> const& bytes() const { return bytes_; }

  private:
    std::vector<std::uint8_t> bytes_{};
};

}  // namespace tcpsim::test
