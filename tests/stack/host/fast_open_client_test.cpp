// Fast Open's client side (RFC 7413 §4.1.3, §4.2.1): what it learns of answers, and what it makes of it.
#include "stack/wire/fast_open.hpp"
#include "tests/support/host_bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::host;
using namespace tcpsim::test;
using namespace std::chrono_literals;
using tcp::State;
using wire::Flags;

namespace {

constexpr std::uint16_t option_space = 40;  // RFC 9293 §3.1: what options may take at most

wire::FastOpenOption cookie_of(std::uint8_t byte, bool experimental = false) {
    wire::FastOpenOption option{.experimental = experimental};
    for (int i = 0; i < 4; ++i) {
        option.cookie.push_back(byte);
    }
    return option;
}

struct Answer {
    std::optional<std::uint16_t> mss{1460};
    std::optional<wire::FastOpenOption> option{};
    std::uint32_t acknowledges{0};  ///< of the SYN's text
    std::uint32_t text{0};
    std::uint8_t more_flags{0};
    bool timestamps{false};
};

struct Client : HostBench {
    explicit Client(char const* mode = "1") { set("tcp_fastopen", mode); }
    ConnectionId open(std::uint64_t text, FirstText first = {}, ConnectionOptions const& options = {}) {
        out.clear();
        first.text = Payload::pattern(1, 0, text);
        FastOpened const opened = a.connect_with({}, {address_b, 80}, options, first, now, out).value();
        iss = sent().seq;
        CHECK(opened.taken == sent().payload.size());
        return opened.id;
    }
    void answer(ConnectionId id, Answer const& with = {}) {
        wire::TcpSegment s = segment(80, a.find(id)->tuple().local.port,
                                     static_cast<std::uint8_t>(Flags::syn | Flags::ack | with.more_flags), SeqNum{300},
                                     iss + 1 + with.acknowledges, with.text);
        wire::Options options{.mss = with.mss, .sack_permitted = true};
        s.options = wire::encode(options, wire::OptionLayout::linux_order);
        if (with.option) {
            REQUIRE(wire::append_fast_open(s.options, *with.option));
        }
        arrives(std::move(s));
    }
    /// A connection that only asks.
    void ask(Answer const& with) { answer(open(0), with); }
    [[nodiscard]] tcp::Tcb const& tcb(ConnectionId id) const { return a.find(id)->tcb(); }
    [[nodiscard]] std::optional<wire::FastOpenOption> option() const { return wire::fast_open_of(sent().options); }
    SeqNum iss{};
};

}  // namespace

TEST_CASE("RFC 7413 §4.1.3: text fits the path, the server's latest MSS and TCP_MAXSEG, options deducted") {
    Client b;
    b.ask({.mss = 1000, .option = cookie_of(1)});
    b.open(3000);
    CHECK(b.sent().payload.size() == 1000 - option_space);
    ConnectionOptions narrow;
    narrow.user.max_segment = 999;
    b.open(3000, {}, narrow);
    CHECK(b.sent().payload.size() == 999 - option_space);
    narrow.user.max_segment = 1001;
    ConnectionId const id = b.open(3000, {}, narrow);
    CHECK(b.sent().payload.size() == 1000 - option_space);
    b.answer(id, {.mss = 1200, .acknowledges = 1000 - option_space});
    b.open(3000);
    CHECK(b.sent().payload.size() == 1200 - option_space);
    CHECK(b.option() == cookie_of(1));
    b.ask({.mss = 9000});
    b.open(3000);
    CHECK(b.sent().payload.size() == 1460 - option_space);
    b.ask({.mss = 1100});
    b.ask({.mss = std::nullopt});
    b.open(3000);
    CHECK(b.sent().payload.size() == 1100 - option_space);
}

TEST_CASE("RFC 7413 §4.1.3: a SYN without the option learns nothing; nor does one that is refused") {
    Client b;
    ConnectionId const plain = b.connect({address_b, 80}).value();
    b.iss = b.sent().seq;
    b.answer(plain, {.mss = 1000, .option = cookie_of(1)});
    b.open(3000);
    CHECK(b.option() == wire::FastOpenOption{});
    Client refused;
    ConnectionId const id = refused.open(0);
    refused.answer(id, {.mss = 1000, .option = cookie_of(1), .acknowledges = 100});
    CHECK(refused.sent_only(Flags::rst));
    CHECK_FALSE(refused.a.opens_fast({}, address_b));
    refused.answer(id, {.option = cookie_of(1)});
    CHECK(refused.a.opens_fast({}, address_b));
    CHECK(refused.a.opens_fast(address_a, address_b));
    CHECK_FALSE(refused.a.opens_fast(address_b, address_b));
}

TEST_CASE("tcp_fastopen, 4: the MSS is learnt without a cookie, a cookie that nobody asked for is not") {
    Client b{"5"};
    CHECK(b.a.opens_fast({}, address_b));
    ConnectionId const id = b.open(3000);
    CHECK(b.sent().payload.size() == 1460 - option_space);
    CHECK_FALSE(b.option());
    b.answer(id, {.mss = 1000, .option = cookie_of(1), .acknowledges = 1460 - option_space});
    b.open(3000);
    CHECK(b.sent().payload.size() == 1000 - option_space);
    b.set("tcp_fastopen", "1");
    CHECK_FALSE(b.a.opens_fast({}, address_b));
    b.open(3000);
    CHECK(b.option() == wire::FastOpenOption{});
    CHECK(b.sent().payload.empty());
}

TEST_CASE(
    "Linux try_exp: who gets no cookie asks in the experimental form once, unless a SYN was repeated or had text") {
    Client b;
    b.ask({});
    b.open(0);
    CHECK(b.option() == wire::FastOpenOption{.experimental = true});
    b.ask({.option = cookie_of(1, true)});
    b.open(10);
    CHECK(b.option() == cookie_of(1, true));
    Client silent_server;
    silent_server.ask({});
    silent_server.ask({});
    silent_server.ask({});
    silent_server.open(0);
    CHECK(silent_server.option() == wire::FastOpenOption{});
    Client late;
    ConnectionId const id = late.open(0);
    late.after(1s);
    late.answer(id);
    late.open(0);
    CHECK(late.option() == wire::FastOpenOption{});
    late.ask({.option = wire::FastOpenOption{}});  // an answer, though empty
    late.open(0);
    CHECK(late.option() == wire::FastOpenOption{});
}

TEST_CASE("Linux tcp_rcv_fastopen_synack: SYN and text count as one that was delivered; what goes again counts anew") {
    Client b;
    b.ask({.option = cookie_of(1)});
    ConnectionId const taken = b.open(500);
    CHECK_FALSE(b.tcb(taken).fast_open.text_taken);
    b.answer(taken, {.acknowledges = 500});
    CHECK(b.tcb(taken).send_queue.sent().delivered() == 1);
    CHECK(b.tcb(taken).fast_open.text_taken);
    CHECK(b.tcb(taken).recovery.phase == tcp::Recovery::Phase::open);
    ConnectionId const again = b.open(500);
    b.answer(again);
    CHECK(b.tcb(again).send_queue.sent().delivered() == 1);
    CHECK_FALSE(b.tcb(again).fast_open.text_taken);
    CHECK(b.tcb(again).recovery.phase == tcp::Recovery::Phase::loss);
    CHECK(b.tcb(again).congestion.cwnd() == 10);
    ConnectionId const none = b.open(0);
    b.answer(none);
    CHECK(b.tcb(none).send_queue.sent().delivered() == 1);
}

TEST_CASE("RFC 7413 §4.2.1: of text that is acknowledged in part the rest goes again, in the server's segments") {
    Client b;
    b.ask({.option = cookie_of(1)});
    ConnectionId const id = b.open(1000);
    SeqNum const first = b.iss + 1;
    b.answer(id, {.mss = 536, .acknowledges = 100});
    REQUIRE(b.out.frames.size() == 2);
    CHECK(b.sent(0).seq == first + 100);
    CHECK(b.sent(0).payload == Payload::pattern(1, 100, 536));
    CHECK(b.sent(1).seq == first + 636);
    CHECK(b.sent(1).payload == Payload::pattern(1, 636, 1000 - 636));
    CHECK(b.tcb(id).send_queue.sent().repeated() == 2);
}

TEST_CASE("Linux tcp_fastopen_add_skb: a SYN,ACK's text and FIN are taken, unless our own text must go again") {
    Client b;
    b.ask({.option = cookie_of(1)});
    ConnectionId const id = b.open(100);
    b.answer(id, {.acknowledges = 100, .text = 200, .more_flags = Flags::fin});
    CHECK(b.a.find(id)->state() == State::close_wait);
    CHECK(b.a.find(id)->unread() == 200);
    CHECK(b.tcb(id).rcv.nxt == SeqNum{300 + 1 + 200 + 1});
    ConnectionId const asked = b.open(0);
    b.answer(asked, {.text = 200});
    CHECK(b.a.find(asked)->unread() == 200);
    CHECK(b.tcb(asked).fast_open.text_taken);
    CHECK(b.sent().ack == SeqNum{300 + 1 + 200});
    ConnectionId const again = b.open(100);
    b.answer(again, {.text = 200});
    CHECK(b.a.find(again)->unread() == 0);
    CHECK(b.sent().ack == SeqNum{301});
    b.out.clear();
    ConnectionId const plain = b.connect({address_b, 80}).value();
    b.iss = b.sent().seq;
    b.answer(plain, {.text = 200});
    CHECK(b.a.find(plain)->unread() == 0);
}

TEST_CASE("Linux sk_write_pending: who waits with more text saves the ACK of the SYN,ACK, for 200 ms") {
    Client b;
    ConnectionId const asking = b.open(10, {.waits = true});  // all of it waits
    b.answer(asking, {.option = cookie_of(1)});
    CHECK(b.silent());
    b.after(200ms - 1ns);
    CHECK(b.silent());
    b.after(1ns);
    CHECK(b.sent_only(Flags::ack));
    for (auto const& [each_text, each_saves] : {std::pair{1420U, false}, std::pair{1421U, true}}) {
        auto const& text = each_text;
        auto const& saves = each_saves;
        CAPTURE(text);
        ConnectionId const id = b.open(text, {.waits = true});
        b.answer(id, {.acknowledges = 1420});
        CHECK(b.silent() == saves);
    }
    ConnectionId const patient = b.open(1421);
    b.answer(patient, {.acknowledges = 1420});
    CHECK(b.sent_only(Flags::ack));
    ConnectionId const writer = b.open(1421, {.waits = true});
    b.answer(writer, {.acknowledges = 1420});
    REQUIRE(b.a.send(writer, Payload::text("x"), b.now, b.out).ok());
    CHECK(b.sent_only(Flags::ack | Flags::psh));
    b.after(1ms);
    CHECK(b.silent());
}

TEST_CASE("Linux PAWSACTIVEREJECTED: a SYN,ACK with an echo of nothing is reset, but the SYN is not hurried") {
    Client b;
    ConnectionId const id = b.open(0);
    wire::TcpSegment wrong =
        segment(80, b.a.find(id)->tuple().local.port, Flags::syn | Flags::ack, SeqNum{300}, b.iss + 1);
    std::uint32_t const value = wire::decode(b.sent().options).timestamps->value;
    wrong.options = wire::encode({.timestamps = wire::Timestamps{1, value + 1000}}, wire::OptionLayout::linux_order);
    b.arrives(wrong);
    CHECK(b.sent_only(Flags::rst));
    b.after(999ms);
    CHECK(b.silent());
}
