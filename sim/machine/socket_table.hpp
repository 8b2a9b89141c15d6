// All sockets of a machine at one instant, with the figures that people look at: what ss(8) shows.
#pragma once

#include "stack/socket/tcp_info.hpp"
#include "stack/tcp/actions.hpp"
#include "stack/tcp/state.hpp"
#include "stack/wire/address.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tcpsim::machine {

class Machine;

/// A descriptor of a process that stands for the connection.
struct SocketUser {
    std::string program{};
    std::uint32_t process{0};
    std::int32_t descriptor{-1};
};

/// The timer that will expire next of those that ss shows, and how often it has.
struct RunningTimer {
    tcp::Timer timer{};
    Duration left{0};
    std::uint32_t times{0};
};

struct SocketRow {
    bool datagrams{false};  ///< UDP: established once it is connected, else closed
    tcp::State state{};
    wire::FourTuple tuple{};
    // Of a listener, the next two are how many wait for accept() and how many may.
    std::uint64_t receive_queue{0};  ///< bytes to be read
    std::uint64_t send_queue{0};     ///< bytes to be acknowledged, SYN and FIN included
    std::optional<RunningTimer> timer{};
    std::vector<SocketUser> users{};  ///< none: an orphan
    // tcp_info
    std::optional<std::uint8_t> send_scale{};  ///< with the next: window scaling was agreed on
    std::uint8_t receive_scale{0};
    bool timestamps{false};
    bool sack{false};
    bool ecn{false};
    Duration rto{0};
    std::optional<Duration> rtt{};  ///< measured
    Duration rttvar{0};
    Duration ato{0};  ///< of the delayed ACK; 0: none yet
    std::uint16_t mss{0};
    std::uint16_t path_mtu{0};
    std::uint16_t receive_mss{0};
    std::uint16_t advertised_mss{0};
    std::uint32_t cwnd{0};
    std::optional<std::uint32_t> ssthresh{};
    std::uint8_t backoff{0};
    std::uint32_t unsent{0};
    std::uint32_t send_window{0};
    std::uint32_t receive_window{0};
    Errno error{Errno::none};
    std::optional<socket::TcpInfo> info{};  ///< nothing of what only waits for its end, a listener or UDP
};

/// UDP, listeners, then connections in the order in which they were made; empty while no kernel runs.
std::vector<SocketRow> socket_table(Machine const& machine, Instant now);

}  // namespace tcpsim::machine
