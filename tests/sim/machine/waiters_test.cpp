// sim/machine/waiters.hpp and descriptors.hpp.
#include "sim/machine/waiters.hpp"

#include "sim/machine/descriptors.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace tcpsim;
using namespace tcpsim::machine;
using Woken = std::vector<std::uint32_t>;

TEST_CASE("waiters: all who share are woken, and one of the exclusive, first come first served") {
    socket::FileId const file{1};
    Waiters waiters;
    waiters.add(file, 5, Sharing::exclusive);
    waiters.add(file, 3, Sharing::exclusive);
    waiters.add(file, 4, Sharing::with_all);
    waiters.add(file, 2, Sharing::with_all);
    CHECK(waiters.woken_by(file, false) == Woken{5, 4, 2});
    CHECK(waiters.woken_by(file, true) == Woken{5, 3, 4, 2});
    waiters.remove(file, 5);
    CHECK(waiters.woken_by(file, false) == Woken{3, 4, 2});
    waiters.remove(file, 3);
    CHECK(waiters.woken_by(file, false) == Woken{4, 2});
}

TEST_CASE("waiters: of another file nobody is woken") {
    Waiters waiters;
    waiters.add(socket::FileId{1}, 5, Sharing::with_all);
    CHECK(waiters.woken_by(socket::FileId{2}, false).empty());
    waiters.remove(socket::FileId{2}, 5);
    CHECK(waiters.woken_by(socket::FileId{1}, false) == Woken{5});
}

TEST_CASE("descriptors: the lowest free number from 3, or from what F_DUPFD asks for") {
    Descriptors table;
    CHECK(table.install(socket::FileId{1}) == 3);
    CHECK(table.install(socket::FileId{2}) == 4);
    CHECK(table.install(socket::FileId{3}, 4) == 5);
    CHECK(table.install(socket::FileId{4}, 10) == 10);
    CHECK(table.take(4) == socket::FileId{2});
    CHECK_FALSE(table.take(4).has_value());
    CHECK(table.install(socket::FileId{5}) == 4);
    CHECK(table.end() == 11);
}

TEST_CASE("descriptors: numbers that were never open") {
    Descriptors table;
    CHECK_FALSE(table.file(-1).has_value());
    CHECK_FALSE(table.file(0).has_value());
    CHECK_FALSE(table.file(3).has_value());
    CHECK_FALSE(table.take(99).has_value());
    table.put(1, socket::FileId{7});
    CHECK(table.file(1) == socket::FileId{7});
    CHECK_FALSE(table.file(2).has_value());
}

TEST_CASE("descriptors: room is below RLIMIT_NOFILE, and for F_DUPFD not below what it asks for") {
    Descriptors table;
    for (std::int32_t fd = 3; fd < most_descriptors - 1; ++fd) {
        table.install(socket::FileId{1});
    }
    CHECK(table.has_room());
    CHECK_FALSE(table.has_room(0, 2));
    CHECK(table.has_room(most_descriptors - 1));
    table.install(socket::FileId{1});
    CHECK_FALSE(table.has_room());
    CHECK(table.take(3).has_value());
    CHECK(table.has_room());
    CHECK_FALSE(table.has_room(4));
}
