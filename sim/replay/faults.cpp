#include "sim/replay/faults.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string_view>
#include <utility>

namespace tcpsim::replay {
namespace {

using net::PacketClass;
using net::Verdict;

std::optional<PacketClass> class_named(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, PacketClass>, 8> names{{{"packet", PacketClass::tcp},
                                                                             {"data", PacketClass::new_data},
                                                                             {"retrans", PacketClass::repeated_data},
                                                                             {"ack", PacketClass::pure_ack},
                                                                             {"syn", PacketClass::syn},
                                                                             {"synack", PacketClass::syn_ack},
                                                                             {"fin", PacketClass::fin},
                                                                             {"rst", PacketClass::rst}}};
    auto const found = std::find_if(names.begin(), names.end(), [&](auto const& each) { return each.first == name; });
    return found == names.end() ? std::nullopt : std::optional{found->second};
}

std::optional<Verdict> verdict_of(Fault const& fault) {
    if (fault.verb == "drop" || fault.verb == "drop_larger") {
        return Verdict{Verdict::Kind::drop};
    }
    if (fault.verb == "delay") {
        return Verdict{Verdict::Kind::delay, fault.by};
    }
    if (fault.verb == "hold") {
        return Verdict{Verdict::Kind::hold, Duration{0}, fault.release_after};
    }
    if (fault.verb == "stall") {
        return Verdict{Verdict::Kind::stall, fault.by};
    }
    if (fault.verb == "duplicate") {
        return Verdict{Verdict::Kind::duplicate, fault.by, fault.copies};
    }
    if (fault.verb == "mark_ce") {
        return Verdict{Verdict::Kind::mark_ce};
    }
    return std::nullopt;
}

std::uint32_t number(Fault const& fault, std::string const& field) {
    std::uint32_t value = 0;
    if (auto const found = fault.more.find(field); found != fault.more.end()) {
        std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
    }
    return value;
}

/// Rules of the recorder's wire, which knew only the client's link.
std::optional<std::vector<TimedVerb>> rules_of(Fault const& fault, Stage const& stage) {
    auto const verdict = verdict_of(fault);
    if (!verdict || fault.direction.empty()) {
        return std::nullopt;
    }
    net::Rule rule{fault.what, {.kind = class_named(fault.counts), .larger_than = number(fault, "ip_len")}, *verdict};
    (fault.direction == "c>s" ? rule.match.from : rule.match.to) = stage.client_address;
    rule.match.times = fault.times == 0 ? std::numeric_limits<std::uint32_t>::max() : fault.times;
    std::vector<TimedVerb> verbs;
    for (std::uint32_t const nth : fault.nth.empty() ? std::vector<std::uint32_t>{0} : fault.nth) {
        rule.match.nth = nth;
        if (rule.verdict.kind == Verdict::Kind::hold) {  // the recorder counts from the first that its rule saw
            rule.verdict.count = fault.release_after > nth ? fault.release_after - nth : 0;
        }
        verbs.push_back({fault.at, world::ArmRule{stage.link, rule}});
    }
    if (fault.within) {
        verbs.push_back({fault.at + *fault.within, world::RemoveRule{stage.link, rule.name}});
    }
    return verbs;
}

std::string field(Fault const& fault, std::string const& name) {
    auto const found = fault.more.find(name);
    return found == fault.more.end() ? std::string{} : found->second;
}

/// Machines, interfaces and cables.
std::optional<world::Verb> hardware_verb(Fault const& fault, Stage const& stage) {
    std::string const target = field(fault, "target");
    trace::NodeId const node = target == "server" ? stage.server : stage.client;
    trace::LinkId const link = target == "server" ? stage.server_link : stage.link;
    if (fault.verb == "power_loss") {
        return world::PowerLoss{node};
    }
    if (fault.verb == "kill" && field(fault, "process") != "child") {
        auto const signal = machine::signal_named(field(fault, "signal"));
        return signal ? std::optional<world::Verb>{world::Kill{node, target, *signal}} : std::nullopt;
    }
    if (fault.verb == "boot") {
        return world::Boot{node};
    }
    if (fault.verb == "carrier") {
        bool const off = field(fault, "state") == "off";
        return off ? world::Verb{world::CutLink{link}} : world::Verb{world::RestoreLink{link}};
    }
    if (fault.verb == "nat_forget" && stage.router) {
        return world::ForgetFlows{*stage.router};
    }
    if (fault.verb == "nic") {
        return world::SetNic{node, 0, field(fault, "state") == "up"};
    }
    if (fault.verb == "address_removed") {
        return world::RemoveAddress{node, 0};
    }
    if (fault.verb == "cut_beyond_switch") {
        return world::BlackHole{link, {}};
    }
    if (fault.verb == "restore_beyond_switch") {
        return world::RestoreLink{link};
    }
    if (fault.verb == "blackhole" && fault.direction == "to") {
        return world::DropInput{node};  // the recorder's filter is the target's own
    }
    return std::nullopt;
}

std::optional<host::RouteKind> answer_of(std::string const& icmp) {
    using host::RouteKind;
    constexpr std::array<std::pair<std::string_view, RouteKind>, 4> names{
        {{"host-unreachable", RouteKind::unreachable_host},
         {"port-unreachable", RouteKind::unreachable_port},
         {"prot-unreachable", RouteKind::unreachable_protocol},
         {"admin-prohibited", RouteKind::prohibited}}};
    auto const found = std::find_if(names.begin(), names.end(), [&](auto const& each) { return each.first == icmp; });
    return found == names.end() ? std::nullopt : std::optional{found->second};
}

/// A router that answers for the server: by a route, or a filter, that leads nowhere.
std::optional<std::vector<TimedVerb>> router_verbs(Fault const& fault, Stage const& stage) {
    if (!stage.router) {
        return std::nullopt;
    }
    host::Route route{.destination = {stage.server_address, 32}, .kind = host::RouteKind::unreachable_host};
    if (fault.verb == "router_route" && field(fault, "route") == "unreachable") {
        return std::vector<TimedVerb>{{fault.at, world::AddRoute{*stage.router, route}}};
    }
    auto const kind = answer_of(field(fault, "icmp"));
    if (fault.verb != "power_loss_router_answers" || !kind) {
        return std::nullopt;
    }
    route.kind = *kind;
    route.filter = true;
    return std::vector<TimedVerb>{{fault.at, world::PowerLoss{stage.server}},
                                  {fault.at, world::AddRoute{*stage.router, route}}};
}

/// "first segment from client with ACK alone and no data", in the recorder's words.
std::optional<std::vector<TimedVerb>> first_bare_ack(Fault const& fault, Stage const& stage) {
    if (fault.verb != "drop" || field(fault, "match") != "first segment from client with ACK alone and no data") {
        return std::nullopt;
    }
    net::Rule rule{fault.what, {.kind = PacketClass::pure_ack}, Verdict{Verdict::Kind::drop}};
    rule.match.from = stage.client_address;
    rule.match.times = 1;
    return std::vector<TimedVerb>{{fault.at, world::ArmRule{stage.link, rule}}};
}

}  // namespace

bool concerns(Fault const& fault, std::string const& host) { return field(fault, "target") == host; }

std::optional<std::vector<TimedVerb>> verbs_of(Fault const& fault, Stage const& stage) {
    bool const of_program = fault.verb == "exit" || (fault.verb == "kill" && field(fault, "process") == "child");
    if (fault.verb.empty() || fault.verb == "observe" || fault.verb == "inject" || of_program) {
        return std::vector<TimedVerb>{};
    }
    if (fault.verb == "rtt") {
        return std::vector<TimedVerb>{{fault.at, world::SetDelay{stage.link, (fault.by + stage.beyond_rtt) / 2}}};
    }
    if (fault.verb == "router_mtu" && stage.router) {
        constexpr std::uint32_t towards_server = 1;
        auto const mtu = static_cast<std::uint16_t>(number(fault, "mtu"));
        return std::vector<TimedVerb>{{fault.at, world::SetMtu{*stage.router, towards_server, mtu}}};
    }
    if (auto verb = hardware_verb(fault, stage)) {
        std::vector<TimedVerb> verbs{{fault.at, std::move(*verb)}};
        if (!field(fault, "neighbour_forgotten_by").empty()) {
            verbs.push_back({fault.at, world::ForgetNeighbours{stage.client}});
        }
        return verbs;
    }
    if (auto dropped = first_bare_ack(fault, stage)) {
        return dropped;
    }
    auto routes = router_verbs(fault, stage);
    return routes ? std::move(routes) : rules_of(fault, stage);
}

}  // namespace tcpsim::replay
