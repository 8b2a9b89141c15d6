// TCP MD5 signatures at a host: RFC 2385, Linux TCP_MD5SIG, tcp_inbound_hash, tcp_v4_send_reset.
#include "stack/tcp/signature.hpp"
#include "tests/support/host_bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace std::chrono_literals;
using host::Discarded;
using wire::Flags;

namespace {

constexpr char const* key = "secret";

host::ConnectionOptions keyed() {
    host::ConnectionOptions options;
    options.md5_keys[address_b] = key;
    return options;
}

/// From b's `port` to a's 9998, or to `to`.
wire::TcpSegment signed_by(std::string_view with, wire::TcpSegment s) {
    wire::Options options;
    options.md5 = Md5Digest{};
    s.options = wire::encode(options, wire::OptionLayout::linux_order);
    tcp::sign(s, {{address_b, s.source_port}, {address_a, s.destination_port}}, with);
    return s;
}

bool well_signed(HostBench const& bench) {
    wire::TcpSegment const& s = bench.sent();
    return tcp::is_signed(s) &&
           !tcp::signature_refused(s, {{address_b, s.destination_port}, {address_a, s.source_port}}, key);
}

}  // namespace

TEST_CASE("RFC 2385 §2.0: a listener with a key answers only who knows it, and signs") {
    HostBench bench;
    bench.listen(9998, 5, keyed());
    bench.arrives(segment(40000, 9998, Flags::syn, SeqNum{100}));
    CHECK(bench.discarded_only(Discarded::bad_signature));
    bench.arrives(signed_by("wrong", segment(40000, 9998, Flags::syn, SeqNum{100})));
    CHECK(bench.discarded_only(Discarded::bad_signature));
    bench.arrives(signed_by(key, segment(40000, 9998, Flags::syn, SeqNum{100})));
    REQUIRE(bench.sent_only(Flags::syn | Flags::ack));
    CHECK(well_signed(bench));
    SeqNum const iss = bench.sent().seq;
    bench.arrives(segment(40000, 9998, Flags::ack, SeqNum{101}, iss + 1));
    CHECK(bench.discarded_only(Discarded::bad_signature));
    CHECK(bench.count(tcp::State::syn_received) == 1);
    bench.arrives(signed_by(key, segment(40000, 9998, Flags::ack, SeqNum{101}, iss + 1)));
    CHECK(bench.count(tcp::State::established) == 1);
    // RFC 2385 §4.1: not even a RST.
    bench.arrives(segment(40000, 9998, Flags::rst, SeqNum{101}));
    CHECK(bench.discarded_only(Discarded::bad_signature));
    CHECK(bench.count(tcp::State::established) == 1);
    bench.arrives(signed_by(key, segment(40000, 9998, Flags::ack, SeqNum{101}, iss + 1, 10)));
    CHECK(well_signed(bench));
    bench.arrives(signed_by(key, segment(40000, 9998, Flags::rst, SeqNum{111})));
    CHECK(bench.count(tcp::State::established) == 0);
}

TEST_CASE("TCP_MD5SIG: a key is for one address; other peers do without") {
    HostBench bench;
    host::ConnectionOptions options;
    options.md5_keys[wire::Ipv4Address{address_b.value + 1}] = key;
    bench.listen(9998, 5, options);
    bench.arrives(signed_by(key, segment(40000, 9998, Flags::syn, SeqNum{100})));
    CHECK(bench.discarded_only(Discarded::bad_signature));  // Linux TCPMD5Unexpected
    bench.arrives(segment(40000, 9998, Flags::syn, SeqNum{100}));
    REQUIRE(bench.sent_only(Flags::syn | Flags::ack));
    CHECK_FALSE(tcp::is_signed(bench.sent()));
}

TEST_CASE("TCP_MD5SIG: given to a listener later, or taken away, it counts for who comes then") {
    HostBench bench;
    host::ListenerId const listener = bench.listen();
    bench.a.set_md5_key(listener, address_b, key);
    bench.arrives(signed_by(key, segment(40000, 9998, Flags::syn, SeqNum{100})));
    CHECK(bench.sent_only(Flags::syn | Flags::ack));
    bench.a.set_md5_key(listener, address_b, "");
    bench.arrives(segment(40001, 9998, Flags::syn, SeqNum{100}));
    CHECK(bench.sent_only(Flags::syn | Flags::ack));
}

TEST_CASE("RFC 2385: connect() with a key signs its SYN, repeats it signed, and takes only a signed answer") {
    HostBench bench;
    REQUIRE(bench.connect({address_b, 9998}, {{}, 40001}, keyed()).ok());
    CHECK(well_signed(bench));
    SeqNum const iss = bench.sent().seq;
    bench.after(1s);
    REQUIRE(bench.sent_only(Flags::syn));
    CHECK(well_signed(bench));
    wire::TcpSegment const answer = segment(9998, 40001, Flags::syn | Flags::ack, SeqNum{100}, iss + 1);
    bench.arrives(answer);
    CHECK(bench.discarded_only(Discarded::bad_signature));
    bench.arrives(segment(9998, 40001, Flags::rst | Flags::ack, SeqNum{}, iss + 1));
    CHECK(bench.discarded_only(Discarded::bad_signature));
    bench.arrives(signed_by(key, answer));
    REQUIRE(bench.sent_only(Flags::ack));
    CHECK(well_signed(bench));
    CHECK(bench.count(tcp::State::established) == 1);
}

TEST_CASE("TCP_MD5SIG on a connection: from then on, if it is the peer's address") {
    HostBench bench;
    bench.listen();
    SeqNum const iss = bench.handshake(40000);
    host::ConnectionId const id = bench.a.connections().at(0);
    bench.a.set_md5_key(id, wire::Ipv4Address{address_b.value + 1}, key);
    bench.arrives(segment(40000, 9998, Flags::ack, SeqNum{101}, iss + 1, 10));
    CHECK_FALSE(tcp::is_signed(bench.sent()));
    bench.a.set_md5_key(id, address_b, key);
    bench.arrives(segment(40000, 9998, Flags::ack, SeqNum{111}, iss + 1, 10));
    CHECK(bench.discarded_only(Discarded::bad_signature));
    bench.arrives(signed_by(key, segment(40000, 9998, Flags::ack, SeqNum{111}, iss + 1, 10)));
    CHECK(well_signed(bench));
}

TEST_CASE("Linux tcp_v4_send_reset: a signed segment for nobody gets a RST only where a key for it is known") {
    HostBench bench;
    wire::TcpSegment const lost = segment(9998, 40000, Flags::ack, SeqNum{100}, SeqNum{7});
    bench.arrives(signed_by(key, lost));
    CHECK(bench.discarded_only(Discarded::bad_signature));
    bench.listen(9998, 5, keyed());  // at the peer's own port
    bench.arrives(signed_by("wrong", lost));
    CHECK(bench.discarded_only(Discarded::bad_signature));
    bench.arrives(signed_by(key, lost));
    REQUIRE(bench.sent_only(Flags::rst));
    CHECK(well_signed(bench));
    bench.arrives(lost);  // and who does not sign is no peer of that listener's
    REQUIRE(bench.sent_only(Flags::rst));
    CHECK_FALSE(tcp::is_signed(bench.sent()));
    // The listener itself.
    bench.arrives(signed_by(key, segment(40000, 9998, Flags::ack, SeqNum{100}, SeqNum{7})));
    REQUIRE(bench.sent_only(Flags::rst));
    CHECK(well_signed(bench));
}
