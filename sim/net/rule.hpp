// Fault rules: which packets, and what becomes of them. The first rule that matches wins; each counts its firings.
// Every armed rule counts every packet, also those an earlier rule took: `nth` is the n-th on the wire.
#pragma once

#include "sim/net/end.hpp"
#include "sim/net/packet_class.hpp"
#include "sim/net/probability.hpp"
#include "stack/base/time.hpp"
#include "stack/wire/packet.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tcpsim::net {

enum class Protocol : std::uint8_t { tcp, udp, icmp, arp };

/// What a packet must be for a rule to look at it. Everything that is set must hold.
struct Match {
    std::optional<wire::Ipv4Address> from{};  ///< IP source
    std::optional<wire::Ipv4Address> to{};    ///< IP destination
    std::optional<std::string> flags{};       ///< exactly these, in notation: "S", "S.", "R", "F."
    std::optional<bool> data{};               ///< only segments with text, or only those without
    std::optional<Protocol> protocol{};
    std::optional<PacketClass> kind{};        ///< only this class of TCP packets
    std::optional<End> towards{};             ///< only this way over the link
    std::uint32_t larger_than{0};             ///< IP packets of more bytes; 0: of any size
    std::uint32_t nth{0};                     ///< only the n-th that matches the rest since the rule was armed,
                                              ///< from 1; 0: every one
    std::uint32_t times{1};                   ///< with `nth`: that one and the next, so many in all
    std::optional<Probability> chance{};      ///< and then only so often
};

struct Verdict {
    enum class Kind : std::uint8_t {
        pass,
        drop,
        delay,      ///< travels longer; other frames do not wait for it
        hold,       ///< waits at the sender's end until `count` more that the rule sees have overtaken it
        stall,      ///< from this one on, everything of its direction waits, then leaves at once and in order
        duplicate,  ///< `count` more copies travel behind it
        mark_ce,    ///< RFC 3168 §5: congestion experienced; it sees only what is ECN-capable
        corrupt,    ///< one bit of it is wrong
    } kind{Kind::pass};
    Duration delay{0};  ///< delay, duplicate: in addition to the link's; stall: how long
    std::uint32_t count{1};
};

struct Rule {
    std::string name{};
    Match match{};
    Verdict verdict{};
};

struct ArmedRule {
    Rule rule{};
    bool active{true};
    std::uint64_t seen{0};  ///< matched but for `nth`
    std::uint64_t fired{0};
    Instant first_fired{never};
    std::optional<core::Random> dice{};  ///< of a rule that draws
};

/// Whether `frame`, which is of those `classes`, is one that a rule counts, leaving `nth` aside.
bool matches(Match const& match, wire::Frame const& frame, PacketClasses classes = {});
/// Whether it fires for the packet that it counts as the `seen`-th.
bool fires(Match const& match, std::uint64_t seen);

}  // namespace tcpsim::net
