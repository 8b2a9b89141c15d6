// connect(), and what becomes of it.
#include "stack/socket/opening.hpp"
#include "stack/socket/sockets.hpp"

namespace tcpsim::socket {

Result<Done> Sockets::connect(FileId file, wire::Endpoint remote, Instant now, host::Output& out) {
    File* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    if (auto const* connected = std::get_if<Connected>(&f->what)) {
        if (connected->established) {
            return Errno::eisconn;
        }
        Result<Done> const result = connect_result(file, now, out);
        return result.error() == Errno::einprogress ? Result<Done>{Errno::ealready} : result;
    }
    auto* unbound = std::get_if<Unbound>(&f->what);
    if (unbound == nullptr) {
        return Errno::eisconn;  // Linux: connect() on a listening socket
    }
    wire::Endpoint const local = unbound->local.value_or(wire::Endpoint{});
    Result<host::ConnectionId> const opened = host_->connect(local, remote, unbound->options, now, out);
    if (!opened.ok()) {
        return opened.error();
    }
    f->what = Connected{opened.value(), host_->find(opened.value())->tuple(), false, false, *unbound};
    by_connection_[opened.value()] = file;
    return Errno::einprogress;
}

Result<Done> Sockets::connect_result(FileId file, Instant now, host::Output& out) {
    File* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    auto* connected = std::get_if<Connected>(&f->what);
    if (connected == nullptr) {
        return Errno::enotconn;
    }
    tcp::Connection const* connection = host_->find(connected->id);
    if (connection == nullptr || connection->state() == tcp::State::closed) {
        Errno const error = host_->take_error(connected->id);
        // Linux __inet_stream_connect, sock_error: tcp_disconnect() makes it a fresh socket.
        host_->release(connected->id, tcp::Cause{tcp::Why::closed}, now, out);
        by_connection_.erase(connected->id);
        Unbound again = connected->before;
        again.failed = connected->tuple;
        f->what = again;
        return error == Errno::none ? Errno::econnaborted : error;
    }
    if (opening(*connection)) {
        return Errno::einprogress;
    }
    connected->established = true;
    return Done{};
}

}  // namespace tcpsim::socket
