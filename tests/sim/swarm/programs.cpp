#include "tests/sim/swarm/programs.hpp"

#include <string>

namespace tcpsim::swarm {

using namespace std::chrono_literals;
using app::Process;
using app::Task;

namespace {

constexpr std::uint64_t stream = 3;
constexpr app::MessageFlags silent = app::msg_nosignal;  // no program is killed by SIGPIPE before it can tell its error

Task<> watch(Process& p, std::int32_t fd, Guard guard) {
    if (guard == Guard::user_timeout) {
        (void)co_await p.setsockopt(fd, socket::Option::tcp_user_timeout, 90'000);
    }
    if (guard != Guard::keepalive) {
        co_return;
    }
    (void)co_await p.setsockopt(fd, socket::Option::so_keepalive, 1);
    (void)co_await p.setsockopt(fd, socket::Option::tcp_keepidle, 20);
    (void)co_await p.setsockopt(fd, socket::Option::tcp_keepintvl, 5);
    (void)co_await p.setsockopt(fd, socket::Option::tcp_keepcnt, 4);
}

Task<> serve(Process& p, std::int32_t fd) {
    co_await watch(p, fd, Guard::keepalive);
    for (;;) {
        Result<Payload> const got = co_await p.read(fd, 65'536);
        if (!got.ok() || got.value().empty()) {
            break;
        }
        if (!(co_await p.send(fd, got.value(), silent)).ok()) {
            break;
        }
    }
    (void)co_await p.close(fd);
}
Task<> serve_child(Process& p, std::int32_t listener, std::int32_t fd) {
    (void)co_await p.close(listener);
    co_await serve(p, fd);
}

}  // namespace

Task<> sink(Process& p, std::uint16_t port) {
    std::int32_t const listener = (co_await p.socket()).value();
    (void)co_await p.bind(listener, {.port = port});
    (void)co_await p.listen(listener, 16);
    for (;;) {
        Result<std::int32_t> const fd = co_await p.accept(listener);
        if (!fd.ok()) {
            co_return;
        }
        (void)co_await p.fork(serve_child, listener, fd.value());
        (void)co_await p.close(fd.value());
    }
}
Task<> talk(Process& p, wire::Endpoint to, Guard guard, Outcome* outcome) {
    outcome->started = true;
    std::int32_t const fd = (co_await p.socket()).value();
    Result<Done> const connected = co_await p.connect(fd, to);
    Errno error = connected.error();
    if (connected.ok()) {
        co_await watch(p, fd, guard);
    }
    std::uint64_t heard = 0;
    // It talks until all is healed, so that whatever happens happens to somebody.
    for (std::uint64_t sent = 0; connected.ok() && error == Errno::none && p.now() < Instant{healing + 1s};) {
        Result<std::uint64_t> const put = co_await p.send(fd, Payload::pattern(stream, sent, 5'000), silent);
        error = put.error();
        sent += put.ok() ? put.value() : 0;
        while (error == Errno::none && heard < sent) {
            Result<Payload> const got = co_await p.read(fd, 65'536);
            error = got.error();
            if (!got.ok() || got.value().empty()) {
                error = got.ok() ? Errno::epipe : error;
                break;
            }
            outcome->broken = outcome->broken || got.value() != Payload::pattern(stream, heard, got.value().size());
            heard += got.value().size();
        }
        (void)co_await p.sleep(700ms);
    }
    (void)co_await p.close(fd);
    outcome->error = error;
    outcome->ended = p.now();
}

Task<> echo_datagrams(Process& p, std::uint16_t port) {
    std::int32_t const fd = (co_await p.socket(socket::SocketType::datagram)).value();
    (void)co_await p.bind(fd, {.port = port});
    for (;;) {
        Result<socket::Received> const got = co_await p.recvfrom(fd, 2000);
        if (!got.ok() || !got.value().from) {
            co_return;
        }
        wire::Endpoint const asker = *got.value().from;
        (void)co_await p.sendto(fd, got.value().data, {}, asker);
    }
}

Task<> ask(Process& p, wire::Endpoint to, Answers* answers) {
    constexpr std::string_view question = "question ";
    answers->started = true;
    std::int32_t const fd = (co_await p.socket(socket::SocketType::datagram)).value();
    (void)co_await p.setsockopt(fd, socket::Option::so_rcvtimeo, 500'000);
    Instant const over{healing + 1min};
    for (std::uint64_t asked = 1; !answers->after_healing && p.now() < over; ++asked) {
        Payload const words = Payload::text(std::string{question} + std::to_string(asked));
        (void)co_await p.sendto(fd, words, {}, to);
        Result<socket::Received> const got = co_await p.recvfrom(fd, 2000);
        if (!got.ok()) {
            (void)co_await p.sleep(100ms);  // an error comes at once
            continue;
        }
        std::string const text = got.value().data.to_string();
        bool const ours = text.starts_with(question) && std::stoull(text.substr(question.size())) <= asked;
        answers->broken = answers->broken || !ours;
        ++answers->heard;
        answers->after_healing = p.now() >= Instant{healing};
        (void)co_await p.sleep(500ms);
    }
    (void)co_await p.close(fd);
    answers->ended = true;
}

}  // namespace tcpsim::swarm
