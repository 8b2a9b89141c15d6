// Open files: how they come, are named and go.
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

Result<FileId> Sockets::socket(SocketType type) {
    return type == SocketType::stream ? Result<FileId>{install(File{})} : Result<FileId>{Errno::eopnotsupp};
}

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
    File accepted;
    accepted.what = Connected{*next, host_->find(*next)->tuple(), true, false, {}};
    return install(std::move(accepted));
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
