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

CallsOfProgram calls_of_steps(StepsProgram const& program, NamedCall const& named) {
    CallsOfProgram found{};
    std::size_t matching = 0;
    bool blocks = false;
    for (auto const& step : program.steps) {
        if (step.block == CallStep::Block::repeat) {
            blocks = true;
            continue;
        }
        blocks = blocks || step.block != CallStep::Block::none;
        bool const this_socket = !named.socket || *named.socket == step.socket || *named.socket == step.accepted_as;
        matching += step.call == named.call && this_socket ? 1 : 0;
        add_once(found.calls, word_for(step.call));
        add_once(found.sockets, step.socket);
        add_once(found.sockets, step.accepted_as);
    }
    bool const unknown = blocks && matching > 0;
    found.matching = unknown ? std::nullopt : std::optional{matching};
    return found;
}

/// What a built-in program calls.
struct CallsOfBuiltIn {
    using Names = std::vector<std::string>;
    Names operator()(StepsProgram const&) const { return {}; }
    Names operator()(EchoProgram const& echo) const {
        Names names{"socket", "bind", "listen", "accept", "read", "write", "close"};
        switch (echo.waiting) {
            case EchoProgram::Waiting::forks:
                names.emplace_back("fork");
                break;
            case EchoProgram::Waiting::poll:
                names.insert(names.end(), {"poll", "send"});
                break;
            case EchoProgram::Waiting::epoll:
                names.insert(names.end(), {"epoll_create", "epoll_ctl", "epoll_wait", "send"});
                break;
        }
        return names;
    }
    Names operator()(EchoClientProgram const& client) const {
        Names names{"socket", "connect", "read", "write", "close"};
        add_once(names, client.select ? "select" : "");
        add_once(names, client.select ? "shutdown" : "");
        return names;
    }
    Names operator()(BulkProgram const&) const { return {"socket", "connect", "write", "shutdown", "read", "close"}; }
    Names operator()(SinkProgram const& sink) const {
        Names names{"socket", "bind", "listen", "accept", "read", "close"};
        add_once(names, sink.pause > Duration{0} ? "sleep" : "");
        return names;
    }
    Names operator()(HeartbeatProgram const&) const {
        return {"socket", "connect", "write", "poll", "read", "sleep", "close", "exit"};
    }
    Names operator()(ReconnectProgram const&) const { return {"socket", "connect", "read", "sleep", "close"}; }
    Names operator()(IdleProgram const&) const { return {"socket", "setsockopt", "connect", "read", "close"}; }
};

CallsOfProgram calls_of(ProgramSpec const& program, NamedCall const& named) {
    if (auto const* steps = std::get_if<StepsProgram>(&program.what)) {
        return calls_of_steps(*steps, named);
    }
    CallsOfProgram found{};
    found.calls = std::visit(CallsOfBuiltIn{}, program.what);
    return found;
}

bool may_run_again(ProgramSpec const& program, Scenario const& scenario) {
    return program.restart != machine::Restart::never &&
           std::any_of(scenario.timeline.begin(), scenario.timeline.end(), [&](TimelineStep const& step) {
               bool const boots = step.verb.kind == VerbKind::boot || step.verb.kind == VerbKind::reboot;
               return boots && step.verb.host == program.host;
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
