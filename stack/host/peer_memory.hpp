// What a host has learnt of its peers in earlier connections (Linux tcp_metrics), by the two addresses of a connection.
#pragma once

#include "stack/base/time.hpp"
#include "stack/tcp/path_metrics.hpp"
#include "stack/wire/address.hpp"
#include "stack/wire/fast_open.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace tcpsim::host {

/// RFC 7413 §4.1.3: what a server's answers to Fast Open said.
struct FastOpenMemory {
    wire::FastOpenOption cookie{};  ///< without bytes: none was given
    std::uint16_t mss{0};           ///< 0: not known
    /// Linux try_exp: 1: a request for a cookie had no answer, so that the next one takes the experimental form; 2: nor had that.
    std::uint8_t unanswered{0};
    bool operator==(FastOpenMemory const&) const = default;
};

/// An answer to a SYN that had part in Fast Open.
struct FastOpenAnswer {
    std::uint16_t mss{0};                          ///< 0: it named none
    std::optional<wire::FastOpenOption> cookie{};  ///< an option that our SYN had not asked for is none
    std::uint8_t unanswered{0};                    ///< 1, 2: the request that it did not answer, see FastOpenMemory
};

class PeerMemory {
  public:
    using Addresses = std::pair<wire::Ipv4Address, wire::Ipv4Address>;

    [[nodiscard]] FastOpenMemory fast_open(Addresses ours_and_theirs) const;
    void learn(Addresses ours_and_theirs, FastOpenAnswer const& answer);

    /// What connections left that ended no longer than `lifetime` before `now`.
    [[nodiscard]] tcp::PathMetrics metrics(Addresses ours_and_theirs, Instant now, Duration lifetime) const;
    void keep(Addresses ours_and_theirs, tcp::PathMetrics const& metrics, Instant now);

  private:
    struct Entry {
        FastOpenMemory fast_open{};
        tcp::PathMetrics metrics{};
        Instant kept_at{};
    };
    std::map<Addresses, Entry> entries_{};
};

}  // namespace tcpsim::host
