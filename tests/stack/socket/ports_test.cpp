// bind(), SO_REUSEADDR, SO_REUSEPORT and ephemeral ports: bind(2), ip(7), socket(7).
#include "tests/support/socket_bench.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace tcpsim;
using namespace tcpsim::socket;
using namespace tcpsim::test;

namespace {

FileId made(SocketBench& t, bool reuse_address, bool reuse_port = false) {
    FileId const file = t.a.socket().value();
    CHECK(t.a.setsockopt(file, Option::so_reuseaddr, reuse_address ? 1 : 0, t.now, t.out).ok());
    CHECK(t.a.setsockopt(file, Option::so_reuseport, reuse_port ? 1 : 0, t.now, t.out).ok());
    return file;
}

void only_ports(SocketBench& t, int first, int last) {
    t.profile.host.first_port.value = first;
    t.profile.host.last_port.value = last;
}

std::uint16_t port_of(SocketBench& t, FileId file) { return t.a.getsockname(file).value().port; }

}  // namespace

TEST_CASE("bind, SO_REUSEADDR: shared when both have it and none listens (Linux inet_bind_conflict)") {
    for (bool const first : {false, true}) {
        for (bool const second : {false, true}) {
            CAPTURE(first);
            CAPTURE(second);
            SocketBench t;
            FileId const one = made(t, first);
            FileId const other = made(t, second);
            REQUIRE(t.a.bind(one, {{}, 80}).ok());
            CHECK(t.a.bind(other, {address_a, 80}).error() == (first && second ? Errno::none : Errno::eaddrinuse));
        }
    }
    SocketBench t;
    FileId const one = made(t, true);
    FileId const early = made(t, true);
    FileId const late = made(t, true);
    REQUIRE(t.a.bind(one, {{}, 80}).ok());
    REQUIRE(t.a.bind(early, {{}, 80}).ok());
    REQUIRE(t.a.listen(one, 1).ok());
    CHECK(t.a.bind(late, {{}, 80}).error() == Errno::eaddrinuse);
    CHECK(t.a.listen(early, 1).error() == Errno::eaddrinuse);  // bound in time, but only one may listen
}

TEST_CASE("bind, SO_REUSEPORT: both need it; then both may listen, and share what comes (socket(7))") {
    SocketBench t;
    FileId const one = made(t, false, true);
    FileId const other = made(t, false, true);
    FileId const without = made(t, true, false);
    for (FileId const file : {one, other}) {
        REQUIRE(t.a.bind(file, {{}, 80}).ok());
        REQUIRE(t.a.listen(file, 100).ok());
    }
    CHECK(t.a.bind(without, {{}, 80}).error() == Errno::eaddrinuse);
    for (int i = 0; i < 20; ++i) {
        CHECK(t.b.connect(t.b.socket().value(), {address_a, 80}, t.now, t.out).error() == Errno::einprogress);
        t.settle_from_b();
    }
    int counts[2] = {0, 0};
    for (int which = 0; which < 2; ++which) {
        while (t.a.accept(which == 0 ? one : other).ok()) {
            ++counts[which];
        }
    }
    CHECK(counts[0] > 0);
    CHECK(counts[1] > 0);
    CHECK(counts[0] + counts[1] == 20);
}

TEST_CASE("bind: what is left of a connection holds its port, unless both have SO_REUSEADDR (restart_bind)") {
    for (bool const reuse : {false, true}) {
        CAPTURE(reuse);
        SocketBench t;
        FileId const listening = t.b.socket().value();
        CHECK(t.b.setsockopt(listening, Option::so_reuseaddr, reuse ? 1 : 0, t.now, t.out).ok());
        REQUIRE(t.b.bind(listening, {{}, 9998}).ok());
        REQUIRE(t.b.listen(listening, 5).ok());
        t.connected();
        FileId const accepted = t.b.accept(listening).value();
        t.close_b(listening);
        t.close_b(accepted);  // FIN-WAIT-2
        FileId const again = t.b.socket().value();
        CHECK(t.b.bind(again, {{}, 9998}).error() == Errno::eaddrinuse);
        CHECK(t.b.setsockopt(again, Option::so_reuseaddr, 1, t.now, t.out).ok());
        CHECK(t.b.bind(again, {{}, 9998}).error() == (reuse ? Errno::none : Errno::eaddrinuse));
    }
}

TEST_CASE("bind: SO_REUSEADDR may come later, too; a socket's own port is free when it is closed") {
    SocketBench t;
    FileId const one = made(t, false);
    FileId const other = made(t, true);
    REQUIRE(t.a.bind(one, {{}, 80}).ok());
    CHECK(t.a.bind(other, {{}, 80}).error() == Errno::eaddrinuse);
    CHECK(t.a.setsockopt(one, Option::so_reuseaddr, 1, t.now, t.out).ok());
    CHECK(t.a.bind(other, {{}, 80}).ok());
    t.a.release(one, closing, t.now, t.out);
    t.a.release(other, closing, t.now, t.out);
    CHECK(t.a.bind(made(t, false), {{}, 80}).ok());
}

TEST_CASE(
    "4.4BSD bind: SO_REUSEADDR shares with connections and with another address, not with the same (in_pcbbind)") {
    SocketBench t;
    t.profile.sockets.port_sharing.value = profile::PortSharing::net3_more_specific;
    FileId const one = made(t, false);
    REQUIRE(t.a.bind(one, {{}, 80}).ok());
    CHECK(t.a.bind(made(t, false), {address_a, 80}).error() == Errno::eaddrinuse);
    CHECK(t.a.bind(made(t, true), {address_a, 80}).ok());
    CHECK(t.a.bind(made(t, true), {{}, 80}).error() == Errno::eaddrinuse);
    FileId const sharing = made(t, false, true);
    REQUIRE(t.a.bind(sharing, {{}, 81}).ok());
    CHECK(t.a.bind(made(t, false, true), {{}, 81}).ok());
}

TEST_CASE("connect: ephemeral ports of the first one's parity before the others, all of them, then EADDRNOTAVAIL") {
    SocketBench t;
    t.listener(4096);
    for (int const first : {40'000, 41'001}) {
        only_ports(t, first, first + 5);
        std::vector<std::uint16_t> ports;
        for (int i = 0; i < 6; ++i) {
            ports.push_back(port_of(t, t.connected()));
        }
        for (std::size_t i = 0; i < 6; ++i) {
            CAPTURE(i);
            CHECK((ports[i] - first) % 2 == (i < 3 ? 0 : 1));
        }
        CHECK(std::set<std::uint16_t>(ports.begin(), ports.end()).size() == 6);
        CHECK(t.connect(t.a.socket().value()) == Errno::eaddrnotavail);
        // Another destination is another matter: four numbers name a connection.
        CHECK(t.a.connect(t.a.socket().value(), {address_b, 1}, t.now, t.out).error() == Errno::einprogress);
        t.settle();
    }
}

TEST_CASE("connect takes no port that somebody has bound, nor one that a listener has (Linux fastreuse)") {
    SocketBench t;
    t.listener();
    only_ports(t, 40'000, 40'001);
    FileId const bound = made(t, true);
    REQUIRE(t.a.bind(bound, {{}, 40'000}).ok());
    CHECK(port_of(t, t.connected()) == 40'001);
    CHECK(t.connect(t.a.socket().value()) == Errno::eaddrnotavail);
    t.a.release(bound, closing, t.now, t.out);
    CHECK(port_of(t, t.connected()) == 40'000);
}

TEST_CASE("connect: the next port to the same place is another, though the first is free again (RFC 6056 §3.3.4)") {
    SocketBench t;
    t.listener(4096);
    std::set<int> steps;
    std::optional<std::uint16_t> before;
    for (int i = 0; i < 20; ++i) {
        FileId const file = t.connected();
        std::uint16_t const port = port_of(t, file);
        CHECK(port % 2 == 0);
        CHECK(port >= 32'768);
        CHECK(port <= 60'999);
        constexpr int span = 60'999 - 32'768 + 1;
        if (before) {
            steps.insert((port - *before + span) % span);
        }
        before = port;
        CHECK(t.a.setsockopt(file, Option::so_linger, 0, t.now, t.out).ok());
        t.a.release(file, closing, t.now, t.out);
        t.settle();
    }
    // Linux __inet_hash_connect: as many as get_random_u32_below(8) pairs of ports further, and one.
    CHECK(*steps.begin() >= 2);
    CHECK(*steps.rbegin() <= 16);
    CHECK(steps.size() > 3);
}

TEST_CASE("connect: of an odd number of ports the last is never chosen (Linux: remaining &= ~1U)") {
    SocketBench t;
    t.listener(100);
    for (int const count : {3, 5, 7, 9, 11}) {
        int const first = 40'000 + 100 * count;
        only_ports(t, first, first + count - 1);
        std::set<std::uint16_t> ports;
        for (int i = 0; i < count - 1; ++i) {
            ports.insert(port_of(t, t.connected()));
        }
        CHECK(ports.size() == static_cast<std::size_t>(count - 1));
        CHECK(*ports.rbegin() == first + count - 2);
        CHECK(t.connect(t.a.socket().value()) == Errno::eaddrnotavail);
    }
}

TEST_CASE("bind to port 0: ports of the other parity first, then all; then EADDRINUSE (inet_csk_find_open_port)") {
    SocketBench t;
    only_ports(t, 40'000, 40'003);
    std::vector<std::uint16_t> ports;
    for (int i = 0; i < 4; ++i) {
        FileId const file = made(t, true, true);  // the system does not share by itself
        REQUIRE(t.a.bind(file, {}).ok());
        ports.push_back(port_of(t, file));
    }
    CHECK(ports[0] % 2 == 1);
    CHECK(ports[1] % 2 == 1);
    CHECK(ports[2] % 2 == 0);
    CHECK(ports[3] % 2 == 0);
    CHECK(std::set<std::uint16_t>(ports.begin(), ports.end()).size() == 4);
    CHECK(t.a.bind(made(t, true, true), {}).error() == Errno::eaddrinuse);
    only_ports(t, 40'010, 40'010);
    CHECK(t.a.bind(made(t, false), {}).ok());
    CHECK(t.a.bind(made(t, false), {}).error() == Errno::eaddrinuse);
    only_ports(t, 40'012, 40'011);
    CHECK(t.a.bind(made(t, false), {}).error() == Errno::eaddrinuse);
}

TEST_CASE("4.4BSD: one counter gives every ephemeral port, around the range (in_pcbbind)") {
    SocketBench t;
    t.listener(4096);
    t.profile.sockets.port_choice.value = profile::PortChoice::net3_in_turn;
    only_ports(t, 1024, 1027);
    CHECK(port_of(t, t.connected()) == 1024);
    FileId const bound = t.a.socket().value();
    REQUIRE(t.a.bind(bound, {}).ok());
    CHECK(port_of(t, bound) == 1025);
    CHECK(port_of(t, t.connected()) == 1026);
    t.a.release(bound, closing, t.now, t.out);
    CHECK(port_of(t, t.connected()) == 1027);
    CHECK(port_of(t, t.connected()) == 1025);
    CHECK(t.connect(t.a.socket().value()) == Errno::eaddrnotavail);
}
