#include "sim/topology/topology.hpp"
#include "tests/sim/topology/walk.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <array>
#include <tuple>

using namespace tcpsim;
using namespace tcpsim::topology;
using namespace tcpsim::topology::testing;
using namespace std::chrono_literals;

namespace {

using GraphRead = std::variant<Graph, std::string>;

auto link_fields(Edge const& e) {
    return std::tuple{e.name,   e.delay, e.bits_per_second, e.queue_packets,  e.mtu,   e.queue_bytes, e.red, e.codel,
                      e.jitter, e.loss,  e.address_source,  e.address_target, e.direct};
}

bool same(Graph const& x, Graph const& y) {
    if (boost::num_vertices(x) != boost::num_vertices(y) || boost::num_edges(x) != boost::num_edges(y)) {
        return false;
    }
    for (Vertex v = 0; v < boost::num_vertices(x); ++v) {
        if (x[v].name != y[v].name || x[v].kind != y[v].kind) {
            return false;
        }
    }
    auto const xs = edges_of(x);
    auto const ys = edges_of(y);
    for (std::size_t i = 0; i < xs.size(); ++i) {
        if (boost::source(xs[i], x) != boost::source(ys[i], y) || boost::target(xs[i], x) != boost::target(ys[i], y) ||
            link_fields(x[xs[i]]) != link_fields(y[ys[i]])) {
            return false;
        }
    }
    return true;
}

bool same(Graph const& expected, GraphRead const& read) {
    INFO((read.index() == 0 ? "" : std::get<std::string>(read)));
    REQUIRE(read.index() == 0);
    return same(expected, std::get<Graph>(read));
}

std::string error_of(GraphRead const& read) { return read.index() == 0 ? "" : std::get<std::string>(read); }

/// Names that DOT knows as keywords, numbers or attributes are names like any other.
Graph awkward() {
    Graph graph;
    for (char const* name :
         {"node", "zebra", "edge", "graph", "Strict", "subgraph", "digraph", "7", "1.5", "-", "a-b", "name"}) {
        boost::add_vertex(Node{name, NodeKind::router}, graph);
    }
    for (Vertex v = 1; v < boost::num_vertices(graph); ++v) {
        connect(graph, v, v - 1, Edge{});
    }
    connect(graph, 1, 0, Edge{.name = "parallel"});
    return graph;
}

Graph full() {
    Graph graph = dumbbell(2, 1ms, Duration{10'000'001});
    assign_addresses(graph);
    Edge& core = graph[edges_of(graph)[2]];
    core.name = "core";
    core.bits_per_second = 1'500'000;
    core.queue_packets = 0;
    core.mtu = 9000;
    core.queue_bytes = 64'000;
    core.red = {.min_packets = 5, .max_packets = 15, .at_max = {50'000}, .weight_shift = 7, .marks = true};
    core.jitter = 3ms;
    core.loss = {{1}, {500'000}, {20'000}, {300'000}};
    core.direct = true;
    Edge& left = graph[edges_of(graph)[0]];
    left.codel = {.target = 7ms, .interval = 150ms, .marks = true};
    left.loss = {.good = {10'000}};
    return graph;
}

rc::Gen<std::string> any_name() {
    auto const letter = rc::gen::elementOf(std::string{"abzAZ019-_."});
    return rc::gen::map(rc::gen::container<std::string>(letter), [](std::string text) { return "n" + text; });
}

Graph any_graph() {
    auto const names = *rc::gen::unique<std::vector<std::string>>(any_name());
    RC_PRE(names.size() >= 2);
    Graph graph;
    for (std::string const& name : names) {
        boost::add_vertex(Node{name, *rc::gen::element(NodeKind::host, NodeKind::router)}, graph);
    }
    for (Vertex v = 1; v < names.size(); ++v) {
        Edge edge;
        edge.name = "l" + std::to_string(v);
        edge.delay = Duration{*rc::gen::inRange<std::int64_t>(0, 366LL * 24 * 3600 * 1'000'000'000)};
        edge.bits_per_second = *rc::gen::inRange<std::uint64_t>(0, 1'000'000'000'000);
        edge.queue_packets = *rc::gen::arbitrary<std::uint32_t>();
        edge.mtu = *rc::gen::arbitrary<std::uint16_t>();
        connect(graph, v, *rc::gen::inRange<Vertex>(0, v), edge);
    }
    if (*rc::gen::arbitrary<bool>()) {
        assign_addresses(graph);
    }
    return graph;
}

}  // namespace

TEST_CASE("DOT and GraphML: what is written is read: nodes, links and their order, and every property") {
    for (Graph const& graph : {topology::pair(20400us), routed(20400us), full(), awkward(), Graph{}}) {
        CHECK(same(graph, read_dot(write_dot(graph))));
        CHECK(same(graph, read_graphml(write_graphml(graph))));
    }
    CHECK(rc::check("round trip", [] {
        Graph const graph = any_graph();
        RC_ASSERT(same(graph, read_dot(write_dot(graph))));
        RC_ASSERT(same(graph, read_graphml(write_graphml(graph))));
    }));
}

TEST_CASE("DOT: what a person writes is read, with defaults for what is not said and without a drawing's attributes") {
    auto const read = read_dot(R"(graph net {
        rankdir=LR;
        router [kind=router, shape=box, label="the router"];  // before the others
        client -- router [delay="10.2ms", color=red];
        router -- server [rate="10Mbit/s", queue=50];
    })");
    CAPTURE(error_of(read));
    REQUIRE(read.index() == 0);
    Graph const& graph = std::get<Graph>(read);
    REQUIRE(boost::num_vertices(graph) == 3);
    CHECK(graph[node(graph, "router")].kind == NodeKind::router);
    CHECK(graph[node(graph, "client")].kind == NodeKind::host);
    auto const edges = edges_of(graph);
    REQUIRE(edges.size() == 2);
    CHECK(graph[edges[0]].name == "client-router");
    CHECK(graph[edges[0]].delay == 10200us);
    CHECK(graph[edges[0]].bits_per_second == 0);
    CHECK(graph[edges[1]].bits_per_second == 10'000'000);
    CHECK(graph[edges[1]].queue_packets == 50);
    CHECK(graph[edges[1]].mtu == Edge{}.mtu);
}

TEST_CASE("DOT and GraphML: an attribute that makes no sense is named, with what was expected") {
    CHECK(error_of(read_dot("graph { a -- b [delay=\"soon\"] }")) ==
          "link 'a-b', delay: 'soon' is not a duration, expected a duration such as 10ms, 1.5s or 2min");
    CHECK(error_of(read_dot("graph { a -- b [name=x, rate=10] }")) ==
          "link 'x', rate: '10' has no unit, expected a rate such as 10Mbit/s or 1Gbit/s");
    CHECK(error_of(read_dot("graph { a -- b [queue=4294967296] }")) ==
          "link 'a-b', queue: '4294967296' is out of range, expected a whole number from 0 to 4294967295");
    for (char const* text : {"5ms 100ms", "5 100ms true", "5ms 100 true", "5ms 100ms maybe"}) {
        CHECK(error_of(read_dot(std::string{"graph { a -- b [codel=\""} + text + "\"] }")) ==
              std::string{"link 'a-b', codel: '"} + text + "' is no CoDel, expected 'target interval marks'");
    }
    CHECK(error_of(read_dot("graph { a -- b [mtu=65536] }")) ==
          "link 'a-b', mtu: '65536' is out of range, expected a whole number from 0 to 65535");
    CHECK(error_of(read_dot("graph { a -- b [address_target=\"10.1.0.300/24\"] }")) ==
          "link 'a-b', address_target: '10.1.0.300/24' is not an address, expected one such as 10.1.0.2/24");
    CHECK(error_of(read_dot("graph { a [kind=hub]; a -- b }")) ==
          "node 'a', kind: 'hub' is no kind of node, expected 'host', 'router' or 'switch'");
    std::string graphml = write_graphml(routed(20400us));
    graphml.replace(graphml.find("10.2ms"), 6, "10.2mm");
    CHECK(error_of(read_graphml(graphml)) ==
          "link 'client-router', delay: '10.2mm' has the unknown unit 'mm', expected one of ns, us, ms, s, min or h");
}

TEST_CASE("DOT and GraphML: what is no graph is an error in words") {
    for (char const* text : {"", "graph", "graph {", "digraph { a -> b }", "graph { a -> b }", "graph { a -- }",
                             "\xff\xfe", "graph { \"a -- b }", "graph { a [", "graph { a -- b } }", "<a>"}) {
        CAPTURE(text);
        CHECK(error_of(read_dot(text)).starts_with("not a DOT graph: "));
    }
    std::string const directed = R"(<graphml><graph edgedefault="directed"><node id="a"/><node id="b"/>)"
                                 R"(<edge source="a" target="b"/></graph></graphml>)";
    for (std::string const& text :
         {std::string{}, std::string{"<"}, std::string{"<graphml>"}, std::string{"<x/>"}, std::string{"text"}, directed,
          std::string{"<graphml><graph><node/></graph></graphml>"}, std::string{"<!DOCTYPE x []><graphml/>"},
          std::string{"<graphml><key id='k' for='nobody'/></graphml>"},
          std::string{"<graphml><graph><node id='a'><data key='none'>1</data></node></graph></graphml>"}}) {
        CAPTURE(text);
        CHECK(error_of(read_graphml(text)).starts_with("not a GraphML graph: "));
    }
}

TEST_CASE("GraphML: an edge ends at nodes that are there") {
    std::string const text = R"(<graphml><graph edgedefault="undirected"><node id="a"/><node id="b"/>)"
                             R"(<edge source="a" target="b"/><edge source="a" target="zz"/></graph></graphml>)";
    CHECK(error_of(read_graphml(text)) == "not a GraphML graph: an edge ends at 'zz', which is no node");
}

namespace {

std::string repeated(std::string const& text, std::size_t times) {
    std::string result;
    for (std::size_t i = 0; i < times; ++i) {
        result += text;
    }
    return result;
}

}  // namespace

TEST_CASE("DOT: nesting, products of subgraphs, endless strings and sheer size end in an error") {
    constexpr std::size_t many = 100'000;
    CHECK(error_of(read_dot("graph " + repeated("{", many))) ==
          "not a DOT graph: more than one '{' (subgraphs are not read)");
    CHECK(error_of(read_dot("graph { {a b} -- {c d} }")) ==
          "not a DOT graph: more than one '{' (subgraphs are not read)");
    CHECK(error_of(read_dot(std::string(2U << 20U, ' '))) == "not a DOT graph: more than 1048576 bytes");
    for (std::string const& text :
         {"graph { " + repeated("a -- ", many) + "a", "graph { a [x=\"" + repeated("\\\"", many),
          "graph { a " + repeated("[", many), "graph { /*" + repeated("*", many), repeated("<", many),
          "graph { a [label=" + repeated("<b", many), "graph { a [label=" + repeated("<b>", many / 10)}) {
        CAPTURE(text.substr(0, 20));
        CHECK(error_of(read_dot(text)).starts_with("not a DOT graph: "));
    }
}

TEST_CASE("GraphML: nesting and sheer size end in an error, hidden or not") {
    constexpr std::size_t many = 100'000;
    std::string const deep = "not a GraphML graph: elements are nested more than 64 deep";
    std::string const open = repeated("<a>", many);
    CHECK(error_of(read_graphml(open)) == deep);
    CHECK(error_of(read_graphml(repeated("<!-- </a></a> --><a>", 1000))) == deep);
    CHECK(error_of(read_graphml(repeated("<a x='</a></a>'>", 1000))) == deep);
    CHECK(error_of(read_graphml(repeated("<a x='/>'>", 1000))) == deep);
    CHECK(error_of(read_graphml(repeated("<? </a></a> ?><a>", 1000))) == deep);
    // What could hide a tag from us but not from the parser is refused: quotes in names, sections, declarations.
    for (std::string const& hidden : {"<a\"" + open + "\">", "<![CDATA[" + open + "]]>", "<!DOCTYPE '" + open + "'>",
                                      "<a b" + open, "<a b=c" + open, "<!-- " + open, "<? " + open}) {
        CAPTURE(hidden.substr(0, 20));
        CHECK(error_of(read_graphml(hidden)).starts_with("not a GraphML graph: no tag or comment at byte "));
    }
    CHECK(error_of(read_graphml(std::string(2U << 20U, ' '))) == "not a GraphML graph: more than 1048576 bytes");
}

TEST_CASE("DOT and GraphML: damaged or random text gives a graph or an error, never a crash") {
    Graph const graph = full();
    std::array<std::string, 2> const texts{write_dot(graph), write_graphml(graph)};
    auto const try_both = [](std::string const& text) {
        for (GraphRead const& read : {read_dot(text), read_graphml(text)}) {
            RC_ASSERT((read.index() == 0) != !error_of(read).empty());
            if (read.index() == 0) {
                problems(std::get<Graph>(read));
            }
        }
    };
    CHECK(rc::check("damaged", [&] {
        std::string text = texts[*rc::gen::inRange<std::size_t>(0, 2)];
        auto const cuts = *rc::gen::inRange(1, 5);
        for (int i = 0; i < cuts; ++i) {
            auto const from = *rc::gen::inRange<std::size_t>(0, text.size());
            auto const length = *rc::gen::inRange<std::size_t>(0, 10);
            auto const replacement = *rc::gen::container<std::string>(
                rc::gen::oneOf(rc::gen::elementOf(std::string{"<>/\"'{}[]=-;&#\\ an0"}), rc::gen::arbitrary<char>()));
            text.replace(from, length, replacement);
        }
        try_both(text);
    }));
    CHECK(rc::check("random", [&] {
        try_both(*rc::gen::container<std::string>(
            rc::gen::oneOf(rc::gen::elementOf(std::string{"<>/\"'{}[]=-;&#\\ an0"}), rc::gen::arbitrary<char>())));
    }));
}
