// A host, what it said last, and a peer made by hand; time goes on when the test says so.
#pragma once

#include "stack/host/host.hpp"
#include "stack/profile/profile.hpp"
#include "tests/support/hosts.hpp"

#include <string_view>
#include <utility>
#include <vector>

namespace tcpsim::test {

struct HostBench {
    explicit HostBench(std::string_view system = "linux", host::Configuration configuration = configuration_of(true),
                       SipKey secret = {1, 2});
    HostBench(HostBench const&) = delete;
    HostBench& operator=(HostBench const&) = delete;

    /// Changes a setting of the profile, which the host reads anew each time.
    void set(std::string_view setting, std::string_view value);
    host::ListenerId listen(std::uint16_t port = 9998, int backlog = 5, host::ConnectionOptions options = {});
    Result<host::ConnectionId> connect(wire::Endpoint remote, wire::Endpoint local = {},
                                       host::ConnectionOptions options = {});
    /// From b to a; what the host says to it is in `out` afterwards.
    void arrives(wire::TcpSegment segment);
    /// The same between any two addresses.
    void arrives(wire::Ipv4Address from, wire::Ipv4Address to, wire::TcpSegment segment);
    /// The peer's SYN (sequence number 100) from `port`; the answer is in `out`.
    void syn(std::uint16_t port, wire::Options const& options = {}, std::uint16_t to = 9998);
    /// The ACK of a SYN,ACK with `iss`.
    void ack(std::uint16_t port, SeqNum iss, std::uint32_t text = 0, std::uint16_t to = 9998);
    /// syn() and ack(); our initial sequence number.
    SeqNum handshake(std::uint16_t port, std::uint16_t to = 9998);
    /// Time goes on; every deadline fires at its instant, what is said is appended to a cleared `out`.
    void after(Duration duration);

    /// The TCP segment of the n-th frame of `out`.
    [[nodiscard]] wire::TcpSegment const& sent(std::size_t i = 0) const { return tcp_in(out.frames.at(i)); }
    [[nodiscard]] bool sent_only(std::uint8_t flags) const {
        return out.frames.size() == 1 && sent().flags == wire::Flags{flags};
    }
    [[nodiscard]] bool silent() const { return out.frames.empty(); }
    [[nodiscard]] bool discarded_only(host::Discarded why) const {
        return silent() && out.discarded == std::vector<host::Discarded>{why};
    }
    [[nodiscard]] std::size_t count(tcp::State state) const;

    profile::Profile profile;
    host::Host a;
    host::Output out{};
    Instant now{std::chrono::seconds{1000}};
};

}  // namespace tcpsim::test
