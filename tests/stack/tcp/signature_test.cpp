// TCP MD5 signatures: RFC 2385. The digests and the options are those of segments that a Linux 6.18 sent to itself with the
// key "hello", 127.0.0.1:40001 to 127.0.0.1:9998.
#include "stack/tcp/signature.hpp"

#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using wire::Flags;

namespace {

constexpr wire::Ipv4Address loopback{0x7f000001};
constexpr wire::FourTuple client{{loopback, 40001}, {loopback, 9998}};
constexpr wire::FourTuple server{client.remote, client.local};

wire::OptionBytes bytes(std::string_view hex) {
    wire::OptionBytes options;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        auto const byte = static_cast<std::uint8_t>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16));
        REQUIRE(options.append({&byte, 1}));
    }
    return options;
}

wire::TcpSegment recorded(std::uint8_t flags, std::uint32_t seq, std::uint32_t ack, std::uint16_t window,
                          std::string_view options, std::string_view text = {}) {
    wire::TcpSegment s;
    s.source_port = client.local.port;
    s.destination_port = client.remote.port;
    s.flags = Flags{flags};
    s.seq = SeqNum{seq};
    s.ack = SeqNum{ack};
    s.window = window;
    s.options = bytes(options);
    s.payload = Payload::text(text);
    return s;
}

wire::TcpSegment syn() {
    return recorded(Flags::syn, 3557325538U, 0, 65495,
                    "01011312015ec63fc0c7c5c689afb0955eeb82680204ffd7010104020103030a");
}

wire::TcpSegment text_segment() {
    return recorded(Flags::psh | Flags::ack, 3557325539U, 2230945695U, 64, "01011312a33f3dd0c921734ea17d765821ecdd27",
                    "abc");
}

profile::Profile with_timestamps_off() {
    profile::Profile p = profile_of("linux");
    p.options.timestamps.value = false;
    return p;
}

}  // namespace

TEST_CASE("RFC 2385 §2.0: the digest covers the pseudo header, the header without options, the text and the key") {
    for (wire::TcpSegment const& signed_segment : {syn(), text_segment()}) {
        CHECK(tcp::is_signed(signed_segment));
        CHECK_FALSE(tcp::signature_refused(signed_segment, server, "hello"));
        wire::TcpSegment again = signed_segment;
        wire::Options options = wire::decode(again.options);
        options.md5 = Md5Digest{};
        again.options = wire::encode(options, wire::OptionLayout::linux_order);
        CHECK(tcp::signature_refused(again, server, "hello"));
        tcp::sign(again, client, "hello");
        CHECK(again == signed_segment);
    }
}

TEST_CASE("RFC 2385 §2.0: whatever was changed on the way is noticed, but for the options") {
    auto const refused = [](auto change) {
        wire::TcpSegment s = text_segment();
        change(s);
        return tcp::signature_refused(s, server, "hello");
    };
    CHECK(refused([](auto& s) { s.source_port = 1; }));
    CHECK(refused([](auto& s) { s.destination_port = 1; }));
    CHECK(refused([](auto& s) { s.seq += 1; }));
    CHECK(refused([](auto& s) { s.ack += 1; }));
    CHECK(refused([](auto& s) { s.flags.bits |= Flags::fin; }));
    CHECK(refused([](auto& s) { s.window = 65; }));
    CHECK(refused([](auto& s) { s.urgent = 1; }));
    CHECK(refused([](auto& s) { s.payload = Payload::text("abd"); }));
    CHECK(refused([](auto& s) { s.payload = Payload::text("ab"); }));
    CHECK(refused([](auto& s) { s.options = bytes("01011312a33f3dd0c921734ea17d765821ecdd26"); }));
    CHECK(refused([](auto& s) { s.options = bytes("01011312a33f3dd0c921734ea17d765821ecdd2701010101"); }));  // longer
    CHECK_FALSE(refused([](auto& s) { s.options = bytes("1312a33f3dd0c921734ea17d765821ecdd270101"); }));
    wire::FourTuple elsewhere = server;
    elsewhere.local.address = wire::Ipv4Address{0x7f000002};
    CHECK(tcp::signature_refused(text_segment(), elsewhere, "hello"));
    elsewhere = server;
    elsewhere.remote.address = wire::Ipv4Address{0x7f000002};
    CHECK(tcp::signature_refused(text_segment(), elsewhere, "hello"));
}

TEST_CASE("RFC 2385 §2.0: a signature that is missing, wrong, or not asked for") {
    wire::TcpSegment plain = text_segment();
    plain.options.clear();
    CHECK_FALSE(tcp::is_signed(plain));
    CHECK(tcp::signature_refused(plain, server, "hello"));
    CHECK_FALSE(tcp::signature_refused(plain, server, ""));
    CHECK(tcp::signature_refused(text_segment(), server, "hallo"));
    CHECK(tcp::signature_refused(text_segment(), server, ""));
    tcp::sign(plain, client, "hello");  // there is no place for it
    CHECK(plain.options.empty());
}

TEST_CASE("Linux tcp_syn_options: a signed SYN carries no timestamps; its options stand as recorded") {
    tcp::OpenWith with;
    with.tuple = client;
    with.iss = SeqNum{3557325538U};
    with.link_mss = 65495;
    with.md5_key = "hello";
    tcp::Actions out;
    profile::Profile const profile = profile_of("linux");
    tcp::Connection connection = tcp::Connection::active_open(with, profile, Instant{std::chrono::seconds{1}}, out);
    REQUIRE(out.emitted() == 1);
    wire::TcpSegment sent = out[0].segment;
    sent.window = 65495;
    tcp::sign(sent, client, connection.md5_key());
    CHECK(sent == syn());
}

TEST_CASE("RFC 2385 §4.1, §4.3: a signature takes 20 bytes of every segment, and of the room for SACK") {
    Dialogue d = Dialogue::established(with_timestamps_off());
    d.set_md5_key("hello");
    d.peer(text(10).seq(20));
    d.peer(text(10).seq(40));
    d.peer(text(10).seq(60));
    d.expect(ACK.ack(0).sack({{20, 30}}));
    d.expect(ACK.ack(0).sack({{40, 50}, {20, 30}}));
    d.expect(ACK.ack(0).sack({{60, 70}, {40, 50}}));  // a third would not fit
}

TEST_CASE("RFC 2385 §4.3: the effective MSS is smaller by a signature") {
    constexpr std::uint16_t mss = 1460;
    for (bool const is_signed : {false, true}) {
        tcp::OpenWith with;
        with.tuple = client;
        with.md5_key = is_signed ? "hello" : "";
        tcp::Actions out;
        profile::Profile const profile = profile_of("linux");
        Instant const now{std::chrono::seconds{1}};
        tcp::Connection connection = tcp::Connection::active_open(with, profile, now, out);
        out.clear();
        wire::TcpSegment answer;
        answer.flags = Flags{Flags::syn | Flags::ack};
        answer.ack = SeqNum{1};
        wire::Options options;
        options.mss = mss;
        answer.options = wire::encode(options, wire::OptionLayout::linux_order);
        connection.segment_arrives(answer, now, out);
        CHECK(connection.tcb().snd.mss == (is_signed ? mss - 20 : mss));
        // Every segment holds a place for its signature, a RST, too.
        CHECK(tcp::is_signed(out[0].segment) == is_signed);
        out.clear();
        connection.abort(tcp::Cause{tcp::Why::aborted}, now, out);
        CHECK(tcp::is_signed(out[0].segment) == is_signed);
    }
}

TEST_CASE("Linux tcp_synack_options: an answer keeps timestamps only where there is no SACK to make room for") {
    for (bool const sack : {false, true}) {
        CAPTURE(sack);
        wire::Options options = Dialogue::with_timestamps();
        options.sack_permitted = sack;
        wire::TcpSegment request;
        request.flags = Flags{Flags::syn};
        request.options = wire::encode(options, wire::OptionLayout::linux_order);
        tcp::OpenWith with;
        with.tuple = server;
        with.md5_key = "hello";
        tcp::Actions out;
        profile::Profile const profile = profile_of("linux");
        tcp::Connection::passive_open(with, request, profile, Instant{std::chrono::seconds{1}}, out);
        wire::Options const answered = wire::decode(out[0].segment.options);
        CHECK(answered.md5.has_value());
        CHECK(answered.sack_permitted == sack);
        CHECK(answered.timestamps.has_value() == !sack);
    }
}
