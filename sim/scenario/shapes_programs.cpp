// The tables of programs. Their steps are in shapes_steps.cpp.
#include "sim/scenario/shape_leaves.hpp"
#include "sim/scenario/step_words.hpp"
#include "sim/scenario/words.hpp"

namespace tcpsim::scenario {

namespace tables {

namespace {

using std::string_view_literals::operator""sv;

constexpr std::array run_names{"echo"sv,      "echo_poll"sv, "echo_client"sv, "echo_client_select"sv,
                               "bulk"sv,      "sink"sv,      "slow_reader"sv, "heartbeat"sv,
                               "reconnect"sv, "idle"sv,      "echo_epoll"sv};
template <std::size_t N>
constexpr Field run_field{.name = "run", .kind = Kind::word, .doc = "which one", .required = true, .words = [] {
                              return std::span<std::string_view const>{run_names}.subspan(N, 1);
                          }};
constexpr Field port_field{
    .name = "port", .kind = Kind::integer, .doc = "to listen on; default 7", .least = 1, .most = most_port};
constexpr Field sink_port_field{
    .name = "port", .kind = Kind::integer, .doc = "to listen on; default 9", .least = 1, .most = most_port};
constexpr Field to_field{.name = "to", .kind = Kind::endpoint, .doc = "host:port", .required = true};

// --- the terminal
constexpr std::array typed_fields{
    Field{.name = "at", .kind = Kind::instant, .doc = "when", .required = true},
    Field{.name = "line",
          .kind = Kind::returned,
          .doc = "a \"text\" in quotes, to which a newline is added, or `end` for the end of the file (^D)",
          .required = true},
};
constexpr Shape typed{"a typed line", "In the order of their times.", typed_fields, {}};

constexpr std::array file_fields{
    Field{.name = "name", .kind = Kind::text, .doc = "its path", .required = true},
    Field{.name = "holds", .kind = Kind::data, .doc = "its content", .required = true, .shape = &pattern},
};
constexpr Shape file{"a file", "On its host's disk, which survives crashes, before the first boot.", file_fields, {}};

// --- programs
constexpr std::array program_fields{
    Field{.name = "name", .kind = Kind::name, .doc = "of the process", .required = true},
    Field{.name = "host", .kind = Kind::host, .doc = "where it runs", .required = true},
    Field{.name = "terminal",
          .kind = Kind::nothing,
          .doc = "what somebody types there; default: nobody does",
          .many = Many::list,
          .shape = &typed},
    Field{.name = "files",
          .kind = Kind::nothing,
          .doc = "what it finds on the disk; default: nothing",
          .many = Many::list,
          .shape = &file},
    Field{.name = "restart_at_boot",
          .kind = Kind::word,
          .doc = "whether later boots start it again: `always` (the default), `never`, or `on-failure`: unless it had "
                 "exited with 0 or was ended by SIGHUP, SIGINT, SIGTERM or SIGPIPE",
          .words = restart_words},
};
constexpr std::array steps_fields{
    Field{.name = "steps",
          .kind = Kind::nothing,
          .doc = "its socket calls in order",
          .required = true,
          .many = Many::list,
          .shape = &step},
};
constexpr std::array echo_fields{run_field<0>, port_field};
constexpr std::array echo_poll_fields{run_field<1>, port_field};
constexpr std::array echo_epoll_fields{run_field<10>, port_field};
constexpr std::array echo_client_fields{run_field<2>, to_field};
constexpr std::array echo_client_select_fields{run_field<3>, to_field};
constexpr std::array bulk_fields{
    run_field<4>,
    to_field,
    Field{.name = "bytes", .kind = Kind::size, .doc = "how much to send", .required = true, .least = 1},
};
constexpr std::array sink_fields{run_field<5>, sink_port_field};
constexpr std::array slow_reader_fields{
    run_field<6>,
    sink_port_field,
    Field{.name = "piece", .kind = Kind::size, .doc = "at most so many bytes at once; default 1024", .least = 1},
    Field{.name = "pause", .kind = Kind::duration, .doc = "before each read; default 1s"},
};
constexpr std::array heartbeat_fields{
    run_field<7>,
    to_field,
    Field{.name = "every", .kind = Kind::duration, .doc = "between an answer and the next question; default 5s"},
    Field{.name = "timeout", .kind = Kind::duration, .doc = "gives up when no answer came for so long; default 2s"},
};
constexpr std::array reconnect_fields{
    run_field<8>,
    to_field,
    Field{.name = "first", .kind = Kind::duration, .doc = "pause after the first failure; default 1s"},
    Field{.name = "most", .kind = Kind::duration, .doc = "largest pause; default 60s"},
};
constexpr std::array idle_fields{
    run_field<9>,
    to_field,
    Field{.name = "keepalive", .kind = Kind::boolean, .doc = "SO_KEEPALIVE; default false"},
};
constexpr std::array program_variants{
    Variant{.word = {}, .doc = "Calls written out.", .fields = steps_fields},
    Variant{.word = "echo",
            .doc = "Serves each connection by a child of its own, which sends back what it reads.",
            .fields = echo_fields},
    Variant{.word = "echo_poll",
            .doc = "Echoes to all connections in one process, which waits for them with poll().",
            .fields = echo_poll_fields},
    Variant{.word = "echo_epoll", .doc = "The same with epoll, level-triggered.", .fields = echo_epoll_fields},
    Variant{.word = "echo_client",
            .doc =
                "The classic one: sends each line that is typed, waits for its echo and shows it. While it waits for "
                "the terminal, it hears nothing from the network.",
            .fields = echo_client_fields},
    Variant{.word = "echo_client_select",
            .doc = "Waits for the terminal and the connection at once, so that it learns of the server's end at once.",
            .fields = echo_client_select_fields},
    Variant{.word = "bulk",
            .doc = "Connects, sends a pattern, shuts down, reads to the end, closes.",
            .fields = bulk_fields},
    Variant{.word = "sink",
            .doc = "Accepts connections one after the other, reads to the end and checks bulk's pattern.",
            .fields = sink_fields},
    Variant{.word = "slow_reader",
            .doc = "A sink that pauses before each read, so that the window closes.",
            .fields = slow_reader_fields},
    Variant{.word = "heartbeat",
            .doc =
                "Asks for an echo now and then, and exits with status 1 when none comes in time: an application that "
                "watches its peer itself.",
            .fields = heartbeat_fields},
    Variant{.word = "reconnect",
            .doc = "Connects and reads until the end or an error, then connects anew, after a pause that doubles with "
                   "every failure in a row.",
            .fields = reconnect_fields},
    Variant{.word = "idle", .doc = "Connects and reads, but never writes.", .fields = idle_fields},
};

}  // namespace

constinit Shape const program{"a program", "A process on a host.", program_fields, program_variants};

}  // namespace tables

Shape const& program_shape() { return tables::program; }

}  // namespace tcpsim::scenario
