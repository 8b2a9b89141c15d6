// What poll() says of a file, and whom an output wakes.
#include "stack/socket/sockets.hpp"

#include <algorithm>

namespace tcpsim::socket {

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
    ready.pri = connection != nullptr && connection->has_urgent();
    ready.err = connection != nullptr && connection->error() != Errno::none;
    ready.hup = closed || (finished && connection->send_finished());
    return ready;
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

}  // namespace tcpsim::socket
