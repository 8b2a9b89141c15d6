// Text to values: the table, the exceptions, the open rows, doctest's listing.
#include "tests/requirements/requirements.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tcpsim::requirements {
namespace {

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (true) {
        auto const end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

std::string trimmed(std::string_view text) {
    auto const first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) {
        return {};
    }
    return std::string{text.substr(first, text.find_last_not_of(" \t\r") - first + 1)};
}

/// What follows `start`, without blanks around it; false if the text begins otherwise.
bool after(std::string_view text, std::string_view start, std::string& rest) {
    if (!text.starts_with(start)) {
        return false;
    }
    rest = trimmed(text.substr(start.size()));
    return true;
}

std::string attribute(std::string_view element, std::string_view name) {
    std::string const start = " " + std::string{name} + "=\"";
    auto const at = element.find(start);
    if (at == std::string_view::npos) {
        return {};
    }
    element.remove_prefix(at + start.size());
    return std::string{element.substr(0, element.find('"'))};
}

std::string unescaped(std::string text) {
    constexpr std::array<std::pair<std::string_view, char>, 5> entities{
        {{"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&amp;", '&'}}};
    for (std::size_t at = text.find('&'); at != std::string::npos; at = text.find('&', at + 1)) {
        for (auto const& [entity, character] : entities) {
            if (std::string_view{text}.substr(at).starts_with(entity)) {
                text.replace(at, entity.size(), 1, character);
                break;
            }
        }
    }
    return text;
}

}  // namespace

std::vector<Requirement> read_requirements(std::string_view text) {
    std::vector<Requirement> all;
    for (auto const& line : split(text, '\n')) {
        auto const columns = split(line, '\t');
        if (columns.size() == 6 && columns[0] != "id") {
            all.push_back({columns[0], columns[1], columns[2], columns[3], trimmed(columns[4]), columns[5]});
        }
    }
    return all;
}

std::vector<Exception> read_exceptions(std::string_view text, std::vector<std::string>& findings) {
    std::vector<Exception> all;
    int number = 0;
    for (auto const& line : split(text, '\n')) {
        ++number;
        if (trimmed(line).empty() || line.starts_with('#')) {
            continue;
        }
        std::string rest;
        auto const colon = line.find(": ");
        if (all.empty() ? false : after(line, "  why: ", rest)) {
            all.back().why = rest;
        } else if (all.empty() ? false : after(line, "  test: ", rest)) {
            all.back().tests.push_back(rest);
        } else if (!line.starts_with(' ') && colon != std::string::npos) {
            Exception& next = all.emplace_back();
            next.id = line.substr(0, colon);
            std::string const kind = trimmed(std::string_view{line}.substr(colon + 1));
            if (kind == "application") {
                next.kind = Exception::Kind::application;
            } else if (kind == "absent") {
                next.kind = Exception::Kind::absent;
            } else if (!after(kind, "deviates ", next.who)) {
                findings.push_back("exceptions.txt:" + std::to_string(number) + ": what kind is \"" + kind + "\"?");
            }
        } else {
            findings.push_back("exceptions.txt:" + std::to_string(number) + ": not understood: " + line);
        }
    }
    return all;
}

std::vector<std::string> read_open(std::string_view text) {
    std::vector<std::string> ids;
    for (auto const& line : split(text, '\n')) {
        std::string const id = trimmed(std::string_view{line}.substr(0, line.find('#')));
        if (!id.empty()) {
            ids.push_back(id);
        }
    }
    return ids;
}

std::vector<Test> read_listing(std::string_view xml) {
    std::vector<Test> tests;
    for (auto const& line : split(xml, '\n')) {
        if (line.find("<TestCase ") != std::string::npos) {
            tests.push_back({unescaped(attribute(line, "name")), unescaped(attribute(line, "filename"))});
        }
    }
    return tests;
}

}  // namespace tcpsim::requirements
