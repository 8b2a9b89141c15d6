// What outlives a connection, and how many may outlive their sockets: tcp_metrics, tcp_max_orphans, tcp_max_tw_buckets, a boot.
#include "stack/wire/fast_open.hpp"
#include "tests/support/host_bench.hpp"

#include <doctest/doctest.h>

#include <memory>

using namespace tcpsim;
using namespace tcpsim::host;
using namespace tcpsim::test;
using namespace std::chrono_literals;
using tcp::State;
using wire::Flags;

namespace {

constexpr tcp::Cause closing{tcp::Why::closed};
constexpr Duration long_way = 100ms;
constexpr Duration short_way = 20ms;
constexpr Duration after_long_way = 3 * long_way;        // Linux tcp_init_metrics
constexpr Duration after_short_way = short_way + 200ms;  // RFC 6298 with Linux's floor

/// A connection of ours with the peer's port 80, and what it takes to go on with it.
struct Ours {
    ConnectionId id{};
    std::uint16_t port{0};
    SeqNum next{};
};

Ours open(HostBench& b, Duration rtt) {
    Ours ours;
    ours.id = b.connect({address_b, 80}).value();
    ours.port = b.a.find(ours.id)->tuple().local.port;
    ours.next = b.sent().seq + 1;
    b.now += rtt;
    b.arrives(segment(80, ours.port, Flags::syn | Flags::ack, SeqNum{300}, ours.next));
    REQUIRE(b.a.find(ours.id)->state() == State::established);
    return ours;
}

void close(HostBench& b, Ours const& ours) {
    b.out.clear();
    b.a.release(ours.id, closing, b.now, b.out);
}

/// The peer's FIN, which acknowledges ours.
void finish(HostBench& b, Ours const& ours) {
    b.arrives(segment(80, ours.port, Flags::fin | Flags::ack, SeqNum{301}, ours.next + 1));
}

/// How long the first text waits for its acknowledgment.
Duration first_timeout(HostBench& b, Ours const& ours) {
    REQUIRE(b.a.send(ours.id, Payload::pattern(1, 0, 100), b.now, b.out).ok());
    return b.a.next_deadline(ours.id) - b.now;
}

/// One whole connection over a long way.
void go_a_long_way(HostBench& b) {
    Ours const first = open(b, long_way);
    close(b, first);
    b.now += long_way;
    finish(b, first);
}

Duration timeout_over_a_short_way(HostBench& b) { return first_timeout(b, open(b, short_way)); }

}  // namespace

TEST_CASE("tcp_metrics: a connection begins with the timeout of an earlier one that had the longer round trip") {
    HostBench b;
    CHECK(timeout_over_a_short_way(b) == after_short_way);
    go_a_long_way(b);
    CHECK(timeout_over_a_short_way(b) == after_long_way);
}

TEST_CASE(
    "tcp_metrics: saved in TIME-WAIT, after LAST-ACK, by an orphan in FIN-WAIT-2; not after a reset, nor before the "
    "end") {
    HostBench b;
    Ours const first = open(b, long_way);
    SUBCASE("not yet") { CHECK(timeout_over_a_short_way(b) == after_short_way); }
    SUBCASE("reset") {
        b.arrives(segment(80, first.port, Flags::rst, SeqNum{301}));
        CHECK(timeout_over_a_short_way(b) == after_short_way);
    }
    SUBCASE("aborted") {
        b.a.abort(first.id, closing, b.now, b.out);
        CHECK(timeout_over_a_short_way(b) == after_short_way);
    }
    SUBCASE("its FIN is not acknowledged") {
        close(b, first);
        CHECK(timeout_over_a_short_way(b) == after_short_way);
    }
    SUBCASE("an orphan in FIN-WAIT-2") {
        close(b, first);
        b.now += long_way;
        b.arrives(segment(80, first.port, Flags::ack, SeqNum{301}, first.next + 1));
        CHECK(timeout_over_a_short_way(b) == after_long_way);
    }
    SUBCASE("FIN-WAIT-2 with a reader") {
        b.a.shutdown_send(first.id, closing, b.now, b.out);
        b.now += long_way;
        b.arrives(segment(80, first.port, Flags::ack, SeqNum{301}, first.next + 1));
        CHECK(timeout_over_a_short_way(b) == after_short_way);
    }
    SUBCASE("LAST-ACK") {
        b.arrives(segment(80, first.port, Flags::fin | Flags::ack, SeqNum{301}, first.next));
        close(b, first);
        b.now += long_way;
        b.arrives(segment(80, first.port, Flags::ack, SeqNum{302}, first.next + 1));
        CHECK(timeout_over_a_short_way(b) == after_long_way);
    }
}

TEST_CASE("tcp_no_metrics_save: nothing is left, but what is known is used, for an hour or until it is flushed") {
    HostBench b;
    SUBCASE("before") {
        b.set("tcp_no_metrics_save", "1");
        go_a_long_way(b);
        CHECK(timeout_over_a_short_way(b) == after_short_way);
    }
    SUBCASE("after") {
        go_a_long_way(b);
        b.set("tcp_no_metrics_save", "1");
        CHECK(timeout_over_a_short_way(b) == after_long_way);
    }
    SUBCASE("an hour later") {
        go_a_long_way(b);
        b.now += 1h;
        CHECK(timeout_over_a_short_way(b) == after_short_way);
    }
    SUBCASE("nearly an hour later") {
        go_a_long_way(b);
        b.now += 1h - short_way;
        CHECK(timeout_over_a_short_way(b) == after_long_way);
    }
    SUBCASE("ip tcp_metrics flush all") {
        go_a_long_way(b);
        b.a.forget_peers();
        CHECK(timeout_over_a_short_way(b) == after_short_way);
    }
}

TEST_CASE("Linux tcp_peer_is_proven: without SYN cookies the last quarter of the requests is for known peers") {
    for (bool const known : {false, true}) {
        CAPTURE(known);
        HostBench b;
        b.set("tcp_syncookies", "0");
        b.set("tcp_max_syn_backlog", "4");
        if (known) {
            go_a_long_way(b);
        }
        b.listen();
        for (std::uint16_t port = 40001; port <= 40004; ++port) {
            b.syn(port);
        }
        b.syn(40005);  // four of four are taken
        CHECK(b.silent() != known);
    }
}

TEST_CASE(
    "tcp_max_orphans: one more is reset when it is closed, behind its FIN; a place is free once one has its ACK") {
    HostBench b;
    b.set("tcp_max_orphans", "1");
    Ours const first = open(b, short_way);
    Ours const second = open(b, short_way);
    Ours const third = open(b, short_way);
    close(b, first);
    CHECK(b.sent_only(Flags::fin | Flags::ack));
    close(b, second);
    REQUIRE(b.out.frames.size() == 2);
    CHECK(b.sent(0).flags.has(Flags::fin));
    CHECK(b.sent(1).flags.has(Flags::rst));
    CHECK(b.sent(1).source_port == second.port);
    CHECK(b.a.find(second.id) == nullptr);
    CHECK(b.count(State::fin_wait_1) == 1);
    b.arrives(segment(80, first.port, Flags::ack, SeqNum{301}, first.next + 1));
    close(b, third);
    CHECK(b.sent_only(Flags::fin | Flags::ack));
}

TEST_CASE("tcp_max_orphans: in every state that a close leaves; who still has a socket, or is over, is none") {
    HostBench b;
    b.set("tcp_max_orphans", "0");
    Ours const ours = open(b, short_way);
    SUBCASE("LAST-ACK") {
        b.arrives(segment(80, ours.port, Flags::fin | Flags::ack, SeqNum{301}, ours.next));
        close(b, ours);
        REQUIRE(b.out.frames.size() == 2);
        CHECK(b.sent(1).flags.has(Flags::rst));
    }
    SUBCASE("FIN-WAIT-1 after shutdown()") {
        b.a.shutdown_send(ours.id, closing, b.now, b.out);
        close(b, ours);
        CHECK(b.sent_only(Flags::rst | Flags::ack));
    }
    SUBCASE("FIN-WAIT-2") {
        b.a.shutdown_send(ours.id, closing, b.now, b.out);
        b.arrives(segment(80, ours.port, Flags::ack, SeqNum{301}, ours.next + 1));
        close(b, ours);
        CHECK(b.silent());
        CHECK(b.count(State::fin_wait_2) == 1);
    }
    SUBCASE("TIME-WAIT") {
        b.a.shutdown_send(ours.id, closing, b.now, b.out);
        finish(b, ours);
        close(b, ours);
        CHECK(b.silent());
        CHECK(b.count(State::time_wait) == 1);
    }
}

TEST_CASE("tcp_max_tw_buckets: one more is over at once; the peer's FIN then meets nobody") {
    HostBench b;
    b.set("tcp_max_tw_buckets", "1");
    Ours const first = open(b, short_way);
    Ours const second = open(b, short_way);
    close(b, first);
    finish(b, first);
    CHECK(b.sent_only(Flags::ack));
    CHECK(b.count(State::time_wait) == 1);
    close(b, second);
    finish(b, second);
    CHECK(b.sent_only(Flags::ack));
    CHECK(b.count(State::time_wait) == 1);
    finish(b, second);
    CHECK(b.sent_only(Flags::rst));
    b.after(61s);  // TCP_TIMEWAIT_LEN
    Ours const third = open(b, short_way);
    close(b, third);
    finish(b, third);
    CHECK(b.count(State::time_wait) == 1);
}

TEST_CASE("tcp_max_tw_buckets: an orphan in FIN-WAIT-2 takes a place, too; one with a reader does not") {
    HostBench b;
    b.set("tcp_max_tw_buckets", "0");
    Ours const ours = open(b, short_way);
    SUBCASE("orphan") {
        close(b, ours);
        b.arrives(segment(80, ours.port, Flags::ack, SeqNum{301}, ours.next + 1));
        CHECK(b.a.connections().empty());
    }
    SUBCASE("with a reader, who then closes") {
        b.a.shutdown_send(ours.id, closing, b.now, b.out);
        b.arrives(segment(80, ours.port, Flags::ack, SeqNum{301}, ours.next + 1));
        CHECK(b.count(State::fin_wait_2) == 1);
        close(b, ours);
        CHECK(b.a.connections().empty());
    }
}

namespace {

/// What a host gives away of itself, and what it remembers.
struct Traits {
    SeqNum iss{};
    std::uint32_t timestamp{0};
    wire::FastOpenOption cookie{};  ///< that it gives
    bool opens_fast{false};
    Duration timeout{};
};

Traits traits_of(HostBench& b) {
    Traits traits;
    ConnectionId const id = b.connect({address_b, 80}, {address_a, 5000}).value();
    traits.iss = b.sent().seq;
    traits.timestamp = wire::decode(b.sent().options).timestamps->value;
    b.a.abort(id, closing, b.now, b.out);
    traits.opens_fast = b.a.opens_fast({}, address_b);
    b.listen(9998, 5, {.fast_open_backlog = 5});
    wire::TcpSegment asking = segment(40000, 9998, Flags::syn, SeqNum{100});
    REQUIRE(wire::append_fast_open(asking.options, {}));
    b.arrives(asking);
    traits.cookie = wire::fast_open_of(b.sent().options).value();
    traits.timeout = timeout_over_a_short_way(b);
    return traits;
}

/// A cookie of the peer's, and a connection over a long way.
void live(HostBench& b) {
    b.set("tcp_fastopen", "3");
    ConnectionId const id = b.a.connect_with({}, {address_b, 80}, {}, {}, b.now, b.out).value().id;
    wire::TcpSegment answer =
        segment(80, b.a.find(id)->tuple().local.port, Flags::syn | Flags::ack, SeqNum{1}, b.sent().seq + 1);
    wire::FastOpenOption given;
    for (std::uint8_t i = 0; i < 8; ++i) {
        given.cookie.push_back(i);
    }
    REQUIRE(wire::append_fast_open(answer.options, given));
    b.arrives(answer);
    go_a_long_way(b);
}

}  // namespace

TEST_CASE("a boot wipes metrics and cookies, and its secret brings other numbers, timestamps and Fast Open keys") {
    HostBench before;
    live(before);
    Traits const old = traits_of(before);
    CHECK(old.opens_fast);
    CHECK(old.timeout == after_long_way);

    struct Boot {
        char const* what;
        SipKey secret;
        bool same_secret;
    };
    for (Boot const& boot :
         {Boot{"another secret", SipKey{3, 4}, false}, Boot{"the same secret", SipKey{1, 2}, true}}) {
        CAPTURE(boot.what);
        HostBench again{"linux", before.a.configuration(), boot.secret};
        again.set("tcp_fastopen", "3");
        again.now = before.now;
        Traits const fresh = traits_of(again);
        CHECK_FALSE(fresh.opens_fast);
        CHECK(fresh.timeout == after_short_way);
        CHECK((fresh.cookie == old.cookie) == boot.same_secret);
        CHECK((fresh.timestamp - old.timestamp < 1000) == boot.same_secret);
        CHECK((fresh.iss - old.iss < 1 << 24 && old.iss - fresh.iss < 1 << 24) == boot.same_secret);
    }
}

TEST_CASE("tcp_fastopen_key: who sets it again after a boot takes the old cookies") {
    std::optional<wire::FastOpenOption> first;
    for (SipKey const& secret : {SipKey{1, 2}, SipKey{3, 4}}) {
        HostBench b{"linux", configuration_of(true), secret};
        b.set("tcp_fastopen", "3");
        b.a.set_fast_open_key(SipKey{5, 6});
        wire::FastOpenOption const given = traits_of(b).cookie;
        CHECK(first.value_or(given) == given);
        first = given;
    }
}
