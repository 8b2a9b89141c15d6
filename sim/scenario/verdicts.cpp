#include "sim/scenario/verdicts.hpp"

#include "sim/scenario/step_words.hpp"
#include "sim/scenario/steps_program.hpp"
#include "sim/scenario/words.hpp"
#include "sim/topology/units.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace tcpsim::scenario {

using topology::duration_text;

namespace {

std::string text(Instant at) { return duration_text(at.time_since_epoch()); }
std::string text(Around const& around) {
    return around.within == Duration{0}
               ? duration_text(around.value)
               : fmt::format("{} ± {}", duration_text(around.value), duration_text(around.within));
}

/// "hello" in quotes if it is short and printable, else its length.
std::string text(Payload const& data) {
    constexpr std::uint64_t longest = 40;
    auto const printable = [](char c) { return c >= ' ' && c <= '~'; };
    if (data.size() <= longest) {
        auto const string = data.to_string();
        if (std::all_of(string.begin(), string.end(), printable)) {
            return fmt::format("\"{}\"", string);
        }
    }
    return fmt::format("{} bytes of data", data.size());
}

std::string ordinal(std::uint32_t n) {
    std::uint32_t const tens = n % 100;
    bool const teen = tens >= 11 && tens <= 13;
    std::string_view const suffix = teen || n % 10 > 3 || n % 10 == 0 ? "th"
                                    : n % 10 == 1                     ? "st"
                                    : n % 10 == 2                     ? "nd"
                                                                      : "rd";
    return fmt::format("{}{}", n, suffix);
}

std::string result_text(SeenCall const& seen, bool with_data) {
    if (!seen.returned) {
        return fmt::format("made at {}, has not returned", text(seen.made));
    }
    if (seen.error != Errno::none) {
        return fmt::format("fails {}", name(seen.error));
    }
    if (seen.end_of_stream) {
        return "returns end";
    }
    if (seen.end) {
        return seen.end->signal ? fmt::format("a child killed by {}", name(*seen.end->signal))
                                : fmt::format("a child that exited with {}", seen.end->status);
    }
    if (seen.ready != 0) {
        return fmt::format("finds {}", events_text(seen.ready));
    }
    std::string const besides = seen.told.empty() ? "" : fmt::format(", tells {}", seen.told);
    return with_data && !seen.data.empty() ? fmt::format("returns {} ({}){}", seen.value, text(seen.data), besides)
                                           : fmt::format("returns {}{}", seen.value, besides);
}

/// Steps and expectations say it in the same words.
std::string wanted_result(Outcome const& expected) {
    if (expected.fails) {
        return fmt::format("fails {}", name(*expected.fails));
    }
    if (expected.ready) {
        return fmt::format("finds {}", events_text(*expected.ready));
    }
    if (expected.end.killed_by) {
        return fmt::format("a child killed by {}", name(*expected.end.killed_by));
    }
    if (expected.end.status) {
        return fmt::format("a child that exited with {}", *expected.end.status);
    }
    if (expected.told && !expected.returns && !expected.returns_data && !expected.end_of_stream) {
        return fmt::format("tells {}", *expected.told);
    }
    std::string const besides = expected.told ? fmt::format(", tells {}", *expected.told) : "";
    return expected.end_of_stream  ? std::string{"returns end"}
           : expected.returns_data ? fmt::format("returns {}{}", text(*expected.returns_data), besides)
           : expected.returns      ? fmt::format("returns {}{}", *expected.returns, besides)
                                   : std::string{};
}

std::string packets_text(ExpectPackets const& expected) {
    std::vector<std::string> parts;
    if (expected.flags) {
        parts.push_back(*expected.flags);
    }
    if (expected.data) {
        parts.emplace_back("data");
    }
    parts.emplace_back("segments");
    if (!expected.from.empty()) {
        parts.push_back("from " + expected.from);
    }
    if (!expected.to.empty()) {
        parts.push_back("to " + expected.to);
    }
    if (expected.seq) {
        parts.push_back(fmt::format("with seq {}", *expected.seq));
    }
    return fmt::format("{}", fmt::join(parts, " "));
}

std::string count_text(ExpectPackets const& expected) {
    if (expected.at_most == 0U) {
        return "none";
    }
    if (expected.at_most == expected.at_least) {
        return fmt::format("{}", expected.at_least);
    }
    return expected.at_most ? fmt::format("{} to {}", expected.at_least, *expected.at_most)
                            : fmt::format("at least {}", expected.at_least);
}

/// Compares point by point; keeps only what the report needs to say.
struct Comparison {
    std::vector<std::string> expected{};
    std::vector<std::string> seen{};
    bool holds{true};
    void add(bool fits_here, std::string expected_text, std::string seen_text) {
        holds = holds && fits_here;
        expected.push_back(std::move(expected_text));
        seen.push_back(std::move(seen_text));
    }
    [[nodiscard]] Verdict verdict(std::string name_text) const {
        return {std::move(name_text),
                holds,
                fmt::format("{}", fmt::join(expected, ", ")),
                fmt::format("{}", fmt::join(seen, ", ")),
                {}};
    }
};

void compare_gaps(ExpectPackets const& expected, SeenPackets const& seen, Comparison& comparison) {
    std::size_t const gaps = seen.times.empty() ? 0 : seen.times.size() - 1;
    if (gaps != expected.gaps.size()) {
        comparison.add(false, fmt::format("{} gaps", expected.gaps.size()), fmt::format("{} gaps", gaps));
        return;
    }
    bool all = true;
    for (std::size_t i = 0; i < gaps; ++i) {
        auto const gap = seen.times[i + 1] - seen.times[i];
        if (!fits(expected.gaps[i], gap)) {
            all = false;
            comparison.add(false, fmt::format("gap {} of {}", i + 1, text(expected.gaps[i])),
                           fmt::format("{} after {}", duration_text(gap), text(seen.times[i])));
        }
    }
    if (all) {
        comparison.add(true, fmt::format("{} gaps as listed", gaps), "all of them");
    }
}

}  // namespace

Verdict judge(ExpectCall const& expected, std::span<SeenCall const> seen) {
    auto const call = fmt::format("{}: {} {}{}", expected.program, ordinal(expected.nth), word_for(expected.call),
                                  expected.socket ? " on " + *expected.socket : "");
    Outcome const outcome{.returns = expected.returns,
                          .returns_data = expected.returns_data,
                          .fails = expected.fails,
                          .end_of_stream = expected.end_of_stream};
    auto const wanted = expected.never_returns ? std::string{"never returns"} : wanted_result(outcome);
    Comparison comparison{};
    std::vector<std::string> points;
    if (!wanted.empty()) {
        points.push_back(wanted);
    }
    if (expected.at) {
        points.push_back("at " + text(*expected.at));
    }
    if (expected.takes) {
        points.push_back("takes " + text(*expected.takes));
    }
    auto const title = fmt::format("{} {}", call, fmt::join(points, ", "));
    if (seen.size() < expected.nth) {
        return {
            title, false, fmt::format("{}", fmt::join(points, ", ")), fmt::format("{} such calls", seen.size()), {}};
    }
    auto const& actual = seen[expected.nth - 1];
    if (!actual.returned || expected.never_returns) {
        comparison.add(!actual.returned && expected.never_returns, fmt::format("{}", fmt::join(points, ", ")),
                       result_text(actual, true));
        return comparison.verdict(title);
    }
    if (!wanted.empty()) {
        comparison.add(is_as_expected(outcome, actual), wanted, result_text(actual, expected.returns_data.has_value()));
    }
    if (expected.at) {
        comparison.add(fits(*expected.at, actual.returned->time_since_epoch()), "at " + text(*expected.at),
                       "at " + text(*actual.returned));
    }
    if (expected.takes) {
        auto const took = *actual.returned - actual.made;
        comparison.add(fits(*expected.takes, took), "takes " + text(*expected.takes), "takes " + duration_text(took));
    }
    return comparison.verdict(title);
}

Verdict judge(ExpectPackets const& expected, SeenPackets const& seen) {
    Comparison comparison{};
    bool const enough = seen.count >= expected.at_least && seen.count <= expected.at_most.value_or(seen.count);
    comparison.add(enough, count_text(expected), fmt::format("{}", seen.count));
    if (expected.first_at) {
        comparison.add(seen.first && fits(*expected.first_at, seen.first->time_since_epoch()),
                       "first at " + text(*expected.first_at),
                       seen.first ? "first at " + text(*seen.first) : "no first");
    }
    if (expected.last_at) {
        comparison.add(seen.first && fits(*expected.last_at, seen.last.time_since_epoch()),
                       "last at " + text(*expected.last_at), seen.first ? "last at " + text(seen.last) : "no last");
    }
    if (expected.gaps_given) {
        compare_gaps(expected, seen, comparison);
    }
    auto const points = fmt::format("{}", fmt::join(comparison.expected, ", "));
    return comparison.verdict(fmt::format("{}: {}", packets_text(expected), points));
}

Verdict judge(ExpectState const& expected, SeenStates const& seen) {
    std::vector<std::string_view> names;
    for (auto const state : seen.states) {
        names.push_back(tcp::name(state));
    }
    bool const closed = expected.state == tcp::State::closed;
    bool const holds = closed ? seen.states.empty()
                              : std::find(seen.states.begin(), seen.states.end(), expected.state) != seen.states.end();
    return {fmt::format("{}{} is {}{}", expected.host, expected.peer ? " towards " + *expected.peer : "",
                        tcp::name(expected.state), expected.at ? " at " + text(*expected.at) : " at the end"),
            holds,
            closed ? "no connection" : fmt::format("a connection in {}", tcp::name(expected.state)),
            names.empty() ? "no connection" : fmt::format("{}", fmt::join(names, ", ")),
            {}};
}

Verdict judge(ProgramSpec const& program, std::size_t step, std::span<SeenCall const> seen) {
    auto const& steps = std::get<StepsProgram>(program.what).steps;
    auto const& expected = steps[step];
    auto const nth = std::count_if(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(step) + 1,
                                   [&](CallStep const& s) { return s.call == expected.call; });
    auto wanted = wanted_result(expected.expected);
    wanted = wanted.empty() ? "succeeds" : wanted;
    auto const& takes = expected.expected.takes;
    wanted += takes ? ", takes " + text(*takes) : "";
    Verdict verdict{fmt::format("{}: {} {} {}", program.name, ordinal(static_cast<std::uint32_t>(nth)),
                                word_for(expected.call), wanted),
                    false, wanted, seen.empty() ? "never came so far" : "", expected.place};
    std::size_t returned = 0;
    for (auto const& execution : seen) {
        bool const as_expected = execution.returned && is_as_expected(expected.expected, execution);
        returned += execution.returned ? 1 : 0;
        if (verdict.seen.empty() || (execution.returned && !as_expected)) {
            verdict.seen = result_text(execution, expected.expected.returns_data.has_value());
            verdict.seen +=
                takes && execution.returned ? ", takes " + duration_text(*execution.returned - execution.made) : "";
        }
    }
    verdict.holds = returned > 0 && std::all_of(seen.begin(), seen.end(), [&](SeenCall const& execution) {
                        return !execution.returned || is_as_expected(expected.expected, execution);
                    });
    return verdict;
}

Verdict judge(TimelineStep const& step, FaultReport const& fault) {
    auto const why = !fault.came               ? "its time never came"
                     : is_rule(step.verb.kind) ? "no packet matched"
                                               : "it came, but there was nothing to do";
    return {fmt::format("{} happens", step.name), fault.fired || step.may_never_fire,
            fmt::format("{} happens at least once, since it does not say may_never_fire", word_for(step.verb.kind)),
            why, step.place};
}

}  // namespace tcpsim::scenario
