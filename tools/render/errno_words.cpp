#include "tools/render/errno_words.hpp"

#include <algorithm>
#include <array>

namespace tcpsim::render {

namespace {

struct Row {
    Errno error{};
    std::string_view words{};
};
// errno(3), in POSIX's and glibc's words.
constexpr auto rows = std::to_array<Row>({
    {Errno::eaddrinuse, "Address already in use"},
    {Errno::eaddrnotavail, "Cannot assign requested address"},
    {Errno::eafnosupport, "Address family not supported by protocol"},
    {Errno::eagain, "Resource temporarily unavailable"},
    {Errno::ealready, "Operation already in progress"},
    {Errno::ebadf, "Bad file descriptor"},
    {Errno::echild, "No child processes"},
    {Errno::econnaborted, "Software caused connection abort"},
    {Errno::econnrefused, "Connection refused"},
    {Errno::econnreset, "Connection reset by peer"},
    {Errno::edestaddrreq, "Destination address required"},
    {Errno::ehostdown, "Host is down"},
    {Errno::ehostunreach, "No route to host"},
    {Errno::einprogress, "Operation now in progress"},
    {Errno::eintr, "Interrupted system call"},
    {Errno::einval, "Invalid argument"},
    {Errno::eisconn, "Transport endpoint is already connected"},
    {Errno::emfile, "Too many open files"},
    {Errno::emsgsize, "Message too long"},
    {Errno::enetdown, "Network is down"},
    {Errno::enetreset, "Network dropped connection on reset"},
    {Errno::enetunreach, "Network is unreachable"},
    {Errno::enobufs, "No buffer space available"},
    {Errno::enomem, "Cannot allocate memory"},
    {Errno::enoprotoopt, "Protocol not available"},
    {Errno::enotconn, "Transport endpoint is not connected"},
    {Errno::enotsock, "Socket operation on non-socket"},
    {Errno::enotty, "Inappropriate ioctl for device"},
    {Errno::eacces, "Permission denied"},
    {Errno::eopnotsupp, "Operation not supported"},
    {Errno::eperm, "Operation not permitted"},
    {Errno::epipe, "Broken pipe"},
    {Errno::eproto, "Protocol error"},
    {Errno::esrch, "No such process"},
    {Errno::etimedout, "Connection timed out"},
    {Errno::enotty, "Inappropriate ioctl for device"},
});

}  // namespace

std::string_view words_for(Errno error) {
    auto const* const row = std::find_if(rows.begin(), rows.end(), [=](Row const& r) { return r.error == error; });
    return row == rows.end() ? name(error) : row->words;
}

}  // namespace tcpsim::render
