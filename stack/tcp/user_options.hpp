// What a program may ask of one connection (RFC 9293 §3.9.1), under the names of its socket options. A zero or nothing means
// what the profile says.
#pragma once

#include "stack/profile/policies.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace tcpsim::tcp {

using Seconds = std::chrono::duration<std::int32_t>;
using FewSeconds = std::chrono::duration<std::int16_t>;  ///< what these options may be fits; every connection has them
using Milliseconds = std::chrono::duration<std::int32_t, std::milli>;

struct UserOptions {
    bool no_delay : 1 {false};          ///< TCP_NODELAY
    bool cork : 1 {false};              ///< TCP_CORK, TCP_NOPUSH
    bool keepalive : 1 {false};         ///< SO_KEEPALIVE
    bool oob_inline : 1 {false};        ///< SO_OOBINLINE
    bool quick_ack_off : 1 {false};     ///< TCP_QUICKACK 0, before the connection opened
    bool receive_errors : 1 {false};    ///< IP_RECVERR
    std::uint8_t tos{0};                ///< IP_TOS
    std::uint8_t ttl{0};                ///< IP_TTL
    std::uint8_t deferred_timeouts{0};  ///< TCP_DEFER_ACCEPT, as Linux keeps it: timeouts of the SYN,ACK
    std::optional<profile::CongestionAlgorithm> congestion{};  ///< TCP_CONGESTION
    std::uint8_t keepalive_probes{0};                          ///< TCP_KEEPCNT
    std::uint8_t syn_retries{0};                               ///< TCP_SYNCNT
    std::uint16_t max_segment{0};                              ///< TCP_MAXSEG, bytes
    FewSeconds keepalive_idle{0};                              ///< TCP_KEEPIDLE
    FewSeconds keepalive_interval{0};                          ///< TCP_KEEPINTVL
    FewSeconds linger2{0};                                     ///< TCP_LINGER2
    Milliseconds user_timeout{0};                              ///< TCP_USER_TIMEOUT
    Milliseconds rto_max{0};                                   ///< TCP_RTO_MAX_MS
    std::uint32_t window_clamp{0};                             ///< TCP_WINDOW_CLAMP, bytes
    std::uint32_t unsent_low_water{0};                         ///< TCP_NOTSENT_LOWAT, bytes
    bool operator==(UserOptions const&) const = default;
};

}  // namespace tcpsim::tcp
