// The runner: each kind of expectation holds and fails, conditions fire, faults that never fire are failures.
#include "tests/sim/scenario/support.hpp"

#include <algorithm>
#include <filesystem>

using namespace tcpsim;
using namespace tcpsim::tests;
using namespace std::chrono_literals;

namespace {

/// An echo over 20 ms: connect returns at 20 ms, read at 40 ms, close after that.
std::string const story = R"(name: story
topology: {shape: routed, rtt: 20ms}
programs:
  - name: server
    host: server
    run: echo
    port: 7
  - name: client
    host: client
    steps:
      - connect: "server:7"
        must: true
      - write: "hello"
      - read: 1024
      - sleep: 1s
      - close
)";

/// The same, but the first packet is sent at 100 ms: what comes at 0 s is there before it.
std::string late_story() {
    std::string text = story;
    std::string const connect = "- connect: \"server:7\"\n";
    text.replace(text.find(connect), connect.size(), connect + "        at: 100ms\n");
    return text;
}

scenario::Report run_with(std::string const& more, std::string const& base = story) { return run(loaded(base + more)); }

/// The verdict on the only expectation of `more`.
scenario::Verdict verdict(std::string const& expectation) {
    auto const report = run_with("expect:\n  - " + expectation + "\n");
    REQUIRE_FALSE(report.verdicts.empty());
    return report.verdicts.back();
}
bool holds(std::string const& expectation) { return verdict(expectation).holds; }

scenario::FaultReport fault(scenario::Report const& report, std::string const& name) {
    auto const found =
        std::find_if(report.faults.begin(), report.faults.end(), [&](auto const& f) { return f.name == name; });
    REQUIRE(found != report.faults.end());
    return *found;
}

std::string failures(scenario::Report const& report) {
    std::string lines;
    for (auto const& each : report.verdicts) {
        lines += each.holds ? "" : each.name + ": expected " + each.expected + ", seen " + each.seen + "\n";
    }
    return lines;
}

}  // namespace

TEST_CASE("run: the three scenarios hold") {
    for (auto const* name : {"reboot", "crash", "bsd-nine-minutes"}) {
        CAPTURE(name);
        auto const report = run(loaded(file_text(std::string{"scenarios/"} + name + ".yaml")));
        CHECK_MESSAGE(report.passed(), failures(report));
        CHECK(report.nothing_left);
    }
}

TEST_CASE("run: the same seed gives the same digest, another another") {
    auto const scenario = loaded(story);
    auto const first = run(scenario);
    CHECK(first.digest == run(scenario).digest);
    CHECK(first.digest != run(scenario, {.seed = 2}).digest);
    CHECK(run(scenario, {.seed = 2}).seed == 2);
    CHECK_FALSE(run(scenario, {.digest = false}).digest);
}

TEST_CASE("run: a step's own expectations") {
    auto const with = [](std::string const& step, std::string const& instead) {
        auto text = story;
        text.replace(text.find(step), step.size(), instead);
        return run(loaded(text));
    };
    CHECK(with("- read: 1024\n", "- read: 1024\n        returns: \"hello\"\n").passed());
    CHECK(with("- read: 1024\n", "- read: 1024\n        returns: 5\n").passed());
    auto const wrong = with("- read: 1024\n", "- read: 1024\n        returns: \"other\"\n");
    CHECK(failures(wrong) ==
          "client: 1st read returns \"other\": expected returns \"other\", seen returns 5 (\"hello\")\n");
    CHECK_FALSE(with("- read: 1024\n", "- read: 1024\n        fails: ECONNRESET\n").passed());
    CHECK_FALSE(with("- read: 1024\n", "- read: 1024\n        returns: end\n").passed());
    CHECK(with("- read: 1024\n", "- read: {exactly: 3}\n        returns: \"hel\"\n").passed());
}

TEST_CASE("run: a pattern comes back as the same pattern") {
    std::string const text = R"(name: pattern
topology: {shape: pair, rtt: 10ms}
programs:
  - {name: server, host: server, run: echo}
  - name: client
    host: client
    steps:
      - connect: "server:7"
      - write: {pattern: 3000}
        returns: 3000
      - read: {exactly: 2000}
        returns: {pattern: 2000}
      - read: {exactly: 1000}
        returns: {pattern: 1000}
      - shutdown: write
        returns: 0
      - read: 10
        returns: end
      - close
)";
    auto const report = run(loaded(text));
    CHECK_MESSAGE(report.passed(), failures(report));
}

TEST_CASE("run: two programs of steps, accept, and a wrong result that ends a program") {
    std::string const text = R"(name: steps
topology: {shape: pair, rtt: 10ms}
programs:
  - name: server
    host: server
    steps:
      - listen: 80
      - accept
      - read: {exactly: 4}
        returns: "ping"
      - write: "pong"
      - close
      - close:
        socket: s
        returns: 0
  - name: client
    host: client
    steps:
      - connect: "server:80"
        must: true
      - nodelay: true
        returns: 0
      - write: "ping"
      - read: 4
        returns: "PONG"
        must: true
      - write: "never"
        returns: 5
)";
    auto const report = run(loaded(text));
    CHECK(failures(report) ==
          "client: 1st read returns \"PONG\": expected returns \"PONG\", seen returns 4 (\"pong\")\n"
          "client: 2nd write returns 5: expected returns 5, seen never came so far\n");
}

TEST_CASE("run: a connection that is refused; a closed socket") {
    std::string const text = R"(name: refused
topology: {shape: pair, rtt: 10ms}
programs:
  - name: client
    host: client
    steps:
      - connect: "server:81"
        fails: ECONNREFUSED
      - close
      - close:
        fails: EBADF
      - read: 1
        fails: EBADF
)";
    auto const report = run(loaded(text));
    CHECK_MESSAGE(report.passed(), failures(report));
}

TEST_CASE("expect call: results and times, both ways") {
    CHECK(holds("call: {program: client, call: read, returns: 5}"));
    CHECK(holds("call: {program: client, call: read, returns: \"hello\"}"));
    CHECK(holds("call: {program: client, call: read, socket: s, takes: 20ms, at: 40ms}"));
    CHECK(holds("call: {program: client, call: read, at: {value: 39ms, within: 1ms}}"));
    CHECK(holds("call: {program: client, call: connect, returns: 0, takes: 20ms}"));
    CHECK(holds("call: {program: server, call: write, returns: 5, at: 30ms}"));
    CHECK(holds("call: {program: server, call: read, nth: 2, returns: end}"));
    CHECK(holds("call: {program: server, call: accept, nth: 2, never_returns: true}"));

    CHECK_FALSE(holds("call: {program: client, call: read, returns: 4}"));
    CHECK_FALSE(holds("call: {program: client, call: read, returns: \"hellO\"}"));
    CHECK_FALSE(holds("call: {program: client, call: read, returns: end}"));
    CHECK_FALSE(holds("call: {program: client, call: read, fails: ECONNRESET}"));
    CHECK_FALSE(holds("call: {program: client, call: read, takes: 21ms}"));
    CHECK_FALSE(holds("call: {program: client, call: read, at: {value: 38ms, within: 1ms}}"));
    CHECK_FALSE(holds("call: {program: client, call: read, never_returns: true}"));
    CHECK_FALSE(holds("call: {program: server, call: accept, nth: 2, takes: 1s}"));
    CHECK_FALSE(holds("call: {program: server, call: write, nth: 2, returns: 5}"));
}

TEST_CASE("expect call: expected against seen, in words") {
    auto const wrong = verdict("call: {program: client, call: read, fails: ECONNRESET, takes: 21ms}");
    CHECK(wrong.name == "client: 1st read fails ECONNRESET, takes 21ms");
    CHECK(wrong.expected == "fails ECONNRESET, takes 21ms");
    CHECK(wrong.seen == "returns 5, takes 20ms");
    CHECK(wrong.place.line == 18);
    CHECK(verdict("name: of its own\n    call: {program: client, call: read, returns: 5}").name == "of its own");
}

TEST_CASE("expect packets: counts, times and gaps, both ways") {
    CHECK(holds("packets: {from: client, to: server, flags: S, count: 1, first_at: 0s, last_at: 0s}"));
    CHECK(holds("packets: {from: server, flags: S., seq: 0, count: 1, first_at: 10ms}"));
    CHECK(holds("packets: {from: client, data: true, seq: 1, count: 1, first_at: 20ms, gaps: []}"));
    CHECK(holds("packets: {data: true, count: 2, gaps: [10ms]}"));
    CHECK(holds("packets: {data: true, gaps: [12ms], within: 2ms}"));
    CHECK(holds("packets: {from: client, at_least: 2, at_most: 20}"));

    CHECK_FALSE(holds("packets: {from: client, flags: S, count: 2}"));
    CHECK_FALSE(holds("packets: {from: client, flags: S, at_most: 0}"));
    CHECK_FALSE(holds("packets: {from: client, flags: R}"));
    CHECK_FALSE(holds("packets: {from: client, flags: S, first_at: 1ms}"));
    CHECK_FALSE(holds("packets: {from: client, flags: S, last_at: 1ms}"));
    CHECK_FALSE(holds("packets: {from: client, to: client, flags: S}"));
    CHECK_FALSE(holds("packets: {from: client, data: true, seq: 2}"));
    CHECK_FALSE(holds("packets: {data: true, gaps: [9ms]}"));
    CHECK_FALSE(holds("packets: {data: true, gaps: [10ms, 10ms]}"));
    CHECK_FALSE(holds("packets: {data: true, gaps: [12ms], within: 1ms}"));
}

TEST_CASE("expect never: both ways") {
    CHECK(holds("never: {flags: R}"));
    CHECK_FALSE(holds("never: {from: client, data: true}"));
    CHECK(verdict("never: {from: client, data: true}").seen == "1");
}

TEST_CASE("expect state: at a time and at the end, both ways") {
    CHECK(holds("state: {host: client, is: ESTABLISHED, at: 100ms}"));
    CHECK(holds("state: {host: client, peer: server, is: ESTABLISHED, at: 100ms}"));
    CHECK(holds("state: {host: client, is: SYN-SENT, at: 5ms}"));
    CHECK(holds("state: {host: server, is: CLOSED, at: 9ms}"));
    CHECK(holds("state: {host: client, is: CLOSED}"));

    CHECK_FALSE(holds("state: {host: client, is: CLOSED, at: 100ms}"));
    CHECK_FALSE(holds("state: {host: client, peer: client, is: ESTABLISHED, at: 100ms}"));
    CHECK_FALSE(holds("state: {host: client, is: ESTABLISHED}"));
    CHECK(verdict("state: {host: client, is: TIME-WAIT, at: 100ms}").seen == "ESTABLISHED");
}

TEST_CASE("timeline: a fault that never fires fails the scenario, unless it may") {
    std::string const after_the_story = "timeline:\n  - name: late\n    at: 2h\n    power_loss: server\n";
    CHECK(run_with(after_the_story).passed());
    auto const cut_short = run_with("until: 10s\n", story);
    CHECK_FALSE(cut_short.nothing_left);
    auto report = run(loaded(story + after_the_story), {.until = 10s});
    CHECK(failures(report) ==
          "late happens: expected power_loss happens at least once, since it does not say may_never_fire, seen its "
          "time never "
          "came\n");
    CHECK_FALSE(fault(report, "late").fired);
    CHECK(run(loaded(story + after_the_story + "    may_never_fire: true\n"), {.until = 10s}).passed());
}

TEST_CASE("timeline: a verb with nothing to do has not fired") {
    auto const report = run_with(
        "timeline:\n  - {name: again, at: 1ms, boot: server}\n  - {name: mend, at: 2ms, restore: client-router}\n");
    CHECK_FALSE(report.passed());
    CHECK(fault(report, "again").came);
    CHECK_FALSE(fault(report, "again").fired);
    CHECK_FALSE(fault(report, "mend").fired);
}

TEST_CASE("timeline: a rule reports how often and when it met a packet") {
    auto const lost = run_with(
        "timeline:\n  - {name: lost, at: 0s, drop: {link: client-router, from: client, to: server, flags: S, nth: 1}}\n"
        "expect:\n  - packets: {from: client, flags: S, count: 2, gaps: [1s]}\n",
        late_story());
    CHECK_MESSAGE(lost.passed(), failures(lost));
    CHECK(fault(lost, "lost").times == 1);
    CHECK(fault(lost, "lost").first == Instant{100ms});
    auto const idle = run_with("timeline:\n  - {name: lost, at: 0s, drop: {link: client-router, flags: R}}\n");
    CHECK_FALSE(idle.passed());
    CHECK(fault(idle, "lost").came);
    CHECK(fault(idle, "lost").times == 0);
}

TEST_CASE("timeline: slow packets arrive later, and heal ends a rule") {
    auto const slow = run_with(
        "timeline:\n  - {name: late, at: 0s, slow: {link: client-router, from: server, data: true, by: 30ms}}\n"
        "expect:\n  - call: {program: client, call: read, takes: 50ms}\n");
    CHECK_MESSAGE(slow.passed(), failures(slow));
    CHECK(fault(slow, "late").times == 1);
    CHECK(fault(slow, "late").first == Instant{30ms});  // one and a half round trips: the link begins at the router
    auto const healed = run_with(
        "timeline:\n  - {name: deaf, at: 0s, drop: {link: client-router, from: client, flags: S}}\n"
        "  - {at: 1500ms, heal: deaf}\n"
        "expect:\n  - call: {program: client, call: connect, returns: 0, takes: 2.02s}\n",
        late_story());
    CHECK_MESSAGE(healed.passed(), failures(healed));
    CHECK(fault(healed, "deaf").times == 2);
}

TEST_CASE("timeline: after a step, with a delay") {
    auto const report = run_with(
        "timeline:\n  - {name: off, at: 5s, power_loss: server}\n  - {name: back, after: off, delay: 2s, boot: "
        "server}\n"
        "  - {name: again, after: back, crash: server}\n");
    CHECK_MESSAGE(report.passed(), failures(report));
    CHECK(fault(report, "off").first == Instant{5s});
    CHECK(fault(report, "back").first == Instant{7s});
    CHECK(fault(report, "again").first == Instant{7s});
}

TEST_CASE("timeline: after a step that found nothing to do") {
    auto const report = run_with(
        "timeline:\n  - {name: again, at: 5s, boot: server, may_never_fire: true}\n"
        "  - {name: off, after: again, delay: 1s, crash: server}\n");
    CHECK_MESSAGE(report.passed(), failures(report));
    CHECK(fault(report, "again").came);
    CHECK_FALSE(fault(report, "again").fired);
    CHECK(fault(report, "off").first == Instant{6s});
}

TEST_CASE("timeline: a step at 0s comes before the first call of any program") {
    auto const report = run_with(
        "timeline:\n  - {name: lost, at: 0s, drop: {link: client-router, from: client, flags: S, nth: 1}}\n"
        "expect:\n  - call: {program: client, call: connect, returns: 0, takes: 1.02s}\n");
    CHECK_MESSAGE(report.passed(), failures(report));
    CHECK(fault(report, "lost").first == Instant{0s});
}

TEST_CASE("timeline: each condition fires at its moment") {
    struct Case {
        std::string condition{};
        Duration at{};
    };
    for (auto const& each :
         {Case{"called: {program: client, call: write}", 20ms}, Case{"returned: {program: client, call: read}", 40ms},
          Case{"returned: {program: server, call: accept}", 30ms},
          Case{"called: {program: server, call: accept, nth: 2}", 30ms}, Case{"sent: {host: client, data: true}", 20ms},
          Case{"sent: {host: client, flags: S}", 0ms}, Case{"received: {host: client, flags: S.}", 20ms},
          Case{"received: {host: server, nth: 2}", 30ms}, Case{"state: {host: server, is: ESTABLISHED}", 30ms},
          Case{"happened: {what: boot, host: client}", 0ms},
          Case{"happened: {what: process_exited, host: client}", 1040ms}}) {
        CAPTURE(each.condition);
        // Cutting a link that carries nothing: the second cable of the client.
        std::string text = story;
        std::string const shape = "{shape: routed, rtt: 20ms}";
        text.replace(
            text.find(shape), shape.size(),
            "{nodes: [{name: client}, {name: router, kind: router}, {name: server}, {name: spare}], links: [{between: "
            "[client, router], delay: 10ms}, {between: [router, server]}, {between: [router, spare]}]}");
        auto const report =
            run_with("timeline:\n  - {name: it, when: {" + each.condition + "}, cut: router-spare}\n" +
                         "  - {name: later, when: {" + each.condition + "}, delay: 3s, restore: router-spare}\n",
                     text);
        CHECK_MESSAGE(report.passed(), failures(report));
        CHECK(fault(report, "it").first == Instant{each.at});
        CHECK(fault(report, "later").first == Instant{each.at + 3s});
    }
}

TEST_CASE("timeline: a killed program's peer reads the end") {
    std::string text = story;
    std::string const sleep = "- sleep: 1s\n";
    text.replace(text.find(sleep), sleep.size(), "- read: 10\n        returns: end\n");
    auto const report = run_with("timeline:\n  - {name: dead, at: 200ms, kill: client}\n", text);
    CHECK(fault(report, "dead").fired);
    CHECK_FALSE(report.passed());  // the client cannot see its own end
}

TEST_CASE("run: until stops, and a blocked call is no failure by itself") {
    std::string text = story;
    std::string const sleep = "- sleep: 1s\n";
    text.replace(text.find(sleep), sleep.size(), "- read: 10\n");
    auto const report = run(loaded(text));
    CHECK(report.passed());
    CHECK(report.nothing_left);
    auto const expected =
        run_with("expect:\n  - call: {program: client, call: read, nth: 2, never_returns: true}\n", text);
    CHECK_MESSAGE(expected.passed(), failures(expected));
    auto const stopped = run(loaded(story), {.until = 500ms});
    CHECK_FALSE(stopped.nothing_left);
    CHECK(stopped.ended == Instant{500ms});
}

TEST_CASE("run: programs start again at boot if they may") {
    auto const with = [](std::string const& restart) {
        std::string text = story;
        text.replace(text.find("    run: echo\n"), 14, "    run: echo\n    restart_at_boot: " + restart + "\n");
        return run_with(
            "timeline:\n  - {name: off, at: 2s, power_loss: server}\n  - {after: off, delay: 1s, boot: server}\n"
            "expect:\n  - call: {program: server, call: listen, nth: 2, returns: 0, at: 3s}\n",
            text);
    };
    CHECK_MESSAGE(with("always").passed(), failures(with("always")));
    CHECK_MESSAGE(with("on-failure").passed(), failures(with("on-failure")));
    CHECK_FALSE(with("never").passed());
}

TEST_CASE("run: bulk and sink") {
    std::string const text = R"(name: bulk
topology: topologies/dumbbell.yaml
programs:
  - {name: sink, host: server2, run: sink}
  - {name: bulk, host: client1, run: bulk, to: "server2:9", bytes: 200kB}
expect:
  - call: {program: bulk, call: read, returns: end}
  - call: {program: sink, call: read, nth: 1, at: {value: 36ms, within: 5ms}}
)";
    auto const report = run(loaded(text));
    CHECK_MESSAGE(report.passed(), failures(report));
}

TEST_CASE("scenarios: every file in scenarios/ holds") {
    std::size_t files = 0;
    for (auto const& entry : std::filesystem::recursive_directory_iterator{"scenarios"}) {
        if (entry.path().extension() != ".yaml") {
            continue;
        }
        ++files;
        std::string const name = entry.path().string();
        CAPTURE(name);
        auto const result = load(file_text(name), {}, name);
        REQUIRE_MESSAGE(result.ok(), problems(result));
        CHECK(failures(run(std::get<scenario::Scenario>(result.content))) == "");
    }
    CHECK(files >= 9);
}
