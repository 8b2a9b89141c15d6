// The rules over the tree as it is.
#include "tests/house/rules.hpp"

#include <doctest/doctest.h>

using namespace tcpsim::house;

namespace {

std::vector<File> const& tree() {
    static auto const files = read_tree();
    return files;
}

std::vector<Finding> over_the_tree(std::vector<Finding> (*rule)(File const&)) {
    std::vector<Finding> all;
    for (auto const& file : tree()) {
        auto const found = rule(file);
        all.insert(all.end(), found.begin(), found.end());
    }
    return all;
}

void check_none(std::vector<Finding> const& findings) { CHECK_MESSAGE(findings.empty(), to_string(findings)); }

bool holds(std::string const& path) {
    for (auto const& file : tree()) {
        if (file.path == path)
            return true;
    }
    return false;
}

}  // namespace

TEST_CASE("house: the tests look at the whole tree") {
    CHECK(holds("CMakeLists.txt"));
    CHECK(holds("stack/tcp/connection.hpp"));
    CHECK(holds("sim/world/world.hpp"));
    CHECK(holds("tools/tcpsim/main.cpp"));
    CHECK(holds("scenarios/reboot.yaml"));
}

TEST_CASE("house: no include goes against the arrows of the layers") {
    check_none(over_the_tree(includes_against_the_arrows));
}
TEST_CASE("house: the link graph is the layering") { check_none(over_the_tree(links_against_the_arrows)); }
TEST_CASE("house: yaml-cpp has one door") { check_none(second_doors_to_yaml(tree())); }
TEST_CASE("house: no file is too long") { check_none(over_the_tree(long_files)); }
TEST_CASE("house: a function fits on a screen") { check_none(over_the_tree(long_functions)); }
TEST_CASE("house: stack and sim can be repeated exactly") { check_none(over_the_tree(unrepeatable)); }
TEST_CASE("house: no file names a path of a machine") { check_none(over_the_tree(machine_paths)); }
TEST_CASE("house: no key of a YAML file is a boolean") { check_none(over_the_tree(boolean_keys)); }
TEST_CASE("house: every folder says what lives there") { check_none(folders_without_readme(tree())); }
TEST_CASE("house: each call, option and flag has a test case named after it") {
    check_none(calls_and_options_without_case(tree()));
}

TEST_CASE("house: a table of files names them all") { check_none(files_not_in_table(tree())); }
TEST_CASE("house: nothing lies about at the top") { check_none(strangers_at_the_top(top_level_names())); }
