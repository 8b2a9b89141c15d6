// The table as it is: asks every test executable what it proves.
#include "tests/requirements/requirements.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace tcpsim::requirements;

namespace {

std::string file_text(std::string const& path) {
    std::ifstream file{path, std::ios::binary};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// What a command prints; nothing if it fails.
std::string output_of(std::string const& command) {
    std::FILE* pipe = popen(command.c_str(), "r");
    std::string text;
    std::array<char, 4096> some{};
    for (std::size_t n = 0; pipe != nullptr && (n = std::fread(some.data(), 1, some.size(), pipe)) > 0;) {
        text.append(some.data(), n);
    }
    return pipe != nullptr && pclose(pipe) == 0 ? text : std::string{};
}

/// CTest names the file that lists them, one path a line.
std::vector<std::string> test_executables() {
    char const* list = std::getenv("TCPSIM_TEST_EXECUTABLES");
    REQUIRE_MESSAGE(list != nullptr, "run me by ctest, which says where the test executables are");
    std::istringstream lines{file_text(list)};
    std::vector<std::string> paths;
    for (std::string line; std::getline(lines, line);) {
        paths.push_back(line);
    }
    return paths;
}

/// The compiler was called in another directory: the part from "tests/" on that names a file here.
std::string in_this_tree(std::string const& path) {
    for (auto at = path.find("tests/"); at != std::string::npos; at = path.find("tests/", at + 1)) {
        if (std::filesystem::exists(path.substr(at))) {
            return path.substr(at);
        }
    }
    return path;
}

std::vector<Test> tests_of(std::string const& executable) {
    auto tests = read_listing(output_of("'" + executable + "' --list-test-cases --reporters=xml"));
    CHECK_MESSAGE(!tests.empty(), executable << " lists no tests: was it built?");
    for (auto& test : tests) {
        test.file = in_this_tree(test.file);
    }
    return tests;
}

std::string joined(std::vector<std::string> const& lines) {
    std::string all;
    for (auto const& line : lines) {
        all += line + "\n";
    }
    return all;
}

}  // namespace

TEST_CASE("RFC 9293 appendix B: every requirement is proven by a test or excepted, and the table says so") {
    Evidence evidence;
    std::vector<std::string> findings;
    evidence.requirements = read_requirements(file_text("tests/requirements/requirements.tsv"));
    evidence.exceptions = read_exceptions(file_text("tests/requirements/exceptions.txt"), findings);
    evidence.open = read_open(file_text("tests/requirements/open.txt"));
    for (auto const& executable : test_executables()) {
        auto const tests = tests_of(executable);
        evidence.tests.insert(evidence.tests.end(), tests.begin(), tests.end());
    }
    constexpr std::size_t numbered = 69 + 31 + 18 + 1;  // MUST, SHLD, MAY, REC
    CHECK(evidence.requirements.size() == numbered);
    auto const judged = findings_of(evidence);
    findings.insert(findings.end(), judged.begin(), judged.end());
    CHECK_MESSAGE(findings.empty(), joined(findings));

    std::string const path = "docs/rfc9293-requirements.md";
    std::string const table = table_of(evidence);
    if (std::getenv("TCPSIM_UPDATE") != nullptr) {
        std::ofstream{path, std::ios::binary} << table;
    }
    bool const same = file_text(path) == table;
    CHECK_MESSAGE(same, path << " differs; TCPSIM_UPDATE=1 writes it anew");
}
