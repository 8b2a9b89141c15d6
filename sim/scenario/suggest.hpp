// "did you mean …?": the nearest word by edit distance.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tcpsim::scenario {

/// Damerau–Levenshtein (optimal string alignment): insert, delete, replace, or swap two neighbours. Case costs nothing.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The nearest of `words`, the first of equals; empty if none is near (more than a third of it wrong).
std::string_view nearest(std::string_view word, std::span<std::string_view const> words);

/// "a, b or c".
std::string listed(std::span<std::string_view const> words);

/// "did you mean 'x'?" if one is near, else "expected one of a, b or c"; "expected `none`" if there are no words.
std::string suggestion(std::string_view word, std::span<std::string_view const> words);

/// The same over owned strings.
std::vector<std::string_view> views(std::vector<std::string> const& words);

}  // namespace tcpsim::scenario
