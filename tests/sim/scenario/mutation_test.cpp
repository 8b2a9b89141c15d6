// Random damage to a good file: a scenario, or problems each with a place.
#include "tests/sim/scenario/support.hpp"

#include <rapidcheck.h>

using namespace tcpsim;
using namespace tcpsim::tests;

namespace {

std::vector<std::string> lines_of(std::string const& text) {
    std::vector<std::string> lines{""};
    for (char const c : text) {
        lines.back() += c;
        if (c == '\n') {
            lines.emplace_back();
        }
    }
    return lines;
}

std::string joined(std::vector<std::string> const& lines) {
    std::string text;
    for (auto const& line : lines) {
        text += line;
    }
    return text;
}

/// Characters that mean something to YAML, and a few that never should be there.
std::string const interesting = std::string{":-[]{}&*!|>'\"%@`,?#~ \n\t\r0.9ae\xff\x7f"} + '\0';

std::string with_damaged_characters(std::string text) {
    auto const times = *rc::gen::inRange(1, 6);
    for (int i = 0; i < times && !text.empty(); ++i) {
        auto const at = *rc::gen::inRange<std::size_t>(0, text.size());
        char const c = interesting[*rc::gen::inRange<std::size_t>(0, interesting.size())];
        switch (*rc::gen::inRange(0, 3)) {
            case 0:
                text[at] = c;
                break;
            case 1:
                text.insert(at, 1, c);
                break;
            default:
                text.erase(at, 1);
                break;
        }
    }
    return text;
}

std::string with_damaged_lines(std::string const& text) {
    auto lines = lines_of(text);
    auto const times = *rc::gen::inRange(1, 4);
    for (int i = 0; i < times && !lines.empty(); ++i) {
        auto const at = *rc::gen::inRange<std::size_t>(0, lines.size());
        auto const other = *rc::gen::inRange<std::size_t>(0, lines.size());
        switch (*rc::gen::inRange(0, 4)) {
            case 0:
                lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at));
                break;
            case 1:
                lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), std::string{lines[other]});
                break;
            case 2:
                std::swap(lines[at], lines[other]);
                break;
            default:
                lines[at].insert(0, static_cast<std::size_t>(*rc::gen::inRange(1, 5)), ' ');
                break;
        }
    }
    return joined(lines);
}

void has_answer(std::string const& text) {
    auto const result = load(text);
    if (result.ok()) {
        return;
    }
    auto const& found = std::get<1>(result.content);
    RC_ASSERT(!found.empty());
    for (auto const& problem : found) {
        RC_ASSERT(problem.place.line > 0);
        RC_ASSERT(problem.place.column > 0);
        RC_ASSERT(!problem.what.empty());
    }
}

}  // namespace

TEST_CASE("scenario files: damaged characters never break the loader") {
    auto const text = file_text("scenarios/reboot.yaml");
    CHECK(rc::check([&] { has_answer(with_damaged_characters(text)); }));
}

TEST_CASE("scenario files: damaged lines never break the loader") {
    auto const text = file_text("scenarios/crash.yaml");
    CHECK(rc::check([&] { has_answer(with_damaged_lines(text)); }));
}

TEST_CASE("scenario files: both kinds of damage at once never break the loader") {
    auto const text = file_text("scenarios/bsd-nine-minutes.yaml");
    CHECK(rc::check([&] { has_answer(with_damaged_characters(with_damaged_lines(text))); }));
}
