// Calls that move data.
#include "sim/packet_script/program.hpp"
#include "sim/packet_script/symbols.hpp"

#include <algorithm>
#include <string_view>

namespace tcpsim::packet_script {

namespace {

constexpr Returned bad_descriptor{-1, Errno::ebadf};

// include/linux/socket.h
constexpr std::int64_t msg_oob = 0x1, msg_peek = 0x2, msg_trunc = 0x20, msg_dontwait = 0x40, msg_eor = 0x80,
                       msg_waitall = 0x100, msg_nosignal = 0x4000, msg_more = 0x8000, msg_fastopen = 0x20000000;

void refuse_flags(std::int64_t flags, std::int64_t known) {
    if ((flags & ~known) != 0) {
        unsupported("MSG_ flag " + std::to_string(flags & ~known));
    }
}

/// Linux: a buffer that is not there is only noticed when something is copied.
bool has_no_buffer(Call const& call) {
    Expression const& buffer = argument(call, 1);
    return buffer.kind == Expression::Kind::word && buffer.text == "NULL";
}

/// A member of a structure; null if it has none of that name.
Expression const* member(Expression const& structure, std::string_view name) {
    auto const found = std::find(structure.names.begin(), structure.names.end(), name);
    return found == structure.names.end() ? nullptr
                                          : &structure.items[static_cast<std::size_t>(found - structure.names.begin())];
}

Expression const& needed_member(Expression const& structure, std::string_view name) {
    Expression const* const found = member(structure, name);
    if (found == nullptr) {
        fail("a message needs its " + std::string{name});
    }
    return *found;
}

/// Of all parts of [{..., 10}, {..., 20}].
std::uint64_t length_of(Expression const& vectors) {
    std::uint64_t length = 0;
    for (Expression const& vector : vectors.items) {
        length += vector.items.size() == 2 ? static_cast<std::uint64_t>(number_of(vector.items[1])) : 0;
    }
    return length;
}

}  // namespace

std::optional<Returned> Program::receive(Call const& call, std::uint64_t at_most, std::int64_t flags) {
    auto const file = file_of(call);
    if (!file) {
        return bad_descriptor;
    }
    if (has_no_buffer(call)) {
        unsupported("a buffer at NULL");
    }
    refuse_flags(flags, msg_oob | msg_peek | msg_trunc | msg_dontwait | msg_waitall | msg_nosignal);
    socket::ReceiveFlags const wanted{.peek = (flags & msg_peek) != 0,
                                      .truncate = (flags & msg_trunc) != 0,
                                      .wait_all = (flags & msg_waitall) != 0,
                                      .out_of_band = (flags & msg_oob) != 0};
    Result<socket::Received> const received =
        stage_->call([&](socket::Sockets& sockets, Instant now, host::Output& out) {
            return sockets.receive(*file, at_most, wanted, now, out);
        });
    if (received.error() == Errno::eagain) {
        return std::nullopt;
    }
    return received.ok() ? Returned{static_cast<std::int64_t>(received.value().length)}
                         : Returned{-1, received.error()};
}

std::optional<Returned> Program::call_read(Call const& call, bool /*retried*/) {
    auto const at_most = static_cast<std::uint64_t>(number_argument(call, 2));
    return at_most == 0 ? Returned{} : receive(call, at_most, 0);
}

std::optional<Returned> Program::call_recv(Call const& call, bool /*retried*/) {
    return receive(call, static_cast<std::uint64_t>(number_argument(call, 2)), number_argument(call, 3));
}

/// What was queued before a call blocks counts; an error after that is the next call's.
std::optional<Returned> Program::send(Call const& call, std::uint64_t length, std::int64_t flags, bool retried) {
    auto const file = file_of(call);
    if (!file) {
        return bad_descriptor;
    }
    if (has_no_buffer(call)) {
        unsupported("a buffer at NULL");
    }
    refuse_flags(flags, msg_oob | msg_dontwait | msg_eor | msg_nosignal | msg_more | msg_fastopen);
    if ((flags & msg_eor) != 0) {
        unsupported("MSG_EOR");
    }
    socket::SendFlags const wanted{.more = (flags & msg_more) != 0,
                                   .out_of_band = (flags & msg_oob) != 0,
                                   .fast_open = (flags & msg_fastopen) != 0};
    bool const addressed = call.name == "sendto" && wanted.fast_open;
    auto const to = addressed ? std::optional{endpoint(call, 4, addresses_.remote)} : std::nullopt;
    auto const before = stage_->sockets().tuple(*file);
    std::uint64_t& written = written_[number_argument(call, 0)];
    Payload const data = Payload::pattern(programs_stream, written, length - partly_sent_);
    Result<std::uint64_t> const taken = stage_->call([&](socket::Sockets& sockets, Instant now, host::Output& out) {
        return sockets.send(*file, data, wanted, now, out, to);
    });
    auto const tuple = stage_->sockets().tuple(*file);
    if (tuple && tuple != before) {  // it connected as well
        effect_.connecting = tuple;
    }
    if (taken.ok()) {
        written += taken.value();
        partly_sent_ += taken.value();
    } else if (taken.error() == Errno::einprogress && may_block(call)) {
        return std::nullopt;
    } else if (taken.error() != Errno::eagain && partly_sent_ == 0) {
        return Returned{-1, taken.error()};
    }
    bool const waits = (retried || may_block(call)) && partly_sent_ < length;
    bool const over = !taken.ok() && taken.error() != Errno::eagain;
    if ((waits && !over) || (partly_sent_ == 0 && length > 0 && !over)) {
        return std::nullopt;
    }
    return Returned{static_cast<std::int64_t>(partly_sent_)};
}

std::optional<Returned> Program::call_write(Call const& call, bool retried) {
    return send(call, static_cast<std::uint64_t>(number_argument(call, 2)), 0, retried);
}

std::optional<Returned> Program::call_send(Call const& call, bool retried) {
    return send(call, static_cast<std::uint64_t>(number_argument(call, 2)), number_argument(call, 3), retried);
}

std::optional<Returned> Program::call_readv(Call const& call, bool /*retried*/) {
    return receive(call, length_of(argument(call, 1)), 0);
}

std::optional<Returned> Program::call_writev(Call const& call, bool retried) {
    return send(call, length_of(argument(call, 1)), 0, retried);
}

std::optional<Returned> Program::call_recvmsg(Call const& call, bool /*retried*/) {
    std::int64_t const flags = number_argument(call, 2);
    Expression const* control = member(argument(call, 1), "msg_control");
    if (control != nullptr && !control->items.empty()) {
        unsupported("control messages of recvmsg()");
    }
    return receive(call, length_of(needed_member(argument(call, 1), "msg_iov")), flags);
}

std::optional<Returned> Program::call_sendmsg(Call const& call, bool retried) {
    return send(call, length_of(needed_member(argument(call, 1), "msg_iov")), number_argument(call, 2), retried);
}

}  // namespace tcpsim::packet_script
