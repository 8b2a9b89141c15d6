#include "tests/support/pair.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace std::chrono_literals;
using tcp::State;
using tcp::Why;

namespace {

constexpr std::uint64_t mss = 1460 - 12;

/// Writes so many bytes at the client and reads them at the server.
void transfer(Pair& p, std::uint64_t bytes) {
    std::uint64_t const goal = p.server().was_read() + bytes;
    std::uint64_t left = bytes;
    for (int round = 0; round < 100'000 && p.server().was_read() < goal; ++round) {
        left -= p.client().write(left);
        p.server().read(1U << 20U);
        p.run(1ms);
        REQUIRE(p.violation() == "");
    }
    CHECK(p.server().was_read() == goal);
}

Pair& connected(Pair& p) {
    p.connect();
    REQUIRE(p.client().state() == State::established);
    REQUIRE(p.server().state() == State::established);
    return p;
}

}  // namespace

TEST_CASE("pair: every mixture of systems opens, talks both ways and closes") {
    for (char const* client : {"linux", "bsd44"}) {
        for (char const* server : {"linux", "bsd44"}) {
            CAPTURE(client);
            CAPTURE(server);
            Pair p{profile_of(client), profile_of(server)};
            connected(p);
            CHECK(p.client().write(100) == 100);
            p.run(100ms);
            CHECK(p.server().read(1000) == 100);
            CHECK(p.server().write(200) == 200);
            p.run(100ms);
            CHECK(p.client().read(1000) == 200);
            p.client().close();
            p.run(300ms);
            p.server().read(1);
            CHECK(p.server().saw_end());
            p.server().close();
            p.run(300ms);
            CHECK(p.client().state() == State::time_wait);
            CHECK(p.server().state() == State::closed);
            p.run_until_quiet(120s);
            CHECK(p.client().state() == State::closed);
            CHECK(p.violation() == "");
        }
    }
}

TEST_CASE("pair: RFC 9293 §3.5 figure 7 [MUST-10]: a simultaneous open makes one connection, text flows both ways") {
    Pair p{profile_of("linux"), profile_of("bsd44")};
    p.open();
    p.open_from_server();
    p.run(100ms);
    CHECK(p.client().state() == State::established);
    CHECK(p.server().state() == State::established);
    p.server().write(500);
    transfer(p, 5000);
    CHECK(p.client().read(1000) == 500);
}

TEST_CASE("pair: a lost SYN, SYN,ACK or final ACK delays the opening only") {
    SUBCASE("SYN") {
        Pair p{profile_of("linux"), profile_of("linux")};
        p.to_server().drop(nth(1).syn());
        p.open();
        p.run(1s + 30ms);
        CHECK(p.client().state() == State::established);
    }
    SUBCASE("SYN,ACK") {
        Pair p{profile_of("linux"), profile_of("linux")};
        p.to_client().drop(nth(1).syn());
        p.open();
        p.run(1s + 60ms);
        CHECK(p.client().state() == State::established);
    }
    SUBCASE("ACK: the first text establishes (handshake_ack_lost)") {
        Pair p{profile_of("linux"), profile_of("linux")};
        p.to_server().drop(nth(1).ack());
        p.connect();
        CHECK(p.server().state() == State::syn_received);
        p.client().write(5);
        p.run(20ms);
        CHECK(p.server().state() == State::established);
        CHECK(p.server().read(10) == 5);
        CHECK(p.server().sent(Why::retransmission_timeout) == 0);
    }
}

TEST_CASE("pair: one lost segment of many is repaired by fast retransmit, without a timeout") {
    Pair p{profile_of("linux"), profile_of("linux")};
    connected(p);
    p.to_server().drop(nth(3).data());
    transfer(p, 10 * mss);
    CHECK(p.to_server().dropped() == 1);
    CHECK(p.client().sent(Why::fast_retransmit) == 1);
    CHECK(p.client().sent(Why::retransmission_timeout) == 0);
}

TEST_CASE("pair: a lost tail is repaired by the probe; without probes by the timeout") {
    for (bool const probes : {true, false}) {
        CAPTURE(probes);
        profile::Profile client = profile_of("linux");
        REQUIRE_FALSE(profile::set(client, "tcp_early_retrans", probes ? "3" : "0"));
        Pair p{client, profile_of("linux")};
        connected(p);
        p.to_server().drop(nth(4).data());
        transfer(p, 4 * mss);
        CHECK(p.client().sent(Why::tail_loss_probe) == (probes ? 1 : 0));
        CHECK(p.client().sent(Why::retransmission_timeout) == (probes ? 0 : 1));
    }
}

TEST_CASE("pair: segments that change places cause no repetition when they are two apart") {
    Pair p{profile_of("linux"), profile_of("linux")};
    connected(p);
    p.to_server().swap(3, 4);
    transfer(p, 10 * mss);
    CHECK(p.client().sent(Why::fast_retransmit) == 0);
    CHECK(p.client().sent(Why::retransmission_timeout) == 0);
    CHECK(p.client().sent(Why::tail_loss_probe) == 0);
}

TEST_CASE("pair: duplicates of everything change nothing but ACKs") {
    Pair p{profile_of("linux"), profile_of("linux")};
    p.to_server().duplicate(every());
    p.to_client().duplicate(every());
    connected(p);
    transfer(p, 50'000);
    CHECK(p.client().sent(Why::retransmission_timeout) == 0);
    p.client().close();
    p.server().close();
    p.run_until_quiet(300s);
    CHECK(p.client().state() == State::closed);
    CHECK(p.server().state() == State::closed);
}

TEST_CASE("pair: a wire that holds everything for two seconds loses nothing") {
    Pair p{profile_of("linux"), profile_of("linux")};
    connected(p);
    p.to_server().hold();
    p.client().write(20'000);
    p.run(2s);
    CHECK(p.server().connection().unread() == 0);
    p.to_server().release(p.now());
    p.run(1s);
    CHECK(p.server().read(1U << 20U) == 20'000);
}

TEST_CASE("pair: a segment that is overtaken by 100 ms is read in its place") {
    Pair p{profile_of("linux"), profile_of("bsd44")};
    connected(p);
    p.to_server().delay(nth(2).data(), 100ms);
    transfer(p, 8 * mss);
}

TEST_CASE("pair: a lost FIN is repeated, and its lost ACK finds TIME-WAIT waiting (fin_lost)") {
    Pair p{profile_of("linux"), profile_of("linux")};
    connected(p);
    p.to_server().drop(nth(1).fin());
    p.client().close();
    p.run(300ms);
    CHECK(p.server().state() == State::close_wait);
    p.to_server().drop(every().ack());
    p.server().close();
    p.run(1s);
    CHECK(p.server().state() == State::last_ack);
    CHECK(p.client().state() == State::time_wait);
    p.heal();
    p.run(5s);
    CHECK(p.server().state() == State::closed);
}

TEST_CASE("pair: a slow reader shuts the window; what was written arrives when it reads again") {
    for (char const* client : {"linux", "bsd44"}) {
        for (char const* server : {"linux", "bsd44"}) {
            CAPTURE(client);
            CAPTURE(server);
            Pair p{profile_of(client), profile_of(server), {.server_receive_buffer = 16'384}};
            connected(p);
            std::uint64_t left = 200'000;
            for (int i = 0; i < 10'000 && p.server().was_read() < 200'000; ++i) {
                left -= p.client().write(left);
                p.run(100ms);
                if (i > 50) {
                    p.server().read(700);
                }
            }
            CHECK(p.server().was_read() == 200'000);
            CHECK(p.client().sent(Why::zero_window_probe) > 0);
            CHECK(p.violation() == "");
        }
    }
}

TEST_CASE("pair [MUST-36]: a window update that is lost is made up for by a probe (RFC 9293 §3.8.6.1)") {
    for (char const* client : {"linux", "bsd44"}) {
        CAPTURE(client);
        Pair p{profile_of(client), profile_of("linux"), {.server_receive_buffer = 8192}};
        connected(p);
        p.client().write(8192);
        p.run(60s);
        CHECK(p.server().connection().unread() < 8192);
        p.to_client().drop(every());
        while (p.server().read(1U << 20U) > 0) {
        }
        p.run(100ms);
        p.heal();
        std::uint64_t const before = p.server().was_read();
        p.run(120s);
        CHECK(p.client().sent(Why::zero_window_probe) > 0);
        CHECK(p.server().connection().unread() > 0);
        p.server().read(1U << 20U);
        CHECK(p.server().was_read() > before);
    }
}
