// Fast Open (RFC 7413): cookies, text in a SYN, and going on without it.
#include "stack/wire/fast_open.hpp"

#include "stack/wire/icmp.hpp"
#include "tests/support/host_bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::host;
using namespace tcpsim::test;
using namespace std::chrono_literals;
using tcp::State;
using wire::Flags;

namespace {

using Cookie = std::optional<wire::FastOpenOption>;

constexpr std::uint16_t peer_port = 40000;

wire::FastOpenOption some_cookie(std::uint8_t first = 1) {
    wire::FastOpenOption option;
    for (std::uint8_t i = 0; i < 8; ++i) {
        option.cookie.push_back(static_cast<std::uint8_t>(first + i));
    }
    return option;
}

wire::TcpSegment with_option(wire::TcpSegment s, Cookie const& option, std::uint16_t mss = 1460) {
    s.options = wire::encode(wire::Options{.mss = mss}, wire::OptionLayout::linux_order);
    if (option) {
        REQUIRE(wire::append_fast_open(s.options, *option));
    }
    return s;
}

/// What a router says to the server about a packet of its own.
void router_says(HostBench& bench, wire::IcmpMessage const& message) {
    bench.out.clear();
    wire::Frame frame = frame_to_a(wire::TcpSegment{});
    auto& packet = std::get<wire::Ipv4Packet>(frame.body);
    packet.header.protocol = wire::protocol_icmp;
    packet.body = message;
    bench.a.frame_arrives(0, frame, bench.now, bench.out);
}

/// A server that takes Fast Open.
struct Server : HostBench {
    explicit Server(char const* mode = "3", int fast_open_backlog = 16) {
        set("tcp_fastopen", mode);
        ConnectionOptions options;
        options.fast_open_backlog = fast_open_backlog;
        listener = listen(9998, 128, options);
    }
    void syn_with(Cookie const& option, std::uint32_t text, std::uint16_t port = peer_port) {
        arrives(with_option(segment(port, 9998, Flags::syn, SeqNum{100}, {}, text), option));
    }
    /// The cookie that the peer would be given.
    wire::FastOpenOption cookie() {
        syn_with(wire::FastOpenOption{}, 0, 39999);
        wire::FastOpenOption const given = wire::fast_open_of(sent().options).value();
        arrives(segment(39999, 9998, Flags::rst, SeqNum{101}));
        return given;
    }
    ListenerId listener{};
};

/// A client that has a cookie of 10.1.0.3, by a first connection.
struct Client : HostBench {
    explicit Client(std::uint16_t mss = 1460) {
        FastOpened const first = open(100);
        CHECK(first.taken == 0);
        CHECK(wire::fast_open_of(sent().options) == wire::FastOpenOption{});
        CHECK(sent().payload.empty());
        SeqNum const iss = sent().seq;
        std::uint16_t const port = a.find(first.id)->tuple().local.port;
        arrives(with_option(segment(80, port, Flags::syn | Flags::ack, SeqNum{300}, iss + 1), some_cookie(), mss));
        REQUIRE(a.find(first.id)->state() == State::established);
    }
    FastOpened open(std::uint64_t text) {
        out.clear();
        return a.connect_with({}, {address_b, 80}, {}, {Payload::pattern(1, 0, text)}, now, out).value();
    }
    /// The SYN,ACK that acknowledges so much of the text.
    void answer(FastOpened const& opened, SeqNum iss, std::uint32_t text, Cookie const& option = {}) {
        std::uint16_t const port = a.find(opened.id)->tuple().local.port;
        arrives(with_option(segment(80, port, Flags::syn | Flags::ack, SeqNum{300}, iss + 1 + text), option));
    }
};

}  // namespace

TEST_CASE("RFC 7413 §4.1.2: who asks is given a cookie of eight bytes, his own and the host's secret") {
    Server b;
    b.syn_with(wire::FastOpenOption{}, 0);
    REQUIRE(b.sent_only(Flags::syn | Flags::ack));
    CHECK(b.sent().ack == SeqNum{101});
    wire::FastOpenOption const first = wire::fast_open_of(b.sent().options).value();
    CHECK(first.cookie.size() == 8);
    CHECK_FALSE(first.experimental);
    CHECK(Server{}.cookie() == first);
    Server keyed;
    keyed.a.set_fast_open_key(SipKey{5, 6});
    CHECK_FALSE(keyed.cookie() == first);
    b.syn_with(wire::FastOpenOption{.experimental = true}, 0, 40001);
    CHECK(wire::fast_open_of(b.sent().options).value().experimental);
    CHECK(wire::fast_open_of(b.sent().options).value().cookie == first.cookie);
}

TEST_CASE("RFC 7413 §4.2.2: text with a good cookie is acknowledged, accepted and read before the handshake's end") {
    Server b;
    wire::FastOpenOption const cookie = b.cookie();
    b.syn_with(cookie, 500);
    REQUIRE(b.sent_only(Flags::syn | Flags::ack));
    CHECK(b.sent().ack == SeqNum{601});
    CHECK_FALSE(wire::fast_open_of(b.sent().options));
    CHECK(b.out.acceptable.size() == 1);
    SeqNum const iss = b.sent().seq;
    ConnectionId const id = b.a.accept(b.listener).value();
    CHECK(b.a.find(id)->state() == State::syn_received);
    CHECK(b.a.receive(id, 1000, b.now, b.out).value().size() == 500);
    b.out.clear();
    CHECK(b.a.send(id, Payload::text("hello"), b.now, b.out).value() == 5);  // §4.2.2: and may be answered
    REQUIRE(b.out.frames.size() == 1);
    CHECK(b.sent().seq == iss + 1);
    CHECK(b.sent().payload.size() == 5);
    b.arrives(segment(peer_port, 9998, Flags::ack, SeqNum{601}, iss + 6));
    CHECK(b.a.find(id)->state() == State::established);
    CHECK(b.out.acceptable.empty());
    CHECK_FALSE(b.a.accept(b.listener));
}

TEST_CASE(
    "Linux tcp_v4_err: who was accepted by Fast Open counts as connected: errors on the way end nothing [MUST-56]") {
    Server b;
    wire::FastOpenOption const cookie = b.cookie();
    b.syn_with(cookie, 500);
    ConnectionId const id = b.a.accept(b.listener).value();
    auto const about = std::get<wire::Ipv4Packet>(b.out.frames.at(0).frame.body);
    for (std::uint8_t const code : {wire::icmp_net, wire::icmp_host, wire::icmp_port}) {
        router_says(b, wire::icmp_error(wire::icmp_unreachable, code, 0, about));
        REQUIRE(b.a.find(id) != nullptr);
        CHECK(b.a.find(id)->state() == State::syn_received);
        CHECK(b.a.find(id)->error() == Errno::none);
        CHECK(b.a.find(id)->soft_error() != Errno::none);
    }
}

TEST_CASE("RFC 7413 §4.2.2: text without a good cookie is not taken; a bad one gets the good one") {
    Server b;
    wire::FastOpenOption const good = b.cookie();
    b.syn_with(some_cookie(), 500);
    CHECK(b.sent().ack == SeqNum{101});
    CHECK(wire::fast_open_of(b.sent().options) == good);
    CHECK(b.out.acceptable.empty());
    b.syn_with(std::nullopt, 500, 40001);
    CHECK(b.sent().ack == SeqNum{101});
    CHECK_FALSE(wire::fast_open_of(b.sent().options));
    wire::FastOpenOption longer = good;
    longer.cookie.push_back(0);
    longer.cookie.push_back(0);
    b.syn_with(longer, 500, 40002);
    CHECK(b.sent().ack == SeqNum{101});
}

TEST_CASE("tcp_fastopen: servers take part with 2, and TCP_FASTOPEN or 1024; with 512 they ask for no cookie") {
    struct Case {
        char const* mode;
        int backlog;
        bool gives_cookie;
    };
    for (auto const& [each_mode, backlog, gives_cookie] :
         {Case{"1", 16, false}, Case{"2", 16, true}, Case{"2", 0, false}, Case{"1026", 0, true},
          Case{"1025", 0, false}}) {
        auto const& mode = each_mode;
        CAPTURE(mode);
        Server b{mode, backlog};
        b.syn_with(wire::FastOpenOption{}, 0);
        CHECK(wire::fast_open_of(b.sent().options).has_value() == gives_cookie);
    }
    Server free_for_all{"514"};
    free_for_all.syn_with(std::nullopt, 10);
    CHECK(free_for_all.sent().ack == SeqNum{111});
    Server strict{"2"};
    strict.syn_with(std::nullopt, 10);
    CHECK(strict.sent().ack == SeqNum{101});
}

TEST_CASE("TCP_FASTOPEN: so many may be pending; a completed, reset or forgotten handshake makes room") {
    Server b{"3", 2};
    wire::FastOpenOption const cookie = b.cookie();
    b.syn_with(cookie, 10, 40001);
    SeqNum const first = b.sent().seq;
    b.syn_with(cookie, 10, 40002);
    CHECK(b.sent().ack == SeqNum{111});
    b.syn_with(cookie, 10, 40003);
    CHECK(b.sent().ack == SeqNum{101});
    b.arrives(segment(40001, 9998, Flags::ack, SeqNum{111}, first + 1));
    b.syn_with(cookie, 10, 40004);
    CHECK(b.sent().ack == SeqNum{111});
    b.syn_with(cookie, 10, 40005);
    CHECK(b.sent().ack == SeqNum{101});
    b.arrives(segment(40002, 9998, Flags::rst, SeqNum{111}));
    b.syn_with(cookie, 10, 40006);
    CHECK(b.sent().ack == SeqNum{111});
}

TEST_CASE("RFC 7413: a RST before the handshake's end is told to who accepted") {
    Server b;
    b.syn_with(b.cookie(), 10);
    ConnectionId const id = b.a.accept(b.listener).value();
    b.arrives(segment(peer_port, 9998, Flags::rst, SeqNum{111}));
    REQUIRE(b.a.find(id) != nullptr);
    CHECK(b.a.find(id)->unread() == 10);
    CHECK(b.a.find(id)->error() == Errno::econnreset);
}

TEST_CASE("RFC 7413: the SYN,ACK that acknowledges text is repeated like any other, without the option") {
    Server b;
    b.syn_with(b.cookie(), 10);
    b.after(1s);
    REQUIRE(b.sent_only(Flags::syn | Flags::ack));
    CHECK(b.sent().ack == SeqNum{111});
    Server asked;
    asked.syn_with(wire::FastOpenOption{}, 0);
    asked.after(1s);
    REQUIRE(asked.sent_only(Flags::syn | Flags::ack));
    CHECK_FALSE(wire::fast_open_of(asked.sent().options));
}

TEST_CASE("RFC 7413 §4.2.1: with a cookie the text goes with the SYN; its ACK completes (tfo_cookie_then_data)") {
    Client b;
    FastOpened const second = b.open(500);
    CHECK(second.taken == 500);
    REQUIRE(b.sent_only(Flags::syn));
    CHECK(wire::fast_open_of(b.sent().options) == some_cookie());
    CHECK(b.sent().payload.size() == 500);
    b.answer(second, b.sent().seq, 500);
    REQUIRE(b.sent_only(Flags::ack));
    CHECK(b.sent().payload.empty());
    CHECK(b.a.find(second.id)->state() == State::established);
    CHECK(b.a.find(second.id)->unacknowledged() == 0);
}

TEST_CASE("RFC 7413 §4.2.1: text that the SYN,ACK does not acknowledge goes again at once") {
    Client b;
    FastOpened const second = b.open(500);
    SeqNum const iss = b.sent().seq;
    b.answer(second, iss, 0, some_cookie(50));
    REQUIRE(b.sent_only(Flags::ack | Flags::psh));
    CHECK(b.sent().seq == iss + 1);
    CHECK(b.sent().payload == Payload::pattern(1, 0, 500));
    b.open(10);
    CHECK(wire::fast_open_of(b.sent().options) == some_cookie(50));  // the newest cookie counts
}

TEST_CASE("RFC 7413 §4.2.1: a SYN that is repeated brings neither text nor cookie") {
    Client b;
    FastOpened const second = b.open(500);
    SeqNum const iss = b.sent().seq;
    b.after(1s);
    REQUIRE(b.sent_only(Flags::syn));
    CHECK(b.sent().seq == iss);
    CHECK(b.sent().payload.empty());
    CHECK_FALSE(wire::fast_open_of(b.sent().options));
    b.answer(second, iss, 0);
    CHECK(b.sent().payload.size() == 500);
}

TEST_CASE("RFC 7413 §4.1.3: a SYN's text leaves room for all options in the server's segment size") {
    Client b{1000};
    CHECK(b.open(5000).taken == 1000 - 40);
    CHECK(b.sent().payload.size() == 1000 - 40);
    Client usual;
    CHECK(usual.open(5000).taken == 1460 - 40);
}

TEST_CASE("tcp_fastopen: clients take part with 1; with 4 they send text without a cookie; 4.4BSD never does") {
    for (auto const& [each_mode, taken] : {std::pair{"0", 0U}, std::pair{"1", 0U}, std::pair{"5", 10U}}) {
        auto const& mode = each_mode;
        CAPTURE(mode);
        HostBench b;
        b.set("tcp_fastopen", mode);
        auto const opened = b.a.connect_with({}, {address_b, 80}, {}, {Payload::pattern(1, 0, 10)}, b.now, b.out);
        CHECK(opened.value().taken == taken);
        CHECK(wire::fast_open_of(b.sent().options).has_value() == (std::string_view{mode} == "1"));
    }
    HostBench bsd{"bsd44"};
    CHECK(bsd.a.connect_with({}, {address_b, 80}, {}, {Payload::pattern(1, 0, 10)}, bsd.now, bsd.out).value().taken ==
          0);
    CHECK_FALSE(wire::fast_open_of(bsd.sent().options));
    CHECK(bsd.a.connect_with({}, {{0xe0000001}, 80}, {}, {}, bsd.now, bsd.out).error() == Errno::enetunreach);
}
