// POSIX error names as a type. Their numbers differ per system and so belong to the profile.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tcpsim {

/// Lower case, because <cerrno> owns the upper-case words as macros. POSIX.1-2017 <errno.h>.
enum class Errno : std::uint8_t {
    none,
    eaddrinuse,
    eaddrnotavail,
    eafnosupport,
    eagain,
    ealready,
    ebadf,
    echild,
    econnaborted,
    econnrefused,
    econnreset,
    edestaddrreq,
    eexist,
    ehostdown,
    ehostunreach,
    einprogress,
    eintr,
    einval,
    eisconn,
    emfile,
    emsgsize,
    enetdown,
    enetreset,
    enetunreach,
    enobufs,
    enoent,
    enomem,
    enomsg,
    enoprotoopt,
    enotconn,
    enotsock,
    eopnotsupp,
    eperm,
    epipe,
    eproto,
    esrch,
    etimedout,
    enotty,  // out of order: digests hash the numbers
    eacces,
};
inline constexpr Errno last_errno = Errno::eacces;

/// "ECONNRESET"; "0" for none.
std::string_view name(Errno error);
/// The error of that name in upper case, if there is one.
std::optional<Errno> errno_named(std::string_view upper_case);

}  // namespace tcpsim
