#include "sim/topology/topology.hpp"
#include "tests/sim/topology/walk.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace tcpsim;
using namespace tcpsim::topology;
using namespace std::chrono_literals;
using namespace tcpsim::topology::testing;

namespace {

struct Ends {
    std::string source{};
    std::string target{};
    bool operator==(Ends const&) const = default;
};
std::ostream& operator<<(std::ostream& out, Ends const& ends) { return out << ends.source << ' ' << ends.target; }

/// The addresses of the n-th link, from 0.
Ends ends(Graph const& graph, std::size_t link) {
    Edge const& edge = graph[edges_of(graph).at(link)];
    CHECK(edge.address_source.length == 24);
    CHECK(edge.address_target.length == 24);
    return {wire::to_string(edge.address_source.address), wire::to_string(edge.address_target.address)};
}

Graph chain(std::vector<NodeKind> const& kinds) {
    Graph graph;
    for (NodeKind const kind : kinds) {
        boost::add_vertex(Node{"n" + std::to_string(boost::num_vertices(graph)), kind}, graph);
    }
    for (Vertex v = 1; v < kinds.size(); ++v) {
        connect(graph, v - 1, v, Edge{});
    }
    return graph;
}

constexpr NodeKind host_ = NodeKind::host;
constexpr NodeKind router_ = NodeKind::router;

/// Every complaint of a graph made wrong in one way.
template <class Change>
std::vector<std::string> complaints(Change change) {
    Graph graph = routed(Duration{1000});
    change(graph);
    return problems(graph);
}
Edge& first_link(Graph& graph) { return graph[edges_of(graph).front()]; }
Edge& second_link(Graph& graph) { return graph[edges_of(graph).back()]; }
constexpr wire::Ipv4Prefix prefix(std::uint32_t address, std::uint8_t length) {
    return wire::Ipv4Prefix{wire::Ipv4Address{address}, length};
}
using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("addresses: those of the recordings: client 10.1.0.2, router 10.1.0.1 and 10.2.0.1, server 10.2.0.2") {
    Graph graph = routed(Duration{1000});
    assign_addresses(graph);
    CHECK(ends(graph, 0) == Ends{"10.1.0.2", "10.1.0.1"});
    CHECK(ends(graph, 1) == Ends{"10.2.0.1", "10.2.0.2"});
}

TEST_CASE("addresses: two hosts get .2 and .3, the one nearer to the first host first") {
    Graph graph = chain({host_, host_, host_});
    assign_addresses(graph);
    CHECK(ends(graph, 0) == Ends{"10.1.0.2", "10.1.0.3"});
    CHECK(ends(graph, 1) == Ends{"10.2.0.2", "10.2.0.3"});

    Graph backwards;
    boost::add_vertex(Node{.name = "first"}, backwards);
    boost::add_vertex(Node{.name = "second"}, backwards);
    connect(backwards, 1, 0, Edge{});
    assign_addresses(backwards);
    CHECK(ends(backwards, 0) == Ends{"10.1.0.3", "10.1.0.2"});
}

TEST_CASE("addresses: two routers get .1 and .2, the one nearer to the first host first") {
    Graph graph = chain({router_, router_, host_});
    assign_addresses(graph);
    CHECK(ends(graph, 0) == Ends{"10.1.0.2", "10.1.0.1"});
    CHECK(ends(graph, 1) == Ends{"10.2.0.1", "10.2.0.2"});
}

TEST_CASE("addresses: link 256 is in 10.0.1.0/24, and no two of 600 links share an address") {
    Graph graph = chain(std::vector<NodeKind>(601, router_));
    CHECK(problems(graph).empty());
    assign_addresses(graph);
    CHECK(ends(graph, 254).target.starts_with("10.255.0."));
    CHECK(ends(graph, 255).target.starts_with("10.0.1."));
    CHECK(ends(graph, 256).target.starts_with("10.1.1."));
    std::set<wire::Ipv4Address> all;
    for (auto const edge : edges_of(graph)) {
        all.insert(graph[edge].address_source.address);
        all.insert(graph[edge].address_target.address);
    }
    CHECK(all.size() == 1200);
}

TEST_CASE("addresses: those that a file gives stay, and links after it keep their number") {
    Graph graph = routed(Duration{1000});
    first_link(graph).address_source = prefix(0xc0a80002, 24);
    first_link(graph).address_target = prefix(0xc0a80001, 24);
    CHECK(problems(graph).empty());
    assign_addresses(graph);
    CHECK(ends(graph, 0) == Ends{"192.168.0.2", "192.168.0.1"});
    CHECK(ends(graph, 1) == Ends{"10.2.0.1", "10.2.0.2"});
}

TEST_CASE("problems: the shapes have none") {
    for (Graph const& graph :
         {topology::pair(Duration{1000}), routed(Duration{1000}), dumbbell(3, Duration{1}, Duration{2})}) {
        CHECK(problems(graph) == Words{});
    }
}

TEST_CASE("problems: names that are taken or cannot stand in a file name") {
    CHECK(complaints([](Graph& g) { g[0].name = "server"; }) == Words{"two nodes have the name 'server'"});
    CHECK(complaints([](Graph& g) { second_link(g).name = first_link(g).name; }) ==
          Words{"two links have the name 'client-router'"});
    for (std::string const bad : {"", "my host", "a/b", "a:b", "..", "a\nb", "\xc3\xa4"}) {
        CAPTURE(bad);
        CHECK(complaints([&](Graph& g) { g[0].name = bad; }) ==
              Words{"'" + bad + "' is not a name for a node: only letters, digits, '-', '_' and '.'"});
    }
}

TEST_CASE("problems: no nodes, nodes without a link, links to oneself, unconnected parts") {
    CHECK(problems(Graph{}) == Words{"there are no nodes"});
    CHECK(complaints([](Graph& g) { boost::add_vertex(Node{.name = "alone"}, g); }) ==
          Words{"'alone' has no link", "no path leads from 'client' to 'alone'"});
    CHECK(complaints([](Graph& g) { connect(g, 0, 0, Edge{}); }) ==
          Words{"link 'client-client' leads from a node to itself"});
    CHECK(complaints([](Graph& g) {
              Vertex const x = boost::add_vertex(Node{.name = "x"}, g);
              Vertex const y = boost::add_vertex(Node{.name = "y"}, g);
              connect(g, x, y, Edge{});
          }) == Words{"no path leads from 'client' to 'x'"});
}

TEST_CASE("problems: a delay or an MTU that no link can have") {
    CHECK(complaints([](Graph& g) { first_link(g).delay = Duration{-1}; }) ==
          Words{"the delay of link 'client-router' is not between 0 and 366 days"});
    CHECK(complaints([](Graph& g) { first_link(g).delay = Duration::max(); }).size() == 1);
    CHECK(complaints([](Graph& g) { first_link(g).mtu = 575; }) ==
          Words{"the MTU of link 'client-router' is less than 576"});
    CHECK(complaints([](Graph& g) { first_link(g).mtu = 576; }).empty());
}

TEST_CASE("problems: RED and CoDel at once, an interval of CoDel that cannot be") {
    Words const wrong{"link 'client-router': CoDel's interval is not between 1ns and 4s"};
    auto const of_interval = [](Duration interval) {
        return complaints([interval](Graph& g) { first_link(g).codel = {.target = 5ms, .interval = interval}; });
    };
    CHECK(of_interval(Duration{0}) == wrong);
    CHECK(of_interval(Duration{1}).empty());
    CHECK(of_interval(4s).empty());
    CHECK(of_interval(4s + 1ns) == wrong);
    CHECK(complaints([](Graph& g) {
              first_link(g).codel = {.target = 5ms};
              first_link(g).red = {.min_packets = 5, .max_packets = 15};
          }) == Words{"link 'client-router' has both RED and CoDel"});
}

TEST_CASE("problems: a node with more links than its MAC addresses can number") {
    Graph graph;
    Vertex const hub = boost::add_vertex(Node{"hub", router_}, graph);
    for (int i = 0; i < 257; ++i) {
        connect(graph, boost::add_vertex(Node{.name = "h" + std::to_string(i)}, graph), hub, Edge{});
    }
    CHECK(problems(graph) == Words{"'hub' has more than 256 links"});
}

TEST_CASE("problems: addresses that contradict each other") {
    auto const with = [](wire::Ipv4Prefix source, wire::Ipv4Prefix target) {
        return complaints([&](Graph& g) {
            first_link(g).address_source = source;
            first_link(g).address_target = target;
        });
    };
    CHECK(with(prefix(0xc0a80002, 24), {}) == Words{"link 'client-router' has an address at one end only"});
    Words const apart{"the ends of link 'client-router' are not in one subnet"};
    CHECK(with(prefix(0xc0a80002, 24), prefix(0xc0a80101, 24)) == apart);
    CHECK(with(prefix(0xc0a80002, 24), prefix(0xc0a80001, 25)) == apart);
    CHECK(with(prefix(0xc0a80002, 32), prefix(0xc0a80001, 32)) == apart);
    CHECK(with(prefix(0xc0a80002, 24), prefix(0xc0a80002, 24)) ==
          Words{"both ends of link 'client-router' have one address"});
    // 10.2.0.0/24 is what the second link will get.
    CHECK(with(prefix(0x0a020005, 24), prefix(0x0a020006, 24)) ==
          Words{"the subnets of links 'client-router' and 'router-server' overlap"});
    CHECK(with(prefix(0x0a000005, 8), prefix(0x0a000006, 8)) ==
          Words{"the subnets of links 'client-router' and 'router-server' overlap"});
}
