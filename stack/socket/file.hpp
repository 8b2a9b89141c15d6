// An open file description: what a descriptor of any process may stand for.
#pragma once

#include "stack/host/host.hpp"
#include "stack/socket/epoll.hpp"
#include "stack/socket/options.hpp"
#include "stack/socket/readiness.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <variant>

namespace tcpsim::socket {

/// SOCK_STREAM over TCP, SOCK_DGRAM over UDP.
enum class SocketType : std::uint8_t { stream, datagram };

/// A file before listen() or connect().
struct Unbound {
    host::ConnectionOptions options{};
    std::optional<wire::Endpoint> deferred{};  ///< TCP_FASTOPEN_CONNECT: where the first send() will connect to
    std::optional<wire::FourTuple> failed{};   ///< the connection that it had or attempted last, for the trace
    std::optional<wire::Endpoint> had{};       ///< what getsockname() tells of a port that it has no more (Linux)
    Errno error{Errno::none};                  ///< of the connection that it had, to be told once
    bool read_shut{false};                     ///< shutdown() fails, and poll() shows it all the same (Linux)
    bool write_shut{false};
};
struct Listening {
    host::ListenerId id{};
    wire::Endpoint local{};
    host::ConnectionOptions options{};  ///< of the connections to come
};
struct Connected {
    host::ConnectionId id{};
    wire::FourTuple tuple{};
    bool established{false};  ///< connect_result() has answered
    Unbound before{};         ///< what it was, and is again when connect() fails
};
struct OverUdp {
    host::DatagramId id{};
    bool read_shut{false};
    bool write_shut{false};
    bool keepalive{false};  ///< SO_KEEPALIVE and SO_OOBINLINE are kept, and mean nothing
    bool oob_inline{false};
};
/// What is no socket: the operating system keeps it, and says what it is ready for. It is open here so that it shares
/// descriptors, O_NONBLOCK and epoll with sockets; no call of sockets is for it.
struct Foreign {
    Readiness ready{};
};
/// An open file description and how many descriptors share it.
struct File {
    std::uint32_t references{1};
    bool nonblocking{false};                   ///< O_NONBLOCK, for who waits: no call here does
    std::optional<host::BindingId> binding{};  ///< the port that it holds
    bool port_chosen{false};  ///< by bind(), so that it outlives a connection (Linux SOCK_BINDPORT_LOCK)
    FileOptions options{};
    bool lingering{false};                   ///< no descriptor is left, but close() waits
    std::deque<host::ErrorReport> errors{};  ///< of connections that came to nothing (MSG_ERRQUEUE)
    std::variant<Unbound, Listening, Connected, OverUdp, Epoll, Foreign> what{};
};

}  // namespace tcpsim::socket
