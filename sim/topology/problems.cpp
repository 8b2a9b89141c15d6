#include "sim/topology/segments.hpp"

#include <boost/graph/connected_components.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace tcpsim::topology {
namespace {

constexpr std::size_t most_links = 65'535;    // 10.n.m.0/24
constexpr std::size_t most_nodes = 65'535;    // two bytes of a MAC address
constexpr std::size_t most_interfaces = 256;  // one byte of a MAC address
constexpr Duration longest_delay = std::chrono::hours{24 * 366};
constexpr std::uint16_t smallest_mtu = 576;  // RFC 791 §3.1: what every host must accept

using Problems = std::vector<std::string>;

/// Names become parts of file names, of "host:port" and of the paths of random streams.
bool is_name(std::string const& text) {
    auto const allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.';
    };
    return !text.empty() && text.front() != '.' && std::all_of(text.begin(), text.end(), allowed);
}

void check_name(char const* what, std::string const& name, std::set<std::string>& taken, Problems& found) {
    if (!is_name(name)) {
        found.push_back(fmt::format("'{}' is not a name for a {}: only letters, digits, '-', '_' and '.'", name, what));
    } else if (!taken.insert(name).second) {
        found.push_back(fmt::format("two {}s have the name '{}'", what, name));
    }
}

void check_nodes(Graph const& graph, Problems& found) {
    if (boost::num_vertices(graph) == 0) {
        found.emplace_back("there are no nodes");
    }
    if (boost::num_vertices(graph) > most_nodes) {
        found.push_back(fmt::format("there are more than {} nodes", most_nodes));
    }
    std::set<std::string> taken;
    for (Vertex const v : boost::make_iterator_range(boost::vertices(graph))) {
        std::string const& name = graph[v].name;
        check_name("node", name, taken, found);
        if (boost::out_degree(v, graph) == 0) {
            found.push_back(fmt::format("'{}' has no link", name));
        } else if (boost::out_degree(v, graph) > most_interfaces) {
            found.push_back(fmt::format("'{}' has more than {} links", name, most_interfaces));
        }
    }
}

void check_addresses(Edge const& link, bool switched, Problems& found) {
    wire::Ipv4Prefix const& a = link.address_source;
    wire::Ipv4Prefix const& b = link.address_target;
    if (a.address.unspecified() && b.address.unspecified()) {
        return;
    }
    if (switched) {  // a switch has no address
        wire::Ipv4Prefix const& own = a.address.unspecified() ? b : a;
        if (own.length > 30 || own.length == 0 || (!a.address.unspecified() && !b.address.unspecified())) {
            found.push_back(fmt::format("the address at link '{}' cannot be in a shared subnet", link.name));
        }
        return;
    }
    if (a.address.unspecified() || b.address.unspecified()) {
        found.push_back(fmt::format("link '{}' has an address at one end only", link.name));
    } else if (a.length > 30 || a.length == 0 || a.length != b.length || !a.contains(b.address)) {
        found.push_back(fmt::format("the ends of link '{}' are not in one subnet", link.name));
    } else if (a.address == b.address) {
        found.push_back(fmt::format("both ends of link '{}' have one address", link.name));
    }
}

template <class Descriptor>
bool is_switched(Graph const& graph, Descriptor const& edge) {
    return graph[boost::source(edge, graph)].kind == NodeKind::lan ||
           graph[boost::target(edge, graph)].kind == NodeKind::lan;
}

void check_links(Graph const& graph, Problems& found) {
    if (boost::num_edges(graph) > most_links) {
        found.push_back(fmt::format("there are more than {} links", most_links));
    }
    std::set<std::string> taken;
    for (auto const edge : boost::make_iterator_range(boost::edges(graph))) {
        Edge const& link = graph[edge];
        check_name("link", link.name, taken, found);
        if (boost::source(edge, graph) == boost::target(edge, graph)) {
            found.push_back(fmt::format("link '{}' leads from a node to itself", link.name));
        }
        if (link.delay < Duration{0} || link.delay > longest_delay) {
            found.push_back(fmt::format("the delay of link '{}' is not between 0 and 366 days", link.name));
        }
        if (link.jitter < Duration{0} || link.jitter > longest_delay) {
            found.push_back(fmt::format("the jitter of link '{}' is not between 0 and 366 days", link.name));
        }
        if (link.red.max_packets != 0 && link.red.min_packets >= link.red.max_packets) {
            found.push_back(fmt::format("link '{}': RED's min is not below its max", link.name));
        }
        if (link.red.max_packets != 0 && link.codel.target != Duration{0}) {
            found.push_back(fmt::format("link '{}' has both RED and CoDel", link.name));
        }
        if (link.codel.interval <= Duration{0} || link.codel.interval > net::longest_codel_interval) {
            found.push_back(fmt::format("link '{}': CoDel's interval is not between 1ns and 4s", link.name));
        }
        if (link.mtu < smallest_mtu) {
            found.push_back(fmt::format("the MTU of link '{}' is less than {}", link.name, smallest_mtu));
        }
        check_addresses(link, is_switched(graph, edge), found);
    }
}

/// Whom middleboxes are about.
void check_middleboxes(Graph const& graph, Problems& found) {
    std::map<std::string, Vertex> nodes;
    for (Vertex const v : boost::make_iterator_range(boost::vertices(graph))) {
        nodes.emplace(graph[v].name, v);
    }
    for (Vertex const v : boost::make_iterator_range(boost::vertices(graph))) {
        for (MiddleboxSpec const& box : graph[v].middleboxes) {
            if (graph[v].kind != NodeKind::router) {
                found.push_back(fmt::format("'{}' is no router, so it cannot be a middlebox", graph[v].name));
            }
            if (box.kind == MiddleboxSpec::Kind::load_balancer && box.servers.empty()) {
                found.push_back(fmt::format("'{}' balances among no servers", graph[v].name));
            }
            if (std::set(box.servers.begin(), box.servers.end()).size() != box.servers.size()) {
                found.push_back(fmt::format("'{}' has the same server twice", graph[v].name));
            }
            auto const outside = nodes.find(box.outside);
            bool const has_outside = outside != nodes.end() && boost::edge(v, outside->second, graph).second;
            if (!box.outside.empty() && !has_outside) {
                found.push_back(fmt::format("'{}' is not next to '{}', its outside", graph[v].name, box.outside));
            }
            for (auto const& [server, port] : box.servers) {
                auto const node = nodes.find(server);
                if (node == nodes.end() || graph[node->second].kind != NodeKind::host) {
                    found.push_back(fmt::format("'{}' serves for '{}', which is no host", graph[v].name, server));
                }
            }
        }
    }
    if (has_switching_loop(graph)) {
        found.emplace_back("two ways lead from one switch to another, and frames would circle for ever");
    }
}

/// Subnets of two links, one of which may hold addresses from the user and the other ours.
void check_overlaps(Graph graph, Problems& found) {
    assign_addresses(graph);
    struct Subnet {
        std::uint32_t first{0}, last{0};
        std::string const* link{nullptr};
    };
    std::vector<Subnet> subnets;
    std::vector<std::size_t> const segment_of_link = segments(graph);
    std::size_t number = 0;
    for (auto const edge : boost::make_iterator_range(boost::edges(graph))) {
        bool const is_first = segment_of_link[number] == number;
        ++number;
        bool const at_source = !graph[edge].address_source.address.unspecified();
        wire::Ipv4Prefix const& prefix = at_source ? graph[edge].address_source : graph[edge].address_target;
        if (!is_first || prefix.address.unspecified()) {
            continue;  // a link between switches has no address
        }
        std::uint32_t const first = prefix.address.value & prefix.mask();
        subnets.push_back(Subnet{first, first | ~prefix.mask(), &graph[edge].name});
    }
    std::stable_sort(subnets.begin(), subnets.end(),
                     [](Subnet const& x, Subnet const& y) { return x.first < y.first; });
    for (std::size_t i = 1; i < subnets.size(); ++i) {
        if (subnets[i].first <= subnets[i - 1].last) {
            found.push_back(
                fmt::format("the subnets of links '{}' and '{}' overlap", *subnets[i - 1].link, *subnets[i].link));
        }
    }
}

void check_connected(Graph const& graph, Problems& found) {
    std::vector<std::size_t> component(boost::num_vertices(graph));
    if (component.empty() || boost::connected_components(graph, component.data()) <= 1) {
        return;
    }
    auto const apart =
        std::find_if(component.begin(), component.end(), [&](std::size_t c) { return c != component[0]; });
    auto const there = static_cast<Vertex>(apart - component.begin());
    found.push_back(fmt::format("no path leads from '{}' to '{}'", graph[Vertex{0}].name, graph[there].name));
}

}  // namespace

std::vector<std::string> problems(Graph const& graph) {
    Problems found;
    check_nodes(graph, found);
    check_links(graph, found);
    check_middleboxes(graph, found);
    check_connected(graph, found);
    if (found.empty()) {
        check_overlaps(graph, found);
    }
    return found;
}

}  // namespace tcpsim::topology
