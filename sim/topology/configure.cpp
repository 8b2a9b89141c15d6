#include "sim/topology/topology.hpp"
#include "stack/base/check.hpp"

#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <boost/graph/filtered_graph.hpp>
#include <boost/property_map/function_property_map.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <compare>
#include <limits>
#include <optional>

namespace tcpsim::topology {
namespace {

/// What a path costs: its delay, then its hops. Integers, so that equal is equal.
struct Cost {
    std::int64_t delay{0};
    std::uint32_t hops{0};
    auto operator<=>(Cost const&) const = default;
};
constexpr Cost unreachable{std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::uint32_t>::max()};

Cost operator+(Cost a, Cost b) {
    if (a == unreachable || b == unreachable) {
        return unreachable;
    }
    std::int64_t const room = std::numeric_limits<std::int64_t>::max() - b.delay;
    return Cost{std::min(a.delay, room) + b.delay, a.hops + b.hops};
}

/// A node's end of a link.
struct Port {
    std::size_t link{0};
    Vertex neighbour{0};
    std::uint32_t neighbour_interface{0};
    wire::Ipv4Prefix address{};
    wire::Ipv4Prefix neighbour_address{};
    Cost cost{};
    std::uint16_t mtu{0};
};

struct Network {
    std::vector<std::vector<Port>> ports{};  ///< by vertex, interface
    struct Link {
        Vertex source{0}, target{0};
        wire::Ipv4Prefix subnet{};
    };
    std::vector<Link> links{};  ///< in order of insertion
};

Network survey(Graph const& graph) {
    Network network;
    network.ports.resize(boost::num_vertices(graph));
    for (auto const edge : boost::make_iterator_range(boost::edges(graph))) {
        Edge const& properties = graph[edge];
        Vertex const a = boost::source(edge, graph);
        Vertex const b = boost::target(edge, graph);
        std::size_t const link = network.links.size();
        Cost const cost{properties.delay.count(), 1};
        auto const interface_a = static_cast<std::uint32_t>(network.ports[a].size());
        auto const interface_b = static_cast<std::uint32_t>(network.ports[b].size());
        network.ports[a].push_back(
            Port{link, b, interface_b, properties.address_source, properties.address_target, cost, properties.mtu});
        network.ports[b].push_back(
            Port{link, a, interface_a, properties.address_target, properties.address_source, cost, properties.mtu});
        wire::Ipv4Prefix subnet = properties.address_source;
        subnet.address.value &= subnet.mask();
        network.links.push_back({a, b, subnet});
    }
    return network;
}

/// Only routers pass packets on, so only they are on the inside of a path.
struct IsRouter {
    Graph const* graph{nullptr};
    bool operator()(Vertex v) const { return (*graph)[v].kind == NodeKind::router; }
};

/// What it costs every router to reach `destination`, a router.
std::vector<Cost> costs_to(Vertex destination, Graph const& graph) {
    boost::filtered_graph<Graph, boost::keep_all, IsRouter> const routers{graph, boost::keep_all{}, IsRouter{&graph}};
    using EdgeDescriptor = boost::graph_traits<Graph>::edge_descriptor;
    auto const weight = boost::make_function_property_map<EdgeDescriptor>([&graph](EdgeDescriptor const& edge) {
        return Cost{graph[edge].delay.count(), 1};
    });
    std::vector<Cost> costs(boost::num_vertices(graph), unreachable);
    auto const index = boost::get(boost::vertex_index, graph);
    boost::dijkstra_shortest_paths(routers, destination,
                                   boost::weight_map(weight)
                                       .vertex_index_map(index)
                                       .distance_map(boost::make_iterator_property_map(costs.begin(), index))
                                       .distance_compare(std::less<Cost>{})
                                       .distance_combine(std::plus<Cost>{})
                                       .distance_inf(unreachable)
                                       .distance_zero(Cost{}));
    return costs;
}

/// What it costs every router to reach the subnet of `link`, over whichever of its ends is nearer.
std::vector<Cost> costs_to_link(Network::Link const& link, std::vector<std::vector<Cost>> const& costs) {
    std::vector<Cost> nearest(costs.size(), unreachable);
    for (Vertex const end : {link.source, link.target}) {
        for (Vertex v = 0; v < costs[end].size(); ++v) {  // empty for a host: it leads nowhere
            nearest[v] = std::min(nearest[v], costs[end][v]);
        }
    }
    return nearest;
}

/// Locally administered (the 2 in 02), and readable in a capture.
wire::MacAddress mac_of(Vertex node, std::size_t interface) {
    std::size_t const number = node + 1;
    return wire::MacAddress{{0x02, 0, 0, static_cast<std::uint8_t>(number / 256),
                             static_cast<std::uint8_t>(number % 256), static_cast<std::uint8_t>(interface)}};
}

/// The first interface, in order of insertion, that begins a shortest path.
std::optional<std::uint32_t> way_out(std::vector<Port> const& ports, std::vector<Cost> const& costs) {
    std::optional<std::uint32_t> best;
    Cost least = unreachable;
    for (std::uint32_t i = 0; i < ports.size(); ++i) {
        Cost const cost = ports[i].cost + costs[ports[i].neighbour];
        if (cost < least) {
            least = cost;
            best = i;
        }
    }
    return best;
}

/// Interfaces, static neighbours and the routes to what is on the link.
Plugged plug(Vertex node, std::string const& name, Network const& network) {
    Plugged plugged;
    plugged.configuration.name = name;
    for (Port const& port : network.ports[node]) {
        auto const interface = static_cast<std::uint32_t>(plugged.edge_of_interface.size());
        plugged.edge_of_interface.push_back(port.link);
        plugged.configuration.interfaces.push_back(
            {fmt::format("eth{}", interface), mac_of(node, interface), port.address, port.mtu});
        plugged.configuration.neighbours.push_back(
            {interface, port.neighbour_address.address, mac_of(port.neighbour, port.neighbour_interface)});
        plugged.configuration.routes.push_back({network.links[port.link].subnet, interface, std::nullopt});
    }
    return plugged;
}

bool is_on(Plugged const& node, std::size_t link) {
    auto const& links = node.edge_of_interface;
    return std::find(links.begin(), links.end(), link) != links.end();
}

}  // namespace

std::vector<Plugged> configure(Graph const& graph) {
    check(problems(graph).empty(), "a network without problems is configured");
    Network const network = survey(graph);
    std::vector<Plugged> nodes;
    std::vector<std::vector<Cost>> costs(boost::num_vertices(graph));
    for (Vertex const v : boost::make_iterator_range(boost::vertices(graph))) {
        nodes.push_back(plug(v, graph[v].name, network));
        if (graph[v].kind == NodeKind::router) {
            costs[v] = costs_to(v, graph);
        } else if (network.ports[v].size() == 1 && graph[network.ports[v][0].neighbour].kind == NodeKind::router) {
            nodes[v].configuration.routes.push_back({{}, 0, network.ports[v][0].neighbour_address.address});
        }
    }
    for (std::size_t link = 0; link < network.links.size(); ++link) {
        std::vector<Cost> const to_link = costs_to_link(network.links[link], costs);
        for (Vertex v = 0; v < nodes.size(); ++v) {
            bool const has_choice = graph[v].kind == NodeKind::router || network.ports[v].size() > 1;
            auto const interface = way_out(network.ports[v], to_link);
            if (has_choice && interface && !is_on(nodes[v], link)) {
                nodes[v].configuration.routes.push_back(
                    {network.links[link].subnet, *interface, network.ports[v][*interface].neighbour_address.address});
            }
        }
    }
    return nodes;
}

}  // namespace tcpsim::topology
