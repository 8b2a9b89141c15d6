// One kernel alone with a clock: what a script plays against. No world, no peer: the script is both program and network.
#pragma once

#include "stack/socket/sockets.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <vector>

namespace tcpsim::packet_script {

/// A packet that the stack sent.
struct Sent {
    Instant at{};
    wire::Ipv4Packet packet{};
    tcp::Cause cause{};
};

class Stage {
  public:
    /// The profile must outlive the stage; changing it changes what comes later.
    Stage(host::Configuration configuration, profile::Profile const& profile);

    [[nodiscard]] Instant now() const { return now_; }
    /// Lets time pass: nothing may be due before `at`.
    void wait_until(Instant at) { now_ = std::max(now_, at); }
    /// Goes to the next deadline and runs what is due.
    void expire_next();
    /// When the stack will next do something of its own; `never` if nothing is left.
    [[nodiscard]] Instant next_deadline() const;

    void packet_arrives(wire::Ipv4Packet packet);
    /// A call of the program: `of(sockets, now, output)`, whose result this gives.
    template <class Of>
    auto call(Of of) {
        host::Output out;
        auto result = of(sockets_, now_, out);
        take(out);
        return result;
    }

    [[nodiscard]] socket::Sockets& sockets() { return sockets_; }
    [[nodiscard]] socket::Sockets const& sockets() const { return sockets_; }
    [[nodiscard]] host::Host& host() { return host_; }
    [[nodiscard]] host::Host const& host() const { return host_; }
    /// ICMP errors about segments that are not in flight, since the counters were last reset.
    [[nodiscard]] std::uint32_t icmp_out_of_window() const { return icmp_out_of_window_; }
    void reset_counters() { icmp_out_of_window_ = 0; }

    [[nodiscard]] std::deque<Sent>& sent() { return sent_; }
    [[nodiscard]] std::deque<Sent> const& sent() const { return sent_; }

  private:
    void take(host::Output const& out);  ///< what it told waits for no one but epoll

    Instant now_{};
    host::Host host_;
    socket::Sockets sockets_{host_};
    std::map<host::ConnectionId, Instant> deadlines_{};
    std::deque<Sent> sent_{};
    std::uint32_t icmp_out_of_window_{0};
};

}  // namespace tcpsim::packet_script
