#include "sim/topology/topology.hpp"
#include "stack/base/check.hpp"

#include <fmt/format.h>

namespace tcpsim::topology {

void connect(Graph& graph, Vertex source, Vertex target, Edge edge) {
    if (edge.name.empty()) {
        edge.name = fmt::format("{}-{}", graph[source].name, graph[target].name);
    }
    boost::add_edge(source, target, std::move(edge), graph);
}

Graph pair(Duration rtt) {
    Graph graph;
    Vertex const client = boost::add_vertex(Node{.name = "client"}, graph);
    Vertex const server = boost::add_vertex(Node{.name = "server"}, graph);
    connect(graph, client, server, Edge{.delay = rtt / 2});
    return graph;
}

Graph routed(Duration rtt) {
    Graph graph;
    Vertex const client = boost::add_vertex(Node{.name = "client"}, graph);
    Vertex const router = boost::add_vertex(Node{.name = "router", .kind = NodeKind::router}, graph);
    Vertex const server = boost::add_vertex(Node{.name = "server"}, graph);
    connect(graph, client, router, Edge{.delay = rtt / 2});
    connect(graph, router, server, Edge{});
    return graph;
}

Graph dumbbell(int pairs, Duration access_delay, Duration core_delay) {
    check(pairs >= 1, "a dumbbell has a pair");
    Graph graph;
    std::vector<Vertex> clients;
    for (int i = 1; i <= pairs; ++i) {
        clients.push_back(boost::add_vertex(Node{.name = fmt::format("client{}", i)}, graph));
    }
    Vertex const left = boost::add_vertex(Node{.name = "left", .kind = NodeKind::router}, graph);
    Vertex const right = boost::add_vertex(Node{.name = "right", .kind = NodeKind::router}, graph);
    for (Vertex const client : clients) {
        connect(graph, client, left, Edge{.delay = access_delay});
    }
    connect(graph, left, right, Edge{.delay = core_delay});
    for (int i = 1; i <= pairs; ++i) {
        Vertex const server = boost::add_vertex(Node{.name = fmt::format("server{}", i)}, graph);
        connect(graph, right, server, Edge{.delay = access_delay});
    }
    return graph;
}

}  // namespace tcpsim::topology
