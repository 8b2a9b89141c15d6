// Calls that ask and set: fcntl, ioctl, socket options.
#include "sim/packet_script/program.hpp"
#include "sim/packet_script/symbols.hpp"
#include "stack/socket/option_names.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace tcpsim::packet_script {

namespace {

constexpr Returned bad_descriptor{-1, Errno::ebadf};
constexpr std::int64_t read_write = 0x2, nonblocking_bit = 0x800;

using socket::Option;
Option option_of(Call const& call) {
    Expression const& given = argument(call, 2);
    std::string const name = given.text.empty() ? std::to_string(given.value) : given.text;
    // Linux's number: older players of packet scripts have no name for it.
    auto const found = socket::option_named(name == "44" ? "TCP_RTO_MAX_MS" : name);
    if (!found) {
        unsupported("the socket option " + name);
    }
    return *found;
}

/// [n], {onoff=1, linger=2} or n.
std::int64_t option_value(Expression const& given) {
    if (given.kind == Expression::Kind::list && given.items.size() == 1) {
        return number_of(given.items[0]);
    }
    return number_of(given);
}

Returned of(Result<Done> const& result) { return result.ok() ? Returned{} : Returned{-1, result.error()}; }

}  // namespace

std::optional<Returned> Program::call_fcntl(Call const& call, bool /*retried*/) {
    auto const file = file_of(call);
    if (!file) {
        return bad_descriptor;
    }
    std::string const& command = argument(call, 1).text;
    if (command == "F_GETFL") {
        return Returned{read_write | (stage_->sockets().nonblocking(*file) ? nonblocking_bit : 0)};
    }
    if (command != "F_SETFL") {
        unsupported("fcntl() with " + command);
    }
    bool const nonblocking = (number_argument(call, 2) & nonblocking_bit) != 0;
    return of(stage_->sockets().set_nonblocking(*file, nonblocking));
}

std::optional<Returned> Program::call_ioctl(Call const& call, bool /*retried*/) {
    auto const file = file_of(call);
    if (!file) {
        return bad_descriptor;
    }
    std::string const& request = argument(call, 1).text;
    using Named = std::pair<std::string_view, socket::Inquiry>;
    constexpr std::array inquiries{
        Named{"FIONREAD", socket::Inquiry::fionread}, Named{"SIOCINQ", socket::Inquiry::fionread},
        Named{"SIOCOUTQ", socket::Inquiry::siocoutq}, Named{"SIOCOUTQNSD", socket::Inquiry::siocoutqnsd}};
    auto const found =
        std::find_if(inquiries.begin(), inquiries.end(), [&](Named const& each) { return each.first == request; });
    if (found == inquiries.end()) {
        unsupported("ioctl() with " + request);
    }
    Result<std::uint64_t> const told = stage_->sockets().ioctl(*file, found->second);
    if (!told.ok()) {
        return Returned{-1, told.error()};
    }
    std::int64_t const expected = option_value(argument(call, 2));
    if (static_cast<std::int64_t>(told.value()) != expected) {
        fail(request + " tells another number", std::to_string(expected), std::to_string(told.value()));
    }
    return Returned{};
}

std::optional<Returned> Program::call_setsockopt(Call const& call, bool /*retried*/) {
    auto const file = file_of(call);
    if (!file) {
        return bad_descriptor;
    }
    Option option{};
    std::int64_t value = 0;
    if (argument(call, 2).text == "SO_LINGER") {
        option = Option::so_linger;
        Expression const& linger = argument(call, 3);
        value = linger.items.size() == 2 && number_of(linger.items[0]) != 0 ? number_of(linger.items[1])
                                                                            : socket::linger_off;
    } else {
        option = option_of(call);
        value = static_cast<std::int32_t>(option_value(argument(call, 3)));  // an int in C
    }
    return of(stage_->call([&](socket::Sockets& sockets, Instant now, host::Output& out) {
        return sockets.setsockopt(*file, option, value, now, out);
    }));
}

std::optional<Returned> Program::call_getsockopt(Call const& call, bool /*retried*/) {
    auto const file = file_of(call);
    if (!file) {
        return bad_descriptor;
    }
    Option const option = option_of(call);
    Result<std::int64_t> const told = stage_->sockets().getsockopt(*file, option);
    if (!told.ok()) {
        return Returned{-1, told.error()};
    }
    std::int64_t const value = option == Option::so_error
                                   ? errno_number(static_cast<Errno>(told.value())).value_or(told.value())
                                   : told.value();
    Expression const& given = argument(call, 3);
    if (given.kind != Expression::Kind::ellipsis && option_value(given) != value) {
        fail(argument(call, 2).text + " has another value", std::to_string(option_value(given)), std::to_string(value));
    }
    return Returned{};
}

}  // namespace tcpsim::packet_script
