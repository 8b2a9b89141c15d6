// The command line: what goes where, and with which exit status.
#include "tests/tools/tcpsim/program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace tcpsim::testing {
namespace {

constexpr char const* reboot = "scenarios/reboot.yaml";

TEST_CASE("run: everything holds: status 0, results on stdout, nothing on stderr") {
    Outcome const outcome = tcpsim({"run", reboot});
    CHECK(outcome.status == 0);
    CHECK(outcome.err.empty());
    CHECK(contains(outcome.out, "client > server"));
    CHECK(contains(outcome.out, "✗ server loses power (power-cut)"));
    CHECK(contains(outcome.out, "What each program saw"));
    CHECK(contains(outcome.out, "ECONNRESET"));
    CHECK(contains(outcome.out, "Expectations"));
    CHECK(contains(outcome.out, "of wall time"));
}

TEST_CASE("run: a failed expectation: status 1, expected against seen, the command that replays it") {
    // Without the second boot nobody answers the client's segment.
    Outcome const outcome = tcpsim({"run", reboot, "--set", "timeline.power-back.delay=1h", "--until", "30s"});
    CHECK(outcome.status == 1);
    CHECK(contains(outcome.out, "✗"));
    CHECK(contains(outcome.out, "expected  "));
    CHECK(contains(outcome.out, "seen      "));
    CHECK(contains(outcome.err, "failed"));
    CHECK(contains(outcome.err, "replay with: "));
    CHECK(contains(outcome.err, "run scenarios/reboot.yaml --set timeline.power-back.delay=1h --until 30s --seed 1\n"));
}

TEST_CASE("run: the replay command names a seed once") {
    Outcome const outcome = tcpsim({"run", reboot, "--seed", "5", "--set", "timeline.power-back.delay=1h", "-q"});
    CHECK(outcome.status == 1);
    CHECK(contains(outcome.err, "--seed 5 "));
    CHECK(!contains(outcome.err, "--seed 1"));
}

TEST_CASE("run --quiet: silent when all holds; only what failed otherwise, on stderr") {
    Outcome const fine = tcpsim({"run", reboot, "-q"});
    CHECK(fine.status == 0);
    CHECK(fine.out.empty());
    CHECK(fine.err.empty());
    Outcome const failed = tcpsim({"run", reboot, "--quiet", "--until", "1s"});
    CHECK(failed.status == 1);
    CHECK(failed.out.empty());
    CHECK(contains(failed.err, "scenarios/reboot.yaml:"));
    CHECK(contains(failed.err, "expected"));
}

TEST_CASE("run --trace: none, packets, all") {
    std::string const none = tcpsim({"run", reboot, "--trace", "none"}).out;
    std::string const packets = tcpsim({"run", reboot, "--trace", "packets"}).out;
    std::string const all = tcpsim({"run", reboot, "--trace", "all"}).out;
    CHECK(!contains(none, "client > server"));
    CHECK(contains(none, "What each program saw"));
    CHECK(contains(packets, "client > server"));
    CHECK(!contains(packets, "ESTABLISHED"));
    CHECK(contains(all, "→ ESTABLISHED"));
    CHECK(contains(all, "router eth0 ← client#1"));
    CHECK(contains(all, "TS val"));
}

TEST_CASE("run --until: the world stops there") {
    Outcome const outcome = tcpsim({"run", reboot, "--json", "--until", "100ms"});
    auto const json = nlohmann::json::parse(outcome.out);
    CHECK(json["timings"]["simulated_ns"] <= 100'000'000);
    for (auto const& packet : json["packets"]) {
        CHECK(packet["sent_ns"] <= 100'000'000);
    }
}

TEST_CASE("run --seed: another seed, another digest; the same seed, the same digest") {
    auto const digest = [](std::string const& seed) {
        auto const json = nlohmann::json::parse(tcpsim({"run", reboot, "--json", "--seed", seed}).out);
        CHECK(std::to_string(json["seed"].get<std::uint64_t>()) == seed);
        return json["digest"].get<std::string>();
    };
    std::string const once = digest("18446744073709551615");
    CHECK(once == digest("18446744073709551615"));
    CHECK(once != digest("2"));
}

TEST_CASE("run --json: one document and nothing else") {
    Outcome const outcome = tcpsim({"run", reboot, "--json"});
    CHECK(outcome.status == 0);
    CHECK(outcome.err.empty());
    auto const json = nlohmann::json::parse(outcome.out);
    CHECK(json["version"] == 1);
    CHECK(json["passed"] == true);
    for (char const* member : {"packets", "calls", "faults", "expectations"}) {
        CHECK_MESSAGE(!json[member].empty(), member);
    }
    CHECK(json["timings"]["wall_ns"] > 0);
}

TEST_CASE("run --jsonl: a header and gapless records that end with the digest's run") {
    TemporaryDirectory const directory;
    std::string const path = directory.file("trace.jsonl");
    CHECK(tcpsim({"run", reboot, "-q", "--jsonl", path}).status == 0);
    auto const lines = lines_of(read_file(path));
    REQUIRE(lines.size() > 20);
    CHECK(nlohmann::json::parse(lines[0])["format"] == "tcpsim trace");
    for (std::size_t i = 1; i < lines.size(); ++i) {
        CHECK(nlohmann::json::parse(lines[i])["serial"] == i);
    }
}

TEST_CASE("colours: none without a terminal, whatever the environment says") {
    for (auto const& environment : {std::map<std::string, std::string>{{"TERM", "xterm-256color"}},
                                    std::map<std::string, std::string>{{"NO_COLOR", "1"}}}) {
        CHECK(!contains(tcpsim({"run", reboot}, environment).out, "\x1b"));
    }
}

/// On a terminal, as script(1) makes one.
std::string on_terminal(std::string const& arguments, std::map<std::string, std::string> environment) {
    environment.emplace("TERM", "xterm");
    environment.emplace("NO_COLOR", "");
    return run_program({"script", "-qec", "\"$TCPSIM\" run scenarios/reboot.yaml " + arguments, "/dev/null"},
                       environment)
        .out;
}

TEST_CASE("colours: on a terminal, unless refused") {
    // A bare chroot has none.
    if (run_program({"script", "-qec", "true", "/dev/null"}).status != 0) {
        MESSAGE("no pseudo-terminals here (is /dev/pts mounted?): colours on a terminal were not looked at");
        return;
    }
    CHECK(contains(on_terminal("", {}), "\x1b["));
    CHECK(contains(on_terminal("--no-color", {}), "client > server"));
    CHECK(!contains(on_terminal("--no-color", {}), "\x1b["));
    CHECK(!contains(on_terminal("", {{"NO_COLOR", "1"}}), "\x1b["));
    CHECK(!contains(on_terminal("", {{"TERM", "dumb"}}), "\x1b["));
}

TEST_CASE("--help: examples first, and every option of run") {
    Outcome const help = tcpsim({"--help"});
    CHECK(help.status == 0);
    CHECK(help.err.empty());
    CHECK(help.out.find("Examples:") < help.out.find("Usage:"));
    Outcome const run = tcpsim({"run", "--help"});
    CHECK(run.status == 0);
    for (char const* option : {"--seed", "--set", "--until", "--trace", "--json", "--jsonl", "--pcap", "--pcap-at",
                               "--pcap-dir", "--quiet", "--no-color"}) {
        CHECK_MESSAGE(contains(run.out, option), option);
    }
}

TEST_CASE("--version: one line") {
    Outcome const version = tcpsim({"--version"});
    CHECK(version.status == 0);
    CHECK(version.out.rfind("tcpsim ", 0) == 0);
    CHECK(lines_of(version.out).size() == 1);
}

/// Status 2, one line on stderr that says `part`, nothing on stdout.
void refuses(std::vector<std::string> const& words, std::string const& part) {
    Outcome const outcome = tcpsim(words);
    INFO(outcome.err);
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    CHECK(lines_of(outcome.err).size() == 1);
    CHECK(contains(outcome.err, part));
}

TEST_CASE("command line: mistakes are one clear line") {
    refuses({}, "a command is missing");
    refuses({"rum", reboot}, "did you mean 'run'?");
    refuses({"run"}, "FILE");
    refuses({"run", reboot, "extra"}, "'extra'");
    refuses({"run", "--sede", "3", reboot}, "did you mean '--seed'?");
    refuses({"run", reboot, "--pcap-dri=x"}, "did you mean '--pcap-dir'?");
    refuses({"run", reboot, "--zebra"}, "unknown option '--zebra'");
    refuses({"run", reboot, "--seed", "abc"}, "--seed 'abc'");
    refuses({"run", reboot, "--seed", "-1"}, "--seed '-1'");
    refuses({"run", reboot, "--until", "30"}, "--until '30'");
    refuses({"run", reboot, "--trace", "pakets"}, "did you mean 'packets'?");
    refuses({"run", reboot, "--set", "seed"}, "PATH=VALUE");
    refuses({"run", reboot, "--pcap-at", "client"}, "--pcap-at needs --pcap");
    refuses({"run", reboot, "--json", "--quiet"}, "exclude each other");
    refuses({"--verbose"}, "unknown option '--verbose'");
    refuses({"profiles", "linus"}, "no profile is called 'linus'");
}

TEST_CASE("files: what cannot be read or written is one clear line") {
    TemporaryDirectory const directory;
    refuses({"run", directory.file("missing.yaml")}, "No such file or directory");
    refuses({"run", "scenarios"}, "it is a directory");
    refuses({"run", "/dev/zero"}, "larger than");
    refuses({"run", reboot, "--jsonl", directory.file("no/such/place")}, "cannot be written");
    refuses({"run", reboot, "--pcap", directory.file("no/such/place")}, "cannot be written");
    refuses({"run", reboot, "--pcap-dir", directory.with("file", "")}, "directory");
    refuses({"run", reboot, "--pcap", directory.file("x"), "--pcap-at", "moon"}, "client:eth0");
    refuses({"run", reboot, "--pcap", "/dev/full", "-q"}, "could not be written to its end");
}

TEST_CASE("a broken scenario: only its errors, each with its place") {
    TemporaryDirectory const directory;
    std::string const path = directory.with("broken.yaml",
                                            "name: broken\n"
                                            "topology: {shape: routed, rtt: 20parsecs}\n"
                                            "hosts:\n"
                                            "  client: {profil: linux}\n");
    for (char const* command : {"run", "check"}) {
        Outcome const outcome = tcpsim({command, path});
        CHECK(outcome.status == 2);
        CHECK(outcome.out.empty());
        auto const lines = lines_of(outcome.err);
        CHECK(lines.size() >= 2);
        for (std::string const& line : lines) {
            CHECK_MESSAGE(line.rfind(path + ":", 0) == 0, line);
        }
        CHECK(contains(outcome.err, path + ":2:"));
        CHECK(contains(outcome.err, path + ":4:"));
        CHECK(contains(outcome.err, "did you mean 'profile'?"));
    }
}

TEST_CASE("--set: a path that does not exist is an error of the command line") {
    Outcome const outcome = tcpsim({"run", reboot, "--set", "hosts.clinet.profile=linux"});
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    CHECK(contains(outcome.err, "clinet"));
}

TEST_CASE("our bug: status 3, what broke, the seed and the command that replays it") {
    Outcome const outcome = broken_command({"a file"});
    CHECK(outcome.status == 3);
    CHECK(outcome.out == "half a result\n");
    CHECK(contains(outcome.err, "pigs fly"));
    CHECK(contains(outcome.err, "commands.cpp"));  // where the CHECK stands
    CHECK(contains(outcome.err, "seed: 7"));
    CHECK(contains(outcome.err, " 'a file' --seed 7\n"));
    CHECK(!contains(broken_command({"named"}).err, "--seed"));
    Outcome const exception = broken_command({"exception"});
    CHECK(exception.status == 3);
    CHECK(contains(exception.err, "something else"));
}

TEST_CASE("results that cannot be written are no success") {
    Outcome const outcome = run_program({"sh", "-c", "\"$TCPSIM\" run scenarios/reboot.yaml >/dev/full"});
    CHECK(outcome.status == 2);
    CHECK(contains(outcome.err, "standard output could not be written"));
}

TEST_CASE("check: says what a good file holds") {
    Outcome const outcome = tcpsim({"check", reboot});
    CHECK(outcome.status == 0);
    CHECK(outcome.err.empty());
    CHECK(contains(outcome.out, "2 hosts"));
}

TEST_CASE("schema: is JSON") {
    Outcome const outcome = tcpsim({"schema"});
    CHECK(outcome.status == 0);
    CHECK(nlohmann::json::parse(outcome.out).is_object());
}

TEST_CASE("profiles: lists them, and the settings of one") {
    CHECK(contains(tcpsim({"profiles"}).out, "linux"));
    CHECK(contains(tcpsim({"profiles", "linux"}).out, "tcp_retries2"));
}

}  // namespace
}  // namespace tcpsim::testing
