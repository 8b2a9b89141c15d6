// The table as Markdown.
#include "tests/requirements/requirements.hpp"

#include <algorithm>

namespace tcpsim::requirements {
namespace {

std::string cell(std::string_view text) {
    std::string escaped;
    for (char const c : text) {
        if (c == '|' || c == '<' || c == '>' || c == '*' || c == '_') {
            escaped += '\\';
        }
        escaped += c;
    }
    return escaped;
}

/// The name as a person reads it: the tags stand in the first column already.
std::string without_tags(std::string name) {
    for (auto const& tag : tags_of(name)) {
        auto const at = name.find("[" + tag + "]");
        auto const from = at > 0 && name[at - 1] == ' ' ? at - 1 : at;
        name.erase(from, at - from + tag.size() + 2);
    }
    return name;
}

/// Appendix B indents by asterisks what depends on another feature.
std::string feature_of(Requirement const& requirement) {
    auto const first = requirement.feature.find_first_not_of("* ");
    return cell(std::string_view{requirement.feature}.substr(first == std::string::npos ? 0 : first));
}

std::string quoted(Test const& test) { return cell(without_tags(test.name)) + " (`" + test.file + "`)"; }

std::string heading_of(Exception const& exception) {
    switch (exception.kind) {
        case Exception::Kind::application:
            return "**binds the application**";
        case Exception::Kind::absent:
            return "**not there**";
        case Exception::Kind::deviates:
            break;
    }
    return "**deviates: " + cell(exception.who) + "**";
}

std::string exception_text(Exception const& exception, std::vector<Test> const& tests) {
    std::string text = heading_of(exception) + " – " + cell(exception.why);
    for (auto const& name : exception.tests) {
        auto const test = std::find_if(tests.begin(), tests.end(), [&](auto const& t) { return t.name == name; });
        text += "<br>shown by: " + (test == tests.end() ? cell(name) : quoted(*test));
    }
    return text;
}

std::string answer(Requirement const& requirement, Evidence const& evidence, std::vector<Test> const& tests) {
    std::string text;
    auto const add = [&](std::string const& part) { text += (text.empty() ? "" : "<br>") + part; };
    for (auto const& test : tests) {
        auto const tags = tags_of(test.name);
        if (std::find(tags.begin(), tags.end(), requirement.id) != tags.end()) {
            add(quoted(test));
        }
    }
    for (auto const& exception : evidence.exceptions) {
        if (exception.id == requirement.id) {
            add(exception_text(exception, tests));
        }
    }
    return text.empty() ? "**open**" : text;
}

}  // namespace

std::string table_of(Evidence const& evidence) {
    std::vector<Test> tests = evidence.tests;
    std::sort(tests.begin(), tests.end(),
              [](auto const& a, auto const& b) { return a.file != b.file ? a.file < b.file : a.name < b.name; });
    std::string text =
        "# RFC 9293, requirement by requirement\n\n"
        "Made from the names of the tests and `tests/requirements/exceptions.txt`, and compared by a test with what "
        "those\n"
        "say now (`TCPSIM_UPDATE=1 ctest --test-dir build/dev -R test_requirements` writes it anew). A row names the "
        "tests\n"
        "that break when the stack no longer does what it asks, or who deviates from it, why, and the tests that show "
        "it.\n"
        "MUST-1 to MUST-69, SHLD-1 to SHLD-31, MAY-1 to MAY-18 and REC-1 are numbered so by RFC 9293, appendix B.\n\n"
        "| | level | section | feature | shown by |\n"
        "|---|---|---|---|---|\n";
    for (auto const& requirement : evidence.requirements) {
        text += "| " + requirement.id + " | " + requirement.level + " | " + requirement.section + " | " +
                feature_of(requirement) + " | " + answer(requirement, evidence, tests) + " |\n";
    }
    return text;
}

}  // namespace tcpsim::requirements
