#include "stack/wire/icmp.hpp"

#include "stack/base/check.hpp"
#include "stack/wire/big_endian.hpp"
#include "stack/wire/bytes.hpp"
#include "stack/wire/layout.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <vector>

namespace tcpsim::wire {
namespace {

constexpr std::size_t quoted_bytes = 8;  // RFC 792; RFC 1812 §4.3.2.3 lets routers quote more

bool is_error(IcmpMessage const& message) {
    return message.type == icmp_unreachable || message.type == icmp_source_quench ||
           message.type == icmp_time_exceeded || message.type == icmp_parameter_problem;
}

}  // namespace

IcmpMessage icmp_error(std::uint8_t type, std::uint8_t code, std::uint32_t rest, Ipv4Packet const& packet) {
    std::vector<std::uint8_t> const bytes = emit(packet);
    std::size_t const header = std::size_t{4} * (bytes.front() & 0xfU);
    std::size_t const length = std::min(bytes.size(), header + quoted_bytes);
    std::string_view const quote{reinterpret_cast<char const*>(bytes.data()), length};
    return {type, code, rest, Payload::text(quote)};
}

namespace {

/// What is common to all that is quoted; the bytes behind it begin with two ports.
struct Quote {
    std::uint8_t protocol{0};
    std::size_t header{0};  ///< its length
    Endpoint source{};
    Endpoint destination{};
    std::uint32_t third_word{0};  ///< behind the IP header: UDP's length, TCP's sequence number
};

std::optional<Quote> quote_of(IcmpMessage const& message) {
    constexpr std::uint64_t longest_header = 60;
    std::uint64_t const most = std::min<std::uint64_t>(message.payload.size(), longest_header + quoted_bytes);
    std::vector<std::byte> const raw = message.payload.part(0, most).bytes();
    if (!is_error(message) || raw.size() < layout::ipv4_header) {
        return std::nullopt;
    }
    auto const* at = reinterpret_cast<std::uint8_t const*>(raw.data());
    std::size_t const header = std::size_t{4} * (at[0] & 0xfU);
    bool const first_fragment = (read_u16(at + 6) & layout::fragment_offset_mask) == 0;
    if (!first_fragment || header < layout::ipv4_header || raw.size() < header + quoted_bytes) {
        return std::nullopt;
    }
    return Quote{at[9],
                 header,
                 {Ipv4Address{read_u32(at + 12)}, read_u16(at + header)},
                 {Ipv4Address{read_u32(at + 16)}, read_u16(at + header + 2)},
                 read_u32(at + header + 4)};
}

}  // namespace

std::optional<QuotedSegment> quoted_segment(IcmpMessage const& message) {
    auto const quote = quote_of(message);
    if (!quote || quote->protocol != protocol_tcp) {
        return std::nullopt;
    }
    return QuotedSegment{quote->source, quote->destination, SeqNum{quote->third_word}};
}

std::optional<QuotedDatagram> quoted_datagram(IcmpMessage const& message) {
    auto const quote = quote_of(message);
    if (!quote || quote->protocol != protocol_udp) {
        return std::nullopt;
    }
    return QuotedDatagram{quote->source, quote->destination};
}

namespace {

/// RFC 1624 §3, equation 3: HC' = ~(~HC + ~m + m').
void adjust_checksum(std::uint8_t* at, std::span<std::uint16_t const> before, std::span<std::uint16_t const> after) {
    std::uint32_t sum = static_cast<std::uint16_t>(~read_u16(at));
    for (std::uint16_t const word : before) {
        sum += static_cast<std::uint16_t>(~word);
    }
    for (std::uint16_t const word : after) {
        sum += word;
    }
    while (sum > 0xffffU) {
        sum = (sum & 0xffffU) + (sum >> 16U);
    }
    write_u16(at, static_cast<std::uint16_t>(~sum));
}

/// Addresses first, as the header's own checksum covers nothing else of them.
std::array<std::uint16_t, 6> words_of(Endpoint source, Endpoint destination) {
    auto const high = [](Ipv4Address address) { return static_cast<std::uint16_t>(address.value >> 16U); };
    auto const low = [](Ipv4Address address) { return static_cast<std::uint16_t>(address.value); };
    return {high(source.address),     low(source.address), high(destination.address),
            low(destination.address), source.port,         destination.port};
}

}  // namespace

IcmpMessage requoted(IcmpMessage const& message, Endpoint source, Endpoint destination) {
    auto const quote = quote_of(message);
    check(quote && (quote->protocol == protocol_tcp || quote->protocol == protocol_udp), "an error quotes two ports");
    std::vector<std::byte> raw = message.payload.bytes();
    auto* const at = reinterpret_cast<std::uint8_t*>(raw.data());
    auto const before = words_of(quote->source, quote->destination);
    auto const after = words_of(source, destination);
    write_u32(at + 12, source.address.value);
    write_u32(at + 16, destination.address.value);
    write_u16(at + quote->header, source.port);
    write_u16(at + quote->header + 2, destination.port);
    constexpr std::size_t addresses = 4;
    adjust_checksum(at + layout::ipv4_checksum_at, std::span{before}.first(addresses),
                    std::span{after}.first(addresses));
    bool const is_tcp = quote->protocol == protocol_tcp;
    std::size_t const checksum = quote->header + (is_tcp ? layout::tcp_checksum_at : layout::udp_checksum_at);
    bool const is_quoted = raw.size() >= checksum + 2;
    // RFC 768: zero means that there is none.
    if (is_quoted && (is_tcp || read_u16(at + checksum) != 0)) {
        adjust_checksum(at + checksum, before, after);
    }
    IcmpMessage changed = message;
    changed.payload = Payload{Slice::copy_of(std::as_bytes(std::span{raw}))};
    return changed;
}

Payload quoted_text(IcmpMessage const& message) {
    auto const quote = quote_of(message);
    return quote ? message.payload.part(quote->header, message.payload.size() - quote->header) : Payload{};
}

}  // namespace tcpsim::wire
