#include "sim/scenario/load.hpp"

#include "sim/scenario/loading.hpp"

#include <fmt/format.h>

namespace tcpsim::scenario {

namespace {

/// More than anybody reads; an alias bomb of mistakes stays short.
constexpr std::size_t most_problems = 100;

void load_head(Reader const& root, Scenario& scenario, Problems& problems) {
    scenario.name = root.text_or("name", "");
    scenario.about = root.text_or("about", "");
    scenario.seed = static_cast<std::uint64_t>(root.integer("seed").value_or(1));
    if (auto const until = root.duration("until")) {
        scenario.until = *until;
        if (*until == Duration{0}) {
            problems.add(root.place_of("until"), "'until' is 0", "expected a time after the start");
        }
    }
}

Scenario load_content(Value& tree, Resolver const& resolver, Problems& problems) {
    Scenario scenario{};
    check_shape(tree, scenario_shape(), problems);
    Reader const root{tree, scenario_shape()};
    load_head(root, scenario, problems);
    auto graph = load_topology(root, resolver, problems);
    load_networking(root, scenario);
    if (graph) {
        scenario.hosts = load_hosts(root, *graph);
    }
    scenario.programs = load_programs(root, problems);
    scenario.timeline = load_timeline(root, problems);
    scenario.expectations = load_expectations(root, problems);

    check_names(root, problems);
    check_references(tree, known_names(scenario, graph ? &*graph : nullptr), problems);
    check_ends(scenario, known_names(scenario, graph ? &*graph : nullptr), problems);
    check_loopback(root, problems);
    if (scenario.until > Duration{0}) {
        check_end(tree, scenario.until, problems);
    }
    check_waits(scenario, problems);
    check_expected_calls(scenario, problems);
    if (graph) {
        scenario.topology = std::move(*graph);
    }
    return scenario;
}

Loaded failed(std::vector<Problem> problems) {
    if (problems.size() > most_problems) {
        auto const more = problems.size() - most_problems;
        problems.resize(most_problems);
        problems.push_back({problems.back().place, fmt::format("and {} more", more), ""});
    }
    return {std::move(problems)};
}

}  // namespace

std::string to_string(Problem const& problem) {
    auto const& place = problem.place;
    auto const where = place.line > 0 ? fmt::format("{}:{}:{}", place.file, place.line, place.column) : place.file;
    return fmt::format("{}: {}{}{}", where, problem.what, problem.expected.empty() ? "" : ", ", problem.expected);
}

Loaded load(std::string const& file_name, std::string const& text, std::vector<Override> const& overrides,
            Resolver const& resolver) {
    if (auto unfit = unfit_text(file_name, text); !unfit.empty()) {
        return {std::move(unfit)};
    }
    auto parsed = parse_yaml(file_name, text);
    if (auto* problem = std::get_if<Problem>(&parsed)) {
        return {std::vector<Problem>{std::move(*problem)}};
    }
    auto& tree = std::get<Value>(parsed);
    if (tree.kind != Value::Kind::mapping) {
        auto const what = tree.kind == Value::Kind::empty ? std::string{"the file is empty"}
                                                          : fmt::format("the file is {}", described(tree));
        return {std::vector<Problem>{{{file_name, 1, 1}, what, "expected a mapping with name, topology, …"}}};
    }
    Problems problems;
    for (auto const& change : overrides) {
        for (auto const& problem : apply_override(tree, change)) {
            problems.add(problem.place, problem.what, problem.expected);
        }
    }
    auto scenario = load_content(tree, resolver, problems);
    if (!problems.empty()) {
        return failed(problems.take());
    }
    return {std::move(scenario)};
}

}  // namespace tcpsim::scenario
