// The three scenarios as text, and their digests. TCPSIM_UPDATE=1 accepts what is seen.
#include "tests/tools/tcpsim/program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

namespace tcpsim::testing {
namespace {

constexpr char const* digests = "tests/golden/digests.txt";
std::vector<std::string> const scenarios{"reboot", "crash", "bsd-nine-minutes"};

bool updating() { return std::getenv("TCPSIM_UPDATE") != nullptr; }

/// The last line is about this machine and this build as well as the run: only its simulated time is compared.
std::string comparable(std::string const& output) {
    std::string kept;
    for (std::string const& line : lines_of(output)) {
        std::size_t const wall = line.rfind("Simulated ", 0) == 0 ? line.find(" in ") : std::string::npos;
        kept += line.substr(0, wall) + "\n";
    }
    return kept;
}

/// ":7: expected …, seen …", or nothing.
std::string first_difference(std::string const& golden, std::string const& seen) {
    std::vector<std::string> const expected = lines_of(golden);
    std::vector<std::string> const got = lines_of(seen);
    for (std::size_t i = 0; i < std::max(expected.size(), got.size()); ++i) {
        std::string const a = i < expected.size() ? expected[i] : "(the end)";
        std::string const b = i < got.size() ? got[i] : "(the end)";
        if (a != b) {
            return ":" + std::to_string(i + 1) + ":\n  expected " + a + "\n  seen     " + b;
        }
    }
    return "";
}

std::map<std::string, std::string> committed_digests() {
    std::map<std::string, std::string> all;
    for (std::string const& line : lines_of(read_file(digests))) {
        std::istringstream words{line};
        std::string name;
        if (words >> name && name != "#") {
            words >> all[name];
        }
    }
    return all;
}

TEST_CASE("golden: each scenario prints what it printed when somebody last looked") {
    for (std::string const& name : scenarios) {
        Outcome const outcome = tcpsim({"run", "scenarios/" + name + ".yaml"});
        CHECK_MESSAGE(outcome.status == 0, name << ": " << outcome.err);
        std::string const path = "tests/golden/" + name + ".txt";
        if (updating()) {
            std::ofstream{path, std::ios::binary} << comparable(outcome.out);
        }
        std::string const difference = first_difference(read_file(path), comparable(outcome.out));
        CHECK_MESSAGE(difference.empty(), path << difference << "\nTCPSIM_UPDATE=1 accepts it, git diff shows it");
    }
}

TEST_CASE("digests: the same in every build, twice in a row") {
    std::map<std::string, std::string> seen;
    for (std::string const& name : scenarios) {
        for (int i = 0; i < 2; ++i) {
            Outcome const outcome = tcpsim({"run", "scenarios/" + name + ".yaml", "--json"});
            std::string const digest = nlohmann::json::parse(outcome.out)["digest"];
            CHECK(digest == seen.emplace(name, digest).first->second);
        }
    }
    if (updating()) {
        std::ofstream out{digests};
        out << "# tcpsim run scenarios/NAME.yaml --json | jq .digest – the same for every compiler and build type\n";
        for (auto const& [name, digest] : seen) {
            out << name << ' ' << digest << '\n';
        }
    }
    CHECK(seen == committed_digests());
}

}  // namespace
}  // namespace tcpsim::testing
