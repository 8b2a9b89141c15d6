// What the tests of scenario files share: loading text and files, and running to a report.
#pragma once

#include "sim/scenario/load.hpp"
#include "sim/scenario/run.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace tcpsim::tests {

/// Paths are relative to the project, where CTest runs the tests.
inline std::string const broken_folder = "tests/sim/scenario/broken/";

inline std::string file_text(std::string const& path) {
    std::ifstream in{path, std::ios::binary};
    REQUIRE_MESSAGE(in.good(), "cannot read " << path << "; tests run in the project's folder");
    return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}

/// TCPSIM_UPDATE=1 accepts what the code says now: look at the difference before you commit it.
inline bool updating() { return std::getenv("TCPSIM_UPDATE") != nullptr; }
inline void compare_with_file(std::string const& path, std::string const& actual) {
    if (updating()) {
        std::ofstream{path, std::ios::binary} << actual;
    }
    CHECK_MESSAGE(file_text(path) == actual, path << " differs; TCPSIM_UPDATE=1 writes it anew");
}

inline scenario::Included resolve(std::string const& path) {
    for (std::string const& folder : {std::string{}, broken_folder}) {
        std::ifstream in{folder + path, std::ios::binary};
        if (in.good()) {
            return {{std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}}, ""};
        }
    }
    return {"", "no such file"};
}

inline scenario::Loaded load(std::string const& text, std::vector<scenario::Override> const& overrides = {},
                             std::string const& name = "x.yaml") {
    return scenario::load(name, text, overrides, resolve);
}

/// All problems, a line each; empty if there are none.
inline std::string problems(scenario::Loaded const& loaded) {
    std::string lines;
    if (auto const* wrong = std::get_if<std::vector<scenario::Problem>>(&loaded.content)) {
        for (auto const& problem : *wrong) {
            lines += scenario::to_string(problem) + "\n";
        }
    }
    return lines;
}

inline scenario::Scenario loaded(std::string const& text, std::vector<scenario::Override> const& overrides = {}) {
    auto result = load(text, overrides);
    REQUIRE_MESSAGE(result.ok(), problems(result));
    return std::get<scenario::Scenario>(std::move(result.content));
}

inline scenario::Report run(scenario::Scenario const& scenario, scenario::RunOptions const& options = {}) {
    return scenario::Run{scenario, options}.run();
}

}  // namespace tcpsim::tests
