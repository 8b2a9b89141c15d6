#include "stack/wire/icmp.hpp"

#include "stack/wire/bytes.hpp"

#include <doctest/doctest.h>

#include <array>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::wire;

namespace {

constexpr Endpoint here{{0x0a010002}, 50000};
constexpr Endpoint there{{0x0a020002}, 9998};

Ipv4Packet packet(std::size_t options = 0) {
    TcpSegment segment;
    segment.source_port = here.port;
    segment.destination_port = there.port;
    segment.seq = SeqNum{0xdeadbeef};
    segment.payload = Payload::pattern(1, 0, 100);
    Ipv4Packet result;
    result.header.source = here.address;
    result.header.destination = there.address;
    result.header.protocol = protocol_tcp;
    result.header.options.assign(options, 1);
    result.body = segment;
    return result;
}

}  // namespace

TEST_CASE("RFC 792: an error quotes the header and eight bytes, which name both ends and the sequence number") {
    for (std::size_t const options : {0U, 4U, 40U}) {
        CAPTURE(options);
        for (std::uint8_t const type :
             {icmp_unreachable, icmp_source_quench, icmp_time_exceeded, icmp_parameter_problem}) {
            IcmpMessage const message = icmp_error(type, 1, 1000, packet(options));
            CHECK(message.type == type);
            CHECK(message.code == 1);
            CHECK(message.rest == 1000);
            CHECK(message.payload.size() == 20 + options + 8);
            CHECK(quoted_segment(message) == QuotedSegment{here, there, SeqNum{0xdeadbeef}});
        }
    }
}

TEST_CASE("RFC 792: no error, another protocol, a later fragment or too short a quote is about no segment") {
    IcmpMessage const good = icmp_error(icmp_unreachable, icmp_host, 0, packet());
    for (std::uint8_t const type : std::to_array<std::uint8_t>({0, 5, 8, 13})) {
        IcmpMessage other = good;
        other.type = type;
        CHECK_FALSE(quoted_segment(other));
    }
    for (std::uint64_t length = 0; length < good.payload.size(); ++length) {
        IcmpMessage cut = good;
        cut.payload = good.payload.part(0, length);
        CHECK_FALSE(quoted_segment(cut));
    }
    Ipv4Packet datagram = packet();
    datagram.header.protocol = protocol_udp;
    datagram.body = UdpDatagram{here.port, there.port, Payload::pattern(1, 0, 8)};
    CHECK_FALSE(quoted_segment(icmp_error(icmp_unreachable, icmp_port, 0, datagram)));
    Ipv4Packet fragment = packet();
    fragment.body = RawPayload{Payload::pattern(1, 0, 100)};
    fragment.header.fragment_offset = 1;
    CHECK_FALSE(quoted_segment(icmp_error(icmp_time_exceeded, 1, 0, fragment)));
    fragment.header.fragment_offset = 0;
    fragment.header.more_fragments = true;
    CHECK(quoted_segment(icmp_error(icmp_time_exceeded, 1, 0, fragment)));
}

TEST_CASE("RFC 792: a longer quote, as RFC 1812 lets routers send, reads the same") {
    IcmpMessage message = icmp_error(icmp_unreachable, icmp_host, 0, packet());
    message.payload.append(Payload::pattern(7, 0, 500));
    CHECK(quoted_segment(message) == QuotedSegment{here, there, SeqNum{0xdeadbeef}});
}

TEST_CASE("RFC 792: a header length below its least is about no segment") {
    IcmpMessage message = icmp_error(icmp_unreachable, icmp_host, 0, packet());
    Payload bad = Payload::text("\x44");
    bad.append(message.payload.part(1, message.payload.size() - 1));
    message.payload = bad;
    CHECK_FALSE(quoted_segment(message));
}

namespace {

constexpr Endpoint elsewhere{{0xc0a8ff02}, 80};
constexpr Endpoint far_away{{0x0102fffe}, 65'535};

/// An error that quotes all of `about`.
IcmpMessage quoting(Ipv4Packet const& about) {
    std::vector<std::uint8_t> const bytes = emit(about);
    return {icmp_unreachable, icmp_host, 7, Payload{Slice::copy_of(std::as_bytes(std::span{bytes}))}};
}
Ipv4Packet between(Endpoint source, Endpoint destination, bool udp, std::size_t options) {
    Ipv4Packet made = packet(options);
    made.header.source = source.address;
    made.header.destination = destination.address;
    if (udp) {
        made.header.protocol = protocol_udp;
        made.body = UdpDatagram{source.port, destination.port, Payload::pattern(1, 0, 9)};
    } else {
        auto& segment = std::get<TcpSegment>(made.body);
        segment.source_port = source.port;
        segment.destination_port = destination.port;
    }
    return made;
}

}  // namespace

TEST_CASE("RFC 5508 REQ-4: a quoted packet from and to others is, to the byte, what their packet would have been") {
    for (bool const udp : {false, true}) {
        for (std::size_t const options : {0U, 4U, 40U}) {
            CAPTURE(udp);
            CAPTURE(options);
            IcmpMessage const message = quoting(between(here, there, udp, options));
            for (auto const& [source, destination] :
                 {std::pair{elsewhere, there}, std::pair{here, far_away}, std::pair{far_away, elsewhere}}) {
                CHECK(requoted(message, source, destination) == quoting(between(source, destination, udp, options)));
            }
            CHECK(requoted(message, here, there) == message);
        }
    }
}

TEST_CASE("RFC 5508 REQ-4: of a short quote only what is there changes, and a datagram without checksum gets none") {
    IcmpMessage shortest = quoting(between(here, there, false, 0));
    shortest.payload = shortest.payload.part(0, 28);
    IcmpMessage expected = quoting(between(elsewhere, there, false, 0));
    expected.payload = expected.payload.part(0, 28);
    CHECK(requoted(shortest, elsewhere, there) == expected);
    auto const without_checksum = [](IcmpMessage message) {
        Payload changed = message.payload.part(0, 26);
        changed.append(Payload::text(std::string_view{"\0\0", 2}));
        message.payload = changed;
        return message;
    };
    IcmpMessage const unsummed = without_checksum(quoting(between(here, there, true, 0)));
    CHECK(requoted(unsummed, elsewhere, far_away) == without_checksum(quoting(between(elsewhere, far_away, true, 0))));
}
