// An open file description: what a descriptor of any process may stand for.
#pragma once

#include "stack/host/host.hpp"
#include "stack/socket/options.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <variant>

namespace tcpsim::socket {

/// Names an open file description (POSIX "open file description"), not a descriptor.
struct FileId {
    std::uint64_t value{0};
    auto operator<=>(FileId const&) const = default;
};

/// SOCK_STREAM over TCP, SOCK_DGRAM over UDP.
enum class SocketType : std::uint8_t { stream, datagram };

/// A file before listen() or connect().
struct Unbound {
    host::ConnectionOptions options{};
    std::optional<wire::Endpoint> local{};
    std::optional<wire::FourTuple> failed{};  ///< the connection that its last connect() attempted, for the trace
};
struct Listening {
    host::ListenerId id{};
    wire::Endpoint local{};
};
struct Connected {
    host::ConnectionId id{};
    wire::FourTuple tuple{};
    bool established{false};  ///< connect_result() has answered
    bool read_shut{false};
    Unbound before{};  ///< what it was, and is again when connect() fails
};
/// An open file description and how many descriptors share it.
struct File {
    std::uint32_t references{1};
    bool nonblocking{false};  ///< O_NONBLOCK, for who waits: no call here does
    std::variant<Unbound, Listening, Connected> what{};
    std::int64_t linger{linger_off};  ///< SO_LINGER, seconds
};

}  // namespace tcpsim::socket
