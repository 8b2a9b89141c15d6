// Programs in scenario files: steps, blocks of steps, the terminal, and the built-in ones.
#include "sim/trace/memory.hpp"
#include "stack/wire/notation.hpp"
#include "tests/sim/scenario/support.hpp"

#include <algorithm>
#include <filesystem>
#include <tuple>

using namespace tcpsim;
using namespace tcpsim::tests;
using namespace std::chrono_literals;

namespace {

std::string failures(scenario::Report const& report) {
    std::string lines;
    for (auto const& each : report.verdicts) {
        lines += each.holds ? "" : each.name + ": expected " + each.expected + ", seen " + each.seen + "\n";
    }
    return lines;
}

/// A call that has returned, as far as a program can tell.
using Told = std::tuple<Instant, std::uint32_t, std::uint32_t, trace::Call, std::int32_t, std::int64_t, Errno, Payload>;

std::vector<Told> calls_of(scenario::Scenario const& scenario) {
    trace::Memory memory;
    scenario::Run run{scenario, {}};
    run.attach(memory);
    (void)run.run();
    std::vector<Told> calls;
    for (auto const& record : memory.records()) {
        if (auto const* back = std::get_if<trace::CallReturned>(&record.what)) {
            calls.emplace_back(record.at, static_cast<std::uint32_t>(back->process.machine), back->process.process,
                               back->call, back->descriptor, back->value, back->error, back->data);
        }
    }
    return calls;
}

/// Every segment as its sender's interface saw it.
std::vector<std::string> packets_of(scenario::Scenario const& scenario) {
    struct Segments final : trace::Sink {
        std::vector<std::string> all{};
        void record(trace::Record const& record) override {
            auto const* passed = std::get_if<trace::FramePassed>(&record.what);
            auto const* segment = passed != nullptr && passed->outwards ? wire::tcp_of(*passed->frame) : nullptr;
            if (segment != nullptr) {
                all.push_back(std::to_string(record.at.time_since_epoch().count()) + " " +
                              std::to_string(static_cast<std::uint32_t>(passed->node)) + " " +
                              wire::notation(*segment, {}));
            }
        }
    } segments;
    scenario::Run run{scenario, {}};
    run.attach(segments);
    (void)run.run();
    return segments.all;
}

std::string const pair = R"(name: programs
topology: {shape: pair, rtt: 20ms}
programs:
)";

/// Two hosts; the server accepts one connection and then does `server`, the client connects and then does `client`.
scenario::Report run_steps(std::string const& server, std::string const& client) {
    return run(loaded(pair + R"(
  - name: server
    host: server
    steps:
      - listen: 7
      - accept
)" + server + R"(
  - name: client
    host: client
    steps:
      - connect: "server:7"
        must: true
)" + client));
}

std::string complaint(std::string const& steps) {
    return problems(load(pair + "  - name: p\n    host: client\n    steps:\n" + steps));
}

}  // namespace

TEST_CASE("scenarios/: every one of them holds") {
    std::size_t files = 0;
    for (auto const& entry : std::filesystem::directory_iterator{"scenarios"}) {
        if (entry.path().extension() != ".yaml") {
            continue;
        }
        ++files;
        std::string const path = entry.path().string();
        CAPTURE(path);
        auto const result = load(file_text(path), {}, path);
        REQUIRE_MESSAGE(result.ok(), problems(result));
        CHECK(failures(run(std::get<scenario::Scenario>(result.content))) == "");
    }
    CHECK(files >= 16);
}

TEST_CASE("the classic echo client and server: written out as steps they do what the built-in ones do") {
    auto const by_steps = loaded(file_text("scenarios/written-out-echo.yaml"));
    auto const by_name = loaded(R"(name: built-in
topology: {shape: routed, rtt: 20ms}
programs:
  - {name: server, host: server, run: echo, port: 9998}
  - name: client
    host: client
    run: echo_client
    to: "server:9998"
    terminal:
      - {at: 500ms, line: "hello"}
      - {at: 1s, line: "world"}
      - {at: 2s, line: end}
)");
    auto const written = calls_of(by_steps);
    auto const built_in = calls_of(by_name);
    auto const packets = packets_of(by_steps);
    CHECK(packets.size() > 10);
    CHECK(packets == packets_of(by_name));
    REQUIRE(written.size() == built_in.size());
    CHECK(written.size() > 20);
    for (std::size_t i = 0; i < written.size(); ++i) {
        CAPTURE(i);
        CHECK(std::get<trace::Call>(written[i]) == std::get<trace::Call>(built_in[i]));
        CHECK(written[i] == built_in[i]);
    }
}

TEST_CASE("fork: the child has a copy of what the parent knows, and shares the connection") {
    auto const report = run_steps(R"(
      - fork:
          - write: "child"
          - exit: 3
      - waitpid:
        status: 3
        must: true
      - write: "parent"
)",
                                  R"(
      - read: {exactly: 11}
        returns: "childparent"
)");
    CHECK(failures(report) == "");
}

TEST_CASE("waitpid: a wrong status or signal is noticed") {
    auto const status = run_steps("      - fork:\n          - exit: 3\n      - waitpid:\n        status: 4\n", "");
    CHECK(failures(status).find("expected a child that exited with 4, seen a child that exited with 3") !=
          std::string::npos);
    auto const killed = run_steps(
        "      - fork:\n          - pause\n      - kill: child\n      - waitpid:\n        killed_by: SIGINT\n", "");
    CHECK(failures(killed).find("expected a child killed by SIGINT, seen a child killed by SIGTERM") !=
          std::string::npos);
}

TEST_CASE("repeat: so many times, or until a step in it meets the end or an error") {
    auto const report = run_steps(R"(
      - repeat:
          - write: "x"
        times: 3
      - close
)",
                                  R"(
      - sleep: 1s
      - repeat:
          - read: 1
          - print: {last: read}
        until: end
      - read: 1
        returns: end
)");
    CHECK(failures(report) == "");
}

TEST_CASE("poll: exactly what it finds counts") {
    auto const report = run_steps("      - write: \"x\"\n", R"(
      - sleep: 1s
      - poll: [in]
        timeout: 0s
        returns: [in, out]
)");
    CHECK(failures(report).find("expected finds in, out, seen finds in") != std::string::npos);
}

TEST_CASE("signal: ignored, handled, and back to what it was") {
    auto const report = run_steps("      - sleep: 10s\n", R"(
      - fork:
          - signal: SIGTERM
            action: ignore
          - sleep: 2s
          - signal: SIGTERM
            handler:
              - exit: 9
          - sleep: 100s
      - sleep: 1s
      - kill: child
        returns: 0
      - waitpid:
        no_hang: true
        returns: 0
      - sleep: 2s
      - kill: child
      - waitpid:
        status: 9
      - kill: child
        fails: ESRCH
)");
    CHECK(failures(report) == "");
}

TEST_CASE("steps: mistakes have their place") {
    CHECK(complaint("      - connect: \"server:7\"\n      - fork:\n          - close:\n            socket: t\n") ==
          "x.yaml:10:21: no step before this makes socket 't', expected s\n");
    CHECK(complaint("      - signal: SIGTERM\n").find("no 'handler' or 'action'") != std::string::npos);
    CHECK(complaint("      - signal: SIGKIL\n        action: ignore\n").find("did you mean 'SIGKILL'") !=
          std::string::npos);
    CHECK(complaint("      - repeat:\n          - sleeep: 1s\n")
              .find("x.yaml:8:13: unknown key 'sleeep', did you mean 'sleep'?") == 0);
}

TEST_CASE("terminal: lines in order, the end last") {
    auto const typed = [](std::string const& lines) {
        return problems(
            load(pair + "  - name: p\n    host: client\n    run: echo_client\n    to: \"server:7\"\n    terminal:\n" +
                 lines));
    };
    CHECK(typed("      - {at: 1s, line: \"a\"}\n      - {at: 2s, line: end}\n") == "");
    CHECK(typed("      - {at: 2s, line: \"a\"}\n      - {at: 1s, line: \"b\"}\n")
              .find("x.yaml:10:14: a line before the one above it") == 0);
    CHECK(typed("      - {at: 1s, line: end}\n      - {at: 2s, line: \"b\"}\n").find("a line after the end") !=
          std::string::npos);
}

TEST_CASE("reconnect: pauses double with every failure, up to the most, and begin anew after a success") {
    auto const calls = calls_of(loaded(pair + R"(
  - {name: server, host: server, run: echo, port: 7}
  - {name: again, host: client, run: reconnect, to: "server:9", first: 1s, most: 4s}
until: 20s
)"));
    std::vector<Duration> failed;
    for (auto const& call : calls) {
        if (std::get<trace::Call>(call) == trace::Call::connect) {
            failed.push_back(std::get<Instant>(call).time_since_epoch());
        }
    }
    // Each attempt takes a round trip of 20 ms.
    CHECK(failed == std::vector<Duration>{20ms, 1040ms, 3060ms, 7080ms, 11100ms, 15120ms, 19140ms});
}

TEST_CASE(
    "echo, echo_poll, echo_epoll: two clients at once hear the same at the same times, however the server waits") {
    std::vector<std::vector<Told>> heard;
    for (std::string const server : {"echo", "echo_poll", "echo_epoll"}) {
        CAPTURE(server);
        auto const scenario = loaded(pair + "  - {name: server, host: server, run: " + server + R"(, port: 7}
  - name: one
    host: client
    steps:
      - connect: "server:7"
      - write: "one"
      - read: 10
        returns: "one"
      - sleep: 1s
      - close
  - name: two
    host: client
    steps:
      - connect: "server:7"
      - write: "two"
      - read: 10
        returns: "two"
      - write: "more"
      - read: 10
        returns: "more"
)");
        CHECK(failures(run(scenario)) == "");
        auto calls = calls_of(scenario);
        auto const machine_of_clients = std::get<1>(calls.front());
        std::erase_if(calls, [=](Told const& call) { return std::get<1>(call) != machine_of_clients; });
        heard.push_back(calls);
    }
    CHECK(heard[0].size() == 12);  // six of each client
    CHECK(heard[1] == heard[0]);
    CHECK(heard[2] == heard[0]);
}

TEST_CASE("timeline kill: SIGKILL, or any signal, whose handler may run") {
    auto const ends = [](std::string const& verb, std::string const& expectation) {
        return failures(run(loaded(pair + R"(
  - name: server
    host: server
    steps:
      - signal: SIGTERM
        handler:
          - exit: 3
      - signal: SIGUSR1
        action: ignore
      - pause
timeline:
  - {name: blow, at: 1s, may_never_fire: true, kill: )" +
                                   verb + "}\n  - {name: seen, when: {happened: {what: " + expectation +
                                   ", host: server}}, ss: server}\n")));
    };
    CHECK(ends("server", "process_killed") == "");
    CHECK(ends("{program: server}", "process_killed") == "");
    CHECK(ends("{program: server, with: SIGTERM}", "process_exited") == "");
    CHECK(ends("{program: server, with: SIGTERM}", "process_killed") != "");
    CHECK(ends("{program: server, with: SIGUSR1}", "process_exited") != "");
    CHECK(ends("{program: server/server, with: SIGHUP}", "process_killed") == "");
    CHECK(problems(load(pair + "  - {name: p, host: client, run: echo}\ntimeline:\n"
                               "  - {at: 1s, kill: {program: p, with: SIGTREM}}\n"))
              .find("did you mean 'SIGTERM'") != std::string::npos);
}
