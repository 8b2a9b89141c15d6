// What a host says: packets with their next hop, readiness, changed deadlines, notes. Values, lent by the caller.
#pragma once

#include "stack/tcp/actions.hpp"
#include "stack/wire/packet.hpp"

#include <cstdint>
#include <vector>

namespace tcpsim::host {

/// A slot in the host's connection table. The generation makes a stale id harmless.
struct ConnectionId {
    std::uint32_t slot{0};
    std::uint32_t generation{0};
    auto operator<=>(ConnectionId const&) const = default;
};
/// Not a connection: the host's own deadline, of its neighbours.
inline constexpr ConnectionId own_timers{0xffff'ffff, 0};
struct ListenerId {
    std::uint32_t slot{0};
    std::uint32_t generation{0};
    auto operator<=>(ListenerId const&) const = default;
};

/// A UDP socket.
struct DatagramId {
    std::uint32_t value{0};
    auto operator<=>(DatagramId const&) const = default;
};

/// A port that a socket has bound.
struct BindingId {
    std::uint32_t value{0};
    auto operator<=>(BindingId const&) const = default;
};

/// A frame to put on the wire at an interface.
struct Outgoing {
    std::uint32_t interface { 0 };
    wire::Frame frame{};
    tcp::Cause cause{};
    bool operator==(Outgoing const&) const = default;
};

/// A connection whose earliest deadline may have changed.
struct DeadlineChanged {
    ConnectionId connection{};
    Instant at{never};
    bool operator==(DeadlineChanged const&) const = default;
};

/// Something a file's waiters may care about. `connection` or `listener`, whichever is set.
struct Readiness {
    ConnectionId connection{};
    bool readable{false};
    bool writable{false};
    bool ended{false};
    bool urgent{false};         ///< the peer points at urgent data: SIGURG
    bool state_changed{false};  ///< it entered another state, which concerns whoever waits for anything
    bool reported{false};       ///< the error queue has something new
    bool operator==(Readiness const&) const = default;
};
struct DatagramReadiness {
    DatagramId socket{};
    bool readable{false};
    bool failed{false};  ///< an ICMP error is to be told
    bool operator==(DatagramReadiness const&) const = default;
};
struct Acceptable {
    ListenerId listener{};
    bool operator==(Acceptable const&) const = default;
};

/// A packet the host threw away, and why.
enum class Discarded : std::uint8_t {
    not_for_us,
    invalid_source,
    no_route,
    no_neighbour,
    no_listener,
    accept_queue_full,
    syn_queue_full,
    receive_buffer_full,
    unknown_protocol,
    bad_signature,
    checksum
};

struct ConnectionNote {
    wire::FourTuple tuple{};
    tcp::Note what{};
    bool operator==(ConnectionNote const&) const = default;
};

/// Everything one door appended, each list in order. clear() keeps memory.
struct Output {
    std::vector<Outgoing> frames{};
    std::vector<DeadlineChanged> deadlines{};
    std::vector<Readiness> readiness{};
    std::vector<Acceptable> acceptable{};
    std::vector<DatagramReadiness> datagrams{};
    std::vector<ConnectionNote> notes{};
    std::vector<Discarded> discarded{};

    void clear() {
        frames.clear();
        deadlines.clear();
        readiness.clear();
        acceptable.clear();
        datagrams.clear();
        notes.clear();
        discarded.clear();
    }
    bool operator==(Output const&) const = default;
};

}  // namespace tcpsim::host
