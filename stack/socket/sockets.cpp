#include "stack/socket/sockets.hpp"

#include "stack/base/check.hpp"

#include <algorithm>

namespace tcpsim::socket {
namespace {

/// Twice this still fits into the space between two sequence numbers (RFC 9293 §3.4).
constexpr std::int64_t largest_buffer = std::int64_t{1} << 29U;

}  // namespace
namespace {

/// What setsockopt() chose, or the system's own value.
std::int64_t chosen_or(std::uint32_t chosen, int usual) { return chosen != 0 ? std::int64_t{chosen} : usual; }

bool opening(tcp::Connection const& connection) {
    bool const accepted = connection.tcb().fast_open == tcp::FastOpen::accepted;  // RFC 7413: need not wait
    return connection.state() == tcp::State::syn_sent || (connection.state() == tcp::State::syn_received && !accepted);
}

}  // namespace

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

/// Another socket was bound there and neither listens nor connects yet, so that the host does not know of it.
bool Sockets::bound_by_another(wire::Endpoint local) const {
    return std::any_of(files_.begin(), files_.end(), [&](auto const& entry) {
        auto const* unbound = std::get_if<Unbound>(&entry.second.what);
        if (unbound == nullptr || !unbound->local || unbound->local->port != local.port) {
            return false;
        }
        wire::Ipv4Address const theirs = unbound->local->address;
        return theirs == local.address || theirs.unspecified() || local.address.unspecified();
    });
}

Result<wire::Endpoint> Sockets::choose_bound(wire::Endpoint local) const {
    auto const bindable = [&](wire::Endpoint endpoint) {
        return bound_by_another(endpoint) ? Result<wire::Endpoint>{Errno::eaddrinuse} : host_->check_bind(endpoint);
    };
    if (local.port != 0) {
        return bindable(local);
    }
    profile::Profile const& profile = host_->profile();
    for (int port = profile.host.first_port.value; port <= profile.host.last_port.value; ++port) {
        Result<wire::Endpoint> const bound = bindable({local.address, static_cast<std::uint16_t>(port)});
        if (bound.error() != Errno::eaddrinuse) {
            return bound;
        }
    }
    return Errno::eaddrinuse;
}

Result<Done> Sockets::bind(FileId file, wire::Endpoint local) {
    File* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    auto* unbound = std::get_if<Unbound>(&f->what);
    if (unbound == nullptr || unbound->local) {
        return Errno::einval;
    }
    Result<wire::Endpoint> const bound = choose_bound(local);
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
        unbound->local ? Result<wire::Endpoint>{*unbound->local} : choose_bound(wire::Endpoint{});
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
    return install(File{.what = Connected{*next, host_->find(*next)->tuple(), true, false}});
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
    tcp::Connection const* connection = host_->find(connected->id);
    if (connection != nullptr && opening(*connection)) {
        return Errno::eagain;  // Linux: sk_stream_wait_connect; RFC 9293 §3.10.2 would queue
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
    if (option == Option::so_linger) {
        return f->linger;
    }
    auto const& buffers = host_->profile().buffers;
    if (auto const* unbound = std::get_if<Unbound>(&f->what)) {
        switch (option) {
            case Option::so_rcvbuf:
                return chosen_or(unbound->options.receive_buffer, buffers.receive_default.value);
            case Option::so_sndbuf:
                return chosen_or(unbound->options.send_buffer, buffers.send_default.value);
            default:
                return is_user_option(option) ? user_option(option, unbound->options.user, host_->profile()) : 0;
        }
    }
    auto const* connected = std::get_if<Connected>(&f->what);
    tcp::Connection const* connection = connected == nullptr ? nullptr : host_->find(connected->id);
    if (option == Option::so_error && connected == nullptr) {
        return 0;  // a listening socket has none
    }
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
        case Option::so_reuseaddr:
            return 0;
        default:
            return user_option(option, connection->options(), host_->profile());
    }
}

Result<Done> Sockets::set_before_connection(Unbound& unbound, Option option, std::int64_t value) const {
    if (is_user_option(option)) {
        return set_user_option(option, value, unbound.options.user);
    }
    if (value < 0 || value > largest_buffer) {
        return Errno::einval;
    }
    auto const factor = static_cast<std::uint32_t>(host_->profile().buffers.option_factor.value);
    if (option == Option::so_rcvbuf) {
        unbound.options.receive_buffer = factor * static_cast<std::uint32_t>(value);
    } else if (option == Option::so_sndbuf) {
        unbound.options.send_buffer = factor * static_cast<std::uint32_t>(value);
    }
    return Done{};  // SO_REUSEADDR: there is no TIME-WAIT check in bind() yet that it could lift
}

Result<Done> Sockets::setsockopt(FileId file, Option option, std::int64_t value, Instant now, host::Output& out) {
    File* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    if (option == Option::so_error) {
        return Errno::einval;
    }
    if (option == Option::so_linger) {
        f->linger = value;
        return Done{};
    }
    if (auto* unbound = std::get_if<Unbound>(&f->what)) {
        return set_before_connection(*unbound, option, value);
    }
    auto const* connected = std::get_if<Connected>(&f->what);
    if (connected == nullptr || !is_user_option(option)) {
        return Errno::enoprotoopt;  // buffers are chosen before the connection opens
    }
    tcp::Connection const* connection = host_->find(connected->id);
    tcp::UserOptions options = connection == nullptr ? tcp::UserOptions{} : connection->options();
    Result<Done> const set = set_user_option(option, value, options);
    if (set.ok() && connection != nullptr) {
        host_->set_options(connected->id, options, now, out);
    }
    return set;
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
    // Linux inet_getname: neither closed nor in SYN-SENT.
    if (connection == nullptr || connection->state() == tcp::State::closed ||
        connection->state() == tcp::State::syn_sent) {
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
    bool const finished = closed || connection->peer_finished() || connected->read_shut;
    Readiness ready;
    ready.in = finished || connection->can_receive();
    ready.out = closed || connection->can_send();
    ready.rdhup = finished;
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
    bool const resets = f->linger == 0;
    files_.erase(file);
    if (auto const* listening = std::get_if<Listening>(&what)) {
        host_->close_listener(listening->id, now, out);
    } else if (auto const* connected = std::get_if<Connected>(&what)) {
        by_connection_.erase(connected->id);
        if (resets) {  // Linux __tcp_close: SO_LINGER with zero disconnects
            host_->abort(connected->id, cause, now, out);
        } else {
            host_->release(connected->id, cause, now, out);
        }
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
    if (connected != nullptr) {
        return connected->tuple;
    }
    auto const* unbound = f == nullptr ? nullptr : std::get_if<Unbound>(&f->what);
    return unbound == nullptr ? std::nullopt : unbound->failed;
}

tcp::Connection const* Sockets::connection(FileId file) const {
    File const* f = find(file);
    auto const* connected = f == nullptr ? nullptr : std::get_if<Connected>(&f->what);
    return connected == nullptr ? nullptr : host_->find(connected->id);
}

}  // namespace tcpsim::socket
