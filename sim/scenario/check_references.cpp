// What the file refers to must exist, and nothing may exist twice.
#include "sim/scenario/loading.hpp"
#include "sim/scenario/suggest.hpp"

#include <boost/range/iterator_range.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace tcpsim::scenario {

namespace {

using Names = std::vector<std::string>;

bool contains(Names const& names, std::string const& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

void missing(std::string_view kind, std::string const& name, Names const& names, Place const& place,
             Problems& problems) {
    problems.add(place, fmt::format("no {} '{}'", kind, name),
                 names.empty() ? fmt::format("and this scenario has no {}s", kind) : suggestion(name, views(names)));
}

void check_host(std::string const& name, Known const& known, Place const& place, Problems& problems) {
    if (!known.hosts || contains(*known.hosts, name)) {
        return;
    }
    if (contains(*known.routers, name)) {
        problems.add(place, fmt::format("'{}' is a router", name), "expected a host");
    } else {
        missing("host", name, *known.hosts, place, problems);
    }
}

void check_program(std::string const& name, Known const& known, Place const& place, Problems& problems) {
    if (!known.programs.contains(name)) {
        Names names;
        for (auto const& [program, host] : known.programs) {
            names.push_back(program);
        }
        missing("program", name, names, place, problems);
    }
}

void check_process(std::string const& text, Known const& known, Place const& place, Problems& problems) {
    auto const slash = text.find('/');
    auto const name = text.substr(slash + 1);  // npos + 1 is 0
    check_program(name, known, place, problems);
    auto const program = known.programs.find(name);
    if (slash != std::string::npos && program != known.programs.end() && program->second != text.substr(0, slash)) {
        problems.add(place, fmt::format("program '{}' is not on host '{}'", name, text.substr(0, slash)),
                     fmt::format("expected {}/{}", program->second, name));
    }
}

void check_reference(Value const& value, Kind kind, Known const& known, Problems& problems) {
    if (value.kind != Value::Kind::scalar) {
        return;
    }
    switch (kind) {
        case Kind::host:
            check_host(value.text, known, value.place, problems);
            break;
        case Kind::endpoint:
            if (auto const to = split_endpoint(value.text); !to.host.empty() && !contains(known.services, to.host)) {
                check_host(to.host, known, value.place, problems);
            }
            break;
        case Kind::link:
            if (known.links && !contains(*known.links, value.text)) {
                missing("link", value.text, *known.links, value.place, problems);
            }
            break;
        case Kind::program:
            check_program(value.text, known, value.place, problems);
            break;
        case Kind::process:
            check_process(value.text, known, value.place, problems);
            break;
        case Kind::step:
            if (!contains(known.steps, value.text)) {
                missing("timeline step", value.text, known.steps, value.place, problems);
            }
            break;
        case Kind::rule:
            if (!contains(known.rules, value.text)) {
                missing("rule", value.text, known.rules, value.place, problems);
            }
            break;
        default:
            break;
    }
}

void check_names_of(Reader const& root, std::string_view list, std::string_view kind, Problems& problems) {
    Names taken;
    for (auto const& item : root.items(list)) {
        auto const* name = item.find("name");
        if (name == nullptr || name->kind != Value::Kind::scalar || name->text.empty()) {
            continue;
        }
        if (contains(taken, name->text)) {
            problems.add(name->place, fmt::format("a second {} {}", kind, quoted(name->text)), "expected another name");
        }
        taken.push_back(name->text);
    }
}

}  // namespace

Known known_names(Scenario const& scenario, topology::Graph const* graph) {
    Known known{};
    if (graph != nullptr) {
        known.hosts.emplace();
        known.routers.emplace();
        known.links.emplace();
        for (auto const vertex : boost::make_iterator_range(boost::vertices(*graph))) {
            auto const& node = (*graph)[vertex];
            (node.kind == topology::NodeKind::host ? *known.hosts : *known.routers).push_back(node.name);
            for (auto const& box : node.middleboxes) {
                known.boxes.insert(node.name);
                if (box.kind == topology::MiddleboxSpec::Kind::nat) {
                    known.nats.insert(node.name);
                }
                if (box.kind != topology::MiddleboxSpec::Kind::load_balancer) {
                    continue;
                }
                known.services.push_back(node.name);
                for (auto const& server : box.servers) {
                    known.backends.insert({node.name, server.first});
                }
            }
        }
        for (auto const edge : boost::make_iterator_range(boost::edges(*graph))) {
            auto const& name = (*graph)[edge].name;
            known.links->push_back(name);
            known.ends[name] = {(*graph)[boost::source(edge, *graph)].name, (*graph)[boost::target(edge, *graph)].name};
        }
    }
    for (auto const& program : scenario.programs) {
        if (!program.name.empty()) {
            known.programs.emplace(program.name, program.host);
        }
    }
    for (auto const& step : scenario.timeline) {
        known.steps.push_back(step.name);
        if (is_rule(step.verb.kind)) {
            known.rules.push_back(step.name);
        }
    }
    return known;
}

void check_references(Value const& root, Known const& known, Problems& problems) {
    for_each_field(root, scenario_shape(), [&](Value const& value, Field const& field) {
        check_reference(value, field.kind, known, problems);
        if (field.kind == Kind::host_body) {
            check_host(value.key, known, value.key_place, problems);
        }
    });
}

namespace {

/// Verbs that could never do anything.
void check_effect(TimelineStep const& step, Known const& known, Problems& problems) {
    auto const& verb = step.verb;
    bool const is_router = known.routers && contains(*known.routers, verb.router);
    if (verb.kind == VerbKind::forget_flows && is_router && !known.boxes.contains(verb.router)) {
        problems.add(step.place, fmt::format("'{}' knows no flows", verb.router),
                     "expected a nat, firewall, load_balancer or syn_proxy");
    }
    if (verb.kind == VerbKind::rebind && is_router && !known.nats.contains(verb.router)) {
        problems.add(step.place, fmt::format("'{}' is no NAT", verb.router), "expected a router with nat");
    }
    if (verb.kind == VerbKind::clock_skew && verb.by == Duration{0} && !verb.parts_per_million) {
        problems.add(step.place, "a clock that is not changed", "expected 'by' or 'ppm'");
    }
    if (verb.kind == VerbKind::flap && (verb.down == Duration{0} || verb.up == Duration{0})) {
        problems.add(step.place, "a link that flaps in no time", "expected 'down' and 'up' above 0s");
    }
    if (verb.answers_and_leads) {
        problems.add(step.place, "a route with both 'via' and 'answer'", "expected one of them");
    }
}

}  // namespace

void check_ends(Scenario const& scenario, Known const& known, Problems& problems) {
    for (auto const& step : scenario.timeline) {
        auto const& verb = step.verb;
        if (known.routers && !verb.router.empty() && !contains(*known.routers, verb.router)) {
            missing("router", verb.router, *known.routers, step.place, problems);
        }
        bool const neighbours =
            verb.via.empty() || std::any_of(known.ends.begin(), known.ends.end(), [&](auto const& link) {
                return link.second == std::pair{verb.router, verb.via} ||
                       link.second == std::pair{verb.via, verb.router};
            });
        if (!neighbours) {
            problems.add(step.place, fmt::format("'{}' is not next to '{}'", verb.via, verb.router),
                         "expected a neighbour");
        }
        bool const needs_backend = verb.kind == VerbKind::backend_out || verb.kind == VerbKind::backend_in;
        if (known.routers && needs_backend && !known.backends.contains({verb.router, verb.to})) {
            problems.add(step.place, fmt::format("'{}' is no backend of '{}'", verb.to, verb.router),
                         "expected a server of its load_balancer");
        }
        check_effect(step, known, problems);
        auto const ends = known.ends.find(verb.link);
        if (ends == known.ends.end()) {
            continue;  // no link, or one that has been reported
        }
        for (auto const& node : {verb.towards, verb.host, verb.router}) {
            if (!node.empty() && node != ends->second.first && node != ends->second.second) {
                problems.add(step.place, fmt::format("'{}' is not at link '{}'", node, verb.link),
                             fmt::format("expected {} or {}", ends->second.first, ends->second.second));
            }
        }
    }
}

void check_loopback(Reader const& root, Problems& problems) {
    auto const& program = *field_of(root.value(), scenario_shape(), "programs")->shape;
    for (auto const& item : root.items("programs")) {
        auto const* host = item.find("host");
        for_each_field(item, program, [&](Value const& value, Field const& field) {
            if (host != nullptr && field.kind == Kind::endpoint && value.kind == Value::Kind::scalar &&
                split_endpoint(value.text).host == host->text) {
                problems.add(value.place, fmt::format("{} is on the program's own host", quoted(value.text)),
                             "expected another host: programs of one machine talking to each other are not shown yet");
            }
        });
    }
}

void check_names(Reader const& root, Problems& problems) {
    check_names_of(root, "programs", "program", problems);
    check_names_of(root, "timeline", "timeline step", problems);
    check_names_of(root, "expect", "expectation", problems);
}

void check_end(Value const& root, Duration until, Problems& problems) {
    for_each_field(root, scenario_shape(), [&](Value const& value, Field const& field) {
        auto const time = field.kind == Kind::instant ? read_around(value, Duration{0}) : std::nullopt;
        if (time && time->value > until) {
            problems.add(value.place, fmt::format("{} is after the end", duration_text(time->value)),
                         fmt::format("expected at most {}, the scenario's 'until'", duration_text(until)));
        }
    });
}

}  // namespace tcpsim::scenario
