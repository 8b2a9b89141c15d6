#include "tests/house/rules.hpp"

#include <algorithm>
#include <array>
#include <regex>
#include <set>
#include <string_view>

namespace tcpsim::house {
namespace {

/// Roots under which somebody's own files lie, without the slash, so that this file may name them.
constexpr std::array<std::string_view, 7> machine_roots{"home", "root", "work", "tmp", "Users", "mnt", "media"};

constexpr std::array<std::string_view, 11> at_the_top{
    "CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "docs", "scenarios", "sim", "stack", "tests",
    "tools",          "topologies",
};

/// A path begins where a word does not go on: "https://a.example/home/x" is none.
bool begins_path(std::string_view line, std::size_t at) {
    return at == 0 || std::string_view{" \t\"'`(=:<>[,"}.find(line[at - 1]) != std::string_view::npos;
}

bool is_code(std::string_view path) {
    return path.ends_with(".cpp") || path.ends_with(".hpp") || path.ends_with(".cmake") || path.ends_with(".sh");
}

/// The folder of a path and all above it, except for the top.
std::vector<std::string> folders_of(std::string_view path) {
    std::vector<std::string> folders;
    for (auto slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
        folders.emplace_back(path.substr(0, slash));
    }
    return folders;
}

}  // namespace

std::vector<Finding> machine_paths(File const& file) {
    std::vector<Finding> findings;
    int line = 0;
    for (auto const text : lines_of(file.text)) {
        ++line;
        for (auto const& root : machine_roots) {
            auto const path = '/' + std::string{root} + '/';
            auto const at = text.find(path);
            if (at != std::string_view::npos && begins_path(text, at)) {
                findings.push_back({file.path, line, "names a path of a machine: " + path});
            }
        }
    }
    return findings;
}

std::vector<Finding> boolean_keys(File const& file) {
    if (!file.path.ends_with(".yaml") && !file.path.ends_with(".yml"))
        return {};
    static std::regex const key{R"((^|[\s{,])(on|off|yes|no|y|n)\s*:(\s|$))", std::regex::icase};
    std::vector<Finding> findings;
    int line = 0;
    for (auto const text : lines_of(file.text)) {
        ++line;
        auto const code = text.substr(0, text.find('#'));
        std::match_results<std::string_view::const_iterator> match;
        if (std::regex_search(code.begin(), code.end(), match, key)) {
            findings.push_back({file.path, line, "the key '" + match[2].str() + "' is a boolean to YAML 1.1"});
        }
    }
    return findings;
}

std::vector<Finding> folders_without_readme(std::vector<File> const& files) {
    std::set<std::string> folders;
    std::set<std::string> explained;
    std::set<std::string> with_code;
    for (auto const& file : files) {
        if (file.path.starts_with('.'))
            continue;
        auto const above = folders_of(file.path);
        folders.insert(above.begin(), above.end());
        if (file.path.ends_with("/README.md"))
            explained.insert(above.back());
        if (!above.empty() && is_code(file.path))
            with_code.insert(above.back());
    }
    std::vector<Finding> findings;
    for (auto const& folder : folders) {
        bool const fixtures = folder.starts_with("tests/") && !with_code.contains(folder);
        auto const parent = folder.substr(0, folder.rfind('/'));
        if (fixtures && explained.contains(parent))
            explained.insert(folder);
        if (!explained.contains(folder))
            findings.push_back({folder, 0, "has no README.md"});
    }
    return findings;
}

std::vector<Finding> files_not_in_table(std::vector<File> const& files) {
    std::vector<Finding> findings;
    for (auto const& readme : files) {
        if (!readme.path.ends_with("/README.md") || readme.text.find("| file | concern |") == std::string::npos) {
            continue;
        }
        auto const folder = folders_of(readme.path).back() + "/";
        for (auto const& file : files) {
            bool const beside =
                file.path.starts_with(folder) && file.path.find('/', folder.size()) == std::string::npos;
            if (!beside || !is_code(file.path)) {
                continue;
            }
            auto const stem = file.path.substr(folder.size(), file.path.rfind('.') - folder.size());
            bool const named = readme.text.find("`" + stem + ".cpp`") != std::string::npos ||
                               readme.text.find("`" + stem + ".hpp`") != std::string::npos;
            if (!named) {
                findings.push_back({readme.path, 0, "does not name " + file.path});
            }
        }
    }
    return findings;
}

std::vector<Finding> strangers_at_the_top(std::vector<std::string> const& names) {
    std::vector<Finding> findings;
    for (auto const& name : names) {
        bool const known = std::find(at_the_top.begin(), at_the_top.end(), name) != at_the_top.end();
        if (!known && !name.starts_with('.'))
            findings.push_back({name, 0, "does not belong at the top of the tree"});
    }
    return findings;
}

}  // namespace tcpsim::house
