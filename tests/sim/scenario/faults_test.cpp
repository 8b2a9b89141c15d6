// Every verb of the timeline, from its YAML to what it does.
#include "sim/trace/memory.hpp"
#include "tests/sim/scenario/support.hpp"

#include <algorithm>

using namespace tcpsim;
using namespace tcpsim::tests;
using namespace std::chrono_literals;

namespace {

/// An echo at 0 s and another, written at 1 s.
std::string const story = R"(name: story
until: 100s
topology: {shape: routed, rtt: 20ms}
hosts:
  client: {tcp_retries2: 5, tcp_ecn: 1}
programs:
  - {name: server, host: server, run: echo, port: 7}
  - name: client
    host: client
    steps:
      - connect: "server:7"
      - write: "hello"
      - read: 1024
      - write: "again"
        at: 1s
      - read: 1024
)";

scenario::Report run_with(std::string const& timeline) { return run(loaded(story + "timeline:\n" + timeline)); }

/// The second read's outcome.
std::string second_read(std::string const& timeline, std::string const& outcome) {
    auto const report = run(loaded(story + "timeline:\n" + timeline +
                                   "expect:\n  - call: {program: client, call: read, nth: 2, " + outcome + "}\n"));
    std::string wrong;
    for (auto const& verdict : report.verdicts) {
        wrong += verdict.holds ? "" : verdict.name + ": " + verdict.seen + "; ";
    }
    return wrong;
}

}  // namespace

TEST_CASE("timeline: every verb has its effect on the second echo") {
    // The retransmission timeout is 220 ms, and tcp_retries2 = 5 lets reads fail after 63 * 220 ms without a packet.
    CHECK(second_read("  - {at: 500ms, nic_down: client}\n", "fails: ETIMEDOUT, takes: 13.86s") == "");
    CHECK(second_read("  - {at: 500ms, nic_down: {host: client, link: client-router}}\n"
                      "  - {at: 3s, nic_up: client}\n",
                      "returns: \"again\", takes: 3.32s") == "");
    CHECK(second_read("  - {at: 500ms, address_removed: client}\n", "fails: ETIMEDOUT, takes: 13.86s") == "");
    CHECK(second_read("  - {at: 500ms, address_removed: client}\n  - {at: 3s, address_added: client}\n",
                      "returns: \"again\", takes: 3.32s") == "");
    CHECK(second_read("  - {at: 500ms, address_removed: client}\n"
                      "  - {at: 3s, address_added: {host: client, address: 10.1.0.77/24}}\n",
                      "fails: ETIMEDOUT, takes: 13.86s") == "");
    CHECK(second_read("  - {at: 500ms, suspend: server}\n  - {at: 1100ms, resume: server}\n",
                      "returns: \"again\", takes: 240ms") == "");
    CHECK(second_read("  - {at: 500ms, suspend: {host: server, nic: queues}}\n  - {at: 1100ms, resume: server}\n",
                      "returns: \"again\", takes: 110ms") == "");
    CHECK(second_read("  - {at: 500ms, suspend: {host: server, nic: deaf, clock: runs}}\n"
                      "  - {at: 1100ms, resume: server}\n",
                      "returns: \"again\", takes: 240ms") == "");
    CHECK(second_read("  - {at: 500ms, blackhole: client-router}\n  - {at: 1100ms, restore: client-router}\n",
                      "returns: \"again\", takes: 240ms") == "");
    CHECK(second_read("  - {at: 500ms, blackhole: {link: client-router, towards: client}}\n"
                      "  - {at: 1100ms, restore: client-router}\n",
                      "returns: \"again\", takes: 240ms") == "");
    CHECK(second_read("  - {at: 950ms, flap: {link: client-router, down: 100ms, up: 1s, times: 1}}\n",
                      "returns: \"again\", takes: 240ms") == "");
    CHECK(second_read("  - {at: 500ms, change: {link: client-router, delay: 30ms}}\n",
                      "returns: \"again\", takes: 60ms") == "");
    CHECK(second_read("  - {at: 500ms, change: {link: client-router, loss: 100%}}\n"
                      "  - {at: 1100ms, change: {link: client-router, loss: 0%}}\n",
                      "returns: \"again\", takes: 240ms") == "");
    // IP packets of 57 bytes, nobody's MTU is as small as the least that a router may have.
    CHECK(second_read("  - {at: 500ms, mtu: {router: router, link: router-server, bytes: 68}}\n",
                      "returns: \"again\", takes: 20ms") == "");
    // 14 + 20 + 32 + 5 bytes with timestamps at 8 kbit/s: 71 ms there and 71 ms back.
    CHECK(second_read("  - {at: 500ms, change: {link: client-router, rate: 8kbit/s}}\n",
                      "returns: \"again\", takes: 162ms") == "");
}

TEST_CASE("timeline: every kind of rule has its effect on the second echo, and reports how often it fired") {
    struct Case {
        char const* rule;
        char const* outcome;
        std::uint64_t times;
    };
    std::vector<Case> const cases{
        {"drop: {link: client-router, from: client, data: true, nth: 2}", "returns: \"again\", takes: 240ms", 1},
        {"drop: {link: client-router, towards: router, data: true, nth: 2, times: 2}",
         "returns: \"again\", takes: 460ms", 2},
        {"drop: {link: client-router, towards: router, data: true, nth: 2, chance: 100%}",
         "returns: \"again\", takes: 240ms", 1},
        {"slow: {link: client-router, from: client, data: true, nth: 2, by: 50ms}", "returns: \"again\", takes: 70ms",
         1},
        {"duplicate: {link: client-router, from: client, data: true, nth: 2, copies: 2}",
         "returns: \"again\", takes: 20ms", 1},
        {"corrupt: {link: client-router, from: client, data: true, nth: 2}", "returns: \"again\", takes: 240ms", 1},
        {"stall: {link: client-router, from: client, data: true, nth: 2, by: 50ms}", "returns: \"again\", takes: 70ms",
         1},
        {"reorder: {link: client-router, from: client, data: true, nth: 2, behind: 1}",
         "returns: \"again\", takes: 240ms", 1},
        {"mark: {link: client-router, from: client, data: true, nth: 2}", "returns: \"again\", takes: 20ms", 1},
    };
    for (Case const& each : cases) {
        CAPTURE(each.rule);
        std::string const step = std::string{"  - {name: rule, at: 0s, "} + each.rule + "}\n";
        CHECK(second_read(step, each.outcome) == "");
        auto const report = run_with(step);
        REQUIRE(report.faults.size() == 1);
        CHECK(report.faults[0].times == each.times);
        CHECK(report.faults[0].first.has_value());
    }
}

TEST_CASE("timeline: the first rule that matches wins, so that `pass` makes exceptions") {
    std::string const drops = "  - {name: rest, at: 0s, drop: {link: client-router, from: client, data: true}}\n";
    std::string const passes =
        "  - {name: two, at: 0s, pass: {link: client-router, from: client, data: true, nth: 1, times: 2}}\n";
    CHECK(second_read(passes + "  - {name: rest, at: 0s, drop: {link: client-router, from: client, data: true}, "
                               "may_never_fire: true}\n",
                      "returns: \"again\", takes: 20ms") == "");
    CHECK(second_read(passes + drops, "returns: \"again\", takes: 20ms") != "");  // nothing is left to drop
    CHECK(second_read(drops + passes, "returns: \"again\", takes: 20ms") != "");
}

TEST_CASE("timeline: times without nth means the first so many") {
    auto const report = run_with("  - {at: 500ms, drop: {link: client-router, from: client, data: true, times: 2}}\n");
    REQUIRE(report.faults.size() == 1);
    CHECK(report.faults[0].times == 2);
}

TEST_CASE("timeline: a rule may ask for a protocol") {
    CHECK(second_read("  - {at: 500ms, drop: {link: client-router, protocol: tcp, times: 1}}\n",
                      "returns: \"again\", takes: 240ms") == "");
    for (auto const* const other : {"udp", "icmp", "arp"}) {
        CHECK(second_read("  - {at: 500ms, drop: {link: client-router, protocol: " + std::string{other} +
                              "}, may_never_fire: true}\n",
                          "returns: \"again\", takes: 20ms") == "");
    }
}

TEST_CASE("timeline: a mark is answered by ECE") {
    auto const report =
        run(loaded(story + "timeline:\n  - {at: 0s, mark: {link: client-router, from: client, data: true, nth: 2}}\n"
                           "expect:\n  - packets: {from: server, flags: P.E, at_least: 1}\n"));
    CHECK(report.passed());
}

TEST_CASE("timeline: copies arrive, each by itself") {
    auto const report = run(loaded(
        story +
        "timeline:\n  - {at: 0s, duplicate: {link: client-router, from: client, data: true, nth: 2, copies: 2}}\n"
        "  - {at: 0s, pass: {link: router-server, from: client, data: true, nth: 2, times: 3}}\n"));
    REQUIRE(report.faults.size() == 2);
    CHECK(report.faults[1].times == 3);
}

TEST_CASE("timeline: larger_than looks at the IP packet: 20 + 32 + 5 bytes") {
    CHECK(second_read("  - {at: 500ms, drop: {link: client-router, from: client, larger_than: 56, nth: 1}}\n",
                      "returns: \"again\", takes: 240ms") == "");
    CHECK(second_read("  - {at: 500ms, drop: {link: client-router, from: client, larger_than: 57}, "
                      "may_never_fire: true}\n",
                      "returns: \"again\", takes: 20ms") == "");
}

TEST_CASE("timeline: a rule that never fires fails its scenario and says why, whatever its kind") {
    for (auto const* const rule : {"drop: {", "pass: {", "slow: {by: 1ms, ", "reorder: {behind: 1, ", "duplicate: {",
                                   "corrupt: {", "mark: {", "stall: {by: 1ms, "}) {
        auto const report =
            run_with(std::string{"  - {name: idle, at: 0s, "} + rule + "link: client-router, flags: U}}\n");
        REQUIRE(report.verdicts.size() == 1);
        CHECK_FALSE(report.verdicts[0].holds);
        CHECK(report.verdicts[0].seen == "no packet matched");
    }
}

TEST_CASE("timeline: the ends of a program: a signal of any kind, an exit of its own") {
    auto const status = [](std::string const& step) {
        std::string seen;
        auto loaded_story = loaded(story + "timeline:\n  - {at: 500ms, " + step + "}\n");
        scenario::Run run{std::move(loaded_story), {}};
        trace::Memory memory;
        run.attach(memory);
        (void)run.run();
        for (auto const& record : memory.records()) {
            auto const* happened = std::get_if<trace::Happened>(&record.what);
            if (happened != nullptr && happened->name == "server" && record.at == Instant{500ms} &&
                (happened->what == trace::Happening::process_killed ||
                 happened->what == trace::Happening::process_exited)) {
                seen += happened->what == trace::Happening::process_killed ? "signal " : "status ";
                seen += std::to_string(happened->status) + ";";
            }
        }
        return seen;
    };
    // The server, and its child that serves the client.
    CHECK(status("kill: server") == "signal 9;signal 9;");
    CHECK(status("kill: server/server") == "signal 9;signal 9;");
    CHECK(status("kill: {program: server, with: SIGTERM}") == "signal 15;signal 15;");
    CHECK(status("kill: {program: server/server}") == "signal 9;signal 9;");
    CHECK(status("exit: server") == "status 0;status 0;");
    CHECK(status("exit: {program: server/server, status: 7}") == "status 7;status 7;");
}

TEST_CASE("timeline: an orderly shutdown says goodbye, a reboot answers with an RST afterwards") {
    std::string const end = "returns: end, takes: 0s";  // the FIN came meanwhile
    CHECK(second_read("  - {at: 500ms, shutdown: server}\n", end + "}\n  - never: {flags: R") == "");
    // The delayed ACK of the FIN, 40 ms later, meets a new kernel.
    CHECK(run(loaded(story + "timeline:\n  - {at: 500ms, reboot: {host: server, boots_after: 0s}}\nexpect:\n"
                             "  - packets: {from: server, flags: R, count: 1, first_at: 560ms}\n"))
              .passed());
    // It is off until the tail loss probe comes, 44 ms after the write.
    CHECK(second_read("  - {at: 500ms, reboot: {host: server, grace: 1s, boots_after: 520ms}}\n",
                      end + "}\n  - packets: {from: server, flags: R, count: 1, first_at: 1054ms") == "");
    auto const report = run(loaded(story + "timeline:\n  - {at: 500ms, reboot: server}\n  - {when: {happened: {what: "
                                           "boot, host: server, nth: 2}}, delay: 1s, shutdown: {host: server}}\n"));
    CHECK(report.passed());
}

TEST_CASE("timeline: a rule is healed by the name of its step, whatever its kind") {
    CHECK(second_read("  - {name: noise, at: 500ms, corrupt: {link: client-router}}\n"
                      "  - {at: 1100ms, heal: noise}\n",
                      "returns: \"again\", takes: 240ms") == "");
}

TEST_CASE("timeline: a clock that jumps lets a time-out come early") {
    CHECK(second_read("  - {at: 500ms, blackhole: client-router}\n"
                      "  - {at: 2s, clock_skew: {host: client, by: 1h}}\n",
                      "fails: ETIMEDOUT, takes: 1s") == "");
}
