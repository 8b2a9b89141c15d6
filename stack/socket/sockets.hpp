// Open file descriptions over a host: the BSD calls, never blocking. Descriptor tables, fork and signals are the
// machine's; blocking in virtual time is sim/app's.
#pragma once

#include "stack/host/host.hpp"
#include "stack/socket/options.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <variant>
#include <vector>

namespace tcpsim::socket {

/// Names an open file description (POSIX "open file description"), not a descriptor.
struct FileId {
    std::uint64_t value{0};
    auto operator<=>(FileId const&) const = default;
};

/// What poll() would say, as bits.
struct Readiness {
    bool in{false};
    bool out{false};
    bool rdhup{false};
    bool err{false};
    bool hup{false};
    bool operator==(Readiness const&) const = default;
};

enum class ShutdownHow : std::uint8_t { read, write, both };

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
    std::variant<Unbound, Listening, Connected> what{};
    std::int64_t linger{linger_off};  ///< SO_LINGER, seconds
};

/// The socket calls of one kernel. Files whose readiness may have changed are listed by take_wakeups().
class Sockets {
  public:
    explicit Sockets(host::Host& host) : host_{&host} {}

    Result<FileId> socket();
    Result<Done> bind(FileId file, wire::Endpoint local);
    Result<Done> listen(FileId file, int backlog);
    /// EINPROGRESS once started; ask again by connect_result(), or by another connect(), which says EALREADY instead, and
    /// EISCONN after success was told. EADDRNOTAVAIL, ENETUNREACH …
    Result<Done> connect(FileId file, wire::Endpoint remote, Instant now, host::Output& out);
    /// EINPROGRESS while the handshake runs; then success or its error, once. After an error the file is as before
    /// connect() and may try again (Linux; elsewhere it must be closed).
    Result<Done> connect_result(FileId file, Instant now, host::Output& out);
    /// EAGAIN when nobody waits.
    Result<FileId> accept(FileId file);
    /// EAGAIN when there is nothing yet; empty at the end of the stream.
    Result<Payload> read(FileId file, std::uint64_t at_most, Instant now, host::Output& out);
    /// EAGAIN when the send buffer is full; EPIPE (the caller raises SIGPIPE).
    Result<std::uint64_t> write(FileId file, Payload const& data, Instant now, host::Output& out);
    Result<Done> shutdown(FileId file, ShutdownHow how, Instant now, host::Output& out);
    Result<std::int64_t> getsockopt(FileId file, Option option);
    Result<Done> setsockopt(FileId file, Option option, std::int64_t value, Instant now, host::Output& out);
    Result<wire::Endpoint> getsockname(FileId file) const;
    Result<wire::Endpoint> getpeername(FileId file) const;
    [[nodiscard]] Readiness poll(FileId file) const;

    /// fork, dup: one more descriptor shares the description.
    void retain(FileId file);
    /// One descriptor less; the last one closes. `cause` says whether a program called close() or died.
    void release(FileId file, tcp::Cause cause, Instant now, host::Output& out);

    /// The files that `out` concerns, in ascending order without repetition: their waiters try again.
    [[nodiscard]] std::vector<FileId> woken_by(host::Output const& out) const;
    /// The names of the connection behind a file, even after its end; nothing if it never had one.
    [[nodiscard]] std::optional<wire::FourTuple> tuple(FileId file) const;
    /// The connection behind a file, for the trace; null if there is none.
    [[nodiscard]] tcp::Connection const* connection(FileId file) const;

  private:
    FileId install(File file);
    Result<Done> set_before_connection(Unbound& unbound, Option option, std::int64_t value) const;
    [[nodiscard]] bool bound_by_another(wire::Endpoint local) const;
    Result<wire::Endpoint> choose_bound(wire::Endpoint local) const;
    File* find(FileId file);
    [[nodiscard]] File const* find(FileId file) const;

    host::Host* host_;
    std::uint64_t next_{1};
    std::map<FileId, File> files_{};
    std::map<host::ConnectionId, FileId> by_connection_{};
};

}  // namespace tcpsim::socket
