// Hosts, routers and links as a Boost.Graph graph; addresses and routes are computed from it.
#pragma once

#include "sim/net/link.hpp"
#include "stack/host/configuration.hpp"

#include <boost/graph/adjacency_list.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace tcpsim::topology {

enum class NodeKind : std::uint8_t { host, router };
struct Node {
    std::string name{};
    NodeKind kind{NodeKind::host};
};
struct Edge {
    std::string name{};  ///< "client-router" unless given
    Duration delay{0};
    std::uint64_t bits_per_second{0};
    std::uint32_t queue_packets{1000};
    std::uint16_t mtu{1500};
    /// The addresses at the source and target vertex; 0.0.0.0 until assign_addresses().
    wire::Ipv4Prefix address_source{}, address_target{};
};
/// vecS: vertices and edges iterate in order of insertion, so nothing depends on pointers.
using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, Node, Edge>;

/// What is wrong with a graph, in words: a node without a link, two nodes of one name, unconnected parts.
std::vector<std::string> problems(Graph const& graph);

/// Link n (from 1) gets 10.n.0.0/24; the end nearer the first host .2 and a router .1, as in the recordings:
/// client 10.1.0.2, router 10.1.0.1 and 10.2.0.1, server 10.2.0.2. Two hosts on one link get .2 and .3.
void assign_addresses(Graph& graph);

/// One node's network configuration, with static neighbours and shortest-path routes (Dijkstra by delay, ties by
/// fewer hops, then by order of insertion), and for each of its interfaces the edge it is plugged into.
struct Plugged {
    host::Configuration configuration{};
    std::vector<std::size_t> edge_of_interface{};  ///< index into the graph's edges in order of insertion
};
std::vector<Plugged> configure(Graph const& graph);

// Shapes by name.
Graph pair(Duration rtt);    ///< client – server
Graph routed(Duration rtt);  ///< client – router – server, all of the delay between client and router
Graph dumbbell(int pairs, Duration access_delay, Duration core_delay);

/// GraphML and Graphviz DOT, round trip: what write_x writes, read_x reads.
std::string write_graphml(Graph const& graph);
std::string write_dot(Graph const& graph);
std::variant<Graph, std::string> read_graphml(std::string const& text);  ///< or what is wrong
std::variant<Graph, std::string> read_dot(std::string const& text);

}  // namespace tcpsim::topology
