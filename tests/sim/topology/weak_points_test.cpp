// sim/topology: what a network cannot do without.
#include "sim/topology/topology.hpp"

#include <doctest/doctest.h>

using namespace tcpsim::topology;

namespace {

/// So many nodes, joined as the pairs say.
WeakPoints weak(std::size_t nodes, std::vector<std::pair<Vertex, Vertex>> const& links) {
    Graph graph;
    for (std::size_t i = 0; i < nodes; ++i) {
        boost::add_vertex(Node{.name = "n" + std::to_string(i)}, graph);
    }
    for (auto const& [a, b] : links) {
        connect(graph, a, b, {});
    }
    return weak_points(graph);
}
using Nodes = std::vector<Vertex>;
using Links = std::vector<std::size_t>;

}  // namespace

TEST_CASE("weak points: one cable is a bridge, two side by side are none") {
    CHECK(weak(2, {{0, 1}}).links == Links{0});
    CHECK(weak(2, {{0, 1}}).nodes.empty());
    CHECK(weak(2, {{0, 1}, {0, 1}}).links.empty());
    CHECK(weak(2, {{0, 1}, {1, 0}}).links.empty());
}

TEST_CASE("weak points: a line is all bridges, and cannot do without its middle") {
    WeakPoints const line = weak(3, {{0, 1}, {1, 2}});
    CHECK(line.links == Links{0, 1});
    CHECK(line.nodes == Nodes{1});
}

TEST_CASE("weak points: a ring has none; what hangs on it does") {
    WeakPoints const ring = weak(3, {{0, 1}, {1, 2}, {2, 0}});
    CHECK(ring.links.empty());
    CHECK(ring.nodes.empty());
    WeakPoints const hanging = weak(4, {{0, 1}, {1, 2}, {2, 0}, {2, 3}});
    CHECK(hanging.links == Links{3});
    CHECK(hanging.nodes == Nodes{2});
}

TEST_CASE("weak points: two rings that share a node, and two that share a cable's ends") {
    WeakPoints const touching = weak(5, {{0, 1}, {1, 2}, {2, 0}, {2, 3}, {3, 4}, {4, 2}});
    CHECK(touching.links.empty());
    CHECK(touching.nodes == Nodes{2});
    WeakPoints const doubled = weak(3, {{0, 1}, {0, 1}, {1, 2}});
    CHECK(doubled.links == Links{2});
    CHECK(doubled.nodes == Nodes{1});
}
