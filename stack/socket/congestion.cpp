// TCP_CONGESTION: the one option whose value is a name.
#include "stack/socket/sockets.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tcpsim::socket {
namespace {

using profile::CongestionAlgorithm;
using Named = std::pair<std::string_view, CongestionAlgorithm>;

/// As Linux's modules are called.
constexpr std::array algorithms{Named{"reno", CongestionAlgorithm::newreno}, Named{"cubic", CongestionAlgorithm::cubic},
                                Named{"dctcp", CongestionAlgorithm::dctcp}};

std::string_view name_of(CongestionAlgorithm algorithm) {
    return std::find_if(algorithms.begin(), algorithms.end(), [&](Named const& n) { return n.second == algorithm; })
        ->first;
}

/// `of_udp`: what UDP, which has none, is told.
Errno refusal(File const* file, Errno of_udp) {
    if (file == nullptr) {
        return Errno::ebadf;
    }
    bool const udp = std::holds_alternative<OverUdp>(file->what);
    return std::holds_alternative<Epoll>(file->what) ? Errno::enotsock : udp ? of_udp : Errno::none;
}

}  // namespace

Result<std::string_view> Sockets::congestion(FileId file) const {
    File const* const f = find(file);
    if (Errno const refused = refusal(f, Errno::eopnotsupp); refused != Errno::none) {
        return refused;
    }
    if (tcp::Connection const* const connection = connection_of(*f)) {
        return name_of(connection->tcb().congestion.algorithm());
    }
    auto const* const listening = std::get_if<Listening>(&f->what);
    auto const* const unbound = std::get_if<Unbound>(&f->what);
    auto const chosen = listening != nullptr ? listening->options.user.congestion
                        : unbound != nullptr ? unbound->options.user.congestion
                                             : std::get<Connected>(f->what).before.options.user.congestion;
    return name_of(chosen.value_or(host_->profile().congestion.algorithm.value));
}

// Linux tcp_set_congestion_control.
Result<Done> Sockets::set_congestion(FileId file, std::string_view name, Instant now, host::Output& out) {
    File* const f = find(file);
    if (Errno const refused = refusal(f, Errno::enoprotoopt); refused != Errno::none) {
        return refused;
    }
    auto const* const found =
        std::find_if(algorithms.begin(), algorithms.end(), [&](Named const& n) { return n.first == name; });
    if (found == algorithms.end()) {
        return Errno::enoent;
    }
    if (auto* const listening = std::get_if<Listening>(&f->what)) {
        listening->options.user.congestion = found->second;
        host_->set_listener_options(listening->id, listening->options);
    } else if (auto* const unbound = std::get_if<Unbound>(&f->what)) {
        unbound->options.user.congestion = found->second;
    } else if (tcp::Connection const* const connection = connection_of(*f)) {
        tcp::UserOptions options = connection->options();
        options.congestion = found->second;
        host_->set_options(std::get<Connected>(f->what).id, options, now, out);
    }
    return Done{};
}

}  // namespace tcpsim::socket
