// The tables of steps that go beyond a simple connection: datagrams and messages, pipes and files, waiting for several.
// The tables are constants; shapes_steps.cpp puts all steps together.
#pragma once

#include "sim/scenario/shape_leaves.hpp"
#include "sim/scenario/step_words.hpp"

#include <array>

namespace tcpsim::scenario::tables {

inline constexpr Field which_connection{
    .name = "socket", .kind = Kind::socket, .doc = "default: the one that connect or accept made last"};
inline constexpr Field which_listener{.name = "socket", .kind = Kind::socket, .doc = "default: s"};
inline constexpr Field returns_zero{
    .name = "returns", .kind = Kind::integer, .doc = "0: success is expected", .most = 0};
inline constexpr Field returns_bytes{.name = "returns", .kind = Kind::integer, .doc = "bytes taken"};
inline constexpr Field read_returns{
    .name = "returns",
    .kind = Kind::returned,
    .doc = "a number of bytes, the \"text\" itself in quotes, a {pattern: size}, or `end` for the end of the stream",
    .shape = &pattern};

inline constexpr std::array last_words{std::string_view{"read"}};
inline constexpr std::array last_fields{
    Field{.name = "last",
          .kind = Kind::word,
          .doc = "`read`: what the last step of this process that reads gave",
          .required = true,
          .words = [] { return std::span<std::string_view const>{last_words}; }},
};
inline constexpr std::array to_write_variants{
    Variant{.word = {}, .doc = "Long data without typing it.", .fields = pattern_fields},
    Variant{.word = {}, .doc = "An echo.", .fields = last_fields},
};
inline constexpr Shape to_write{"data to write", "A pattern, or what was read.", {}, to_write_variants};

// --- datagrams and messages
inline constexpr Field sending_flags{.name = "flags",
                                     .kind = Kind::word,
                                     .doc =
                                         "MSG_OOB, MSG_DONTWAIT, MSG_NOSIGNAL, MSG_MORE, MSG_EOR, MSG_ZEROCOPY, "
                                         "MSG_FASTOPEN",
                                     .many = Many::list,
                                     .words = send_flag_words};
inline constexpr Field receiving_flags{.name = "flags",
                                       .kind = Kind::word,
                                       .doc = "MSG_OOB, MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC, MSG_WAITALL, MSG_ERRQUEUE",
                                       .many = Many::list,
                                       .words = receive_flag_words};
inline constexpr Field returned_from{
    .name = "from", .kind = Kind::endpoint, .doc = "host:port of the sender that it should tell"};
inline constexpr std::array writev_fields{
    Field{.name = "writev", .kind = Kind::data, .doc = "what to send", .required = true, .shape = &to_write},
    returns_bytes,
    which_connection,
};
inline constexpr std::array readv_fields{
    Field{.name = "readv", .kind = Kind::size, .doc = "at most so many bytes", .required = true, .least = 1},
    read_returns,
    which_connection,
};
inline constexpr std::array sendto_fields{
    Field{.name = "sendto", .kind = Kind::data, .doc = "what to send", .required = true, .shape = &to_write},
    Field{.name = "to", .kind = Kind::endpoint, .doc = "host:port", .required = true},
    sending_flags,
    returns_bytes,
    which_connection,
};
inline constexpr std::array recvfrom_fields{
    Field{.name = "recvfrom", .kind = Kind::size, .doc = "at most so many bytes", .required = true, .least = 1},
    receiving_flags,
    read_returns,
    returned_from,
    which_connection,
};
inline constexpr std::array sendmsg_fields{
    Field{.name = "sendmsg", .kind = Kind::data, .doc = "what to send", .required = true, .shape = &to_write},
    sending_flags,
    returns_bytes,
    which_connection,
};
inline constexpr std::array recvmsg_fields{
    Field{.name = "recvmsg", .kind = Kind::size, .doc = "at most so many bytes", .required = true, .least = 1},
    receiving_flags,
    read_returns,
    returned_from,
    Field{.name = "report",
          .kind = Kind::word,
          .doc = "with MSG_ERRQUEUE: the error that an ICMP message brought, `zerocopy` or `timestamp`",
          .words = report_words},
    Field{.name = "truncated",
          .kind = Kind::boolean,
          .doc = "MSG_TRUNC among the flags that it gives: whether the rest of a datagram is lost"},
    which_connection,
};

// --- pipes and files
inline constexpr std::array pipe_fields{
    Field{.name = "pipe",
          .kind = Kind::socket,
          .doc = "[name of the end to read from, name of the end to write to]",
          .required = true,
          .many = Many::pair},
    Field{.name = "flags",
          .kind = Kind::word,
          .doc = "O_NONBLOCK, of both ends",
          .many = Many::list,
          .words = file_flag_words},
    returns_zero,
};
inline constexpr std::array open_fields{
    Field{.name = "open", .kind = Kind::text, .doc = "a file on this host's disk", .required = true},
    Field{.name = "as", .kind = Kind::socket, .doc = "the descriptor's name; default: file"},
    Field{.name = "mode",
          .kind = Kind::word,
          .doc = "`read` (the default), or `create`: empty, to be written",
          .words = open_mode_words},
};
inline constexpr std::array sendfile_fields{
    Field{.name = "sendfile", .kind = Kind::socket, .doc = "an open file, by its descriptor's name", .required = true},
    Field{.name = "bytes", .kind = Kind::size, .doc = "at most so many", .required = true, .least = 1},
    Field{
        .name = "offset", .kind = Kind::size, .doc = "from here; default: from where the file stands, which moves on"},
    returns_bytes,
    which_connection,
};
inline constexpr std::array splice_fields{
    Field{.name = "splice", .kind = Kind::socket, .doc = "from this socket, pipe or file", .required = true},
    Field{.name = "into", .kind = Kind::socket, .doc = "into this one; one of the two is a pipe", .required = true},
    Field{.name = "bytes", .kind = Kind::size, .doc = "at most so many", .required = true, .least = 1},
    Field{.name = "flags",
          .kind = Kind::word,
          .doc = "SPLICE_F_NONBLOCK, SPLICE_F_MORE",
          .many = Many::list,
          .words = splice_flag_words},
    returns_bytes,
};

// --- descriptors
inline constexpr std::array dup2_fields{
    Field{.name = "dup2", .kind = Kind::socket, .doc = "a socket that gets one more descriptor", .required = true},
    Field{.name = "onto",
          .kind = Kind::socket,
          .doc = "the descriptor that stands for it from now on; what it stood for is closed",
          .required = true},
};
inline constexpr std::array fcntl_fields{
    Field{.name = "fcntl", .kind = Kind::word, .doc = "F_GETFL or F_SETFL", .required = true, .words = fcntl_words},
    Field{.name = "flags", .kind = Kind::word, .doc = "of F_SETFL", .many = Many::list, .words = file_flag_words},
    Field{.name = "returns",
          .kind = Kind::word,
          .doc = "of F_GETFL: exactly these flags",
          .many = Many::list,
          .words = file_flag_words},
    which_connection,
};
inline constexpr std::array getsockname_fields{
    Field{.name = "getsockname",
          .kind = Kind::nothing,
          .doc = "asks which name the socket has itself",
          .required = true,
          .may_be_empty = true},
    Field{.name = "returns", .kind = Kind::text, .doc = "host:port, or 0: success is expected"},
    which_connection,
};
inline constexpr std::array getpeername_fields{
    Field{.name = "getpeername",
          .kind = Kind::nothing,
          .doc = "asks who is at the other end",
          .required = true,
          .may_be_empty = true},
    Field{.name = "returns", .kind = Kind::text, .doc = "host:port, or 0: success is expected"},
    which_connection,
};

// --- waiting for one of several
inline constexpr Field returned_events{.name = "returns",
                                       .kind = Kind::text,
                                       .doc =
                                           "exactly what it finds, each a name and its events, such as `conn in hup`; "
                                           "[] when the time is over",
                                       .many = Many::list};
inline constexpr Field wait_at_most{
    .name = "timeout", .kind = Kind::duration, .doc = "how long it waits at most; default: for ever"};
inline constexpr std::array select_fields{
    Field{.name = "select",
          .kind = Kind::text,
          .doc = "what it waits for: names with `in`, `out` or `pri`, such as `conn in out`; `terminal` is one",
          .required = true,
          .many = Many::list},
    wait_at_most,
    returned_events,
};
inline constexpr std::array epoll_create_fields{
    Field{.name = "epoll_create",
          .kind = Kind::socket,
          .doc = "makes an epoll of this name; default ep",
          .required = true,
          .may_be_empty = true},
};
inline constexpr std::array epoll_ctl_fields{
    Field{.name = "epoll_ctl",
          .kind = Kind::word,
          .doc = "what becomes of the interest",
          .required = true,
          .words = epoll_control_words},
    Field{.name = "events",
          .kind = Kind::word,
          .doc = "EPOLLIN …, EPOLLET, EPOLLONESHOT, EPOLLEXCLUSIVE; EPOLLERR and EPOLLHUP always count",
          .many = Many::list,
          .words = epoll_event_words},
    Field{.name = "epoll", .kind = Kind::socket, .doc = "which epoll; default ep"},
    returns_zero,
    which_connection,
};
inline constexpr std::array epoll_wait_fields{
    Field{.name = "epoll_wait",
          .kind = Kind::socket,
          .doc = "which epoll; default ep",
          .required = true,
          .may_be_empty = true},
    Field{.name = "most", .kind = Kind::integer, .doc = "at most so many events; default 8", .least = 1, .most = 1024},
    wait_at_most,
    returned_events,
};
inline constexpr std::array watch_links_fields{
    Field{.name = "watch_links",
          .kind = Kind::nothing,
          .doc = "waits until a link or an address of this host changes, as netlink tells",
          .required = true,
          .may_be_empty = true},
};

}  // namespace tcpsim::scenario::tables
