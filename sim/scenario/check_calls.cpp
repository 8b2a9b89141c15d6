// Calls and sockets that expectations and conditions name: the program must have them.
#include "sim/scenario/loading.hpp"
#include "sim/scenario/suggest.hpp"
#include "sim/scenario/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tcpsim::scenario {

namespace {

struct NamedCall {
    std::string program{};
    trace::Call call{};
    std::optional<std::string> socket{};
    std::uint32_t nth{1};
    Place place{};
};

void add_once(std::vector<std::string>& names, std::string_view name) {
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) {
        names.emplace_back(name);
    }
}

/// The calls that a program makes, by name, and how many of them match.
struct CallsOfProgram {
    std::vector<std::string> calls{};
    std::vector<std::string> sockets{};
    std::optional<std::size_t> matching{};  ///< empty: nobody can say
};

CallsOfProgram calls_of(ProgramSpec const& program, NamedCall const& named) {
    CallsOfProgram found{};
    if (auto const* steps = std::get_if<StepsProgram>(&program.what)) {
        found.matching = 0;
        for (auto const& step : steps->steps) {
            bool const this_socket = !named.socket || *named.socket == step.socket || *named.socket == step.accepted_as;
            *found.matching += step.call == named.call && this_socket ? 1 : 0;
            add_once(found.calls, word_for(step.call));
            add_once(found.sockets, step.socket);
            add_once(found.sockets, step.accepted_as);
        }
    } else if (std::holds_alternative<BulkProgram>(program.what)) {
        found.calls = {"socket", "connect", "write", "shutdown", "read", "close"};
    } else {
        found.calls = {"socket", "bind", "listen", "accept", "read", "close"};
        add_once(found.calls, std::holds_alternative<EchoProgram>(program.what) ? "write" : "");
    }
    return found;
}

bool may_run_again(ProgramSpec const& program, Scenario const& scenario) {
    return program.restart_at_boot &&
           std::any_of(scenario.timeline.begin(), scenario.timeline.end(), [&](TimelineStep const& step) {
               return step.verb.kind == VerbKind::boot && step.verb.host == program.host;
           });
}

void check_call(NamedCall const& named, Scenario const& scenario, Problems& problems) {
    auto const& programs = scenario.programs;
    auto const program =
        std::find_if(programs.begin(), programs.end(), [&](auto const& p) { return p.name == named.program; });
    if (program == programs.end()) {
        return;  // has been reported
    }
    auto const found = calls_of(*program, named);
    std::string const word{word_for(named.call)};
    if (named.socket && std::find(found.sockets.begin(), found.sockets.end(), *named.socket) == found.sockets.end()) {
        problems.add(named.place, fmt::format("program '{}' has no socket '{}'", program->name, *named.socket),
                     suggestion(*named.socket, views(found.sockets)));
    } else if (std::find(found.calls.begin(), found.calls.end(), word) == found.calls.end() || found.matching == 0U) {
        problems.add(named.place,
                     named.socket
                         ? fmt::format("program '{}' never calls {} on socket '{}'", program->name, word, *named.socket)
                         : fmt::format("program '{}' never calls {}", program->name, word),
                     fmt::format("expected one of {}", listed(views(found.calls))));
    } else if (found.matching && named.nth > *found.matching && !may_run_again(*program, scenario)) {
        problems.add(named.place, fmt::format("program '{}' has no {} number {}", program->name, word, named.nth),
                     fmt::format("expected at most {}", *found.matching));
    }
}

}  // namespace

void check_expected_calls(Scenario const& scenario, Problems& problems) {
    for (auto const& expectation : scenario.expectations) {
        if (auto const* call = std::get_if<ExpectCall>(&expectation.what)) {
            check_call({call->program, call->call, call->socket, call->nth, expectation.place}, scenario, problems);
        }
    }
    for (auto const& step : scenario.timeline) {
        if (step.when && step.when->call) {
            check_call({step.when->program, *step.when->call, std::nullopt, step.when->nth, step.place}, scenario,
                       problems);
        }
    }
}

}  // namespace tcpsim::scenario
