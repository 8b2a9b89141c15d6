#include "sim/scenario/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace tcpsim::scenario {

namespace {

/// Longer words are not compared: the table is quadratic, and nobody mistypes a key of this length.
constexpr std::size_t longest_word = 64;
/// A list longer than this helps nobody.
constexpr std::size_t longest_list = 24;

bool same(char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1, 0));
    for (std::size_t i = 0; i <= a.size(); ++i) {
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                cost[i][j] = i + j;
                continue;
            }
            std::size_t const replace = cost[i - 1][j - 1] + (same(a[i - 1], b[j - 1]) ? 0 : 1);
            cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, replace});
            bool const swapped = i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]);
            if (swapped) {
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
            }
        }
    }
    return cost[a.size()][b.size()];
}

std::string_view nearest(std::string_view word, std::span<std::string_view const> words) {
    std::string_view best;
    std::size_t best_distance = 0;
    if (word.size() > longest_word) {
        return best;
    }
    for (auto const candidate : words) {
        std::size_t const allowed = std::max<std::size_t>(1, std::max(word.size(), candidate.size()) / 3);
        std::size_t const distance = edit_distance(word, candidate);
        bool const near = distance <= allowed && distance < std::max(word.size(), candidate.size());
        if (near && (best.empty() || distance < best_distance)) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

std::string listed(std::span<std::string_view const> words) {
    std::string text;
    for (std::size_t i = 0; i < words.size() && i < longest_list; ++i) {
        bool const last = i + 1 == words.size();
        text += (i == 0 ? "" : last ? " or " : ", ");
        text += words[i];
    }
    return words.size() > longest_list ? text + " …" : text;
}

std::string suggestion(std::string_view word, std::span<std::string_view const> words) {
    if (auto const best = nearest(word, words); !best.empty()) {
        return fmt::format("did you mean '{}'?", best);
    }
    if (words.size() == 1) {
        return fmt::format("expected {}", words.front());
    }
    if (words.size() == 2) {
        return fmt::format("expected {}", listed(words));
    }
    return words.empty() ? std::string{"expected none"} : fmt::format("expected one of {}", listed(words));
}

std::vector<std::string_view> views(std::vector<std::string> const& words) { return {words.begin(), words.end()}; }

}  // namespace tcpsim::scenario
