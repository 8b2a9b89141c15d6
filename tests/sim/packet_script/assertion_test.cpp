#include "sim/packet_script/assertion.hpp"

#include <doctest/doctest.h>

using namespace tcpsim::packet_script;

namespace {

std::optional<std::int64_t> names(std::string const& name) {
    if (name == "tcpi_snd_cwnd") {
        return 10;
    }
    return name == "tcpi_options" ? std::optional<std::int64_t>{6} : std::nullopt;
}

/// Empty if it holds.
std::string problem(std::string const& code) {
    Variables variables;
    auto const found = run_code(code, variables, names);
    return found ? (found->not_understood ? "? " : "! ") + found->message : std::string{};
}

bool holds(std::string const& expression) { return problem("assert " + expression).empty(); }

}  // namespace

TEST_CASE("Code: comparisons, chained and combined") {
    CHECK(holds("tcpi_snd_cwnd == 10"));
    CHECK_FALSE(holds("tcpi_snd_cwnd == 11"));
    CHECK(holds("tcpi_snd_cwnd != 11"));
    CHECK(holds("9 < tcpi_snd_cwnd <= 10"));
    CHECK_FALSE(holds("9 < tcpi_snd_cwnd < 10"));
    CHECK_FALSE(holds("10 < tcpi_snd_cwnd <= 10"));
    CHECK(holds("tcpi_snd_cwnd >= 10 and tcpi_snd_cwnd > 9"));
    CHECK_FALSE(holds("tcpi_snd_cwnd >= 10 and tcpi_snd_cwnd > 10"));
    CHECK(holds("tcpi_snd_cwnd == 1 or tcpi_snd_cwnd == 10"));
    CHECK(holds("not tcpi_snd_cwnd == 1"));
    CHECK_FALSE(holds("not tcpi_snd_cwnd == 10"));
}

TEST_CASE("Code: what has no end or no place is not understood, or wraps around") {
    for (char const* each : {"(", "-", "~", "not "}) {
        CAPTURE(each);
        std::string deep;
        for (int i = 0; i < 100'000; ++i) {
            deep += each;
        }
        CHECK(problem("assert " + deep + "1").find("nested") != std::string::npos);
    }
    CHECK(problem("assert 99999999999999999999 == 1").starts_with("? "));
    CHECK(holds("9223372036854775807 + 1 < 0"));
    CHECK(holds("(-9223372036854775807 - 1) // -1 < 0"));
    CHECK(holds("5 % -1 == 0 and 6 // -1 == -6"));
}

TEST_CASE("Code: arithmetic and bits by Python's precedence") {
    CHECK(holds("2 + 3 * 4 == 14"));
    CHECK(holds("(2 + 3) * 4 == 20"));
    CHECK(holds("20 // 6 == 3 and 20 % 6 == 2 and 20 / 5 == 4"));
    CHECK(holds("7 - 2 - 1 == 4"));
    CHECK(holds("-1 < 0"));
    CHECK(holds("(tcpi_options & 4) != 0"));
    CHECK_FALSE(holds("(tcpi_options & 1) != 0"));
    CHECK(holds("tcpi_options == (2 | 4)"));
    CHECK(holds("0x7fffffff == 2147483647"));
    CHECK(holds("True"));
    CHECK_FALSE(holds("False"));
}

TEST_CASE("Code: statements, variables that last, comments, continued lines, messages") {
    Variables variables;
    CHECK(!run_code("cwnd = 9\n# a comment\ncwnd += 1; assert tcpi_snd_cwnd == cwnd, 'cwnd=%d' % cwnd", variables,
                    names));
    CHECK(!run_code("cwnd -= 3\nassert cwnd == 7", variables, names));
    CHECK(!run_code("print(tcpi_snd_cwnd); assert 1, \\\n   tcpi_snd_cwnd", variables, names));
    CHECK(problem("assert 1 == 1\nassert tcpi_snd_cwnd == 3") == "! tcpi_snd_cwnd is 10");
}

TEST_CASE("Code: what is not understood is told") {
    CHECK(problem("assert tcpi_colour == 3") == "? the name tcpi_colour is not known");
    CHECK(problem("import os").starts_with("? expected assert or an assignment"));
    CHECK(problem("assert (1 == 1").starts_with("? ')' is missing"));
    CHECK(problem("assert 1 == 1 2").starts_with("? expected the end"));
    CHECK(problem("assert 1 / 0 == 1").starts_with("? division by zero"));
    CHECK(problem("assert ==").starts_with("? expected a number"));
}
