// Constants of calls as Linux numbers them: they are in the trace, where logs of calls find them.
#pragma once

#include <cstdint>

namespace tcpsim::app {

inline constexpr std::uint32_t sock_stream = 1;
inline constexpr std::uint32_t sock_dgram = 2;
inline constexpr std::uint32_t sock_nonblock = 0x800;
inline constexpr std::uint32_t o_rdwr = 2;
inline constexpr std::uint32_t o_nonblock = 0x800;
inline constexpr std::uint32_t o_rdonly = 0;
inline constexpr std::uint32_t o_wronly = 1;
inline constexpr std::uint32_t o_creat = 0x40;
inline constexpr std::uint32_t o_trunc = 0x200;
inline constexpr std::uint32_t splice_f_move = 1;  // means nothing (splice(2))
inline constexpr std::uint32_t splice_f_nonblock = 2;
inline constexpr std::uint32_t splice_f_more = 4;
inline constexpr std::uint32_t splice_f_gift = 8;  // nor does this
inline constexpr std::uint32_t sa_restart = 0x10000000;
inline constexpr std::uint32_t wnohang = 1;
// <poll.h>
inline constexpr std::uint32_t pollin = 0x1;
inline constexpr std::uint32_t pollpri = 0x2;
inline constexpr std::uint32_t pollout = 0x4;
inline constexpr std::uint32_t pollerr = 0x8;
inline constexpr std::uint32_t pollhup = 0x10;
inline constexpr std::uint32_t pollnval = 0x20;
inline constexpr std::uint32_t pollrdhup = 0x2000;
// <sys/epoll.h>, whose other events have poll()'s numbers
inline constexpr std::uint32_t epollexclusive = 1U << 28U;
inline constexpr std::uint32_t epolloneshot = 1U << 30U;
inline constexpr std::uint32_t epollet = 1U << 31U;

}  // namespace tcpsim::app
