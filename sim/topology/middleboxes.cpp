// Middleboxes by name become middleboxes with addresses.
#include "sim/topology/topology.hpp"
#include "stack/base/check.hpp"

#include <boost/range/iterator_range.hpp>

#include <algorithm>

namespace tcpsim::topology {
namespace {

Vertex vertex_named(Graph const& graph, std::string const& name) {
    auto const [first, last] = boost::vertices(graph);
    auto const found = std::find_if(first, last, [&](Vertex v) { return graph[v].name == name; });
    check(found != last, "problems() lets no unknown node pass");
    return *found;
}

/// The interface of `router` towards `node`.
std::uint32_t interface_towards(Graph const& graph, Vertex router, std::string const& node, Plugged const& plugged) {
    Vertex const there = vertex_named(graph, node);
    for (std::uint32_t i = 0; i < plugged.edge_of_interface.size(); ++i) {
        auto const edge =
            *std::next(boost::edges(graph).first, static_cast<std::ptrdiff_t>(plugged.edge_of_interface[i]));
        Vertex const a = boost::source(edge, graph);
        Vertex const b = boost::target(edge, graph);
        if ((a == router && b == there) || (a == there && b == router)) {
            return i;
        }
    }
    check(false, "problems() lets no distant outside pass");
    return 0;
}

wire::Endpoint endpoint_of(Graph const& graph, std::pair<std::string, std::uint16_t> const& server,
                           std::vector<Plugged> const& plugged) {
    Vertex const host = vertex_named(graph, server.first);
    return {plugged[host].configuration.interfaces.at(0).address.address, server.second};
}

}  // namespace

net::Middleboxes middleboxes_of(Graph const& graph, Vertex router, std::vector<Plugged> const& plugged,
                                std::uint64_t seed) {
    net::Middleboxes boxes;
    auto const& interfaces = plugged[router].configuration.interfaces;
    for (MiddleboxSpec const& spec : graph[router].middleboxes) {
        std::uint32_t const outside =
            spec.outside.empty() ? 0 : interface_towards(graph, router, spec.outside, plugged[router]);
        std::vector<wire::Endpoint> servers;
        for (auto const& server : spec.servers) {
            servers.push_back(endpoint_of(graph, server, plugged));
        }
        switch (spec.kind) {
            case MiddleboxSpec::Kind::nat: {
                net::NatSettings settings{.outside = outside,
                                          .address = interfaces[outside].address.address,
                                          .timeouts = spec.timeouts,
                                          .from_inside = spec.unknown};
                bool const silent = spec.unknown == net::UnknownFlow::drop;
                settings.from_outside = silent ? net::UnknownFlow::drop : net::UnknownFlow::reset;
                boxes.nat.emplace(settings);
                break;
            }
            case MiddleboxSpec::Kind::firewall:
                boxes.firewall.emplace(net::FirewallSettings{.outside = outside,
                                                             .open_ports = {spec.ports.begin(), spec.ports.end()},
                                                             .timeouts = spec.timeouts,
                                                             .unknown = spec.unknown});
                break;
            case MiddleboxSpec::Kind::load_balancer:
                boxes.load_balancer.emplace(
                    net::LoadBalancerSettings{.service = {interfaces[0].address.address, spec.port},
                                              .backends = std::move(servers),
                                              .timeouts = spec.timeouts,
                                              .unknown = spec.unknown},
                    seed);
                break;
            case MiddleboxSpec::Kind::syn_proxy:
                boxes.syn_proxy.emplace(
                    net::SynProxySettings{.service = servers.at(0), .timeouts = spec.timeouts, .unknown = spec.unknown},
                    seed);
                break;
        }
    }
    return boxes;
}

}  // namespace tcpsim::topology
