#include "sim/scenario/world_verb.hpp"

#include "stack/base/check.hpp"

#include <algorithm>

namespace tcpsim::scenario {

namespace {

trace::LinkId link_named(Stage const& stage, std::string const& name) {
    auto const& links = stage.names.links;
    auto const found = std::find(links.begin(), links.end(), name);
    check(found != links.end(), "the loader lets no unknown link pass");
    return trace::LinkId{static_cast<std::uint32_t>(found - links.begin())};
}

/// The interface of `host` at `link`, or its first.
std::uint32_t interface_of(Stage const& stage, std::string const& host, std::string const& link) {
    if (link.empty()) {
        return 0;
    }
    auto const edge = static_cast<std::size_t>(link_named(stage, link));
    auto const& edges = stage.plugged[static_cast<std::size_t>(stage.directory.node(host))].edge_of_interface;
    auto const found = std::find(edges.begin(), edges.end(), edge);
    check(found != edges.end(), "the loader lets no interface pass that is not there");
    return static_cast<std::uint32_t>(found - edges.begin());
}

/// Which end of `link` is at `node`; empty: no node is named.
std::optional<net::End> end_at(Stage const& stage, std::string const& link, std::string const& node) {
    if (node.empty()) {
        return std::nullopt;
    }
    auto const& graph = stage.scenario.topology;
    auto edge = boost::edges(graph).first;
    std::advance(edge, static_cast<std::ptrdiff_t>(link_named(stage, link)));
    return graph[boost::source(*edge, graph)].name == node ? net::End::a : net::End::b;
}

net::Verdict verdict_of(TimelineVerb const& verb) {
    using Kind = net::Verdict::Kind;
    switch (verb.kind) {
        case VerbKind::pass:
            return {Kind::pass};
        case VerbKind::slow:
            return {Kind::delay, verb.by};
        case VerbKind::reorder:
            return {Kind::hold, Duration{0}, verb.count};
        case VerbKind::duplicate:
            return {Kind::duplicate, verb.by, verb.count};
        case VerbKind::corrupt:
            return {Kind::corrupt};
        case VerbKind::mark:
            return {Kind::mark_ce};
        case VerbKind::stall:
            return {Kind::stall, verb.by};
        default:
            return {Kind::drop};
    }
}

world::Verb rule_verb(TimelineStep const& step, Stage const& stage) {
    net::Rule rule{step.name, step.verb.match, verdict_of(step.verb)};
    rule.match.towards = end_at(stage, step.verb.link, step.verb.towards);
    if (!step.verb.from.empty()) {
        rule.match.from = stage.directory.address(step.verb.from);
    }
    if (!step.verb.to.empty()) {
        rule.match.to = stage.directory.address(step.verb.to);
    }
    return world::ArmRule{link_named(stage, step.verb.link), std::move(rule)};
}

world::Verb heal_verb(TimelineVerb const& verb, Stage const& stage) {
    auto const& steps = stage.scenario.timeline;
    auto const rule = std::find_if(steps.begin(), steps.end(), [&](auto const& s) { return s.name == verb.rule; });
    check(rule != steps.end(), "the loader lets no unknown rule pass");
    return world::RemoveRule{link_named(stage, rule->verb.link), verb.rule};
}

world::Verb link_verb(TimelineVerb const& verb, Stage const& stage) {
    trace::LinkId const link = link_named(stage, verb.link);
    switch (verb.kind) {
        case VerbKind::restore:
            return world::RestoreLink{link};
        case VerbKind::blackhole:
            return world::BlackHole{link, end_at(stage, verb.link, verb.towards)};
        case VerbKind::flap:
            return world::Flap{link, verb.down, verb.up, verb.count};
        case VerbKind::change:
            return world::ChangeLink{link, verb.change};
        default:
            return world::CutLink{link};
    }
}

world::Verb address_verb(TimelineVerb const& verb, trace::NodeId node, std::uint32_t interface, Stage const& stage) {
    auto const& configured = stage.plugged[static_cast<std::size_t>(node)].configuration.interfaces[interface];
    return world::AddAddress{node, interface, verb.address.value_or(configured.address)};
}

world::Verb machine_verb(TimelineVerb const& verb, Stage const& stage) {
    trace::NodeId const node = stage.directory.node(verb.host);
    std::uint32_t const interface = interface_of(stage, verb.host, verb.link);
    switch (verb.kind) {
        case VerbKind::crash:
            return world::Crash{node};
        case VerbKind::boot:
            return world::Boot{node};
        case VerbKind::shutdown:
        case VerbKind::reboot:
            return world::Shutdown{node, verb.plan};
        case VerbKind::suspend:
            return world::Suspend{node, verb.suspension};
        case VerbKind::resume:
            return world::Resume{node};
        case VerbKind::clock_skew:
            return world::SkewClock{node, verb.by, verb.parts_per_million};
        case VerbKind::forget_neighbours:
            return world::ForgetNeighbours{node};
        case VerbKind::nic_down:
        case VerbKind::nic_up:
            return world::SetNic{node, interface, verb.kind == VerbKind::nic_up};
        case VerbKind::address_removed:
            return world::RemoveAddress{node, interface};
        case VerbKind::address_added:
            return address_verb(verb, node, interface, stage);
        default:
            return world::PowerLoss{node};
    }
}

std::size_t backend_number(TimelineVerb const& verb, trace::NodeId router, Stage const& stage) {
    for (auto const& box : stage.scenario.topology[static_cast<topology::Vertex>(router)].middleboxes) {
        for (std::size_t i = 0; i < box.servers.size(); ++i) {
            if (box.kind == topology::MiddleboxSpec::Kind::load_balancer && box.servers[i].first == verb.to) {
                return i;
            }
        }
    }
    check(false, "the loader lets no unknown backend pass");
    return 0;
}

/// The link between two neighbours.
std::string link_between(Stage const& stage, std::string const& one, std::string const& other) {
    auto const& graph = stage.scenario.topology;
    for (auto [edge, last] = boost::edges(graph); edge != last; ++edge) {
        std::string const& a = graph[boost::source(*edge, graph)].name;
        std::string const& b = graph[boost::target(*edge, graph)].name;
        if ((a == one && b == other) || (a == other && b == one)) {
            return graph[*edge].name;
        }
    }
    check(false, "the loader lets nobody pass who is no neighbour");
    return {};
}

host::Route route_of(TimelineVerb const& verb, Stage const& stage) {
    host::Route route{.destination = {stage.directory.address(verb.to), 32}, .kind = verb.answer};
    if (!verb.via.empty()) {
        std::string const link = link_between(stage, verb.router, verb.via);
        route.interface = interface_of(stage, verb.router, link);
        if (verb.via != verb.to) {
            auto const& there = stage.plugged[static_cast<std::size_t>(stage.directory.node(verb.via))];
            route.gateway = there.configuration.interfaces[interface_of(stage, verb.via, link)].address.address;
        }
    }
    return route;
}

world::Verb router_verb(TimelineVerb const& verb, Stage const& stage) {
    trace::NodeId const router = stage.directory.node(verb.router);
    switch (verb.kind) {
        case VerbKind::route:
            return world::AddRoute{router, route_of(verb, stage)};
        case VerbKind::unroute:
            return world::RemoveRoute{router, {stage.directory.address(verb.to), 32}, verb.answer};
        case VerbKind::mtu:
            return world::SetMtu{router, interface_of(stage, verb.router, verb.link), verb.mtu};
        case VerbKind::forget_flows:
            return world::ForgetFlows{router};
        case VerbKind::rebind:
            return world::RebindFlows{router};
        default:
            return world::SetBackend{router, backend_number(verb, router, stage), verb.kind == VerbKind::backend_in};
    }
}

/// kill and exit.
world::Verb process_verb(TimelineVerb const& verb, Stage const& stage) {
    auto const& programs = stage.scenario.programs;
    auto const program =
        std::find_if(programs.begin(), programs.end(), [&](auto const& p) { return p.name == verb.program; });
    check(program != programs.end(), "the loader lets no unknown program pass");
    trace::NodeId const node = stage.directory.node(program->host);
    if (verb.kind == VerbKind::exit) {
        return world::Exit{node, verb.program, verb.status};
    }
    return world::Kill{node, verb.program, verb.signal};
}

}  // namespace

world::Verb world_verb(TimelineStep const& step, Stage const& stage) {
    VerbKind const kind = step.verb.kind;
    if (kind == VerbKind::kill || kind == VerbKind::exit) {
        return process_verb(step.verb, stage);
    }
    if (kind == VerbKind::heal) {
        return heal_verb(step.verb, stage);
    }
    if (kind == VerbKind::ss) {
        return world::Look{stage.directory.node(step.verb.host)};
    }
    if (is_rule(kind)) {
        return rule_verb(step, stage);
    }
    if (kind >= VerbKind::route && kind <= VerbKind::backend_in) {
        return router_verb(step.verb, stage);
    }
    return kind < VerbKind::cut ? machine_verb(step.verb, stage) : link_verb(step.verb, stage);
}

}  // namespace tcpsim::scenario
