// A TCP/IP host without a world: interfaces, routes, neighbours, ports, connections and listeners.
// Frames and deadlines in, frames and readiness out (output.hpp). It is wiped by destroying it.
#pragma once

#include "stack/base/siphash.hpp"
#include "stack/host/configuration.hpp"
#include "stack/host/datagrams.hpp"
#include "stack/host/notices.hpp"
#include "stack/host/output.hpp"
#include "stack/host/path_mtu.hpp"
#include "stack/host/peer_memory.hpp"
#include "stack/host/tally.hpp"
#include "stack/profile/profile.hpp"
#include "stack/tcp/connection.hpp"
#include "stack/wire/icmp.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcpsim::host {

/// Options that a socket hands to its connection.
struct ConnectionOptions {
    tcp::UserOptions user{};
    std::uint32_t receive_buffer{0};  ///< 0: the profile's
    std::uint32_t receive_room{0};    ///< a window that a buffer must be worth that was not chosen (SO_RCVLOWAT)
    std::uint32_t send_buffer{0};
    std::map<wire::Ipv4Address, std::string> md5_keys{};  ///< TCP_MD5SIG: by the peer's address
    int fast_open_backlog{
        0};  ///< TCP_FASTOPEN: connections of a listener that may be open before their handshakes' end
    Reuse reuse{};
};

/// The receive buffer of who did not choose one.
int usual_receive_buffer(ConnectionOptions const& options, profile::Profile const& profile);

/// What connect() is to send at once (MSG_FASTOPEN).
struct FirstText {
    Payload text{};
    bool waits{false};  ///< its writer waits for the handshake's end with what the SYN does not take
};

/// A connection that began with text, and how much of it was taken.
struct FastOpened {
    ConnectionId id{};
    std::uint64_t taken{0};
};

/// A listener's accept queue: how many wait, and its limit.
struct Waiting {
    std::uint32_t now{0};
    std::uint32_t most{0};
};

class Host {
  public:
    /// The profile must outlive the host. `secret` seeds initial sequence numbers (RFC 6528), timestamp offsets and
    /// ephemeral ports; a boot brings a new one.
    Host(Configuration configuration, profile::Profile const& profile, SipKey secret);
    Host(Host const&) = delete;
    Host& operator=(Host const&) = delete;
    ~Host();

    // --- doors for the world
    void frame_arrives(std::uint32_t interface, wire::Frame const& frame, Instant now, Output& out);
    /// A deadline of one connection, or of own_timers; a stale id does nothing.
    void timers_expire(ConnectionId id, Instant now, Output& out);

    // --- doors for the administrator; connections learn only whether a way to their peer is left
    /// `ip link set … up|down`. False if it is so already; so do the next two.
    bool set_interface(std::uint32_t interface, bool up);
    /// `ip address del`: what arrives for it is nobody's.
    bool remove_address(std::uint32_t interface);
    bool add_address(std::uint32_t interface, wire::Ipv4Prefix address);
    /// Tells the link who has its address, if the profile does.
    void announce(std::uint32_t interface, Output& out);
    /// What was learnt of neighbours is forgotten, as without a carrier (Linux neigh_carrier_down).
    void forget_neighbours(std::uint32_t interface, Instant now, Output& out);

    // --- doors for the socket layer
    /// What bind() would give: EADDRINUSE, EADDRNOTAVAIL. Port 0 takes an ephemeral one.
    Result<wire::Endpoint> check_bind(wire::Endpoint local, Reuse reuse = {});
    /// A port for a socket, which keeps it until unbind(), whatever else it does.
    Result<BindingId> bind(wire::Endpoint local, Reuse reuse);
    [[nodiscard]] wire::Endpoint bound(BindingId id) const;
    void set_reuse(BindingId id, Reuse reuse);
    void unbind(BindingId id);
    Result<ListenerId> listen(wire::Endpoint local, int backlog, ConnectionOptions options);
    /// listen() again: another limit.
    void set_backlog(ListenerId id, int backlog);
    /// For the connections to come.
    void set_listener_options(ListenerId id, ConnectionOptions const& options);
    void close_listener(ListenerId id, Instant now, Output& out);
    /// The next connection whose handshake is complete, oldest first.
    std::optional<ConnectionId> accept(ListenerId id);
    [[nodiscard]] bool can_accept(ListenerId id) const;
    /// ENETUNREACH, EADDRNOTAVAIL, EADDRINUSE. `local` may be unspecified or have port 0.
    Result<ConnectionId> connect(wire::Endpoint local, wire::Endpoint remote, ConnectionOptions options, Instant now,
                                 Output& out);
    /// connect() and send() in one (MSG_FASTOPEN, RFC 7413): the text goes with the SYN if this server gave a cookie once;
    /// else none is taken, and the SYN asks for a cookie.
    Result<FastOpened> connect_with(wire::Endpoint local, wire::Endpoint remote, ConnectionOptions options,
                                    FirstText const& first, Instant now, Output& out);
    /// TCP_MD5SIG (RFC 2385): what segments to and from `peer` are signed with; an empty key ends it. A connection with
    /// another peer does not mind.
    void set_md5_key(ConnectionId id, wire::Ipv4Address peer, std::string const& key);
    void set_md5_key(ListenerId id, wire::Ipv4Address peer, std::string const& key);
    /// Text would go there with a SYN: the server gave a cookie once, or none is asked for. `local` may be unspecified.
    [[nodiscard]] bool opens_fast(wire::Ipv4Address local, wire::Ipv4Address server) const;
    /// `ip tcp_metrics flush all`.
    void forget_peers() { peers_ = {}; }
    /// Linux tcp_fastopen_key: without it each boot has its own, so that old cookies are worth nothing.
    void set_fast_open_key(SipKey key) { fast_open_key_ = key; }
    /// Of a connection, or of own_timers.
    [[nodiscard]] Instant next_deadline(ConnectionId id) const;
    /// Null once the connection is gone.
    [[nodiscard]] tcp::Connection const* find(ConnectionId id) const;
    Result<std::uint64_t> send(ConnectionId id, Payload const& data, Instant now, Output& out,
                               tcp::WriteEnd end = tcp::WriteEnd::push, bool zero_copy = false);
    /// SO_TIMESTAMPING.
    void set_timestamping(ConnectionId id, std::uint32_t bits);
    /// When the last byte that was read came, or the last of `ahead` that are still unread; nothing unless somebody asked.
    std::optional<Instant> arrival_of(ConnectionId id, std::uint64_t ahead);
    Result<Payload> receive(ConnectionId id, std::uint64_t at_most, Instant now, Output& out);
    /// recv(MSG_OOB), see tcp::Connection.
    Result<Payload> receive_urgent(ConnectionId id, bool peek);
    void shutdown_receive(ConnectionId id);
    void shutdown_send(ConnectionId id, tcp::Cause cause, Instant now, Output& out);
    /// The socket layer lets go: the connection finishes on its own and is then forgotten.
    void release(ConnectionId id, tcp::Cause cause, Instant now, Output& out);
    /// The same of one that is closed already, so that nothing can come of it.
    void forget_closed(ConnectionId id);
    void abort(ConnectionId id, tcp::Cause cause, Instant now, Output& out);
    Errno take_error(ConnectionId id);
    /// SO_ERROR: the pending error, or else, where the system tells it, a soft one.
    Errno take_any_error(ConnectionId id);
    void set_options(ConnectionId id, tcp::UserOptions const& options, Instant now, Output& out);
    void push(ConnectionId id, Instant now, Output& out);
    /// TCP_KEEPIDLE was set, perhaps to what it was.
    void keepalive_idle_set(ConnectionId id, Instant now, Output& out);
    /// TCP_QUICKACK.
    void set_quick_ack(ConnectionId id, std::int64_t value, Instant now, Output& out);
    /// SO_REUSEADDR and SO_REUSEPORT of a connection, which decide who may bind its port.
    void set_reuse(ConnectionId id, Reuse reuse);
    /// SO_RCVBUF and SO_SNDBUF of a connection, in bytes as getsockopt() tells them; 0: stays.
    void set_buffers(ConnectionId id, std::uint32_t receive, std::uint32_t send, Instant now, Output& out);

    /// SO_RCVLOWAT of a connection: unless its receive buffer was chosen, it is large enough for such a window.
    void make_receive_room(ConnectionId id, std::uint32_t window, Instant now, Output& out);

    /// poll() asks whether there is room to write; if not, whoever asks is told when there is.
    [[nodiscard]] bool has_send_room(ConnectionId id);
    /// The error queue (MSG_ERRQUEUE), oldest first: what ICMP errors said while the connection opened, with which a pending
    /// error is gone, and notices about what the program sent.
    std::optional<ErrorReport> take_error_report(ConnectionId id);
    [[nodiscard]] bool has_error_report(ConnectionId id) const;

    // --- UDP
    [[nodiscard]] Datagrams& datagrams() { return datagrams_; }
    /// EINVAL when bound, EADDRNOTAVAIL, EADDRINUSE. Port 0 takes an ephemeral one.
    Result<Done> bind(DatagramId id, wire::Endpoint local);
    /// ENETUNREACH. From now on only `remote` is heard.
    Result<Done> connect(DatagramId id, wire::Endpoint remote);
    /// EDESTADDRREQ, EINVAL, ENETUNREACH, EMSGSIZE; the pending error, once.
    /// `more` (MSG_MORE): the datagram is complete, and leaves, with a send without it.
    Result<std::uint64_t> send(DatagramId id, Payload const& data, std::optional<wire::Endpoint> to, bool more,
                               Instant now, Output& out);

    // --- views
    [[nodiscard]] Waiting waiting(ListenerId id) const;
    [[nodiscard]] Tally const* tally(ConnectionId id) const;
    [[nodiscard]] profile::Profile const& profile() const { return *profile_; }
    [[nodiscard]] Configuration const& configuration() const { return configuration_; }
    /// Every connection that is not closed, in slot order: what `ss` lists.
    [[nodiscard]] std::vector<ConnectionId> connections() const;

  private:
    struct Slot;
    struct Listener;
    struct Resolution;

    Slot* slot_of(ConnectionId id);
    [[nodiscard]] Slot const* slot_of(ConnectionId id) const;
    Listener* listener_of(ListenerId id);
    [[nodiscard]] Listener const* listener_of(ListenerId id) const;
    [[nodiscard]] ConnectionId id_of(std::uint32_t slot) const;
    Listener* listener_for(wire::FourTuple const& tuple);
    [[nodiscard]] Listener const* listener_for(wire::FourTuple const& tuple) const;
    std::uint32_t new_slot(tcp::Connection connection);
    void packet_arrives(wire::Ipv4Packet const& packet, Instant now, Output& out);
    void icmp_arrives(wire::Ipv4Packet const& packet, wire::IcmpMessage const& message, Instant now, Output& out);
    void tell_path_mtu(wire::Ipv4Address destination, std::uint16_t mtu, Instant now, Output& out);
    void datagram_arrives(wire::Ipv4Packet const& packet, wire::UdpDatagram const& datagram, Instant now, Output& out);
    void icmp_about_datagram(wire::IcmpMessage const& message, wire::QuotedDatagram const& quoted,
                             wire::Ipv4Address offender, Output& out);
    Result<std::uint64_t> send_more(DatagramId id, Payload const& data, bool more, Instant now, Output& out);
    [[nodiscard]] std::uint64_t flow_hash(wire::Endpoint local, wire::Endpoint remote) const;
    [[nodiscard]] Result<wire::Ipv4Address> source_towards(wire::Ipv4Address remote, wire::Ipv4Address local) const;
    Result<Done> bind_if_unbound(DatagramId id);
    void tcp_arrives(wire::Ipv4Packet const& packet, wire::TcpSegment const& segment, Instant now, Output& out);
    bool refuses_completion(std::uint32_t slot, wire::TcpSegment const& segment, Output& out);
    Result<FastOpened> open(wire::Endpoint local, wire::Endpoint remote, ConnectionOptions const& options,
                            FirstText const* first, Instant now, Output& out);
    [[nodiscard]] wire::FastOpenOption fast_open_cookie(wire::FourTuple const& tuple) const;
    [[nodiscard]] tcp::FastOpenWith fast_open_for(Listener const& listener, wire::FourTuple const& tuple,
                                                  wire::TcpSegment const& syn) const;
    [[nodiscard]] tcp::FastOpenWith fast_open_to(tcp::OpenWith const& opening, FirstText const& first) const;
    void accept_fast_open(std::uint32_t slot, Listener& listener, Output& out);
    void fast_open_over(Slot& here);
    void learn_fast_open(Slot const& here, wire::TcpSegment const& syn_ack);
    void begin_with_metrics(Slot& here, tcp::State before, Instant now);
    void end_well(Slot& here, Instant now);
    void limit_waiting(Slot& here, Instant now);
    void limit_orphans(Slot& here, Instant now);
    void count(Slot& here);
    void answer_with_cookie(Listener& listener, wire::FourTuple const& tuple, wire::TcpSegment const& syn, Instant now,
                            Output& out);
    bool cookie_arrives(Listener& listener, wire::Ipv4Packet const& packet, wire::TcpSegment const& segment,
                        Instant now, Output& out);
    bool reopens(std::uint32_t slot, wire::TcpSegment const& syn, wire::Ecn ecn, Instant now, Output& out);
    void make_way(std::uint32_t slot, Instant now, Output& out);
    bool gives_way(Slot& here);
    static void request_over(Slot const& here, Listener& listener);
    void syn_arrives(Listener& listener, wire::FourTuple const& tuple, wire::TcpSegment const& syn, wire::Ecn ecn,
                     Instant now, Output& out);
    void admit(Listener& listener, tcp::OpenWith const& with, wire::TcpSegment const& syn, Instant now, Output& out);
    [[nodiscard]] bool refuses_signature(wire::FourTuple const& tuple, wire::TcpSegment const& segment) const;
    [[nodiscard]] std::string_view md5_key_of_stranger(wire::FourTuple const& tuple) const;
    void answer_for_nobody(wire::FourTuple const& tuple, wire::TcpSegment const& segment, tcp::Cause cause,
                           Output& out);
    template <class Door>
    bool enter(ConnectionId id, Instant now, Output& out, Door door);
    void walk(std::uint32_t slot, Instant now, Output& out);
    bool has_new_report(Slot& here, std::size_t before, Instant now);
    [[nodiscard]] bool copies(wire::Ipv4Address remote) const;
    static Notices& notices_of(Slot& slot);
    void handshake_over(std::uint32_t slot, Output& out);
    void leave_queue(std::uint32_t slot);
    void unmap(std::uint32_t slot);
    void forget(std::uint32_t slot);
    void arp_arrives(std::uint32_t interface, wire::Frame const& frame, Instant now, Output& out);
    void ask_neighbours(Instant now, Output& out);
    void settle(Instant now, Output& out);
    void neighbour_is_unreachable(wire::Ipv4Packet const& packet, Instant now, Output& out);
    void confirm_neighbour(wire::Ipv4Address remote, Instant now);
    void send_segment(wire::FourTuple const& tuple, tcp::Emit emit, tcp::UserOptions const& options, Output& out);
    void send_packet(wire::Ipv4Packet packet, tcp::Cause cause, Output& out);
    [[nodiscard]] bool has_path(wire::FourTuple const& tuple) const;
    void paths_changed();
    void drain(Instant now, Output& out);
    SeqNum initial_sequence_number(wire::FourTuple const& tuple, Instant now);
    tcp::OpenWith opening(wire::FourTuple const& tuple, ConnectionOptions const& options, Instant now);
    Result<wire::Endpoint> choose_local(wire::Endpoint local, wire::Endpoint remote, Instant now);
    Result<wire::Endpoint> choose_port(wire::Endpoint local, wire::Endpoint remote, Instant now);
    [[nodiscard]] std::optional<std::uint16_t> choose_port_to_bind(wire::Endpoint local, Reuse reuse);
    [[nodiscard]] bool may_connect(wire::FourTuple const& tuple, bool chosen_port, Instant now) const;
    [[nodiscard]] bool may_listen(wire::Endpoint local, Reuse reuse) const;
    [[nodiscard]] bool may_bind(wire::Endpoint local, Reuse reuse, bool any_sharing) const;
    [[nodiscard]] bool bound_explicitly(wire::Endpoint local) const;

    Configuration configuration_;
    profile::Profile const* profile_;
    SipKey secret_;
    std::vector<std::unique_ptr<Slot>> slots_{};
    std::vector<std::uint32_t> generations_{};
    std::vector<std::uint32_t> free_slots_{};
    std::map<wire::FourTuple, std::uint32_t> by_tuple_{};
    std::vector<std::unique_ptr<Listener>> listeners_{};
    std::uint32_t listener_generation_{0};
    struct Binding {
        wire::Endpoint local{};
        Reuse reuse{};
    };
    std::map<BindingId, Binding> bindings_{};
    std::uint32_t bindings_made_{0};
    std::map<std::uint16_t, std::uint32_t> port_perturbation_{};  ///< Linux table_perturb, where it has changed
    std::uint32_t ports_chosen_{0};
    std::uint16_t last_port_{0};  ///< 4.4BSD inp_lport: the ephemeral port that was given last
    Datagrams datagrams_;
    PathMtuCache path_mtus_{};
    std::uint16_t identification_{1};
    std::uint32_t connections_opened_{0};
    SipKey fast_open_key_;
    PeerMemory peers_{};
    int orphans_{0};                            ///< connections that nobody has any more
    int waiting_{0};                            ///< in TIME-WAIT, or as orphans in FIN-WAIT-2
    std::unique_ptr<Resolution> resolution_{};  ///< null: neighbours are static
    std::deque<wire::Ipv4Packet> loopback_{};
    tcp::Actions actions_{};
};

}  // namespace tcpsim::host
