// Every verb of the timeline, from its YAML to what it does.
#include "tests/sim/scenario/support.hpp"

#include <algorithm>

using namespace tcpsim;
using namespace tcpsim::tests;

namespace {

/// An echo at 0 s and another, written at 1 s.
std::string const story = R"(name: story
until: 100s
topology: {shape: routed, rtt: 20ms}
hosts:
  client: {tcp_retries2: 5}
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
        {"reorder: {link: client-router, from: client, data: true, nth: 2, behind: 3}",
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
