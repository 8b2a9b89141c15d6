#include "stack/base/errno.hpp"

#include <array>

namespace tcpsim {
namespace {

constexpr auto names = std::to_array<std::string_view>({
    "0",         "EADDRINUSE", "EADDRNOTAVAIL", "EAFNOSUPPORT", "EAGAIN",      "EALREADY",
    "EBADF",     "ECHILD",     "ECONNABORTED",  "ECONNREFUSED", "ECONNRESET",  "EDESTADDRREQ",
    "EEXIST",    "EHOSTDOWN",  "EHOSTUNREACH",  "EINPROGRESS",  "EINTR",       "EINVAL",
    "EISCONN",   "EMFILE",     "EMSGSIZE",      "ENETDOWN",     "ENETRESET",   "ENETUNREACH",
    "ENOBUFS",   "ENOENT",     "ENOMEM",        "ENOMSG",       "ENOPROTOOPT", "ENOTCONN",
    "ENOTSOCK",  "EOPNOTSUPP", "EPERM",         "EPIPE",        "EPROTO",      "ESRCH",
    "ETIMEDOUT", "ENOTTY",     "EACCES",
});
static_assert(names.size() == static_cast<std::size_t>(last_errno) + 1);

}  // namespace

std::string_view name(Errno error) { return names[static_cast<std::size_t>(error)]; }

std::optional<Errno> errno_named(std::string_view upper_case) {
    for (std::size_t i = 1; i < names.size(); ++i) {
        if (names[i] == upper_case) {
            return static_cast<Errno>(i);
        }
    }
    return std::nullopt;
}

}  // namespace tcpsim
