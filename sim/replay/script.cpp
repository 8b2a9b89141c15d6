#include "sim/replay/script.hpp"

#include "stack/tcp/connection.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace tcpsim::replay {
namespace {

using app::Process;
using app::Task;
using namespace std::chrono_literals;

constexpr std::uint64_t stream = 1;

/// The program's sockets by their names in the recording, and what it has sent.
struct Sockets {
    std::map<std::string, std::int32_t> descriptors{};
    std::set<std::string> nonblocking{};
    std::uint64_t sent{0};

    [[nodiscard]] std::int32_t of(Call const& call) const {
        auto const found = call.args.empty() ? descriptors.end() : descriptors.find(call.args[0]);
        return found == descriptors.end() ? -1 : found->second;
    }
    Payload next(std::uint64_t length) { return Payload::pattern(stream, std::exchange(sent, sent + length), length); }
};

std::int64_t number(Call const& call, std::size_t argument) {
    std::int64_t value = 0;
    if (argument < call.args.size()) {
        std::string const& text = call.args[argument];
        std::from_chars(text.data(), text.data() + text.size(), value);
    }
    return value;
}

Duration seconds(Call const& call, std::size_t argument) {
    return Duration{argument < call.args.size() ? nano(call.args[argument]).value_or(0) : 0};
}

wire::Endpoint endpoint(Call const& call, std::size_t argument) {
    auto const address = wire::parse_ipv4(call.args.at(argument));
    return {address.value_or(wire::Ipv4Address{}), static_cast<std::uint16_t>(number(call, argument + 1))};
}

Made failed(Errno error) { return {.result = "-1", .error = std::string{name(error)}}; }
Made succeeded(std::int64_t value) { return {.result = std::to_string(value)}; }
Made lacking(std::string what) { return {.lacking = std::move(what)}; }

Made told(Result<Done> const& result) { return result.ok() ? succeeded(0) : failed(result.error()); }
Made told(Result<Payload> const& result) {
    return result.ok() ? succeeded(static_cast<std::int64_t>(result.value().size())) : failed(result.error());
}
Made told(Result<std::uint64_t> const& result) {
    return result.ok() ? succeeded(static_cast<std::int64_t>(result.value())) : failed(result.error());
}

std::optional<socket::Option> option_named(std::string_view name) {
    using socket::Option;
    constexpr std::array<std::pair<std::string_view, Option>, 19> names{
        {{"SO_REUSEADDR", Option::so_reuseaddr},
         {"SO_RCVBUF", Option::so_rcvbuf},
         {"SO_SNDBUF", Option::so_sndbuf},
         {"SO_ERROR", Option::so_error},
         {"SO_KEEPALIVE", Option::so_keepalive},
         {"SO_LINGER", Option::so_linger},
         {"SO_OOBINLINE", Option::so_oobinline},
         {"IP_TOS", Option::ip_tos},
         {"TCP_NODELAY", Option::tcp_nodelay},
         {"TCP_CORK", Option::tcp_cork},
         {"TCP_MAXSEG", Option::tcp_maxseg},
         {"TCP_WINDOW_CLAMP", Option::tcp_window_clamp},
         {"TCP_QUICKACK", Option::tcp_quickack},
         {"TCP_KEEPIDLE", Option::tcp_keepidle},
         {"TCP_KEEPINTVL", Option::tcp_keepintvl},
         {"TCP_KEEPCNT", Option::tcp_keepcnt},
         {"TCP_SYNCNT", Option::tcp_syncnt},
         {"TCP_LINGER2", Option::tcp_linger2},
         {"TCP_USER_TIMEOUT", Option::tcp_user_timeout}}};
    auto const found = std::find_if(names.begin(), names.end(), [&](auto const& each) { return each.first == name; });
    return found == names.end() ? std::nullopt : std::optional{found->second};
}

/// "[1,5]", struct linger, as seconds.
std::int64_t linger_seconds(std::string_view text) {
    std::size_t const comma = text.find(',');
    if (!text.starts_with("[1") || comma == std::string_view::npos) {
        return socket::linger_off;
    }
    std::int64_t seconds = 0;
    std::from_chars(text.data() + comma + 1, text.data() + text.size(), seconds);
    return seconds;
}

Task<Made> make_socket(Process& p, Call const& call, Sockets& sockets) {
    if (call.args.size() > 1 && call.args[1] == "udp") {
        co_return lacking("UDP sockets");
    }
    Result<std::int32_t> const made = co_await p.socket();
    if (made.ok()) {
        sockets.descriptors[call.args[0]] = made.value();
    }
    co_return made.ok() ? succeeded(0) : failed(made.error());
}

Task<Made> accept(Process& p, Call const& call, Sockets& sockets) {
    Result<std::int32_t> const accepted = co_await p.accept(sockets.of(call));
    if (accepted.ok()) {
        sockets.descriptors[call.args.at(1)] = accepted.value();
    }
    co_return accepted.ok() ? succeeded(0) : failed(accepted.error());
}

Task<Made> set_option(Process& p, Call const& call, Sockets& sockets) {
    auto const option = option_named(call.args.at(1));
    if (!option) {
        co_return lacking("setsockopt " + call.args.at(1));
    }
    std::int64_t const value = *option == socket::Option::so_linger ? linger_seconds(call.args.at(2)) : number(call, 2);
    if (*option == socket::Option::so_linger && value > 0) {
        co_return lacking("close() that lingers");
    }
    Result<Done> const set = co_await p.setsockopt(sockets.of(call), *option, value);
    co_return told(set);
}

Task<Made> get_option(Process& p, Call const& call, Sockets& sockets) {
    auto const option = option_named(call.args.at(1));
    if (!option) {
        co_return lacking("getsockopt " + call.args.at(1));
    }
    Result<std::int64_t> const value = co_await p.getsockopt(sockets.of(call), *option);
    if (!value.ok()) {
        co_return failed(value.error());
    }
    bool const is_error = *option == socket::Option::so_error;
    co_return is_error ? Made{.result = std::string{name(static_cast<Errno>(value.value()))}}  // "0": none
                       : succeeded(value.value());
}

Task<Made> send(Process& p, Call const& call, Sockets& sockets) {
    if (number(call, 2) != 0) {
        co_return lacking("send with flags");
    }
    Payload data = sockets.next(static_cast<std::uint64_t>(number(call, 1)));
    Result<std::uint64_t> const sent = co_await p.write(sockets.of(call), std::move(data));
    co_return told(sent);
}

Task<Made> receive(Process& p, Call const& call, Sockets& sockets) {
    constexpr std::int64_t dont_wait = 64;  // Linux MSG_DONTWAIT
    if (number(call, 2) != 0 && number(call, 2) != dont_wait) {
        co_return lacking("recv with flags");
    }
    bool const waits = number(call, 2) == 0 && sockets.nonblocking.count(call.args.at(0)) == 0;
    socket::Readiness const ready = p.kernel().poll(sockets.of(call));
    if (!waits && !ready.in && !ready.err && !ready.hup) {
        co_return failed(Errno::eagain);
    }
    Result<Payload> const got = co_await p.read(sockets.of(call), static_cast<std::uint64_t>(number(call, 1)));
    co_return told(got);
}

/// As many recv() as it takes for that many bytes, or to the end of the stream.
Task<Made> receive_all(Process& p, Call const& call, Sockets& sockets) {
    auto const wanted = static_cast<std::uint64_t>(number(call, 1));
    std::uint64_t total = 0;
    while (total < wanted) {
        Result<Payload> const got = co_await p.read(sockets.of(call), wanted - total);
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

/// So many bytes each interval, so many times, on an absolute raster.
Task<Made> send_every(Process& p, Call const& call, Sockets& sockets) {
    Instant const began = p.now();
    std::int64_t total = 0;
    for (std::int64_t i = 0; i < number(call, 3); ++i) {
        Instant const turn = began + i * seconds(call, 2);
        if (turn > p.now()) {
            (void)co_await p.sleep_until(turn);
        }
        Payload data = sockets.next(static_cast<std::uint64_t>(number(call, 1)));
        Result<std::uint64_t> const sent = co_await p.write(sockets.of(call), std::move(data));
        if (!sent.ok()) {
            co_return failed(sent.error());
        }
        total += static_cast<std::int64_t>(sent.value());
    }
    co_return succeeded(total);
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
        Result<Payload> const got = co_await p.read(sockets.of(call), static_cast<std::uint64_t>(number(call, 1)));
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

Task<Made> make_nonblocking(Process& /*p*/, Call const& call, Sockets& sockets) {
    sockets.nonblocking.insert(call.args.at(0));
    co_return succeeded(0);
}

Task<Made> close(Process& p, Call const& call, Sockets& sockets) {
    Result<Done> const closed = co_await p.close(sockets.of(call));
    sockets.nonblocking.erase(call.args.at(0));
    sockets.descriptors.erase(call.args.at(0));
    co_return told(closed);
}

Task<Made> shut_down(Process& p, Call const& call, Sockets& sockets) {
    using socket::ShutdownHow;
    std::string const& word = call.args.at(1);
    ShutdownHow const how = word == "RD" ? ShutdownHow::read : word == "WR" ? ShutdownHow::write : ShutdownHow::both;
    Result<Done> const shut = co_await p.shutdown(sockets.of(call), how);
    co_return told(shut);
}

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
    add(ready.out, "OUT");
    add(ready.err, "ERR");
    add(ready.hup, "HUP");
    add(ready.rdhup, "RDHUP");
    return text.empty() ? "0" : text;
}

/// Without waiting. ERR and HUP are told without being asked for.
Made poll(Process& p, Call const& call, Sockets const& sockets) {
    socket::Readiness ready = p.kernel().poll(sockets.of(call));
    if (call.op == "select") {
        // Linux: POLLIN_SET and POLLOUT_SET.
        std::string const text =
            std::string{ready.in || ready.hup || ready.err ? "r" : ""} + (ready.out || ready.err ? "w" : "");
        return {.result = text.empty() ? "0" : text};
    }
    if (call.op == "poll_rd") {
        ready.out = ready.rdhup = false;
    }
    Made made{.result = mask(ready)};
    return made.result == "0" && number(call, 1) != 0 ? lacking("poll that waits") : made;
}

std::string microseconds(Duration duration) { return std::to_string(duration / 1us); }

Made tcp_info(Process& p, Call const& call, Sockets const& sockets, profile::Profile const& profile) {
    tcp::Connection const* const connection = p.kernel().tcp(sockets.of(call));
    if (connection == nullptr) {
        return failed(Errno::ebadf);
    }
    tcp::Tcb const& tcb = connection->tcb();
    Made info = succeeded(0);
    info.more["snd_cwnd"] = std::to_string(tcb.congestion.cwnd());
    info.more["snd_ssthresh"] = std::to_string(tcb.congestion.ssthresh());
    info.more["rto"] = microseconds(tcb.rtt.rto(profile));
    info.more["snd_mss"] = std::to_string(tcb.snd.mss);
    return info;
}

using Operation = Task<Made> (*)(Process&, Call const&, Sockets&);

Operation operation_named(std::string_view op) {
    constexpr std::array<std::pair<std::string_view, Operation>, 12> operations{{{"socket", make_socket},
                                                                                 {"accept", accept},
                                                                                 {"setsockopt", set_option},
                                                                                 {"getsockopt", get_option},
                                                                                 {"send", send},
                                                                                 {"recv", receive},
                                                                                 {"recv_n", receive_all},
                                                                                 {"send_every", send_every},
                                                                                 {"drain_every", drain_every},
                                                                                 {"close", close},
                                                                                 {"shutdown", shut_down},
                                                                                 {"nonblock", make_nonblocking}}};
    auto const found =
        std::find_if(operations.begin(), operations.end(), [&](auto const& each) { return each.first == op; });
    return found == operations.end() ? nullptr : found->second;
}

Task<Made> make(Process& p, Call const& call, Sockets& sockets, profile::Profile const& profile) {
    if (Operation const operation = operation_named(call.op)) {
        Made made = co_await operation(p, call, sockets);
        co_return made;
    }
    Made made = lacking(call.op);
    if (call.op == "bind") {
        made = told(co_await p.bind(sockets.of(call), endpoint(call, 1)));
    } else if (call.op == "listen") {
        made = told(co_await p.listen(sockets.of(call), static_cast<int>(number(call, 1))));
    } else if (call.op == "connect" && sockets.nonblocking.count(call.args.at(0)) > 0) {
        made = lacking("connect without waiting");
    } else if (call.op == "connect") {
        made = told(co_await p.connect(sockets.of(call), endpoint(call, 1)));
    } else if (call.op == "poll" || call.op == "poll_rd" || call.op == "epoll" || call.op == "select") {
        made = poll(p, call, sockets);
    } else if (call.op == "congestion") {  // the replay chose it for the whole host
        made = succeeded(0);
    } else if (call.op == "tcp_info") {
        made = tcp_info(p, call, sockets, profile);
    }
    co_return made;
}

}  // namespace

Task<> perform(Process& process, Script const* script) {
    // The recorded programs are Python's, which ignores SIGPIPE.
    (void)co_await process.signal(machine::Signal::sigpipe, machine::OnSignal::ignore);
    Sockets sockets;
    for (std::size_t const index : script->mine) {
        Call const& call = (*script->calls)[index];
        Instant const turn = script->zero + call.at;
        if (turn > process.now()) {
            (void)co_await process.sleep_until(turn);
        }
        Made& slot = (*script->made)[index];
        slot.begun = true;
        slot.at = process.now();
        Made made = co_await make(process, call, sockets, *script->profile);
        made.begun = true;
        made.at = slot.at;
        made.returned = made.lacking.empty();
        made.until = process.now();
        slot = std::move(made);
    }
    (void)co_await process.sleep_until(never);
}

}  // namespace tcpsim::replay
