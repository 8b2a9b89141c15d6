// What is known of a peer from earlier connections: Linux tcp_metrics with its Fast Open part.
#include "stack/host/peer_memory.hpp"

#include "tests/support/hosts.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::host;
using namespace tcpsim::test;
using namespace std::chrono_literals;

namespace {

constexpr PeerMemory::Addresses here{address_a, address_b};

wire::FastOpenOption cookie_of(std::uint8_t byte) {
    wire::FastOpenOption option;
    for (int i = 0; i < 8; ++i) {
        option.cookie.push_back(byte);
    }
    return option;
}

}  // namespace

TEST_CASE("Linux tcp_fastopen_cache_set: what an answer does not say stays as it was") {
    PeerMemory memory;
    CHECK(memory.fast_open(here) == FastOpenMemory{});
    memory.learn(here, {.mss = 1000, .cookie = cookie_of(1)});
    CHECK(memory.fast_open(here).mss == 1000);
    CHECK(memory.fast_open(here).cookie == cookie_of(1));
    memory.learn(here, {.mss = 900});
    CHECK(memory.fast_open(here).mss == 900);
    CHECK(memory.fast_open(here).cookie == cookie_of(1));
    memory.learn(here, {.cookie = wire::FastOpenOption{}});  // an option without a cookie
    CHECK(memory.fast_open(here).cookie == cookie_of(1));
    memory.learn(here, {.cookie = cookie_of(2)});
    CHECK(memory.fast_open(here).mss == 900);
    CHECK(memory.fast_open(here).cookie == cookie_of(2));
}

TEST_CASE("Linux try_exp: only rises, and not where a cookie is known") {
    PeerMemory memory;
    memory.learn(here, {.unanswered = 2});
    CHECK(memory.fast_open(here).unanswered == 2);
    memory.learn(here, {.unanswered = 1});
    CHECK(memory.fast_open(here).unanswered == 2);
    PeerMemory given;
    given.learn(here, {.cookie = cookie_of(1)});
    given.learn(here, {.unanswered = 1});
    CHECK(given.fast_open(here).unanswered == 0);
}

TEST_CASE("Linux tcp_get_metrics: by both addresses") {
    PeerMemory memory;
    memory.learn(here, {.mss = 1000});
    memory.keep(here, {.rtt = 1}, Instant{});
    for (PeerMemory::Addresses const& other :
         {PeerMemory::Addresses{address_b, address_a}, PeerMemory::Addresses{address_a, address_a},
          PeerMemory::Addresses{address_b, address_b}}) {
        CHECK(memory.fast_open(other).mss == 0);
        CHECK(memory.metrics(other, Instant{}, 1h).rtt == 0);
    }
}

TEST_CASE("TCP_METRICS_TIMEOUT: metrics grow old, cookies do not") {
    PeerMemory memory;
    Instant const then{1000s};
    memory.learn(here, {.mss = 1000});
    memory.keep(here, {.rtt = 5}, then);
    CHECK(memory.metrics(here, then + 1h, 1h).rtt == 5);
    CHECK(memory.metrics(here, then + 1h + 1ns, 1h) == tcp::PathMetrics{});
    CHECK(memory.fast_open(here).mss == 1000);
    memory.keep(here, {.rtt = 6}, then + 1h);
    CHECK(memory.metrics(here, then + 2h, 1h).rtt == 6);
}
