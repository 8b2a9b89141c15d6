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

struct DatagramSocket {
    std::optional<wire::Endpoint> local{};
    std::optional<wire::Endpoint> peer{};  ///< connect()
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
    /// A port of the ephemeral range that nobody has, beginning the search at `start`; nothing if all are taken.
    [[nodiscard]] std::optional<std::uint16_t> free_port(wire::Ipv4Address address, Reuse reuse,
                                                         std::uint64_t start) const;

    /// Whose it is: a socket that is connected to the sender before others, one with the address before one with any.
    [[nodiscard]] std::optional<DatagramId> receiver(wire::Endpoint local, wire::Endpoint remote) const;
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
};

}  // namespace tcpsim::host
