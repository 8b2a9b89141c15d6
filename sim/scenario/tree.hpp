// A YAML document as plain data with places: what everything else in the loader reads.
#pragma once

#include "sim/scenario/load.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tcpsim::scenario {

/// A node. In a mapping each child carries its key; duplicates are kept, so that they can be complained about.
struct Value {
    enum class Kind : std::uint8_t { empty, scalar, list, mapping };
    Kind kind{Kind::empty};
    Place place{};
    std::string text{};  ///< scalar
    bool quoted{false};  ///< scalar: "5" is text, 5 is a number
    std::string key{};   ///< under which it stands
    Place key_place{};
    std::vector<Value> children{};

    /// The first child of that key, or null.
    [[nodiscard]] Value const* find(std::string_view name) const;
    [[nodiscard]] Value* find(std::string_view name);
};

/// "a list", "a mapping", "'text'" …: for messages.
std::string described(Value const& value);
/// 'text' on one line, shortened.
std::string quoted(std::string_view text);

/// Limits that keep hostile input harmless.
inline constexpr std::size_t most_bytes = 1U << 20U;
inline constexpr int deepest_nesting = 32;
inline constexpr std::size_t most_values = 100'000;  ///< aliases expanded
inline constexpr std::size_t most_text = 4U << 20U;  ///< bytes in all values, aliases expanded

/// Size, encoding and characters: what must hold before a parser sees the text.
std::vector<Problem> unfit_text(std::string const& file, std::string const& text);

/// One document, or the first error of syntax.
std::variant<Value, Problem> parse_yaml(std::string const& file, std::string const& text);

/// Sets what `path` names to `value`; creates a missing last key. Empty on success.
std::vector<Problem> apply_override(Value& root, Override const& change);

}  // namespace tcpsim::scenario
