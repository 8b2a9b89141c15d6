// `tcpsim topology show`: a map of nodes and links, in words or for other programs.
#include "sim/topology/topology.hpp"

#include "sim/topology/units.hpp"
#include "tools/render/text.hpp"
#include "tools/tcpsim/commands.hpp"
#include "tools/tcpsim/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

namespace tcpsim::tool {
namespace {

using topology::Graph;
using topology::NodeKind;
using topology::Vertex;

std::string_view kind_of(NodeKind kind) {
    switch (kind) {
        case NodeKind::host:
            return "host";
        case NodeKind::router:
            return "router";
        case NodeKind::lan:
            return "switch";
    }
    return "";
}

std::string_view kind_of(topology::MiddleboxSpec::Kind kind) {
    using Kind = topology::MiddleboxSpec::Kind;
    switch (kind) {
        case Kind::nat:
            return "NAT";
        case Kind::firewall:
            return "firewall";
        case Kind::load_balancer:
            return "load balancer";
        case Kind::syn_proxy:
            return "SYN proxy";
    }
    return "";
}

/// "router, NAT".
std::string kinds_of(topology::Node const& node) {
    std::string text{kind_of(node.kind)};
    for (topology::MiddleboxSpec const& box : node.middleboxes) {
        text += fmt::format(", {}", kind_of(box.kind));
    }
    return text;
}

/// "20ms, 10Mbit/s, loss".
std::string properties_of(topology::Edge const& link) {
    std::string text = topology::duration_text(link.delay);
    text += link.bits_per_second == 0 ? "" : ", " + topology::rate_text(link.bits_per_second);
    text += link.jitter == Duration{0} ? "" : ", jitter " + topology::duration_text(link.jitter);
    text += link.mtu == topology::Edge{}.mtu ? "" : fmt::format(", MTU {}", link.mtu);
    text += link.red.max_packets == 0 ? "" : ", RED";
    text += link.codel.target == Duration{0} ? "" : ", CoDel";
    text += link.loss.loses_nothing() ? "" : ", loses at random";
    return text + (link.direct ? ", one cable" : "");
}

/// What Boost.Graph gives as a pair of iterators, for a loop.
template <class Iterator>
struct Each {
    Iterator first;
    Iterator last;
    [[nodiscard]] Iterator begin() const { return first; }
    [[nodiscard]] Iterator end() const { return last; }
};
template <class Iterator>
Each<Iterator> each(std::pair<Iterator, Iterator> const& range) {
    return {range.first, range.second};
}

std::string address_text(wire::Ipv4Prefix const& prefix) {
    return prefix.address.unspecified() ? "" : fmt::format("{}/{}", wire::to_string(prefix.address), prefix.length);
}

/// An out-edge of an undirected graph begins where one asks; the link itself keeps its order.
Vertex given_source(Graph const& graph, boost::graph_traits<Graph>::edge_descriptor const& out_edge) {
    for (auto const edge : each(boost::edges(graph))) {
        if (edge == out_edge) {
            return boost::source(edge, graph);
        }
    }
    return boost::source(out_edge, graph);
}

/// Every node with what it is plugged into.
void print_nodes(Graph const& graph) {
    for (Vertex const v : each(boost::vertices(graph))) {
        std::cout << fmt::format("{} ({})\n", graph[v].name, kinds_of(graph[v]));
        auto const degree = boost::out_degree(v, graph);
        std::size_t n = 0;
        for (auto const edge : each(boost::out_edges(v, graph))) {
            Vertex const there = boost::target(edge, graph);
            bool const given_first = given_source(graph, edge) == v;
            auto const& own = given_first ? graph[edge].address_source : graph[edge].address_target;
            std::cout << fmt::format("  {}── {:<12} {:<16} {}\n", ++n == degree ? "└" : "├", graph[there].name,
                                     address_text(own), properties_of(graph[edge]));
        }
    }
}

void print_weak_points(Graph const& graph) {
    topology::WeakPoints const weak = topology::weak_points(graph);
    std::string nodes;
    for (Vertex const v : weak.nodes) {
        nodes += (nodes.empty() ? "" : ", ") + graph[v].name;
    }
    std::string links;
    std::size_t number = 0;
    for (auto const edge : each(boost::edges(graph))) {
        bool const bridge = std::find(weak.links.begin(), weak.links.end(), number++) != weak.links.end();
        links += bridge ? (links.empty() ? "" : ", ") + graph[edge].name : "";
    }
    std::cout << fmt::format("\nNodes whose loss cuts others off: {}\n", nodes.empty() ? "none" : nodes)
              << fmt::format("Links whose loss cuts others off: {}\n", links.empty() ? "none" : links);
}

/// Neither format has words for them.
void warn_of_lost_boxes(Graph const& graph) {
    for (Vertex const v : each(boost::vertices(graph))) {
        for (topology::MiddleboxSpec const& box : graph[v].middleboxes) {
            std::cerr << fmt::format("tcpsim: {} is a plain router in this format, its {} is left out\n", graph[v].name,
                                     kind_of(box.kind));
        }
    }
}

}  // namespace

Exit execute(TopologyCommand const& command, Replay& /*replay*/) {
    auto const resolve = [](std::string const& path) { return read_text(path); };
    auto loaded = scenario::load_graph(command.file, resolve);
    if (auto const* problems = std::get_if<std::vector<scenario::Problem>>(&loaded)) {
        for (scenario::Problem const& problem : *problems) {
            std::cerr << render::printable(scenario::to_string(problem)) << '\n';
        }
        return Exit::users_error;
    }
    auto& graph = std::get<Graph>(loaded);
    switch (command.form) {
        case TopologyCommand::Form::dot:
            std::cout << topology::write_dot(graph);
            warn_of_lost_boxes(graph);
            break;
        case TopologyCommand::Form::graphml:
            std::cout << topology::write_graphml(graph);
            warn_of_lost_boxes(graph);
            break;
        case TopologyCommand::Form::picture:
            topology::assign_addresses(graph);
            print_nodes(graph);
            print_weak_points(graph);
            break;
    }
    return Exit::fine;
}

}  // namespace tcpsim::tool
