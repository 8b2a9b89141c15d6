// YAML text → Scenario, or everything that is wrong with it. The only door to yaml-cpp; it opens no files.
#pragma once

#include "sim/scenario/scenario.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tcpsim::scenario {

/// One thing that is wrong: "scenarios/x.yaml:12:5: unknown key 'prot' – did you mean 'port'?"
struct Problem {
    Place place{};
    std::string what{};      ///< what is wrong
    std::string expected{};  ///< what was expected, or a suggestion; may be empty
};
std::string to_string(Problem const& problem);

/// --set path=value: a dotted path into the file, list items by their `name` or index from 0.
struct Override {
    std::string path{};
    std::string value{};
};

/// Gives the text of an included file (`topology: topologies/routed.yaml`), or why it could not.
struct Included {
    std::string text{};
    std::string error{};  ///< non-empty: could not be had
};
using Resolver = std::function<Included(std::string const& path)>;

struct Loaded {
    std::variant<Scenario, std::vector<Problem>> content{};
    [[nodiscard]] bool ok() const { return content.index() == 0; }
};
Loaded load(std::string const& file_name, std::string const& text, std::vector<Override> const& overrides,
            Resolver const& resolver);

/// The JSON Schema of a scenario file, from the same tables that the loader reads by.
std::string json_schema();
/// docs/scenario-format.md, from the same tables.
std::string format_reference();

/// The graph of a file of topologies/, or of a .graphml or .dot file, that `resolver` reads.
std::variant<topology::Graph, std::vector<Problem>> load_graph(std::string const& file, Resolver const& resolver);

}  // namespace tcpsim::scenario
