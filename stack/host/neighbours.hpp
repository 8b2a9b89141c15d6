// Which MAC address a neighbour has (RFC 826), and whether it is still there: Linux's neighbour states, or 4.4BSD's, which has
// no timers, with the numbers of a profile. Frames and deadlines as values; packets that wait are kept by whoever asked.
#pragma once

#include "stack/base/siphash.hpp"
#include "stack/base/time.hpp"
#include "stack/host/configuration.hpp"
#include "stack/profile/profile.hpp"
#include "stack/wire/packet.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace tcpsim::host {

/// RFC 4861 §7.3.2's words, as Linux uses them for ARP.
enum class NeighbourState : std::uint8_t {
    incomplete,  ///< asked for, by broadcast
    reachable,   ///< it answered, or upper layers made progress, not long ago
    stale,       ///< used as it is; the next use begins to doubt it
    delay,       ///< doubted: upper layers may still confirm it
    probe,       ///< asked by unicast
    failed,
};

struct NeighbourKey {
    std::uint32_t interface { 0 };
    wire::Ipv4Address address{};
    auto operator<=>(NeighbourKey const&) const = default;
};

struct NeighbourOutput {
    /// Requests and answers to put on the wire, with their interfaces.
    std::vector<std::pair<std::uint32_t, wire::Frame>> frames{};
    /// For those who wait: the address, or that there is none.
    struct Settled {
        NeighbourKey key{};
        std::optional<wire::MacAddress> mac{};
    };
    std::vector<Settled> settled{};
};

class Neighbours {
  public:
    /// `settings` must outlive it. `secret`: of the times for which a neighbour counts as reachable.
    Neighbours(profile::Profile::NeighbourValues const& settings, SipKey secret)
        : settings_{&settings}, secret_{secret} {}

    /// For a packet that goes out now; empty: wait for Settled, or rejects().
    std::optional<wire::MacAddress> resolve(NeighbourKey key, Configuration const& own, Instant now,
                                            NeighbourOutput& out);
    /// 4.4BSD RTF_REJECT: nobody has answered, and nobody is asked for a while. A packet is lost, not kept.
    [[nodiscard]] bool rejects(NeighbourKey key, Instant now) const;
    /// `to_us`: by its Ethernet destination; else it was a broadcast.
    void arp_arrives(std::uint32_t interface, wire::ArpPacket const& arp, bool to_us, Configuration const& own,
                     Instant now, NeighbourOutput& out);
    /// Upper layers made progress with its help.
    void confirm(NeighbourKey key, Instant now);
    /// Linux neigh_carrier_down: all of an interface.
    void forget(std::uint32_t interface, NeighbourOutput& out);
    void timers_expire(Configuration const& own, Instant now, NeighbourOutput& out);
    [[nodiscard]] Instant next_deadline() const;
    /// Empty: never heard of.
    [[nodiscard]] std::optional<NeighbourState> state(NeighbourKey key) const;

  private:
    struct Entry {
        NeighbourState state{NeighbourState::incomplete};
        std::optional<wire::MacAddress> mac{};
        int probes{0};
        Instant confirmed{};
        Instant deadline{never};
        // 4.4BSD llinfo_arp, rtentry: whole seconds.
        Instant expires{};     ///< rt_expire
        bool rejected{false};  ///< RTF_REJECT
    };
    std::optional<wire::MacAddress> resolve_lazily(NeighbourKey key, Entry& entry, Configuration const& own,
                                                   Instant now, NeighbourOutput& out);
    void ask(NeighbourKey key, Entry& entry, Configuration const& own, Instant now, NeighbourOutput& out);
    void expire(NeighbourKey key, Entry& entry, Configuration const& own, Instant now, NeighbourOutput& out);
    void learn(NeighbourKey key, wire::MacAddress mac, NeighbourState state, Instant now, NeighbourOutput& out);
    Duration reachable_time(Instant now);

    profile::Profile::NeighbourValues const* settings_;
    SipKey secret_;
    std::map<NeighbourKey, Entry> entries_{};
    Duration reachable_time_{0};
    Instant reachable_until_{};  ///< when it is drawn anew
    std::uint64_t draws_{0};
};

/// An announcement of one's own address (RFC 5227 §3): who knows it by another MAC address learns.
wire::Frame gratuitous_arp(Interface const& own);

}  // namespace tcpsim::host
