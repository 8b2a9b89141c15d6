#include "stack/wire/icmp.hpp"

#include <doctest/doctest.h>

#include <array>

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
