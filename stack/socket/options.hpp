// Socket options that are kept as plain values: what each may be, and where it stands.
#pragma once

#include "stack/base/result.hpp"
#include "stack/profile/profile.hpp"
#include "stack/tcp/user_options.hpp"

#include <cstdint>

namespace tcpsim::socket {

enum class Option : std::uint8_t {
    so_reuseaddr,
    so_rcvbuf,
    so_sndbuf,
    so_error,
    so_keepalive,
    so_linger,  ///< seconds; 0: close() resets; -1: off
    so_oobinline,
    ip_tos,
    tcp_nodelay,
    tcp_cork,
    tcp_maxseg,
    tcp_window_clamp,
    tcp_quickack,
    tcp_keepidle,   ///< seconds
    tcp_keepintvl,  ///< seconds
    tcp_keepcnt,
    tcp_syncnt,
    tcp_linger2,       ///< seconds
    tcp_user_timeout,  ///< milliseconds
};

/// SO_LINGER's value when it is off.
inline constexpr std::int64_t linger_off = -1;

/// Whether the option lives in UserOptions, which a connection can be given at any time.
bool is_user_option(Option option);
/// EINVAL where the value is out of Linux's range (do_tcp_setsockopt, sk_setsockopt). Of a user option.
Result<Done> set_user_option(Option option, std::int64_t value, tcp::UserOptions& options);
/// What getsockopt() tells: the system's own value where none was chosen. Of a user option.
std::int64_t user_option(Option option, tcp::UserOptions const& options, profile::Profile const& profile);

}  // namespace tcpsim::socket
