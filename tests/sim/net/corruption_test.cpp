// sim/net: one wrong bit, through real bytes and checksums.
#include "sim/net/corruption.hpp"

#include "tests/sim/net/bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::net;

namespace {

constexpr std::uint64_t payload = 100;
constexpr std::uint64_t bits = 8 * (20 + 20 + payload);

}  // namespace

TEST_CASE("corruption: every single bit of an IPv4 packet with TCP is covered by a checksum") {
    wire::Frame const frame = net::testing::tcp_frame(payload);
    REQUIRE(corruptible_bits(frame) == bits);
    for (std::uint64_t bit = 0; bit < bits; ++bit) {
        CAPTURE(bit);
        wire::Frame const damaged = corrupted(frame, bit);
        CHECK(damaged.destination == frame.destination);
        auto const* packet = std::get_if<wire::Ipv4Packet>(&damaged.body);
        if (bit < 20 * 8) {
            CHECK(packet == nullptr);
            CHECK(std::holds_alternative<wire::RawPayload>(damaged.body));
        } else {
            REQUIRE(packet != nullptr);
            CHECK(packet->header == std::get<wire::Ipv4Packet>(frame.body).header);
            CHECK(std::holds_alternative<wire::RawPayload>(packet->body));
        }
        CHECK(wire::wire_size(damaged) == wire::wire_size(frame));
    }
}

TEST_CASE("corruption: a router forwards what is wrong behind the IP header, and drops what is wrong in it") {
    wire::Frame const frame = net::testing::tcp_frame(payload);
    CHECK(std::holds_alternative<wire::Ipv4Packet>(corrupted(frame, 20 * 8).body));
    CHECK_FALSE(std::holds_alternative<wire::Ipv4Packet>(corrupted(frame, 20 * 8 - 1).body));
}
