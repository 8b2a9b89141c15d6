// The rules: no row empty, no name that means nothing.
#include "tests/requirements/requirements.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

namespace tcpsim::requirements {
namespace {

constexpr std::array<std::string_view, 4> levels{"MUST", "SHLD", "MAY", "REC"};

bool looks_like_an_id(std::string_view text) {
    return std::any_of(levels.begin(), levels.end(), [&](auto level) { return text.starts_with(level); });
}

/// "MUST-20" outside of brackets: a reader would take it for a tag.
bool names_without_brackets(std::string_view name) {
    for (auto const level : levels) {
        std::string const start = std::string{level} + "-";
        for (auto at = name.find(start); at != std::string_view::npos; at = name.find(start, at + 1)) {
            bool const number = std::isdigit(static_cast<unsigned char>(name.substr(at + start.size())[0])) != 0;
            if (number && (at == 0 || name[at - 1] != '[')) {
                return true;
            }
        }
    }
    return false;
}

class Judge {
  public:
    explicit Judge(Evidence const& evidence) : evidence_{&evidence} {
        for (auto const& requirement : evidence.requirements) {
            if (!known_.insert(requirement.id).second) {
                say(requirement.id + " stands in the table of requirements twice");
            }
        }
    }

    void tests() {
        for (auto const& test : evidence_->tests) {
            names_.insert(test.name);
            for (auto const& tag : tags_of(test.name)) {
                must_be_known(tag, "the test \"" + test.name + "\"");
                answered_.insert(tag);
            }
            if (names_without_brackets(test.name + " ")) {
                say("the test \"" + test.name + "\" names a requirement without brackets");
            }
        }
    }

    void exceptions() {
        std::set<std::string> seen;
        for (auto const& exception : evidence_->exceptions) {
            must_be_known(exception.id, "exceptions.txt");
            answered_.insert(exception.id);
            if (!seen.insert(exception.id + " " + exception.who).second) {
                say(exception.id + " is excepted twice for the same systems");
            }
            if (exception.why.empty()) {
                say(exception.id + " is excepted without a reason");
            }
            if (exception.kind != Exception::Kind::application && exception.tests.empty()) {
                bool const absent = exception.kind == Exception::Kind::absent;
                say(exception.id + (absent ? " is absent" : " deviates") + ", and no test shows it");
            }
            for (auto const& name : exception.tests) {
                if (names_.count(name) == 0) {
                    say(exception.id + " names a test that does not exist: \"" + name + "\"");
                }
            }
        }
    }

    void open() {
        std::set<std::string> open;
        for (auto const& id : evidence_->open) {
            must_be_known(id, "open.txt");
            open.insert(id);
            if (answered_.count(id) != 0) {
                say(id + " is not open any more: take it out of open.txt");
            }
        }
        for (auto const& requirement : evidence_->requirements) {
            if (answered_.count(requirement.id) == 0 && open.count(requirement.id) == 0) {
                say(requirement.id + " is neither proven by a test nor excepted: " + requirement.feature);
            }
        }
    }

    [[nodiscard]] std::vector<std::string> const& found() const { return found_; }

  private:
    void say(std::string finding) { found_.push_back(std::move(finding)); }
    void must_be_known(std::string const& id, std::string const& where) {
        if (known_.count(id) == 0) {
            say(where + " names an unknown requirement: " + id);
        }
    }

    Evidence const* evidence_;
    std::set<std::string> known_{};
    std::set<std::string> names_{};
    std::set<std::string> answered_{};
    std::vector<std::string> found_{};
};

}  // namespace

std::vector<std::string> tags_of(std::string_view test_name) {
    std::vector<std::string> tags;
    for (auto at = test_name.find('['); at != std::string_view::npos; at = test_name.find('[', at + 1)) {
        auto const end = test_name.find(']', at);
        auto const inside = test_name.substr(at + 1, end == std::string_view::npos ? end : end - at - 1);
        if (looks_like_an_id(inside)) {
            tags.emplace_back(inside);
        }
    }
    return tags;
}

std::vector<std::string> findings_of(Evidence const& evidence) {
    Judge judge{evidence};
    judge.tests();
    judge.exceptions();
    judge.open();
    return judge.found();
}

}  // namespace tcpsim::requirements
