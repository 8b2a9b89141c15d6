// Built-in programs. Each listens or connects, does its work, and exits with status 1 when a call fails that should
// not.
#pragma once

#include "sim/app/process.hpp"

#include <cstdint>

namespace tcpsim::app {

/// The pattern that bulk_send writes and sink expects.
inline constexpr std::uint64_t bulk_stream = 1;
/// What the programs read and write at once.
inline constexpr std::uint64_t usual_piece = 64U * 1024;

// --- servers
/// RFC 862 over TCP, as UNIX Network Programming writes it: each connection is served by a forked child that echoes
/// until the end of the stream.
Task<> echo(Process& p, std::uint16_t port);
/// The same in one process that waits for the listener and all connections with poll().
Task<> echo_poll(Process& p, std::uint16_t port);
/// The same with epoll, level-triggered.
Task<> echo_epoll(Process& p, std::uint16_t port);
/// RFC 863 over TCP, one connection after another: reads to the end, closes. A byte that is not the pattern's ends it
/// with status 1. Reads at most `piece` bytes at once, after a pause.
Task<> sink(Process& p, std::uint16_t port, std::uint64_t piece = usual_piece, Duration pause = Duration{0});

// --- clients
/// Sends each line of its terminal, reads the answer and shows it; ends at the end of either. It hears of the server's
/// end only when the next line has been typed.
Task<> echo_client(Process& p, wire::Endpoint to);
/// The same with select() on both, so that it hears of the server's end at once. After the end of the terminal it
/// shuts down and reads what is still to come.
Task<> echo_client_select(Process& p, wire::Endpoint to);
/// Writes `bytes` of the pattern in pieces of 64 KiB, shuts down, reads to the end, closes.
Task<> bulk_send(Process& p, wire::Endpoint to, std::uint64_t bytes);
/// Asks for an echo, waits for it at most `timeout`, pauses for `every`, and so on. Exits with status 1 when there is
/// none in time, or none at all.
Task<> heartbeat(Process& p, wire::Endpoint to, Duration every, Duration timeout);
/// Connects and reads until the end or an error; then connects anew after a pause, which doubles from `first` to `most`
/// with every attempt that fails, and begins anew after one that did not.
Task<> reconnect(Process& p, wire::Endpoint to, Duration first, Duration most);
/// Connects and reads, but never writes; ends at the end of the stream, or with status 1 at an error.
Task<> idle(Process& p, wire::Endpoint to, bool keepalive);

}  // namespace tcpsim::app
