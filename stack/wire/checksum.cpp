#include "stack/wire/big_endian.hpp"
#include "stack/wire/bytes.hpp"

namespace tcpsim::wire {

std::uint16_t internet_checksum(std::span<std::uint8_t const> bytes, std::uint32_t partial) {
    std::uint64_t sum = partial;
    std::size_t i = 0;
    for (; i + 1 < bytes.size(); i += 2) {
        sum += read_u16(bytes.data() + i);
    }
    if (i < bytes.size()) {  // RFC 1071 §1: an odd byte is followed by a zero
        sum += std::uint64_t{bytes[i]} << 8U;
    }
    while (sum > 0xffffU) {
        sum = (sum & 0xffffU) + (sum >> 16U);
    }
    return static_cast<std::uint16_t>(~sum);
}

}  // namespace tcpsim::wire
