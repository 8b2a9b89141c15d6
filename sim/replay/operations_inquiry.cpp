// What a socket is ready for, and what it tells of itself.
#include "sim/replay/operations.hpp"
#include "stack/tcp/connection.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace tcpsim::replay {
namespace {

using app::Process;
using app::Task;
using namespace std::chrono_literals;

/// In the recorder's order.
std::string mask(socket::Readiness const& ready) {
    std::string text;
    auto const add = [&text](bool is_set, std::string_view event) {
        if (is_set) {
            text += text.empty() ? "" : "|";
            text += event;
        }
    };
    add(ready.in, "IN");
    add(ready.pri, "PRI");
    add(ready.out, "OUT");
    add(ready.err, "ERR");
    add(ready.hup, "HUP");
    add(ready.rdhup, "RDHUP");
    return text.empty() ? "0" : text;
}

Duration timeout_of(Call const& call) { return number(call, 1) * 1ms; }

/// poll(), and epoll, whose masks are the same. ERR and HUP are told without being asked for.
Task<Made> poll(Process& p, Call const& call, Sockets& sockets) {
    socket::Readiness const all{.in = true, .out = true, .rdhup = true, .pri = true};
    socket::Readiness const asked = call.op == "poll_rd" ? socket::Readiness{.in = true} : all;
    std::vector<app::PollFd> fds{{.fd = sockets.of(call), .events = asked}};
    Result<std::vector<app::PollFd>> const found = co_await p.poll(std::move(fds), timeout_of(call));
    co_return found.ok() ? Made{.result = mask(found.value().at(0).revents)} : failed(found.error());
}

Task<Made> select(Process& p, Call const& call, Sockets& sockets) {
    std::vector<std::int32_t> const one{sockets.of(call)};
    app::SelectSets asked{.read = one, .write = one, .except = one};
    Result<app::SelectSets> const found = co_await p.select(std::move(asked), timeout_of(call));
    if (!found.ok()) {
        co_return failed(found.error());
    }
    app::SelectSets const& sets = found.value();
    std::string const text =
        std::string{sets.read.empty() ? "" : "r"} + (sets.write.empty() ? "" : "w") + (sets.except.empty() ? "" : "x");
    co_return Made{.result = text.empty() ? "0" : text};
}

Task<Made> queue_length(Process& p, Call const& call, Sockets& sockets) {
    socket::Inquiry const what = call.op == "inq" ? socket::Inquiry::fionread : socket::Inquiry::siocoutq;
    Result<std::int64_t> const length = co_await p.ioctl(sockets.of(call), what);
    co_return length.ok() ? succeeded(length.value()) : failed(length.error());
}

Task<Made> peer_name(Process& p, Call const& call, Sockets& sockets) {
    Result<wire::Endpoint> const peer = co_await p.getpeername(sockets.of(call));
    co_return peer.ok() ? succeeded(0) : failed(peer.error());
}

}  // namespace

Operation inquiry_named(std::string_view op) {
    constexpr std::array operations{NamedOperation{"poll", poll},
                                    NamedOperation{"poll_rd", poll},
                                    NamedOperation{"epoll", poll},
                                    NamedOperation{"select", select},
                                    NamedOperation{"inq", queue_length},
                                    NamedOperation{"outq", queue_length},
                                    NamedOperation{"getpeername", peer_name}};
    return operation_among(operations, op);
}

}  // namespace tcpsim::replay
