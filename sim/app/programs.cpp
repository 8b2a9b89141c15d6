// Built-in servers.
#include "sim/app/programs.hpp"

#include <algorithm>
#include <vector>

namespace tcpsim::app {

namespace {

constexpr int backlog = 128;
constexpr std::int32_t failure = 1;
constexpr Duration forever{-1};

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
        Result<Payload> const got = co_await p.read(connection, usual_piece);
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

/// Echoes what there is; true after the end or an error, when it has closed.
Task<bool> echo_once(Process& p, std::int32_t connection) {
    Result<Payload> const got = co_await p.read(connection, usual_piece);
    bool over = !got.ok() || got.value().empty();
    if (!over) {
        Result<std::uint64_t> const put = co_await p.send(connection, got.value(), msg_nosignal);
        over = !put.ok();
    }
    if (over) {
        (void)co_await p.close(connection);
    }
    co_return over;
}

/// Reads to the end of the stream; exits where that cannot be, or where the pattern is broken.
Task<> read_pattern(Process& p, std::int32_t fd, std::uint64_t piece, Duration pause) {
    std::uint64_t total = 0;
    for (;;) {
        if (pause > Duration{0}) {
            (void)co_await p.sleep(pause);
        }
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

Task<> echo_poll(Process& p, std::uint16_t port) {
    std::int32_t const listener = co_await listen_on(p, port);
    std::vector<PollFd> watched{{.fd = listener, .events = {.in = true}}};
    for (;;) {
        Result<std::vector<PollFd>> const found = co_await p.poll(watched, forever);
        if (!found.ok()) {
            co_await p.exit(failure);
        }
        for (PollFd const& one : found.value()) {
            if (!one.ready()) {
                continue;
            }
            if (one.fd == listener) {
                Result<std::int32_t> const connection = co_await p.accept(one.fd);
                if (connection.ok()) {
                    watched.push_back({.fd = connection.value(), .events = {.in = true}});
                }
            } else if (bool const over = co_await echo_once(p, one.fd); over) {
                std::erase_if(watched, [&](PollFd const& w) { return w.fd == one.fd; });
            }
        }
    }
}

Task<> echo_epoll(Process& p, std::uint16_t port) {
    std::int32_t const listener = co_await listen_on(p, port);
    Result<std::int32_t> const epoll = co_await p.epoll_create();
    auto const watch = [](std::int32_t fd) {
        return socket::EpollInterest{.events = {.in = true}, .data = static_cast<std::uint64_t>(fd)};
    };
    (void)co_await p.epoll_ctl(epoll.value(), EpollControl::add, listener, watch(listener));
    constexpr std::size_t most_events = 16;
    for (;;) {
        Result<std::vector<socket::EpollEvent>> const found =
            co_await p.epoll_wait(epoll.value(), most_events, forever);
        if (!found.ok()) {
            co_await p.exit(failure);
        }
        for (socket::EpollEvent const& event : found.value()) {
            auto const fd = static_cast<std::int32_t>(event.data);
            if (fd != listener) {
                (void)co_await echo_once(p, fd);  // what it closes, epoll forgets
                continue;
            }
            Result<std::int32_t> const connection = co_await p.accept(listener);
            if (connection.ok()) {
                (void)co_await p.epoll_ctl(epoll.value(), EpollControl::add, connection.value(),
                                           watch(connection.value()));
            }
        }
    }
}

Task<> sink(Process& p, std::uint16_t port, std::uint64_t piece, Duration pause) {
    std::int32_t const listener = co_await listen_on(p, port);
    for (;;) {
        Result<std::int32_t> const connection = co_await p.accept(listener);
        if (!connection.ok()) {
            co_await p.exit(failure);
        }
        co_await read_pattern(p, connection.value(), piece, pause);
        (void)co_await p.close(connection.value());
    }
}

}  // namespace tcpsim::app
