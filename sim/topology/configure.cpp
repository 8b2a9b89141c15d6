#include "sim/topology/segments.hpp"
#include "stack/base/check.hpp"

#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <boost/graph/filtered_graph.hpp>
#include <boost/property_map/function_property_map.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <compare>
#include <limits>
#include <map>
#include <optional>
#include <utility>

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

/// Somebody on the same segment.
struct Peer {
    Vertex vertex{0};
    std::uint32_t interface { 0 };
    wire::Ipv4Prefix address{};
    Cost cost{};
};

/// A node's end of a link.
struct Port {
    std::size_t link{0};
    wire::Ipv4Prefix address{};
    std::uint16_t mtu{0};
    std::vector<Peer> peers{};  ///< over its link, or behind the switch at the other end
};

struct Network {
    std::vector<std::vector<Port>> ports{};  ///< by vertex, interface
    struct Segment {
        std::vector<Vertex> members{};
        wire::Ipv4Prefix subnet{};
    };
    std::map<std::size_t, Segment> segments{};  ///< by the number of the first link
    std::vector<std::size_t> segment_of_link{};
};

using EdgeDescriptor = boost::graph_traits<Graph>::edge_descriptor;

/// Looks around in a graph.
class Surveyor {
  public:
    Surveyor(Graph const& graph, std::vector<bool> const& failed) : graph_{&graph}, failed_{&failed} {}

    Network survey() {
        network_.ports.resize(boost::num_vertices(*graph_));
        network_.segment_of_link = segments(*graph_);
        for (EdgeDescriptor const edge : boost::make_iterator_range(boost::edges(*graph_))) {
            numbers_[edge] = edges_.size();
            edges_.push_back(edge);
            add_ends(edge);
        }
        for (Vertex const vertex : boost::make_iterator_range(boost::vertices(*graph_))) {
            for (Port& port : network_.ports[vertex]) {
                if (!is_switch(vertex)) {
                    meet(vertex, edges_[port.link], Cost{}, port.peers);
                }
            }
        }
        return std::move(network_);
    }

  private:
    [[nodiscard]] bool is_switch(Vertex vertex) const { return (*graph_)[vertex].kind == NodeKind::lan; }
    [[nodiscard]] bool works(std::size_t link) const { return failed_->empty() || !(*failed_)[link]; }
    [[nodiscard]] wire::Ipv4Prefix address_at(EdgeDescriptor edge, Vertex end) const {
        Edge const& properties = (*graph_)[edge];
        return boost::source(edge, *graph_) == end ? properties.address_source : properties.address_target;
    }

    void add_ends(EdgeDescriptor edge) {
        std::size_t const link = numbers_.at(edge);
        Network::Segment& segment = network_.segments[network_.segment_of_link[link]];
        for (Vertex const end : {boost::source(edge, *graph_), boost::target(edge, *graph_)}) {
            wire::Ipv4Prefix const address = address_at(edge, end);
            interfaces_[{end, link}] = static_cast<std::uint32_t>(network_.ports[end].size());
            network_.ports[end].push_back({link, address, (*graph_)[edge].mtu, {}});
            if (!is_switch(end)) {
                if (works(link)) {  // a routing protocol withdraws what is behind a dead interface
                    segment.members.push_back(end);
                }
                segment.subnet = address;
                segment.subnet.address.value &= address.mask();
            }
        }
    }

    /// Whom one meets on the way from `from` over `edge`: one node, or all behind a switch.
    void meet(Vertex from, EdgeDescriptor edge, Cost before, std::vector<Peer>& met) const {
        std::size_t const link = numbers_.at(edge);
        if (!works(link)) {
            return;
        }
        EdgeDescriptor const given = edges_[link];
        Vertex const a = boost::source(given, *graph_);
        Vertex const to = a == from ? boost::target(given, *graph_) : a;
        Cost const cost = before + Cost{(*graph_)[edge].delay.count(), 1};
        if (!is_switch(to)) {
            met.push_back({to, interfaces_.at({to, link}), address_at(given, to), cost});
            return;
        }
        for (EdgeDescriptor const next : boost::make_iterator_range(boost::out_edges(to, *graph_))) {
            if (numbers_.at(next) != link) {
                meet(to, next, cost, met);
            }
        }
    }

    Graph const* graph_;
    std::vector<bool> const* failed_;
    Network network_{};
    std::vector<EdgeDescriptor> edges_{};
    std::map<EdgeDescriptor, std::size_t> numbers_{};
    std::map<std::pair<Vertex, std::size_t>, std::uint32_t> interfaces_{};
};

/// Only routers and switches pass packets on, so only they are on the inside of a path.
struct PassesOn {
    Graph const* graph{nullptr};
    bool operator()(Vertex v) const { return (*graph)[v].kind != NodeKind::host; }
};

/// What it costs every router to reach `destination`, a router.
std::vector<Cost> costs_to(Vertex destination, Graph const& graph, std::vector<bool> const& failed) {
    boost::filtered_graph<Graph, boost::keep_all, PassesOn> const inside{graph, boost::keep_all{}, PassesOn{&graph}};
    std::map<EdgeDescriptor, std::size_t> numbers;
    for (EdgeDescriptor const edge : boost::make_iterator_range(boost::edges(graph))) {
        numbers.emplace(edge, numbers.size());
    }
    auto const weight = boost::make_function_property_map<EdgeDescriptor>([&](EdgeDescriptor const& edge) {
        bool const gone = !failed.empty() && failed[numbers.at(edge)];
        return gone ? unreachable : Cost{graph[edge].delay.count(), 1};
    });
    std::vector<Cost> costs(boost::num_vertices(graph), unreachable);
    auto const index = boost::get(boost::vertex_index, graph);
    boost::dijkstra_shortest_paths(inside, destination,
                                   boost::weight_map(weight)
                                       .vertex_index_map(index)
                                       .distance_map(boost::make_iterator_property_map(costs.begin(), index))
                                       .distance_compare(std::less<Cost>{})
                                       .distance_combine(std::plus<Cost>{})
                                       .distance_inf(unreachable)
                                       .distance_zero(Cost{}));
    return costs;
}

/// What it costs every router to reach a segment, over whichever of its members is nearest.
std::vector<Cost> costs_to_segment(Network::Segment const& segment, std::vector<std::vector<Cost>> const& costs) {
    std::vector<Cost> nearest(costs.size(), unreachable);
    for (Vertex const end : segment.members) {
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

/// A way out: an interface and the gateway there.
struct Way {
    std::uint32_t interface { 0 };
    wire::Ipv4Address gateway{};
};
/// Those that begin a shortest path, in order of insertion.
std::vector<Way> ways_out(std::vector<Port> const& ports, std::vector<Cost> const& costs) {
    std::vector<Way> best;
    Cost least = unreachable;
    for (std::uint32_t i = 0; i < ports.size(); ++i) {
        for (Peer const& peer : ports[i].peers) {
            Cost const cost = peer.cost + costs[peer.vertex];
            if (cost == unreachable || cost > least) {
                continue;
            }
            if (cost < least) {
                best.clear();
            }
            least = cost;
            best.push_back({i, peer.address.address});
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
        for (Peer const& peer : port.peers) {
            plugged.configuration.neighbours.push_back(
                {interface, peer.address.address, mac_of(peer.vertex, peer.interface)});
        }
        plugged.configuration.routes.push_back(
            {network.segments.at(network.segment_of_link[port.link]).subnet, interface, std::nullopt});
    }
    return plugged;
}

/// By a link that works. Linux keeps the route to what is on a dead one, in front of a routing protocol's ways around it,
/// until the interface is switched off (measured on 6.18: `ignore_routes_with_linkdown` is 0).
bool is_on(Plugged const& node, std::size_t segment, Network const& network, std::vector<bool> const& failed) {
    auto const& links = node.edge_of_interface;
    return std::any_of(links.begin(), links.end(), [&](std::size_t link) {
        return network.segment_of_link[link] == segment && (failed.empty() || !failed[link]);
    });
}

/// A host with one link: everything else is behind the first router there.
std::optional<wire::Ipv4Address> default_gateway(std::vector<Port> const& ports, Graph const& graph) {
    if (ports.size() != 1) {
        return std::nullopt;
    }
    auto const& peers = ports[0].peers;
    auto const router = std::find_if(peers.begin(), peers.end(),
                                     [&](Peer const& p) { return graph[p.vertex].kind == NodeKind::router; });
    return router == peers.end() ? std::nullopt : std::optional{router->address.address};
}

}  // namespace

std::vector<Plugged> configure(Graph const& graph, Routing const& routing) {
    check(problems(graph).empty(), "a network without problems is configured");
    Network const network = Surveyor{graph, routing.failed}.survey();
    std::vector<Plugged> nodes;
    std::vector<std::vector<Cost>> costs(boost::num_vertices(graph));
    for (Vertex const v : boost::make_iterator_range(boost::vertices(graph))) {
        nodes.push_back(plug(v, graph[v].name, network));
        nodes[v].configuration.multipath = routing.multipath;
        if (graph[v].kind == NodeKind::router) {
            costs[v] = costs_to(v, graph, routing.failed);
        } else if (auto const gateway = default_gateway(network.ports[v], graph);
                   graph[v].kind == NodeKind::host && gateway) {
            nodes[v].configuration.routes.push_back({{}, 0, *gateway});
        }
    }
    for (auto const& [number, segment] : network.segments) {
        std::vector<Cost> const there = costs_to_segment(segment, costs);
        for (Vertex v = 0; v < nodes.size(); ++v) {
            bool const has_choice =
                graph[v].kind == NodeKind::router || (graph[v].kind == NodeKind::host && network.ports[v].size() > 1);
            if (!has_choice || is_on(nodes[v], number, network, routing.failed)) {
                continue;
            }
            std::vector<Way> ways = ways_out(network.ports[v], there);
            ways.resize(std::min<std::size_t>(ways.size(), routing.multipath ? ways.size() : 1));
            for (Way const& way : ways) {
                nodes[v].configuration.routes.push_back({segment.subnet, way.interface, way.gateway});
            }
        }
    }
    return nodes;
}

}  // namespace tcpsim::topology
