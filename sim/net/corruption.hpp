// One wrong bit, by way of real bytes and checksums.
#pragma once

#include "stack/wire/packet.hpp"

#include <cstdint>

namespace tcpsim::net {

/// How many bits of a frame can go wrong: those behind its Ethernet header.
std::uint64_t corruptible_bits(wire::Frame const& frame);
/// What a receiver makes of the frame with bit `bit` flipped. If a checksum tells, the damaged part is left as bytes: an
/// IPv4 packet without a segment, or a frame without a packet.
wire::Frame corrupted(wire::Frame const& frame, std::uint64_t bit);

}  // namespace tcpsim::net
