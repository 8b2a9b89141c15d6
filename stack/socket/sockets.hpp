// Open file descriptions over a host: the BSD calls, never blocking. Descriptor tables, fork and signals are the
// machine's; blocking in virtual time is sim/app's.
#pragma once

#include "stack/host/host.hpp"
#include "stack/socket/epoll.hpp"
#include "stack/socket/file.hpp"
#include "stack/socket/messages.hpp"
#include "stack/socket/options.hpp"
#include "stack/socket/readiness.hpp"
#include "stack/socket/tcp_info.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace tcpsim::socket {

enum class ShutdownHow : std::uint8_t { read, write, both };

/// ioctl() requests that tell a number.
enum class Inquiry : std::uint8_t {
    fionread,     ///< FIONREAD, SIOCINQ: what can be read; UDP: the length of the next datagram
    siocoutq,     ///< SIOCOUTQ: written and not acknowledged; UDP: not yet on the wire
    siocoutqnsd,  ///< SIOCOUTQNSD: written and never sent
    siocatmark,   ///< SIOCATMARK, sockatmark(): 1 where reading has come to the mark of urgent data
};

/// Whom an output may concern: who waits for none of `key` sleeps on (Linux __wake_up_poll's key).
struct Wakeup {
    FileId file{};
    Readiness key{};
    bool all{false};  ///< of those who wait exclusively each one, too: it is another kind of socket now
    bool operator==(Wakeup const&) const = default;
};

/// The socket calls of one kernel. Files whose readiness may have changed are listed by wakeups().
class Sockets {
  public:
    using IsAwaited = std::function<bool(FileId)>;
    static bool always(FileId /*file*/) { return true; }

    explicit Sockets(host::Host& host) : host_{&host} {}

    Result<FileId> socket(SocketType type = SocketType::stream);
    Result<Done> bind(FileId file, wire::Endpoint local);
    Result<Done> listen(FileId file, int backlog);
    /// EINPROGRESS once started; ask again by connect_result(), or by another connect(), which says EALREADY instead, and
    /// EISCONN after success was told. EADDRNOTAVAIL, ENETUNREACH …
    Result<Done> connect(FileId file, wire::Endpoint remote, Instant now, host::Output& out);
    /// EINPROGRESS while the handshake runs; then success or its error, once. After an error the file is as before
    /// connect() and may try again (Linux; elsewhere it must be closed).
    Result<Done> connect_result(FileId file, Instant now, host::Output& out);
    /// connect() to AF_UNSPEC: without a peer and fresh again, with its options and the port that bind() chose (connect(2)). A
    /// connection that its peer still has is reset, which is the file's own pending error, too.
    Result<Done> disconnect(FileId file, Instant now, host::Output& out);
    /// EAGAIN when nobody waits; ECONNABORTED, where the system tells, for one that was reset meanwhile.
    Result<FileId> accept(FileId file);
    /// recv(), recvfrom(), recvmsg(): EAGAIN when there is nothing yet; empty at the end of the stream.
    Result<Received> receive(FileId file, std::uint64_t at_most, ReceiveFlags flags, Instant now, host::Output& out);
    /// How much must have come before a receive() that waits returns, unless the end comes first: SO_RCVLOWAT, or with
    /// MSG_WAITALL everything. Whoever waits takes what there is and asks for the rest.
    [[nodiscard]] std::uint64_t receive_target(FileId file, std::uint64_t at_most, ReceiveFlags flags) const;
    /// send(), sendto(), sendmsg(): how much was taken; EAGAIN when the send buffer is full; EPIPE (the caller raises
    /// SIGPIPE, unless MSG_NOSIGNAL).
    Result<std::uint64_t> send(FileId file, Payload const& data, SendFlags flags, Instant now, host::Output& out,
                               std::optional<wire::Endpoint> to = {});
    /// receive() and send() without flags.
    Result<Payload> read(FileId file, std::uint64_t at_most, Instant now, host::Output& out);
    Result<std::uint64_t> write(FileId file, Payload const& data, Instant now, host::Output& out);
    Result<Done> shutdown(FileId file, ShutdownHow how, Instant now, host::Output& out);
    Result<std::int64_t> getsockopt(FileId file, Option option);
    /// TCP_MD5SIG: segments to and from `peer` are signed with the key (RFC 2385); an empty one ends that. EINVAL: longer than
    /// 80 bytes.
    Result<Done> set_md5_key(FileId file, wire::Ipv4Address peer, std::string const& key);
    /// TCP_CONGESTION: "reno", "cubic" or "dctcp". ENOENT: none of that name.
    Result<Done> set_congestion(FileId file, std::string_view name, Instant now, host::Output& out);
    [[nodiscard]] Result<std::string_view> congestion(FileId file) const;
    /// How long a call may wait by SO_RCVTIMEO or SO_SNDTIMEO: nothing if for ever, zero if not at all.
    [[nodiscard]] std::optional<Duration> timeout(FileId file, bool receives) const;
    Result<Done> setsockopt(FileId file, Option option, std::int64_t value, Instant now, host::Output& out);
    Result<std::uint64_t> ioctl(FileId file, Inquiry what) const;
    /// fcntl(F_SETFL, O_NONBLOCK): kept for who waits, shared by all descriptors of the file.
    Result<Done> set_nonblocking(FileId file, bool nonblocking);
    [[nodiscard]] bool nonblocking(FileId file) const;
    /// getsockopt(TCP_INFO): EOPNOTSUPP where there is no TCP.
    [[nodiscard]] Result<TcpInfo> tcp_info(FileId file, Instant now) const;
    Result<wire::Endpoint> getsockname(FileId file) const;
    Result<wire::Endpoint> getpeername(FileId file) const;
    /// A file that is not open is ready for nothing.
    [[nodiscard]] Readiness poll(FileId file) const;

    // --- files of the operating system's own: pipes and the like
    FileId open_foreign(Readiness ready);
    /// What it is ready for from now on; whom that concerns, as wakeups() tells of sockets.
    std::vector<Wakeup> set_ready(FileId foreign, Readiness ready, Readiness key, IsAwaited const& awaited = always);
    [[nodiscard]] bool is_foreign(FileId file) const;
    [[nodiscard]] bool is_epoll(FileId file) const;

    // --- epoll
    FileId epoll_create();
    /// EBADF, EINVAL if `epoll` is none or is `what` itself, EEXIST.
    Result<Done> epoll_add(FileId epoll, Watched what, EpollInterest const& interest);
    /// EBADF, EINVAL, ENOENT.
    Result<Done> epoll_modify(FileId epoll, Watched what, EpollInterest const& interest);
    Result<Done> epoll_remove(FileId epoll, Watched what);
    /// What is ready now; empty where epoll_wait() would wait.
    Result<std::vector<EpollEvent>> epoll_ready(FileId epoll, std::size_t most);

    /// fork, dup: one more descriptor shares the description.
    void retain(FileId file);
    /// One descriptor less; the last one closes, without waiting. `cause` says whether a program called close() or died.
    void release(FileId file, tcp::Cause cause, Instant now, host::Output& out);
    /// close(): as release(), unless SO_LINGER makes it wait: then until when at most. Meanwhile nobody has a descriptor;
    /// whoever closes waits for the file while lingers() holds, and then calls end_linger().
    std::optional<Instant> close(FileId file, Instant now, host::Output& out);
    [[nodiscard]] bool lingers(FileId file) const;
    void end_linger(FileId file, Instant now, host::Output& out);

    /// Some file has become another kind of socket since wakeups() was last asked, whatever an output says.
    [[nodiscard]] bool changed() const { return !changed_.empty(); }
    /// What `out` tells waiters, by file in ascending order, each once. Epoll files among them learn of it here: to be asked
    /// once for each output.
    /// `awaited` says which epoll files somebody waits for, which EPOLLEXCLUSIVE asks.
    std::vector<Wakeup> wakeups(host::Output const& out, IsAwaited const& awaited = always);
    /// The files of wakeups(): their waiters try again.
    std::vector<FileId> woken_by(host::Output const& out, IsAwaited const& awaited = always);
    /// The names of the connection behind a file, even after its end; nothing if it never had one.
    [[nodiscard]] std::optional<wire::FourTuple> tuple(FileId file) const;
    /// What ss(8) shows of sockets without a connection; nothing of others.
    struct ListenerView {
        wire::Endpoint local{};
        host::Waiting waiting{};
    };
    [[nodiscard]] std::optional<ListenerView> listener(FileId file) const;
    [[nodiscard]] host::DatagramSocket const* datagrams(FileId file) const;
    /// The connection behind a file, for the trace; null if there is none.
    [[nodiscard]] tcp::Connection const* connection(FileId file) const;

  private:
    Result<Payload> receive_text(File& file, std::uint64_t at_most, ReceiveFlags flags, Instant now, host::Output& out);
    void add_circumstances(File const& file, ReceiveFlags flags, Received& message);
    [[nodiscard]] Result<Done> may_stamp(File const& file, std::int64_t value) const;
    FileId install(File file);
    File* find(FileId file);
    [[nodiscard]] File const* find(FileId file) const;
    /// The connection of a stream that is, or was, connected; null if there is none any more.
    [[nodiscard]] tcp::Connection const* connection_of(File const& file) const;
    Result<Done> bind_to_any(File& file, host::Reuse reuse);
    Result<Done> stop_listening(FileId id, File& file, Listening listening, Instant now, host::Output& out);
    Result<Done> defer_connect(FileId id, Unbound& unbound, wire::Endpoint remote, Instant now, host::Output& out);
    Result<std::uint64_t> connect_with(FileId id, host::FirstText const& first, Instant now, host::Output& out,
                                       std::optional<wire::Endpoint> to);
    Result<Done> connect_again(FileId id, Instant now, host::Output& out);
    std::optional<Result<std::uint64_t>> send_fast(FileId id, host::FirstText const& first, SendFlags flags,
                                                   Instant now, host::Output& out, std::optional<wire::Endpoint> to);
    Errno stop_connecting(FileId id, File& file, Instant now, host::Output& out);
    void make_fresh(FileId id, File& file, Errno error, Instant now, host::Output& out);
    void let_go_of_port(File& file);
    Result<Done> shutdown_fresh(Unbound& unbound, ShutdownHow how);
    Result<Received> receive_on_fresh(Unbound& unbound, ReceiveFlags flags);
    std::int64_t option_of_connected(Connected const& connected, Option option);
    Result<Done> set_in_file(File& file, Option option, std::int64_t value, Instant now, host::Output& out);
    void set_low_water(File& file, Instant now, host::Output& out);
    Result<Done> set_in_options(host::ConnectionOptions& options, Option option, std::int64_t value) const;
    Result<Done> set_in_connection(Connected const& connected, Option option, std::int64_t value, Instant now,
                                   host::Output& out);
    [[nodiscard]] Readiness poll_connected(Connected const& connected, File const& file) const;
    Result<Received> receive_datagram(OverUdp const& udp, FileOptions const& options, std::uint64_t at_most,
                                      ReceiveFlags flags);
    Result<Received> receive_report(File& file, std::uint64_t at_most);
    Result<std::uint64_t> send_datagram(OverUdp const& udp, Payload const& data, SendFlags flags, Instant now,
                                        host::Output& out, std::optional<wire::Endpoint> to);
    Result<Done> shutdown_datagrams(OverUdp& udp, ShutdownHow how, host::Output& out);
    [[nodiscard]] Readiness poll_datagrams(OverUdp const& udp) const;
    Result<std::int64_t> option_of_datagrams(OverUdp const& udp, Option option);
    Result<Done> set_in_datagrams(OverUdp& udp, Option option, std::int64_t value);
    void close_last(FileId id, tcp::Cause cause, Instant now, host::Output& out);
    std::vector<Wakeup> spread(std::map<FileId, Readiness> keys, IsAwaited const& awaited);
    Epoll* epoll_of(FileId file);
    [[nodiscard]] Epoll::Poll asking() const;

    host::Host* host_;
    std::uint64_t next_{1};
    std::map<FileId, File> files_{};
    std::map<host::ConnectionId, FileId> by_connection_{};
    std::map<host::ListenerId, FileId> by_listener_{};
    std::map<host::DatagramId, FileId> by_datagrams_{};
    std::vector<FileId> epolls_{};   ///< those that are open
    std::vector<FileId> changed_{};  ///< are other kinds of sockets since wakeups() was asked
};

}  // namespace tcpsim::socket
