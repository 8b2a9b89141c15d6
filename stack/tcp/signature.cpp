#include "stack/tcp/signature.hpp"

#include "stack/wire/big_endian.hpp"
#include "stack/wire/layout.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace tcpsim::tcp {
namespace {

namespace layout = wire::layout;

std::span<std::uint8_t const> bytes_of(std::string_view text) {
    return {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()};
}

/// Where the digest of a signature stands among the options.
std::optional<std::size_t> place_of_digest(wire::OptionBytes const& options) {
    std::span<std::uint8_t const> rest = options.bytes();
    while (auto const option = wire::take_option(rest)) {
        if (option->kind == static_cast<std::uint8_t>(wire::OptionKind::md5) &&
            option->data.size() == Md5Digest{}.size()) {
            return static_cast<std::size_t>(option->data.data() - options.bytes().data());
        }
    }
    return std::nullopt;
}

std::size_t header_length(wire::TcpSegment const& segment) {
    return layout::tcp_header + layout::padded(segment.options.size());
}

/// RFC 9293 §3.1, the pseudo header.
std::array<std::uint8_t, 12> pseudo_header(wire::TcpSegment const& segment, wire::FourTuple const& sender) {
    std::array<std::uint8_t, 12> bytes{};
    wire::write_u32(bytes.data(), sender.local.address.value);
    wire::write_u32(bytes.data() + 4, sender.remote.address.value);
    bytes[9] = wire::protocol_tcp;
    wire::write_u16(bytes.data() + 10, static_cast<std::uint16_t>(header_length(segment) + segment.payload.size()));
    return bytes;
}

/// "the TCP header, excluding options, and assuming a checksum of zero"
std::array<std::uint8_t, layout::tcp_header> bare_header(wire::TcpSegment const& segment) {
    std::array<std::uint8_t, layout::tcp_header> bytes{};
    wire::write_u16(bytes.data(), segment.source_port);
    wire::write_u16(bytes.data() + 2, segment.destination_port);
    wire::write_u32(bytes.data() + 4, segment.seq.raw());
    wire::write_u32(bytes.data() + 8, segment.ack.raw());
    bytes[12] = static_cast<std::uint8_t>(header_length(segment) / 4 << 4U);
    bytes[13] = segment.flags.bits;
    wire::write_u16(bytes.data() + 14, segment.window);
    wire::write_u16(bytes.data() + 18, segment.urgent);
    return bytes;
}

}  // namespace

Md5Digest signature_of(wire::TcpSegment const& segment, wire::FourTuple const& sender, std::string_view key) {
    Md5 hash;
    hash.add(pseudo_header(segment, sender));
    hash.add(bare_header(segment));
    std::vector<std::byte> const text = segment.payload.bytes();
    hash.add({reinterpret_cast<std::uint8_t const*>(text.data()), text.size()});
    hash.add(bytes_of(key));
    return hash.digest();
}

void sign(wire::TcpSegment& segment, wire::FourTuple const& sender, std::string_view key) {
    auto const place = place_of_digest(segment.options);
    if (!place) {
        return;
    }
    Md5Digest const digest = signature_of(segment, sender, key);
    wire::OptionBytes const unsigned_options = segment.options;
    std::span<std::uint8_t const> const bytes = unsigned_options.bytes();
    segment.options.clear();
    segment.options.append(bytes.first(*place));
    segment.options.append(digest);
    segment.options.append(bytes.subspan(*place + digest.size()));
}

bool is_signed(wire::TcpSegment const& segment) { return place_of_digest(segment.options).has_value(); }

bool signature_refused(wire::TcpSegment const& segment, wire::FourTuple const& receiver, std::string_view key) {
    auto const place = place_of_digest(segment.options);
    if (!place || key.empty()) {
        return place.has_value() == key.empty();
    }
    Md5Digest const digest = signature_of(segment, {receiver.remote, receiver.local}, key);
    std::span<std::uint8_t const> const theirs = segment.options.bytes().subspan(*place, digest.size());
    return !std::equal(digest.begin(), digest.end(), theirs.begin());
}

}  // namespace tcpsim::tcp
