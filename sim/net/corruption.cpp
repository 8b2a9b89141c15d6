#include "sim/net/corruption.hpp"

#include "stack/wire/bytes.hpp"

#include <span>
#include <utility>
#include <vector>

namespace tcpsim::net {

namespace {

constexpr std::size_t ethernet_header = 14;
constexpr std::size_t ipv4_header = 20;

Payload payload_of(std::span<std::uint8_t const> bytes) { return Payload{Slice::copy_of(std::as_bytes(bytes))}; }

}  // namespace

std::uint64_t corruptible_bits(wire::Frame const& frame) { return 8 * (wire::wire_size(frame) - ethernet_header); }

wire::Frame corrupted(wire::Frame const& frame, std::uint64_t bit) {
    std::vector<std::uint8_t> bytes = wire::emit(frame);
    std::size_t const place = ethernet_header + bit / 8;
    bytes.at(place) = static_cast<std::uint8_t>(bytes[place] ^ 1U << bit % 8);
    auto parsed = wire::parse_frame(bytes);
    if (auto* whole = std::get_if<wire::Frame>(&parsed)) {
        return std::move(*whole);  // no checksum covers it
    }
    wire::Frame damaged{.destination = frame.destination, .source = frame.source, .ether_type = frame.ether_type};
    auto const* packet = std::get_if<wire::Ipv4Packet>(&frame.body);
    std::size_t const header = packet == nullptr ? 0 : ipv4_header + packet->header.options.size();
    std::span<std::uint8_t const> const rest = std::span{bytes}.subspan(ethernet_header);
    if (packet != nullptr && place >= ethernet_header + header) {
        damaged.body = wire::Ipv4Packet{packet->header, wire::RawPayload{payload_of(rest.subspan(header))}};
    } else {
        damaged.body = wire::RawPayload{payload_of(rest)};
    }
    return damaged;
}

}  // namespace tcpsim::net
