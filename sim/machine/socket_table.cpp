#include "sim/machine/socket_table.hpp"

#include "sim/machine/machine.hpp"
#include "stack/tcp/rto.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace tcpsim::machine {

namespace {

std::uint32_t times_of(tcp::Timer timer, tcp::Tcb const& tcb) {
    switch (timer) {
        case tcp::Timer::persist:
            return tcb.retransmission.window_probes;
        case tcp::Timer::keepalive:
            return tcb.retransmission.keepalive_probes;
        default:
            return tcb.retransmission.retransmits;
    }
}

/// Linux tcp_diag_get_info: one of what repeats, what asks about a window, keepalive and TIME-WAIT.
std::optional<RunningTimer> shown_timer(tcp::Tcb const& tcb, Instant now) {
    using tcp::Timer;
    for (Timer const timer : {Timer::retransmit, Timer::tail_loss_probe, Timer::reordering, Timer::persist,
                              Timer::keepalive, Timer::fin_wait_2, Timer::time_wait}) {
        if (tcb.timers.running(timer)) {
            return RunningTimer{timer, tcb.timers[timer] - now, times_of(timer, tcb)};
        }
    }
    return std::nullopt;
}

/// Linux inet_timewait_sock and request_sock: nothing is left, or not yet there, of which ss could tell.
bool only_waits(tcp::Tcb const& tcb) {
    return tcb.state == tcp::State::time_wait || tcb.state == tcp::State::syn_received ||
           tcb.timers.running(tcp::Timer::fin_wait_2);
}

SocketRow row_of(tcp::Connection const& connection, profile::Profile const& profile, Instant now) {
    tcp::Tcb const& tcb = connection.tcb();
    bool const infinite = tcb.congestion.ssthresh() == tcp::Congestion::infinite;
    SocketRow row{.state = tcb.state,
                  .tuple = tcb.tuple,
                  .receive_queue = connection.unread(),
                  // Linux write_seq - snd_una: a SYN that is not acknowledged counts, too.
                  .send_queue = connection.unacknowledged() + (tcb.state == tcp::State::syn_sent ? 1 : 0),
                  .timer = shown_timer(tcb, now)};
    if (tcb.window_scaling) {
        row.send_scale = tcb.snd.wscale;
        row.receive_scale = tcb.rcv.wscale;
    }
    row.timestamps = tcb.timestamps.enabled;
    row.sack = tcb.sack_permitted;
    row.ecn = tcb.ecn.ok;
    row.rto = tcp::rto_now(tcb, profile);
    row.rtt = tcb.rtt.measured() ? std::optional{tcb.rtt.srtt(profile)} : std::nullopt;
    row.rttvar = tcb.rtt.rttvar(profile);
    row.ato = tcb.delayed_ack.ato;
    row.mss = tcb.snd.mss;
    row.path_mtu = tcb.path.mtu;
    row.receive_mss = tcb.rcv.mss;
    row.advertised_mss = tcb.advertised_mss;
    row.cwnd = tcb.congestion.cwnd();
    row.ssthresh = infinite ? std::nullopt : std::optional{tcb.congestion.ssthresh()};
    row.backoff = tcb.retransmission.backoff;
    row.unsent = static_cast<std::uint32_t>(connection.unsent());
    row.send_window = tcb.snd.wnd;
    row.receive_window = tcb.rcv.wnd;
    row.error = tcb.error;
    return row;
}

/// What has no connection; one row for all who share the open file.
std::optional<SocketRow> row_of(socket::Sockets const& sockets, socket::FileId file) {
    if (auto const listener = sockets.listener(file)) {
        return SocketRow{.state = tcp::State::listen,
                         .tuple = {.local = listener->local},
                         .receive_queue = listener->waiting.now,
                         .send_queue = listener->waiting.most};
    }
    if (host::DatagramSocket const* const udp = sockets.datagrams(file); udp != nullptr && udp->local) {
        return SocketRow{.datagrams = true,
                         .state = udp->peer ? tcp::State::established : tcp::State::closed,
                         .tuple = {*udp->local, udp->peer.value_or(wire::Endpoint{})},
                         .receive_queue = udp->queued};
    }
    return std::nullopt;
}

using Rows = std::map<socket::FileId, SocketRow>;

/// Those of its descriptors that have no connection get rows of their own.
void add_descriptors(Process const& process, socket::Sockets const& sockets, Rows& unconnected,
                     std::vector<SocketRow>& connections) {
    for (std::int32_t fd = 0; fd < process.descriptors().end(); ++fd) {
        auto const file = process.descriptors().file(fd);
        if (!file) {
            continue;
        }
        SocketUser const user{process.name(), process.ref().process, fd};
        tcp::Connection const* const connection = sockets.connection(*file);
        if (connection == nullptr) {
            if (auto row = row_of(sockets, *file)) {
                unconnected.try_emplace(*file, std::move(*row)).first->second.users.push_back(user);
            }
            continue;
        }
        auto const row = std::find_if(connections.begin(), connections.end(),
                                      [&](SocketRow const& r) { return r.tuple == connection->tuple(); });
        if (row != connections.end()) {
            row->users.push_back(user);
        }
    }
}

}  // namespace

std::vector<SocketRow> socket_table(Machine const& machine, Instant now) {
    std::vector<SocketRow> rows;
    host::Host const* const host = machine.host();
    if (host == nullptr) {
        return rows;
    }
    for (host::ConnectionId const id : host->connections()) {
        tcp::Connection const* const connection = host->find(id);
        if (connection != nullptr && connection->state() != tcp::State::closed) {
            SocketRow& row = rows.emplace_back(row_of(*connection, machine.profile(), now));
            host::Tally const* const tally = host->tally(id);
            if (tally != nullptr && !only_waits(connection->tcb())) {
                row.info = socket::tcp_info(*connection, *tally, machine.profile(), now);
            }
        }
    }
    Rows unconnected;
    for (auto const& [number, process] : machine.processes()) {
        add_descriptors(*process, *machine.sockets(), unconnected, rows);
    }
    std::vector<SocketRow> all;
    for (bool const datagrams : {true, false}) {
        for (auto const& [file, row] : unconnected) {
            if (row.datagrams == datagrams) {
                all.push_back(row);
            }
        }
    }
    all.insert(all.end(), rows.begin(), rows.end());
    return all;
}

}  // namespace tcpsim::machine
