#include "tests/sim/swarm/plan.hpp"

#include "sim/core/random.hpp"

#include <boost/range/iterator_range.hpp>

namespace tcpsim::swarm {
namespace {

using namespace std::chrono_literals;
using topology::Edge;
using topology::Graph;
using topology::NodeKind;
using topology::Vertex;

constexpr std::uint16_t port = 9;

/// Draws, and what is drawn for.
struct Dice {
    core::Random& random;
    std::uint64_t below(std::uint64_t bound) { return random.below(bound); }
    bool chance(std::uint64_t percent) { return random.chance(percent, 100); }
    Duration up_to(Duration most) { return Duration{random.below(static_cast<std::uint64_t>(most.count()) + 1)}; }
};

Edge some_edge(Dice& dice) {
    Edge edge{.delay = dice.up_to(50ms)};
    if (dice.chance(50)) {
        edge.bits_per_second = 1'000'000 + dice.below(100'000'000);
        edge.queue_packets = 5 + static_cast<std::uint32_t>(dice.below(200));
        edge.queue_bytes = dice.chance(30) ? 20'000 : 0;
    }
    edge.jitter = dice.chance(30) ? dice.up_to(5ms) : Duration{0};
    edge.loss.good = {static_cast<std::uint32_t>(dice.chance(30) ? dice.below(50'000) : 0)};
    edge.direct = dice.chance(50);
    return edge;
}

Vertex add(Graph& graph, std::string name, NodeKind kind) {
    return boost::add_vertex(topology::Node{.name = std::move(name), .kind = kind}, graph);
}

/// Clients – something – server.
Graph some_graph(Dice& dice) {
    Graph graph;
    auto const clients = 1 + dice.below(3);
    auto const middle = dice.below(6);
    bool const switched = middle == 1;
    Vertex const between = add(graph, "between", switched ? NodeKind::lan : NodeKind::router);
    std::vector<Vertex> all;
    for (std::uint64_t i = 0; i < clients; ++i) {
        all.push_back(add(graph, "client" + std::to_string(i + 1), NodeKind::host));
    }
    Vertex const server = add(graph, "server", NodeKind::host);
    for (Vertex const client : all) {
        topology::connect(graph, client, between, some_edge(dice));
    }
    auto const timeouts = net::FlowTimeouts{30s, 40s, 20s, 5s};
    auto const unknown = static_cast<net::UnknownFlow>(dice.below(3));  // drop, reset, pick_up
    if (middle == 2) {
        graph[between].middleboxes.push_back({.kind = topology::MiddleboxSpec::Kind::nat,
                                              .timeouts = timeouts,
                                              .unknown = unknown,
                                              .outside = "server"});
    } else if (middle == 3) {
        graph[between].middleboxes.push_back({.kind = topology::MiddleboxSpec::Kind::firewall,
                                              .timeouts = timeouts,
                                              .unknown = unknown,
                                              .outside = "server"});
    }
    if (middle == 4) {  // two ways
        Vertex const far = add(graph, "far", NodeKind::router);
        Vertex const other = add(graph, "other", NodeKind::router);
        topology::connect(graph, between, far, some_edge(dice));
        topology::connect(graph, between, other, some_edge(dice));
        topology::connect(graph, other, far, some_edge(dice));
        topology::connect(graph, far, server, some_edge(dice));
    } else {
        topology::connect(graph, between, server, some_edge(dice));
    }
    return graph;
}

constexpr std::size_t kinds = 26;

Trouble rule(std::string name, trace::LinkId link, net::Verdict verdict, Dice& dice) {
    net::Rule rule{.name = name, .verdict = verdict};
    rule.match.chance = net::Probability{static_cast<std::uint32_t>(50'000 + dice.below(500'000))};
    if (dice.chance(30)) {
        rule.match.towards = dice.chance(50) ? net::End::a : net::End::b;
    }
    return {.name = std::move(name), .verb = world::ArmRule{link, rule}, .cure = {world::RemoveRule{link, rule.name}}};
}

Trouble of_machine(std::size_t kind, trace::NodeId machine, Plan const& plan, Dice& dice) {
    wire::Ipv4Prefix const address =
        plan.plugged[static_cast<std::size_t>(machine)].configuration.interfaces[0].address;
    switch (kind) {
        case 0:
            return {.name = "power_loss", .verb = world::PowerLoss{machine}, .cure = {world::Boot{machine}}};
        case 1:
            return {.name = "crash", .verb = world::Crash{machine}, .cure = {world::Boot{machine}}};
        case 2:
            return {.name = "boot", .verb = world::Boot{machine}};
        case 3: {
            auto const nic = static_cast<machine::SleepingNic>(dice.below(3));
            return {.name = "suspend",
                    .verb = world::Suspend{machine, {dice.chance(50), nic}},
                    .cure = {world::Resume{machine}}};
        }
        case 4:
            return {.name = "resume", .verb = world::Resume{machine}};
        case 5:
            return {.name = "clock_skew",
                    .verb = world::SkewClock{machine, dice.up_to(30s), static_cast<std::int32_t>(dice.below(1000))}};
        case 6:
            return {.name = "nic_down",
                    .verb = world::SetNic{machine, 0, false},
                    .cure = {world::SetNic{machine, 0, true}}};
        case 7:
            return {.name = "nic_up", .verb = world::SetNic{machine, 0, true}};
        case 8:
            return {.name = "address_removed",
                    .verb = world::RemoveAddress{machine, 0},
                    .cure = {world::AddAddress{machine, 0, address}}};
        case 9:
            return {.name = "address_added", .verb = world::AddAddress{machine, 0, address}};
        default:
            return {.name = "kill", .verb = world::Kill{machine, "sink"}};
    }
}

Trouble of_link(std::size_t kind, trace::LinkId link, Dice& dice) {
    using Kind = net::Verdict::Kind;
    switch (kind) {
        case 11:
            return {.name = "cut", .verb = world::CutLink{link}, .cure = {world::RestoreLink{link}}};
        case 12:
            return {.name = "restore", .verb = world::RestoreLink{link}};
        case 13:
            return {.name = "blackhole", .verb = world::BlackHole{link, {}}, .cure = {world::RestoreLink{link}}};
        case 14:
            return {.name = "flap",
                    .verb = world::Flap{link, dice.up_to(900ms) + 1ms, dice.up_to(900ms) + 1ms,
                                        1 + static_cast<std::uint32_t>(dice.below(5))}};
        case 15:
            return {.name = "change",
                    .verb = world::ChangeLink{link, {.delay = dice.up_to(100ms), .loss = net::LossModel{{300'000}}}},
                    .cure = {world::ChangeLink{link, {.loss = net::LossModel{}}}}};
        case 16:
            return rule("drop", link, {Kind::drop}, dice);
        case 17:
            return rule("slow", link, {Kind::delay, dice.up_to(2s) + 1ns}, dice);
        case 18:
            return rule("reorder", link, {Kind::hold, Duration{0}, 2 + static_cast<std::uint32_t>(dice.below(20))},
                        dice);
        case 19:
            return rule("duplicate", link, {Kind::duplicate, dice.up_to(10ms), 1}, dice);
        case 20:
            return rule("corrupt", link, {Kind::corrupt}, dice);
        case 21:
            return rule("mark", link, {Kind::mark_ce}, dice);
        default:
            return rule("stall", link, {Kind::stall, dice.up_to(2s)}, dice);
    }
}

Trouble of_router(std::size_t kind, trace::NodeId router, Plan const& plan, Dice& dice) {
    host::Route const route{.destination = {plan.service.address, 32},
                            .kind = static_cast<host::RouteKind>(1 + dice.below(6))};
    switch (kind) {
        case 23:
            return {.name = "route",
                    .verb = world::AddRoute{router, route},
                    .cure = {world::RemoveRoute{router, route.destination, route.kind}}};
        case 24:
            return {.name = "forget_flows", .verb = world::ForgetFlows{router}};
        default:
            return {.name = "rebind", .verb = world::RebindFlows{router}};
    }
}

Trouble some_trouble(Plan const& plan, Dice& dice) {
    std::size_t const kind = dice.below(kinds);
    Trouble trouble;
    if (kind <= 10) {
        bool const of_server = dice.chance(50) || kind == 10;
        trouble = of_machine(kind, of_server ? plan.server : plan.clients[dice.below(plan.clients.size())], plan, dice);
    } else if (kind <= 22) {
        trouble =
            of_link(kind, trace::LinkId{static_cast<std::uint32_t>(dice.below(boost::num_edges(plan.graph)))}, dice);
    } else if (plan.graph[0].kind == NodeKind::router) {
        trouble = of_router(kind, trace::NodeId{0}, plan, dice);
    } else {
        return some_trouble(plan, dice);
    }
    trouble.at = dice.up_to(healing - 1s);
    return trouble;
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
        if (plan.graph[v].name == "server") {
            plan.server = node;
            plan.service = {plan.plugged[v].configuration.interfaces[0].address.address, port};
        } else if (plan.graph[v].kind == NodeKind::host) {
            plan.clients.push_back(node);
        }
    }
    auto const troubles = 1 + dice.below(10);
    for (std::uint64_t i = 0; i < troubles; ++i) {
        plan.troubles.push_back(some_trouble(plan, dice));
    }
    return plan;
}

std::vector<std::string> trouble_names() {
    return {"power_loss", "crash",           "boot",          "suspend",      "resume",  "clock_skew", "nic_down",
            "nic_up",     "address_removed", "address_added", "kill",         "cut",     "restore",    "blackhole",
            "flap",       "change",          "drop",          "slow",         "reorder", "duplicate",  "corrupt",
            "mark",       "stall",           "route",         "forget_flows", "rebind"};
}

}  // namespace tcpsim::swarm
