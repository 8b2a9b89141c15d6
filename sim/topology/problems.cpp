#include "sim/topology/topology.hpp"

#include <boost/graph/connected_components.hpp>
#include <fmt/format.h>

#include <algorithm>
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

void check_addresses(Edge const& link, Problems& found) {
    wire::Ipv4Prefix const& a = link.address_source;
    wire::Ipv4Prefix const& b = link.address_target;
    if (a.address.unspecified() && b.address.unspecified()) {
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
        if (link.mtu < smallest_mtu) {
            found.push_back(fmt::format("the MTU of link '{}' is less than {}", link.name, smallest_mtu));
        }
        check_addresses(link, found);
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
    for (auto const edge : boost::make_iterator_range(boost::edges(graph))) {
        wire::Ipv4Prefix const& prefix = graph[edge].address_source;
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
    check_connected(graph, found);
    if (found.empty()) {
        check_overlaps(graph, found);
    }
    return found;
}

}  // namespace tcpsim::topology
