#include "tests/house/rules.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace tcpsim::house {
namespace {

/// Patterns are identifiers: `a*` and `*a` for beginnings and ends, `std::a` where only the library's is meant, `a(`
/// where what follows matters.
struct Ban {
    std::string_view because{};
    std::vector<std::string_view> patterns{};
};

std::vector<Ban> const bans{
    {"iterates in an order of its own", {"unordered_*"}},
    {"differs between runs or libraries", {"std::hash", "uintptr_t"}},
    {"is chance without a name", {"rand(", "srand(", "random_device", "mt19937*", "*_random_engine"}},
    {"differs between standard libraries", {"*_distribution"}},
    {"reads a wall clock", {"system_clock", "steady_clock", "high_resolution_clock", "utc_clock", "file_clock"}},
    {"reads a wall clock", {"gettimeofday", "clock_gettime", "std::time(", "time(nullptr)", "std::clock("}},
    {"is floating point, which a trace could see", {"float", "double", "cmath", "strtod", "strtof", "stod", "stof"}},
    {"opens files, which only tools/ may", {"*fstream", "fopen", "freopen", "filesystem", "unistd"}},
    {"reads the environment", {"getenv"}},
    {"is a second thread of execution", {"std::thread", "std::jthread", "std::async", "thread_local"}},
};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Does the identifier code[at, end) match the pattern?
bool matches(std::string_view pattern, std::string_view code, std::size_t at, std::size_t end) {
    constexpr std::string_view library = "std::";
    if (pattern.starts_with(library)) {
        if (!code.substr(0, at).ends_with(library))
            return false;
        pattern.remove_prefix(library.size());
    }
    auto const word = code.substr(at, end - at);
    if (pattern.ends_with('*'))
        return word.starts_with(pattern.substr(0, pattern.size() - 1));
    if (pattern.starts_with('*'))
        return word.ends_with(pattern.substr(1));
    auto const follows = std::min(pattern.find('('), pattern.size());
    return word == pattern.substr(0, follows) && code.substr(end).starts_with(pattern.substr(follows));
}

/// A map or set whose key is a pointer: ordered by address.
bool orders_by_address(std::string_view code, std::size_t at, std::size_t end) {
    auto const word = code.substr(at, end - at);
    if (!word.ends_with("map") && !word.ends_with("set"))
        return false;
    if (!code.substr(end).starts_with('<'))
        return false;
    auto const key_end = code.find_first_of("<>,", end + 1);
    return code.substr(end, key_end - end).find('*') != std::string_view::npos;
}

void judge(File const& file, std::string_view code, std::size_t at, std::size_t end, std::vector<Finding>& findings) {
    auto const found = [&](std::string_view because) {
        findings.push_back(
            {file.path, line_at(code, at), "'" + std::string{code.substr(at, end - at)} + "' " + std::string{because}});
    };
    if (orders_by_address(code, at, end))
        found("orders by address");
    for (auto const& ban : bans) {
        if (std::any_of(ban.patterns.begin(), ban.patterns.end(),
                        [&](std::string_view pattern) { return matches(pattern, code, at, end); })) {
            found(ban.because);
        }
    }
}

}  // namespace

std::vector<Finding> unrepeatable(File const& file) {
    if (!file.path.starts_with("stack/") && !file.path.starts_with("sim/"))
        return {};
    if (!file.path.ends_with(".hpp") && !file.path.ends_with(".cpp"))
        return {};
    auto const code = code_of(file.text);
    std::vector<Finding> findings;
    for (std::size_t at = 0; at < code.size();) {
        auto end = at;
        while (end < code.size() && is_word(code[end]))
            ++end;
        if (end > at)
            judge(file, code, at, end, findings);
        at = end + 1;
    }
    return findings;
}

}  // namespace tcpsim::house
