// Every file in broken/ and exactly what is said about it: NAME.yaml and NAME.expected.
#include "tests/sim/scenario/support.hpp"

#include <algorithm>
#include <filesystem>

using namespace tcpsim;
using namespace tcpsim::tests;

namespace {

std::vector<std::string> broken_files() {
    std::vector<std::string> names;
    for (auto const& entry : std::filesystem::directory_iterator{broken_folder}) {
        if (entry.path().extension() == ".yaml") {
            names.push_back(entry.path().stem().string());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

TEST_CASE("scenario files: everything that is wrong is said, with its place") {
    auto const names = broken_files();
    CHECK(names.size() >= 60);
    for (auto const& name : names) {
        CAPTURE(name);
        auto const result = load(file_text(broken_folder + name + ".yaml"), {}, name + ".yaml");
        CHECK_FALSE(result.ok());
        compare_with_file(broken_folder + name + ".expected", problems(result));
    }
}

TEST_CASE("scenario files: every problem has a line and a column") {
    for (auto const& name : broken_files()) {
        CAPTURE(name);
        auto const result = load(file_text(broken_folder + name + ".yaml"), {}, name + ".yaml");
        REQUIRE_FALSE(result.ok());
        for (auto const& problem : std::get<1>(result.content)) {
            CHECK(problem.place.line > 0);
            CHECK(problem.place.column > 0);
            CHECK_FALSE(problem.what.empty());
            CHECK(problem.what.find('\n') == std::string::npos);
        }
    }
}
