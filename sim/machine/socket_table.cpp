#include "sim/machine/socket_table.hpp"

#include "sim/machine/machine.hpp"

#include <algorithm>

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

SocketRow row_of(tcp::Connection const& connection, profile::Profile const& profile, Instant now) {
    tcp::Tcb const& tcb = connection.tcb();
    bool const infinite = tcb.congestion.ssthresh() == tcp::Congestion::infinite;
    SocketRow row{.state = tcb.state,
                  .tuple = tcb.tuple,
                  .receive_queue = connection.unread(),
                  .send_queue = connection.unacknowledged(),
                  .timer = shown_timer(tcb, now)};
    if (tcb.window_scaling) {
        row.send_scale = tcb.snd.wscale;
        row.receive_scale = tcb.rcv.wscale;
    }
    row.timestamps = tcb.timestamps.enabled;
    row.sack = tcb.sack_permitted;
    row.ecn = tcb.ecn.ok;
    row.rto = tcb.rtt.rto_backed_off(tcb.retransmission.backoff, profile);
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

void add_users(Process const& process, std::vector<SocketRow>& rows) {
    for (std::int32_t fd = 0; fd < process.descriptors().end(); ++fd) {
        tcp::Connection const* const connection = process.tcp(fd);
        auto const row = std::find_if(rows.begin(), rows.end(), [&](SocketRow const& r) {
            return connection != nullptr && r.tuple == connection->tuple();
        });
        if (row != rows.end()) {
            row->users.push_back({process.name(), process.ref().process, fd});
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
            rows.push_back(row_of(*connection, machine.profile(), now));
        }
    }
    for (auto const& [number, process] : machine.processes()) {
        add_users(*process, rows);
    }
    return rows;
}

}  // namespace tcpsim::machine
