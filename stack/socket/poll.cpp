// What poll() says of a file, and whom an output wakes.
#include "stack/socket/sockets.hpp"
#include "stack/socket/states.hpp"

#include <algorithm>
#include <utility>

namespace tcpsim::socket {
namespace {

/// Linux wakes with a key: sock_def_readable, sk_stream_write_space, sk_error_report; a change of state concerns everybody.
Readiness key_of(host::Readiness const& said) {
    if (said.ended || said.state_changed) {
        return {true, true, true, true, true, true};
    }
    return {.in = said.readable, .out = said.writable, .err = said.reported, .pri = said.readable};
}

}  // namespace

Readiness Sockets::poll(FileId file) const {
    File const* f = find(file);
    if (f == nullptr) {
        return {};
    }
    if (auto const* listening = std::get_if<Listening>(&f->what)) {
        return {.in = host_->can_accept(listening->id)};
    }
    if (auto const* connected = std::get_if<Connected>(&f->what)) {
        return poll_connected(*connected, *f);
    }
    if (auto const* epoll = std::get_if<Epoll>(&f->what)) {
        return {.in = epoll->is_ready(asking())};
    }
    if (auto const* udp = std::get_if<OverUdp>(&f->what)) {
        return poll_datagrams(*udp);
    }
    if (auto const* foreign = std::get_if<Foreign>(&f->what)) {
        return foreign->ready;
    }
    // Linux tcp_poll, CLOSE: it was never connected. What waits for its first text may be given some.
    auto const& unbound = std::get<Unbound>(f->what);
    return {.in = unbound.read_shut,
            .out = true,
            .rdhup = unbound.read_shut,
            .err = unbound.error != Errno::none || !f->errors.empty(),
            .hup = !unbound.deferred.has_value()};
}

// Linux tcp_poll.
Readiness Sockets::poll_connected(Connected const& connected, File const& file) const {
    tcp::Connection const* connection = host_->find(connected.id);
    Errno const error = connection == nullptr ? Errno::none : connection->error();
    Readiness ready;
    ready.pri = connection != nullptr && connection->has_urgent();
    ready.err = error != Errno::none || host_->has_error_report(connected.id) || !file.errors.empty();
    if (is_over(connection)) {
        ready.in = ready.out = ready.rdhup = ready.hup = true;
        return ready;
    }
    bool const read_shut = connection->peer_finished() || connection->receive_shut();
    ready.rdhup = read_shut;
    ready.in = read_shut;
    ready.hup = read_shut && connection->send_finished();
    if (!is_opening(*connection)) {
        ready.in = ready.in || connection->has_unread(file.options.receive_low_water);
        ready.out = connection->send_finished() || host_->has_send_room(connected.id);
    }
    return ready;
}

std::vector<Wakeup> Sockets::wakeups(host::Output const& out, IsAwaited const& awaited) {
    std::map<FileId, Readiness> keys;
    for (host::Readiness const& said : out.readiness) {
        auto const found = by_connection_.find(said.connection);
        if (found != by_connection_.end()) {
            keys[found->second] = keys[found->second] | key_of(said);
        }
    }
    for (host::Acceptable const& acceptable : out.acceptable) {
        auto const found = by_listener_.find(acceptable.listener);
        if (found != by_listener_.end()) {
            keys[found->second] = keys[found->second] | Readiness{.in = true};
        }
    }
    for (host::DatagramReadiness const& said : out.datagrams) {
        auto const found = by_datagrams_.find(said.socket);
        if (found != by_datagrams_.end()) {
            keys[found->second] = keys[found->second] | Readiness{.in = said.readable, .err = said.failed};
        }
    }
    std::vector<FileId> const changed = std::exchange(changed_, {});
    for (FileId const file : changed) {
        keys[file] = {true, true, true, true, true, true};
    }
    std::vector<Wakeup> woken = spread(std::move(keys), awaited);
    for (Wakeup& wakeup : woken) {
        wakeup.all = std::find(changed.begin(), changed.end(), wakeup.file) != changed.end();
    }
    return woken;
}

/// With the epoll files that watch these.
std::vector<Wakeup> Sockets::spread(std::map<FileId, Readiness> keys, IsAwaited const& awaited) {
    std::map<FileId, Readiness> const files = keys;
    for (auto const& [file, key] : files) {
        bool taken = false;
        for (FileId const epoll : epolls_) {
            Epoll::Woken const here = std::get<Epoll>(files_.at(epoll).what).wake(file, key, taken);
            if (here.any) {
                keys[epoll] = Readiness{.in = true};
            }
            taken = taken || (here.exclusive && awaited(epoll));
        }
    }
    std::vector<Wakeup> woken;
    for (auto const& [file, key] : keys) {
        woken.push_back({file, key});
    }
    return woken;
}

FileId Sockets::open_foreign(Readiness ready) {
    File file;
    file.what = Foreign{ready};
    return install(std::move(file));
}

std::vector<Wakeup> Sockets::set_ready(FileId foreign, Readiness ready, Readiness key, IsAwaited const& awaited) {
    std::get<Foreign>(files_.at(foreign).what).ready = ready;
    return spread({{foreign, key}}, awaited);
}

bool Sockets::is_foreign(FileId file) const {
    File const* f = find(file);
    return f != nullptr && std::holds_alternative<Foreign>(f->what);
}

bool Sockets::is_epoll(FileId file) const {
    File const* f = find(file);
    return f != nullptr && std::holds_alternative<Epoll>(f->what);
}

std::vector<FileId> Sockets::woken_by(host::Output const& out, IsAwaited const& awaited) {
    std::vector<FileId> woken;
    for (Wakeup const& wakeup : wakeups(out, awaited)) {
        woken.push_back(wakeup.file);
    }
    return woken;
}

}  // namespace tcpsim::socket
