// Each rule of the tables against a planted violation: a grid that cannot fail proves nothing.
#include "tests/stack/tcp/grid/grid.hpp"

#include <doctest/doctest.h>

using namespace tcpsim::test;
using namespace tcpsim::test::words;

namespace {

std::vector<Kind> const kinds{
    {"RST exact", [](Numbers const& n) { return RST.seq(n.rcv); }},
    {"keep-alive", [](Numbers const& n) { return ACK.seq(n.rcv - 1).ack(n.una); }},
};

void check_table(std::string_view table) { check_grid({"planted", table, kinds, {"ESTABLISHED", "TIME-WAIT"}}); }

}  // namespace

TEST_CASE("grid: a table that is right") {
    check_table(R"(
            | RST exact          | keep-alive
ESTABLISHED | CLOSED !ECONNRESET | ack
TIME-WAIT   | (a)                | (a)

(a) not asked for here
)");
}

TEST_CASE("grid: a wrong cell is found" * doctest::should_fail()) {
    check_table(R"(
            | RST exact          | keep-alive
ESTABLISHED | CLOSED !ECONNRESET | -
TIME-WAIT   | CLOSED             | (a)

(a) not asked for here
)");
}

TEST_CASE("grid: a missing row is found" * doctest::should_fail()) {
    check_table(R"(
            | RST exact          | keep-alive
ESTABLISHED | CLOSED !ECONNRESET | ack
)");
}

TEST_CASE("grid: an empty cell is found" * doctest::should_fail()) {
    check_table(R"(
            | RST exact          | keep-alive
ESTABLISHED | CLOSED !ECONNRESET | ack
TIME-WAIT   | CLOSED             |
)");
}

TEST_CASE("grid: a cell that cannot happen without a reason is found" * doctest::should_fail()) {
    check_table(R"(
            | RST exact          | keep-alive
ESTABLISHED | CLOSED !ECONNRESET | ack
TIME-WAIT   | CLOSED             | (a)
)");
}

TEST_CASE("grid: a row for one system without a reason is found" * doctest::should_fail()) {
    check_table(R"(
                  | RST exact          | keep-alive
ESTABLISHED       | CLOSED !ECONNRESET | -
ESTABLISHED linux | .                  | ack
ESTABLISHED bsd44 | .                  | ack
TIME-WAIT         | (a)                | (a)

(a) not asked for here
)");
}

TEST_CASE("grid: a row that deviates from nothing is found" * doctest::should_fail()) {
    check_table(R"(
                  | RST exact          | keep-alive
ESTABLISHED       | CLOSED !ECONNRESET | ack
ESTABLISHED linux | .                  | .
TIME-WAIT         | (a)                | (a)

(a) not asked for here
linux: says nothing
)");
}
