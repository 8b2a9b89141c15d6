// What the send buffer is charged with (Linux sk_wmem_queued), and when it grows.
#include "stack/tcp/send_memory.hpp"

#include "stack/tcp/sendable.hpp"
#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;

namespace {

constexpr std::uint32_t mss = 1460;
constexpr std::uint32_t packet_overhead = 832;  // SO_MEMINFO, measured

}  // namespace

TEST_CASE("Linux: segments that left as one packet are charged as one, until the last of them is acknowledged") {
    Dialogue d = Dialogue::established(profile_of("linux"));
    CHECK(d.write(6 * mss) == 6 * mss);
    tcp::Tcb const& tcb = d.connection().tcb();
    tcp::Scoreboard const& sent = tcb.send_queue.sent();
    REQUIRE(sent.size() == 6);
    std::uint32_t const packets = sent.packets();
    CHECK(packets < 6);
    CHECK(packets > 0);
    CHECK(tcp::send_memory(tcb, d.profile()) == 6 * mss + packets * packet_overhead);
    d.peer(ACK.ack(mss));
    CHECK(sent.packets() == packets);
    CHECK(tcp::send_memory(tcb, d.profile()) == 5 * mss + packets * packet_overhead);
    d.peer(ACK.ack(5 * mss));
    CHECK(sent.packets() == 1);
    d.peer(ACK.ack(6 * mss));
    CHECK(sent.packets() == 0);
    CHECK(tcp::send_memory(tcb, d.profile()) == 0);
}

TEST_CASE("Linux: of unsent text each packet is charged, the first though a part of it has gone") {
    Dialogue d = Dialogue::established(profile_of("linux"));
    CHECK(d.write(40 * mss) > 10 * mss);
    tcp::Tcb const& tcb = d.connection().tcb();
    REQUIRE(tcp::unsent_text(tcb) > 0);
    std::uint32_t const unsent = tcp::unsent_packets(tcb);
    CHECK(unsent >= 1);
    CHECK(tcp::send_memory(tcb, d.profile()) ==
          tcb.send_queue.size() + (tcb.send_queue.sent().packets() + unsent) * packet_overhead);
}

TEST_CASE("Linux tcp_should_expand_sndbuf: while the congestion window is full a larger buffer is of no use") {
    Dialogue d = Dialogue::established(profile_of("linux"));
    tcp::Tcb const& tcb = d.connection().tcb();
    constexpr std::uint32_t two_windows = 2 * 10 * 2304;
    CHECK(tcb.send_buffer == two_windows);
    CHECK(d.write(1'000'000) < 1'000'000);  // somebody waits
    REQUIRE(tcp::unsent_text(tcb) > 2 * mss);
    d.peer(ACK.ack(mss));
    REQUIRE(tcb.send_queue.sent().in_flight() == tcb.congestion.cwnd());
    CHECK(tcb.send_buffer == two_windows);
}
