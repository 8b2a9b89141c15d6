// Calls that move data.
#include "sim/packet_script/control_messages.hpp"
#include "sim/packet_script/members.hpp"
#include "sim/packet_script/program.hpp"
#include "sim/packet_script/symbols.hpp"
#include "stack/socket/message_bits.hpp"

#include <algorithm>
#include <string_view>

namespace tcpsim::packet_script {

namespace {

constexpr Returned bad_descriptor{-1, Errno::ebadf};

using socket::MessageFlags;

MessageFlags known_flags(std::int64_t flags, MessageFlags known) {
    if ((flags & ~std::int64_t{known.bits}) != 0) {
        unsupported("MSG_ flag " + std::to_string(flags & ~std::int64_t{known.bits}));
    }
    return {static_cast<std::uint32_t>(flags)};
}

/// Linux: a buffer that is not there is only noticed when something is copied.
bool has_no_buffer(Call const& call) {
    Expression const& buffer = argument(call, 1);
    return buffer.kind == Expression::Kind::word && buffer.text == "NULL";
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
    MessageFlags const given =
        known_flags(flags, socket::msg_oob | socket::msg_peek | socket::msg_trunc | socket::msg_dontwait |
                               socket::msg_waitall | socket::msg_nosignal | socket::msg_errqueue);
    socket::ReceiveFlags const wanted = socket::receive_flags(given);
    Result<socket::Received> const received =
        stage_->call([&](socket::Sockets& sockets, Instant now, host::Output& out) {
            return sockets.receive(*file, at_most, wanted, now, out);
        });
    if (received.error() == Errno::eagain && !wanted.error_queue) {  // which never waits
        return std::nullopt;
    }
    if (!received.ok()) {
        return Returned{-1, received.error()};
    }
    if (call.name == "recvmsg") {
        expect_circumstances(argument(call, 1), received.value(), wanted.error_queue, tolerance_);
    }
    return Returned{static_cast<std::int64_t>(received.value().length)};
}

std::optional<Returned> Program::call_read(Call const& call, bool /*retried*/) {
    auto const at_most = static_cast<std::uint64_t>(number_argument(call, 2));
    return at_most == 0 ? Returned{} : receive(call, at_most, 0);
}

std::optional<Returned> Program::call_recv(Call const& call, bool /*retried*/) {
    return receive(call, static_cast<std::uint64_t>(number_argument(call, 2)), number_argument(call, 3));
}

/// Linux: a writer that connects as well waits for the handshake's end, and learns what became of it, before it goes on.
std::optional<Returned> Program::send(Call const& call, Sending const& sending, bool retried) {
    auto const file = file_of(call);
    if (!file) {
        return bad_descriptor;
    }
    if (has_no_buffer(call)) {
        unsupported("a buffer at NULL");
    }
    MessageFlags const given =
        known_flags(sending.flags, socket::msg_oob | socket::msg_dontwait | socket::msg_eor | socket::msg_nosignal |
                                       socket::msg_more | socket::msg_zerocopy | socket::msg_fastopen);
    if (connects_) {
        Result<Done> const connected = stage_->call([&](socket::Sockets& sockets, Instant now, host::Output& out) {
            return sockets.connect_result(*file, now, out);
        });
        if (!connected.ok()) {
            return connected.error() == Errno::einprogress ? std::nullopt
                                                           : std::optional{Returned{-1, connected.error()}};
        }
    }
    socket::SendFlags wanted = socket::send_flags(given);
    wanted.fast_open = wanted.fast_open && !connects_;
    wanted.waits = may_block(call);
    bool const addressed = wanted.fast_open && sending.to != nullptr;
    auto const to = addressed ? std::optional{endpoint(*sending.to, addresses_.remote)} : std::nullopt;
    auto const before = stage_->sockets().tuple(*file);
    std::uint64_t& written = written_[number_argument(call, 0)];
    Payload const data = Payload::pattern(programs_stream, written, sending.length - partly_sent_);
    Result<std::uint64_t> const taken = stage_->call([&](socket::Sockets& sockets, Instant now, host::Output& out) {
        return sockets.send(*file, data, wanted, now, out, to);
    });
    written += taken.ok() ? taken.value() : 0;
    partly_sent_ += taken.ok() ? taken.value() : 0;
    auto const tuple = stage_->sockets().tuple(*file);
    if (tuple && tuple != before) {  // it connected as well
        effect_.connecting = tuple;
        connects_ = wanted.waits;
        if (connects_) {
            return std::nullopt;
        }
    }
    return sent_so_far(call, taken, sending.length, retried);
}

/// What was queued before a call blocks counts; an error after that is the next call's.
std::optional<Returned> Program::sent_so_far(Call const& call, Result<std::uint64_t> const& taken, std::uint64_t length,
                                             bool retried) {
    if (!taken.ok() && taken.error() != Errno::eagain && partly_sent_ == 0) {
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
    return send(call, {.length = static_cast<std::uint64_t>(number_argument(call, 2))}, retried);
}

std::optional<Returned> Program::call_send(Call const& call, bool retried) {
    return send(call,
                {.length = static_cast<std::uint64_t>(number_argument(call, 2)),
                 .flags = number_argument(call, 3),
                 .to = call.name == "sendto" ? &argument(call, 4) : nullptr},
                retried);
}

std::optional<Returned> Program::call_readv(Call const& call, bool /*retried*/) {
    return receive(call, length_of(argument(call, 1)), 0);
}

std::optional<Returned> Program::call_writev(Call const& call, bool retried) {
    return send(call, {.length = length_of(argument(call, 1))}, retried);
}

std::optional<Returned> Program::call_recvmsg(Call const& call, bool /*retried*/) {
    std::int64_t const flags = number_argument(call, 2);
    return receive(call, length_of(needed_member(argument(call, 1), "msg_iov")), flags);
}

std::optional<Returned> Program::call_sendmsg(Call const& call, bool retried) {
    return send(call,
                {.length = length_of(needed_member(argument(call, 1), "msg_iov")),
                 .flags = number_argument(call, 2),
                 .to = member(argument(call, 1), "msg_name")},
                retried);
}

}  // namespace tcpsim::packet_script
