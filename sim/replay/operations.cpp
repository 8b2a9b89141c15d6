// Sockets made, set up, connected and closed.
#include "sim/replay/operations.hpp"

#include "stack/socket/option_names.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace tcpsim::replay {
namespace {

using app::Process;
using app::Task;
using socket::Option;

constexpr std::uint64_t stream = 1;

Made told(Result<Done> const& result) { return result.ok() ? succeeded(0) : failed(result.error()); }

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

std::int64_t option_value(Option option, Call const& call) {
    switch (option) {
        case Option::so_linger:
            return linger_seconds(call.args.at(2));
        case Option::so_rcvtimeo:
        case Option::so_sndtimeo:
            return seconds(call, 2) / std::chrono::microseconds{1};
        default:
            return number(call, 2);
    }
}

Task<Made> make_socket(Process& p, Call const& call, Sockets& sockets) {
    bool const udp = call.args.size() > 1 && call.args[1] == "udp";
    Result<std::int32_t> const made =
        co_await p.socket(udp ? socket::SocketType::datagram : socket::SocketType::stream);
    if (made.ok()) {
        sockets.descriptors[call.args.at(0)] = made.value();
    }
    co_return made.ok() ? succeeded(0) : failed(made.error());
}

Task<Made> bind(Process& p, Call const& call, Sockets& sockets) {
    Result<Done> const bound = co_await p.bind(sockets.of(call), endpoint(call, 1));
    co_return told(bound);
}

Task<Made> listen(Process& p, Call const& call, Sockets& sockets) {
    Result<Done> const listening = co_await p.listen(sockets.of(call), static_cast<int>(number(call, 1)));
    co_return told(listening);
}

Task<Made> connect(Process& p, Call const& call, Sockets& sockets) {
    Result<Done> const connected = co_await p.connect(sockets.of(call), endpoint(call, 1));
    co_return told(connected);
}

Task<Made> accept(Process& p, Call const& call, Sockets& sockets) {
    Result<std::int32_t> const accepted = co_await p.accept(sockets.of(call));
    if (accepted.ok()) {
        sockets.descriptors[call.args.at(1)] = accepted.value();
    }
    co_return accepted.ok() ? succeeded(0) : failed(accepted.error());
}

Task<Made> set_option(Process& p, Call const& call, Sockets& sockets) {
    auto const option = socket::option_named(call.args.at(1));
    if (!option) {
        co_return lacking("setsockopt " + call.args.at(1));
    }
    Result<Done> const set = co_await p.setsockopt(sockets.of(call), *option, option_value(*option, call));
    co_return told(set);
}

Task<Made> get_option(Process& p, Call const& call, Sockets& sockets) {
    auto const option = socket::option_named(call.args.at(1));
    if (!option) {
        co_return lacking("getsockopt " + call.args.at(1));
    }
    Result<std::int64_t> const value = co_await p.getsockopt(sockets.of(call), *option);
    if (!value.ok()) {
        co_return failed(value.error());
    }
    bool const is_error = *option == Option::so_error;
    co_return is_error ? Made{.result = std::string{name(static_cast<Errno>(value.value()))}}  // "0": none
                       : succeeded(value.value());
}

Task<Made> make_nonblocking(Process& p, Call const& call, Sockets& sockets) {
    Result<Done> const set = co_await p.fcntl_setfl(sockets.of(call), app::o_nonblock);
    co_return told(set);
}

/// The replay chose it for the whole host.
Task<Made> choose_congestion_control(Process& /*p*/, Call const& /*call*/, Sockets& /*sockets*/) {
    co_return succeeded(0);
}

Task<Made> close(Process& p, Call const& call, Sockets& sockets) {
    Result<Done> const closed = co_await p.close(sockets.of(call));
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

/// The world sends it (raw.hpp); a raw socket's sendto() succeeds.
Task<Made> raw_packet(Process& /*p*/, Call const& /*call*/, Sockets& /*sockets*/) { co_return succeeded(0); }

}  // namespace

Made failed(Errno error) { return {.result = "-1", .error = std::string{name(error)}}; }
Made succeeded(std::int64_t value) { return {.result = std::to_string(value)}; }
Made lacking(std::string what) { return {.lacking = std::move(what)}; }

std::int32_t Sockets::of(Call const& call) const {
    auto const found = call.args.empty() ? descriptors.end() : descriptors.find(call.args[0]);
    return found == descriptors.end() ? -1 : found->second;
}

Payload Sockets::next(std::uint64_t length) {
    return Payload::pattern(stream, std::exchange(sent, sent + length), length);
}

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

Operation operation_among(std::span<NamedOperation const> known, std::string_view op) {
    auto const found = std::find_if(known.begin(), known.end(), [&](auto const& each) { return each.name == op; });
    return found == known.end() ? nullptr : found->operation;
}

Operation operation_named(std::string_view op) {
    constexpr std::array operations{NamedOperation{"socket", make_socket},
                                    NamedOperation{"bind", bind},
                                    NamedOperation{"listen", listen},
                                    NamedOperation{"connect", connect},
                                    NamedOperation{"accept", accept},
                                    NamedOperation{"setsockopt", set_option},
                                    NamedOperation{"getsockopt", get_option},
                                    NamedOperation{"nonblock", make_nonblocking},
                                    NamedOperation{"congestion", choose_congestion_control},
                                    NamedOperation{"close", close},
                                    NamedOperation{"shutdown", shut_down},
                                    NamedOperation{"raw_syn", raw_packet}};
    if (Operation const found = operation_among(operations, op)) {
        return found;
    }
    Operation const transfer = transfer_named(op);
    return transfer != nullptr ? transfer : inquiry_named(op);
}

}  // namespace tcpsim::replay
