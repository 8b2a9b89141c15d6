// The tables of steps: one call each, and blocks of them.
#include "sim/scenario/shape_leaves.hpp"
#include "sim/scenario/shapes_calls.hpp"
#include "sim/scenario/step_words.hpp"
#include "sim/scenario/words.hpp"

namespace tcpsim::scenario {

namespace tables {

namespace {

using std::string_view_literals::operator""sv;

// --- steps: one call each
constexpr std::array step_fields{
    Field{.name = "at",
          .kind = Kind::instant,
          .doc = "not before this time since the world's start; a step always waits for the one before it"},
    Field{.name = "fails", .kind = Kind::word, .doc = "the error that it should end with", .words = errno_words},
    Field{.name = "takes",
          .kind = Kind::duration,
          .doc = "how long it waits, exactly, or {value, within}; without it, nobody looks",
          .shape = &around},
    Field{.name = "must",
          .kind = Kind::boolean,
          .doc = "a wrong result (without `returns` or `fails`: any error) ends the program; default false"},
};
constexpr std::array connect_fields{
    Field{.name = "connect",
          .kind = Kind::endpoint,
          .doc = "host:port; waits until connected or refused",
          .required = true},
    which_listener,
    returns_zero,
};
constexpr std::array write_fields{
    Field{.name = "write",
          .kind = Kind::data,
          .doc = "what to send; waits until the send buffer has taken all of it",
          .required = true,
          .shape = &to_write},
    Field{.name = "returns", .kind = Kind::integer, .doc = "bytes taken"},
    which_connection,
};
constexpr std::array send_fields{
    Field{.name = "send",
          .kind = Kind::data,
          .doc = "what to send; like write, but with flags",
          .required = true,
          .shape = &to_write},
    sending_flags,
    returns_bytes,
    which_connection,
};
constexpr std::array recv_fields{
    Field{.name = "recv",
          .kind = Kind::size,
          .doc = "at most so many bytes; like read, but with flags",
          .required = true,
          .least = 1},
    receiving_flags,
    read_returns,
    which_connection,
};
constexpr std::array read_fields{
    Field{.name = "read",
          .kind = Kind::size,
          .doc = "at most so many bytes; waits for the first",
          .required = true,
          .shape = &amount,
          .least = 1},
    read_returns,
    which_connection,
};
constexpr std::array close_fields{
    Field{.name = "close", .kind = Kind::nothing, .doc = "closes the socket", .required = true, .may_be_empty = true},
    returns_zero,
    which_connection,
};
constexpr std::array shutdown_fields{
    Field{.name = "shutdown",
          .kind = Kind::word,
          .doc = "`write` sends FIN after what is queued; `read`; `both`",
          .required = true,
          .words = shutdown_words},
    returns_zero,
    which_connection,
};
constexpr std::array nodelay_fields{
    Field{.name = "nodelay",
          .kind = Kind::boolean,
          .doc = "TCP_NODELAY: true switches Nagle's algorithm off",
          .required = true},
    returns_zero,
    which_connection,
};
constexpr std::array sleep_fields{
    Field{.name = "sleep", .kind = Kind::duration, .doc = "for so long", .required = true},
};
constexpr std::array listen_fields{
    Field{.name = "listen",
          .kind = Kind::integer,
          .doc = "on this port; empty if the socket is bound already",
          .required = true,
          .may_be_empty = true,
          .least = 1,
          .most = most_port},
    Field{.name = "backlog",
          .kind = Kind::integer,
          .doc = "connections that may wait for accept; default 128",
          .most = 65535},
    returns_zero,
    which_listener,
};
constexpr std::array accept_fields{
    Field{.name = "accept",
          .kind = Kind::nothing,
          .doc = "waits for a connection",
          .required = true,
          .may_be_empty = true},
    Field{.name = "as", .kind = Kind::socket, .doc = "the new socket's name; default: accepted"},
    Field{.name = "flags",
          .kind = Kind::word,
          .doc = "accept4(): SOCK_NONBLOCK for the new one",
          .many = Many::list,
          .words = file_flag_words},
    which_listener,
};
constexpr std::array bind_fields{
    Field{.name = "bind",
          .kind = Kind::integer,
          .doc = "to this port; 0: any that is free",
          .required = true,
          .most = most_port},
    Field{.name = "host", .kind = Kind::host, .doc = "to the address of this host; default: to every own one"},
    returns_zero,
    which_listener,
};
constexpr std::array socket_fields{
    Field{.name = "socket",
          .kind = Kind::socket,
          .doc = "makes one of this name; default s. connect, bind and listen make theirs by themselves",
          .required = true,
          .may_be_empty = true},
    Field{.name = "type", .kind = Kind::word, .doc = "`tcp` (the default) or `udp`", .words = socket_type_words},
};
// --- options and readiness
constexpr std::array setsockopt_fields{
    Field{.name = "setsockopt", .kind = Kind::word, .doc = "which option", .required = true, .words = set_option_words},
    Field{.name = "value",
          .kind = Kind::text,
          .doc = "what it is set to, in the option's own unit; SO_LINGER: seconds, -1 is off; TCP_CONGESTION: a name; "
                 "TCP_MD5SIG: the key",
          .required = true},
    Field{.name = "peer", .kind = Kind::host, .doc = "TCP_MD5SIG: with whom"},
    returns_zero,
    which_connection,
};
constexpr std::array getsockopt_fields{
    Field{.name = "getsockopt", .kind = Kind::word, .doc = "which option", .required = true, .words = get_option_words},
    Field{.name = "member", .kind = Kind::word, .doc = "of TCP_INFO, in Linux's units", .words = info_words},
    Field{.name = "returns", .kind = Kind::text, .doc = "its value; SO_ERROR: the name of an error, or 0"},
    which_connection,
};
constexpr std::array ioctl_fields{
    Field{.name = "ioctl", .kind = Kind::word, .doc = "what to ask", .required = true, .words = inquiry_words},
    Field{.name = "returns", .kind = Kind::integer, .doc = "the number of bytes"},
    which_connection,
};
constexpr std::array nonblocking_fields{
    Field{.name = "nonblocking",
          .kind = Kind::boolean,
          .doc = "O_NONBLOCK: true lets calls fail with EAGAIN or EINPROGRESS instead of waiting",
          .required = true},
    returns_zero,
    which_connection,
};
constexpr std::array poll_fields{
    Field{.name = "poll",
          .kind = Kind::word,
          .doc = "waits for one of these; `err` and `hup` always count",
          .required = true,
          .many = Many::list,
          .words = asked_event_words},
    Field{.name = "timeout", .kind = Kind::duration, .doc = "how long it waits at most; default: for ever"},
    Field{.name = "returns",
          .kind = Kind::word,
          .doc = "exactly what it finds; [] when the time is over",
          .many = Many::list,
          .words = event_words},
    which_connection,
};
constexpr std::array dup_fields{
    Field{.name = "dup", .kind = Kind::socket, .doc = "a socket that gets one more descriptor", .required = true},
    Field{.name = "as", .kind = Kind::socket, .doc = "the new descriptor's name", .required = true},
};

// --- the terminal
constexpr std::array read_line_fields{
    Field{.name = "read_line",
          .kind = Kind::nothing,
          .doc = "waits until a line is typed",
          .required = true,
          .may_be_empty = true},
    Field{.name = "returns", .kind = Kind::returned, .doc = "the \"line\" in quotes, with its newline, or `end`"},
};
constexpr std::array print_fields{
    Field{.name = "print",
          .kind = Kind::data,
          .doc = "shows a text, or {last: read}",
          .required = true,
          .shape = &to_write},
};

// --- processes and signals
constexpr std::array fork_fields{
    Field{.name = "fork",
          .kind = Kind::nothing,
          .doc = "what the child does, which shares the open sockets; the parent goes on at once",
          .required = true,
          .many = Many::list,
          .shape = &step},
};
constexpr std::array waitpid_fields{
    Field{.name = "waitpid",
          .kind = Kind::nothing,
          .doc = "waits for the end of a child",
          .required = true,
          .may_be_empty = true},
    Field{.name = "returns", .kind = Kind::integer, .doc = "0: none has ended (with no_hang)", .most = 0},
    Field{.name = "no_hang", .kind = Kind::boolean, .doc = "WNOHANG: does not wait; default false"},
    Field{.name = "status", .kind = Kind::integer, .doc = "the status that it should have exited with", .most = 255},
    Field{
        .name = "killed_by", .kind = Kind::word, .doc = "the signal that should have ended it", .words = signal_words},
};
constexpr std::array kill_fields{
    Field{.name = "kill",
          .kind = Kind::word,
          .doc = "`child`: the one that was forked last",
          .required = true,
          .words = kill_target_words},
    Field{.name = "with", .kind = Kind::word, .doc = "which signal; default SIGTERM", .words = signal_words},
    returns_zero,
};
constexpr std::array signal_fields{
    Field{.name = "signal", .kind = Kind::word, .doc = "which signal", .required = true, .words = signal_words},
    Field{.name = "action", .kind = Kind::word, .doc = "what it does from now on", .words = on_signal_words},
    Field{.name = "handler",
          .kind = Kind::nothing,
          .doc = "steps that run when it comes; waiting calls then fail with EINTR",
          .many = Many::list,
          .shape = &step},
    Field{.name = "restart",
          .kind = Kind::boolean,
          .doc = "SA_RESTART: calls that the handler interrupted are made again where Linux does so; default false"},
    returns_zero,
};
constexpr std::array alarm_fields{
    Field{.name = "alarm", .kind = Kind::duration, .doc = "SIGALRM so much later; 0s takes it back", .required = true},
};
constexpr std::array pause_fields{
    Field{.name = "pause",
          .kind = Kind::nothing,
          .doc = "waits for a signal with a handler",
          .required = true,
          .may_be_empty = true},
};
constexpr std::array exit_fields{
    Field{.name = "exit",
          .kind = Kind::integer,
          .doc = "ends the process with this status",
          .required = true,
          .most = 255},
};
constexpr std::array until_words{"end"sv};
constexpr std::array repeat_fields{
    Field{.name = "repeat",
          .kind = Kind::nothing,
          .doc = "steps to go through again and again",
          .required = true,
          .many = Many::list,
          .shape = &step},
    Field{.name = "times", .kind = Kind::integer, .doc = "how often; default: for ever", .least = 1},
    Field{.name = "until",
          .kind = Kind::word,
          .doc = "`end`: leaves the loop as soon as a step in it meets the end of the stream or an error",
          .words = [] { return std::span<std::string_view const>{until_words}; }},
};
constexpr std::array step_variants{
    Variant{.word = {}, .doc = "Opens a connection.", .fields = connect_fields},
    Variant{.word = {}, .doc = "Sends.", .fields = write_fields},
    Variant{.word = {}, .doc = "Receives.", .fields = read_fields},
    Variant{.word = {}, .doc = "Sends with flags.", .fields = send_fields},
    Variant{.word = {}, .doc = "Receives with flags.", .fields = recv_fields},
    Variant{.word = {}, .doc = "Lets go of a socket.", .fields = close_fields},
    Variant{.word = {}, .doc = "Ends one direction.", .fields = shutdown_fields},
    Variant{.word = {}, .doc = "Sets TCP_NODELAY.", .fields = nodelay_fields},
    Variant{.word = {}, .doc = "Waits.", .fields = sleep_fields},
    Variant{.word = {}, .doc = "Opens a port.", .fields = listen_fields},
    Variant{.word = {}, .doc = "Takes a connection.", .fields = accept_fields},
    Variant{.word = {}, .doc = "Chooses the local port.", .fields = bind_fields},
    Variant{.word = {}, .doc = "Sets an option.", .fields = setsockopt_fields},
    Variant{.word = {}, .doc = "Asks for an option.", .fields = getsockopt_fields},
    Variant{.word = {}, .doc = "Asks how much there is.", .fields = ioctl_fields},
    Variant{.word = {}, .doc = "Chooses whether calls wait.", .fields = nonblocking_fields},
    Variant{.word = {}, .doc = "Waits for readiness.", .fields = poll_fields},
    Variant{.word = {}, .doc = "Asks for the peer.", .fields = getpeername_fields},
    Variant{.word = {}, .doc = "Asks for its own name.", .fields = getsockname_fields},
    Variant{.word = {}, .doc = "Shares a socket.", .fields = dup_fields},
    Variant{.word = {}, .doc = "Puts a socket in another's place.", .fields = dup2_fields},
    Variant{.word = {}, .doc = "Asks for flags or sets them.", .fields = fcntl_fields},
    Variant{.word = {}, .doc = "Sends from several buffers.", .fields = writev_fields},
    Variant{.word = {}, .doc = "Receives into several buffers.", .fields = readv_fields},
    Variant{.word = {}, .doc = "Sends a datagram; or connects and sends, with MSG_FASTOPEN.", .fields = sendto_fields},
    Variant{.word = {}, .doc = "Receives, and learns from whom.", .fields = recvfrom_fields},
    Variant{.word = {}, .doc = "Sends a message.", .fields = sendmsg_fields},
    Variant{.word = {}, .doc = "Receives a message, or a report from the error queue.", .fields = recvmsg_fields},
    Variant{.word = {}, .doc = "Makes a pipe.", .fields = pipe_fields},
    Variant{.word = {}, .doc = "Opens a file.", .fields = open_fields},
    Variant{.word = {}, .doc = "Sends from a file.", .fields = sendfile_fields},
    Variant{.word = {}, .doc = "Moves data into or out of a pipe.", .fields = splice_fields},
    Variant{.word = {}, .doc = "Waits for one of several.", .fields = select_fields},
    Variant{.word = {}, .doc = "Makes an epoll.", .fields = epoll_create_fields},
    Variant{.word = {}, .doc = "Chooses what an epoll watches.", .fields = epoll_ctl_fields},
    Variant{.word = {}, .doc = "Waits for what an epoll watches.", .fields = epoll_wait_fields},
    Variant{.word = {}, .doc = "Watches this host's own links.", .fields = watch_links_fields},
    Variant{.word = {}, .doc = "Reads from the terminal, as fgets() does.", .fields = read_line_fields},
    Variant{.word = {}, .doc = "Writes to the terminal.", .fields = print_fields},
    Variant{.word = {}, .doc = "Starts a child.", .fields = fork_fields},
    Variant{.word = {}, .doc = "Learns of a child's end.", .fields = waitpid_fields},
    Variant{.word = {}, .doc = "Sends a signal.", .fields = kill_fields},
    Variant{.word = {}, .doc = "Chooses what a signal does.", .fields = signal_fields},
    Variant{.word = {}, .doc = "Asks for a SIGALRM.", .fields = alarm_fields},
    Variant{.word = {}, .doc = "Waits for a signal.", .fields = pause_fields},
    Variant{.word = {}, .doc = "Ends the process.", .fields = exit_fields},
    Variant{.word = {}, .doc = "A loop.", .fields = repeat_fields},
    Variant{.word = {}, .doc = "Makes a socket.", .fields = socket_fields, .weak = true},
};
}  // namespace

constinit Shape const step{
    "a step",
    "One socket call. It starts when the one before has returned; a wrong result is noted, and the program goes on.",
    step_fields, step_variants, true};

}  // namespace tables

Shape const& step_shape() { return tables::step; }

}  // namespace tcpsim::scenario
