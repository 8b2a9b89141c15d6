#include "tests/house/text.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace tcpsim::house {
namespace {

namespace fs = std::filesystem;

/// Blanks [from, to) except for line ends, and returns `to`.
std::size_t blank(std::string& text, std::size_t from, std::size_t to) {
    to = std::min(to, text.size());
    for (std::size_t i = from; i < to; ++i) {
        if (text[i] != '\n')
            text[i] = ' ';
    }
    return to;
}

/// The offset just behind the next `end` at or after `from`, or the end of the text.
std::size_t behind(std::string_view text, std::string_view end, std::size_t from) {
    auto const found = text.find(end, from);
    return found == std::string_view::npos ? text.size() : found + end.size();
}

/// `at` is the opening quote: the offset just behind the closing one.
std::size_t behind_literal(std::string_view text, std::size_t at) {
    for (std::size_t i = at + 1; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == text[at] || text[i] == '\n') {
            return i + 1;
        }
    }
    return text.size();
}

/// `at` is the quote of R"delimiter( … )delimiter".
std::size_t behind_raw_string(std::string_view text, std::size_t at) {
    auto const open = text.find('(', at);
    if (open == std::string_view::npos)
        return text.size();
    auto const end = ")" + std::string{text.substr(at + 1, open - at - 1)} + "\"";
    return behind(text, end, open);
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// An apostrophe between digits separates them: 1'000.
bool separates_digits(std::string_view text, std::size_t at) {
    return at > 0 && std::isxdigit(static_cast<unsigned char>(text[at - 1])) != 0 && at + 1 < text.size() &&
           std::isxdigit(static_cast<unsigned char>(text[at + 1])) != 0;
}

bool starts_include(std::string_view line) {
    auto const hash = line.find_first_not_of(" \t");
    return hash != std::string_view::npos && line.substr(hash).starts_with("#include");
}

std::vector<std::string> ignored_names() {
    std::vector<std::string> names{".git"};
    std::ifstream in{".gitignore"};
    for (std::string line; std::getline(in, line);) {
        if (line.ends_with('/'))
            line.pop_back();
        names.push_back(line);
    }
    return names;
}

std::string read(fs::path const& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

bool is_text(std::string_view text) { return text.find('\0') == std::string_view::npos; }

}  // namespace

std::string to_string(Finding const& finding) {
    return finding.path + (finding.line > 0 ? ":" + std::to_string(finding.line) : "") + ": " + finding.what;
}

std::string to_string(std::vector<Finding> const& findings) {
    std::string all;
    for (auto const& finding : findings)
        all += "\n  " + to_string(finding);
    return all;
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        auto const end = text.find('\n');
        lines.push_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

int line_at(std::string_view text, std::size_t offset) {
    return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

std::string code_of(std::string_view text) {
    std::string code{text};
    std::size_t line = 0;
    for (std::size_t i = 0; i < code.size();) {
        if (text[i] == '\n') {
            line = ++i;
        } else if (text.substr(i, 2) == "//") {
            i = blank(code, i, text.find('\n', i));
        } else if (text.substr(i, 2) == "/*") {
            i = blank(code, i, behind(text, "*/", i + 2));
        } else if (text.substr(i, 2) == "R\"" && (i == 0 || !is_word(text[i - 1]))) {
            i = blank(code, i + 2, behind_raw_string(text, i + 1) - 1) + 1;
        } else if (text[i] == '"' && starts_include(text.substr(line, i - line))) {
            i = behind_literal(text, i);
        } else if (text[i] == '"' || (text[i] == '\'' && !separates_digits(text, i))) {
            i = blank(code, i + 1, behind_literal(text, i) - 1) + 1;
        } else {
            ++i;
        }
    }
    return code;
}

std::vector<File> read_tree() {
    auto const ignored = ignored_names();
    std::vector<File> files;
    for (auto entry = fs::recursive_directory_iterator{"."}; entry != fs::recursive_directory_iterator{}; ++entry) {
        auto const path = entry->path().lexically_relative(".");
        auto const name = path.filename().string();
        if (entry->is_directory()) {
            if (std::find(ignored.begin(), ignored.end(), name) != ignored.end())
                entry.disable_recursion_pending();
            continue;
        }
        if (!entry->is_regular_file() || std::find(ignored.begin(), ignored.end(), name) != ignored.end())
            continue;
        if (auto text = read(entry->path()); is_text(text))
            files.push_back({path.generic_string(), std::move(text)});
    }
    std::sort(files.begin(), files.end(), [](File const& a, File const& b) { return a.path < b.path; });
    return files;
}

std::vector<std::string> top_level_names() {
    auto const ignored = ignored_names();
    std::vector<std::string> names;
    for (auto const& entry : fs::directory_iterator{"."}) {
        auto const name = entry.path().filename().string();
        if (std::find(ignored.begin(), ignored.end(), name) == ignored.end())
            names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace tcpsim::house
