// The last close(): what it does to a connection, and how long SO_LINGER makes it wait.
#include "stack/base/check.hpp"
#include "stack/socket/sockets.hpp"
#include "stack/socket/states.hpp"

#include <algorithm>

namespace tcpsim::socket {
namespace {

/// Linux sk_stream_closing: our FIN, or what goes before it, is not acknowledged.
bool is_closing(tcp::Connection const* connection) {
    return connection != nullptr &&
           (connection->state() == tcp::State::fin_wait_1 || connection->state() == tcp::State::closing ||
            connection->state() == tcp::State::last_ack);
}

}  // namespace

void Sockets::release(FileId file, tcp::Cause cause, Instant now, host::Output& out) {
    File* f = find(file);
    check(f != nullptr && f->references > 0, "only an open file is released");
    if (--f->references == 0) {
        close_last(file, cause, now, out);
    }
}

void Sockets::close_last(FileId id, tcp::Cause cause, Instant now, host::Output& out) {
    File const file = std::move(files_.at(id));
    files_.erase(id);
    for (FileId const epoll : epolls_) {
        if (epoll != id) {
            std::get<Epoll>(files_.at(epoll).what).forget(id);
        }
    }
    if (auto const* listening = std::get_if<Listening>(&file.what)) {
        by_listener_.erase(listening->id);
        host_->close_listener(listening->id, now, out);
    } else if (auto const* connected = std::get_if<Connected>(&file.what)) {
        by_connection_.erase(connected->id);
        if (file.options.linger == 0) {  // Linux __tcp_close: SO_LINGER with zero disconnects
            host_->abort(connected->id, cause, now, out);
        } else {
            host_->release(connected->id, cause, now, out);
        }
    } else if (auto const* udp = std::get_if<OverUdp>(&file.what)) {
        by_datagrams_.erase(udp->id);
        host_->datagrams().close(udp->id);
    } else if (std::holds_alternative<Epoll>(file.what)) {
        epolls_.erase(std::remove(epolls_.begin(), epolls_.end(), id), epolls_.end());
    }
    if (file.binding) {
        host_->unbind(*file.binding);
    }
}

// Linux __tcp_close: FIN first, then it waits, then the connection is left to itself. O_NONBLOCK does not matter.
std::optional<Instant> Sockets::close(FileId file, Instant now, host::Output& out) {
    File* f = find(file);
    check(f != nullptr && f->references > 0, "only an open file is closed");
    tcp::Cause const cause{tcp::Why::closed};
    tcp::Connection const* connection = connection_of(*f);
    bool const waits = f->references == 1 && f->options.linger > 0 && !is_over(connection) && connection->unread() == 0;
    if (waits) {
        host_->shutdown_send(std::get<Connected>(f->what).id, cause, now, out);
    }
    if (!waits || !is_closing(connection_of(*f))) {
        release(file, cause, now, out);
        return std::nullopt;
    }
    f->references = 0;
    f->lingering = true;
    return now + std::chrono::seconds{f->options.linger};
}

bool Sockets::lingers(FileId file) const {
    auto const found = files_.find(file);
    return found != files_.end() && found->second.lingering && is_closing(connection_of(found->second));
}

void Sockets::end_linger(FileId file, Instant now, host::Output& out) {
    check(files_.count(file) > 0 && files_.at(file).lingering, "only what lingers stops lingering");
    File& f = files_.at(file);
    f.lingering = false;
    f.options.linger = linger_off;
    close_last(file, tcp::Cause{tcp::Why::closed}, now, out);
}

}  // namespace tcpsim::socket
