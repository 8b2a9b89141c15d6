#include "sim/topology/topology.hpp"
#include "stack/base/check.hpp"

#include <boost/range/iterator_range.hpp>

#include <algorithm>

namespace tcpsim::topology {
namespace {

/// Which interface of a node a link is plugged into.
std::uint32_t interface_at(Plugged const& node, std::size_t edge) {
    auto const& edges = node.edge_of_interface;
    auto const found = std::find(edges.begin(), edges.end(), edge);
    check(found != edges.end(), "a link is plugged in at both ends");
    return static_cast<std::uint32_t>(found - edges.begin());
}

}  // namespace

void populate(world::World& world, Graph const& graph, std::vector<Plugged> const& plugged,
              std::vector<profile::Profile> const& profiles) {
    for (Vertex const vertex : boost::make_iterator_range(boost::vertices(graph))) {
        auto const& configuration = plugged[vertex].configuration;
        if (graph[vertex].kind == NodeKind::router) {
            world.add_router(configuration, middleboxes_of(graph, vertex, plugged, world.seed()));
        } else if (graph[vertex].kind == NodeKind::lan) {
            world.add_switch(configuration);
        } else {
            world.add_machine(configuration, profiles[vertex]);
        }
    }
    std::size_t number = 0;
    for (auto const edge : boost::make_iterator_range(boost::edges(graph))) {
        Vertex const a = boost::source(edge, graph);
        Vertex const b = boost::target(edge, graph);
        Edge const& settings = graph[edge];
        world.add_link({.name = settings.name,
                        .delay = settings.delay,
                        .bits_per_second = settings.bits_per_second,
                        .queue_packets = settings.queue_packets,
                        .queue_bytes = settings.queue_bytes,
                        .red = settings.red,
                        .codel = settings.codel,
                        .jitter = settings.jitter,
                        .loss = settings.loss,
                        .direct = settings.direct},
                       trace::NodeId{static_cast<std::uint32_t>(a)}, interface_at(plugged[a], number),
                       trace::NodeId{static_cast<std::uint32_t>(b)}, interface_at(plugged[b], number));
        ++number;
    }
}

}  // namespace tcpsim::topology
