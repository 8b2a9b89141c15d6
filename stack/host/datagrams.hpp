// UDP at a host (RFC 768, RFC 1122 §4.1): sockets with their ports, peers and receive queues. It sends nothing itself.
#pragma once

#include "stack/base/payload.hpp"
#include "stack/base/result.hpp"
#include "stack/host/error_report.hpp"
#include "stack/host/output.hpp"
#include "stack/host/reuse.hpp"
#include "stack/profile/profile.hpp"
#include "stack/wire/packet.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

namespace tcpsim::host {

/// What came, and from whom.
struct Datagram {
    wire::Endpoint from{};
    Payload data{};
    Instant at{};  ///< when it came
    bool operator==(Datagram const&) const = default;
};

/// What MSG_MORE keeps until the datagram is complete.
struct Unfinished {
    wire::Endpoint to{};
    Payload text{};
};

struct DatagramSocket {
    std::optional<wire::Endpoint> local{};
    std::optional<wire::Endpoint> peer{};  ///< connect()
    wire::Ipv4Address chosen_address{};    ///< by bind(); what is chosen outlives a peer
    bool port_chosen{false};               ///< by bind()
    std::uint32_t bound_as{0};  ///< the how manieth bind() of all: of those who share a port the last one hears
    std::optional<Unfinished> unfinished{};
    Reuse reuse{};
    Errno error{Errno::none};     ///< pending: the next call takes it
    bool receives_errors{false};  ///< IP_RECVERR
    std::uint8_t tos{0};          ///< IP_TOS
    std::uint8_t ttl{0};          ///< IP_TTL; 0: the system's
    std::uint32_t receive_buffer{0};
    std::uint32_t send_buffer{0};  ///< what is sent is on the wire at once, so that it is never full
    std::uint32_t queued{0};       ///< what the receive buffer is charged with
    std::deque<Datagram> queue{};
    std::deque<ErrorReport> errors{};  ///< MSG_ERRQUEUE

    /// getsockname().
    [[nodiscard]] wire::Endpoint name() const { return local.value_or(wire::Endpoint{chosen_address, 0}); }
};

class Datagrams {
  public:
    explicit Datagrams(profile::Profile const& profile) : profile_{&profile} {}

    DatagramId open();
    void close(DatagramId id) { sockets_.erase(id); }
    /// Which must be open.
    DatagramSocket& operator[](DatagramId id);
    [[nodiscard]] DatagramSocket const& operator[](DatagramId id) const;

    /// EADDRINUSE, EINVAL when bound. The port is not 0.
    Result<Done> bind(DatagramId id, wire::Endpoint local);
    /// No peer any more (connect() to AF_UNSPEC), and of address and port what bind() chose.
    void disconnect(DatagramId id);
    /// A port of the ephemeral range that nobody has, beginning the search at `start`; nothing if all are taken.
    [[nodiscard]] std::optional<std::uint16_t> free_port(wire::Ipv4Address address, Reuse reuse,
                                                         std::uint64_t start) const;

    /// Whose it is: a socket that is connected to the sender before others, one with the address before one with any. Who
    /// share by SO_REUSEPORT are chosen from by `hash`.
    [[nodiscard]] std::optional<DatagramId> receiver(wire::Endpoint local, wire::Endpoint remote,
                                                     std::uint64_t hash) const;
    /// False when its receive buffer is full.
    bool deliver(DatagramId id, Datagram datagram);
    /// EAGAIN; the pending error first, once.
    Result<Datagram> receive(DatagramId id, bool peek);
    /// An ICMP error about something that `id` sent; `is_hard`: it will not go away by itself. False: nobody is told.
    bool error_arrives(DatagramId id, ErrorReport const& report, bool is_hard);

  private:
    [[nodiscard]] bool taken(wire::Endpoint local, Reuse reuse) const;
    [[nodiscard]] std::uint32_t charge(Datagram const& datagram) const;

    profile::Profile const* profile_;
    std::map<DatagramId, DatagramSocket> sockets_{};
    std::uint32_t opened_{0};
    std::uint32_t bound_{0};
};

}  // namespace tcpsim::host
