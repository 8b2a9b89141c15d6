// SipHash-2-4 (Aumasson, Bernstein 2012): the keyed hash behind initial sequence numbers (RFC 6528).
#pragma once

#include <cstdint>
#include <span>

namespace tcpsim {

struct SipKey {
    std::uint64_t k0{};
    std::uint64_t k1{};
};

/// The hash of whole 64-bit words; callers pack their fields, so no byte order is involved.
std::uint64_t siphash(SipKey key, std::span<std::uint64_t const> words);

}  // namespace tcpsim
