// Calls that make, join and end connections.
#include "sim/packet_script/program.hpp"
#include "sim/packet_script/symbols.hpp"

namespace tcpsim::packet_script {

namespace {

constexpr std::int64_t nonblocking_bit = 0x800;

Returned of(Result<Done> const& result) { return result.ok() ? Returned{} : Returned{-1, result.error()}; }

constexpr Returned bad_descriptor{-1, Errno::ebadf};

}  // namespace

/// "..." or {sa_family = AF_INET, sin_port = htons(P), sin_addr = inet_addr("A")}.
wire::Endpoint Program::endpoint(Expression const& given, wire::Endpoint otherwise) {
    if (given.kind == Expression::Kind::ellipsis) {
        return otherwise;
    }
    wire::Endpoint found = otherwise;
    for (std::size_t i = 0; i < given.items.size(); ++i) {
        Expression const& value = given.items[i];
        if (value.kind != Expression::Kind::function || value.items.size() != 1) {
            continue;
        }
        if (given.names[i] == "sin_port") {
            found.port = static_cast<std::uint16_t>(number_of(value.items[0]));
        } else if (given.names[i] == "sin_addr") {
            auto const address = wire::parse_ipv4(value.items[0].text);
            if (!address) {
                unsupported("the address " + value.items[0].text);
            }
            found.address = *address;
        }
    }
    if (given.kind != Expression::Kind::structure) {
        unsupported("an address that is neither ... nor a sockaddr_in");
    }
    return found;
}

std::optional<Returned> Program::call_socket(Call const& call, bool /*retried*/) {
    Expression const& type = argument(call, 1);
    Expression const& family = argument(call, 0);
    if (family.kind == Expression::Kind::word && family.text == "AF_INET6") {
        unsupported("IPv6");
    }
    std::int64_t const bits = number_of(type);
    constexpr std::int64_t datagram = 2;
    auto const kind = (bits & 0xf) == datagram ? socket::SocketType::datagram : socket::SocketType::stream;
    Result<socket::FileId> const made = stage_->sockets().socket(kind);
    if (!made.ok()) {
        return Returned{-1, made.error()};
    }
    if ((bits & nonblocking_bit) != 0) {
        (void)stage_->sockets().set_nonblocking(made.value(), true);
    }
    return install(call, made.value());
}

std::optional<Returned> Program::call_bind(Call const& call, bool /*retried*/) {
    auto const file = file_of(call);
    return file ? of(stage_->sockets().bind(*file, endpoint(argument(call, 1), addresses_.local))) : bad_descriptor;
}

std::optional<Returned> Program::call_listen(Call const& call, bool /*retried*/) {
    auto const file = file_of(call);
    if (!file) {
        return bad_descriptor;
    }
    Result<Done> const done = stage_->sockets().listen(*file, static_cast<int>(number_argument(call, 1)));
    effect_.listening = done.ok();
    return of(done);
}

std::optional<Returned> Program::call_accept(Call const& call, bool /*retried*/) {
    auto const file = file_of(call);
    if (!file) {
        return bad_descriptor;
    }
    Result<socket::FileId> const accepted = stage_->sockets().accept(*file);
    if (accepted.error() == Errno::eagain) {
        return std::nullopt;
    }
    return accepted.ok() ? install(call, accepted.value()) : Returned{-1, accepted.error()};
}

std::optional<Returned> Program::call_connect(Call const& call, bool retried) {
    auto const file = file_of(call);
    if (!file) {
        return bad_descriptor;
    }
    wire::Endpoint const remote = endpoint(argument(call, 1), addresses_.remote);
    Result<Done> const done = stage_->call([&](socket::Sockets& sockets, Instant now, host::Output& out) {
        return retried ? sockets.connect_result(*file, now, out) : sockets.connect(*file, remote, now, out);
    });
    if (!retried && (done.ok() || done.error() == Errno::einprogress)) {
        effect_.connecting = stage_->sockets().tuple(*file);
    }
    if (done.error() == Errno::einprogress && (retried || may_block(call))) {
        return std::nullopt;
    }
    return of(done);
}

std::optional<Returned> Program::call_shutdown(Call const& call, bool /*retried*/) {
    auto const file = file_of(call);
    if (!file) {
        return bad_descriptor;
    }
    auto const how = number_argument(call, 1);
    if (how < 0 || how > 2) {
        return Returned{-1, Errno::einval};
    }
    return of(stage_->call([&](socket::Sockets& sockets, Instant now, host::Output& out) {
        return sockets.shutdown(*file, static_cast<socket::ShutdownHow>(how), now, out);
    }));
}

std::optional<Returned> Program::call_close(Call const& call, bool /*retried*/) {
    std::int64_t const descriptor = number_argument(call, 0);
    auto const file = this->file(descriptor);
    if (!file) {
        return bad_descriptor;
    }
    files_.erase(descriptor);
    stage_->call([&](socket::Sockets& sockets, Instant now, host::Output& out) {
        sockets.release(*file, tcp::Cause{.why = tcp::Why::closed}, now, out);
        return 0;
    });
    return Returned{};
}

}  // namespace tcpsim::packet_script
