// connect(), and what becomes of it.
#include "stack/socket/sockets.hpp"
#include "stack/socket/states.hpp"

#include <utility>

namespace tcpsim::socket {
namespace {

/// Both ways are shut and the peer knows (Linux tcp_need_reset: not these).
bool is_last_to_close(tcp::Connection const& connection) {
    return connection.state() == tcp::State::closing || connection.state() == tcp::State::last_ack;
}

}  // namespace

// Linux __inet_stream_connect.
Result<Done> Sockets::connect(FileId file, wire::Endpoint remote, Instant now, host::Output& out) {
    File* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    if (std::holds_alternative<Epoll>(f->what)) {
        return Errno::enotsock;
    }
    if (auto const* udp = std::get_if<OverUdp>(&f->what)) {
        return host_->connect(udp->id, remote);
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
        return Errno::eisconn;  // it listens
    }
    if (unbound->deferred) {
        return Errno::eisconn;
    }
    unbound->error = Errno::none;  // Linux tcp_connect_init
    wire::Endpoint const local = f->binding ? host_->bound(*f->binding) : wire::Endpoint{};
    if (f->options.defer_connect) {
        return defer_connect(file, *unbound, remote, now, out);
    }
    unbound->options.reuse = {f->options.reuse_address, f->options.reuse_port};
    Result<host::ConnectionId> const opened = host_->connect(local, remote, unbound->options, now, out);
    if (!opened.ok()) {
        return opened.error();
    }
    f->what = Connected{opened.value(), host_->find(opened.value())->tuple(), false, *unbound};
    by_connection_[opened.value()] = file;
    if (f->options.timestamping != 0) {
        host_->set_timestamping(opened.value(), f->options.timestamping);
    }
    return Errno::einprogress;
}

/// TCP_FASTOPEN_CONNECT (Linux tcp_fastopen_defer_connect): with a cookie the SYN waits for text; else it asks for one.
Result<Done> Sockets::defer_connect(FileId id, Unbound& unbound, wire::Endpoint remote, Instant now,
                                    host::Output& out) {
    File const& file = files_.at(id);
    wire::Endpoint const local = file.binding ? host_->bound(*file.binding) : wire::Endpoint{};
    if (host_->opens_fast(local.address, remote.address)) {
        unbound.deferred = remote;
        return Done{};
    }
    return connect_with(id, {}, now, out, remote).error();
}

/// MSG_FASTOPEN on what is no fresh socket (Linux __inet_stream_connect). Done: its handshake is complete, which nobody had been
/// told, and the call sends like any other.
Result<Done> Sockets::connect_again(FileId id, Instant now, host::Output& out) {
    auto const* connected = std::get_if<Connected>(&files_.at(id).what);
    if (connected == nullptr || connected->established) {
        return Errno::eisconn;
    }
    Result<Done> const result = connect_result(id, now, out);
    return result.error() == Errno::einprogress ? Result<Done>{Errno::ealready} : result;
}

/// Without a cookie nothing is taken: EINPROGRESS, as of connect().
Result<std::uint64_t> Sockets::connect_with(FileId id, host::FirstText const& first, Instant now, host::Output& out,
                                            std::optional<wire::Endpoint> to) {
    File& file = files_.at(id);
    if (!to) {
        return Errno::einval;
    }
    Unbound before = std::get<Unbound>(file.what);
    before.deferred.reset();
    before.options.reuse = {file.options.reuse_address, file.options.reuse_port};
    wire::Endpoint const local = file.binding ? host_->bound(*file.binding) : wire::Endpoint{};
    Result<host::FastOpened> const opened = host_->connect_with(local, *to, before.options, first, now, out);
    if (!opened.ok()) {
        return opened.error();
    }
    host::ConnectionId const connection = opened.value().id;
    file.what = Connected{connection, host_->find(connection)->tuple(), false, before};
    by_connection_[connection] = id;
    return opened.value().taken > 0 ? Result<std::uint64_t>{opened.value().taken} : Errno::einprogress;
}

/// Linux tcp_sendmsg_fastopen: what a call gives that connects as well; nothing: it goes on like any other.
std::optional<Result<std::uint64_t>> Sockets::send_fast(FileId id, host::FirstText const& first, SendFlags flags,
                                                        Instant now, host::Output& out,
                                                        std::optional<wire::Endpoint> to) {
    auto const* unbound = std::get_if<Unbound>(&files_.at(id).what);
    bool const deferred = unbound != nullptr && unbound->deferred;
    if (!flags.fast_open && !deferred) {
        return std::nullopt;
    }
    constexpr int client = 1;  // sysctl tcp_fastopen
    if ((host_->profile().fast_open.mode.value & client) == 0) {
        return Errno::eopnotsupp;
    }
    if (unbound != nullptr) {
        return connect_with(id, first, now, out, deferred ? unbound->deferred : to);
    }
    Result<Done> const again = connect_again(id, now, out);
    return again.ok() ? std::nullopt : std::optional<Result<std::uint64_t>>{again.error()};
}

/// Linux tcp_disconnect: what it chose stays, the connection does not. `error` is to be told by the next call.
void Sockets::make_fresh(FileId id, File& file, Errno error, Instant now, host::Output& out) {
    Connected const connected = std::get<Connected>(file.what);
    Unbound fresh = connected.before;
    if (tcp::Connection const* const connection = host_->find(connected.id)) {
        tcp::Tcb const& tcb = connection->tcb();
        fresh.options.user = connection->options();
        fresh.options.receive_buffer = tcb.receive_buffer_fixed ? tcb.receive_buffer : 0;
        fresh.options.send_buffer = tcb.send_buffer_fixed ? tcb.send_buffer : 0;
    }
    while (auto const report = host_->take_error_report(connected.id)) {
        file.errors.push_back(*report);
    }
    host_->abort(connected.id, tcp::Cause{tcp::Why::aborted}, now, out);
    by_connection_.erase(connected.id);
    fresh.failed = connected.tuple;
    fresh.had = connected.tuple.local;
    fresh.had->address = file.binding ? host_->bound(*file.binding).address : wire::Ipv4Address{};
    fresh.error = error;
    let_go_of_port(file);
    file.what = fresh;
    changed_.push_back(id);
}

/// Linux __inet_stream_connect, sock_error.
Errno Sockets::stop_connecting(FileId id, File& file, Instant now, host::Output& out) {
    Errno const error = host_->take_error(std::get<Connected>(file.what).id);
    make_fresh(id, file, Errno::none, now, out);
    return error;
}

Result<Done> Sockets::disconnect(FileId file, Instant now, host::Output& out) {
    File* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    if (std::holds_alternative<Epoll>(f->what)) {
        return Errno::enotsock;
    }
    if (auto const* udp = std::get_if<OverUdp>(&f->what)) {
        host_->datagrams().disconnect(udp->id);
        return Done{};
    }
    if (auto const* listening = std::get_if<Listening>(&f->what)) {
        return stop_listening(file, *f, *listening, now, out);
    }
    if (auto* unbound = std::get_if<Unbound>(&f->what)) {
        unbound->deferred.reset();
        unbound->read_shut = unbound->write_shut = false;
        return Done{};
    }
    host::ConnectionId const id = std::get<Connected>(f->what).id;
    bool const lives = !is_over(host_->find(id));
    bool const closes = lives && is_last_to_close(*host_->find(id));
    Errno const pending = host_->take_error(id);
    bool const resets = lives && (!closes || host_->find(id)->unsent() > 0);
    make_fresh(file, *f, resets ? Errno::econnreset : pending, now, out);
    return Done{};
}

Result<Done> Sockets::connect_result(FileId file, Instant now, host::Output& out) {
    File* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    if (auto* unbound = std::get_if<Unbound>(&f->what)) {
        Errno const error = std::exchange(unbound->error, Errno::none);  // somebody else ended the attempt
        return error == Errno::none ? Errno::enotconn : error;
    }
    auto* connected = std::get_if<Connected>(&f->what);
    if (connected == nullptr) {
        return Errno::enotconn;
    }
    tcp::Connection const* connection = host_->find(connected->id);
    if (connection == nullptr || connection->state() == tcp::State::closed) {
        Errno const error = stop_connecting(file, *f, now, out);
        return error == Errno::none ? Errno::econnaborted : error;
    }
    if (is_opening(*connection)) {
        return Errno::einprogress;
    }
    connected->established = true;
    return Done{};
}

}  // namespace tcpsim::socket
