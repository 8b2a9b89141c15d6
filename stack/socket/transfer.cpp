// Receiving and sending, and shutting down either.
#include "stack/socket/sockets.hpp"
#include "stack/socket/states.hpp"

#include <algorithm>
#include <utility>

namespace tcpsim::socket {

Result<Received> Sockets::receive(FileId file, std::uint64_t at_most, ReceiveFlags flags, Instant now,
                                  host::Output& out) {
    File* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    if (std::holds_alternative<Epoll>(f->what)) {
        return Errno::enotsock;
    }
    if (flags.error_queue) {
        return receive_report(*f, at_most);
    }
    if (auto const* udp = std::get_if<OverUdp>(&f->what)) {
        return receive_datagram(*udp, f->options, at_most, flags);
    }
    auto const* connected = std::get_if<Connected>(&f->what);
    if (connected == nullptr) {
        auto* unbound = std::get_if<Unbound>(&f->what);
        return unbound == nullptr ? Errno::enotconn : receive_on_fresh(*unbound, flags);
    }
    Result<Payload> received = flags.out_of_band ? host_->receive_urgent(connected->id, flags.peek)
                                                 : receive_text(*f, at_most, flags, now, out);
    // Linux: after shutdown(SHUT_RD) what came is still given, then the end of the stream.
    tcp::Connection const* connection = host_->find(connected->id);
    if (connection != nullptr && connection->receive_shut() && received.error() == Errno::eagain) {
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
    add_circumstances(*f, flags, message);
    return message;
}

// Linux tcp_recvmsg_locked, tcp_recv_urg.
Result<Received> Sockets::receive_on_fresh(Unbound& unbound, ReceiveFlags flags) {
    if (flags.out_of_band) {
        return Errno::einval;
    }
    if (unbound.error != Errno::none) {
        return std::exchange(unbound.error, Errno::none);
    }
    if (unbound.read_shut) {
        return Received{};
    }
    return unbound.deferred ? Errno::eagain : Errno::enotconn;  // Linux: what is deferred is in SYN-SENT
}

/// The control messages of recvmsg().
void Sockets::add_circumstances(File const& file, ReceiveFlags flags, Received& message) {
    host::ConnectionId const id = std::get<Connected>(file.what).id;
    if (message.length > 0) {
        message.at = host_->arrival_of(id, flags.peek ? message.length : 0);
    }
    if (file.options.tells_unread) {
        tcp::Connection const* const connection = host_->find(id);
        // Linux tcp_inq_hint: after a FIN never nothing, so that the program reads on to the end.
        bool const finished = connection != nullptr && connection->peer_finished();
        message.unread = connection == nullptr ? 0 : connection->unread() + (finished ? 1 : 0);
    }
}

Result<Payload> Sockets::receive_text(File& file, std::uint64_t at_most, ReceiveFlags flags, Instant now,
                                      host::Output& out) {
    auto const& connected = std::get<Connected>(file.what);
    tcp::Connection const* connection = host_->find(connected.id);
    std::int64_t& offset = file.options.peek_offset;
    if (flags.peek && connection != nullptr) {
        // Linux sk_peek_offset: where the last look ended.
        auto const skipped = static_cast<std::uint64_t>(std::max<std::int64_t>(offset, 0));
        Payload ahead = connection->peek(at_most + skipped);
        if (ahead.size() > skipped) {
            ahead = ahead.part(skipped, ahead.size() - skipped);
            offset += offset >= 0 ? static_cast<std::int64_t>(ahead.size()) : 0;
            return ahead;
        }
        if (!ahead.empty()) {
            return connection->peer_finished() ? Result<Payload>{Payload{}} : Errno::eagain;
        }
        if (connection->at_mark() && !connection->can_receive()) {  // the octet out of band stays, too
            return Errno::eagain;
        }
    }
    Result<Payload> read = host_->receive(connected.id, at_most, now, out);
    if (read.ok() && offset > 0) {  // Linux sk_peek_offset_bwd
        offset = std::max<std::int64_t>(offset - static_cast<std::int64_t>(read.value().size()), 0);
    }
    return read;
}

std::uint64_t Sockets::receive_target(FileId file, std::uint64_t at_most, ReceiveFlags flags) const {
    File const* f = find(file);
    if (f != nullptr && std::holds_alternative<OverUdp>(f->what)) {
        return 1;  // Linux udp_recvmsg: one datagram, whatever MSG_WAITALL and SO_RCVLOWAT say
    }
    // Linux sock_rcvlowat: at least one byte, even of none.
    std::uint64_t const low_water = f == nullptr ? 1 : f->options.receive_low_water;
    std::uint64_t const wanted = flags.wait_all ? at_most : std::min(at_most, low_water);
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
                                    std::optional<wire::Endpoint> to) {
    File* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    if (std::holds_alternative<Epoll>(f->what)) {
        return Errno::enotsock;
    }
    if (auto const* udp = std::get_if<OverUdp>(&f->what)) {
        return send_datagram(*udp, data, flags, now, out, to);
    }
    if (auto const fast = send_fast(file, {data, flags.waits}, flags, now, out, to)) {
        return *fast;
    }
    auto const* connected = std::get_if<Connected>(&f->what);
    if (connected == nullptr) {  // Linux sk_stream_error: tcp_sendmsg on a socket that was never connected
        auto* unbound = std::get_if<Unbound>(&f->what);
        Errno const error = unbound == nullptr ? Errno::none : std::exchange(unbound->error, Errno::none);
        return error == Errno::none ? Errno::epipe : error;
    }
    tcp::Connection const* connection = host_->find(connected->id);
    if (connection != nullptr && is_opening(*connection)) {
        return Errno::eagain;  // Linux: sk_stream_wait_connect; RFC 9293 §3.10.2 would queue
    }
    tcp::WriteEnd const end = flags.out_of_band ? tcp::WriteEnd::urgent
                              : flags.record    ? tcp::WriteEnd::record
                              : flags.more      ? tcp::WriteEnd::more_follows
                                                : tcp::WriteEnd::push;
    Result<std::uint64_t> const taken =
        host_->send(connected->id, data, now, out, end, flags.zero_copy && f->options.zero_copy);
    if (taken.ok() && taken.value() == 0 && !data.empty()) {
        return Errno::eagain;
    }
    return taken;
}

Result<std::uint64_t> Sockets::write(FileId file, Payload const& data, Instant now, host::Output& out) {
    return send(file, data, {}, now, out);
}

// Linux inet_shutdown.
Result<Done> Sockets::shutdown(FileId file, ShutdownHow how, Instant now, host::Output& out) {
    File* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    if (auto const* listening = std::get_if<Listening>(&f->what)) {
        return how == ShutdownHow::write ? Result<Done>{Done{}} : stop_listening(file, *f, *listening, now, out);
    }
    if (auto* udp = std::get_if<OverUdp>(&f->what)) {
        return shutdown_datagrams(*udp, how, out);
    }
    if (auto* unbound = std::get_if<Unbound>(&f->what)) {
        return shutdown_fresh(*unbound, how);
    }
    auto* connected = std::get_if<Connected>(&f->what);
    if (connected == nullptr) {
        return Errno::enotsock;
    }
    tcp::Connection const* connection = host_->find(connected->id);
    if (is_over(connection)) {
        return Errno::enotconn;
    }
    if (connection->state() == tcp::State::syn_sent) {  // either way ends it (tcp_disconnect)
        host_->shutdown_send(connected->id, tcp::Cause{tcp::Why::closed}, now, out);
        make_fresh(file, *f, host_->take_error(connected->id), now, out);
        return Done{};
    }
    if (how != ShutdownHow::write) {
        host_->shutdown_receive(connected->id);
    }
    if (how != ShutdownHow::read) {
        host_->shutdown_send(connected->id, tcp::Cause{tcp::Why::closed}, now, out);
    } else {
        out.readiness.push_back(
            {.connection = connected->id, .readable = true, .state_changed = true});  // whoever reads learns of the end
    }
    return Done{};
}

/// It fails, and marks the socket nevertheless.
Result<Done> Sockets::shutdown_fresh(Unbound& unbound, ShutdownHow how) {
    unbound.read_shut = unbound.read_shut || how != ShutdownHow::write;
    unbound.write_shut = unbound.write_shut || how != ShutdownHow::read;
    return Errno::enotconn;
}

/// What waits for accept() is reset, and who waits in it fails with EINVAL; the socket may listen again.
Result<Done> Sockets::stop_listening(FileId id, File& file, Listening listening, Instant now, host::Output& out) {
    by_listener_.erase(listening.id);
    host_->close_listener(listening.id, now, out);
    file.what = Unbound{.options = listening.options, .had = listening.local};
    let_go_of_port(file);
    changed_.push_back(id);
    return Done{};
}

}  // namespace tcpsim::socket
