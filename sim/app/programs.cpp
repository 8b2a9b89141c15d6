#include "sim/app/programs.hpp"

#include <algorithm>

namespace tcpsim::app {

namespace {

constexpr std::uint64_t piece = 64U * 1024;
constexpr int backlog = 128;
constexpr std::int32_t failure = 1;

/// A descriptor that listens on every address; exits where that cannot be.
Task<std::int32_t> listen_on(Process& p, std::uint16_t port) {
    Result<std::int32_t> const fd = co_await p.socket();
    if (!fd.ok()) {
        co_await p.exit(failure);
    }
    Result<Done> const bound = co_await p.bind(fd.value(), {.port = port});
    if (!bound.ok()) {
        co_await p.exit(failure);
    }
    Result<Done> const listening = co_await p.listen(fd.value(), backlog);
    if (!listening.ok()) {
        co_await p.exit(failure);
    }
    co_return fd.value();
}

Task<> serve_echo(Process& p, std::int32_t listener, std::int32_t connection) {
    (void)co_await p.close(listener);
    for (;;) {
        Result<Payload> const got = co_await p.read(connection, piece);
        if (!got.ok()) {
            co_await p.exit(failure);
        }
        if (got.value().empty()) {
            break;
        }
        Result<std::uint64_t> const put = co_await p.write(connection, got.value());
        if (!put.ok()) {
            co_await p.exit(failure);
        }
    }
    (void)co_await p.close(connection);
}

/// Reads to the end of the stream; exits where that cannot be, or where the pattern is broken.
Task<> read_pattern(Process& p, std::int32_t fd) {
    std::uint64_t total = 0;
    for (;;) {
        Result<Payload> const got = co_await p.read(fd, piece);
        if (!got.ok()) {
            co_await p.exit(failure);
        }
        if (got.value().empty()) {
            co_return;
        }
        if (got.value() != Payload::pattern(bulk_stream, total, got.value().size())) {
            co_await p.exit(failure);
        }
        total += got.value().size();
    }
}

}  // namespace

Task<> echo(Process& p, std::uint16_t port) {
    std::int32_t const listener = co_await listen_on(p, port);
    for (;;) {
        Result<std::int32_t> const connection = co_await p.accept(listener);
        if (!connection.ok()) {
            co_await p.exit(failure);
        }
        (void)co_await p.fork(serve_echo, listener, connection.value());
        (void)co_await p.close(connection.value());
    }
}

Task<> bulk_send(Process& p, wire::Endpoint to, std::uint64_t bytes) {
    Result<std::int32_t> const fd = co_await p.socket();
    if (!fd.ok()) {
        co_await p.exit(failure);
    }
    Result<Done> const connected = co_await p.connect(fd.value(), to);
    if (!connected.ok()) {
        co_await p.exit(failure);
    }
    for (std::uint64_t sent = 0; sent < bytes;) {
        std::uint64_t const length = std::min(piece, bytes - sent);
        Result<std::uint64_t> const put = co_await p.write(fd.value(), Payload::pattern(bulk_stream, sent, length));
        if (!put.ok()) {
            co_await p.exit(failure);
        }
        sent += put.value();
    }
    (void)co_await p.shutdown(fd.value(), socket::ShutdownHow::write);
    for (;;) {
        Result<Payload> const got = co_await p.read(fd.value(), piece);
        if (!got.ok()) {
            co_await p.exit(failure);
        }
        if (got.value().empty()) {
            break;
        }
    }
    (void)co_await p.close(fd.value());
}

Task<> sink(Process& p, std::uint16_t port) {
    std::int32_t const listener = co_await listen_on(p, port);
    for (;;) {
        Result<std::int32_t> const connection = co_await p.accept(listener);
        if (!connection.ok()) {
            co_await p.exit(failure);
        }
        co_await read_pattern(p, connection.value());
        (void)co_await p.close(connection.value());
    }
}

}  // namespace tcpsim::app
