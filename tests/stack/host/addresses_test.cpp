// RFC 9293 §3.9.2.3: addresses that are no host's. And RFC 9293 §3.4.1: where a connection's numbers begin.
#include "tests/support/host_bench.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace tcpsim;
using namespace tcpsim::host;
using namespace tcpsim::test;
using namespace std::chrono_literals;
using tcp::State;
using wire::Flags;

namespace {

constexpr wire::Ipv4Address subnet_broadcast{0x0a0100ff};  // 10.1.0.255/24
constexpr wire::Ipv4Address everybody{0xffffffff};
constexpr wire::Ipv4Address first_group{0xe0000001};
constexpr wire::Ipv4Address last_group{0xefffffff};

/// With a way to everywhere, so that nothing but the address is wrong.
Configuration with_default_route() {
    Configuration c = configuration_of(true);
    c.routes.push_back({{{}, 0}, 0, address_b});
    return c;
}

SeqNum iss_at(HostBench& b, std::uint16_t port, Duration after = {}) {
    b.now += after;
    return b.a.find(b.connect({address_b, 80}, {{}, port}).value())->tcb().snd.iss;
}

}  // namespace

TEST_CASE("RFC 9293 §3.9.2.3 [MUST-46]: connect() to a broadcast or multicast address is ENETUNREACH") {
    for (wire::Ipv4Address const address : {subnet_broadcast, everybody, first_group, last_group}) {
        CAPTURE(address.value);
        HostBench b{"linux", with_default_route()};
        CHECK(b.connect({address, 80}).error() == Errno::enetunreach);
        CHECK(b.silent());
    }
    HostBench b{"linux", with_default_route()};
    for (wire::Ipv4Address const address :
         {wire::Ipv4Address{0x0a0100fe}, wire::Ipv4Address{0xdfffffff}, wire::Ipv4Address{0xf0000001}}) {
        CAPTURE(address.value);
        CHECK(b.connect({address, 80}).ok());
    }
}

TEST_CASE("RFC 9293 §3.9.2.3 [MUST-57]: a SYN to a broadcast or multicast address is discarded in silence") {
    for (wire::Ipv4Address const address : {subnet_broadcast, everybody, first_group}) {
        HostBench b;
        b.listen();
        b.arrives(address_b, address, segment(40000, 9998, Flags::syn, SeqNum{100}));
        CHECK(b.discarded_only(Discarded::not_for_us));
        CHECK(b.a.connections().empty());
        b.arrives(address_b, address, segment(40000, 80, Flags::syn, SeqNum{100}));  // nor is there a RST
        CHECK(b.discarded_only(Discarded::not_for_us));
    }
}

TEST_CASE("RFC 9293 §3.9.2.3 [MUST-63]: a SYN from an address that no other host can have is ignored") {
    for (wire::Ipv4Address const address : {subnet_broadcast, everybody, first_group, last_group, wire::Ipv4Address{},
                                            wire::Ipv4Address{0x00ffffff}, address_a}) {
        CAPTURE(address.value);
        HostBench b{"linux", with_default_route()};
        b.listen();
        b.arrives(address, address_a, segment(40000, 9998, Flags::syn, SeqNum{100}));
        CHECK(b.discarded_only(Discarded::invalid_source));
        CHECK(b.a.connections().empty());
    }
    HostBench b{"linux", with_default_route()};
    b.listen();
    for (wire::Ipv4Address const address : {wire::Ipv4Address{0x01000000}, wire::Ipv4Address{0x0a0101ff}}) {
        b.arrives(address, address_a, segment(40000, 9998, Flags::syn, SeqNum{100}));
        CHECK(b.sent_only(Flags::syn | Flags::ack));
    }
}

TEST_CASE("RFC 3021: a prefix of 31 bits has no broadcast address") {
    wire::Ipv4Prefix const thirty{{0x0a010000}, 30};
    wire::Ipv4Prefix const thirty_one{{0x0a010000}, 31};
    CHECK(thirty.is_broadcast({0x0a010003}));
    CHECK_FALSE(thirty.is_broadcast({0x0a010002}));
    CHECK_FALSE(thirty.is_broadcast({0x0a010007}));
    CHECK_FALSE(thirty_one.is_broadcast({0x0a010001}));
}

TEST_CASE("RFC 9293 §3.4.1 [MUST-8]: initial sequence numbers follow a clock: 64 ns ticks on Linux") {
    HostBench b;
    SeqNum const first = iss_at(b, 5000);
    HostBench later;
    CHECK(iss_at(later, 5000, 4us) - first == 62);  // 4000 / 64
}

TEST_CASE(
    "RFC 9293 §3.4.1 [MUST-9]: neither another connection's number nor time tells the next one, without the secret") {
    HostBench b;
    std::set<std::int32_t> steps;
    SeqNum last = iss_at(b, 5000);
    for (std::uint16_t port = 5001; port < 5021; ++port) {
        SeqNum const next = iss_at(b, port);
        steps.insert(next - last);
        last = next;
    }
    CHECK(steps.size() == 20);
}

TEST_CASE("4.4BSD: one counter gives every initial sequence number, 64000 a connection and 64000 each half second") {
    HostBench b{"bsd44"};
    SeqNum const first = iss_at(b, 5000);
    CHECK(iss_at(b, 5001) - first == 64000);
    CHECK(iss_at(b, 5002, 500ms) - first == 3 * 64000);
}

TEST_CASE(
    "tcp_timestamps: 1 hides the clock behind an offset for each pair of addresses, 2 shows it; 4.4BSD has none") {
    auto const first_timestamp = [](HostBench& b) {
        REQUIRE(b.connect({address_b, 80}).ok());
        return wire::decode(b.sent().options).timestamps.value().value;
    };
    HostBench hidden;
    CHECK(first_timestamp(hidden) != 1'000'000);
    HostBench shown;
    shown.set("tcp_timestamps", "2");
    CHECK(first_timestamp(shown) == 1'000'000);  // 1000 s in milliseconds
    HostBench bsd{"bsd44"};
    CHECK(first_timestamp(bsd) == 2000);  // in half seconds
}

TEST_CASE(
    "RFC 9293 §3.9.1.9 [MUST-48] [SHLD-21] [SHLD-22]: IP_TOS reaches IP, also changed on the way, but its ECN bits") {
    HostBench b;
    ConnectionOptions options;
    options.user.tos = 0xb8;  // expedited forwarding
    ConnectionId const id = b.connect({address_b, 80}, {}, options).value();
    auto const tos = [&] { return std::get<wire::Ipv4Packet>(b.out.frames.at(0).frame.body).header.tos; };
    CHECK(tos() == 0xb8);
    b.arrives(segment(80, b.a.find(id)->tuple().local.port, Flags::syn | Flags::ack, SeqNum{100}, b.sent().seq + 1));
    CHECK(tos() == 0xb8);
    options.user.tos = 0x2b;
    b.a.set_options(id, options.user, b.now, b.out);
    b.out.clear();
    CHECK(b.a.send(id, Payload::text("x"), b.now, b.out).ok());
    CHECK(tos() == 0x28);
}
