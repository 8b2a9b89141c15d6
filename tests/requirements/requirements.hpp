// RFC 9293's numbered requirements, what our tests say about each, and the table made of both. Functions from values to
// values, so that every rule can be tested on a planted violation.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tcpsim::requirements {

/// A row of RFC 9293 appendix B.
struct Requirement {
    std::string id{};  ///< MUST-20
    std::string level{};
    std::string section{};
    std::string group{};
    std::string feature{};
    std::string sentence{};
};

/// A test case as its executable lists it. "[MUST-20]" in its name says that it proves this requirement.
struct Test {
    std::string name{};
    std::string file{};
    auto operator<=>(Test const&) const = default;
};

/// Why a requirement is not, or not everywhere, met.
struct Exception {
    enum class Kind {
        deviates,     ///< a system does something else on purpose: tests show what
        application,  ///< it binds programs, not the stack
        absent,       ///< the simulator has no such thing
    };
    std::string id{};
    Kind kind{Kind::deviates};
    std::string who{};  ///< deviates: the systems
    std::string why{};
    std::vector<std::string> tests{};  ///< names of test cases
};

/// Everything the table is made of. `open`: ids that have nothing yet, named one by one.
struct Evidence {
    std::vector<Requirement> requirements{};
    std::vector<Test> tests{};
    std::vector<Exception> exceptions{};
    std::vector<std::string> open{};
};

/// The ids in brackets in a test's name, known or not.
std::vector<std::string> tags_of(std::string_view test_name);

/// Tab-separated, with a heading.
std::vector<Requirement> read_requirements(std::string_view text);
/// The format is described at the head of exceptions.txt. What cannot be read goes to `findings`.
std::vector<Exception> read_exceptions(std::string_view text, std::vector<std::string>& findings);
/// One id a line; '#' begins a comment.
std::vector<std::string> read_open(std::string_view text);
/// What `--list-test-cases --reporters=xml` prints; files are named as the compiler was called.
std::vector<Test> read_listing(std::string_view xml);

/// Every rule that does not hold, in words.
std::vector<std::string> findings_of(Evidence const& evidence);
/// The table as Markdown.
std::string table_of(Evidence const& evidence);

}  // namespace tcpsim::requirements
