// Fault rules: which packets, and what becomes of them. The first rule that matches wins; each counts its firings.
// Every armed rule counts every packet, also those an earlier rule took: `nth` is the n-th on the wire.
#pragma once

#include "stack/base/time.hpp"
#include "stack/wire/packet.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tcpsim::net {

/// What a packet must be for a rule to look at it. Everything that is set must hold.
struct Match {
    std::optional<wire::Ipv4Address> from{};  ///< IP source
    std::optional<wire::Ipv4Address> to{};    ///< IP destination
    std::optional<std::string> flags{};       ///< exactly these, in notation: "S", "S.", "R", "F."
    bool data{false};                         ///< only segments with text
    std::uint32_t nth{0};                     ///< only the n-th that matches the rest since the rule was armed,
                                              ///< from 1; 0: every one
};

struct Verdict {
    enum class Kind : std::uint8_t { pass, drop, delay } kind{Kind::pass};
    Duration delay{0};  ///< in addition to the link's; other frames do not wait for it
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
};

/// Whether `frame` is one that `rule` counts, leaving `nth` aside.
bool matches(Match const& match, wire::Frame const& frame);

}  // namespace tcpsim::net
