// The tables of the timeline, its conditions, and the expectations.
#include "sim/scenario/shape_leaves.hpp"
#include "sim/scenario/words.hpp"

namespace tcpsim::scenario {

namespace tables {

namespace {

constexpr Field nth{.name = "nth",
                    .kind = Kind::integer,
                    .doc = "only the n-th that matches, from 1; default 1",
                    .least = 1,
                    .most = most_nth};

// --- what packets and calls are meant
constexpr Field which_program{.name = "program", .kind = Kind::program, .doc = "whose call", .required = true};
constexpr Field which_call{
    .name = "call", .kind = Kind::word, .doc = "which kind of call", .required = true, .words = call_words};

// --- when
constexpr std::array when_call_fields{which_program, which_call, nth};
constexpr Shape when_call{"a call", "A call of a program, by its POSIX name.", when_call_fields, {}};
constexpr std::array when_packet_fields{
    Field{.name = "host", .kind = Kind::host, .doc = "at whose interface", .required = true},
    flags,
    data,
    nth,
};
constexpr Shape when_packet{
    "a packet at a host", "A TCP segment that passes a host's interface.", when_packet_fields, {}};
constexpr std::array when_state_fields{
    Field{.name = "host", .kind = Kind::host, .doc = "whose connection", .required = true},
    Field{.name = "is", .kind = Kind::word, .doc = "the state that it enters", .required = true, .words = state_words},
    nth,
};
constexpr Shape when_state{"a state", "A connection enters a state.", when_state_fields, {}};
constexpr std::array when_happened_fields{
    Field{.name = "what",
          .kind = Kind::word,
          .doc = "which kind of happening",
          .required = true,
          .words = happening_words},
    Field{.name = "host", .kind = Kind::host, .doc = "to which host; default: to any"},
    Field{.name = "link", .kind = Kind::link, .doc = "to which link; default: to any"},
    nth,
};
constexpr Shape when_happened{"a happening",
                              "Something happened to a host, a process or a link. Every host boots once at the start.",
                              when_happened_fields,
                              {}};

constexpr std::array when_called{Field{.name = "called",
                                       .kind = Kind::nothing,
                                       .doc = "a program has made a call",
                                       .required = true,
                                       .shape = &when_call}};
constexpr std::array when_returned{Field{
    .name = "returned", .kind = Kind::nothing, .doc = "a call has returned", .required = true, .shape = &when_call}};
constexpr std::array when_sent{Field{.name = "sent",
                                     .kind = Kind::nothing,
                                     .doc = "a host has sent a segment",
                                     .required = true,
                                     .shape = &when_packet}};
constexpr std::array when_received{Field{.name = "received",
                                         .kind = Kind::nothing,
                                         .doc = "a segment has reached a host",
                                         .required = true,
                                         .shape = &when_packet}};
constexpr std::array when_entered{Field{.name = "state",
                                        .kind = Kind::nothing,
                                        .doc = "a connection has entered a state",
                                        .required = true,
                                        .shape = &when_state}};
constexpr std::array when_happening{Field{.name = "happened",
                                          .kind = Kind::nothing,
                                          .doc = "something has happened",
                                          .required = true,
                                          .shape = &when_happened}};
constexpr std::array when_variants{
    Variant{.word = {}, .doc = "At the moment of the call.", .fields = when_called},
    Variant{.word = {}, .doc = "At the moment of its return.", .fields = when_returned},
    Variant{.word = {}, .doc = "As it leaves.", .fields = when_sent},
    Variant{.word = {}, .doc = "As it arrives.", .fields = when_received},
    Variant{.word = {}, .doc = "As it changes.", .fields = when_entered},
    Variant{.word = {}, .doc = "As it happens.", .fields = when_happening},
};
constexpr Shape when{"a condition",
                     "One of a closed list. The step comes right after the event that fulfils it, or `delay` later.",
                     {},
                     when_variants};

// --- timeline steps
constexpr std::array timeline_fields{
    Field{.name = "name", .kind = Kind::name, .doc = "for `after`, `heal` and --set; default: made of verb and target"},
    Field{.name = "at",
          .kind = Kind::instant,
          .doc = "since the world's start; at 0s, before programs make their first calls"},
    Field{.name = "after",
          .kind = Kind::step,
          .doc = "when this other step has come, even if it found nothing to do (a boot of a running host)"},
    Field{.name = "when", .kind = Kind::nothing, .doc = "when this condition is first fulfilled", .shape = &when},
    Field{.name = "delay", .kind = Kind::duration, .doc = "how long after `after` or `when`; default 0s"},
    Field{.name = "may_never_fire",
          .kind = Kind::boolean,
          .doc = "true: the scenario holds even if this never happened; default false"},
};
constexpr std::array<std::string_view, 3> start_keys{"at", "after", "when"};
// --- expectations
constexpr std::array expectation_fields{
    Field{.name = "name", .kind = Kind::text, .doc = "for the report; default: the expectation in words"}};
constexpr Field seq{
    .name = "seq",
    .kind = Kind::integer,
    .doc = "only segments with this sequence number, relative to the SYN's (SYN is 0, the first byte 1)",
    .most = 4'294'967'295};
constexpr Field from{.name = "from", .kind = Kind::host, .doc = "who sent it; default: any host"};
constexpr Field to{.name = "to", .kind = Kind::host, .doc = "for whom; default: any host"};
constexpr std::array call_fields{
    which_program,
    which_call,
    Field{.name = "socket", .kind = Kind::socket, .doc = "only calls on this socket of the program's steps"},
    Field{.name = "nth",
          .kind = Kind::integer,
          .doc = "the n-th such step (of a built-in program: call), from 1; default 1",
          .least = 1,
          .most = most_nth},
    Field{.name = "returns",
          .kind = Kind::returned,
          .doc = "a number, the \"text\" that was read, or `end` for the end of the stream"},
    Field{.name = "fails", .kind = Kind::word, .doc = "its error", .words = errno_words},
    Field{.name = "at", .kind = Kind::instant, .doc = "when it returned, since the world's start", .shape = &around},
    Field{.name = "takes", .kind = Kind::duration, .doc = "how long it took", .shape = &around},
    Field{.name = "never_returns", .kind = Kind::boolean, .doc = "true: it is made and still waits at the end"},
};
constexpr Shape call{"an expected call", "What a program's call came to.", call_fields, {}};
constexpr std::array packets_fields{
    from,
    to,
    flags,
    data,
    seq,
    Field{.name = "count", .kind = Kind::integer, .doc = "exactly so many"},
    Field{.name = "at_least", .kind = Kind::integer, .doc = "default 1"},
    Field{.name = "at_most", .kind = Kind::integer, .doc = "default: any number"},
    Field{.name = "first_at",
          .kind = Kind::instant,
          .doc = "when the first was sent, since the world's start",
          .shape = &around},
    Field{.name = "last_at", .kind = Kind::instant, .doc = "when the last was sent", .shape = &around},
    Field{.name = "gaps",
          .kind = Kind::duration,
          .doc = "the time from each to the next: exactly so many gaps",
          .many = Many::list,
          .shape = &around},
    Field{.name = "within",
          .kind = Kind::duration,
          .doc = "how far each gap that has no tolerance of its own may differ; default 0s"},
};
constexpr Shape packets{
    "expected packets", "TCP segments as they left their sender, lost ones included.", packets_fields, {}};
constexpr std::array never_fields{from, to, flags, data, seq};
constexpr Shape never_shape{"unexpected packets", "Not one such segment was sent.", never_fields, {}};
constexpr std::array state_fields{
    Field{.name = "host", .kind = Kind::host, .doc = "whose connection", .required = true},
    Field{.name = "is",
          .kind = Kind::word,
          .doc = "CLOSED: no connection is left; else: one is in this state",
          .required = true,
          .words = state_words},
    Field{.name = "peer", .kind = Kind::host, .doc = "only connections with this host"},
    Field{.name = "at", .kind = Kind::instant, .doc = "since the world's start; default: at the end"},
};
constexpr Shape state{"an expected state", "The state of a host's connections.", state_fields, {}};
constexpr std::array expect_call{
    Field{.name = "call", .kind = Kind::nothing, .doc = "a call of a program", .required = true, .shape = &call}};
constexpr std::array expect_packets{Field{
    .name = "packets", .kind = Kind::nothing, .doc = "packets that were sent", .required = true, .shape = &packets}};
constexpr std::array expect_never{Field{.name = "never",
                                        .kind = Kind::nothing,
                                        .doc = "packets that were never sent",
                                        .required = true,
                                        .shape = &never_shape}};
constexpr std::array expect_state{
    Field{.name = "state", .kind = Kind::nothing, .doc = "a state", .required = true, .shape = &state}};
constexpr std::array expectation_variants{
    Variant{.word = {}, .doc = "What a call returned, and when.", .fields = expect_call},
    Variant{.word = {}, .doc = "Which packets were sent, how many, and when.", .fields = expect_packets},
    Variant{.word = {}, .doc = "Which packets were not sent.", .fields = expect_never},
    Variant{.word = {}, .doc = "What became of a connection.", .fields = expect_state},
};

}  // namespace

constinit Shape const timeline_step{"a timeline step",
                                    "What happens, and when: exactly one of `at`, `after` and `when`.",
                                    timeline_fields,
                                    fault_variants,
                                    false,
                                    start_keys};
constinit Shape const expectation{"an expectation", "What must have been seen at the end.", expectation_fields,
                                  expectation_variants};

}  // namespace tables

Shape const& timeline_shape() { return tables::timeline_step; }
Shape const& expectation_shape() { return tables::expectation; }

}  // namespace tcpsim::scenario
