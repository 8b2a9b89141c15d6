// Follows packets through configured nodes, as hosts and routers would forward them.
#pragma once

#include "sim/topology/topology.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace tcpsim::topology::testing {

/// The edges in order of insertion: what Plugged::edge_of_interface counts.
inline std::vector<boost::graph_traits<Graph>::edge_descriptor> edges_of(Graph const& graph) {
    auto const [first, last] = boost::edges(graph);
    return {first, last};
}

struct Arrived {
    std::vector<Vertex> path{};  ///< from the sender to the receiver
    std::vector<Duration> delays{};
    [[nodiscard]] Duration delay() const { return std::accumulate(delays.begin(), delays.end(), Duration{0}); }
};

inline bool owns(Plugged const& node, wire::Ipv4Address address) {
    auto const& interfaces = node.configuration.interfaces;
    return std::any_of(interfaces.begin(), interfaces.end(),
                       [&](host::Interface const& each) { return each.address.address == address; });
}

/// The way of a packet from `sender` to `destination`; empty if somebody drops it, or it runs in circles.
inline std::optional<Arrived> walk(Graph const& graph, std::vector<Plugged> const& nodes, Vertex sender,
                                   wire::Ipv4Address destination) {
    auto const edges = edges_of(graph);
    Arrived arrived{{sender}, {}};
    Vertex here = sender;
    while (!owns(nodes[here], destination)) {
        bool const forwards = here == sender || graph[here].kind == NodeKind::router;
        auto const hop = host::next_hop(nodes[here].configuration, destination);
        if (!forwards || !hop || !hop->mac || arrived.path.size() > nodes.size()) {
            return std::nullopt;
        }
        auto const edge = edges[nodes[here].edge_of_interface[hop->interface]];
        Vertex const there =
            boost::source(edge, graph) == here ? boost::target(edge, graph) : boost::source(edge, graph);
        auto const& interfaces = nodes[there].configuration.interfaces;
        if (std::none_of(interfaces.begin(), interfaces.end(),
                         [&](host::Interface const& each) { return each.mac == *hop->mac; })) {
            return std::nullopt;
        }
        arrived.delays.push_back(graph[edge].delay);
        arrived.path.push_back(there);
        here = there;
    }
    return arrived;
}

inline std::vector<Plugged> configured(Graph& graph) {
    assign_addresses(graph);
    return configure(graph);
}

inline Vertex node(Graph const& graph, std::string const& name) {
    for (Vertex const v : boost::make_iterator_range(boost::vertices(graph))) {
        if (graph[v].name == name) {
            return v;
        }
    }
    throw std::out_of_range{name};
}

}  // namespace tcpsim::topology::testing
