// What a timeline step does, from its mapping.
#include "sim/scenario/loading.hpp"
#include "sim/scenario/words.hpp"

#include <chrono>

namespace tcpsim::scenario {

namespace {

/// Of a reboot.
constexpr Duration usual_time_off = std::chrono::seconds{10};

std::uint32_t count_of(Reader const& reader, std::string_view key, std::uint32_t otherwise) {
    return static_cast<std::uint32_t>(reader.integer(key).value_or(otherwise));
}

void load_rule(Reader const& rule, TimelineVerb& verb) {
    verb.link = rule.text_or("link", "");
    verb.from = rule.text_or("from", "");
    verb.to = rule.text_or("to", "");
    verb.towards = rule.text_or("towards", "");
    verb.match.flags = rule.flags("flags");
    verb.match.data = rule.boolean("data");
    verb.match.larger_than = static_cast<std::uint32_t>(rule.size("larger_than").value_or(0));
    if (auto const protocol = rule.text("protocol")) {
        verb.match.protocol = *protocol == "tcp"    ? net::Protocol::tcp
                              : *protocol == "udp"  ? net::Protocol::udp
                              : *protocol == "icmp" ? net::Protocol::icmp
                                                    : net::Protocol::arp;
    }
    verb.match.nth = count_of(rule, "nth", rule.has("times") ? 1 : 0);
    verb.match.times = count_of(rule, "times", 1);
    verb.match.chance = rule.probability("chance");
    if (verb.kind == VerbKind::slow || verb.kind == VerbKind::stall || verb.kind == VerbKind::duplicate) {
        verb.by = rule.duration("by").value_or(Duration{0});
    }
    if (verb.kind == VerbKind::duplicate) {
        verb.count = count_of(rule, "copies", 1);
    } else if (verb.kind == VerbKind::reorder) {
        verb.count = count_of(rule, "behind", 1);
    }
}

/// "server" or "host/server".
std::string program_of(std::string const& process) { return process.substr(process.find('/') + 1); }  // npos + 1 is 0

void load_kill(Reader const& kill, TimelineVerb& verb) {
    verb.program = program_of(kill.text_or("program", ""));
    verb.signal = machine::signal_named(kill.text_or("with", "")).value_or(verb.signal);
}

void load_exit(Reader const& exit, TimelineVerb& verb) {
    verb.program = program_of(exit.text_or("program", ""));
    verb.status = static_cast<std::int32_t>(exit.integer("status").value_or(0));
}

void load_shutdown(Reader const& shutdown, TimelineVerb& verb) {
    verb.host = shutdown.text_or("host", "");
    verb.plan.grace = shutdown.duration("grace").value_or(verb.plan.grace);
    if (verb.kind == VerbKind::reboot) {
        verb.plan.boots_after = shutdown.duration("boots_after").value_or(usual_time_off);
    }
}

void load_suspension(Reader const& suspension, TimelineVerb& verb) {
    verb.host = suspension.text_or("host", "");
    verb.suspension.clock_stops = suspension.text_or("clock", "stops") == "stops";
    auto const nic = suspension.text_or("nic", "down");
    verb.suspension.nic = nic == "deaf"     ? machine::SleepingNic::deaf
                          : nic == "queues" ? machine::SleepingNic::queues
                                            : machine::SleepingNic::down;
}

void load_nic(Reader const& nic, TimelineVerb& verb) {
    verb.host = nic.text_or("host", "");
    verb.link = nic.text_or("link", "");
    if (verb.kind == VerbKind::address_added) {
        verb.address = nic.prefix("address");
    }
}

void load_skew(Reader const& skew, TimelineVerb& verb) {
    verb.host = skew.text_or("host", "");
    verb.by = skew.duration("by").value_or(Duration{0});
    if (auto const rate = skew.integer("ppm")) {
        verb.parts_per_million = static_cast<std::int32_t>(*rate);
    }
}

void load_flap(Reader const& flap, TimelineVerb& verb) {
    verb.link = flap.text_or("link", "");
    verb.down = flap.duration("down").value_or(Duration{0});
    verb.up = flap.duration("up").value_or(Duration{0});
    verb.count = count_of(flap, "times", 1);
}

void load_change(Reader const& change, TimelineVerb& verb) {
    verb.link = change.text_or("link", "");
    verb.change.delay = change.duration("delay");
    verb.change.jitter = change.duration("jitter");
    verb.change.bits_per_second = change.rate("rate");
    if (auto const packets = change.integer("queue")) {
        verb.change.queue_packets = static_cast<std::uint32_t>(*packets);
    }
    if (auto const bytes = change.size("queue_bytes")) {
        verb.change.queue_bytes = static_cast<std::uint32_t>(*bytes);
    }
    if (change.has("loss")) {
        verb.change.loss = load_loss(change);
    }
}

void load_hole(Reader const& hole, TimelineVerb& verb) {
    verb.link = hole.text_or("link", "");
    verb.towards = hole.text_or("towards", "");
}

host::RouteKind answer_named(std::string const& word) {
    using host::RouteKind;
    return word == "net"          ? RouteKind::unreachable_net
           : word == "host"       ? RouteKind::unreachable_host
           : word == "protocol"   ? RouteKind::unreachable_protocol
           : word == "port"       ? RouteKind::unreachable_port
           : word == "prohibited" ? RouteKind::prohibited
                                  : RouteKind::blackhole;
}

void load_route(Reader const& route, TimelineVerb& verb) {
    verb.router = route.text_or("router", "");
    verb.to = route.text_or("to", "");
    verb.via = route.text_or("via", "");
    verb.answers_and_leads = route.has("via") && route.has("answer");
    verb.answer = verb.via.empty() ? answer_named(route.text_or("answer", "")) : host::RouteKind::unicast;
}

void load_mtu(Reader const& mtu, TimelineVerb& verb) {
    verb.router = mtu.text_or("router", "");
    verb.link = mtu.text_or("link", "");
    verb.mtu = static_cast<std::uint16_t>(mtu.integer("bytes").value_or(0));
}

void load_backend(Reader const& backend, TimelineVerb& verb) {
    verb.router = backend.text_or("router", "");
    verb.to = backend.text_or("server", "");
}

/// A scalar names whom it happens to.
void load_target(std::string const& target, TimelineVerb& verb) {
    switch (verb.kind) {
        case VerbKind::kill:
        case VerbKind::exit:
            verb.program = program_of(target);
            return;
        case VerbKind::reboot:
            verb.plan.boots_after = usual_time_off;
            verb.host = target;
            return;
        case VerbKind::heal:
            verb.rule = target;
            return;
        case VerbKind::cut:
        case VerbKind::restore:
        case VerbKind::blackhole:
            verb.link = target;
            return;
        case VerbKind::forget_flows:
        case VerbKind::rebind:
            verb.router = target;
            return;
        default:
            verb.host = target;
            return;
    }
}

void load_body(Reader const& body, TimelineVerb& verb) {
    switch (verb.kind) {
        case VerbKind::kill:
            return load_kill(body, verb);
        case VerbKind::exit:
            return load_exit(body, verb);
        case VerbKind::mtu:
            return load_mtu(body, verb);
        case VerbKind::shutdown:
        case VerbKind::reboot:
            return load_shutdown(body, verb);
        case VerbKind::suspend:
            return load_suspension(body, verb);
        case VerbKind::clock_skew:
            return load_skew(body, verb);
        case VerbKind::nic_down:
        case VerbKind::nic_up:
        case VerbKind::address_removed:
        case VerbKind::address_added:
            return load_nic(body, verb);
        case VerbKind::blackhole:
            return load_hole(body, verb);
        case VerbKind::flap:
            return load_flap(body, verb);
        case VerbKind::change:
            return load_change(body, verb);
        case VerbKind::route:
        case VerbKind::unroute:
            return load_route(body, verb);
        case VerbKind::backend_out:
        case VerbKind::backend_in:
            return load_backend(body, verb);
        default:
            return load_rule(body, verb);
    }
}

}  // namespace

net::LossModel load_loss(Reader const& mapping) {
    if (auto const bursts = mapping.mapping("loss")) {
        return {.good = bursts->probability("good").value_or(net::Probability{}),
                .bad = bursts->probability("bad").value_or(net::Probability{net::Probability::certain}),
                .turns_bad = bursts->probability("to_bad").value_or(net::Probability{}),
                .turns_good = bursts->probability("to_good").value_or(net::Probability{})};
    }
    return {.good = mapping.probability("loss").value_or(net::Probability{})};
}

TimelineVerb load_verb(Reader const& step) {
    TimelineVerb verb{};
    auto const* variant = variant_of(step.value(), timeline_shape());
    if (variant == nullptr) {
        return verb;
    }
    auto const key = variant->fields.front().name;
    for (auto kind = VerbKind::power_loss; kind <= VerbKind::ss;
         kind = static_cast<VerbKind>(static_cast<int>(kind) + 1)) {
        verb.kind = word_for(kind) == key ? kind : verb.kind;
    }
    if (auto const body = step.mapping(key)) {
        load_body(*body, verb);
    } else {
        load_target(step.text_or(key, ""), verb);
    }
    return verb;
}

}  // namespace tcpsim::scenario
