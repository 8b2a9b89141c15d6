// One TCP connection: four doors in (a segment, an ICMP error, a deadline, a user call), comparable values out.
#pragma once

#include "stack/base/payload.hpp"
#include "stack/base/result.hpp"
#include "stack/profile/profile.hpp"
#include "stack/tcp/actions.hpp"
#include "stack/tcp/fast_open.hpp"
#include "stack/tcp/icmp.hpp"
#include "stack/tcp/path_metrics.hpp"
#include "stack/tcp/sendable.hpp"
#include "stack/tcp/tcb.hpp"
#include "stack/tcp/time_wait.hpp"
#include "stack/wire/address.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tcpsim::tcp {

/// What a host decides for a connection before it exists.
struct OpenWith {
    wire::FourTuple tuple{};
    SeqNum iss{};
    std::uint32_t timestamp_offset{0};
    std::uint16_t link_mss{1460};     ///< the route's MTU less 40
    std::uint32_t receive_buffer{0};  ///< bytes as getsockopt(SO_RCVBUF) tells; 0: the profile's
    std::uint32_t receive_room{0};    ///< a window that the profile's must be worth (SO_RCVLOWAT)
    std::uint32_t send_buffer{0};
    UserOptions options{};
    bool device_holds{true};  ///< a packet until it is on the wire, as hardware does; a TUN device frees it at once
    wire::Ecn ecn{wire::Ecn::not_ect};  ///< of the IP header that brought the SYN
    std::optional<std::uint32_t>
        recent_timestamp{};  ///< TS.Recent of the connection in TIME-WAIT that this one replaces
    FastOpenWith fast_open{};
    std::string md5_key{};  ///< RFC 2385; empty: segments are not signed
};

class Connection {
  public:
    /// RFC 9293 §3.10.1 active OPEN: SYN-SENT, a SYN in `out`.
    static Connection active_open(OpenWith const& with, profile::Profile const& profile, Instant now, Actions& out);
    /// RFC 9293 §3.10.7.2 third: a listener got a SYN: SYN-RECEIVED, a SYN,ACK in `out`.
    static Connection passive_open(OpenWith const& with, wire::TcpSegment const& syn, profile::Profile const& profile,
                                   Instant now, Actions& out);

    /// RFC 4987 §3.6: as passive_open, but the SYN,ACK went out earlier, from a connection that was forgotten.
    static Connection from_cookie(OpenWith const& with, wire::TcpSegment const& syn, profile::Profile const& profile,
                                  Instant now, Actions& out);

    /// RFC 9293 §3.10.7.3-.4. `ecn`: of the IP header that brought it.
    void segment_arrives(wire::TcpSegment const& segment, Instant now, Actions& out,
                         wire::Ecn ecn = wire::Ecn::not_ect);
    /// RFC 9293 §3.9.2.2.
    void icmp_arrives(IcmpError const& icmp, Instant now, Actions& out);
    /// RFC 1191 §6.1: the host has learnt of another connection what the path takes.
    void path_mtu_learnt(std::uint16_t mtu, Instant now, Actions& out);
    /// RFC 9293 §3.10.8: runs every timer that is due, in the order of Timer.
    void timers_expire(Instant now, Actions& out);

    /// RFC 9293 §3.10.2 SEND: takes as many leading bytes as the send buffer has room for; 0 means "would block".
    /// EPIPE after shutdown or the end; the pending error first, once.
    Result<std::uint64_t> send(Payload const& data, Instant now, Actions& out, WriteEnd end = WriteEnd::push);
    /// RFC 9293 §3.10.3 RECEIVE: up to `at_most` bytes; empty at the end of the stream; EAGAIN when there is nothing yet.
    /// The pending error once, then the end of the stream.
    Result<Payload> receive(std::uint64_t at_most, Instant now, Actions& out);
    /// The same text as receive() would take, which stays: MSG_PEEK.
    [[nodiscard]] Payload peek(std::uint64_t at_most) const;
    /// recv(MSG_OOB): the urgent octet, once (`peek`: again). EINVAL if there is none, EAGAIN if it has not come.
    Result<Payload> receive_urgent(bool peek);
    /// RFC 9293 §3.10.4 CLOSE: no more sending. FIN after what is queued.
    void shutdown_send(Cause cause, Instant now, Actions& out);
    /// shutdown(SHUT_RD): what still comes is for nobody, if the connection closes (Linux).
    void shutdown_receive();
    /// close(): as shutdown_send, but nobody reads any more: unread data resets (RFC 9293 §3.6.1).
    void close(Cause cause, Instant now, Actions& out);
    /// RFC 9293 §3.10.5 ABORT: RST, nothing kept.
    void abort(Cause cause, Instant now, Actions& out);

    /// accept() gave it to a program, perhaps before the handshake's end (RFC 7413 §4.2.2).
    void hand_over() { tcb_.fast_open.handed_over = true; }

    /// What is known of the path once this connection is over.
    [[nodiscard]] PathMetrics leaves(PathMetrics const& known) const { return updated(known, tcb_, *profile_); }
    /// The handshake is complete: it begins where an earlier connection ended.
    void begin_with(PathMetrics const& known) { take_metrics(tcb_, known, *profile_); }
    /// Linux tcp_check_oom: nobody has it any more, and there are too many such: RST, whatever its state.
    void end_orphan(Instant now, Actions& out);

    /// SYN-RECEIVED: its host needs the room; it ends as if its SYN,ACK had been repeated often enough.
    void give_way(Instant now, Actions& out);

    /// TIME-WAIT: the initial sequence number of the connection that `syn` may open in its place (RFC 9293 MAY-2).
    [[nodiscard]] std::optional<SeqNum> reopened_by(wire::TcpSegment const& syn) const;
    /// TIME-WAIT: what a connect() inherits that takes over, if it may.
    [[nodiscard]] std::optional<Inheritance> inherited(bool chosen_port, Instant now) const;
    /// TIME-WAIT, or an orphan's FIN-WAIT-2: another takes over, or there is no room for it.
    void make_way(Instant now, Actions& out);

    /// The earliest deadline, or `never`.
    [[nodiscard]] Instant next_deadline() const;
    [[nodiscard]] State state() const { return tcb_.state; }
    [[nodiscard]] wire::FourTuple const& tuple() const { return tcb_.tuple; }
    /// Readable now: data, the end of the stream, or an error.
    [[nodiscard]] bool can_receive() const;
    /// At least so many bytes can be read: what poll() asks, given SO_RCVLOWAT.
    [[nodiscard]] bool has_unread(std::uint64_t low_water) const;
    /// A good part of the send buffer is free: what poll() asks. If not, whoever asked waits for it.
    [[nodiscard]] bool has_send_room();
    /// A send would take a good part or fail at once: what poll() asks.
    [[nodiscard]] bool can_send() const;
    [[nodiscard]] bool peer_finished() const;  ///< FIN received and everything before it
    [[nodiscard]] bool receive_shut() const;   ///< shutdown_receive was called
    [[nodiscard]] bool send_finished() const;  ///< shutdown_send or close was called
    [[nodiscard]] Errno error() const { return tcb_.error; }
    /// What ICMP errors say of the way there, since the peer's last answer (RFC 9293 §3.9.1.8, MUST-47).
    [[nodiscard]] Errno soft_error() const { return tcb_.retransmission.soft_error; }
    /// The same as SO_ERROR of soft_error().
    Errno take_soft_error();
    Errno take_error();                          ///< SO_ERROR: reads and clears
    [[nodiscard]] std::uint64_t unread() const;  ///< FIONREAD: up to the mark of urgent data
    [[nodiscard]] bool at_mark() const;          ///< SIOCATMARK
    [[nodiscard]] bool has_urgent() const;       ///< POLLPRI
    /// SIOCOUTQ: with the FIN; once it is over, what never was acknowledged (then the SYN, too).
    [[nodiscard]] std::uint64_t unacknowledged() const;
    [[nodiscard]] std::uint64_t unsent() const;  ///< SIOCOUTQNSD: with the FIN
    /// Linux: where the unsent packet begins that text written next would join; nothing if it would begin one.
    [[nodiscard]] std::optional<SeqNum> unfilled_packet() const;
    [[nodiscard]] Tcb const& tcb() const { return tcb_; }
    /// RFC 2385: what segments of this connection are signed with; empty: they are not.
    [[nodiscard]] std::string_view md5_key() const;
    void set_md5_key(std::string key);
    [[nodiscard]] UserOptions const& options() const { return tcb_.options; }
    /// SO_RCVBUF, SO_SNDBUF: from now on they are fixed; 0: stays as it is.
    void set_buffers(std::uint32_t receive, std::uint32_t send, Actions& out);
    /// SO_RCVLOWAT: a receive buffer that is not fixed is worth at least such a window, which may be offered (Linux).
    void make_receive_room(std::uint32_t window, Actions& out);
    /// setsockopt(): takes effect at once; what was held back by Nagle or a cork may go.
    void set_options(UserOptions const& options, Instant now, Actions& out);
    /// What waits, even under a cork, may go now; the cork stays for what comes (Linux TCP_NAGLE_PUSH: whoever sets
    /// TCP_NODELAY, again or for the first time).
    void push(Instant now, Actions& out);
    /// TCP_QUICKACK: ACKs wait no more until the next conversation, and what waits goes now; off: a conversation begins.
    void set_quick_ack(std::int64_t value, Instant now, Actions& out);
    /// TCP_KEEPIDLE was set, perhaps to what it was: the idleness so far counts, and may be enough.
    void keepalive_idle_set(Instant now, Actions& out);
    [[nodiscard]] bool quick_ack() const;
    /// Whether the host has a way to the peer. Without one new text waits as before a shut window.
    void set_path(bool exists) { tcb_.retransmission.no_path = !exists; }

  private:
    Connection(OpenWith const& with, profile::Profile const& profile);
    Tcb tcb_;
    profile::Profile const* profile_;
};

}  // namespace tcpsim::tcp
