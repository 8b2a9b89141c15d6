#include "sim/topology/topology.hpp"
#include "stack/base/check.hpp"
#include "tests/sim/topology/walk.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <limits>
#include <set>

using namespace tcpsim;
using namespace tcpsim::topology;
using namespace tcpsim::topology::testing;
using namespace std::chrono_literals;

namespace {

Vertex add(Graph& graph, std::string name, NodeKind kind) {
    return boost::add_vertex(Node{std::move(name), kind}, graph);
}

/// `count` routers, each with one host; ring: the last router is linked to the first.
Graph street(int count, bool ring, Duration delay) {
    Graph graph;
    std::vector<Vertex> routers;
    for (int i = 0; i < count; ++i) {
        std::string const number = std::to_string(i);
        routers.push_back(add(graph, "r" + number, NodeKind::router));
        connect(graph, add(graph, "h" + number, NodeKind::host), routers.back(), Edge{});
    }
    for (std::size_t i = 1; i < routers.size(); ++i) {
        connect(graph, routers[i - 1], routers[i], Edge{.delay = delay});
    }
    if (ring) {
        connect(graph, routers.back(), routers.front(), Edge{.delay = delay});
    }
    return graph;
}

wire::Ipv4Address address_of(std::vector<Plugged> const& nodes, Vertex v, std::size_t interface = 0) {
    return nodes[v].configuration.interfaces.at(interface).address.address;
}

std::vector<std::string> names(Graph const& graph, std::vector<Vertex> const& path) {
    std::vector<std::string> result;
    for (Vertex const v : path) {
        result.push_back(graph[v].name);
    }
    return result;
}

std::vector<std::string> path(Graph const& graph, std::vector<Plugged> const& nodes, std::string const& from,
                              std::string const& to) {
    auto const arrived = walk(graph, nodes, node(graph, from), address_of(nodes, node(graph, to)));
    return arrived ? names(graph, arrived->path) : std::vector<std::string>{};
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("routes: hosts of the shapes reach each other over the shape's links, with its round trip") {
    constexpr Duration rtt = 20400us;
    for (Graph graph : {topology::pair(rtt), routed(rtt)}) {
        auto const nodes = configured(graph);
        Vertex const client = node(graph, "client");
        Vertex const server = node(graph, "server");
        auto const there = walk(graph, nodes, client, address_of(nodes, server));
        auto const back = walk(graph, nodes, server, address_of(nodes, client));
        REQUIRE(there);
        REQUIRE(back);
        CHECK(there->delay() + back->delay() == rtt);
        CHECK(there->path.size() == boost::num_vertices(graph));
    }
}

TEST_CASE("routes: hosts with one link have a default route through their router, or nothing but the link") {
    Graph graph = routed(20ms);
    auto const nodes = configured(graph);
    auto const& client = nodes[node(graph, "client")].configuration;
    REQUIRE(client.routes.size() == 2);
    CHECK(client.routes[0].destination == wire::Ipv4Prefix{{0x0a010000}, 24});
    CHECK_FALSE(client.routes[0].gateway);
    CHECK(client.routes[1].destination == wire::Ipv4Prefix{});
    CHECK(client.routes[1].gateway == wire::Ipv4Address{0x0a010001});

    Graph direct = topology::pair(20ms);
    auto const pair_nodes = configured(direct);
    CHECK(pair_nodes[0].configuration.routes.size() == 1);
    CHECK_FALSE(pair_nodes[0].configuration.routes[0].gateway);
}

TEST_CASE("routes: a line of five routers is walked from end to end, and every router knows every subnet") {
    Graph graph = street(5, false, 1ms);
    auto const nodes = configured(graph);
    CHECK(path(graph, nodes, "h0", "h4") == Names{"h0", "r0", "r1", "r2", "r3", "r4", "h4"});
    CHECK(path(graph, nodes, "h4", "h0") == Names{"h4", "r4", "r3", "r2", "r1", "r0", "h0"});
    CHECK(path(graph, nodes, "h1", "h3") == Names{"h1", "r1", "r2", "r3", "h3"});
    for (int i = 0; i < 5; ++i) {
        auto const& router = nodes[node(graph, "r" + std::to_string(i))];
        CHECK(router.configuration.routes.size() == boost::num_edges(graph));
    }
}

TEST_CASE("routes: a ring is crossed by the shorter way") {
    Graph graph = street(5, true, 1ms);
    auto const nodes = configured(graph);
    CHECK(path(graph, nodes, "h0", "h2") == Names{"h0", "r0", "r1", "r2", "h2"});
    CHECK(path(graph, nodes, "h0", "h3") == Names{"h0", "r0", "r4", "r3", "h3"});
    CHECK(path(graph, nodes, "h3", "h0") == Names{"h3", "r3", "r4", "r0", "h0"});
}

TEST_CASE("routes: delay beats hops, hops break ties of delay, insertion breaks ties of hops") {
    auto const square = [](Duration first, Duration second, Duration third, bool diagonal) {
        Graph graph;
        Vertex const a = add(graph, "a", NodeKind::host);
        Vertex const r1 = add(graph, "r1", NodeKind::router);
        Vertex const r2 = add(graph, "r2", NodeKind::router);
        Vertex const r3 = add(graph, "r3", NodeKind::router);
        Vertex const r4 = add(graph, "r4", NodeKind::router);
        Vertex const b = add(graph, "b", NodeKind::host);
        connect(graph, a, r1, Edge{});
        connect(graph, r4, b, Edge{});
        connect(graph, r1, r3, Edge{.delay = second});  // the way over r3 was there first
        connect(graph, r1, r2, Edge{.delay = first});
        connect(graph, r2, r4, Edge{.delay = first});
        connect(graph, r3, r4, Edge{.delay = second});
        if (diagonal) {
            connect(graph, r1, r4, Edge{.delay = third});
        }
        return graph;
    };
    auto const way = [](Graph graph) {
        auto const nodes = configured(graph);
        return path(graph, nodes, "a", "b");
    };
    CHECK(way(square(1ms, 2ms, 5ms, true)) == Names{"a", "r1", "r2", "r4", "b"});   // 2 ms in two hops, not 5 in one
    CHECK(way(square(1ms, 2ms, 2ms, true)) == Names{"a", "r1", "r4", "b"});         // 2 ms either way: one hop
    CHECK(way(square(1ms, 1ms, 0ms, false)) == Names{"a", "r1", "r3", "r4", "b"});  // equal: the older link
}

TEST_CASE("routes: hosts do not forward, however short the way through them") {
    Graph graph;
    Vertex const a = add(graph, "a", NodeKind::host);
    Vertex const left = add(graph, "left", NodeKind::router);
    Vertex const shortcut = add(graph, "shortcut", NodeKind::host);
    Vertex const right = add(graph, "right", NodeKind::router);
    Vertex const b = add(graph, "b", NodeKind::host);
    connect(graph, a, left, Edge{});
    connect(graph, left, shortcut, Edge{});
    connect(graph, shortcut, right, Edge{});
    connect(graph, left, right, Edge{.delay = 1s});
    connect(graph, right, b, Edge{});
    auto const nodes = configured(graph);
    CHECK(path(graph, nodes, "a", "b") == Names{"a", "left", "right", "b"});
    CHECK(path(graph, nodes, "shortcut", "a") == Names{"shortcut", "left", "a"});
    CHECK(path(graph, nodes, "shortcut", "b") == Names{"shortcut", "right", "b"});
}

TEST_CASE("routes: pairs of a dumbbell share the middle and no more") {
    constexpr int pairs = 3;
    Graph graph = dumbbell(pairs, 1ms, 10ms);
    CHECK(problems(graph).empty());
    auto const nodes = configured(graph);
    for (int i = 1; i <= pairs; ++i) {
        std::string const client = "client" + std::to_string(i);
        std::string const server = "server" + std::to_string(i);
        CHECK(path(graph, nodes, client, server) == Names{client, "left", "right", server});
        auto const arrived = walk(graph, nodes, node(graph, client), address_of(nodes, node(graph, server)));
        REQUIRE(arrived);
        CHECK(arrived->delay() == 1ms + 10ms + 1ms);
    }
    CHECK(path(graph, nodes, "client1", "client2") == Names{"client1", "left", "client2"});
}

TEST_CASE("routes: every delay may be the longest there is, and sums do not overflow") {
    constexpr int routers = 300;  // 300 times 366 days are more than 2^63 ns
    Graph graph = street(routers, false, std::chrono::hours{24 * 366});
    auto const nodes = configured(graph);
    auto const arrived = path(graph, nodes, "h0", "h" + std::to_string(routers - 1));
    CHECK(arrived.size() == routers + 2);
}

TEST_CASE(
    "configuration: interfaces are the node's links in order, with the MTU and MAC addresses a capture can be read "
    "by") {
    Graph graph = routed(20ms);
    for (auto const edge : edges_of(graph)) {
        graph[edge].mtu = 1400;
    }
    auto const nodes = configured(graph);
    auto const& router = nodes[node(graph, "router")];
    CHECK(router.configuration.name == "router");
    REQUIRE(router.configuration.interfaces.size() == 2);
    CHECK(router.configuration.interfaces[0].name == "eth0");
    CHECK(router.configuration.interfaces[1].name == "eth1");
    CHECK(router.configuration.interfaces[1].mtu == 1400);
    CHECK(wire::to_string(router.configuration.interfaces[1].mac) == "02:00:00:00:02:01");
    CHECK(router.edge_of_interface == std::vector<std::size_t>{0, 1});
    auto const& server = nodes[node(graph, "server")];
    CHECK(server.edge_of_interface == std::vector<std::size_t>{1});
    REQUIRE(server.configuration.neighbours.size() == 1);
    CHECK(server.configuration.neighbours[0].address == router.configuration.interfaces[1].address.address);
    CHECK(server.configuration.neighbours[0].mac == router.configuration.interfaces[1].mac);
}

TEST_CASE("configuration: MAC addresses are unique past 256 nodes") {
    Graph graph = street(200, false, 1ms);
    std::set<wire::MacAddress> macs;
    std::size_t interfaces = 0;
    for (Plugged const& each : configured(graph)) {
        for (host::Interface const& interface : each.configuration.interfaces) {
            macs.insert(interface.mac);
            ++interfaces;
            CHECK((interface.mac.bytes[0] & 0x03U) == 0x02U);  // locally administered, for one station
        }
    }
    CHECK(macs.size() == interfaces);
}

TEST_CASE("configuration: a graph with problems is our bug") {
    Graph const empty;
    CHECK_THROWS_AS(configure(empty), CheckFailed);
}

namespace {

/// Delays of shortest paths between all vertices with routers inside, by Floyd and Warshall.
std::vector<std::vector<std::int64_t>> shortest(Graph const& graph) {
    constexpr std::int64_t far = std::numeric_limits<std::int64_t>::max() / 4;
    std::size_t const n = boost::num_vertices(graph);
    std::vector<std::vector<std::int64_t>> delay(n, std::vector<std::int64_t>(n, far));
    for (auto const edge : edges_of(graph)) {
        Vertex const a = boost::source(edge, graph);
        Vertex const b = boost::target(edge, graph);
        delay[a][b] = delay[b][a] = std::min(delay[a][b], graph[edge].delay.count());
    }
    for (Vertex k = 0; k < n; ++k) {
        delay[k][k] = 0;
        for (Vertex i = 0; graph[k].kind == NodeKind::router && i < n; ++i) {
            for (Vertex j = 0; j < n; ++j) {
                delay[i][j] = std::min(delay[i][j], delay[i][k] + delay[k][j]);
            }
        }
    }
    return delay;
}

/// Connected routers with random links among them, and a host at each.
Graph random_network() {
    auto const routers = *rc::gen::inRange<std::size_t>(1, 8);
    Graph graph = street(static_cast<int>(routers), false, 1ms);
    auto const more = *rc::gen::container<std::vector<std::pair<std::size_t, std::size_t>>>(
        rc::gen::pair(rc::gen::inRange<std::size_t>(0, routers), rc::gen::inRange<std::size_t>(0, routers)));
    int number = 0;
    for (auto const& [i, j] : more) {
        if (i != j) {
            connect(graph, node(graph, "r" + std::to_string(i)), node(graph, "r" + std::to_string(j)),
                    Edge{.name = "extra" + std::to_string(number++)});
        }
    }
    for (auto const edge : edges_of(graph)) {
        graph[edge].delay = Duration{*rc::gen::inRange(0, 4)};  // many ties, many zeros
    }
    return graph;
}

}  // namespace

TEST_CASE("routes: in random networks every host reaches every host, by a path as short as any") {
    CHECK(rc::check("walked delay is the least delay", [] {
        Graph graph = random_network();
        RC_ASSERT(problems(graph).empty());
        auto const nodes = configured(graph);
        auto const least = shortest(graph);
        for (Vertex from = 0; from < nodes.size(); ++from) {
            for (Vertex to = 0; to < nodes.size(); ++to) {
                if (from == to || graph[to].kind != NodeKind::host) {
                    continue;
                }
                auto const arrived = walk(graph, nodes, from, address_of(nodes, to));
                RC_ASSERT(arrived.has_value());
                RC_ASSERT(arrived->delay().count() == least[from][to]);
            }
        }
    }));
}

TEST_CASE("routes: in random networks every address of every node is reached") {
    CHECK(rc::check("nothing circles, nothing is dropped", [] {
        Graph graph = random_network();
        auto const nodes = configured(graph);
        for (Vertex from = 0; from < nodes.size(); ++from) {
            for (Plugged const& to : nodes) {
                for (host::Interface const& interface : to.configuration.interfaces) {
                    RC_ASSERT(walk(graph, nodes, from, interface.address.address).has_value());
                }
            }
        }
    }));
}

TEST_CASE("routes: a dead link's subnet is withdrawn; who is on it keeps its own route, as Linux does") {
    Graph graph = street(3, false, 1ms);
    assign_addresses(graph);
    std::vector<Plugged> const before = configure(graph);
    Vertex const far = 4, last = 5;  // r2 and h2
    wire::Ipv4Address const host = address_of(before, last);
    auto const has_route = [&](std::vector<Plugged> const& nodes, Vertex v) {
        return host::route_to(nodes[v].configuration, host) != nullptr;
    };
    for (Vertex const router : {Vertex{0}, Vertex{2}, far}) {
        CHECK(has_route(before, router));
    }
    std::vector<bool> failed(boost::num_edges(graph), false);
    failed[2] = true;  // r2 – h2
    std::vector<Plugged> const after = configure(graph, {.multipath = false, .failed = failed});
    CHECK_FALSE(has_route(after, Vertex{0}));
    CHECK_FALSE(has_route(after, Vertex{2}));
    CHECK(has_route(after, far));
}

TEST_CASE("routes: a LAN with two routers is reached by the one whose cable is whole, and the other goes around") {
    Graph graph;
    Vertex const client = add(graph, "client", NodeKind::host);
    Vertex const edge = add(graph, "edge", NodeKind::router);
    Vertex const left = add(graph, "left", NodeKind::router);
    Vertex const right = add(graph, "right", NodeKind::router);
    Vertex const lan = add(graph, "lan", NodeKind::lan);
    Vertex const server = add(graph, "server", NodeKind::host);
    connect(graph, client, edge, Edge{});
    connect(graph, edge, left, Edge{});
    connect(graph, edge, right, Edge{.delay = 1ms});
    connect(graph, left, lan, Edge{});
    connect(graph, right, lan, Edge{});
    connect(graph, lan, server, Edge{});
    assign_addresses(graph);
    std::vector<Plugged> const before = configure(graph);
    wire::Ipv4Address const host = address_of(before, server);
    CHECK(host::route_to(before[edge].configuration, host)->interface == 1);
    std::vector<bool> failed(boost::num_edges(graph), false);
    failed[3] = true;  // left – lan
    std::vector<Plugged> after = configure(graph, {.multipath = false, .failed = failed});
    CHECK(host::route_to(after[edge].configuration, host)->interface == 2);
    // Measured on Linux 6.18: the route to what is on a link without carrier stays in front of others, until the
    // interface is switched off.
    CHECK_FALSE(host::route_to(after[left].configuration, host)->gateway.has_value());
    after[left].configuration.interfaces[1].up = false;
    CHECK(host::route_to(after[left].configuration, host)->gateway.has_value());
}
