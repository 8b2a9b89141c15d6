#include "sim/topology/topology.hpp"

#include <boost/graph/breadth_first_search.hpp>

#include <algorithm>
#include <limits>

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

}  // namespace

void assign_addresses(Graph& graph) {
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
