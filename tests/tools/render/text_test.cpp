#include "tools/render/text.hpp"

#include <doctest/doctest.h>

namespace tcpsim::render {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

TEST_CASE("durations: exact figures stay exact") {
    CHECK(duration_text(Duration{0}) == "0 s");
    CHECK(duration_text(nanoseconds{7}) == "7 ns");
    CHECK(duration_text(microseconds{20'400}) == "20.4 ms");
    CHECK(duration_text(milliseconds{224}) == "224 ms");
    CHECK(duration_text(milliseconds{1'792}) == "1.792 s");
    CHECK(duration_text(seconds{30}) == "30 s");
    CHECK(duration_text(-milliseconds{3}) == "-3 ms");
}

TEST_CASE("durations: minutes and hours are for people") {
    CHECK(duration_text(minutes{15} + milliseconds{59'400}) == "15 min 59.4 s");
    CHECK(duration_text(hours{2} + minutes{11} + seconds{15}) == "2 h 11 min 15 s");
    CHECK(duration_text(minutes{9}) == "9 min");
}

TEST_CASE("durations: rounding carries into the minutes") {
    CHECK(duration_text(minutes{3} + milliseconds{59'960}) == "4 min");
    CHECK(duration_text(hours{1} - milliseconds{20}) == "1 h 0 min");
}

TEST_CASE("durations: a schedule is read in seconds") {
    CHECK(seconds_text(milliseconds{896}) == "896 ms");
    CHECK(seconds_text(milliseconds{114'688}) == "114.688 s");
    CHECK(seconds_text(minutes{2}) == "120 s");
}

TEST_CASE("clock: six digits, cut and not rounded, so that an event never seems later than it is") {
    CHECK(clock_text(Instant{nanoseconds{1'520'400'999}}) == "1.520400");
    CHECK(clock_text(Instant{hours{1}}) == "3600.000000");
}

TEST_CASE("counts: singular, plural, groups of three") {
    CHECK(counted(1, "packet") == "1 packet");
    CHECK(counted(0, "packet") == "0 packets");
    CHECK(grouped(1'234'567) == "1,234,567");
    CHECK(grouped(999) == "999");
}

TEST_CASE("columns: a code point is one column") {
    CHECK(columns("✗ a") == 3);
    CHECK(left("µ", 3) == "µ  ");
    CHECK(right("µ", 3) == "  µ");
}

TEST_CASE("wrapping: breaks at blanks, indents, loses no word") {
    CHECK(wrapped("one two three", 9, 0) == "one two\nthree");
    CHECK(wrapped("one two three", 9, 2) == "one two\n  three");
    CHECK(wrapped("unbreakable", 4, 0) == "unbreakable");
    CHECK(wrapped("", 4, 2).empty());
}

TEST_CASE("colours: only when asked for") {
    CHECK(paint({false, 80}, Tone::bad, "x") == "x");
    CHECK(paint({true, 80}, Tone::bad, "x") == "\x1b[31mx\x1b[0m");
    CHECK(paint({true, 80}, Tone::bad, "x\n") == "\x1b[31mx\x1b[0m\n");
    CHECK(paint({true, 80}, Tone::plain, "x") == "x");
}

TEST_CASE("names from files: control characters cannot drive a terminal") {
    CHECK(printable("a\x1b[2Jb\n") == "a\\x1b[2Jb\\x0a");
    CHECK(printable("Grüße") == "Grüße");
}

}  // namespace
}  // namespace tcpsim::render
