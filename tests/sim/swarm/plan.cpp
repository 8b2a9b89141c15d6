#include "tests/sim/swarm/plan.hpp"

#include "stack/base/check.hpp"
#include "tests/sim/swarm/troubles.hpp"

#include <boost/range/iterator_range.hpp>

#include <algorithm>

namespace tcpsim::swarm {
namespace {

using namespace std::chrono_literals;
using topology::Edge;
using topology::Graph;
using topology::NodeKind;
using topology::Vertex;

constexpr std::uint16_t port = 9;
constexpr std::uint16_t datagram_port = 10;

Edge some_edge(Dice& dice) {
    Edge edge{.delay = dice.up_to(50ms)};
    if (dice.chance(50)) {
        edge.bits_per_second = 1'000'000 + dice.below(100'000'000);
        edge.queue_packets = 5 + static_cast<std::uint32_t>(dice.below(200));
        edge.queue_bytes = dice.chance(30) ? 20'000 : 0;
    }
    if (edge.bits_per_second != 0 && dice.chance(30)) {
        edge.red = {.min_packets = 2, .max_packets = 8, .weight_shift = 3, .marks = dice.chance(50)};
    } else if (edge.bits_per_second != 0 && dice.chance(30)) {
        edge.codel = {.target = net::codel_target, .marks = dice.chance(50)};
    }
    edge.jitter = dice.chance(30) ? dice.up_to(5ms) : Duration{0};
    edge.loss.good = {static_cast<std::uint32_t>(dice.chance(30) ? dice.below(50'000) : 0)};
    edge.direct = dice.chance(50);
    return edge;
}

Vertex add(Graph& graph, std::string name, NodeKind kind) {
    return boost::add_vertex(topology::Node{.name = std::move(name), .kind = kind}, graph);
}

using Spec = topology::MiddleboxSpec;

/// What stands between clients and servers.
enum class Middle : std::uint8_t {
    router,
    lan,
    nat,
    firewall,
    two_ways,
    load_balancer,
    syn_proxy,
    multihomed,  ///< everybody has two interfaces, and each leads to another router
    fat_tree,
    two_boxes,  ///< a NAT, and behind it a firewall
    network,    ///< routers and switches as they come
};
constexpr std::uint64_t middles = 11;

/// A load balancer and a SYN proxy know neither pick_up nor leak, a firewall no leak.
void furnish(topology::Node& node, Middle middle, Dice& dice) {
    Spec spec{.timeouts = {30s, 40s, 20s, 5s, 10s, 20s, 5s}, .unknown = static_cast<net::UnknownFlow>(dice.below(2))};
    switch (middle) {
        case Middle::nat:
        case Middle::two_boxes:
            spec.kind = Spec::Kind::nat;
            spec.unknown = static_cast<net::UnknownFlow>(dice.below(4));
            spec.outside = middle == Middle::two_boxes ? "gate" : "server1";
            break;
        case Middle::firewall:
            spec.kind = Spec::Kind::firewall;
            spec.unknown = static_cast<net::UnknownFlow>(dice.below(3));
            spec.outside = "server1";
            break;
        case Middle::load_balancer:
            spec.kind = Spec::Kind::load_balancer;
            spec.port = port;
            spec.servers = {{"server1", port}, {"server2", port}};
            break;
        case Middle::syn_proxy:
            spec.kind = Spec::Kind::syn_proxy;
            spec.servers = {{"server1", port}};
            break;
        case Middle::router:
        case Middle::lan:
        case Middle::two_ways:
        case Middle::multihomed:
        case Middle::fat_tree:
        case Middle::network:
            return;
    }
    node.middleboxes.push_back(std::move(spec));
}

/// A second way, by another router: all of it, or its inner part.
void add_second_way(Graph& graph, Vertex between, Vertex server, Dice& dice) {
    Vertex const far = add(graph, "far", NodeKind::router);
    Vertex const other = add(graph, "other", NodeKind::router);
    topology::connect(graph, between, far, some_edge(dice));
    topology::connect(graph, between, other, some_edge(dice));
    topology::connect(graph, other, far, some_edge(dice));
    topology::connect(graph, far, server, some_edge(dice));
}
void add_second_home(Graph& graph, std::vector<Vertex> const& hosts, Dice& dice) {
    Vertex const other = add(graph, "other", NodeKind::router);
    topology::connect(graph, 0, other, some_edge(dice));
    for (Vertex const host : hosts) {
        topology::connect(graph, host, other, some_edge(dice));
    }
}

void add_gate(Graph& graph, Vertex between, Vertex server, Dice& dice) {
    Vertex const gate = add(graph, "gate", NodeKind::router);
    furnish(graph[gate], Middle::firewall, dice);
    topology::connect(graph, between, gate, some_edge(dice));
    topology::connect(graph, gate, server, some_edge(dice));
}

/// A tree of routers and switches, perhaps with another link or two between routers; hosts are anywhere.
void add_network(Graph& graph, std::vector<Vertex> const& hosts, Dice& dice) {
    std::vector<Vertex> inner{0};
    auto const is_switch = [&](Vertex v) { return graph[v].kind == NodeKind::lan; };
    for (std::uint64_t more = 1 + dice.below(5); more > 0; --more) {
        Vertex const parent = inner[dice.below(inner.size())];
        bool const lan = !is_switch(parent) && dice.chance(30);
        Vertex const made = add(graph, "n" + std::to_string(inner.size()), lan ? NodeKind::lan : NodeKind::router);
        topology::connect(graph, parent, made, some_edge(dice));
        inner.push_back(made);
    }
    for (std::uint64_t more = dice.below(3); more > 0; --more) {
        Vertex const a = inner[dice.below(inner.size())], b = inner[dice.below(inner.size())];
        if (a != b && !is_switch(a) && !is_switch(b) && !boost::edge(a, b, graph).second) {
            topology::connect(graph, a, b, some_edge(dice));
        }
    }
    for (Vertex const host : hosts) {
        topology::connect(graph, host, inner[dice.below(inner.size())], some_edge(dice));
    }
    for (Vertex const v : inner) {  // a switch on which nobody is
        if (is_switch(v) && boost::out_degree(v, graph) == 1) {
            topology::connect(graph, v, add(graph, "idle" + std::to_string(v), NodeKind::router), some_edge(dice));
        }
    }
}

/// Al-Fares 2008, k = 4, with a host or none in each pod. Every link alike, so that there are equal ways.
void add_fat_tree(Graph& graph, std::vector<Vertex> const& hosts, Dice& dice) {
    constexpr std::size_t k = 4;
    Edge const alike = some_edge(dice);
    std::vector<Vertex> cores{0};
    while (cores.size() < k * k / 4) {
        cores.push_back(add(graph, "core" + std::to_string(cores.size() + 1), NodeKind::router));
    }
    for (std::size_t pod = 0; pod < hosts.size(); ++pod) {
        std::vector<Vertex> edges;
        for (std::size_t i = 0; i < k / 2; ++i) {
            edges.push_back(add(graph, "edge" + std::to_string(pod) + std::to_string(i), NodeKind::router));
        }
        for (std::size_t i = 0; i < k / 2; ++i) {
            Vertex const up = add(graph, "up" + std::to_string(pod) + std::to_string(i), NodeKind::router);
            for (std::size_t core = 0; core < k / 2; ++core) {
                topology::connect(graph, up, cores[i * k / 2 + core], alike);
            }
            for (Vertex const edge : edges) {
                topology::connect(graph, edge, up, alike);
            }
        }
        topology::connect(graph, hosts[pod], edges[dice.below(edges.size())], alike);
    }
}

/// Clients – something – one server, or two.
Graph some_graph(Dice& dice) {
    Graph graph;
    auto const clients = 1 + dice.below(3);
    auto const middle = static_cast<Middle>(dice.below(middles));
    Vertex const between = add(graph, "between", middle == Middle::lan ? NodeKind::lan : NodeKind::router);
    std::vector<Vertex> hosts;
    for (std::uint64_t i = 0; i < clients; ++i) {
        hosts.push_back(add(graph, "client" + std::to_string(i + 1), NodeKind::host));
    }
    Vertex const server = add(graph, "server1", NodeKind::host);
    furnish(graph[between], middle, dice);
    if (middle == Middle::fat_tree || middle == Middle::network) {
        hosts.push_back(server);
        (middle == Middle::fat_tree ? add_fat_tree : add_network)(graph, hosts, dice);
        return graph;
    }
    for (Vertex const client : hosts) {
        topology::connect(graph, client, between, some_edge(dice));
    }
    if (middle == Middle::two_ways) {
        add_second_way(graph, between, server, dice);
    } else if (middle == Middle::two_boxes) {
        add_gate(graph, between, server, dice);
    } else {
        topology::connect(graph, between, server, some_edge(dice));
    }
    if (middle == Middle::load_balancer) {
        topology::connect(graph, between, add(graph, "server2", NodeKind::host), some_edge(dice));
    }
    if (middle == Middle::multihomed) {
        hosts.push_back(server);
        add_second_home(graph, hosts, dice);
    }
    return graph;
}

/// A SYN proxy's client whose first ACK is lost has a connection without a window. Its probes show no cookie, so that the
/// proxy does not know them (Linux synproxy_recv_client_ack).
bool may_lose_a_cookie(Graph const& graph) {
    auto const edges = boost::make_iterator_range(boost::edges(graph));
    bool const loses = std::any_of(edges.begin(), edges.end(), [&](auto const& edge) {
        return !graph[edge].loss.loses_nothing() || graph[edge].bits_per_second != 0;
    });
    auto const& boxes = graph[0].middleboxes;
    return loses && !boxes.empty() && boxes.front().kind == Spec::Kind::syn_proxy;
}

/// 4.4BSD sends three SYNs and then gives up: that all are lost by chance is no wonder in thousands of worlds.
bool may_lose_three(Plan const& plan) {
    auto const edges = boost::make_iterator_range(boost::edges(plan.graph));
    bool const loses = std::any_of(edges.begin(), edges.end(),
                                   [&](auto const& edge) { return !plan.graph[edge].loss.loses_nothing(); });
    return loses && std::any_of(plan.clients.begin(), plan.clients.end(), [&](trace::NodeId client) {
               return plan.profiles[static_cast<std::size_t>(client)].name == "bsd44";
           });
}

/// Systems of different kinds; Linux may ask for explicit congestion notification.
void choose_systems(Plan& plan, Dice& dice) {
    bool const asks = dice.chance(40);
    for (Vertex const v : boost::make_iterator_range(boost::vertices(plan.graph))) {
        bool const is_linux = plan.seed % 5 != v % 5;
        profile::Profile& chosen = plan.profiles.emplace_back(*profile::find(is_linux ? "linux" : "bsd44"));
        if (is_linux && asks) {
            check(!profile::set(chosen, "tcp_ecn", "1"), "Linux knows tcp_ecn");
        }
    }
}

}  // namespace

Plan plan_of(std::uint64_t seed) {
    core::Random random{seed, "swarm/plan"};
    Dice dice{random};
    Plan plan{.seed = seed, .graph = some_graph(dice)};
    topology::assign_addresses(plan.graph);
    plan.plugged = topology::configure(plan.graph, {.multipath = dice.chance(50), .failed = {}});
    choose_systems(plan, dice);
    bool const arp = dice.chance(40);
    for (Vertex const v : boost::make_iterator_range(boost::vertices(plan.graph))) {
        plan.plugged[v].configuration.arp = arp;
        trace::NodeId const node{static_cast<std::uint32_t>(v)};
        if (plan.graph[v].kind == NodeKind::host) {
            (plan.graph[v].name.starts_with("server") ? plan.servers : plan.clients).push_back(node);
        }
    }
    // A load balancer's clients know its address, at its first interface.
    auto const serving = plan.servers.size() > 1 ? trace::NodeId{0} : plan.servers[0];
    plan.service = {plan.plugged[static_cast<std::size_t>(serving)].configuration.interfaces[0].address.address, port};
    if (plan.servers.size() == 1) {
        plan.datagrams = {plan.service.address, datagram_port};
    }
    for (std::size_t i = 0; i < plan.clients.size(); ++i) {
        plan.guards.push_back(static_cast<Guard>(dice.below(3)));
    }
    plan.reconverges = dice.chance(30);
    auto const troubles = 1 + dice.below(10);
    for (std::uint64_t i = 0; i < troubles; ++i) {
        Trouble trouble = some_trouble(plan, dice);
        trouble.at = dice.up_to(healing - 1s);
        // A bit that flips in an ARP reply, which has no checksum, is believed for minutes.
        plan.echo_lives = plan.echo_lives && !trouble.ends_echo && !(arp && trouble.name == "corrupt");
        auto undone = dice.chance(40) ? undoing(trouble) : std::nullopt;
        plan.troubles.push_back(std::move(trouble));
        if (undone) {
            undone->at += dice.up_to(healing - 1s - undone->at);
            plan.troubles.push_back(std::move(*undone));
        }
    }
    plan.harmless =
        !may_lose_a_cookie(plan.graph) && !may_lose_three(plan) &&
        std::all_of(plan.troubles.begin(), plan.troubles.end(), [](Trouble const& t) { return t.harmless; });
    return plan;
}

}  // namespace tcpsim::swarm
