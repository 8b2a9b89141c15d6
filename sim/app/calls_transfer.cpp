#include "sim/app/calls_transfer.hpp"

#include "sim/app/numbers.hpp"

#include <algorithm>

namespace tcpsim::app {

namespace {

bool is_datagram_socket(machine::Process& kernel, std::int32_t fd, net::Context& context) {
    Result<std::int64_t> const type = kernel.getsockopt(fd, socket::Option::so_type, context);
    return type.ok() && type.value() == std::int64_t{sock_dgram};
}

/// Linux sk_stream_error: the signal comes with the error, unless MSG_NOSIGNAL. Of datagrams (sock_alloc_send_pskb) never.
void raise_sigpipe(machine::Process& kernel, std::int32_t fd, Result<std::uint64_t> const& result, MessageFlags flags,
                   net::Context& context) {
    if (result.error() == Errno::epipe && !flags.has(msg_nosignal) && !is_datagram_socket(kernel, fd, context)) {
        kernel.raise(machine::Signal::sigpipe, context);
    }
}

bool is_file(machine::Process const& kernel, std::int32_t fd) {
    machine::FileKind const kind = kernel.kind(fd);
    return kind == machine::FileKind::regular || kind == machine::FileKind::pipe_to_read ||
           kind == machine::FileKind::pipe_to_write;
}
/// Calls with flags or addresses are for sockets alone.
bool reads_file(machine::Process const& kernel, trace::Call call, std::int32_t fd) {
    return (call == trace::Call::read || call == trace::Call::readv) && is_file(kernel, fd);
}
bool writes_file(machine::Process const& kernel, trace::Call call, std::int32_t fd) {
    return (call == trace::Call::write || call == trace::Call::writev) && is_file(kernel, fd);
}

/// Of urgent data: a call that has something already ends there.
bool at_mark(machine::Process const& kernel, std::int32_t fd) {
    Result<std::uint64_t> const mark = kernel.ioctl(fd, socket::Inquiry::siocatmark);
    return mark.ok() && mark.value() != 0;
}

}  // namespace

std::optional<Result<socket::Received>> ReceiveCall::attempt(machine::Process& kernel, net::Context& context) {
    if (machine::Terminal* const typed = kernel.terminal(fd)) {
        std::optional<Payload> line = typed->read(context.now);
        return line ? std::optional{Result<socket::Received>{socket::Received{.data = *line, .length = line->size()}}}
                    : std::nullopt;
    }
    if (reads_file(kernel, call, fd)) {
        Result<Payload> text = kernel.read_file(fd, at_most, context);
        if (text.error() == Errno::eagain && !kernel.nonblocking(fd)) {
            return std::nullopt;
        }
        return text.ok() ? Result<socket::Received>{{.data = text.value(), .length = text.value().size()}}
                         : text.error();
    }
    timeout.begin(kernel, fd, machine::Direction::receive, context.now);
    bool const may_wait = !flags.has(msg_dontwait) && !flags.has(msg_errqueue) && !kernel.nonblocking(fd);
    socket::ReceiveFlags how = receive_flags(flags);
    how.waits = may_wait && !timeout.over(kernel.clock(context.now));
    std::uint64_t const target = kernel.receive_target(fd, at_most, how);
    for (;;) {
        if (got.length > 0 && (kernel.poll(fd).err || at_mark(kernel, fd))) {
            return got;  // without asking, because asking would take the error, or go beyond the mark (Linux tcp_recvmsg)
        }
        bool const anew = flags.has(msg_peek);  // what was only looked at is there still
        Result<socket::Received> part = kernel.receive(fd, at_most - (anew ? 0 : got.length), how, context);
        if (part.error() == Errno::eagain) {
            return how.waits        ? std::nullopt
                   : got.length > 0 ? std::optional{Result<socket::Received>{got}}
                                    : std::optional{std::move(part)};
        }
        if (!part.ok()) {
            return got.length > 0 ? Result<socket::Received>{got} : std::move(part);
        }
        if (flags.has(msg_errqueue)) {
            return part;
        }
        std::uint64_t const before = got.length;
        if (anew || got.length == 0) {
            got = std::move(part).value();
        } else {
            got.length += part.value().length;
            got.data.append(part.value().data);
        }
        if (got.length >= target || got.length == before) {  // enough, or the end of the stream
            return got;
        }
    }
}

trace::CallReturned returned(ReceiveCall const& call, socket::Received const& value) {
    return {.value = static_cast<std::int64_t>(value.length),
            .end_of_stream = value.length == 0 && call.at_most > 0 && !value.from,
            .address = value.from.value_or(wire::Endpoint{}),
            .data = value.data};
}

std::optional<Result<socket::Received>> part_of(ReceiveCall const& call) {
    return call.got.length > 0 ? std::optional{Result<socket::Received>{call.got}} : std::nullopt;
}

std::optional<Result<Payload>> ReadCall::attempt(machine::Process& kernel, net::Context& context) {
    // Linux sock_read_iter: a read of nothing asks nobody; recv() would wait.
    if (inner.at_most == 0 && inner.call == trace::Call::read && kernel.is_open(inner.fd)) {
        return Result<Payload>{Payload{}};
    }
    std::optional<Result<socket::Received>> received = inner.attempt(kernel, context);
    if (!received) {
        return std::nullopt;
    }
    return received->ok() ? Result<Payload>{std::move(*received).value().data} : received->error();
}

trace::CallReturned returned(ReadCall const& call, Payload const& value) {
    // With MSG_TRUNC there is a length without data (tcp(7)).
    auto const length = std::max<std::uint64_t>(value.size(), call.inner.got.length);
    return {.value = static_cast<std::int64_t>(length),
            .end_of_stream = length == 0 && call.inner.at_most > 0,
            .data = value};
}

std::optional<Result<Payload>> part_of(ReadCall const& call) {
    auto const part = part_of(call.inner);
    return part ? std::optional{Result<Payload>{part->value().data}} : std::nullopt;
}

trace::CallMade SendCall::made() const {
    return {.call = call,
            .descriptor = fd,
            .bytes = data.size(),
            .address = to.value_or(wire::Endpoint{}),
            .flags = flags.bits,
            .data = data};
}

namespace {

bool is_connecting(machine::Process const& kernel, std::int32_t fd) {
    tcp::Connection const* const connection = kernel.tcp(fd);
    return connection != nullptr && connection->tcb().state == tcp::State::syn_sent;
}

}  // namespace

// Linux pipe_write: the signal comes even if a part was written, which is then told.
std::optional<Result<std::uint64_t>> SendCall::attempt_on_file(machine::Process& kernel, net::Context& context) {
    for (;;) {
        Result<std::uint64_t> const took = kernel.write_file(fd, data.part(queued, data.size() - queued), context);
        queued += took.ok() ? took.value() : 0;
        if (took.error() == Errno::eagain && !kernel.nonblocking(fd)) {
            return std::nullopt;
        }
        if (!took.ok() || queued == data.size()) {
            raise_sigpipe(kernel, fd, took, flags, context);
            return queued > 0 ? Result<std::uint64_t>{queued} : took;
        }
    }
}

std::optional<Result<std::uint64_t>> SendCall::attempt(machine::Process& kernel, net::Context& context) {
    if (kernel.terminal(fd) != nullptr) {
        return data.size();
    }
    if (writes_file(kernel, call, fd)) {
        return attempt_on_file(kernel, context);
    }
    timeout.begin(kernel, fd, machine::Direction::send, context.now);
    bool const may_wait = !flags.has(msg_dontwait) && !kernel.nonblocking(fd);
    for (;;) {
        if (connects) {
            // Linux tcp_sendmsg_fastopen waits as connect() does, even if the SYN took the text with it.
            Result<Done> const connected = kernel.connect_result(fd, context);
            if (connected.error() == Errno::einprogress && !timeout.over(kernel.clock(context.now))) {
                return std::nullopt;
            }
            connects = false;
            flags.bits &= ~msg_fastopen.bits;
            to.reset();
            if (!connected.ok() || queued == data.size()) {
                return connected.ok() ? Result<std::uint64_t>{queued} : connected.error();
            }
        }
        if (queued > 0 && kernel.poll(fd).err) {
            return queued;  // without asking, because asking would take the error
        }
        Payload const& rest = queued == 0 ? data : data.part(queued, data.size() - queued);
        Result<std::uint64_t> const took = kernel.send(fd, rest, send_flags(flags), to, context);
        if (took.error() == Errno::eagain && may_wait && !timeout.over(kernel.clock(context.now))) {
            return std::nullopt;
        }
        connects = may_wait && (took.ok() || took.error() == Errno::einprogress) && is_connecting(kernel, fd);
        if (connects) {
            queued += took.ok() ? took.value() : 0;
            continue;
        }
        if (!took.ok()) {
            raise_sigpipe(kernel, fd, queued > 0 ? Result<std::uint64_t>{queued} : took, flags, context);
            return queued > 0 ? Result<std::uint64_t>{queued} : took;
        }
        queued += took.value();
        if (queued == data.size()) {
            return queued;
        }
    }
}

trace::CallReturned returned(SendCall const& /*call*/, std::uint64_t value) {
    return {.value = static_cast<std::int64_t>(value)};
}

std::optional<Result<std::uint64_t>> part_of(SendCall const& call) {
    return call.queued > 0 ? std::optional{Result<std::uint64_t>{call.queued}} : std::nullopt;
}

}  // namespace tcpsim::app
