#include "sim/scenario/run.hpp"

#include "sim/scenario/built_in.hpp"
#include "sim/scenario/steps_program.hpp"
#include "sim/scenario/triggers.hpp"
#include "sim/scenario/verdicts.hpp"
#include "sim/scenario/world_verb.hpp"
#include "sim/trace/digest.hpp"
#include "sim/world/world.hpp"

#include <boost/range/iterator_range.hpp>

#include <algorithm>
#include <deque>

namespace tcpsim::scenario {

/// Members in this order: coroutines in the world refer to the plans and the log, which must go after it.
struct Run::Inside {
    Inside(Scenario const& told, RunOptions const& chosen)
        : scenario{told}, options{chosen}, world{chosen.seed.value_or(told.seed)} {}

    Scenario scenario;
    RunOptions options;
    Names names{};
    Directory directory{};
    StepLog log{};
    std::deque<StepsPlan> plans{};
    world::World world;
    trace::Digest digest{};
    Observer observer{scenario, directory};
    Triggers triggers{scenario, directory, world};
    std::vector<std::pair<Instant, Look>> looks{};
    Show show{};
    bool ran{false};
};

namespace {

/// By vertex; hosts stand in the graph's order.
std::vector<profile::Profile> profiles_of(Scenario const& scenario) {
    std::vector<profile::Profile> profiles;
    auto host = scenario.hosts.begin();
    for (auto const vertex : boost::make_iterator_range(boost::vertices(scenario.topology))) {
        profile::Profile& profile = profiles.emplace_back();
        if (scenario.topology[vertex].kind != topology::NodeKind::host) {
            continue;
        }
        check(host != scenario.hosts.end() && host->name == scenario.topology[vertex].name,
              "hosts stand in the graph's order");
        profile = host->profile;
        ++host;
    }
    return profiles;
}

void add_names(Scenario const& scenario, std::vector<topology::Plugged> const& plugged, Names& names,
               Directory& directory) {
    for (auto const& node : plugged) {
        names.nodes.push_back(node.configuration.name);
        auto& interfaces = names.interfaces.emplace_back();
        auto& prefixes = names.addresses.emplace_back();
        std::vector<wire::Ipv4Address> addresses;
        for (auto const& interface : node.configuration.interfaces) {
            interfaces.push_back(interface.name);
            prefixes.push_back(interface.address);
            addresses.push_back(interface.address.address);
        }
        directory.add(node.configuration.name, std::move(addresses));
    }
    for (auto const edge : boost::make_iterator_range(boost::edges(scenario.topology))) {
        names.links.push_back(scenario.topology[edge].name);
    }
    for (auto const& step : scenario.timeline) {
        names.steps.push_back(step.name);
    }
}

/// The routes that every node would have without the links that are down.
world::World::Ways ways_around(Scenario const& scenario) {
    return [&scenario](std::vector<bool> const& down) {
        std::vector<std::vector<host::Route>> routes;
        for (auto& node : topology::configure(scenario.topology, {.multipath = scenario.equal_cost, .failed = down})) {
            routes.push_back(std::move(node.configuration.routes));
        }
        return routes;
    };
}

FaultReport fault_report(std::uint32_t index, TimelineStep const& step, world::World const& world,
                         Triggers const& triggers) {
    FaultReport fault{.name = step.name, .may_never_fire = step.may_never_fire, .place = step.place};
    auto const& became = world.steps()[index];
    fault.came = became.applied;
    auto const armed = triggers.armed(index);
    if (is_rule(step.verb.kind)) {
        net::ArmedRule const* rule = armed ? &world.link(armed->link).rules().at(armed->rule) : nullptr;
        fault.times = rule == nullptr ? 0 : rule->fired;
        fault.first = fault.times == 0 ? std::nullopt : std::optional{rule->first_fired};
    } else {
        fault.times = became.effective ? 1 : 0;
        fault.first = became.effective ? std::optional{became.at} : std::nullopt;
    }
    fault.fired = fault.times > 0;
    return fault;
}

/// The executions of steps that an expectation about a program made of steps means.
std::vector<SeenCall> calls_of_steps(ExpectCall const& expected, Scenario const& scenario, StepLog const& log) {
    std::vector<SeenCall> seen;
    for (auto const& entry : log.entries()) {
        auto const& program = scenario.programs[entry.program];
        auto const& step = std::get<StepsProgram>(program.what).steps[entry.step];
        bool const this_socket =
            !expected.socket || *expected.socket == step.socket || *expected.socket == step.accepted_as;
        if (program.name == expected.program && step.call == expected.call && this_socket) {
            seen.push_back(entry.seen);
        }
    }
    return seen;
}

void judge_steps(Scenario const& scenario, StepLog const& log, std::vector<Verdict>& verdicts) {
    for (std::size_t p = 0; p < scenario.programs.size(); ++p) {
        auto const* program = std::get_if<StepsProgram>(&scenario.programs[p].what);
        for (std::size_t s = 0; program != nullptr && s < program->steps.size(); ++s) {
            if (!has_expectation(program->steps[s])) {
                continue;
            }
            std::vector<SeenCall> seen;
            for (auto const& entry : log.entries()) {
                if (entry.program == p && entry.step == s) {
                    seen.push_back(entry.seen);
                }
            }
            verdicts.push_back(judge(scenario.programs[p], s, seen));
        }
    }
}

Verdict judge_expectation(std::size_t index, Scenario const& scenario, StepLog const& log, Observer const& observer) {
    auto const& expectation = scenario.expectations[index];
    Verdict verdict{};
    if (auto const* call = std::get_if<ExpectCall>(&expectation.what)) {
        auto const of_steps = std::any_of(scenario.programs.begin(), scenario.programs.end(), [&](auto const& program) {
            return program.name == call->program && std::holds_alternative<StepsProgram>(program.what);
        });
        verdict = of_steps ? judge(*call, calls_of_steps(*call, scenario, log)) : judge(*call, observer.calls(index));
    } else if (auto const* packets = std::get_if<ExpectPackets>(&expectation.what)) {
        verdict = judge(*packets, observer.packets(index));
    } else {
        verdict = judge(std::get<ExpectState>(expectation.what), observer.states(index));
    }
    verdict.name = expectation.name.empty() ? verdict.name : expectation.name;
    verdict.place = expectation.place;
    return verdict;
}

}  // namespace

bool Report::passed() const {
    return std::all_of(verdicts.begin(), verdicts.end(), [](Verdict const& verdict) { return verdict.holds; });
}

Run::Run(Scenario const& scenario, RunOptions const& options) : inside_{std::make_unique<Inside>(scenario, options)} {
    auto& in = *inside_;
    topology::assign_addresses(in.scenario.topology);
    auto plugged = topology::configure(in.scenario.topology, {.multipath = in.scenario.equal_cost, .failed = {}});
    for (topology::Plugged& node : plugged) {
        node.configuration.arp = in.scenario.arp;
    }
    topology::populate(in.world, in.scenario.topology, plugged, profiles_of(in.scenario));
    add_names(in.scenario, plugged, in.names, in.directory);
    if (in.scenario.reconverges) {
        in.world.reconverge(*in.scenario.reconverges, ways_around(in.scenario));
    }
    install_programs();
    for (std::uint32_t i = 0; i < in.scenario.timeline.size(); ++i) {
        auto const& step = in.scenario.timeline[i];
        in.world.add_step(world_verb(step, Stage{in.scenario, plugged, in.names, in.directory}));
        if (step.at) {
            in.world.schedule(i, *step.at);
        }
    }
    in.log.listen([&in](StepLog::Entry const& entry, bool returned) { in.triggers.step_of_program(entry, returned); });
    in.world.when_applied([&in](std::uint32_t step, Instant at) {
        TimelineVerb const& verb = in.scenario.timeline[step].verb;
        if (verb.kind == VerbKind::ss && in.show) {
            in.show(in.world, in.directory.node(verb.host));
        }
        in.triggers.step_applied(step, at);
    });
    in.world.attach(in.observer);
    in.world.attach(in.triggers);
    if (options.digest) {
        in.world.attach(in.digest);
    }
}

Run::~Run() = default;

Names const& Run::names() const { return inside_->names; }

void Run::attach(trace::Sink& sink) { inside_->world.attach(sink); }

void Run::look_at(Instant at, Look look) { inside_->looks.emplace_back(at, std::move(look)); }

void Run::when_asked(Show show) { inside_->show = std::move(show); }

void Run::install_programs() {
    auto& in = *inside_;
    for (std::size_t i = 0; i < in.scenario.programs.size(); ++i) {
        auto const& program = in.scenario.programs[i];
        app::Main main;
        if (auto const* steps = std::get_if<StepsProgram>(&program.what)) {
            auto& plan = in.plans.emplace_back(StepsPlan{*steps, {}, i, &in.log});
            for (auto const& step : plan.what.steps) {
                plan.remotes.push_back(step.host.empty() ? wire::Endpoint{}
                                                         : wire::Endpoint{in.directory.address(step.host), step.port});
            }
            main = [&plan](app::Process& process) { return run_steps(process, &plan); };
        } else {
            main = built_in_program(program, in.directory);
        }
        for (auto const& [path, content] : program.files) {
            in.world.store(in.directory.node(program.host), path, content);
        }
        in.world.install(in.directory.node(program.host),
                         {program.name, app::coroutine_program(std::move(main)), program.restart, program.typed});
    }
}

Report Run::run() {
    auto& in = *inside_;
    check(!in.ran, "a Run runs once");
    in.ran = true;
    auto const until = in.options.until.value_or(in.scenario.until > Duration{0} ? in.scenario.until : longest_run);
    Report report{.scenario = in.scenario.name, .seed = in.world.seed()};
    for (auto const& [at, look] : in.looks) {
        if (at <= Instant{until}) {
            (void)in.world.run(at);
            look(in.world);
        }
    }
    report.nothing_left = !in.world.run(Instant{until});
    report.ended = in.world.now();
    report.events = in.world.events();
    if (in.options.digest) {
        report.digest = in.digest.value();
    }
    in.observer.finish();
    judge_steps(in.scenario, in.log, report.verdicts);
    for (std::size_t i = 0; i < in.scenario.expectations.size(); ++i) {
        report.verdicts.push_back(judge_expectation(i, in.scenario, in.log, in.observer));
    }
    for (std::uint32_t i = 0; i < in.scenario.timeline.size(); ++i) {
        auto const& step = in.scenario.timeline[i];
        report.faults.push_back(fault_report(i, step, in.world, in.triggers));
        if (auto verdict = judge(step, report.faults.back()); !verdict.holds) {
            report.verdicts.push_back(std::move(verdict));
        }
    }
    return report;
}

}  // namespace tcpsim::scenario
