// Built-in clients.
#include "sim/app/programs.hpp"

#include <algorithm>

namespace tcpsim::app {

namespace {

constexpr std::int32_t failure = 1;
constexpr std::int32_t standard_input = 0;
constexpr std::int32_t standard_output = 1;
constexpr std::uint64_t longest_line = 4096;
constexpr Duration forever{-1};

/// A connected descriptor; exits where that cannot be.
Task<std::int32_t> connect_to(Process& p, wire::Endpoint to) {
    Result<std::int32_t> const fd = co_await p.socket();
    if (!fd.ok()) {
        co_await p.exit(failure);
    }
    Result<Done> const connected = co_await p.connect(fd.value(), to);
    if (!connected.ok()) {
        co_await p.exit(failure);
    }
    co_return fd.value();
}

/// Reads what there is and shows it; false at the end of the stream. Exits at an error.
Task<bool> show_answer(Process& p, std::int32_t fd) {
    Result<Payload> const got = co_await p.read(fd, usual_piece);
    if (!got.ok()) {
        co_await p.exit(failure);
    }
    if (got.value().empty()) {
        co_return false;
    }
    (void)co_await p.write(standard_output, got.value());
    co_return true;
}

/// Sends the next line of the terminal; false at its end. Exits at an error.
Task<bool> send_line(Process& p, std::int32_t fd) {
    Result<Payload> const line = co_await p.read(standard_input, longest_line);
    if (!line.ok() || line.value().empty()) {
        co_return false;
    }
    Result<std::uint64_t> const sent = co_await p.write(fd, line.value());
    if (!sent.ok()) {
        co_await p.exit(failure);
    }
    co_return true;
}

}  // namespace

Task<> echo_client(Process& p, wire::Endpoint to) {
    std::int32_t const fd = co_await connect_to(p, to);
    bool more = true;
    while (more) {
        more = co_await send_line(p, fd);
        if (more) {
            more = co_await show_answer(p, fd);
        }
    }
    (void)co_await p.close(fd);
}

Task<> echo_client_select(Process& p, wire::Endpoint to) {
    std::int32_t const fd = co_await connect_to(p, to);
    SelectSets sets{.read = {standard_input, fd}};
    bool more = true;
    while (more) {
        Result<SelectSets> const found = co_await p.select(sets, forever);
        if (!found.ok()) {
            co_await p.exit(failure);
        }
        auto const& readable = found.value().read;
        if (std::find(readable.begin(), readable.end(), fd) != readable.end()) {
            more = co_await show_answer(p, fd);
        } else if (bool const sent = co_await send_line(p, fd); !sent) {
            (void)co_await p.shutdown(fd, socket::ShutdownHow::write);
            sets.read = {fd};
        }
    }
    (void)co_await p.close(fd);
}

Task<> bulk_send(Process& p, wire::Endpoint to, std::uint64_t bytes) {
    std::int32_t const fd = co_await connect_to(p, to);
    for (std::uint64_t sent = 0; sent < bytes;) {
        std::uint64_t const length = std::min(usual_piece, bytes - sent);
        Result<std::uint64_t> const put = co_await p.write(fd, Payload::pattern(bulk_stream, sent, length));
        if (!put.ok()) {
            co_await p.exit(failure);
        }
        sent += put.value();
    }
    (void)co_await p.shutdown(fd, socket::ShutdownHow::write);
    for (;;) {
        Result<Payload> const got = co_await p.read(fd, usual_piece);
        if (!got.ok()) {
            co_await p.exit(failure);
        }
        if (got.value().empty()) {
            break;
        }
    }
    (void)co_await p.close(fd);
}

Task<> heartbeat(Process& p, wire::Endpoint to, Duration every, Duration timeout) {
    std::int32_t const fd = co_await connect_to(p, to);
    std::vector<PollFd> const answer{{.fd = fd, .events = {.in = true}}};
    for (;;) {
        Result<std::uint64_t> const asked = co_await p.write(fd, Payload::text("alive?\n"));
        Result<std::vector<PollFd>> const ready = co_await p.poll(answer, timeout);
        bool const in_time = asked.ok() && ready.ok() && ready.value().front().ready();
        if (!in_time) {
            co_await p.exit(failure);
        }
        Result<Payload> const got = co_await p.read(fd, usual_piece);
        if (!got.ok() || got.value().empty()) {
            co_await p.exit(failure);
        }
        (void)co_await p.sleep(every);
    }
}

Task<> reconnect(Process& p, wire::Endpoint to, Duration first, Duration most) {
    Duration pause = first;
    for (;;) {
        Result<std::int32_t> const fd = co_await p.socket();
        if (!fd.ok()) {
            co_await p.exit(failure);
        }
        Result<Done> const connected = co_await p.connect(fd.value(), to);
        pause = connected.ok() ? first : pause;
        bool more = connected.ok();
        while (more) {
            Result<Payload> const got = co_await p.read(fd.value(), usual_piece);
            more = got.ok() && !got.value().empty();
        }
        (void)co_await p.close(fd.value());
        (void)co_await p.sleep(pause);
        pause = std::min(2 * pause, most);
    }
}

Task<> idle(Process& p, wire::Endpoint to, bool keepalive) {
    Result<std::int32_t> const fd = co_await p.socket();
    if (!fd.ok()) {
        co_await p.exit(failure);
    }
    if (keepalive) {
        (void)co_await p.setsockopt(fd.value(), socket::Option::so_keepalive, 1);
    }
    Result<Done> const connected = co_await p.connect(fd.value(), to);
    bool more = connected.ok();
    bool failed = !more;
    while (more) {
        Result<Payload> const got = co_await p.read(fd.value(), usual_piece);
        failed = !got.ok();
        more = got.ok() && !got.value().empty();
    }
    (void)co_await p.close(fd.value());
    co_await p.exit(failed ? failure : 0);
}

}  // namespace tcpsim::app
