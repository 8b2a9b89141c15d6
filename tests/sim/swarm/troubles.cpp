#include "tests/sim/swarm/troubles.hpp"

#include <array>
#include <iterator>
#include <string>

namespace tcpsim::swarm {
namespace {

using namespace std::chrono_literals;
using machine::Signal;
using Verdict = net::Verdict;

net::Probability percent(std::uint64_t of_hundred) { return {static_cast<std::uint32_t>(of_hundred * 10'000)}; }

// --- machines
Trouble power_loss(Target const& t, Dice&) {
    return {.verb = world::PowerLoss{t.machine}, .cure = {world::Boot{t.machine}}};
}
Trouble crash(Target const& t, Dice&) { return {.verb = world::Crash{t.machine}, .cure = {world::Boot{t.machine}}}; }
Trouble boot(Target const& t, Dice&) { return {.verb = world::Boot{t.machine}}; }
Trouble shutdown(Target const& t, Dice& dice) {
    return {.verb = world::Shutdown{t.machine, {.grace = dice.up_to(10s)}}, .cure = {world::Boot{t.machine}}};
}
Trouble reboot(Target const& t, Dice& dice) {
    machine::ShutdownPlan const plan{.grace = dice.up_to(10s), .boots_after = dice.up_to(20s)};
    return {.verb = world::Shutdown{t.machine, plan}, .cure = {world::Boot{t.machine}}};
}
template <machine::SleepingNic nic>
Trouble suspend(Target const& t, Dice& dice) {
    return {.verb = world::Suspend{t.machine, {dice.chance(50), nic}}, .cure = {world::Resume{t.machine}}};
}
Trouble resume(Target const& t, Dice&) { return {.verb = world::Resume{t.machine}}; }
Trouble clock_skew(Target const& t, Dice& dice) {
    auto const rate = static_cast<std::int32_t>(dice.below(2000)) - 1000;
    return {.verb = world::SkewClock{t.machine, dice.up_to(30s), rate}};
}
Trouble nic_down(Target const& t, Dice&) {
    return {.verb = world::SetNic{t.machine, t.interface, false},
            .cure = {world::SetNic{t.machine, t.interface, true}}};
}
Trouble nic_up(Target const& t, Dice&) { return {.verb = world::SetNic{t.machine, t.interface, true}}; }
wire::Ipv4Prefix address_of(Target const& t) {
    return t.plan.plugged[static_cast<std::size_t>(t.machine)].configuration.interfaces[t.interface].address;
}
Trouble address_removed(Target const& t, Dice&) {
    return {.verb = world::RemoveAddress{t.machine, t.interface},
            .cure = {world::AddAddress{t.machine, t.interface, address_of(t)}}};
}
Trouble address_added(Target const& t, Dice&) {
    return {.verb = world::AddAddress{t.machine, t.interface, address_of(t)}};
}
Trouble look(Target const& t, Dice&) { return {.verb = world::Look{t.machine}}; }
Trouble forget_neighbours(Target const& t, Dice&) { return {.verb = world::ForgetNeighbours{t.machine}}; }
Trouble drop_input(Target const& t, Dice&) {
    return {.verb = world::DropInput{t.machine, true}, .cure = {world::DropInput{t.machine, false}}};
}
/// Somebody forges a reset of a connection that he can only guess at.
Trouble raw_packet(Target const& t, Dice& dice) {
    wire::Ipv4Packet packet;
    packet.header.source = address_of(t).address;
    packet.header.destination = t.plan.service.address;
    packet.header.ttl = 64;
    packet.header.protocol = wire::protocol_tcp;
    packet.body = wire::TcpSegment{.source_port = static_cast<std::uint16_t>(32'768 + dice.below(28'232)),
                                   .destination_port = t.plan.service.port,
                                   .seq = SeqNum{static_cast<std::uint32_t>(dice.below(0xffff'ffff))},
                                   .flags = wire::Flags{wire::Flags::rst}};
    return {.verb = world::SendRaw{t.machine, packet}};
}

// --- processes
struct Chosen {
    char const* program{nullptr};
    bool ends_echo{false};
};
Chosen some_program(Dice& dice) {
    bool const echo = dice.chance(30);
    return {echo ? "echo" : "sink", echo};
}
Trouble kill(Target const& t, Dice& dice) {
    Chosen const chosen = some_program(dice);
    return {.verb = world::Kill{t.machine, chosen.program}, .ends_echo = chosen.ends_echo};
}
Trouble signal(Target const& t, Dice& dice) {
    constexpr std::array some{Signal::sigterm, Signal::sigint,  Signal::sigusr1, Signal::sigchld,
                              Signal::sigsegv, Signal::sigstop, Signal::sigtstp, Signal::sigcont};
    Chosen const chosen = some_program(dice);
    Signal const which = some[dice.below(some.size())];
    return {.verb = world::Kill{t.machine, chosen.program, which},
            .cure = {world::Kill{t.machine, chosen.program, Signal::sigcont}},
            .ends_echo = chosen.ends_echo};
}
Trouble exit_by_itself(Target const& t, Dice& dice) {
    Chosen const chosen = some_program(dice);
    auto const status = static_cast<std::int32_t>(dice.below(2));
    return {.verb = world::Exit{t.machine, chosen.program, status}, .ends_echo = chosen.ends_echo};
}

// --- links
Trouble cut(Target const& t, Dice&) { return {.verb = world::CutLink{t.link}, .cure = {world::RestoreLink{t.link}}}; }
Trouble restore(Target const& t, Dice&) { return {.verb = world::RestoreLink{t.link}}; }
Trouble blackhole(Target const& t, Dice&) {
    return {.verb = world::BlackHole{t.link, {}}, .cure = {world::RestoreLink{t.link}}};
}
Trouble blackhole_one_way(Target const& t, Dice& dice) {
    return {.verb = world::BlackHole{t.link, dice.chance(50) ? net::End::a : net::End::b},
            .cure = {world::RestoreLink{t.link}}};
}
Trouble flap(Target const& t, Dice& dice) {
    auto const times = 1 + static_cast<std::uint32_t>(dice.below(5));
    return {.verb = world::Flap{t.link, dice.up_to(900ms) + 1ms, dice.up_to(900ms) + 1ms, times}};
}
Trouble change(Target const& t, Dice& dice) {
    return {.verb = world::ChangeLink{t.link, {.delay = dice.up_to(100ms), .loss = net::LossModel{percent(30)}}},
            .cure = {world::ChangeLink{t.link, {.loss = net::LossModel{}}}}};
}
Trouble bursts(Target const& t, Dice& dice) {
    net::LossModel const loss{
        .bad = percent(100), .turns_bad = percent(1 + dice.below(5)), .turns_good = percent(10 + dice.below(40))};
    return {.verb = world::ChangeLink{t.link, {.jitter = dice.up_to(20ms), .loss = loss}},
            .cure = {world::ChangeLink{t.link, {.loss = net::LossModel{}}}}};
}
Trouble slow_link(Target const& t, Dice& dice) {
    net::LinkChange const change{.bits_per_second = 200'000 + dice.below(1'000'000),
                                 .queue_packets = 2 + static_cast<std::uint32_t>(dice.below(20)),
                                 .queue_bytes = 3000 + static_cast<std::uint32_t>(dice.below(30'000))};
    return {.verb = world::ChangeLink{t.link, change}};
}
Trouble set_delay(Target const& t, Dice& dice) { return {.verb = world::SetDelay{t.link, dice.up_to(300ms)}}; }

// --- rules
net::Match some_match(Target const& t, Dice& dice) {
    net::Match match;
    if (dice.chance(15)) {
        (dice.chance(50) ? match.from : match.to) = t.plan.service.address;
    }
    if (dice.chance(20)) {
        constexpr std::array some{net::Protocol::tcp, net::Protocol::udp, net::Protocol::icmp, net::Protocol::arp};
        match.protocol = some[dice.below(some.size())];
    }
    if (dice.chance(40)) {
        match.data = dice.chance(75);
    }
    if (dice.chance(20)) {
        match.nth = 1 + static_cast<std::uint32_t>(dice.below(20));
        match.times = 1 + static_cast<std::uint32_t>(dice.below(10));
    } else {
        match.chance = percent(5 + dice.below(50));
    }
    if (dice.chance(30)) {
        match.towards = dice.chance(50) ? net::End::a : net::End::b;
    }
    if (dice.chance(10)) {
        match.larger_than = static_cast<std::uint32_t>(dice.below(1400));
    }
    if (dice.chance(10)) {
        constexpr std::array<char const*, 4> some{"S", "S.", ".", "F."};
        match.flags = some[dice.below(some.size())];
    }
    return match;
}
Trouble rule(Target const& t, Verdict verdict, Dice& dice) {
    return {.verb =
                world::ArmRule{t.link, {.match = some_match(t, dice), .verdict = verdict}}};  // named in some_trouble()
}
Trouble pass(Target const& t, Dice& dice) { return rule(t, {Verdict::Kind::pass}, dice); }
Trouble drop(Target const& t, Dice& dice) { return rule(t, {Verdict::Kind::drop}, dice); }
Trouble slow(Target const& t, Dice& dice) {
    Duration const by = dice.up_to(2s) + 1ns;
    return rule(t, {Verdict::Kind::delay, by}, dice);
}
Trouble reorder(Target const& t, Dice& dice) {
    auto const behind = 2 + static_cast<std::uint32_t>(dice.below(20));
    return rule(t, {Verdict::Kind::hold, Duration{0}, behind}, dice);
}
Trouble duplicate(Target const& t, Dice& dice) {
    Duration const by = dice.up_to(10ms);
    auto const copies = 1 + static_cast<std::uint32_t>(dice.below(3));
    return rule(t, {Verdict::Kind::duplicate, by, copies}, dice);
}
Trouble corrupt(Target const& t, Dice& dice) { return rule(t, {Verdict::Kind::corrupt}, dice); }
Trouble mark(Target const& t, Dice& dice) { return rule(t, {Verdict::Kind::mark_ce}, dice); }
Trouble stall(Target const& t, Dice& dice) {
    Duration const by = dice.up_to(2s);
    return rule(t, {Verdict::Kind::stall, by}, dice);
}

// --- routers
template <host::RouteKind kind>
Trouble route(Target const& t, Dice&) {
    host::Route const route{.destination = {t.plan.service.address, 32}, .kind = kind};
    return {.verb = world::AddRoute{t.router, route},
            .cure = {world::RemoveRoute{t.router, route.destination, route.kind}}};
}
/// To a neighbour that may be the wrong one: packets circle, or end where nobody wants them.
Trouble route_via(Target const& t, Dice& dice) {
    auto const& neighbours = t.plan.plugged[static_cast<std::size_t>(t.router)].configuration.neighbours;
    host::Neighbour const& next = neighbours[dice.below(neighbours.size())];
    host::Route const route{
        .destination = {t.plan.service.address, 32}, .interface = next.interface, .gateway = next.address};
    return {.verb = world::AddRoute{t.router, route},
            .cure = {world::RemoveRoute{t.router, route.destination, route.kind}}};
}
Trouble set_mtu(Target const& t, Dice& dice) {
    auto const& interfaces = t.plan.plugged[static_cast<std::size_t>(t.router)].configuration.interfaces;
    auto const interface = static_cast<std::uint32_t>(dice.below(interfaces.size()));
    auto const mtu = static_cast<std::uint16_t>(576 + dice.below(900));
    return {.verb = world::SetMtu{t.router, interface, mtu},
            .cure = {world::SetMtu{t.router, interface, interfaces[interface].mtu}}};
}
Trouble forget_flows(Target const& t, Dice&) { return {.verb = world::ForgetFlows{t.router}}; }
Trouble rebind(Target const& t, Dice&) { return {.verb = world::RebindFlows{t.router}}; }
Trouble backend_out(Target const& t, Dice& dice) {
    std::size_t const backend = dice.below(t.plan.servers.size());
    return {.verb = world::SetBackend{t.router, backend, false}, .cure = {world::SetBackend{t.router, backend, true}}};
}
Trouble backend_in(Target const& t, Dice& dice) {
    return {.verb = world::SetBackend{t.router, dice.below(t.plan.servers.size()), true}};
}

using enum Hits;
using host::RouteKind;
using machine::SleepingNic;
constexpr auto kinds = std::to_array<TroubleKind>({
    {"power_loss", machine, power_loss},
    {"crash", machine, crash},
    {"boot", machine, boot, true},
    {"shutdown", machine, shutdown},
    {"reboot", machine, reboot},
    {"suspend, NIC down", machine, suspend<SleepingNic::down>},
    {"suspend, NIC deaf", machine, suspend<SleepingNic::deaf>},
    {"suspend, NIC queues", machine, suspend<SleepingNic::queues>},
    {"resume", machine, resume, true},
    {"clock_skew", machine, clock_skew},
    {"nic_down", machine, nic_down},
    {"nic_up", machine, nic_up, true},
    {"address_removed", machine, address_removed},
    {"address_added", machine, address_added, true},
    {"forget_neighbours", machine, forget_neighbours, true},
    {"drop_input", machine, drop_input},
    {"raw packet", machine, raw_packet},
    {"look", machine, look, true},
    {"kill", server, kill},
    {"kill with another signal", server, signal},
    {"exit", server, exit_by_itself},
    {"cut", link, cut},
    {"restore", link, restore, true},
    {"blackhole", link, blackhole},
    {"blackhole one way", link, blackhole_one_way},
    {"flap", link, flap},
    {"change: delay and loss", link, change},
    {"change: jitter and bursts", link, bursts},
    {"change: rate and queue", link, slow_link},
    {"change: delay alone", link, set_delay, true},
    {"pass", link, pass, true},
    {"drop", link, drop},
    {"slow", link, slow, true},
    {"reorder", link, reorder, true},
    {"duplicate", link, duplicate, true},
    {"corrupt", link, corrupt},
    {"mark", link, mark, true},
    {"stall", link, stall, true},
    {"route: blackhole", router, route<RouteKind::blackhole>},
    {"route: net unreachable", router, route<RouteKind::unreachable_net>},
    {"route: host unreachable", router, route<RouteKind::unreachable_host>},
    {"route: protocol unreachable", router, route<RouteKind::unreachable_protocol>},
    {"route: port unreachable", router, route<RouteKind::unreachable_port>},
    {"route: prohibited", router, route<RouteKind::prohibited>},
    {"route: via a neighbour", router, route_via},
    {"mtu", router, set_mtu},
    {"forget_flows", box, forget_flows},
    {"rebind", box, rebind},
    {"backend_out", balancer, backend_out},
    {"backend_in", balancer, backend_in, true},
});

}  // namespace

std::span<TroubleKind const> trouble_kinds() { return kinds; }

namespace {

/// What a machine, a link or a router that is hit is called.
std::string name_of(Target const& target, Hits hits) {
    topology::Graph const& graph = target.plan.graph;
    switch (hits) {
        case machine:
        case server:
            return graph[static_cast<std::size_t>(target.machine)].name + " eth" + std::to_string(target.interface);
        case link: {
            auto const edges = boost::edges(graph);
            return graph[*std::next(edges.first, static_cast<std::ptrdiff_t>(target.link))].name;
        }
        case router:
        case box:
        case balancer:
            return graph[static_cast<std::size_t>(target.router)].name;
    }
    return {};
}

Target some_target(Plan const& plan, Hits hits, Dice& dice) {
    bool const on_server = hits == server || dice.chance(50);
    std::vector<trace::NodeId> const& machines = on_server ? plan.servers : plan.clients;
    trace::NodeId const machine = machines[dice.below(machines.size())];
    auto const& interfaces = plan.plugged[static_cast<std::size_t>(machine)].configuration.interfaces;
    std::vector<trace::NodeId> routers;
    for (std::uint32_t v = 0; v < boost::num_vertices(plan.graph); ++v) {
        bool const fits = hits != box || !plan.graph[v].middleboxes.empty();
        if (plan.graph[v].kind == topology::NodeKind::router && fits) {
            routers.push_back(trace::NodeId{v});
        }
    }
    Target target{.plan = plan, .machine = machine};
    target.interface = static_cast<std::uint32_t>(dice.below(interfaces.size()));
    target.link = trace::LinkId{static_cast<std::uint32_t>(dice.below(boost::num_edges(plan.graph)))};
    if ((hits == router || hits == box) && !routers.empty()) {
        target.router = routers[dice.below(routers.size())];
    }
    return target;
}

/// Whether there is such a thing in the world of `plan`. Boxes in the middle are at its first node.
bool is_there(Plan const& plan, Hits hits) {
    bool const routed = plan.graph[0].kind == topology::NodeKind::router;
    switch (hits) {
        case router:
            return routed;
        case box:
            return routed && !plan.graph[0].middleboxes.empty();
        case balancer:
            return plan.servers.size() > 1;
        case machine:
        case server:
        case link:
            return true;
    }
    return false;
}

}  // namespace

Trouble some_trouble(Plan const& plan, Dice& dice) {
    for (;;) {
        TroubleKind const& kind = kinds[dice.below(kinds.size())];
        if (!is_there(plan, kind.hits)) {
            continue;
        }
        Target const target = some_target(plan, kind.hits, dice);
        Trouble trouble = kind.make(target, dice);
        trouble.name = kind.name;
        trouble.where = name_of(target, kind.hits);
        trouble.harmless = kind.harmless;
        if (auto* const arm = std::get_if<world::ArmRule>(&trouble.verb)) {
            arm->rule.name = trouble.name + " " + std::to_string(plan.troubles.size());
            trouble.cure = {world::RemoveRule{arm->link, arm->rule.name}};
        }
        return trouble;
    }
}

std::optional<Trouble> undoing(Trouble const& trouble) {
    struct Pair {
        std::string_view done{}, undone{};
    };
    constexpr std::array<Pair, 8> pairs{{{"power_loss", "boot"},
                                         {"crash", "boot"},
                                         {"suspend, NIC down", "resume"},
                                         {"nic_down", "nic_up"},
                                         {"address_removed", "address_added"},
                                         {"cut", "restore"},
                                         {"blackhole", "restore"},
                                         {"backend_out", "backend_in"}}};
    for (Pair const& pair : pairs) {
        if (pair.done == trouble.name) {
            return Trouble{.at = trouble.at,
                           .name = std::string{pair.undone},
                           .where = trouble.where,
                           .verb = trouble.cure.front(),
                           .harmless = true};
        }
    }
    return std::nullopt;
}

}  // namespace tcpsim::swarm
