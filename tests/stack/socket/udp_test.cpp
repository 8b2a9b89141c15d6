// UDP sockets: udp(7), ip(7), RFC 1122 §4.1, and what Linux 6.18 was recorded to do (udp_*).
#include "tests/support/socket_bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::socket;
using namespace tcpsim::test;

namespace {

constexpr wire::Endpoint server_53{address_b, 53};
constexpr wire::Endpoint nobody{address_b, 54};

struct Udp {
    SocketBench t{};
    FileId client{t.a.socket(SocketType::datagram).value()};
    FileId server{t.b.socket(SocketType::datagram).value()};

    Udp() { REQUIRE(t.b.bind(server, {{}, 53}).ok()); }
    Result<std::uint64_t> send(std::uint64_t bytes, std::optional<wire::Endpoint> to = {}) {
        Result<std::uint64_t> sent = t.a.send(client, Payload::pattern(1, 0, bytes), {}, t.now, t.out, to);
        t.settle();
        return sent;
    }
    Result<Received> receive(std::uint64_t at_most = 100, ReceiveFlags flags = {}) {
        return t.a.receive(client, at_most, flags, t.now, t.out);
    }
    Result<Received> receive_b(std::uint64_t at_most = 100, ReceiveFlags flags = {}) {
        return t.b.receive(server, at_most, flags, t.now, t.out);
    }
    void answer(std::uint64_t bytes, wire::Endpoint to) {
        CHECK(t.b.send(server, Payload::pattern(1, 0, bytes), {}, t.now, t.out, to).ok());
        t.settle_from_b();
    }
    wire::Endpoint here() { return {address_a, t.a.getsockname(client).value().port}; }
    std::string ready() { return mask(t.a.poll(client)); }
};

/// An ICMP error of a router about the last packet that a sent.
void icmp(Udp& u, std::uint8_t type, std::uint8_t code) {
    wire::Ipv4Packet const about = std::get<wire::Ipv4Packet>(u.t.out.frames.at(0).frame.body);
    u.t.out.clear();
    wire::Ipv4Packet packet;
    packet.header.source = address_b;
    packet.header.destination = address_a;
    packet.header.protocol = wire::protocol_icmp;
    packet.body = wire::icmp_error(type, code, 0, about);
    wire::Frame frame;
    frame.destination = mac_a;
    frame.source = mac_b;
    frame.body = packet;
    u.t.host_a.frame_arrives(0, frame, u.t.now, u.t.out);
    u.t.woken_a = u.t.a.woken_by(u.t.out);
    u.t.out.clear();
}

}  // namespace

TEST_CASE("UDP: a fresh socket can be written; nothing to read, no peer, no address, EDESTADDRREQ") {
    Udp u;
    CHECK(u.ready() == "OUT");
    CHECK(u.receive().error() == Errno::eagain);
    CHECK(u.t.a.getpeername(u.client).error() == Errno::enotconn);
    CHECK(u.t.a.getsockname(u.client).value() == wire::Endpoint{});
    CHECK(u.send(5).error() == Errno::edestaddrreq);
    CHECK(u.send(5, wire::Endpoint{address_b, 0}).error() == Errno::einval);
    CHECK(u.send(5, wire::Endpoint{{0xc0a80001}, 9}).error() == Errno::enetunreach);
    CHECK(u.t.a.listen(u.client, 1).error() == Errno::eopnotsupp);
    CHECK(u.t.a.accept(u.client).error() == Errno::eopnotsupp);
    CHECK(u.t.a.shutdown(u.client, ShutdownHow::both, u.t.now, u.t.out).error() == Errno::enotconn);
    CHECK(u.t.a.tcp_info(u.client, u.t.now).error() == Errno::eopnotsupp);
    CHECK(u.t.a.getsockopt(u.client, Option::so_type).value() == 2);
    CHECK(u.t.a.getsockopt(u.client, Option::so_protocol).value() == 17);
    CHECK(u.t.a.getsockopt(u.client, Option::tcp_nodelay).error() == Errno::eopnotsupp);
    CHECK(u.t.a.setsockopt(u.client, Option::tcp_nodelay, 1, u.t.now, u.t.out).error() == Errno::enoprotoopt);
}

TEST_CASE("UDP sendto and recvfrom: an ephemeral port, whose answers come back; datagrams stay whole and in order") {
    Udp u;
    CHECK(u.send(5, server_53).value() == 5);
    CHECK(u.send(0, server_53).value() == 0);
    CHECK(u.send(7, server_53).value() == 7);
    CHECK(u.here().port >= 32'768);
    CHECK(u.t.b.ioctl(u.server, Inquiry::fionread).value() == 5);
    for (std::uint64_t const bytes : {5U, 0U, 7U}) {
        Result<Received> const came = u.receive_b();
        REQUIRE(came.ok());
        CHECK(came.value().data == Payload::pattern(1, 0, bytes));
        CHECK(came.value().length == bytes);
        CHECK(came.value().from == u.here());
        CHECK_FALSE(came.value().truncated);
    }
    CHECK(u.receive_b().error() == Errno::eagain);
    u.answer(6, u.here());
    CHECK(u.t.woken_a == std::vector<FileId>{u.client});
    CHECK(u.ready() == "IN|OUT");
    CHECK(u.receive().value().from == server_53);
    CHECK(u.ready() == "OUT");
}

TEST_CASE("UDP recv: what does not fit is lost and said so; MSG_TRUNC tells the whole length, MSG_PEEK keeps it") {
    Udp u;
    CHECK(u.send(50, server_53).ok());
    CHECK(u.send(60, server_53).ok());
    Result<Received> const ahead = u.receive_b(20, {.peek = true, .truncate = true});
    CHECK(ahead.value().length == 50);
    CHECK(ahead.value().data.size() == 20);
    CHECK(ahead.value().truncated);
    CHECK(u.receive_b(20).value().length == 20);
    CHECK(u.receive_b(60).value().truncated == false);
    CHECK(u.receive_b().error() == Errno::eagain);
}

TEST_CASE("UDP connect: send needs no address, others are not heard, again for another peer (udp(7))") {
    Udp u;
    CHECK(u.t.a.connect(u.client, server_53, u.t.now, u.t.out).ok());
    CHECK(u.t.a.getpeername(u.client).value() == server_53);
    CHECK(u.t.a.getsockname(u.client).value().address == address_a);
    CHECK(u.send(5).value() == 5);
    CHECK(u.receive_b().value().from == u.here());
    FileId const stranger = u.t.b.socket(SocketType::datagram).value();
    CHECK(u.t.b.send(stranger, Payload::text("x"), {}, u.t.now, u.t.out, u.here()).ok());
    u.t.settle_from_b();
    CHECK(u.receive().error() == Errno::eagain);
    u.answer(3, u.here());
    CHECK(u.receive().value().length == 3);
    CHECK(u.t.a.connect(u.client, nobody, u.t.now, u.t.out).ok());
    u.answer(3, u.here());
    CHECK(u.receive().error() == Errno::eagain);
    CHECK(u.t.a.connect(u.client, {{0xc0a80001}, 9}, u.t.now, u.t.out).error() == Errno::enetunreach);
}

TEST_CASE(
    "UDP to a closed port, connected: ECONNREFUSED once, to recv, the next send, or SO_ERROR "
    "(udp_connected_closed_port)") {
    Udp u;
    CHECK(u.t.a.connect(u.client, nobody, u.t.now, u.t.out).ok());
    for (int who = 0; who < 3; ++who) {
        CAPTURE(who);
        CHECK(u.send(5).value() == 5);
        CHECK(u.t.woken_a == std::vector<FileId>{u.client});
        CHECK(u.ready() == "OUT|ERR");
        Errno const told = who == 0   ? u.receive().error()
                           : who == 1 ? u.send(5).error()
                                      : static_cast<Errno>(u.t.a.getsockopt(u.client, Option::so_error).value());
        CHECK(told == Errno::econnrefused);
        CHECK(u.ready() == "OUT");
        CHECK(u.receive().error() == Errno::eagain);
    }
}

TEST_CASE(
    "UDP to a closed port, not connected: nobody is told, except where the profile says so "
    "(udp_unconnected_closed_port)") {
    using profile::DatagramErrors;
    for (DatagramErrors const policy : {DatagramErrors::linux_hard, DatagramErrors::connected, DatagramErrors::all}) {
        Udp u;
        u.t.profile.sockets.datagram_errors.value = policy;
        CHECK(u.send(5, nobody).value() == 5);
        bool const told = policy == DatagramErrors::all;
        CHECK(u.ready() == (told ? "OUT|ERR" : "OUT"));
        CHECK(u.receive().error() == (told ? Errno::econnrefused : Errno::eagain));
    }
}

TEST_CASE("UDP and ICMP: only hard errors on Linux, all of them on 4.4BSD (udp_connected_host_unreachable)") {
    struct Said {
        std::uint8_t type, code;
        Errno linux;
        Errno bsd;
    };
    // Linux icmp_err_convert; 4.4BSD inetctlerrmap.
    constexpr Said all[]{
        {3, 0, Errno::none, Errno::ehostunreach},          {3, 1, Errno::none, Errno::ehostunreach},
        {3, 2, Errno::enoprotoopt, Errno::econnrefused},   {3, 3, Errno::econnrefused, Errno::econnrefused},
        {3, 5, Errno::none, Errno::ehostunreach},          {3, 6, Errno::enetunreach, Errno::ehostunreach},
        {3, 10, Errno::ehostunreach, Errno::ehostunreach}, {3, 11, Errno::none, Errno::ehostunreach},
        {3, 12, Errno::none, Errno::ehostunreach},         {11, 0, Errno::none, Errno::none}};
    for (Said const& said : all) {
        for (bool const bsd : {false, true}) {
            CAPTURE(static_cast<int>(said.type));
            CAPTURE(static_cast<int>(said.code));
            CAPTURE(bsd);
            Udp u;
            if (bsd) {
                u.t.profile.sockets.datagram_errors = profile::find("bsd44")->sockets.datagram_errors;
                u.t.profile.icmp = profile::find("bsd44")->icmp;
            }
            CHECK(u.t.a.connect(u.client, server_53, u.t.now, u.t.out).ok());
            CHECK(u.t.a.send(u.client, Payload::text("hello"), {}, u.t.now, u.t.out).ok());
            icmp(u, said.type, said.code);
            Errno const expected = bsd ? said.bsd : said.linux;
            CHECK(u.receive().error() == (expected == Errno::none ? Errno::eagain : expected));
        }
    }
}

TEST_CASE("UDP, IP_RECVERR: every error, connected or not; MSG_ERRQUEUE tells it with what it was about (ip(7))") {
    Udp u;
    CHECK(u.t.a.setsockopt(u.client, Option::ip_recverr, 1, u.t.now, u.t.out).ok());
    CHECK(u.t.a.getsockopt(u.client, Option::ip_recverr).value() == 1);
    CHECK(u.receive(100, {.error_queue = true}).error() == Errno::eagain);
    CHECK(u.t.a.send(u.client, Payload::text("hello"), {}, u.t.now, u.t.out, server_53).ok());
    icmp(u, 3, 1);
    CHECK(u.t.woken_a == std::vector<FileId>{u.client});
    CHECK(u.ready() == "OUT|ERR");
    Result<Received> const told = u.receive(100, {.error_queue = true});
    REQUIRE(told.ok());
    REQUIRE(told.value().report);
    CHECK(told.value().report->error == Errno::ehostunreach);
    CHECK(told.value().report->type == 3);
    CHECK(told.value().report->code == 1);
    CHECK(told.value().report->offender == address_b);
    CHECK(told.value().from == server_53);
    CHECK(told.value().length == 8);  // RFC 792: the UDP header
    CHECK(u.ready() == "OUT");        // with the last report the pending error is gone
    CHECK(u.receive().error() == Errno::eagain);
    CHECK(u.t.a.send(u.client, Payload::text("hello"), {}, u.t.now, u.t.out, server_53).ok());
    icmp(u, 3, 1);
    CHECK(u.receive().error() == Errno::ehostunreach);  // whoever does not read the queue is told, too
    CHECK(u.ready() == "OUT|ERR");
    CHECK(u.t.a.setsockopt(u.client, Option::ip_recverr, 0, u.t.now, u.t.out).ok());
    CHECK(u.ready() == "OUT");
}

TEST_CASE(
    "UDP receive buffer: by packets' memory on Linux; what finds no room is dropped (9 of 832 bytes in 8192, "
    "measured)") {
    Udp u;
    CHECK(u.t.b.getsockopt(u.server, Option::so_rcvbuf).value() == 212'992);
    CHECK(u.t.b.getsockopt(u.server, Option::so_sndbuf).value() == 212'992);
    CHECK(u.t.b.setsockopt(u.server, Option::so_rcvbuf, 4096, u.t.now, u.t.out).ok());
    for (int i = 0; i < 20; ++i) {
        CHECK(u.send(5, server_53).ok());
    }
    int count = 0;
    while (u.receive_b().ok()) {
        ++count;
    }
    CHECK(count == 9);
    CHECK(u.send(5, server_53).ok());  // read is room again
    CHECK(u.receive_b().ok());
    // SO_MEMINFO after one datagram over loopback: 832 up to 197 bytes, 1280 up to 645, 2304 beyond.
    for (auto const& [bytes, memory] : {std::pair{197U, 832U}, std::pair{198U, 1280U}, std::pair{645U, 1280U},
                                        std::pair{646U, 2304U}, std::pair{1472U, 2304U}}) {
        Udp v;
        CHECK(v.t.b.setsockopt(v.server, Option::so_rcvbuf, 2304, v.t.now, v.t.out).ok());  // 4608
        int fit = 0;
        for (int i = 0; i < 10; ++i) {
            CHECK(v.send(bytes, server_53).ok());
        }
        while (v.receive_b(2000).ok()) {
            ++fit;
        }
        CHECK(fit == static_cast<int>(4608 / memory));
    }
}

TEST_CASE("UDP: a datagram that no packet holds is EMSGSIZE") {
    Udp u;
    CHECK(u.send(1472, server_53).ok());
    CHECK(u.send(1473, server_53).error() == Errno::emsgsize);
}

TEST_CASE("UDP bind: EADDRINUSE unless both share, EINVAL twice, EADDRNOTAVAIL; the most specific socket hears") {
    Udp u;
    FileId const other = u.t.b.socket(SocketType::datagram).value();
    CHECK(u.t.b.bind(other, {address_b, 53}).error() == Errno::eaddrinuse);
    CHECK(u.t.b.bind(other, {address_a, 53}).error() == Errno::eaddrnotavail);
    for (FileId const file : {u.server, other}) {
        CHECK(u.t.b.setsockopt(file, Option::so_reuseaddr, 1, u.t.now, u.t.out).ok());
    }
    CHECK(u.t.b.bind(other, {address_b, 53}).ok());
    CHECK(u.t.b.bind(other, {address_b, 54}).error() == Errno::einval);
    CHECK(u.send(5, server_53).ok());
    CHECK(u.receive_b().error() == Errno::eagain);
    CHECK(u.t.b.receive(other, 10, {}, u.t.now, u.t.out).ok());
    u.t.b.release(other, closing, u.t.now, u.t.out);
    CHECK(u.send(5, server_53).ok());
    CHECK(u.receive_b().ok());
    FileId const tcp = u.t.b.socket().value();
    CHECK(u.t.b.bind(tcp, {{}, 53}).ok());  // TCP's ports are others
}

TEST_CASE("UDP shutdown, when connected: reads that wait end, writes are EPIPE (shutdown(2))") {
    Udp u;
    CHECK(u.t.a.connect(u.client, server_53, u.t.now, u.t.out).ok());
    CHECK(u.t.a.shutdown(u.client, ShutdownHow::read, u.t.now, u.t.out).ok());
    CHECK(u.ready() == "IN|OUT|RDHUP");
    CHECK(u.receive(100, {.waits = true}) == Result<Received>{Received{}});
    CHECK(u.receive().error() == Errno::eagain);
    CHECK(u.send(1).ok());
    CHECK(u.t.a.shutdown(u.client, ShutdownHow::write, u.t.now, u.t.out).ok());
    CHECK(u.ready() == "IN|OUT|HUP|RDHUP");
    CHECK(u.send(1).error() == Errno::epipe);
}

TEST_CASE("UDP bind, SO_REUSEADDR: of those who share a port whoever was bound last has what comes") {
    Udp u;
    FileId const first = u.t.b.socket(SocketType::datagram).value();
    FileId const second = u.t.b.socket(SocketType::datagram).value();
    for (FileId const file : {second, first}) {
        CHECK(u.t.b.setsockopt(file, Option::so_reuseaddr, 1, u.t.now, u.t.out).ok());
        CHECK(u.t.b.bind(file, {{}, 99}).ok());
    }
    CHECK(u.send(1, wire::Endpoint{address_b, 99}).ok());
    CHECK(u.t.b.receive(second, 9, {}, u.t.now, u.t.out).error() == Errno::eagain);
    CHECK(u.t.b.receive(first, 9, {}, u.t.now, u.t.out).ok());
}

TEST_CASE("UDP bind, SO_REUSEPORT: those who share a port share the flows, each flow has one (socket(7))") {
    Udp u;
    FileId const sharing[]{u.t.b.socket(SocketType::datagram).value(), u.t.b.socket(SocketType::datagram).value()};
    for (FileId const file : sharing) {
        CHECK(u.t.b.setsockopt(file, Option::so_reuseport, 1, u.t.now, u.t.out).ok());
        CHECK(u.t.b.bind(file, {{}, 99}).ok());
    }
    int of_first = 0;
    constexpr int flows = 32;
    for (int i = 0; i < flows; ++i) {
        FileId const sender = u.t.a.socket(SocketType::datagram).value();
        int here = 0;
        for (int repeated = 0; repeated < 2; ++repeated) {
            wire::Endpoint const to{address_b, 99};
            CHECK(u.t.a.send(sender, Payload::text("x"), {}, u.t.now, u.t.out, to).ok());
            u.t.settle();
            here += u.t.b.receive(sharing[0], 9, {}, u.t.now, u.t.out).ok() ? 1 : 0;
        }
        CHECK((here == 0 || here == 2));
        of_first += here / 2;
    }
    CHECK(of_first > flows / 4);
    CHECK(of_first < flows - flows / 4);
}

TEST_CASE("UDP, MSG_MORE: one datagram for whom the first part named; too large, all of it is lost (send(2))") {
    Udp u;
    constexpr SendFlags more{.more = true};
    auto const send = [&](char const* text, SendFlags flags, std::optional<wire::Endpoint> to) {
        Result<std::uint64_t> const sent = u.t.a.send(u.client, Payload::text(text), flags, u.t.now, u.t.out, to);
        u.t.settle();
        return sent.ok() ? static_cast<std::int64_t>(sent.value()) : -static_cast<std::int64_t>(sent.error());
    };
    CHECK(send("ab", more, server_53) == 2);
    CHECK(u.receive_b().error() == Errno::eagain);
    CHECK(send("cd", more, nobody) == 2);
    CHECK(send("ef", {}, std::nullopt) == 2);
    CHECK(u.receive_b().value().data.to_string() == "abcdef");
    CHECK(send("ab", more, server_53) == 2);
    CHECK(send(std::string(1471, 'x').c_str(), {}, server_53) == -static_cast<std::int64_t>(Errno::emsgsize));
    CHECK(u.receive_b().error() == Errno::eagain);
    CHECK(send("z", {}, server_53) == 1);
    CHECK(u.receive_b().value().data.to_string() == "z");
}
