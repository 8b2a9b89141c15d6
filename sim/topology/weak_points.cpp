#include "sim/topology/topology.hpp"

#include <boost/graph/biconnected_components.hpp>
#include <boost/range/iterator_range.hpp>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace tcpsim::topology {

WeakPoints weak_points(Graph const& graph) {
    using EdgeDescriptor = boost::graph_traits<Graph>::edge_descriptor;
    std::map<EdgeDescriptor, std::size_t> component;
    boost::associative_property_map<std::map<EdgeDescriptor, std::size_t>> const components{component};
    WeakPoints weak;
    boost::biconnected_components(graph, components, std::back_inserter(weak.nodes));
    std::sort(weak.nodes.begin(), weak.nodes.end());
    // Boost looks at one of several links between the same two nodes; none of these is a bridge.
    std::map<std::pair<Vertex, Vertex>, std::size_t> parallel;
    auto const ends = [&](EdgeDescriptor edge) {
        return std::minmax({boost::source(edge, graph), boost::target(edge, graph)});
    };
    for (EdgeDescriptor const edge : boost::make_iterator_range(boost::edges(graph))) {
        ++parallel[ends(edge)];
    }
    std::map<std::size_t, std::size_t> size;  // of each component, in links: one alone is a bridge
    for (auto const& [edge, number] : component) {
        ++size[number];
    }
    std::size_t link = 0;
    for (EdgeDescriptor const edge : boost::make_iterator_range(boost::edges(graph))) {
        if (size[component[edge]] == 1 && parallel[ends(edge)] == 1) {
            weak.links.push_back(link);
        }
        ++link;
    }
    return weak;
}

}  // namespace tcpsim::topology
