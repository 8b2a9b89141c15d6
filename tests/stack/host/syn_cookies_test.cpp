// SYN cookies (RFC 4987 §3.6) as Linux makes them.
#include "stack/host/syn_cookies.hpp"

#include "tests/support/host_bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::host;
using namespace tcpsim::test;
using namespace std::chrono_literals;
using tcp::State;
using wire::Flags;

namespace {

constexpr SipKey secret{1, 2};
constexpr wire::FourTuple tuple{{address_a, 9998}, {address_b, 40000}};
constexpr SeqNum peer_iss{100};

wire::Options syn_options(bool timestamps) {
    wire::Options options;
    options.mss = 1400;
    options.window_scale = 7;
    options.sack_permitted = true;
    if (timestamps) {
        options.timestamps = wire::Timestamps{5000, 0};
    }
    return options;
}

/// Every SYN gets a cookie.
struct Cookies : HostBench {
    explicit Cookies(int backlog = 5) {
        set("tcp_syncookies", "2");
        listener = listen(9998, backlog);
    }
    /// The last SYN,ACK's acknowledgment, as its peer would send it.
    wire::TcpSegment answer(std::uint32_t text = 0) const {
        wire::TcpSegment s = segment(sent().destination_port, 9998, Flags::ack, SeqNum{101}, sent().seq + 1, text);
        wire::Options options;
        if (auto const timestamps = wire::decode(sent().options).timestamps) {
            options.timestamps = wire::Timestamps{5001, timestamps->value};
        }
        s.options = wire::encode(options, wire::OptionLayout::linux_order);
        return s;
    }
    ListenerId listener{};
};

}  // namespace

TEST_CASE("SYN cookie: the MSS comes back as the largest of Linux's msstab that is not above it") {
    for (auto const& [each_mss, back] :
         {std::pair{100, 536}, std::pair{535, 536}, std::pair{536, 536}, std::pair{1299, 536}, std::pair{1300, 1300},
          std::pair{1439, 1300}, std::pair{1440, 1440}, std::pair{1459, 1440}, std::pair{1460, 1460},
          std::pair{9000, 1460}}) {
        auto const& mss = each_mss;
        CAPTURE(mss);
        Instant const now{1000s};
        SeqNum const cookie = make_cookie(secret, tuple, peer_iss, static_cast<std::uint16_t>(mss), now);
        CHECK(mss_of_cookie(secret, tuple, peer_iss, cookie, now) == back);
    }
}

TEST_CASE("SYN cookie: good in its minute and the next") {
    Instant const minute{20 * 60s};
    SeqNum const cookie = make_cookie(secret, tuple, peer_iss, 1460, minute + 59s);
    CHECK(mss_of_cookie(secret, tuple, peer_iss, cookie, minute + 59s));
    CHECK(mss_of_cookie(secret, tuple, peer_iss, cookie, minute + 120s - 1ns));
    CHECK_FALSE(mss_of_cookie(secret, tuple, peer_iss, cookie, minute + 120s));
    CHECK_FALSE(mss_of_cookie(secret, tuple, peer_iss, cookie, minute - 1ns));
}

TEST_CASE("SYN cookie: another secret, another port or another first number of the peer's, and it is worth nothing") {
    Instant const now{1000s};
    SeqNum const cookie = make_cookie(secret, tuple, peer_iss, 1460, now);
    wire::FourTuple other = tuple;
    other.remote.port = 40001;
    CHECK_FALSE(mss_of_cookie(SipKey{1, 3}, tuple, peer_iss, cookie, now));
    CHECK_FALSE(mss_of_cookie(secret, other, peer_iss, cookie, now));
    CHECK_FALSE(mss_of_cookie(secret, tuple, peer_iss - 1, cookie, now));
    CHECK_FALSE(mss_of_cookie(secret, tuple, peer_iss + 4, cookie, now));  // the four next to it are other MSSs
    for (std::uint32_t const off : {1U, 4U, 1000U}) {
        CHECK_FALSE(mss_of_cookie(secret, tuple, peer_iss, cookie + off, now));
    }
}

TEST_CASE("SYN cookie: a timestamp's six low bits carry the options, and it is never after the clock") {
    for (std::uint32_t const ticks : {1000U, 1023U, 1024U, 64U * 77U + 41U}) {
        for (CookieOptions const& options :
             {CookieOptions{7, true, false}, CookieOptions{0, false, true}, CookieOptions{14, true, true},
              CookieOptions{std::nullopt, false, false}, CookieOptions{std::nullopt, true, false}}) {
            std::uint32_t const timestamp = cookie_timestamp(ticks, options);
            CHECK(options_of_timestamp(timestamp) == options);
            CHECK(timestamp <= ticks);
            CHECK(ticks - timestamp < 64);
        }
    }
}

TEST_CASE("tcp_syncookies = 2: nothing is remembered of a SYN, and its ACK opens the connection, text and all") {
    Cookies b;
    b.syn(40000, syn_options(true));
    REQUIRE(b.sent_only(Flags::syn | Flags::ack));
    CHECK(b.sent().ack == SeqNum{101});
    CHECK(b.a.connections().empty());
    wire::TcpSegment const answer = b.answer(5);
    b.after(30s);
    CHECK(b.silent());  // nobody repeats it
    b.arrives(answer);
    CHECK(b.out.acceptable.size() == 1);
    auto const id = b.a.accept(b.listener);
    REQUIRE(id);
    auto const& connection = *b.a.find(*id);
    CHECK(connection.state() == State::established);
    CHECK(connection.unread() == 5);
    CHECK(connection.tcb().snd.mss == 1300 - 12);
    CHECK(connection.tcb().snd.wscale == 7);
    CHECK(connection.tcb().sack_permitted);
    CHECK(connection.tcb().timestamps.enabled);
    CHECK(connection.tcb().snd.wnd == 65535U << 7U);
}

TEST_CASE("SYN cookie: without timestamps only the MSS survives, and the SYN,ACK offers no more") {
    Cookies b;
    b.syn(40000, syn_options(false));
    wire::Options const offered = wire::decode(b.sent().options);
    CHECK(offered.mss == 1460);
    CHECK_FALSE(offered.window_scale);
    CHECK_FALSE(offered.sack_permitted);
    b.arrives(b.answer());
    auto const id = b.a.accept(b.listener);
    REQUIRE(id);
    CHECK(b.a.find(*id)->tcb().snd.mss == 1300);
    CHECK(b.a.find(*id)->tcb().snd.wscale == 0);
    CHECK(b.a.find(*id)->tcb().rcv.wscale == 0);
    CHECK_FALSE(b.a.find(*id)->tcb().sack_permitted);
}

TEST_CASE(
    "SYN cookie: the timestamp is read without the pair's offset; sack and scale that were not offered stay off") {
    Cookies b;
    wire::Options options = syn_options(true);
    options.sack_permitted = false;
    options.window_scale = std::nullopt;
    b.syn(40000, options);
    b.arrives(b.answer());
    auto const id = b.a.accept(b.listener);
    REQUIRE(id);
    CHECK(b.a.find(*id)->tcb().timestamps.enabled);
    CHECK(b.a.find(*id)->tcb().snd.wscale == 0);
    CHECK_FALSE(b.a.find(*id)->tcb().sack_permitted);
}

TEST_CASE("tcp_syncookies = 1: cookies begin when more requests wait than the backlog says; no SYN goes unanswered") {
    HostBench b;
    ListenerId const listener = b.listen(9998, 4);
    for (std::uint16_t port = 40000; port < 40024; ++port) {
        b.syn(port);
        CHECK(b.sent_only(Flags::syn | Flags::ack));
    }
    CHECK(b.count(State::syn_received) == 5);
    SeqNum const last = b.sent().seq;
    b.ack(40023, last);
    CHECK(b.a.can_accept(listener));
    CHECK(b.count(State::established) == 1);
    CHECK(b.count(State::syn_received) == 5);
}

TEST_CASE("SYN cookie: with a full accept queue its ACK is dropped; after accept() it opens the connection") {
    Cookies b{0};
    b.syn(40000);
    wire::TcpSegment const first = b.answer();
    b.syn(40001);
    wire::TcpSegment const second = b.answer();
    b.arrives(first);
    b.arrives(second);
    CHECK(b.discarded_only(Discarded::accept_queue_full));
    CHECK(b.a.connections().size() == 1);
    CHECK(b.a.accept(b.listener));
    b.arrives(second);
    CHECK(b.a.accept(b.listener));
}

TEST_CASE("SYN cookie: an ACK is believed only while cookies are about, and only without SYN and RST") {
    Cookies b;
    b.syn(40000);
    wire::TcpSegment const good = b.answer();
    for (std::uint8_t const extra : {Flags::syn, Flags::rst}) {
        wire::TcpSegment bad = good;
        bad.flags.bits = static_cast<std::uint8_t>(bad.flags.bits | extra);
        b.arrives(bad);
        CHECK(b.a.connections().empty());
    }
    wire::TcpSegment guess = good;
    guess.ack = guess.ack - 1;
    b.arrives(guess);
    CHECK(b.sent_only(Flags::rst));
    // The same number, genuine but without a SYN before it, at a listener that never sent one.
    HostBench calm;
    ListenerId const listener = calm.listen();
    calm.arrives(good);
    CHECK(calm.sent_only(Flags::rst));
    CHECK_FALSE(calm.a.can_accept(listener));
}

TEST_CASE("SYN cookie: an old one gets a RST") {
    Cookies b;
    b.after(20s);  // 1020 s: a minute begins
    b.syn(40000);
    wire::TcpSegment const answer = b.answer();
    b.after(120s - 1ns);
    b.arrives(answer);
    CHECK(b.a.can_accept(b.listener));
    Cookies late;
    late.after(20s);
    late.syn(40000);
    late.after(120s);
    late.arrives(answer);
    CHECK(late.sent_only(Flags::rst));
}

TEST_CASE("RFC 6298 §3, Karn: a SYN cookie's ACK says nothing of the round trip but by its timestamp") {
    Cookies b;
    b.syn(40000, syn_options(false));
    wire::TcpSegment const answer = b.answer();
    b.after(50ms);
    b.arrives(answer);
    auto const& connection = *b.a.find(b.a.accept(b.listener).value());
    CHECK_FALSE(connection.tcb().rtt.measured());
    CHECK(connection.tcb().rtt.rto(b.profile) == b.profile.rto.fallback.value);
}

TEST_CASE("4.4BSD knows no SYN cookies") {
    HostBench b{"bsd44"};
    b.listen(9998, 0);
    b.syn(40000);
    b.syn(40001);
    CHECK(b.discarded_only(Discarded::accept_queue_full));
}
