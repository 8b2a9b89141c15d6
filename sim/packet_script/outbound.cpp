#include "sim/packet_script/outbound.hpp"

#include "sim/packet_script/option_bytes.hpp"
#include "sim/packet_script/verdict.hpp"
#include "stack/wire/notation.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace tcpsim::packet_script {

namespace {

std::string differs(std::string_view what, std::uint64_t expected, std::uint64_t seen) {
    if (expected == seen) {
        return {};
    }
    return std::string{what} + ": expected " + std::to_string(expected) + ", seen " + std::to_string(seen);
}

/// The first that is not empty.
std::string first_of(std::initializer_list<std::string> differences) {
    auto const found =
        std::find_if(differences.begin(), differences.end(), [](auto const& each) { return !each.empty(); });
    return found == differences.end() ? std::string{} : *found;
}

std::string ip_difference(IpPattern const& ip, wire::Ipv4Header const& header) {
    std::uint8_t const ecn = header.tos & 3U;
    if (ip.any_ect && ecn != 1 && ecn != 2) {
        return "the ECN field: expected ect0 or ect1, seen " + std::to_string(ecn);
    }
    return first_of({ip.ecn ? differs("the ECN field", *ip.ecn, ecn) : std::string{},
                     ip.tos ? differs("the TOS byte", *ip.tos, header.tos) : std::string{},
                     ip.ttl ? differs("the TTL", *ip.ttl, header.ttl) : std::string{}});
}

/// One option of the sent packet, kind and length included.
using Bytes = std::vector<std::uint8_t>;

std::vector<Bytes> options_of(wire::TcpSegment const& segment) {
    std::vector<Bytes> options;
    std::span<std::uint8_t const> rest = segment.options.bytes();
    while (!rest.empty()) {
        std::span<std::uint8_t const> const before = rest;
        if (!wire::take_option(rest)) {
            break;
        }
        bool const ends = before.front() == static_cast<std::uint8_t>(wire::OptionKind::end);
        std::size_t const size = ends ? 1 : before.size() - rest.size();
        options.emplace_back(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(size));
        if (ends) {
            options.insert(options.end(), before.size() - 1, Bytes{0});
        }
    }
    return options;
}

std::uint32_t number_at(Bytes const& bytes, std::size_t at) {
    return static_cast<std::uint32_t>(bytes[at] << 24U | bytes[at + 1] << 16U | bytes[at + 2] << 8U | bytes[at + 3]);
}

/// Learns which TSval of the stack the script's stands for, and compares them if asked to.
std::string timestamps_difference(TimestampOption const& expected, std::uint32_t seen, Flow& flow,
                                  TimestampCheck const& check) {
    flow.timestamps[expected.value] = seen;
    if (!flow.first_timestamp) {
        flow.first_timestamp = seen;
        flow.first_script_timestamp = expected.value;
    }
    std::uint32_t const in_script = seen - *flow.first_timestamp + *flow.first_script_timestamp;
    auto const apart = static_cast<std::int32_t>(in_script - expected.value);
    if (check.tick && *check.tick * std::abs(apart) > check.tolerance) {
        return differs("TSval", expected.value, in_script);
    }
    return {};
}

std::string options_difference(TcpPattern const& expected, wire::TcpSegment const& segment, Flow& flow,
                               TimestampCheck const& check) {
    if (expected.any_options) {
        return {};
    }
    constexpr std::size_t timestamps_size = 10;
    OptionNumbers const numbers{flow.remote_to_script(expected.flags.has(wire::Flags::syn)), {}};
    std::vector<Bytes> const seen = options_of(segment);
    if (seen.size() != expected.options.size()) {
        return "the options";
    }
    for (std::size_t i = 0; i < seen.size(); ++i) {
        auto const* timestamps = std::get_if<TimestampOption>(&expected.options[i]);
        auto const* md5 = std::get_if<Md5Option>(&expected.options[i]);
        Bytes const bytes = bytes_of(expected.options[i], numbers);
        if (timestamps != nullptr && seen[i].size() == timestamps_size && seen[i][0] == bytes[0]) {
            std::string const differ = timestamps_difference(*timestamps, number_at(seen[i], 2), flow, check);
            if (!differ.empty()) {
                return differ;
            }
            continue;
        }
        bool const any_digest = md5 != nullptr && !md5->digest && seen[i].size() == bytes.size();
        if (any_digest ? seen[i][0] != bytes[0] : seen[i] != bytes) {
            return "the options";
        }
    }
    return {};
}

std::uint8_t expected_flags(TcpPattern const& tcp) {
    std::uint8_t bits = tcp.flags.bits;
    if (tcp.accurate_ecn) {
        bits = static_cast<std::uint8_t>(bits | ((*tcp.accurate_ecn & 1U) != 0 ? wire::Flags::ece : 0U) |
                                         ((*tcp.accurate_ecn & 2U) != 0 ? wire::Flags::cwr : 0U));
    }
    return bits;
}

std::string tcp_difference(TcpPattern const& expected, wire::TcpSegment const& segment, Flow& flow,
                           TimestampCheck const& check) {
    bool const syn = expected.flags.has(wire::Flags::syn);
    wire::Flags const flags{expected_flags(expected)};
    if (flags != segment.flags) {
        return "the flags: expected " + wire::flags_text(flags) + ", seen " + wire::flags_text(segment.flags);
    }
    std::uint32_t const seq = segment.seq.raw() - (expected.range.absolute ? 0 : flow.local_to_script(syn));
    bool const acknowledges = segment.flags.has(wire::Flags::ack);
    std::uint32_t const ack = segment.ack.raw() - (acknowledges ? flow.remote_to_script(syn) : 0);
    return first_of({differs("the length", expected.range.length, segment.payload.size()),
                     expected.range.any ? std::string{} : differs("the sequence number", expected.range.first, seq),
                     differs("the acknowledgment number", expected.ack.value_or(0), ack),
                     expected.window ? differs("the window", *expected.window, segment.window) : std::string{},
                     differs("the urgent pointer", expected.urgent, segment.urgent),
                     options_difference(expected, segment, flow, check)});
}

}  // namespace

std::string difference(Packet const& expected, wire::Ipv4Packet const& sent, Flow& flow, TimestampCheck const& check) {
    if (!expected.encapsulation.empty()) {
        unsupported("encapsulation in " + expected.encapsulation);
    }
    std::string const ip = ip_difference(expected.ip, sent.header);
    if (!ip.empty()) {
        return ip;
    }
    if (auto const* tcp = std::get_if<TcpPattern>(&expected.body)) {
        if (tcp->udp_tunnel) {
            unsupported("TCP over UDP");
        }
        auto const* segment = std::get_if<wire::TcpSegment>(&sent.body);
        return segment == nullptr ? "the protocol: expected TCP" : tcp_difference(*tcp, *segment, flow, check);
    }
    if (auto const* udp = std::get_if<UdpPattern>(&expected.body)) {
        auto const* datagram = std::get_if<wire::UdpDatagram>(&sent.body);
        return datagram == nullptr ? "the protocol: expected UDP"
                                   : differs("the length", udp->length, datagram->payload.size());
    }
    unsupported("an ICMP message that the stack is expected to send");
}

void join(wire::TcpSegment& first, wire::TcpSegment const& next) {
    first.payload.append(next.payload);
    constexpr std::uint8_t of_the_last = wire::Flags::fin | wire::Flags::psh;
    first.flags.bits = static_cast<std::uint8_t>((first.flags.bits & ~of_the_last) | (next.flags.bits & of_the_last));
}

std::string in_script_notation(wire::Ipv4Packet const& packet, Flow const& flow) {
    auto const* segment = std::get_if<wire::TcpSegment>(&packet.body);
    if (segment == nullptr) {
        auto const* datagram = std::get_if<wire::UdpDatagram>(&packet.body);
        return datagram == nullptr ? "a packet that is neither TCP nor UDP"
                                   : "udp (" + std::to_string(datagram->payload.size()) + ")";
    }
    bool const syn = segment->flags.has(wire::Flags::syn);
    wire::RelativeTo const base{SeqNum{flow.local_to_script(syn)}, SeqNum{flow.remote_to_script(syn)},
                                flow.first_timestamp.value_or(0) - flow.first_script_timestamp.value_or(0), 0};
    return wire::notation(*segment, base);
}

}  // namespace tcpsim::packet_script
