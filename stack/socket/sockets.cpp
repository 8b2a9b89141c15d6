// Open files: how they come, what they are bound to, and their names.
#include "stack/socket/sockets.hpp"

#include "stack/base/check.hpp"
#include "stack/socket/states.hpp"

#include <utility>

namespace tcpsim::socket {

File* Sockets::find(FileId file) { return const_cast<File*>(std::as_const(*this).find(file)); }

File const* Sockets::find(FileId file) const {
    auto const found = files_.find(file);
    return found == files_.end() || found->second.lingering ? nullptr : &found->second;
}

tcp::Connection const* Sockets::connection_of(File const& file) const {
    auto const* connected = std::get_if<Connected>(&file.what);
    return connected == nullptr ? nullptr : host_->find(connected->id);
}

FileId Sockets::install(File file) {
    FileId const id{next_++};
    if (auto const* connected = std::get_if<Connected>(&file.what)) {
        by_connection_[connected->id] = id;
    }
    files_.emplace(id, std::move(file));
    return id;
}

Result<FileId> Sockets::socket(SocketType type) {
    if (type == SocketType::stream) {
        return install(File{});
    }
    File file;
    OverUdp const udp{host_->datagrams().open()};
    file.what = udp;
    FileId const id = install(std::move(file));
    by_datagrams_[udp.id] = id;
    return id;
}

Result<Done> Sockets::bind(FileId file, wire::Endpoint local) {
    File* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    if (std::holds_alternative<Epoll>(f->what)) {
        return Errno::enotsock;
    }
    if (auto const* udp = std::get_if<OverUdp>(&f->what)) {
        return host_->bind(udp->id, local);
    }
    // Linux __inet_bind: a connection that is over has given its port back, unless bind() had named it.
    bool const over = std::holds_alternative<Connected>(f->what) && is_over(connection_of(*f));
    bool const holds_port = f->binding && (f->port_chosen || !over);
    if ((!std::holds_alternative<Unbound>(f->what) && !over) || holds_port) {
        return Errno::einval;
    }
    let_go_of_port(*f);
    Result<host::BindingId> const bound = host_->bind(local, {f->options.reuse_address, f->options.reuse_port});
    if (!bound.ok()) {
        return bound.error();
    }
    f->binding = bound.value();
    f->port_chosen = local.port != 0;
    return Done{};
}

/// A port that nobody named is not kept (Linux tcp_set_state, inet_put_port).
void Sockets::let_go_of_port(File& file) {
    if (file.binding && !file.port_chosen) {
        host_->unbind(*file.binding);
        file.binding.reset();
    }
}

/// Linux inet_csk_get_port for a socket that listens without bind().
Result<Done> Sockets::bind_to_any(File& file, host::Reuse reuse) {
    if (!file.binding) {
        Result<host::BindingId> const bound = host_->bind(wire::Endpoint{}, reuse);
        if (!bound.ok()) {
            return bound.error();
        }
        file.binding = bound.value();
    }
    return Done{};
}

Result<Done> Sockets::listen(FileId file, int backlog) {
    File* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    if (auto const* listening = std::get_if<Listening>(&f->what)) {  // Linux __inet_listen_sk: only the backlog changes
        host_->set_backlog(listening->id, backlog);
        return Done{};
    }
    if (std::holds_alternative<Epoll>(f->what)) {
        return Errno::enotsock;
    }
    auto* unbound = std::get_if<Unbound>(&f->what);
    if (unbound == nullptr) {
        return std::holds_alternative<OverUdp>(f->what) ? Errno::eopnotsupp : Errno::einval;
    }
    host::Reuse const reuse{f->options.reuse_address, f->options.reuse_port};
    if (Result<Done> const bound = bind_to_any(*f, reuse); !bound.ok()) {
        return bound;
    }
    wire::Endpoint const local = host_->bound(*f->binding);
    unbound->options.reuse = reuse;
    Result<host::ListenerId> const listener = host_->listen(local, backlog, unbound->options);
    if (!listener.ok()) {
        return listener.error();
    }
    f->what = Listening{listener.value(), local, unbound->options};
    by_listener_[listener.value()] = file;
    return Done{};
}

Result<FileId> Sockets::accept(FileId file) {
    File const* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    if (std::holds_alternative<Epoll>(f->what)) {
        return Errno::enotsock;
    }
    auto const* listening = std::get_if<Listening>(&f->what);
    if (listening == nullptr) {
        return std::holds_alternative<OverUdp>(f->what) ? Errno::eopnotsupp : Errno::einval;
    }
    std::optional<host::ConnectionId> const next = host_->accept(listening->id);
    if (!next) {
        return Errno::eagain;
    }
    bool const tells = host_->profile().sockets.reset_in_queue.value == profile::ResetInQueue::aborted;
    if (tells && host_->find(*next)->state() == tcp::State::closed) {
        host_->forget_closed(*next);
        return Errno::econnaborted;
    }
    File accepted;
    accepted.options = f->options;  // Linux sk_clone
    accepted.what = Connected{*next, host_->find(*next)->tuple(), true, {}};
    if (accepted.options.timestamping != 0) {
        host_->set_timestamping(*next, accepted.options.timestamping);
    }
    return install(std::move(accepted));
}

Result<wire::Endpoint> Sockets::getsockname(FileId file) const {
    File const* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    if (auto const* connected = std::get_if<Connected>(&f->what)) {
        return connected->tuple.local;
    }
    if (auto const* udp = std::get_if<OverUdp>(&f->what)) {
        return host_->datagrams()[udp->id].name();
    }
    if (std::holds_alternative<Epoll>(f->what)) {
        return Errno::enotsock;
    }
    auto const* const unbound = std::get_if<Unbound>(&f->what);
    std::optional<wire::Endpoint> const had = unbound != nullptr ? unbound->had : std::nullopt;
    return f->binding ? host_->bound(*f->binding) : had.value_or(wire::Endpoint{});
}

Result<wire::Endpoint> Sockets::getpeername(FileId file) const {
    File const* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    if (auto const* udp = std::get_if<OverUdp>(&f->what)) {
        auto const peer = host_->datagrams()[udp->id].peer;
        return peer ? Result<wire::Endpoint>{*peer} : Errno::enotconn;
    }
    if (std::holds_alternative<Epoll>(f->what)) {
        return Errno::enotsock;
    }
    tcp::Connection const* connection = connection_of(*f);
    // Linux inet_getname: neither closed nor in SYN-SENT.
    if (is_over(connection) || connection->state() == tcp::State::syn_sent) {
        return Errno::enotconn;
    }
    return connection->tuple().remote;
}

void Sockets::retain(FileId file) {
    File* f = find(file);
    check(f != nullptr, "only an open file gets another descriptor");
    ++f->references;
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

Result<TcpInfo> Sockets::tcp_info(FileId file, Instant now) const {
    File const* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    if (std::holds_alternative<Epoll>(f->what)) {
        return Errno::enotsock;
    }
    if (std::holds_alternative<OverUdp>(f->what)) {
        return Errno::eopnotsupp;
    }
    tcp::Connection const* connection = connection_of(*f);
    if (connection != nullptr) {
        host::ConnectionId const id = std::get<Connected>(f->what).id;
        TcpInfo info = socket::tcp_info(*connection, *host_->tally(id), host_->profile(), now);
        info.state = is_over(connection) ? info_of_fresh(host_->profile()).state : info.state;
        return info;
    }
    auto const* listening = std::get_if<Listening>(&f->what);
    return listening == nullptr ? info_of_fresh(host_->profile()) : info_of_listener(host_->waiting(listening->id));
}

std::optional<Sockets::ListenerView> Sockets::listener(FileId file) const {
    File const* f = find(file);
    auto const* listening = f == nullptr ? nullptr : std::get_if<Listening>(&f->what);
    return listening == nullptr ? std::nullopt
                                : std::optional{ListenerView{listening->local, host_->waiting(listening->id)}};
}

host::DatagramSocket const* Sockets::datagrams(FileId file) const {
    File const* f = find(file);
    auto const* udp = f == nullptr ? nullptr : std::get_if<OverUdp>(&f->what);
    return udp == nullptr ? nullptr : &host_->datagrams()[udp->id];
}

tcp::Connection const* Sockets::connection(FileId file) const {
    File const* f = find(file);
    return f == nullptr ? nullptr : connection_of(*f);
}

}  // namespace tcpsim::socket
