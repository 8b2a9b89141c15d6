// Built-in programs. Each listens or connects, does its work, and exits with status 1 when a call fails that should
// not.
#pragma once

#include "sim/app/process.hpp"

#include <cstdint>

namespace tcpsim::app {

/// The pattern that bulk_send writes and sink expects.
inline constexpr std::uint64_t bulk_stream = 1;

/// RFC 862 over TCP: each connection is served by a forked child that echoes until the end of the stream.
Task<> echo(Process& p, std::uint16_t port);
/// Writes `bytes` of the pattern in pieces of 64 KiB, shuts down, reads to the end, closes.
Task<> bulk_send(Process& p, wire::Endpoint to, std::uint64_t bytes);
/// RFC 863 over TCP, one connection after another: reads to the end, closes. A byte that is not the pattern's ends it
/// with status 1.
Task<> sink(Process& p, std::uint16_t port);

}  // namespace tcpsim::app
