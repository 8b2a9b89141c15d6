// getsockopt(TCP_INFO): tcp(7), struct tcp_info.
#include "tests/support/socket_bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::socket;
using namespace tcpsim::test;
using namespace std::chrono_literals;

namespace {

TcpInfo info(SocketBench& t, FileId file) { return t.a.tcp_info(file, t.now).value(); }

}  // namespace

TEST_CASE("TCP_INFO: EBADF, a fresh socket is CLOSE, a listener tells its queue") {
    SocketBench t;
    CHECK(t.a.tcp_info(FileId{99}, t.now).error() == Errno::ebadf);
    TcpInfo const fresh = t.a.tcp_info(t.a.socket().value(), t.now).value();
    CHECK(fresh ==
          TcpInfo{.state = 7, .rto_us = 1'000'000, .snd_ssthresh = 0x7fff'ffff, .snd_cwnd = 10, .reordering = 3});
    FileId const listening = t.listener(3);
    t.connected();
    t.connected();
    CHECK(t.b.tcp_info(listening, t.now).value() == TcpInfo{.state = 10, .unacked = 2, .sacked = 3});
}

TEST_CASE("TCP_INFO: the state by Linux's numbers") {
    SocketBench t;
    t.cut = true;
    FileId const opening = t.a.socket().value();
    CHECK(t.connect(opening) == Errno::einprogress);
    CHECK(info(t, opening).state == 2);
    t.cut = false;
    Ends const e = two_ends(t);
    CHECK(info(t, e.client).state == 1);
    CHECK(t.a.shutdown(e.client, ShutdownHow::write, t.now, t.out).ok());
    CHECK(info(t, e.client).state == 4);
    t.settle();
    CHECK(t.b.tcp_info(e.server, t.now).value().state == 8);
    CHECK(t.b.shutdown(e.server, ShutdownHow::write, t.now, t.out).ok());
    CHECK(t.b.tcp_info(e.server, t.now).value().state == 9);
    t.settle_from_b();
    CHECK(info(t, e.client).state == 7);  // Linux: what waits in TIME-WAIT is no socket any more, and this one is CLOSE
    CHECK(t.b.tcp_info(e.server, t.now).value().state == 7);
}

TEST_CASE("TCP_INFO: options, scales, sizes and windows of a connection") {
    SocketBench t;
    Ends const e = two_ends(t);
    TcpInfo const i = info(t, e.client);
    CHECK(i.options == 1 + 2 + 4);  // timestamps, SACK, window scale
    CHECK(i.snd_wscale == 10);
    CHECK(i.rcv_wscale == 10);
    CHECK(i.snd_mss == 1448);
    CHECK(i.advmss == 1448);
    CHECK(i.pmtu == 1500);
    CHECK(i.snd_cwnd == 10);
    CHECK(i.snd_ssthresh == 0x7fff'ffff);
    CHECK(i.reordering == 3);
    CHECK(i.ca_state == 0);
    CHECK(i.rto_us == 204'000);  // no round trip to speak of: 200 ms, and the clock's granule
}

TEST_CASE("TCP_INFO: bytes and segments, both ways") {
    SocketBench t;
    Ends const e = two_ends(t);
    CHECK(t.write(e.client, 3000).ok());
    TcpInfo const sender = info(t, e.client);
    CHECK(sender.bytes_sent == 3000);
    CHECK(sender.bytes_acked == 3001);  // an active OPEN's SYN counts (Linux tcp_snd_una_update)
    CHECK(sender.bytes_retrans == 0);
    CHECK(sender.total_retrans == 0);
    CHECK(sender.data_segs_out == 3);
    CHECK(sender.segs_out == 2 + 3);  // SYN, ACK
    CHECK(sender.unacked == 0);
    CHECK(sender.notsent_bytes == 0);
    CHECK(sender.delivered == 4);
    TcpInfo const receiver = t.b.tcp_info(e.server, t.now).value();
    CHECK(receiver.bytes_received == 3000);
    CHECK(receiver.data_segs_in == 3);
    CHECK(receiver.segs_in == 2 + 3);  // SYN, ACK; the SYN,ACK is not counted (measured on Linux 6.18)
    CHECK(receiver.segs_out == 3);     // an ACK each, at once
    CHECK(receiver.delivered == 1);
    CHECK(receiver.bytes_acked == 0);
    CHECK(receiver.bytes_sent == 0);
    t.write_b(e.server, 100);
    CHECK(t.b.tcp_info(e.server, t.now).value().bytes_acked == 100);
    CHECK(info(t, e.client).bytes_received == 100);
}

TEST_CASE("TCP_INFO: what is outstanding, unsent and repeated, and since when") {
    SocketBench t;
    Ends const e = two_ends(t);
    CHECK(t.write(e.client, 10).ok());
    t.now += 700ms;
    t.cut = true;
    CHECK(t.write(e.client, 20 * 1448).ok());
    TcpInfo const i = info(t, e.client);
    CHECK(i.unacked == 10);
    CHECK(i.notsent_bytes == 10 * 1448);
    CHECK(i.last_data_sent == 0);
    CHECK(i.last_ack_recv == 700);
    host::ConnectionId const id = t.host_a.connections().at(0);
    while (info(t, e.client).retransmits == 0) {
        t.now = t.host_a.find(id)->next_deadline();
        t.host_a.timers_expire(id, t.now, t.out);
    }
    TcpInfo const later = info(t, e.client);
    CHECK(later.ca_state == 4);
    CHECK(later.backoff == 1);
    CHECK(later.rto_us == 2 * i.rto_us);
    CHECK(later.lost == later.unacked);
    CHECK(later.retrans == 1);
    CHECK(later.total_retrans >= 1);
    CHECK(later.bytes_retrans == later.total_retrans * 1448ULL);
    CHECK(later.bytes_sent == (later.unacked + later.total_retrans) * 1448ULL + 10);
    CHECK(later.snd_cwnd == 1);
}

TEST_CASE("TCP_INFO: segments that came before their turn, and D-SACKs for what came twice") {
    SocketBench t;
    Ends const e = two_ends(t);
    REQUIRE(t.a.setsockopt(e.client, Option::tcp_nodelay, 1, t.now, t.out).ok());
    t.out.clear();
    for (int i = 0; i < 3; ++i) {
        REQUIRE(t.a.write(e.client, Payload::pattern(1, 0, 100), t.now, t.out).ok());
    }
    std::vector<host::Outgoing> const sent = std::exchange(t.out.frames, {});
    REQUIRE(sent.size() == 3);
    auto const deliver = [&](std::size_t i) { t.host_b.frame_arrives(0, sent[i].frame, t.now, t.out); };
    auto const out_of_order = [&] { return t.b.tcp_info(e.server, t.now).value().rcv_ooopack; };
    deliver(2);
    CHECK(out_of_order() == 1);
    deliver(1);
    deliver(0);
    CHECK(out_of_order() == 2);
    t.settle_from_b();
    std::uint32_t const before = info(t, e.client).dsack_dups;
    deliver(0);
    t.settle_from_b();
    CHECK(info(t, e.client).dsack_dups == before + 1);
}

TEST_CASE("TCP_INFO: busy_time runs from the first byte to the last acknowledgment") {
    SocketBench t;
    Ends const e = two_ends(t);
    t.now += 1s;
    CHECK(info(t, e.client).busy_time_us == 0);
    REQUIRE(t.a.write(e.client, Payload::pattern(1, 0, 100), t.now, t.out).ok());
    t.now += 30ms;
    CHECK(info(t, e.client).busy_time_us == 30'000);
    t.settle();
    t.now += 1s;
    CHECK(info(t, e.client).busy_time_us == 30'000);
    CHECK(info(t, e.client).rwnd_limited_us == 0);
    CHECK(info(t, e.client).sndbuf_limited_us == 0);
}

TEST_CASE("TCP_INFO: rwnd_limited runs while the peer's window holds text back") {
    SocketBench t;
    FileId const listening = t.listener();
    REQUIRE(t.b.setsockopt(listening, Option::so_rcvbuf, 2000, t.now, t.out).ok());
    FileId const client = t.connected();
    FileId const server = t.b.accept(listening).value();
    REQUIRE(t.write(client, 20'000).ok());
    t.now += 50ms;
    TcpInfo const held = info(t, client);
    CHECK(held.rwnd_limited_us == 50'000);
    CHECK(held.busy_time_us == 50'000);
    while (t.b.tcp_info(server, t.now).value().bytes_received < 20'000) {
        REQUIRE(t.b.read(server, 100'000, t.now, t.out).ok());
        t.settle_from_b();
        REQUIRE(t.now < Instant{2000s});
        t.now += 1ms;
        host::ConnectionId const id = t.host_a.connections().at(0);
        if (t.host_a.next_deadline(id) <= t.now) {
            t.host_a.timers_expire(id, t.now, t.out);
            t.settle();
        }
    }
    std::uint64_t const limited = info(t, client).rwnd_limited_us;
    CHECK(limited >= 50'000);
    t.now += 1s;
    CHECK(info(t, client).rwnd_limited_us == limited);
}

TEST_CASE("TCP_INFO: sndbuf_limited runs while all is out and the writer waits for room") {
    SocketBench t;
    Ends const e = two_ends(t);
    REQUIRE(t.a.setsockopt(e.client, Option::so_sndbuf, 2304, t.now, t.out).ok());
    REQUIRE(t.a.setsockopt(e.client, Option::tcp_nodelay, 1, t.now, t.out).ok());
    t.cut = true;
    while (t.a.write(e.client, Payload::pattern(1, 0, 500), t.now, t.out).ok()) {
    }
    REQUIRE(info(t, e.client).unacked <= 5);  // fewer than half the window: that is not the limit
    t.now += 40ms;
    TcpInfo const waiting = info(t, e.client);
    CHECK(waiting.notsent_bytes == 0);
    CHECK(waiting.sndbuf_limited_us == 40'000);
    CHECK(waiting.busy_time_us == 40'000);
    t.cut = false;
    t.settle();
    t.now += 1s;
    CHECK(info(t, e.client).sndbuf_limited_us == 40'000);
}
