#include "sim/topology/segments.hpp"

#include <boost/graph/breadth_first_search.hpp>

#include <algorithm>
#include <limits>
#include <map>

namespace tcpsim::topology {
namespace {

/// Hops of every vertex from the first host.
std::vector<std::size_t> hops_from_first_host(Graph const& graph) {
    std::vector<std::size_t> hops(boost::num_vertices(graph), std::numeric_limits<std::size_t>::max());
    auto const [first, last] = boost::vertices(graph);
    auto const host = std::find_if(first, last, [&](Vertex v) { return graph[v].kind == NodeKind::host; });
    if (host != last) {
        hops[*host] = 0;
        boost::breadth_first_search(
            graph, *host,
            boost::visitor(boost::make_bfs_visitor(boost::record_distances(hops.data(), boost::on_tree_edge{}))));
    }
    return hops;
}

wire::Ipv4Prefix address(std::uint32_t link, std::uint32_t host) {
    std::uint32_t const subnet = 10U << 24U | (link % 256) << 16U | (link / 256) << 8U;
    return wire::Ipv4Prefix{wire::Ipv4Address{subnet | host}, 24};
}

/// The nodes around switches: routers first, then hosts.
void assign_shared(Graph& graph, std::vector<std::size_t> const& segment_of_link) {
    std::map<std::size_t, std::uint32_t> next;
    for (NodeKind const kind : {NodeKind::router, NodeKind::host}) {
        std::size_t link = 0;
        for (auto const edge : boost::make_iterator_range(boost::edges(graph))) {
            Vertex const source = boost::source(edge, graph);
            Vertex const target = boost::target(edge, graph);
            std::size_t const segment = segment_of_link[link++];
            bool const switched = graph[source].kind == NodeKind::lan || graph[target].kind == NodeKind::lan;
            Vertex const end = graph[source].kind == NodeKind::lan ? target : source;
            wire::Ipv4Prefix& own = end == source ? graph[edge].address_source : graph[edge].address_target;
            if (!switched || graph[end].kind != kind || !own.address.unspecified()) {
                continue;
            }
            std::uint32_t& number = next.try_emplace(segment, 1).first->second;
            number = kind == NodeKind::host ? std::max(number, 2U) : number;
            own = address(static_cast<std::uint32_t>(segment) + 1, number++);
        }
    }
}

}  // namespace

void assign_addresses(Graph& graph) {
    assign_shared(graph, segments(graph));
    std::vector<std::size_t> const hops = hops_from_first_host(graph);
    std::uint32_t link = 0;
    for (auto const edge : boost::make_iterator_range(boost::edges(graph))) {
        ++link;
        Edge& properties = graph[edge];
        if (!properties.address_source.address.unspecified() || !properties.address_target.address.unspecified()) {
            continue;
        }
        Vertex const source = boost::source(edge, graph);
        Vertex const target = boost::target(edge, graph);
        if (graph[source].kind == NodeKind::lan || graph[target].kind == NodeKind::lan) {
            continue;
        }
        bool const source_is_router = graph[source].kind == NodeKind::router;
        bool const target_is_router = graph[target].kind == NodeKind::router;
        bool const source_first =
            source_is_router == target_is_router ? hops[source] <= hops[target] : source_is_router;
        std::uint32_t const first = source_is_router || target_is_router ? 1 : 2;
        properties.address_source = address(link, source_first ? first : first + 1);
        properties.address_target = address(link, source_first ? first + 1 : first);
    }
}

}  // namespace tcpsim::topology
