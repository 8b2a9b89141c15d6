#include "tests/house/rules.hpp"

#include <cctype>
#include <regex>
#include <string_view>

namespace tcpsim::house {
namespace {

bool is_cpp(std::string_view path) { return path.ends_with(".hpp") || path.ends_with(".cpp"); }

enum class Scope { container, function, data, inside };

/// Removes a leading `template <…>`, whose parameters may be called `class`.
std::string_view without_template(std::string_view head) {
    auto const at = head.find("template");
    auto const open = at == std::string_view::npos ? at : head.find('<', at);
    if (open == std::string_view::npos)
        return head;
    int depth = 0;
    for (std::size_t i = open; i < head.size(); ++i) {
        if (head[i] == '<')
            ++depth;
        if (head[i] == '>' && --depth == 0)
            return head.substr(i + 1);
    }
    return head;
}

/// What an opening brace outside of any function begins; `head` is the code between it and the last ; { or }.
Scope scope_after(std::string_view head) {
    static std::regex const container{R"(\b(namespace|class|struct|union|enum|extern)\b[^)]*$)"};
    static std::regex const data{R"(=\s*[\w:<>,\s&*]*$)"};
    auto const rest = std::string{without_template(head)};
    if (std::regex_search(rest, container))
        return Scope::container;
    if (std::regex_search(rest, data))
        return Scope::data;
    auto const first = rest.find_first_not_of(" \t\n");
    // After a member initialiser `a_{1}` comes `, b_{2}` or the body itself.
    if (first == std::string::npos || rest[first] == ',')
        return Scope::function;
    return rest.find_first_of(")]") == std::string::npos ? Scope::data : Scope::function;
}

void blank_directives(std::string& code) {
    bool directive = false;
    bool line_start = true;
    for (std::size_t i = 0; i < code.size(); ++i) {
        if (code[i] == '\n') {
            directive = directive && i > 0 && code[i - 1] == '\\';
            line_start = true;
            continue;
        }
        if (line_start && code[i] == '#')
            directive = true;
        if (std::isspace(static_cast<unsigned char>(code[i])) == 0)
            line_start = false;
        if (directive && code[i] != '\\')
            code[i] = ' ';
    }
}

struct Open {
    Scope scope{};
    int line{0};
    int tables{0};  ///< lines of a function that are a static table
};

Scope inside_function(std::string_view head) {
    static std::regex const table{R"(^\s*static\b[^()]*$)"};
    return std::regex_search(head.begin(), head.end(), table) ? Scope::data : Scope::inside;
}

}  // namespace

std::vector<Finding> long_files(File const& file) {
    auto const limit = file.path.starts_with("tests/") ? test_file_lines : file_lines;
    auto const lines = static_cast<int>(lines_of(file.text).size());
    if (!is_cpp(file.path) || lines <= limit)
        return {};
    return {{file.path, 0, std::to_string(lines) + " lines, at most " + std::to_string(limit)}};
}

std::vector<Finding> long_functions(File const& file) {
    if (!is_cpp(file.path))
        return {};
    auto code = code_of(file.text);
    blank_directives(code);
    std::vector<Finding> findings;
    std::vector<Open> open;
    std::size_t head = 0;
    int line = 1;
    for (std::size_t i = 0; i < code.size(); ++i) {
        if (code[i] == '\n')
            ++line;
        if (code[i] == '{') {
            bool const outside = open.empty() || open.back().scope == Scope::container;
            auto const before = std::string_view{code}.substr(head, i - head);
            open.push_back({outside ? scope_after(before) : inside_function(before), line});
        } else if (code[i] == '}' && !open.empty()) {
            auto const closed = open.back();
            auto const lines = line - closed.line + 1 - closed.tables;
            open.pop_back();
            if (closed.scope == Scope::data && !open.empty()) {
                open.back().tables += lines - 1;
            } else if (!open.empty()) {
                open.back().tables += closed.tables;
            }
            if (closed.scope == Scope::function && lines > function_lines) {
                findings.push_back(
                    {file.path, closed.line,
                     "a function of " + std::to_string(lines) + " lines, at most " + std::to_string(function_lines)});
            }
        }
        if (code[i] == '{' || code[i] == '}' || code[i] == ';')
            head = i + 1;
    }
    return findings;
}

}  // namespace tcpsim::house
