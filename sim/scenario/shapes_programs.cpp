// The tables of programs and their steps.
#include "sim/scenario/shape_leaves.hpp"
#include "sim/scenario/words.hpp"

namespace tcpsim::scenario {

namespace tables {

namespace {

using std::string_view_literals::operator""sv;

constexpr std::array echo_word{"echo"sv};
constexpr std::array bulk_word{"bulk"sv};
constexpr std::array sink_word{"sink"sv};

// --- steps: one call each
constexpr std::array step_fields{
    Field{.name = "at",
          .kind = Kind::instant,
          .doc = "not before this time since the world's start; a step always waits for the one before it"},
    Field{.name = "fails", .kind = Kind::word, .doc = "the error that it should end with", .words = errno_words},
    Field{.name = "must",
          .kind = Kind::boolean,
          .doc = "a wrong result (without `returns` or `fails`: any error) ends the program; default false"},
};
constexpr Field which_connection{
    .name = "socket", .kind = Kind::socket, .doc = "default: the one that connect or accept made last"};
constexpr Field which_listener{.name = "socket", .kind = Kind::socket, .doc = "default: s"};
constexpr Field returns_zero{.name = "returns", .kind = Kind::integer, .doc = "0: success is expected", .most = 0};

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
          .shape = &pattern},
    Field{.name = "returns", .kind = Kind::integer, .doc = "bytes taken"},
    which_connection,
};
constexpr std::array read_fields{
    Field{.name = "read",
          .kind = Kind::size,
          .doc = "at most so many bytes; waits for the first",
          .required = true,
          .shape = &amount,
          .least = 1},
    Field{.name = "returns",
          .kind = Kind::returned,
          .doc =
              "a number of bytes, the \"text\" itself in quotes, a {pattern: size}, or `end` for the end of the stream",
          .shape = &pattern},
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
    which_listener,
};
constexpr std::array bind_fields{
    Field{.name = "bind",
          .kind = Kind::integer,
          .doc = "to this port of every address",
          .required = true,
          .least = 1,
          .most = most_port},
    returns_zero,
    which_listener,
};
constexpr std::array socket_fields{
    Field{.name = "socket",
          .kind = Kind::socket,
          .doc = "makes one of this name; default s. connect, bind and listen make theirs by themselves",
          .required = true,
          .may_be_empty = true},
};
constexpr std::array step_variants{
    Variant{.word = {}, .doc = "Opens a connection.", .fields = connect_fields},
    Variant{.word = {}, .doc = "Sends.", .fields = write_fields},
    Variant{.word = {}, .doc = "Receives.", .fields = read_fields},
    Variant{.word = {}, .doc = "Lets go of a socket.", .fields = close_fields},
    Variant{.word = {}, .doc = "Ends one direction.", .fields = shutdown_fields},
    Variant{.word = {}, .doc = "Sets TCP_NODELAY.", .fields = nodelay_fields},
    Variant{.word = {}, .doc = "Waits.", .fields = sleep_fields},
    Variant{.word = {}, .doc = "Opens a port.", .fields = listen_fields},
    Variant{.word = {}, .doc = "Takes a connection.", .fields = accept_fields},
    Variant{.word = {}, .doc = "Chooses the local port.", .fields = bind_fields},
    Variant{.word = {}, .doc = "Makes a socket.", .fields = socket_fields, .weak = true},
};
constexpr Shape step{
    "a step",
    "One socket call. It starts when the one before has returned; a wrong result is noted, and the program goes on.",
    step_fields, step_variants, true};

// --- programs
constexpr std::array program_fields{
    Field{.name = "name", .kind = Kind::name, .doc = "of the process", .required = true},
    Field{.name = "host", .kind = Kind::host, .doc = "where it runs", .required = true},
    Field{.name = "restart_at_boot", .kind = Kind::boolean, .doc = "whether later boots start it again; default true"},
};
constexpr std::array steps_fields{
    Field{.name = "steps",
          .kind = Kind::nothing,
          .doc = "its socket calls in order",
          .required = true,
          .many = Many::list,
          .shape = &step},
};
constexpr std::array echo_fields{
    Field{.name = "run",
          .kind = Kind::word,
          .doc = "`echo`",
          .required = true,
          .words = [] { return std::span<std::string_view const>{echo_word}; }},
    Field{.name = "port", .kind = Kind::integer, .doc = "to listen on; default 7", .least = 1, .most = most_port},
};
constexpr std::array bulk_fields{
    Field{.name = "run",
          .kind = Kind::word,
          .doc = "`bulk`",
          .required = true,
          .words = [] { return std::span<std::string_view const>{bulk_word}; }},
    Field{.name = "to", .kind = Kind::endpoint, .doc = "host:port", .required = true},
    Field{.name = "bytes", .kind = Kind::size, .doc = "how much to send", .required = true, .least = 1},
};
constexpr std::array sink_fields{
    Field{.name = "run",
          .kind = Kind::word,
          .doc = "`sink`",
          .required = true,
          .words = [] { return std::span<std::string_view const>{sink_word}; }},
    Field{.name = "port", .kind = Kind::integer, .doc = "to listen on; default 9", .least = 1, .most = most_port},
};
constexpr std::array program_variants{
    Variant{.word = {}, .doc = "Calls written out.", .fields = steps_fields},
    Variant{.word = "echo",
            .doc = "Serves each connection by a child of its own, which sends back what it reads.",
            .fields = echo_fields},
    Variant{.word = "bulk",
            .doc = "Connects, sends a pattern, shuts down, reads to the end, closes.",
            .fields = bulk_fields},
    Variant{.word = "sink",
            .doc = "Accepts connections one after the other, reads to the end and checks bulk's pattern.",
            .fields = sink_fields},
};

}  // namespace

constinit Shape const program{"a program", "A process on a host.", program_fields, program_variants};

}  // namespace tables

Shape const& step_shape() { return tables::step; }
Shape const& program_shape() { return tables::program; }

}  // namespace tcpsim::scenario
