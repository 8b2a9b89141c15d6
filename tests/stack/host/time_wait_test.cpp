// Who may take over the four numbers of a connection in TIME-WAIT.
#include "tests/support/host_bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::host;
using namespace tcpsim::test;
using namespace std::chrono_literals;
using tcp::State;
using wire::Flags;

namespace {

constexpr std::uint16_t peer_port = 40000;
constexpr std::uint32_t tsval = 1000;

wire::TcpSegment with_timestamp(wire::TcpSegment s, std::optional<std::uint32_t> value) {
    wire::Options options;
    if (value) {
        options.timestamps = wire::Timestamps{*value, 0};
    }
    s.options = wire::encode(options, wire::OptionLayout::linux_order);
    return s;
}

/// The peer connects, we close first. Its FIN was 101, so RCV.NXT is 102; the sequence number of our FIN is returned.
SeqNum make_wait(HostBench& b, ListenerId listener, std::optional<std::uint32_t> timestamp = {}) {
    b.arrives(with_timestamp(segment(peer_port, 9998, Flags::syn, SeqNum{100}), timestamp));
    SeqNum const iss = b.sent().seq;
    b.arrives(with_timestamp(segment(peer_port, 9998, Flags::ack, SeqNum{101}, iss + 1), timestamp));
    ConnectionId const id = b.a.accept(listener).value();
    b.a.release(id, {tcp::Why::closed}, b.now, b.out);
    b.arrives(with_timestamp(segment(peer_port, 9998, Flags::fin | Flags::ack, SeqNum{101}, iss + 2), timestamp));
    REQUIRE(b.count(State::time_wait) == 1);
    return iss + 1;
}

/// We connect from port 5000 (or any) to the peer's port 80 and close first.
SeqNum make_client_wait(HostBench& b, wire::Endpoint local, std::optional<std::uint32_t> timestamp) {
    ConnectionId const id = b.connect({address_b, 80}, local).value();
    SeqNum const iss = b.sent().seq;
    std::uint16_t const port = b.a.find(id)->tuple().local.port;
    b.arrives(with_timestamp(segment(80, port, Flags::syn | Flags::ack, SeqNum{100}, iss + 1), timestamp));
    b.a.release(id, {tcp::Why::closed}, b.now, b.out);
    b.arrives(with_timestamp(segment(80, port, Flags::fin | Flags::ack, SeqNum{101}, iss + 2), timestamp));
    REQUIRE(b.count(State::time_wait) == 1);
    return iss + 2;
}

}  // namespace

TEST_CASE("RFC 9293 §3.6.1 [MAY-2]: a SYN above the old numbers reopens; our ISN lies above all that we sent") {
    for (auto const& [each_seq, reopens] :
         {std::pair{103U, true}, std::pair{102U, false}, std::pair{50U, false}, std::pair{101U, false}}) {
        auto const& seq = each_seq;
        CAPTURE(seq);
        HostBench b;
        ListenerId const listener = b.listen();
        SeqNum const our_fin = make_wait(b, listener);
        b.arrives(segment(peer_port, 9998, Flags::syn, SeqNum{seq}));
        if (reopens) {
            REQUIRE(b.sent_only(Flags::syn | Flags::ack));
            CHECK(b.sent().ack == SeqNum{seq + 1});
            CHECK(b.sent().seq == our_fin + 1 + 65535 + 2);
            CHECK(b.count(State::time_wait) == 0);
            CHECK(b.count(State::syn_received) == 1);
        } else {
            CHECK(b.sent_only(Flags::ack));
            CHECK(b.count(State::time_wait) == 1);
        }
    }
}

TEST_CASE("RFC 6191 §2 [SHLD-4]: a later timestamp reopens whatever the number, an earlier one never") {
    struct Case {
        std::uint32_t seq;
        std::uint32_t timestamp;
        bool reopens;
    };
    for (auto const& [each_seq, each_timestamp, reopens] :
         {Case{50, tsval + 1, true}, Case{50, tsval, false}, Case{5000, tsval, true}, Case{5000, tsval - 1, false}}) {
        auto const& seq = each_seq;
        auto const& timestamp = each_timestamp;
        CAPTURE(seq);
        CAPTURE(timestamp);
        HostBench b;
        ListenerId const listener = b.listen();
        make_wait(b, listener, tsval);
        b.arrives(with_timestamp(segment(peer_port, 9998, Flags::syn, SeqNum{seq}), timestamp));
        CHECK(b.sent_only(reopens ? Flags::syn | Flags::ack : Flags::ack));
        CHECK(b.count(State::time_wait) == (reopens ? 0U : 1U));
    }
}

TEST_CASE("RFC 9293 §3.6.1: only a SYN alone reopens, and only where somebody listens and has room") {
    for (std::uint8_t const flags :
         {std::uint8_t{Flags::syn | Flags::ack}, std::uint8_t{Flags::syn | Flags::rst}, Flags::psh}) {
        HostBench b;
        ListenerId const listener = b.listen();
        SeqNum const our_fin = make_wait(b, listener);
        b.arrives(segment(peer_port, 9998, flags, SeqNum{5000}, our_fin + 1));
        CHECK(b.count(State::time_wait) == 1);
    }
    HostBench deaf;
    ListenerId const listener = deaf.listen();
    make_wait(deaf, listener);
    deaf.a.close_listener(listener, deaf.now, deaf.out);
    deaf.arrives(segment(peer_port, 9998, Flags::syn, SeqNum{5000}));
    CHECK(deaf.sent_only(Flags::ack));
    CHECK(deaf.count(State::time_wait) == 1);
    HostBench full;
    ListenerId const crowded = full.listen(9998, 0);
    make_wait(full, crowded);
    full.handshake(41000);
    full.arrives(segment(peer_port, 9998, Flags::syn, SeqNum{5000}));
    CHECK(full.discarded_only(Discarded::accept_queue_full));
    CHECK(full.count(State::time_wait) == 0);  // Linux tcp_v4_rcv: it had ended by then
}

TEST_CASE("Linux tcp_v4_rcv: a SYN with a FIN ends a TIME-WAIT, and the listener drops it in silence") {
    HostBench b;
    ListenerId const listener = b.listen();
    make_wait(b, listener);
    b.arrives(segment(peer_port, 9998, Flags::syn | Flags::fin, SeqNum{5000}));
    CHECK(b.discarded_only(Discarded::no_listener));
    CHECK(b.count(State::time_wait) == 0);
}

TEST_CASE("4.4BSD tcp_input: a SYN beyond the old window reopens, with an ISN above RCV.NXT; one inside does not") {
    HostBench b{"bsd44"};
    ListenerId const listener = b.listen();
    make_wait(b, listener);
    std::uint32_t const window = b.a.find(b.a.connections().at(0))->tcb().rcv.wnd;
    b.arrives(segment(peer_port, 9998, Flags::syn, SeqNum{102 + window}));
    CHECK_FALSE(b.out.frames.empty());
    CHECK(b.count(State::syn_received) == 0);
    HostBench again{"bsd44"};
    ListenerId const second = again.listen();
    make_wait(again, second);
    again.arrives(segment(peer_port, 9998, Flags::syn, SeqNum{102 + window + 1}));
    REQUIRE(again.sent_only(Flags::syn | Flags::ack));
    CHECK(again.sent().seq == SeqNum{102 + 125 * 1024});  // TCP_ISSINCR
}

TEST_CASE("Linux tcp_twsk_unique: connect() from a bound port takes over, given timestamps (time_wait_reconnect)") {
    wire::Endpoint const local{address_a, 5000};
    HostBench b;
    SeqNum const our_next = make_client_wait(b, local, tsval);
    REQUIRE(b.connect({address_b, 80}, local).ok());
    REQUIRE(b.sent_only(Flags::syn));
    CHECK(b.sent().seq == our_next + 65535 + 2);
    CHECK(b.sent().window == 65160);  // 45 segments of 1448, where the first SYN offered 44 of 1460
    CHECK(wire::decode(b.sent().options).timestamps->echo == tsval);
    CHECK(b.count(State::time_wait) == 0);
    HostBench bare;
    make_client_wait(bare, local, {});
    CHECK(bare.connect({address_b, 80}, local).error() == Errno::eaddrnotavail);
    CHECK(bare.count(State::time_wait) == 1);
}

TEST_CASE("connect() takes over nothing that is not in TIME-WAIT") {
    HostBench b;
    wire::Endpoint const local{address_a, 5000};
    REQUIRE(b.connect({address_b, 80}, local).ok());
    SeqNum const iss = b.sent().seq;
    b.arrives(with_timestamp(segment(80, 5000, Flags::syn | Flags::ack, SeqNum{100}, iss + 1), tsval));
    CHECK(b.connect({address_b, 80}, local).error() == Errno::eaddrnotavail);
    CHECK(b.count(State::established) == 1);
}

TEST_CASE("tcp_tw_reuse: an ephemeral port that waits is taken never, always after a second, or on loopback only") {
    for (char const* mode : {"0", "1", "2"}) {
        CAPTURE(mode);
        HostBench b;
        b.set("tcp_tw_reuse", mode);
        b.set("ip_local_port_range", "50000 50000");
        make_client_wait(b, {}, tsval);
        b.after(b.profile.time_wait.reuse_delay.value - 1ns);
        CHECK(b.connect({address_b, 80}).error() == Errno::eaddrnotavail);
        b.after(1ns);
        CHECK(b.connect({address_b, 80}).ok() == (std::string_view{mode} == "1"));
    }
}

TEST_CASE("tcp_tw_reuse = 2: on loopback a waiting ephemeral port is taken after a second") {
    HostBench b;
    b.set("ip_local_port_range", "50000 50000");
    ListenerId const listener = b.listen();
    ConnectionId const client = b.connect({loopback, 9998}).value();
    ConnectionId const server = b.a.accept(listener).value();
    b.a.release(client, {tcp::Why::closed}, b.now, b.out);
    b.a.release(server, {tcp::Why::closed}, b.now, b.out);
    REQUIRE(b.count(State::time_wait) == 1);
    CHECK_FALSE(b.connect({loopback, 9998}).ok());
    b.after(1s);
    REQUIRE(b.connect({loopback, 9998}).ok());
    CHECK(b.a.accept(listener));
}

TEST_CASE("4.4BSD in_pcbconnect: a pair in TIME-WAIT is EADDRINUSE") {
    HostBench b{"bsd44"};
    wire::Endpoint const local{address_a, 5000};
    make_client_wait(b, local, tsval);
    CHECK(b.connect({address_b, 80}, local).error() == Errno::eaddrinuse);
    CHECK(b.connect({address_b, 81}, local).ok());
}

TEST_CASE("RFC 9293 §3.6.1: a program that still holds the old connection reads its end, whoever has its numbers now") {
    HostBench b;
    ListenerId const listener = b.listen();
    SeqNum const iss = b.handshake(peer_port);
    ConnectionId const held = b.a.accept(listener).value();
    b.a.shutdown_send(held, {tcp::Why::closed}, b.now, b.out);
    b.arrives(segment(peer_port, 9998, Flags::fin | Flags::ack, SeqNum{101}, iss + 2));
    REQUIRE(b.count(State::time_wait) == 1);
    b.arrives(segment(peer_port, 9998, Flags::syn, SeqNum{5000}));
    SeqNum const fresh = b.sent().seq;
    b.arrives(segment(peer_port, 9998, Flags::ack, SeqNum{5001}, fresh + 1, 7));
    CHECK(b.a.find(held)->state() == State::closed);
    CHECK(b.a.receive(held, 10, b.now, b.out) == Result<Payload>{Payload{}});
    CHECK(b.a.find(b.a.accept(listener).value())->unread() == 7);
}
