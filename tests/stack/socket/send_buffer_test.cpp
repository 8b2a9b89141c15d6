// What the send buffer holds, when it is full and when it is worth writing again: socket(7), SO_SNDBUF; tcp(7).
#include "tests/support/socket_bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::socket;
using namespace tcpsim::test;

namespace {

constexpr std::uint64_t mss = 1448;

/// Writes of so many bytes until one is refused; how much was taken.
std::uint64_t fill(SocketBench& t, FileId file, std::uint64_t piece) {
    std::uint64_t total = 0;
    while (true) {
        Result<std::uint64_t> const taken = t.write(file, piece);
        if (!taken.ok()) {
            CHECK(taken.error() == Errno::eagain);
            return total;
        }
        total += taken.value();
        REQUIRE(total < 100'000'000);
    }
}

void set(SocketBench& t, FileId file, Option option, std::int64_t value) {
    CHECK(t.a.setsockopt(file, option, value, t.now, t.out).ok());
}

}  // namespace

TEST_CASE(
    "SO_SNDBUF 16384: 45888 bytes in writes of 1000 while nothing is acknowledged (send_buffer_full_nonblocking)") {
    SocketBench t;
    Ends const e = two_ends(t);
    set(t, e.client, Option::so_sndbuf, 16'384);
    t.cut = true;
    CHECK(fill(t, e.client, 1000) == 45'888);
    CHECK(mask(t.a.poll(e.client)) == "0");
    CHECK(t.a.ioctl(e.client, Inquiry::siocoutq).value() == 45'888);
}

TEST_CASE(
    "the send buffer is asked where a packet begins: each costs 832 bytes beside its text (SO_MEMINFO, measured)") {
    constexpr std::uint64_t overhead = 832;
    SocketBench t;
    Ends const e = two_ends(t);
    set(t, e.client, Option::tcp_nodelay, 1);
    set(t, e.client, Option::so_sndbuf, 5000);  // 10,000
    t.cut = true;
    // Small writes while the congestion window is open: each a packet.
    std::uint64_t packets = 0;
    while (packets < 10 && packets * (overhead + 100) < 10'000) {
        CHECK(t.write(e.client, 100).value() == 100);
        ++packets;
    }
    CHECK(packets == 10);  // 9320 bytes: the eleventh begins the packet that takes all the rest
    std::uint64_t const goal = 65'160 / 2 / mss * mss;  // half the largest window that was offered: tcp_xmit_size_goal
    CHECK(fill(t, e.client, 100) == goal);
}

TEST_CASE("the send buffer is full when it is charged with all it holds, not sooner (Linux sk_stream_memory_free)") {
    for (std::int64_t const more : {0, 1}) {
        CAPTURE(more);
        SocketBench t;
        Ends const e = two_ends(t);
        set(t, e.client, Option::tcp_nodelay, 1);
        set(t, e.client, Option::so_sndbuf, 4000 + more);
        t.cut = true;
        for (int i = 0; i < 8; ++i) {  // 1000 bytes each
            CHECK(t.write(e.client, 1000 - 832).ok());
        }
        CHECK(t.write(e.client, 1).ok() == (more == 1));
    }
}

TEST_CASE("epoll, edge-triggered: room is told once to who found none, and to nobody else (Linux SOCK_NOSPACE)") {
    SocketBench t;
    Ends const e = two_ends(t);
    FileId const epoll = t.a.epoll_create();
    REQUIRE(t.a.epoll_add(epoll, {e.client, 3}, {.events = {.out = true}, .edge_triggered = true, .data = 7}).ok());
    auto const events = [&] { return t.a.epoll_ready(epoll, 5).value().size(); };
    auto const drain = [&] {
        while (t.b.read(e.server, 20'000, t.now, t.out).ok()) {
            t.settle_from_b();
        }
    };
    CHECK(events() == 1);
    fill(t, e.client, 50'000);
    CHECK(events() == 0);
    drain();
    CHECK(events() == 1);
    CHECK(events() == 0);
    CHECK(t.write(e.client, 1000).ok());
    drain();
    CHECK(events() == 0);  // it was never full meanwhile
}

TEST_CASE(
    "the send buffer of a connection holds two initial windows: 46080 bytes with cubic (measured on Linux 6.18)") {
    SocketBench t;
    Ends const e = two_ends(t);
    CHECK(t.a.getsockopt(t.a.socket().value(), Option::so_sndbuf).value() == 16'384);
    CHECK(t.a.getsockopt(e.client, Option::so_sndbuf).value() == 46'080);
    CHECK(t.b.getsockopt(e.server, Option::so_sndbuf).value() == 46'080);
    t.profile.sockets.packet_header.value = 320;
    CHECK(t.a.getsockopt(t.connected(), Option::so_sndbuf).value() == 87'040);  // as on kernels with Wi-Fi
}

TEST_CASE("the send buffer grows with the congestion window, if somebody waits for room; SO_SNDBUF fixes it") {
    for (bool const fixed : {false, true}) {
        CAPTURE(fixed);
        SocketBench t;
        Ends const e = two_ends(t);
        if (fixed) {
            set(t, e.client, Option::so_sndbuf, 23'040);
        }
        auto const size = [&] { return t.a.getsockopt(e.client, Option::so_sndbuf).value(); };
        CHECK(size() == 46'080);
        CHECK(t.write(e.client, 5 * mss).ok());  // there is room
        CHECK(size() == 46'080);
        for (int i = 0; i < 20; ++i) {
            (void)t.write(e.client, 1'000'000);
            while (t.b.read(e.server, 1'000'000, t.now, t.out).ok()) {
                t.settle_from_b();
            }
        }
        std::int64_t const cwnd = t.a.tcp_info(e.client, t.now).value().snd_cwnd;
        CHECK(cwnd > 10);
        CHECK((size() > 46'080) == !fixed);
        CHECK(size() <= std::max<std::int64_t>(46'080, 2 * cwnd * 2304));
    }
}

TEST_CASE("poll: OUT when what is free is half of what is used, no sooner; the waiter is woken once") {
    SocketBench t;
    Ends const e = two_ends(t);
    set(t, e.client, Option::so_sndbuf, 20'000);  // 40,000
    CHECK(mask(t.a.poll(e.client)) == "OUT");
    t.cut = true;
    // Ten segments of the first window, each a packet of its own, then one packet.
    set(t, e.client, Option::tcp_nodelay, 1);
    for (int i = 0; i < 10; ++i) {
        CHECK(t.write(e.client, mss).ok());
    }
    std::uint64_t const flight = 10 * (mss + 832);
    std::uint64_t const limit = 26'667;  // the most of which used + used / 2 <= 40,000
    std::uint64_t const last_with_room = limit - flight - 832;
    CHECK(t.write(e.client, last_with_room).ok());
    CHECK(mask(t.a.poll(e.client)) == "OUT");
    CHECK(t.write(e.client, 1).ok());
    CHECK_FALSE(t.a.connection(e.client)->tcb().writer_waits);
    CHECK(mask(t.a.poll(e.client)) == "0");
    CHECK(t.a.connection(e.client)->tcb().writer_waits);  // Linux tcp_poll: SOCK_NOSPACE
}

TEST_CASE("TCP_NOTSENT_LOWAT: no packet begins beyond so much unsent text; OUT below half of it (tcp(7))") {
    SocketBench t;
    Ends const e = two_ends(t);
    set(t, e.client, Option::tcp_notsent_lowat, 3000);
    t.cut = true;
    for (int i = 0; i < 10; ++i) {
        CHECK(t.write(e.client, mss).ok());
    }
    CHECK(t.write(e.client, 1499).ok());
    CHECK(mask(t.a.poll(e.client)) == "OUT");
    CHECK(t.write(e.client, 1).ok());
    CHECK(mask(t.a.poll(e.client)) == "0");
}

TEST_CASE("4.4BSD: the buffer holds as much text as SO_SNDBUF says, whatever its packets (sbspace)") {
    SocketBench t;
    t.profile = *profile::find("bsd44");
    FileId const listening = t.listener();
    FileId const client = t.a.socket().value();
    set(t, client, Option::so_sndbuf, 10'000);
    CHECK(t.connect(client) == Errno::einprogress);
    REQUIRE(t.a.connect_result(client, t.now, t.out).ok());
    CHECK(t.b.accept(listening).ok());
    t.cut = true;
    CHECK(fill(t, client, 999) == 10'000);
}
