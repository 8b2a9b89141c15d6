// Reads a table and holds it against the stack.
#include "tests/stack/tcp/grid/grid.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

namespace tcpsim::test {
namespace {

using Cells = std::vector<std::string>;

constexpr std::string_view eleven_states[]{
    "CLOSED",      "LISTEN",     "SYN-SENT",   "SYN-RECEIVED passive", "SYN-RECEIVED active",
    "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT",           "CLOSING",
    "LAST-ACK",    "TIME-WAIT"};

std::string trimmed(std::string_view text) {
    auto const first = text.find_first_not_of(' ');
    return first == std::string_view::npos ? std::string{}
                                           : std::string{text.substr(first, text.find_last_not_of(' ') - first + 1)};
}

Cells split(std::string_view line, char separator) {
    Cells cells;
    while (true) {
        auto const end = line.find(separator);
        cells.push_back(trimmed(line.substr(0, end)));
        if (end == std::string_view::npos) {
            return cells;
        }
        line.remove_prefix(end + 1);
    }
}

struct Table {
    Cells kinds{};
    std::map<std::string, Cells> rows{};
    std::set<std::string> legend{};  ///< "(a)", "linux:"
};

constexpr std::string_view systems[]{"linux", "bsd44"};

/// The first line names the kinds, each other one a state and its cells; what follows below gives the reasons.
Table read(std::string_view text) {
    Table table;
    for (std::string const& line : split(text, '\n')) {
        Cells cells = split(line, '|');
        if (cells.size() == 1) {
            table.legend.insert(line.substr(0, line.find(' ')));
        } else {
            std::string const head = cells.front();
            cells.erase(cells.begin());
            if (table.kinds.empty()) {
                table.kinds = cells;
            } else {
                CHECK_MESSAGE(table.rows.emplace(head, cells).second, "two rows are called " << head);
            }
        }
    }
    return table;
}

void check_rows(Grid const& grid, Table const& table) {
    std::vector<std::string_view> const wanted =
        grid.states.empty() ? std::vector<std::string_view>(std::begin(eleven_states), std::end(eleven_states))
                            : grid.states;
    std::set<std::string> known;
    for (std::string_view const state : wanted) {
        CHECK_MESSAGE(table.rows.count(std::string{state}) == 1, "a row is missing: " << std::string{state});
        known.insert(std::string{state});
        for (std::string_view const system : systems) {
            known.insert(std::string{state} + " " + std::string{system});
        }
    }
    for (auto const& [each_state, cells] : table.rows) {
        auto const& state = each_state;
        CHECK_MESSAGE(known.count(state) == 1, "an unknown row: " << state);
        CHECK_MESSAGE(cells.size() == table.kinds.size(), "not as many cells as columns: " << state);
    }
    CHECK(table.kinds.size() == grid.kinds.size());
}

void check_reasons(Table const& table) {
    for (auto const& [each_state, cells] : table.rows) {
        auto const& state = each_state;
        for (std::string const& cell : cells) {
            CHECK_MESSAGE(!cell.empty(), "an empty cell: " << state);
            CHECK_MESSAGE((!cell.starts_with('(') || table.legend.count(cell) == 1), "nothing explains " << cell);
        }
        for (std::string_view const system : systems) {
            bool const deviates = state.ends_with(" " + std::string{system});
            CHECK_MESSAGE((!deviates || table.legend.count(std::string{system} + ":") == 1),
                          "nothing explains the row " << state);
            CHECK_MESSAGE(
                (!deviates || std::any_of(cells.begin(), cells.end(), [](auto const& c) { return c != "."; })),
                "no deviation: " << state);
        }
    }
}

/// What that system should do: its own row, where there is one, else the RFC's.
std::string wanted_of(Table const& table, std::string const& state, std::size_t column, std::string_view system) {
    auto const own = table.rows.find(state + " " + std::string{system});
    if (own != table.rows.end() && own->second.at(column) != ".") {
        return own->second[column];
    }
    return table.rows.at(state).at(column);
}

/// "ack~" asks for an ACK at once or soon.
bool matches(std::string wanted, std::string const& seen) {
    if (wanted == seen) {
        return true;
    }
    auto const soon = wanted.find("ack~");
    return soon != std::string::npos && wanted.erase(soon + 3, 1) == seen;
}

/// "grid | system | state | kind" to what is seen instead.
std::map<std::string, std::string> const& not_yet() {
    static auto const lines = [] {
        std::map<std::string, std::string> read;
        std::ifstream file{"tests/stack/tcp/grid/not_yet.txt"};
        for (std::string line; std::getline(file, line);) {
            auto const last = line.rfind(" | ");
            if (!line.starts_with('#') && last != std::string::npos) {
                read.emplace(line.substr(0, last), line.substr(last + 3));
            }
        }
        return read;
    }();
    return lines;
}

void check_cell(Grid const& grid, std::string const& state, Kind const& kind, std::string const& wanted,
                profile::Profile const& profile) {
    std::string const seen = observed(state, kind, profile);
    std::string const where =
        std::string{grid.name} + " | " + std::string{profile.name} + " | " + state + " | " + std::string{kind.name};
    auto const known = not_yet().find(where);
    if (known == not_yet().end()) {
        CHECK_MESSAGE(matches(wanted, seen), where << " | " << seen << " | wanted: " << wanted);
        return;
    }
    CHECK_FALSE_MESSAGE(matches(wanted, seen), where << " is as it should be: take it out of not_yet.txt");
    CHECK_MESSAGE(matches(known->second, seen), where << " | " << seen << " | wanted: " << wanted);
}

}  // namespace

void check_grid(Grid const& grid) {
    Table const table = read(grid.table);
    check_rows(grid, table);
    check_reasons(table);
    for (auto const& [each_state, cells] : table.rows) {
        auto const& state = each_state;
        bool const for_one_system = std::any_of(std::begin(systems), std::end(systems), [&](std::string_view system) {
            return state.ends_with(" " + std::string{system});
        });
        for (std::size_t i = 0; i < table.kinds.size() && !for_one_system; ++i) {
            auto const kind = std::find_if(grid.kinds.begin(), grid.kinds.end(),
                                           [&](Kind const& k) { return k.name == table.kinds[i]; });
            REQUIRE_MESSAGE(kind != grid.kinds.end(), "an unknown column: " << table.kinds[i]);
            for (std::string_view const system : systems) {
                std::string const wanted = wanted_of(table, state, i, system);
                if (!wanted.starts_with('(')) {
                    check_cell(grid, state, *kind, wanted, profile_of(system));
                }
            }
        }
    }
}

}  // namespace tcpsim::test
