#include "tests/house/rules.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace tcpsim::house {
namespace {

struct Named {
    std::string path{};
    std::string name{};
};

bool in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// `name` stands there by itself, not as a part of a longer one.
bool mentions(std::string_view text, std::string_view name) {
    for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
        auto const after = at + name.size();
        bool const begins = at == 0 || !in_word(text[at - 1]);
        bool const ends = after >= text.size() || !in_word(text[after]) || !in_word(name.back());
        if (begins && ends) {
            return true;
        }
    }
    return false;
}

/// The identifiers between the braces that follow `opening`, as far as they begin an enumerator.
std::vector<std::string> enumerators(std::string const& text, std::string_view opening) {
    std::string const code = code_of(text);
    std::vector<std::string> names;
    auto const start = code.find(opening);
    auto const open = start == std::string::npos ? start : code.find('{', start);
    bool expected = true;
    for (std::size_t i = open; i < code.size() && code[i] != '}';) {
        if (expected && std::isalpha(static_cast<unsigned char>(code[i])) != 0) {
            auto const end = static_cast<std::size_t>(
                std::find_if_not(code.begin() + static_cast<std::ptrdiff_t>(i), code.end(), in_word) - code.begin());
            names.push_back(code.substr(i, end - i));
            expected = false;
            i = end;
        } else {
            expected = expected || code[i] == ',';
            ++i;
        }
    }
    return names;
}

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

/// "msg_oob{" and its like.
std::vector<std::string> message_flags(std::string const& text) {
    std::string const code = code_of(text);
    std::vector<std::string> names;
    for (auto at = code.find(" msg_"); at != std::string::npos; at = code.find(" msg_", at + 1)) {
        auto const end = code.find('{', at);
        names.push_back(code.substr(at + 1, end - at - 1));
    }
    return names;
}

std::vector<Named> what_programs_use(std::vector<File> const& files) {
    std::vector<Named> all;
    auto const add = [&](File const& file, std::vector<std::string> const& names, std::string const& suffix) {
        for (auto const& name : names) {
            all.push_back({file.path, suffix.empty() ? upper(name) : name + suffix});
        }
    };
    for (auto const& file : files) {
        if (file.path == "sim/trace/record.hpp") {
            add(file, enumerators(file.text, "enum class Call "), "(");
        } else if (file.path == "stack/socket/options.hpp") {
            add(file, enumerators(file.text, "enum class Option "), "");
        } else if (file.path == "stack/socket/sockets.hpp") {
            add(file, enumerators(file.text, "enum class Inquiry "), "");
        } else if (file.path == "stack/socket/message_bits.hpp") {
            add(file, message_flags(file.text), "");
        }
    }
    return all;
}

/// The literals that follow TEST_CASE(, joined as a compiler joins them; one case a line.
std::string names_of_cases(std::vector<File> const& files) {
    constexpr std::string_view opening = "TEST_CASE(";
    std::string all;
    for (auto const& file : files) {
        bool const is_test = file.path.starts_with("tests/") && file.path.ends_with(".cpp");
        auto at = is_test ? file.text.find(opening) : std::string::npos;
        for (; at != std::string::npos; at = file.text.find(opening, at + 1)) {
            bool inside = false;
            for (auto i = at + opening.size(); i < file.text.size() && (inside || file.text[i] != ')'); ++i) {
                if (file.text[i] == '"' && file.text[i - 1] != '\\') {
                    inside = !inside;
                } else if (inside) {
                    all += file.text[i];
                }
            }
            all += '\n';
        }
    }
    return all;
}

}  // namespace

std::vector<Finding> calls_and_options_without_case(std::vector<File> const& files) {
    std::string const cases = names_of_cases(files);
    std::vector<Finding> findings;
    for (auto const& [path, name] : what_programs_use(files)) {
        if (!mentions(cases, name.back() == '(' ? name + "2)" : name) &&
            !mentions(cases, name.back() == '(' ? name + "3)" : name)) {
            findings.push_back({path, 0, "no test case is named after " + name});
        }
    }
    return findings;
}

}  // namespace tcpsim::house
