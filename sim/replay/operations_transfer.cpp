// Bytes sent and received.
#include "sim/replay/operations.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tcpsim::replay {
namespace {

using app::MessageFlags;
using app::Process;
using app::Task;

Made told(Result<std::uint64_t> const& result) {
    return result.ok() ? succeeded(static_cast<std::int64_t>(result.value())) : failed(result.error());
}

Made with_total(Made made, std::uint64_t total) {
    made.more["total"] = std::to_string(total);
    return made;
}

std::uint64_t length_of(Call const& call, std::size_t argument, std::int64_t otherwise = 0) {
    return static_cast<std::uint64_t>(argument < call.args.size() ? number(call, argument) : otherwise);
}

/// The recorder's argument holds the bits of MSG_….
MessageFlags flags_of(Call const& call) { return {static_cast<std::uint32_t>(number(call, 2))}; }

bool known(MessageFlags flags) {
    using namespace app;
    MessageFlags const all = msg_oob | msg_peek | msg_trunc | msg_dontwait | msg_waitall | msg_nosignal | msg_more;
    return all.has(flags);
}

Task<Made> send(Process& p, Call const& call, Sockets& sockets) {
    if (!known(flags_of(call))) {
        co_return lacking("send with such flags");
    }
    Payload data = sockets.next(length_of(call, 1));
    Result<std::uint64_t> const sent = co_await p.send(sockets.of(call), std::move(data), flags_of(call));
    co_return told(sent);
}

Task<Made> send_to(Process& p, Call const& call, Sockets& sockets) {
    Payload data = sockets.next(length_of(call, 1));
    Result<std::uint64_t> const sent = co_await p.sendto(sockets.of(call), std::move(data), {}, endpoint(call, 2));
    co_return told(sent);
}

/// sendto() with MSG_FASTOPEN, which connects.
Task<Made> send_fast_open(Process& p, Call const& call, Sockets& sockets) {
    Payload data = sockets.next(length_of(call, 1));
    Result<std::uint64_t> const sent =
        co_await p.sendto(sockets.of(call), std::move(data), app::msg_fastopen, endpoint(call, 2));
    co_return told(sent);
}

/// send() of pieces until so much is sent.
Task<Made> send_all(Process& p, Call const& call, Sockets& sockets) {
    std::uint64_t const wanted = length_of(call, 1);
    std::uint64_t const piece = length_of(call, 2, 65'536);
    for (std::uint64_t total = 0; total < wanted;) {
        Payload data = sockets.next(std::min(piece, wanted - total));
        Result<std::uint64_t> const sent = co_await p.send(sockets.of(call), std::move(data));
        if (!sent.ok()) {
            co_return failed(sent.error());
        }
        total += sent.value();
    }
    co_return succeeded(static_cast<std::int64_t>(wanted));
}

/// send() until one fails, waiting or not.
Task<Made> send_until_error(Process& p, Call const& call, Sockets& sockets) {
    MessageFlags const flags = call.op == "fill" ? app::msg_dontwait : MessageFlags{};
    std::uint64_t total = 0;
    for (;;) {
        Payload data = sockets.next(length_of(call, 1, 1024));
        Result<std::uint64_t> const sent = co_await p.send(sockets.of(call), std::move(data), flags);
        if (!sent.ok()) {
            co_return with_total(failed(sent.error()), total);
        }
        total += sent.value();
    }
}

/// So many bytes each interval, so many times, on an absolute raster.
Task<Made> send_every(Process& p, Call const& call, Sockets& sockets) {
    Instant const began = p.now();
    std::int64_t total = 0;
    for (std::int64_t i = 0; i < number(call, 3); ++i) {
        Instant const turn = began + i * seconds(call, 2);
        if (turn > p.now()) {
            (void)co_await p.sleep_until(turn);
        }
        Payload data = sockets.next(length_of(call, 1));
        Result<std::uint64_t> const sent = co_await p.send(sockets.of(call), std::move(data));
        if (!sent.ok()) {
            co_return failed(sent.error());
        }
        total += static_cast<std::int64_t>(sent.value());
    }
    co_return succeeded(total);
}

Task<Made> receive(Process& p, Call const& call, Sockets& sockets) {
    if (!known(flags_of(call))) {
        co_return lacking("recv with such flags");
    }
    Result<Payload> const got = co_await p.recv(sockets.of(call), length_of(call, 1), flags_of(call));
    co_return got.ok() ? succeeded(static_cast<std::int64_t>(got.value().size())) : failed(got.error());
}

Made told(socket::Received const& got) {
    Made made = succeeded(static_cast<std::int64_t>(got.length));
    if (got.report) {
        made.told["ee_errno"] = std::string{name(got.report->error)};
        made.told["ee_origin"] = got.report->origin == host::ReportOrigin::icmp ? "ICMP" : "";
        made.told["ee_type"] = std::to_string(got.report->type);
        made.told["ee_code"] = std::to_string(got.report->code);
    }
    return made;
}

/// recvmsg() with MSG_ERRQUEUE, and what its control message tells.
Task<Made> receive_error(Process& p, Call const& call, Sockets& sockets) {
    constexpr std::uint64_t most = 2048;
    Result<socket::Received> const got = co_await p.recvmsg(sockets.of(call), most, app::msg_errqueue);
    co_return got.ok() ? told(got.value()) : failed(got.error());
}

/// As many recv() as it takes for that many bytes, or to the end of the stream.
Task<Made> receive_all(Process& p, Call const& call, Sockets& sockets) {
    std::uint64_t const wanted = length_of(call, 1);
    std::uint64_t total = 0;
    while (total < wanted) {
        Result<Payload> const got = co_await p.recv(sockets.of(call), wanted - total);
        if (!got.ok()) {
            co_return failed(got.error());
        }
        if (got.value().empty()) {
            break;
        }
        total += got.value().size();
    }
    co_return succeeded(static_cast<std::int64_t>(total));
}

/// recv() to the end of the stream, or until one fails.
Task<Made> receive_until_end(Process& p, Call const& call, Sockets& sockets) {
    std::uint64_t total = 0;
    for (;;) {
        Result<Payload> const got = co_await p.recv(sockets.of(call), length_of(call, 1, 65'536));
        if (!got.ok()) {
            co_return with_total(failed(got.error()), total);
        }
        if (got.value().empty()) {
            co_return with_total(succeeded(0), total);
        }
        total += got.value().size();
    }
}

/// recv() of a piece each interval until so much is read, or to the end of the stream.
Task<Made> drain_every(Process& p, Call const& call, Sockets& sockets) {
    Instant const began = p.now();
    std::int64_t total = 0;
    for (std::int64_t i = 1; total < number(call, 3); ++i) {
        Instant const turn = began + i * seconds(call, 2);
        if (turn > p.now()) {
            (void)co_await p.sleep_until(turn);
        }
        Result<Payload> const got = co_await p.recv(sockets.of(call), length_of(call, 1));
        if (!got.ok()) {
            co_return failed(got.error());
        }
        if (got.value().empty()) {
            break;
        }
        total += static_cast<std::int64_t>(got.value().size());
    }
    co_return succeeded(total);
}

}  // namespace

Operation transfer_named(std::string_view op) {
    constexpr std::array operations{NamedOperation{"send", send},
                                    NamedOperation{"sendto", send_to},
                                    NamedOperation{"sendto_fastopen", send_fast_open},
                                    NamedOperation{"recv_errqueue", receive_error},
                                    NamedOperation{"send_all", send_all},
                                    NamedOperation{"send_until_error", send_until_error},
                                    NamedOperation{"fill", send_until_error},
                                    NamedOperation{"send_every", send_every},
                                    NamedOperation{"recv", receive},
                                    NamedOperation{"recv_n", receive_all},
                                    NamedOperation{"recv_until_end", receive_until_end},
                                    NamedOperation{"drain_every", drain_every}};
    return operation_among(operations, op);
}

}  // namespace tcpsim::replay
