// Right checksums for wrong frames.
#pragma once

#include "stack/wire/bytes.hpp"

#include <span>
#include <vector>

namespace tcpsim::fuzz {

inline void put_u16(std::vector<std::uint8_t>& bytes, std::size_t at, std::uint16_t value) {
    bytes[at] = static_cast<std::uint8_t>(value >> 8U);
    bytes[at + 1] = static_cast<std::uint8_t>(value);
}

/// Makes the IPv4 and TCP checksums right again where there is room for them: without that, mutations end at the
/// first checksum and nothing behind it is tested.
inline void repair(std::vector<std::uint8_t>& bytes) {
    constexpr std::size_t ip = 14;
    if (bytes.size() < ip + 20) {
        return;
    }
    std::size_t const header = std::size_t{4} * (bytes[ip] & 0xfU);
    if (header < 20 || bytes.size() < ip + header + 20) {
        return;
    }
    auto const span = std::span{bytes};
    std::size_t const tcp = ip + header;
    put_u16(bytes, ip + 2, static_cast<std::uint16_t>(bytes.size() - ip));
    put_u16(bytes, ip + 10, 0);
    put_u16(bytes, ip + 10, wire::internet_checksum(span.subspan(ip, header)));
    if (bytes[ip + 9] == wire::protocol_tcp) {
        // The pseudo-header: addresses, protocol, length.
        auto const addresses = static_cast<std::uint16_t>(~wire::internet_checksum(span.subspan(ip + 12, 8)));
        auto const length = static_cast<std::uint32_t>(bytes.size() - tcp);
        put_u16(bytes, tcp + 16, 0);
        put_u16(bytes, tcp + 16, wire::internet_checksum(span.subspan(tcp), addresses + wire::protocol_tcp + length));
    }
}

}  // namespace tcpsim::fuzz
