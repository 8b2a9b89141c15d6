// SYN cookies (RFC 4987 §3.6): a request that is remembered by the peer's acknowledgment alone. The initial sequence number
// holds a minute, an MSS and a keyed hash; the timestamp holds the other options (as Linux does).
#pragma once

#include "stack/base/seq.hpp"
#include "stack/base/siphash.hpp"
#include "stack/base/time.hpp"
#include "stack/wire/address.hpp"
#include "stack/wire/options.hpp"

#include <cstdint>
#include <optional>

namespace tcpsim::host {

/// For how long a cookie is good (Linux MAX_SYNCOOKIE_AGE): this minute and the one before.
inline constexpr std::uint32_t cookie_minutes = 2;
/// For so long after the last cookie an ACK may bring one (Linux TCP_SYNCOOKIE_VALID).
inline constexpr Duration cookies_expected = std::chrono::minutes{cookie_minutes};

/// The initial sequence number that stands for a SYN at `peer_iss` with `mss`.
SeqNum make_cookie(SipKey secret, wire::FourTuple const& tuple, SeqNum peer_iss, std::uint16_t mss, Instant now);
/// The MSS that a cookie stands for, at most the SYN's; empty: no cookie of ours, or an old one.
std::optional<std::uint16_t> mss_of_cookie(SipKey secret, wire::FourTuple const& tuple, SeqNum peer_iss, SeqNum cookie,
                                           Instant now);

/// What a SYN said that does not fit into a sequence number.
struct CookieOptions {
    std::optional<std::uint8_t> window_scale{};
    bool sack_permitted{false};
    bool ecn{false};
    bool operator==(CookieOptions const&) const = default;
};
/// The latest timestamp not after `ticks` that says so.
std::uint32_t cookie_timestamp(std::uint32_t ticks, CookieOptions const& options);
CookieOptions options_of_timestamp(std::uint32_t timestamp);

}  // namespace tcpsim::host
