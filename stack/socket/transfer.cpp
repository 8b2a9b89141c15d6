// Receiving and sending, and shutting down either.
#include "stack/socket/opening.hpp"
#include "stack/socket/sockets.hpp"

#include <algorithm>
#include <utility>

namespace tcpsim::socket {

Result<Received> Sockets::receive(FileId file, std::uint64_t at_most, ReceiveFlags flags, Instant now,
                                  host::Output& out) {
    File const* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    auto const* connected = std::get_if<Connected>(&f->what);
    if (connected == nullptr) {
        return Errno::enotconn;
    }
    Result<Payload> received = flags.out_of_band ? host_->receive_urgent(connected->id, flags.peek)
                                                 : receive_text(*connected, at_most, flags, now, out);
    // Linux: after shutdown(SHUT_RD) what came is still given, then the end of the stream.
    if (connected->read_shut && received.error() == Errno::eagain) {
        return Received{};
    }
    if (!received.ok()) {
        return received.error();
    }
    Received message;
    message.length = received.value().size();
    if (!flags.truncate) {  // Linux tcp_recvmsg: with MSG_TRUNC nothing is copied
        message.data = std::move(received).value();
    }
    return message;
}

Result<Payload> Sockets::receive_text(Connected const& connected, std::uint64_t at_most, ReceiveFlags flags,
                                      Instant now, host::Output& out) {
    tcp::Connection const* connection = host_->find(connected.id);
    if (flags.peek && connection != nullptr) {
        Payload ahead = connection->peek(at_most);
        if (!ahead.empty()) {
            return ahead;
        }
        if (connection->at_mark() && !connection->can_receive()) {  // the octet out of band stays, too
            return Errno::eagain;
        }
    }
    return host_->receive(connected.id, at_most, now, out);
}

std::uint64_t Sockets::receive_target(FileId /*file*/, std::uint64_t at_most, ReceiveFlags flags) const {
    // Linux sock_rcvlowat: at least one byte, even of none.
    std::uint64_t const wanted = flags.wait_all ? at_most : std::min<std::uint64_t>(at_most, 1);
    return std::max<std::uint64_t>(wanted, 1);
}

Result<Payload> Sockets::read(FileId file, std::uint64_t at_most, Instant now, host::Output& out) {
    File const* f = find(file);
    if (f != nullptr && at_most == 0) {
        return Payload{};  // Linux sock_read_iter; recv() would wait
    }
    Result<Received> received = receive(file, at_most, {}, now, out);
    return received.ok() ? Result<Payload>{std::move(received).value().data} : received.error();
}

Result<std::uint64_t> Sockets::send(FileId file, Payload const& data, SendFlags flags, Instant now, host::Output& out,
                                    std::optional<wire::Endpoint> /*to*/) {
    File const* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    auto const* connected = std::get_if<Connected>(&f->what);
    if (connected == nullptr) {
        return Errno::epipe;  // Linux: tcp_sendmsg on a socket that was never connected
    }
    tcp::Connection const* connection = host_->find(connected->id);
    if (connection != nullptr && opening(*connection)) {
        return Errno::eagain;  // Linux: sk_stream_wait_connect; RFC 9293 §3.10.2 would queue
    }
    tcp::WriteEnd const end = flags.out_of_band ? tcp::WriteEnd::urgent
                              : flags.more      ? tcp::WriteEnd::more_follows
                                                : tcp::WriteEnd::push;
    Result<std::uint64_t> const taken = host_->send(connected->id, data, now, out, end);
    if (taken.ok() && taken.value() == 0 && !data.empty()) {
        return Errno::eagain;
    }
    return taken;
}

Result<std::uint64_t> Sockets::write(FileId file, Payload const& data, Instant now, host::Output& out) {
    return send(file, data, {}, now, out);
}

Result<Done> Sockets::shutdown(FileId file, ShutdownHow how, Instant now, host::Output& out) {
    File* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    auto* connected = std::get_if<Connected>(&f->what);
    tcp::Connection const* connection = connected == nullptr ? nullptr : host_->find(connected->id);
    if (connection == nullptr || connection->state() == tcp::State::closed) {
        return Errno::enotconn;
    }
    if (how != ShutdownHow::write) {
        connected->read_shut = true;
    }
    if (how != ShutdownHow::read) {
        host_->shutdown_send(connected->id, tcp::Cause{tcp::Why::closed}, now, out);
    }
    return Done{};
}

}  // namespace tcpsim::socket
