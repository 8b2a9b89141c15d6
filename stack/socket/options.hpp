// Socket options that are kept as plain values: what each may be, and where it stands.
#pragma once

#include "stack/base/result.hpp"
#include "stack/profile/profile.hpp"
#include "stack/tcp/user_options.hpp"

#include <cstdint>

namespace tcpsim::socket {

enum class Option : std::uint8_t {
    so_reuseaddr,
    so_reuseport,
    so_rcvbuf,
    so_sndbuf,
    so_rcvlowat,
    so_rcvtimeo,  ///< microseconds; 0: no limit
    so_sndtimeo,  ///< microseconds; 0: no limit
    so_error,
    so_keepalive,
    so_linger,  ///< seconds; 0: close() resets; -1: off
    so_oobinline,
    so_type,          ///< 1 SOCK_STREAM, 2 SOCK_DGRAM
    so_domain,        ///< 2 AF_INET
    so_protocol,      ///< 6 TCP, 17 UDP
    so_acceptconn,    ///< 1: it listens
    so_peek_off,      ///< where MSG_PEEK begins; -1: at the first unread byte, and stays there
    so_mark,          ///< kept; no route looks at it here
    so_zerocopy,      ///< MSG_ZEROCOPY is heeded
    so_timestamping,  ///< host::timestamping
    ip_tos,
    ip_ttl,      ///< -1: the system's
    ip_recverr,  ///< ICMP errors are told at once, and kept for MSG_ERRQUEUE
    tcp_nodelay,
    tcp_cork,
    tcp_maxseg,
    tcp_window_clamp,
    tcp_quickack,
    tcp_inq,           ///< recvmsg() tells what is left to read
    tcp_defer_accept,  ///< seconds that a listener waits for the first text; told as the timeouts that cover them
    tcp_keepidle,      ///< seconds
    tcp_keepintvl,     ///< seconds
    tcp_keepcnt,
    tcp_syncnt,
    tcp_linger2,           ///< seconds; negative: FIN-WAIT-2 ends with close()
    tcp_user_timeout,      ///< milliseconds
    tcp_rto_max_ms,        ///< milliseconds
    tcp_notsent_lowat,     ///< bytes
    tcp_fastopen,          ///< of a listener: connections that may be open before their handshakes' end
    tcp_fastopen_connect,  ///< connect() waits for the first send()
};

/// It is TCP's, so that UDP does not know it (level SOL_TCP).
constexpr bool is_tcp_option(Option option) { return option >= Option::tcp_nodelay; }

/// SO_LINGER's value when it is off.
inline constexpr std::int64_t linger_off = -1;

/// What stays with the open file: the connection does not know of it. An accepted socket inherits its listener's.
struct FileOptions {
    std::int64_t linger{linger_off};     ///< SO_LINGER, seconds
    std::uint32_t receive_low_water{1};  ///< SO_RCVLOWAT
    std::int64_t receive_timeout_us{0};  ///< SO_RCVTIMEO, for who waits; negative: nobody does
    std::int64_t send_timeout_us{0};     ///< SO_SNDTIMEO
    std::int64_t peek_offset{-1};        ///< SO_PEEK_OFF
    std::uint32_t mark{0};               ///< SO_MARK
    std::uint32_t timestamping{0};       ///< SO_TIMESTAMPING
    bool zero_copy{false};               ///< SO_ZEROCOPY
    bool tells_unread{false};            ///< TCP_INQ
    bool reuse_address{false};
    bool reuse_port{false};
    bool defer_connect{false};  ///< TCP_FASTOPEN_CONNECT
    bool operator==(FileOptions const&) const = default;
};

/// Whether the option lives in UserOptions, which a connection can be given at any time.
bool is_user_option(Option option);
/// EINVAL where the value is out of Linux's range (do_tcp_setsockopt, sk_setsockopt). Of a user option.
Result<Done> set_user_option(Option option, std::int64_t value, tcp::UserOptions& options,
                             profile::Profile const& profile);
/// What getsockopt() tells: the system's own value where none was chosen. Of a user option.
std::int64_t user_option(Option option, tcp::UserOptions const& options, profile::Profile const& profile);

/// Whether the option lives in FileOptions.
bool is_file_option(Option option);
Result<Done> set_file_option(Option option, std::int64_t value, FileOptions& options);
std::int64_t file_option(Option option, FileOptions const& options);

/// What setsockopt(SO_RCVBUF) or SO_SNDBUF makes of `value`, as getsockopt() then tells it.
Result<std::uint32_t> buffer_size(Option option, std::int64_t value, profile::Profile const& profile);

}  // namespace tcpsim::socket
