#include "tests/sim/swarm/plan.hpp"

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
enum class Middle : std::uint8_t { router, lan, nat, firewall, two_ways, load_balancer, syn_proxy };
constexpr std::uint64_t middles = 7;

/// A load balancer and a SYN proxy know neither pick_up nor leak, a firewall no leak.
void furnish(topology::Node& node, Middle middle, Dice& dice) {
    Spec spec{.timeouts = {30s, 40s, 20s, 5s, 10s, 20s, 5s}, .unknown = static_cast<net::UnknownFlow>(dice.below(2))};
    switch (middle) {
        case Middle::nat:
            spec.kind = Spec::Kind::nat;
            spec.unknown = static_cast<net::UnknownFlow>(dice.below(4));
            spec.outside = "server1";
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
            return;
    }
    node.middleboxes.push_back(std::move(spec));
}

/// Clients – something – one server, or two.
Graph some_graph(Dice& dice) {
    Graph graph;
    auto const clients = 1 + dice.below(3);
    auto const middle = static_cast<Middle>(dice.below(middles));
    Vertex const between = add(graph, "between", middle == Middle::lan ? NodeKind::lan : NodeKind::router);
    std::vector<Vertex> all;
    for (std::uint64_t i = 0; i < clients; ++i) {
        all.push_back(add(graph, "client" + std::to_string(i + 1), NodeKind::host));
    }
    Vertex const server = add(graph, "server1", NodeKind::host);
    for (Vertex const client : all) {
        topology::connect(graph, client, between, some_edge(dice));
    }
    furnish(graph[between], middle, dice);
    if (middle == Middle::two_ways) {
        Vertex const far = add(graph, "far", NodeKind::router);
        Vertex const other = add(graph, "other", NodeKind::router);
        topology::connect(graph, between, far, some_edge(dice));
        topology::connect(graph, between, other, some_edge(dice));
        topology::connect(graph, other, far, some_edge(dice));
        topology::connect(graph, far, server, some_edge(dice));
    } else {
        topology::connect(graph, between, server, some_edge(dice));
    }
    if (middle == Middle::load_balancer) {
        topology::connect(graph, between, add(graph, "server2", NodeKind::host), some_edge(dice));
    }
    return graph;
}

}  // namespace

Plan plan_of(std::uint64_t seed) {
    core::Random random{seed, "swarm/plan"};
    Dice dice{random};
    Plan plan{.seed = seed, .graph = some_graph(dice)};
    topology::assign_addresses(plan.graph);
    plan.plugged = topology::configure(plan.graph, {.multipath = dice.chance(50), .failed = {}});
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
    for (std::size_t i = 0; i < plan.clients.size(); ++i) {
        plan.guards.push_back(static_cast<Guard>(dice.below(3)));
    }
    plan.reconverges = dice.chance(30);
    auto const troubles = 1 + dice.below(10);
    for (std::uint64_t i = 0; i < troubles; ++i) {
        plan.troubles.push_back(some_trouble(plan, dice));
        plan.troubles.back().at = dice.up_to(healing - 1s);
    }
    plan.harmless =
        std::all_of(plan.troubles.begin(), plan.troubles.end(), [](Trouble const& t) { return t.harmless; });
    return plan;
}

}  // namespace tcpsim::swarm
