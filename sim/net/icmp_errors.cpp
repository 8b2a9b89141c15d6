#include "sim/net/icmp_errors.hpp"

#include "stack/wire/bytes.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

namespace tcpsim::net {
namespace {

constexpr std::uint8_t unreachable = 3;  // RFC 792
constexpr std::uint8_t time_exceeded = 11;
constexpr std::uint8_t internetwork_control = 0xc0;  // RFC 1812 §4.3.2.5

std::optional<wire::IcmpMessage> message_for(IcmpReason reason, bool dont_fragment, std::uint16_t mtu) {
    auto const unreachable_by = [](std::uint8_t code, std::uint32_t rest = 0) {
        return wire::IcmpMessage{.type = unreachable, .code = code, .rest = rest};
    };
    switch (reason) {
        case IcmpReason::none:
            return std::nullopt;
        case IcmpReason::net_unreachable:
            return unreachable_by(0);
        case IcmpReason::host_unreachable:
            return unreachable_by(1);
        case IcmpReason::protocol_unreachable:
            return unreachable_by(2);
        case IcmpReason::port_unreachable:
            return unreachable_by(3);
        case IcmpReason::fragmentation_needed:
            // RFC 1191 §4. What may be fragmented would be, by a router that can.
            return dont_fragment ? std::optional{unreachable_by(4, mtu)} : std::nullopt;
        case IcmpReason::prohibited:
            return unreachable_by(13);  // RFC 1812 §5.2.7.1
        case IcmpReason::time_exceeded:
            return wire::IcmpMessage{.type = time_exceeded, .code = 0};
    }
    return std::nullopt;
}

/// RFC 1812 §4.3.2.7: none about an ICMP error, a fragment but the first, or a sender that is no single host.
bool deserves_answer(wire::Ipv4Packet const& dropped) {
    constexpr std::uint8_t echo_request = 8;
    constexpr std::uint8_t echo_reply = 0;
    constexpr std::uint32_t first_multicast = 0xe000'0000;
    auto const* icmp = std::get_if<wire::IcmpMessage>(&dropped.body);
    bool const is_error = icmp != nullptr && icmp->type != echo_request && icmp->type != echo_reply;
    wire::Ipv4Address const sender = dropped.header.source;
    return !is_error && dropped.header.fragment_offset == 0 && !sender.unspecified() && sender.value < first_multicast;
}

/// RFC 1812 §4.3.2.3: as much of the packet as fits into 576 bytes.
Payload quotation(wire::Ipv4Packet const& dropped) {
    constexpr std::size_t most = 576 - 20 - 8;
    std::vector<std::uint8_t> const bytes = wire::emit(dropped);
    return Payload{Slice::copy_of(std::as_bytes(std::span{bytes}.first(std::min(most, bytes.size()))))};
}

}  // namespace

std::optional<wire::Ipv4Packet> icmp_error(IcmpReason reason, wire::Ipv4Packet const& dropped, wire::Ipv4Address own,
                                           std::uint16_t mtu) {
    auto message = message_for(reason, dropped.header.dont_fragment, mtu);
    if (!message || !deserves_answer(dropped)) {
        return std::nullopt;
    }
    message->payload = quotation(dropped);
    wire::Ipv4Packet error;
    error.header.source = own;
    error.header.destination = dropped.header.source;
    error.header.tos = internetwork_control;
    error.header.protocol = wire::protocol_icmp;
    error.body = std::move(*message);
    return error;
}

}  // namespace tcpsim::net
