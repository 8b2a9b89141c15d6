#include "tools/render/ss.hpp"

#include "stack/base/errno.hpp"

#include <fmt/format.h>

namespace tcpsim::render {

namespace {

std::string_view state_word(tcp::State state) {
    switch (state) {
        case tcp::State::syn_sent:
            return "SYN-SENT";
        case tcp::State::syn_received:
            return "SYN-RECV";
        case tcp::State::established:
            return "ESTAB";
        case tcp::State::fin_wait_1:
            return "FIN-WAIT-1";
        case tcp::State::fin_wait_2:
            return "FIN-WAIT-2";
        case tcp::State::close_wait:
            return "CLOSE-WAIT";
        case tcp::State::closing:
            return "CLOSING";
        case tcp::State::last_ack:
            return "LAST-ACK";
        case tcp::State::time_wait:
            return "TIME-WAIT";
        case tcp::State::listen:
            return "LISTEN";
        case tcp::State::closed:
            break;
    }
    return "UNCONN";
}

/// ss groups what repeats segments as "on", and both states that only wait as "timewait".
std::string_view timer_word(tcp::Timer timer) {
    switch (timer) {
        case tcp::Timer::persist:
            return "persist";
        case tcp::Timer::keepalive:
            return "keepalive";
        case tcp::Timer::fin_wait_2:
        case tcp::Timer::time_wait:
            return "timewait";
        default:
            return "on";
    }
}

/// iproute2's print_ms_timer, with all that is odd about it: "224ms", "1.250ms" (a second and a quarter), "59sec",
/// "1min1sec", "119min".
std::string left_text(Duration left) {
    std::int64_t const all = left / std::chrono::milliseconds{1};
    std::int64_t const minutes = all / 60'000;
    std::int64_t const seconds = minutes > 9 ? 0 : all % 60'000 / 1000;
    std::int64_t const rest = minutes > 0 || seconds > 9 ? 0 : all % 1000;
    std::string text = minutes > 0 ? fmt::format("{}min", minutes) : "";
    text += seconds > 0 ? fmt::format("{}{}", seconds, rest > 0 ? "." : "sec") : "";
    return text + (rest > 0 ? fmt::format("{:03}ms", rest) : "");
}

/// Milliseconds as ss prints them: "20.4", "204".
std::string milliseconds(Duration duration) {
    std::int64_t const microseconds = duration / std::chrono::microseconds{1};
    std::string text = std::to_string(microseconds / 1000);
    if (microseconds % 1000 != 0) {
        text += fmt::format(".{:03}", microseconds % 1000);
        text.erase(text.find_last_not_of('0') + 1);
    }
    return text;
}

std::string address(wire::Endpoint const& endpoint) {
    return endpoint.port == 0 ? fmt::format("{}:*", wire::to_string(endpoint.address))
                              : fmt::format("{}:{}", wire::to_string(endpoint.address), endpoint.port);
}

std::string first_line(machine::SocketRow const& row) {
    std::string text =
        fmt::format("{:<5} {:<10} {:<6} {:<6} {:>22} {:>22}", row.datagrams ? "udp" : "tcp", state_word(row.state),
                    row.receive_queue, row.send_queue, address(row.tuple.local), address(row.tuple.remote));
    std::string users;
    for (machine::SocketUser const& user : row.users) {
        users += fmt::format("{}(\"{}\",pid={},fd={})", users.empty() ? "" : ",", user.program, user.process,
                             user.descriptor);
    }
    text += users.empty() ? "" : " users:(" + users + ")";
    if (row.timer) {
        text += fmt::format(" timer:({},{},{})", timer_word(row.timer->timer), left_text(row.timer->left),
                            row.timer->times);
    }
    return text + "\n";
}

constexpr std::uint32_t unmeasured = 0xffff'ffff;

std::string unless_zero(std::string_view name, std::uint64_t value) {
    return value == 0 ? "" : fmt::format(" {}:{}", name, value);
}

/// In the order of iproute2's tcp_stats_print.
std::string counters(socket::TcpInfo const& info) {
    constexpr std::uint32_t usual_reordering = 3;
    std::string text = unless_zero("bytes_sent", info.bytes_sent) + unless_zero("bytes_retrans", info.bytes_retrans) +
                       unless_zero("bytes_acked", info.bytes_acked) +
                       unless_zero("bytes_received", info.bytes_received) + unless_zero("segs_out", info.segs_out) +
                       unless_zero("segs_in", info.segs_in) + unless_zero("data_segs_out", info.data_segs_out) +
                       unless_zero("data_segs_in", info.data_segs_in) + unless_zero("lastsnd", info.last_data_sent) +
                       unless_zero("lastrcv", info.last_data_recv) + unless_zero("lastack", info.last_ack_recv) +
                       unless_zero("delivered", info.delivered) + unless_zero("unacked", info.unacked);
    text +=
        info.retrans + info.total_retrans > 0 ? fmt::format(" retrans:{}/{}", info.retrans, info.total_retrans) : "";
    text += unless_zero("lost", info.lost) + unless_zero("sacked", info.sacked) +
            unless_zero("dsack_dups", info.dsack_dups);
    text += info.reordering != usual_reordering ? unless_zero("reordering", info.reordering) : "";
    return text + unless_zero("reord_seen", info.reord_seen) + unless_zero("rcv_space", info.rcv_space) +
           unless_zero("rcv_ssthresh", info.rcv_ssthresh);
}

std::string second_line(machine::SocketRow const& row) {
    if (!row.info) {
        return "";
    }
    std::string text = "\t";
    text += row.timestamps ? " ts" : "";
    text += row.sack ? " sack" : "";
    text += row.ecn ? " ecn" : "";
    text += row.send_scale ? fmt::format(" wscale:{},{}", *row.send_scale, row.receive_scale) : "";
    text += " rto:" + milliseconds(row.rto);
    text += row.backoff > 0 ? fmt::format(" backoff:{}", row.backoff) : "";
    text += row.rtt ? fmt::format(" rtt:{}/{}", milliseconds(*row.rtt), milliseconds(row.rttvar)) : "";
    text += row.ato > Duration{0} ? " ato:" + milliseconds(row.ato) : "";
    text += fmt::format(" mss:{} pmtu:{} rcvmss:{} advmss:{} cwnd:{}", row.mss, row.path_mtu, row.receive_mss,
                        row.advertised_mss, row.cwnd);
    text += row.ssthresh ? fmt::format(" ssthresh:{}", *row.ssthresh) : "";
    text += counters(*row.info);
    text += row.unsent > 0 ? fmt::format(" notsent:{}", row.unsent) : "";
    text += row.info->min_rtt_us != unmeasured
                ? " minrtt:" + milliseconds(std::chrono::microseconds{row.info->min_rtt_us})
                : "";
    text += fmt::format(" snd_wnd:{} rcv_wnd:{}", row.send_window, row.receive_window);
    text += row.error != Errno::none ? fmt::format(" error:{}", name(row.error)) : "";
    return text + "\n";
}

}  // namespace

std::string socket_table_text(std::string_view host, Instant at, std::vector<machine::SocketRow> const& rows) {
    std::string text = fmt::format("{} at {} s: {}\n", host, clock_text(at), counted(rows.size(), "socket"));
    if (rows.empty()) {
        return text;
    }
    text += fmt::format("{:<5} {:<10} {:<6} {:<6} {:>22} {:>22} {}\n", "Netid", "State", "Recv-Q", "Send-Q",
                        "Local Address:Port", "Peer Address:Port", "Process");
    for (machine::SocketRow const& row : rows) {
        text += first_line(row) + second_line(row);
    }
    return text;
}

}  // namespace tcpsim::render
