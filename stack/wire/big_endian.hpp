// Network byte order (RFC 791 appendix B): the most significant byte first.
#pragma once

#include <cstdint>

namespace tcpsim::wire {

constexpr std::uint8_t high_byte(std::uint16_t value) { return static_cast<std::uint8_t>(value >> 8U); }
constexpr std::uint8_t low_byte(std::uint16_t value) { return static_cast<std::uint8_t>(value); }

constexpr std::uint16_t read_u16(std::uint8_t const* at) { return static_cast<std::uint16_t>(at[0] << 8U | at[1]); }
constexpr std::uint32_t read_u32(std::uint8_t const* at) {
    return static_cast<std::uint32_t>(read_u16(at)) << 16U | read_u16(at + 2);
}

constexpr void write_u16(std::uint8_t* at, std::uint16_t value) {
    at[0] = high_byte(value);
    at[1] = low_byte(value);
}
constexpr void write_u32(std::uint8_t* at, std::uint32_t value) {
    write_u16(at, static_cast<std::uint16_t>(value >> 16U));
    write_u16(at + 2, static_cast<std::uint16_t>(value));
}

}  // namespace tcpsim::wire
