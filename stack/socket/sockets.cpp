#include "stack/socket/sockets.hpp"

#include "stack/base/check.hpp"

#include <algorithm>

namespace tcpsim::socket {

File* Sockets::find(FileId file) {
    auto const found = files_.find(file);
    return found == files_.end() ? nullptr : &found->second;
}

File const* Sockets::find(FileId file) const {
    auto const found = files_.find(file);
    return found == files_.end() ? nullptr : &found->second;
}

FileId Sockets::install(File file) {
    FileId const id{next_++};
    if (auto const* connected = std::get_if<Connected>(&file.what)) {
        by_connection_[connected->id] = id;
    }
    files_.emplace(id, std::move(file));
    return id;
}

Result<FileId> Sockets::socket() { return install(File{}); }

Result<Done> Sockets::bind(FileId file, wire::Endpoint local) {
    File* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    auto* unbound = std::get_if<Unbound>(&f->what);
    if (unbound == nullptr || unbound->local) {
        return Errno::einval;
    }
    Result<wire::Endpoint> const bound = host_->check_bind(local);
    if (!bound.ok()) {
        return bound.error();
    }
    unbound->local = bound.value();
    return Done{};
}

Result<Done> Sockets::listen(FileId file, int backlog) {
    File* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    auto* unbound = std::get_if<Unbound>(&f->what);
    if (unbound == nullptr) {
        return std::holds_alternative<Listening>(f->what) ? Result<Done>{Done{}} : Result<Done>{Errno::einval};
    }
    // Linux: listen() without bind() takes an ephemeral port.
    Result<wire::Endpoint> const local =
        unbound->local ? Result<wire::Endpoint>{*unbound->local} : host_->check_bind(wire::Endpoint{});
    if (!local.ok()) {
        return local.error();
    }
    Result<host::ListenerId> const listener = host_->listen(local.value(), backlog, unbound->options);
    if (!listener.ok()) {
        return listener.error();
    }
    f->what = Listening{listener.value(), local.value()};
    return Done{};
}

Result<Done> Sockets::connect(FileId file, wire::Endpoint remote, Instant now, host::Output& out) {
    File* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    if (auto const* connected = std::get_if<Connected>(&f->what)) {
        return connected->established ? Errno::eisconn : Errno::ealready;
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
    f->what = Connected{opened.value(), host_->find(opened.value())->tuple(), false, false};
    by_connection_[opened.value()] = file;
    return Errno::einprogress;
}

Result<Done> Sockets::connect_result(FileId file) {
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
        return error == Errno::none ? Errno::econnaborted : error;
    }
    bool const opening = connection->state() == tcp::State::syn_sent || connection->state() == tcp::State::syn_received;
    if (opening) {
        return Errno::einprogress;
    }
    connected->established = true;
    return Done{};
}

Result<FileId> Sockets::accept(FileId file) {
    File const* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    auto const* listening = std::get_if<Listening>(&f->what);
    if (listening == nullptr) {
        return Errno::einval;
    }
    std::optional<host::ConnectionId> const next = host_->accept(listening->id);
    if (!next) {
        return Errno::eagain;
    }
    return install(File{1, Connected{*next, host_->find(*next)->tuple(), true, false}});
}

Result<Payload> Sockets::read(FileId file, std::uint64_t at_most, Instant now, host::Output& out) {
    File const* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    auto const* connected = std::get_if<Connected>(&f->what);
    if (connected == nullptr) {
        return Errno::enotconn;
    }
    if (at_most == 0) {
        return Payload{};
    }
    Result<Payload> received = host_->receive(connected->id, at_most, now, out);
    // Linux: after shutdown(SHUT_RD) what came is still given, then the end of the stream.
    if (connected->read_shut && received.error() == Errno::eagain) {
        return Payload{};
    }
    return received;
}

Result<std::uint64_t> Sockets::write(FileId file, Payload const& data, Instant now, host::Output& out) {
    File const* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    auto const* connected = std::get_if<Connected>(&f->what);
    if (connected == nullptr) {
        return Errno::epipe;  // Linux: tcp_sendmsg on a socket that was never connected
    }
    Result<std::uint64_t> const taken = host_->send(connected->id, data, now, out);
    if (taken.ok() && taken.value() == 0 && !data.empty()) {
        return Errno::eagain;
    }
    return taken;
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

Result<std::int64_t> Sockets::getsockopt(FileId file, Option option) {
    File const* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    if (auto const* unbound = std::get_if<Unbound>(&f->what)) {
        switch (option) {
            case Option::so_rcvbuf:
                return unbound->options.receive_buffer;
            case Option::so_sndbuf:
                return unbound->options.send_buffer;
            case Option::tcp_nodelay:
                return unbound->options.no_delay ? 1 : 0;
            default:
                return 0;
        }
    }
    auto const* connected = std::get_if<Connected>(&f->what);
    tcp::Connection const* connection = connected == nullptr ? nullptr : host_->find(connected->id);
    if (connection == nullptr) {
        return Errno::enoprotoopt;
    }
    switch (option) {
        case Option::so_error:
            return static_cast<std::int64_t>(host_->take_error(connected->id));
        case Option::so_rcvbuf:
            return connection->tcb().receive_buffer;
        case Option::so_sndbuf:
            return connection->tcb().send_buffer;
        case Option::tcp_nodelay:
            return connection->tcb().no_delay ? 1 : 0;
        case Option::so_reuseaddr:
            return 0;
    }
    return Errno::enoprotoopt;
}

Result<Done> Sockets::setsockopt(FileId file, Option option, std::int64_t value, Instant now, host::Output& out) {
    File* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    if (option == Option::so_error || value < 0 || value > std::int64_t{1} << 30) {
        return Errno::einval;
    }
    if (auto* unbound = std::get_if<Unbound>(&f->what)) {
        if (option == Option::so_rcvbuf) {
            unbound->options.receive_buffer = static_cast<std::uint32_t>(value);
        } else if (option == Option::so_sndbuf) {
            unbound->options.send_buffer = static_cast<std::uint32_t>(value);
        } else if (option == Option::tcp_nodelay) {
            unbound->options.no_delay = value != 0;
        }
        return Done{};  // SO_REUSEADDR: there is no TIME-WAIT check in bind() yet that it could lift
    }
    auto const* connected = std::get_if<Connected>(&f->what);
    if (connected == nullptr || option != Option::tcp_nodelay) {
        return Errno::enoprotoopt;  // buffers are chosen before the connection opens
    }
    host_->set_no_delay(connected->id, value != 0, now, out);
    return Done{};
}

Result<wire::Endpoint> Sockets::getsockname(FileId file) const {
    File const* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    if (auto const* unbound = std::get_if<Unbound>(&f->what)) {
        return unbound->local.value_or(wire::Endpoint{});
    }
    if (auto const* listening = std::get_if<Listening>(&f->what)) {
        return listening->local;
    }
    return std::get<Connected>(f->what).tuple.local;
}

Result<wire::Endpoint> Sockets::getpeername(FileId file) const {
    File const* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    auto const* connected = std::get_if<Connected>(&f->what);
    tcp::Connection const* connection = connected == nullptr ? nullptr : host_->find(connected->id);
    if (connection == nullptr || !connected->established || connection->state() == tcp::State::closed) {
        return Errno::enotconn;
    }
    return connected->tuple.remote;
}

Readiness Sockets::poll(FileId file) const {
    File const* f = find(file);
    if (f == nullptr) {
        return {};
    }
    if (auto const* listening = std::get_if<Listening>(&f->what)) {
        return {host_->can_accept(listening->id), false, false, false, false};
    }
    auto const* connected = std::get_if<Connected>(&f->what);
    if (connected == nullptr) {
        return {false, true, false, false, true};  // Linux: OUT|HUP on a socket that was never connected
    }
    tcp::Connection const* connection = host_->find(connected->id);
    bool const closed = connection == nullptr || connection->state() == tcp::State::closed;
    bool const finished = closed || connection->peer_finished();
    Readiness ready;
    ready.in = closed || connection->can_receive() || connected->read_shut;
    ready.out = closed || connection->can_send();
    ready.rdhup = finished || connected->read_shut;
    ready.err = connection != nullptr && connection->error() != Errno::none;
    ready.hup = closed || (finished && connection->send_finished());
    return ready;
}

void Sockets::retain(FileId file) {
    File* f = find(file);
    check(f != nullptr, "only an open file gets another descriptor");
    ++f->references;
}

void Sockets::release(FileId file, tcp::Cause cause, Instant now, host::Output& out) {
    File* f = find(file);
    check(f != nullptr && f->references > 0, "only an open file is released");
    if (--f->references > 0) {
        return;
    }
    auto const what = f->what;
    files_.erase(file);
    if (auto const* listening = std::get_if<Listening>(&what)) {
        host_->close_listener(listening->id, now, out);
    } else if (auto const* connected = std::get_if<Connected>(&what)) {
        by_connection_.erase(connected->id);
        host_->release(connected->id, cause, now, out);
    }
}

std::vector<FileId> Sockets::woken_by(host::Output const& out) const {
    std::vector<FileId> woken;
    for (host::Readiness const& readiness : out.readiness) {
        auto const found = by_connection_.find(readiness.connection);
        if (found != by_connection_.end()) {
            woken.push_back(found->second);
        }
    }
    for (host::Acceptable const& acceptable : out.acceptable) {
        for (auto const& [id, file] : files_) {
            auto const* listening = std::get_if<Listening>(&file.what);
            if (listening != nullptr && listening->id == acceptable.listener) {
                woken.push_back(id);
            }
        }
    }
    std::sort(woken.begin(), woken.end());
    woken.erase(std::unique(woken.begin(), woken.end()), woken.end());
    return woken;
}

std::optional<wire::FourTuple> Sockets::tuple(FileId file) const {
    File const* f = find(file);
    auto const* connected = f == nullptr ? nullptr : std::get_if<Connected>(&f->what);
    return connected == nullptr ? std::nullopt : std::optional{connected->tuple};
}

tcp::Connection const* Sockets::connection(FileId file) const {
    File const* f = find(file);
    auto const* connected = f == nullptr ? nullptr : std::get_if<Connected>(&f->what);
    return connected == nullptr ? nullptr : host_->find(connected->id);
}

}  // namespace tcpsim::socket
