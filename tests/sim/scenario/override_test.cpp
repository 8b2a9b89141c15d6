// --set path=value.
#include "tests/sim/scenario/support.hpp"

using namespace tcpsim;
using namespace tcpsim::tests;

namespace {

std::string reboot() { return file_text("scenarios/reboot.yaml"); }
std::string said(std::string const& path, std::string const& value) {
    return problems(load(reboot(), {{path, value}}));
}

std::vector<scenario::CallStep> client_steps(scenario::Scenario const& scenario) {
    for (auto const& program : scenario.programs) {
        if (program.name == "client") {
            return std::get<scenario::StepsProgram>(program.what).steps;
        }
    }
    FAIL("no client");
    return {};
}

}  // namespace

TEST_CASE("--set changes a value, creates a key, and goes into lists by name or index") {
    using namespace std::chrono_literals;
    CHECK(loaded(reboot(), {{"seed", "7"}}).seed == 7);
    CHECK(loaded(reboot(), {{"until", "30s"}}).until == Duration{30s});
    CHECK(loaded(reboot(), {{"timeline.power-back.delay", "3s"}}).timeline[1].delay == Duration{3s});
    CHECK(loaded(reboot(), {{"timeline.1.delay", "3s"}}).timeline[1].delay == Duration{3s});
    CHECK(client_steps(loaded(reboot(), {{"programs.client.steps.3.at", "2s"}}))[3].at == Instant{2s});
    CHECK(loaded(reboot(), {{"hosts.client.tcp_retries2", "8"}}).hosts[0].profile.rto.data_retries.value == 8);
    CHECK(loaded(reboot(), {{"hosts.client.tcp_congestion_control", "reno"}})
              .hosts[0]
              .profile.congestion.algorithm.value == profile::CongestionAlgorithm::newreno);
}

TEST_CASE("--set takes any YAML value, and the last one wins") {
    auto const scenario = loaded(reboot(), {{"seed", "1"}, {"topology", "{shape: routed, rtt: 50ms}"}, {"seed", "2"}});
    CHECK(scenario.seed == 2);
    auto const edges = boost::edges(scenario.topology);
    CHECK(scenario.topology[*edges.first].delay == Duration{25'000'000});
    CHECK(client_steps(loaded(reboot(), {{"programs.client.steps.2.returns", "\"5\""}}))[2].expected.returns_data ==
          Payload::text("5"));
    CHECK(client_steps(loaded(reboot(), {{"programs.client.steps.2.returns", "5"}}))[2].expected.returns == 5);
}

TEST_CASE("--set of something else is an error in the same words, with the option as its place") {
    CHECK(said("sede", "7") == "--set sede: unknown key 'sede', did you mean 'seed'?\n");
    CHECK(said("seed", "many") == "--set seed: 'many' is not a whole number, expected a whole number from 0\n");
    CHECK(said("until", "1s").find("1.5s is after the end, expected at most 1s") != std::string::npos);
    CHECK(said("programs.cleint.host", "server") ==
          "--set programs.cleint.host: no item 'cleint' there, did you mean 'client'?\n");
    CHECK(said("timeline.9.at", "1s") == "--set timeline.9.at: no item '9' there, expected power-cut or power-back\n");
    CHECK(said("timeline.power-cut.att", "1s") ==
          "--set timeline.power-cut.att: unknown key 'att', did you mean 'at'?\n");
    CHECK(
        said("hosts.client.tcp_retires2", "8") ==
        "--set hosts.client.tcp_retires2: profile linux has no setting 'tcp_retires2', did you mean 'tcp_retries2'?\n");
    CHECK(
        said("hosts.client.tcp_congestion_control", "vegas") ==
        "--set hosts.client.tcp_congestion_control: 'tcp_congestion_control' cannot be 'vegas', expected one of reno, "
        "cubic, dctcp\n");
    CHECK(said("hosts.cleint.tcp_retries2", "8") ==
          "--set hosts.cleint.tcp_retries2: no host 'cleint', did you mean 'client'?\n");
    CHECK(said("seed.x", "8") == "--set seed.x: 'x' is below '1', expected a mapping or a list\n");
    CHECK(said("programs..host", "x") ==
          "--set programs..host: an empty part in the path, expected keys and names with '.' between them\n");
    CHECK(said("seed", "[1").starts_with("--set seed: YAML syntax: "));
    CHECK(said("seed", "") == "--set seed: '' is not a whole number, expected a whole number from 0\n");
}

TEST_CASE("--set problems come together with those of the file") {
    auto const lines = problems(load("name: x\ntopology: {shape: routed, rtt: 20}\n", {{"sede", "1"}}));
    CHECK(lines ==
          "--set sede: unknown key 'sede', did you mean 'seed'?\n"
          "x.yaml:2:32: '20' has no unit, expected a duration such as 10ms, 1.5s or 2min\n");
}
