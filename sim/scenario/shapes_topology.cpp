// The tables of the file's root and of topologies.
#include "sim/scenario/shape_leaves.hpp"
#include "sim/scenario/words.hpp"

namespace tcpsim::scenario {

namespace tables {

namespace {

using std::string_view_literals::operator""sv;

constexpr std::array node_kinds{"host"sv, "router"sv, "switch"sv};
std::span<std::string_view const> node_kind_words() { return node_kinds; }
constexpr std::array pair_word{"pair"sv};
constexpr std::array routed_word{"routed"sv};
constexpr std::array dumbbell_word{"dumbbell"sv};

constexpr std::array node_fields{
    Field{.name = "name", .kind = Kind::name, .doc = "what the rest of the file calls it", .required = true},
    Field{.name = "kind",
          .kind = Kind::word,
          .doc = "`host` (the default), `router`, or `switch`: what is plugged into it is one segment",
          .words = node_kind_words},
    Field{.name = "nat", .kind = Kind::nothing, .doc = "a router's", .shape = &nat},
    Field{.name = "firewall", .kind = Kind::nothing, .doc = "a router's", .shape = &firewall},
    Field{.name = "load_balancer", .kind = Kind::nothing, .doc = "a router's", .shape = &load_balancer},
    Field{.name = "syn_proxy", .kind = Kind::nothing, .doc = "a router's", .shape = &syn_proxy},
};
constexpr Shape node{"a node", "A computer, or what is between computers.", node_fields, {}};

constexpr std::array red_fields{
    Field{.name = "min",
          .kind = Kind::integer,
          .doc = "packets: below this average nothing is dropped",
          .required = true,
          .most = 1'000'000},
    Field{.name = "max",
          .kind = Kind::integer,
          .doc = "packets: from this average on everything is",
          .required = true,
          .least = 1,
          .most = 1'000'000},
    Field{.name = "at_max", .kind = Kind::probability, .doc = "of a drop just below max; default 10%"},
    Field{.name = "ecn", .kind = Kind::boolean, .doc = "true: marks what is ECN-capable (RFC 3168); default false"},
};
constexpr Shape red{
    "random early detection", "Floyd and Jacobson 1993; the average moves by 1/512 with each packet.", red_fields, {}};

constexpr std::array codel_fields{
    Field{.name = "target", .kind = Kind::duration, .doc = "of the time in the queue; default 5ms"},
    Field{.name = "interval", .kind = Kind::duration, .doc = "for so long it may be longer; at most 4s; default 100ms"},
    Field{.name = "ecn", .kind = Kind::boolean, .doc = "true: marks what is ECN-capable (RFC 3168); default false"},
};
constexpr Shape codel{"controlled delay", "RFC 8289, with its numbers unless you say others.", codel_fields, {}};

constexpr std::array link_fields{
    Field{.name = "between",
          .kind = Kind::node,
          .doc = "the two nodes that it joins",
          .required = true,
          .many = Many::pair},
    Field{.name = "name", .kind = Kind::name, .doc = "default: both nodes' names with a '-' between"},
    Field{.name = "delay", .kind = Kind::duration, .doc = "one way, each way; default 0s"},
    Field{.name = "rate", .kind = Kind::rate, .doc = "default: as fast as you like"},
    Field{.name = "queue",
          .kind = Kind::integer,
          .doc = "packets that may wait for the transmitter; default 1000",
          .least = 1,
          .most = 1'000'000},
    Field{.name = "mtu",
          .kind = Kind::integer,
          .doc = "largest IP packet in bytes, at least the 576 that every host must accept (RFC 791); default 1500",
          .least = 576,
          .most = 65535},
    Field{.name = "queue_bytes", .kind = Kind::size, .doc = "bytes that may wait; default: as many as may"},
    Field{.name = "red",
          .kind = Kind::nothing,
          .doc = "random early detection; default: only what is full drops",
          .shape = &red},
    Field{.name = "codel", .kind = Kind::nothing, .doc = "controlled delay, in place of red", .shape = &codel},
    Field{.name = "jitter", .kind = Kind::duration, .doc = "at most so much later, in order; default 0s"},
    Field{.name = "loss", .kind = Kind::probability, .doc = "of each frame; default 0%", .shape = &loss},
    Field{.name = "direct",
          .kind = Kind::boolean,
          .doc = "true: one cable, so that each end sees the other's power; default: a switch stands between"},
};
constexpr Shape link{"a link", "A cable, full duplex.", link_fields, {}};

constexpr std::array graph_fields{
    Field{.name = "nodes",
          .kind = Kind::nothing,
          .doc = "hosts and routers",
          .required = true,
          .many = Many::list,
          .shape = &node},
    Field{.name = "links",
          .kind = Kind::nothing,
          .doc = "what joins them",
          .required = true,
          .many = Many::list,
          .shape = &link},
    Field{.name = "name", .kind = Kind::text, .doc = "for the reader"},
    Field{.name = "about", .kind = Kind::text, .doc = "for the reader"},
};

constexpr Field rtt{.name = "rtt", .kind = Kind::duration, .doc = "there and back, without queues", .required = true};
constexpr std::array pair_fields{
    Field{.name = "shape",
          .kind = Kind::word,
          .doc = "`pair`",
          .required = true,
          .words = [] { return std::span<std::string_view const>{pair_word}; }},
    rtt,
};
constexpr std::array routed_fields{
    Field{.name = "shape",
          .kind = Kind::word,
          .doc = "`routed`",
          .required = true,
          .words = [] { return std::span<std::string_view const>{routed_word}; }},
    rtt,
};
constexpr std::array dumbbell_fields{
    Field{.name = "shape",
          .kind = Kind::word,
          .doc = "`dumbbell`",
          .required = true,
          .words = [] { return std::span<std::string_view const>{dumbbell_word}; }},
    Field{
        .name = "pairs", .kind = Kind::integer, .doc = "hosts on each side", .required = true, .least = 1, .most = 100},
    Field{.name = "access_delay",
          .kind = Kind::duration,
          .doc = "one way, between a host and its router",
          .required = true},
    Field{.name = "core_delay", .kind = Kind::duration, .doc = "one way, between the routers", .required = true},
};
constexpr std::array topology_variants{
    Variant{.word = "pair", .doc = "client – server, one cable.", .fields = pair_fields},
    Variant{
        .word = "routed", .doc = "client – router – server; the router is near the server.", .fields = routed_fields},
    Variant{
        .word = "dumbbell", .doc = "Several clients and servers, two routers between them.", .fields = dumbbell_fields},
    Variant{.word = {}, .doc = "A graph of your own.", .fields = graph_fields},
};
constexpr Shape topology{"a topology",
                         "Who is joined to whom: a shape by name, a graph, or the name of a file in topologies/.",
                         {},
                         topology_variants};

constexpr std::array neighbour_words{"static"sv, "arp"sv};
constexpr std::array routing_fields{
    Field{.name = "reconverge",
          .kind = Kind::duration,
          .doc = "so long after a carrier came or went routers go around what is down; default: never"},
    Field{.name = "equal_cost",
          .kind = Kind::boolean,
          .doc = "true: flows are shared among ways of equal cost; default: the first has all"},
};
constexpr Shape routing{"routing", "Shortest paths by delay, then hops.", routing_fields, {}};

constexpr std::array scenario_fields{
    Field{.name = "$schema", .kind = Kind::text, .doc = "for editors: docs/scenario.schema.json"},
    Field{.name = "name", .kind = Kind::name, .doc = "one word for it", .required = true},
    Field{.name = "about", .kind = Kind::text, .doc = "a sentence or two"},
    Field{.name = "seed", .kind = Kind::integer, .doc = "of everything random; default 1"},
    Field{.name = "until",
          .kind = Kind::duration,
          .doc = "virtual time at which to stop; default: when nothing is left to happen"},
    Field{.name = "topology",
          .kind = Kind::file,
          .doc = "hosts, routers and links",
          .required = true,
          .shape = &topology},
    Field{.name = "neighbours",
          .kind = Kind::word,
          .doc = "`static` (the default): MAC addresses are known; `arp`: they are asked for",
          .words = [] { return std::span<std::string_view const>{neighbour_words}; }},
    Field{.name = "routing", .kind = Kind::nothing, .doc = "how routers find ways; default: once", .shape = &routing},
    Field{.name = "hosts",
          .kind = Kind::host_body,
          .doc = "what runs on the topology's hosts; a host that is not mentioned has profile linux",
          .many = Many::by_name},
    Field{.name = "programs", .kind = Kind::nothing, .doc = "what the hosts do", .many = Many::list, .shape = &program},
    Field{.name = "timeline",
          .kind = Kind::nothing,
          .doc = "what happens to hosts and links",
          .many = Many::list,
          .shape = &timeline_step},
    Field{.name = "expect",
          .kind = Kind::nothing,
          .doc = "what must have been seen at the end",
          .many = Many::list,
          .shape = &expectation},
};
constexpr Shape scenario{"a scenario", "One experiment.", scenario_fields, {}};

}  // namespace

constinit Shape const graph{
    "a graph", "Nodes and the links between them: the whole of a file in topologies/.", graph_fields, {}};

}  // namespace tables

Shape const& scenario_shape() { return tables::scenario; }
Shape const& graph_shape() { return tables::graph; }
Shape const& around_shape() { return tables::around; }
Shape const& pattern_shape() { return tables::pattern; }
Shape const& amount_shape() { return tables::amount; }

}  // namespace tcpsim::scenario
