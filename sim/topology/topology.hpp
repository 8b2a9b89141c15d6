// Hosts, routers and links as a Boost.Graph graph; addresses and routes are computed from it.
#pragma once

#include "sim/net/link.hpp"
#include "sim/world/world.hpp"
#include "stack/host/configuration.hpp"

#include <boost/graph/adjacency_list.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tcpsim::topology {

enum class NodeKind : std::uint8_t {
    host,
    router,
    lan,  ///< a switch: what is plugged into it is one segment
};

/// What a router is besides (net::Middleboxes); whom it is about by name. GraphML and DOT do not carry it.
struct MiddleboxSpec {
    enum class Kind : std::uint8_t { nat, firewall, load_balancer, syn_proxy } kind{};
    net::FlowTimeouts timeouts{};
    net::UnknownFlow unknown{};
    std::string outside{};                                         ///< nat, firewall: the node on that side
    std::vector<std::uint16_t> ports{};                            ///< firewall: open from outside
    std::uint16_t port{0};                                         ///< load_balancer: its own
    std::vector<std::pair<std::string, std::uint16_t>> servers{};  ///< load_balancer, syn_proxy
};
struct Node {
    std::string name{};
    NodeKind kind{NodeKind::host};
    std::vector<MiddleboxSpec> middleboxes{};
};
struct Edge {
    std::string name{};  ///< "client-router" unless given
    Duration delay{0};
    std::uint64_t bits_per_second{0};
    std::uint32_t queue_packets{1000};
    std::uint16_t mtu{1500};
    std::uint32_t queue_bytes{0};  ///< 0: no limit
    net::RedSettings red{};
    net::CodelSettings codel{};
    Duration jitter{0};
    net::LossModel loss{};
    bool direct{false};  ///< one cable: each end sees the other's power
    /// The addresses at the source and target vertex; 0.0.0.0 until assign_addresses().
    wire::Ipv4Prefix address_source{}, address_target{};
};
/// vecS: vertices and edges iterate in order of insertion, so nothing depends on pointers.
using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, Node, Edge>;
using Vertex = boost::graph_traits<Graph>::vertex_descriptor;

/// Adds a link, and names it after its ends if it has no name.
void connect(Graph& graph, Vertex source, Vertex target, Edge edge);

/// What is wrong with a graph, in words: names that are taken or that cannot stand in a file name, a node without a
/// link, unconnected parts, values that no link can have, addresses that contradict each other, switches in a circle,
/// middleboxes about nodes that are not there.
std::vector<std::string> problems(Graph const& graph);

/// Link n (from 1) gets 10.n.0.0/24, and link 256 10.0.1.0/24. A host has .2 and a router .1, as in the recordings:
/// client 10.1.0.2, router 10.1.0.1 and 10.2.0.1, server 10.2.0.2. Of two hosts the one nearer to the first host
/// (in hops; ties: the source) has .2, the other .3; of two routers .1 and .2. Links that have addresses keep them.
/// Links that a switch joins share the subnet of the first: its routers have .1 and on, then its hosts from .2 on.
void assign_addresses(Graph& graph);

/// One node's network configuration, with static neighbours and shortest-path routes (Dijkstra by delay, ties by
/// fewer hops, then by order of insertion), and for each of its interfaces the edge it is plugged into.
///
/// Interface i of a node is its i-th link in order of insertion, "eth<i>", with MAC 02:00:00:NN:NN:II (node from 1,
/// interface from 0). Hosts do not forward. A host with one link has a default route through its router; every other
/// node has a route per link's subnet.
struct Plugged {
    host::Configuration configuration{};
    std::vector<std::size_t> edge_of_interface{};  ///< index into the graph's edges in order of insertion
};
/// How routes are chosen.
struct Routing {
    bool multipath{false};       ///< all of equal cost, among which a flow chooses; else the first
    std::vector<bool> failed{};  ///< by link: nothing goes over it; empty: all work
};
/// By vertex. The graph has addresses and no problems().
std::vector<Plugged> configure(Graph const& graph, Routing const& routing = {});
/// What a router's middleboxes are, with addresses.
net::Middleboxes middleboxes_of(Graph const& graph, Vertex router, std::vector<Plugged> const& plugged,
                                std::uint64_t seed);
/// Nodes and links without which others cannot reach each other, by Tarjan's articulation points and bridges.
struct WeakPoints {
    std::vector<Vertex> nodes{};
    std::vector<std::size_t> links{};  ///< in order of insertion
};
WeakPoints weak_points(Graph const& graph);

/// Adds every node and link to the world, whose numbers are those of the graph: vertices and edges in order of
/// insertion. `profiles` by vertex; a router's is not looked at.
void populate(world::World& world, Graph const& graph, std::vector<Plugged> const& plugged,
              std::vector<profile::Profile> const& profiles);

// Shapes by name. A round trip that is not even in nanoseconds loses the odd one: a link's delay is one way.
Graph pair(Duration rtt);    ///< client – server
Graph routed(Duration rtt);  ///< client – router – server, all of the delay between client and router
/// client1 … – left – right – server1 …, in this order of nodes; `pairs` of them.
Graph dumbbell(int pairs, Duration access_delay, Duration core_delay);

// GraphML and Graphviz DOT, round trip: what write_x writes, read_x reads, whatever it may be that it reads.
//
//   nodes: name (GraphML: default: the node's id), kind ("host", "router"; absent: host)
//   edges: name, delay ("20.4ms"), rate ("10Mbit/s"), queue (packets), queue_bytes, mtu, jitter ("2ms"), loss
//          ("1%", or "good bad to_bad to_good"), red ("min max at_max weight_shift marks"), codel ("target interval marks"),
//          direct ("true"), address_source and address_target ("10.1.0.2/24"); whatever is absent or empty is as in a new Edge
//
// Attributes of other names are ignored, so that a drawing's colours may stay. GraphML's attributes are all strings.
// In DOT the node's identifier is its name, and `number` orders the nodes, which Boost's reader sorts by name; a DOT
// graph is undirected and has no subgraphs. Neither reader takes more than a mebibyte.
std::string write_graphml(Graph const& graph);
std::string write_dot(Graph const& graph);
/// Or what is wrong. A graph that could be read may still have problems().
std::variant<Graph, std::string> read_graphml(std::string const& text);
std::variant<Graph, std::string> read_dot(std::string const& text);

}  // namespace tcpsim::topology
