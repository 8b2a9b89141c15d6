// send(2), MSG_EOR over TCP: Linux keeps what follows out of the packet that ends a record (tcp_skb_can_collapse_to).
#include "tests/support/socket_bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::socket;
using namespace tcpsim::test;

namespace {

constexpr SendFlags record{.record = true};

/// How long the segments are that leave once the cork is pulled.
std::vector<std::uint64_t> lengths(std::vector<std::pair<std::uint64_t, SendFlags>> const& writes,
                                   std::string_view system = "linux") {
    SocketBench t;
    t.profile = *profile::find(system);
    Ends const e = two_ends(t);
    for (Option const option : {Option::tcp_nodelay, Option::tcp_cork}) {
        REQUIRE(t.a.setsockopt(e.client, option, 1, t.now, t.out).ok());
    }
    std::vector<std::uint64_t> found;
    auto const collect = [&] {
        for (host::Outgoing const& frame : t.out.frames) {
            found.push_back(tcp_in(frame).payload.size());
        }
        t.out.clear();
    };
    for (auto const& [bytes, flags] : writes) {
        REQUIRE(t.a.send(e.client, Payload::pattern(1, 0, bytes), flags, t.now, t.out).ok());
        collect();
    }
    REQUIRE(t.a.setsockopt(e.client, Option::tcp_cork, 0, t.now, t.out).ok());
    collect();
    return found;
}

using Lengths = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("without MSG_EOR writes share packets") { CHECK(lengths({{100, {}}, {200, {}}, {300, {}}}) == Lengths{600}); }

TEST_CASE("MSG_EOR: what follows begins a packet of its own, which even a cork does not keep together") {
    CHECK(lengths({{100, record}, {200, {}}, {300, {}}}) == Lengths{100, 500});
    CHECK(lengths({{100, {}}, {200, record}, {300, {}}}) == Lengths{300, 300});
    CHECK(lengths({{100, record}, {200, record}, {300, record}}) == Lengths{100, 200, 300});
}

TEST_CASE("MSG_EOR: a long record ends with what is left of it") {
    CHECK(lengths({{3000, record}, {1000, {}}}) == Lengths{1448, 1448, 104, 1000});
}

TEST_CASE("MSG_EOR: each record ends with PSH") {
    SocketBench t;
    Ends const e = two_ends(t);
    t.cut = true;
    REQUIRE(t.a.send(e.client, Payload::pattern(1, 0, 100), {}, t.now, t.out).ok());
    t.out.clear();
    for (int i = 0; i < 3; ++i) {  // Nagle holds the last alone
        REQUIRE(t.a.send(e.client, Payload::pattern(1, 0, 100), record, t.now, t.out).ok());
    }
    std::size_t const while_waiting = t.out.frames.size();
    REQUIRE(t.a.setsockopt(e.client, Option::tcp_nodelay, 1, t.now, t.out).ok());
    CHECK(while_waiting == 2);
    REQUIRE(t.out.frames.size() == 3);
    for (host::Outgoing const& frame : t.out.frames) {
        CHECK(tcp_in(frame).payload.size() == 100);
        CHECK(tcp_in(frame).flags.has(wire::Flags::psh));
    }
}

TEST_CASE("MSG_EOR after everything has left: there is nothing to keep apart") {
    SocketBench t;
    Ends const e = two_ends(t);
    REQUIRE(t.a.send(e.client, Payload::pattern(1, 0, 100), record, t.now, t.out).ok());
    t.settle();
    REQUIRE(t.a.send(e.client, Payload::pattern(1, 0, 100), {}, t.now, t.out).ok());
    CHECK(t.out.frames.size() == 1);
}

TEST_CASE("MSG_EOR means nothing to 4.4BSD's TCP") {
    CHECK(lengths({{100, record}, {200, {}}}, "bsd44") == Lengths{300});
}
