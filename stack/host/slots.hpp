// The host's tables from inside: a connection with its owner, a listener with its queues.
#pragma once

#include "stack/host/host.hpp"

#include <algorithm>

namespace tcpsim::host {

/// An address that packets to this host may carry: an interface's, or loopback.
inline bool is_ours(Configuration const& configuration, wire::Ipv4Address address) {
    return address.loopback() || std::any_of(configuration.interfaces.begin(), configuration.interfaces.end(),
                                             [&](Interface const& i) { return i.address.address == address; });
}

/// One host's address, for all the network knows of it: neither multicast nor broadcast (RFC 1122 §3.2.1.3).
inline bool is_unicast(Configuration const& configuration, wire::Ipv4Address address) {
    return !address.multicast() && !address.limited_broadcast() &&
           std::none_of(configuration.interfaces.begin(), configuration.interfaces.end(),
                        [&](Interface const& i) { return i.address.is_broadcast(address); });
}

struct Host::Slot {
    tcp::Connection connection;
    std::optional<ListenerId> listener{};   ///< still in its SYN queue
    std::optional<ListenerId> fast_open{};  ///< accepted from it, though its handshake is not complete
    bool young{true};                       ///< its SYN,ACK has not been repeated
    bool held{false};                       ///< a socket, or an accept queue, refers to it
    bool port_bound{false};                 ///< its port was not chosen by connect()
    Reuse reuse{};
    std::optional<ListenerId> queued{};  ///< it waits for accept()
    Tally tally{};
    SeqNum acknowledged{};               ///< snd.una as of tally.bytes_acknowledged
    std::vector<ErrorReport> errors{};   ///< MSG_ERRQUEUE
    std::unique_ptr<Notices> notices{};  ///< null until somebody asks
    Instant reported_deadline{never};
    bool left_metrics{false};  ///< later connections profit from it
    enum class Counted : std::uint8_t { no, orphan, waiting } counted{Counted::no};
};

struct Host::Listener {
    ListenerId id{};
    wire::Endpoint local{};
    int backlog{0};
    ConnectionOptions options{};
    std::deque<ConnectionId> ready{};  ///< the accept queue
    int requests{0};                   ///< the SYN queue's length
    int young{0};                      ///< of these: whose SYN,ACK has not been repeated
    int fast_open_pending{0};          ///< accepted, though their handshakes are not complete
    Instant overflowed{never};         ///< when it last answered with a SYN cookie

    /// Linux sk_acceptq_is_full: more than the backlog.
    [[nodiscard]] bool is_full() const { return static_cast<std::int64_t>(ready.size()) > backlog; }
};

}  // namespace tcpsim::host
