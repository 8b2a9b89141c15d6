#include "sim/packet_script/inbound.hpp"

#include "sim/packet_script/option_bytes.hpp"
#include "sim/packet_script/verdict.hpp"
#include "stack/wire/icmp.hpp"

#include <array>
#include <string_view>

namespace tcpsim::packet_script {

namespace {

constexpr std::uint64_t peers_stream = 2;  // of the pattern that the peer's text is made of
constexpr std::uint8_t hops_left = 255;

// --- TCP

std::uint32_t live_echo(std::uint32_t script, Flow const& flow, bool guess_echo) {
    auto const known = flow.timestamps.find(script);
    if (known != flow.timestamps.end()) {
        return known->second;
    }
    if (guess_echo && flow.first_timestamp) {
        return script - *flow.first_script_timestamp + *flow.first_timestamp;
    }
    fail("ecr " + std::to_string(script) + " echoes a TSval that no packet of the stack had");
}

wire::TcpSegment segment_of(TcpPattern const& pattern, Flow const& flow, bool guess_echo) {
    bool const syn = pattern.flags.has(wire::Flags::syn);
    bool const acknowledges = pattern.flags.has(wire::Flags::ack);
    wire::TcpSegment segment;
    segment.source_port = flow.tuple.remote.port;
    segment.destination_port = flow.tuple.local.port;
    segment.flags = pattern.flags;
    if (pattern.accurate_ecn) {
        std::uint8_t const count = *pattern.accurate_ecn;
        segment.flags.bits |=
            static_cast<std::uint8_t>((count & 1U ? wire::Flags::ece : 0U) | (count & 2U ? wire::Flags::cwr : 0U));
        if ((count & 4U) != 0) {
            unsupported("Accurate ECN (the AE bit)");
        }
    }
    std::uint32_t const seq_offset = pattern.range.absolute ? 0 : flow.remote_to_script(syn);
    std::uint32_t const ack_offset = flow.local_to_script(syn);
    segment.seq = SeqNum{pattern.range.first + seq_offset};
    segment.ack = SeqNum{acknowledges ? pattern.ack.value_or(0) + ack_offset : pattern.ack.value_or(0)};
    segment.window = pattern.window.value_or(0);
    segment.urgent = pattern.urgent;
    OptionNumbers const numbers{
        ack_offset, [&](std::uint32_t echo) { return acknowledges ? live_echo(echo, flow, guess_echo) : echo; }};
    (void)segment.options.append(bytes_of(pattern.options, numbers));
    segment.payload = Payload::pattern(peers_stream, pattern.range.first, pattern.range.length);
    return segment;
}

// --- ICMP (RFC 792, RFC 1122 §3.2.2)

struct Code {
    std::string_view name{};
    std::uint8_t code{0};
};
struct Type {
    std::string_view name{};
    std::uint8_t type{0};
    std::array<Code, 16> codes{};
};
constexpr std::array<Type, 6> types{
    {{"unreachable",
      wire::icmp_unreachable,
      {{{"net_unreachable", 0},
        {"host_unreachable", 1},
        {"protocol_unreachable", 2},
        {"port_unreachable", 3},
        {"frag_needed", 4},
        {"source_route_failed", 5},
        {"net_unknown", 6},
        {"host_unknown", 7},
        {"source_host_isolated", 8},
        {"net_prohibited", 9},
        {"host_prohibited", 10},
        {"net_unreachable_for_tos", 11},
        {"host_unreachable_for_tos", 12},
        {"packet_filtered", 13},
        {"precedence_violation", 14},
        {"precedence_cutoff", 15}}}},
     {"source_quench", wire::icmp_source_quench, {}},
     {"redirect", 5, {}},
     {"time_exceeded",
      wire::icmp_time_exceeded,
      {{{"ttl_exceeded_in_transit", 0}, {"exceeded_hop_limit", 0}, {"frag_reass_exceeded", 1}}}},
     {"parameter_problem", wire::icmp_parameter_problem, {{{"code_0", 0}, {"code_1", 1}, {"code_2", 2}}}},
     {"echo_request", 8, {}}}};

std::pair<std::uint8_t, std::uint8_t> type_and_code(IcmpPattern const& icmp) {
    for (Type const& type : types) {
        if (type.name != icmp.type) {
            continue;
        }
        if (icmp.code.empty()) {
            return {type.type, 0};
        }
        for (Code const& code : type.codes) {
            if (code.name == icmp.code) {
                return {type.type, code.code};
            }
        }
        fail("'" + icmp.code + "' is no code of ICMP " + icmp.type);
    }
    unsupported("ICMP type '" + icmp.type + "'");
}

/// What a router quotes: a packet of ours as it left.
wire::Ipv4Packet quoted(IcmpPattern const& icmp, Flow const& flow) {
    wire::Ipv4Packet packet;
    packet.header.source = flow.tuple.local.address;
    packet.header.destination = flow.tuple.remote.address;
    if (auto const* udp = std::get_if<UdpPattern>(&icmp.about)) {
        packet.header.protocol = wire::protocol_udp;
        packet.body = wire::UdpDatagram{flow.tuple.local.port, flow.tuple.remote.port,
                                        Payload::pattern(peers_stream, 0, udp->length)};
        return packet;
    }
    packet.header.protocol = wire::protocol_tcp;
    wire::TcpSegment segment;
    segment.source_port = flow.tuple.local.port;
    segment.destination_port = flow.tuple.remote.port;
    segment.seq = SeqNum{flow.local_to_script(false)};
    if (auto const* range = std::get_if<SequenceRange>(&icmp.about)) {
        segment.seq += range->first;
        segment.payload = Payload::pattern(peers_stream, 0, range->length);
    }
    packet.body = segment;
    return packet;
}

wire::IcmpMessage message_of(IcmpPattern const& icmp, Flow const& flow) {
    auto const [type, code] = type_and_code(icmp);
    std::uint32_t const rest = icmp.mtu ? *icmp.mtu : icmp.id.value_or(0) << 16U;
    return wire::icmp_error(type, code, rest, quoted(icmp, flow));
}

}  // namespace

wire::Ipv4Packet inbound_packet(Packet const& packet, Flow const& flow, bool guess_echo) {
    if (!packet.encapsulation.empty()) {
        unsupported("encapsulation in " + packet.encapsulation);
    }
    wire::Ipv4Packet made;
    made.header.source = flow.tuple.remote.address;
    made.header.destination = flow.tuple.local.address;
    made.header.ttl = packet.ip.ttl.value_or(hops_left);
    made.header.tos = packet.ip.tos.value_or(packet.ip.ecn.value_or(0));
    if (auto const* tcp = std::get_if<TcpPattern>(&packet.body)) {
        if (tcp->udp_tunnel) {
            unsupported("TCP over UDP");
        }
        made.header.protocol = wire::protocol_tcp;
        made.body = segment_of(*tcp, flow, guess_echo);
    } else if (auto const* udp = std::get_if<UdpPattern>(&packet.body)) {
        made.header.protocol = wire::protocol_udp;
        made.body = wire::UdpDatagram{flow.tuple.remote.port, flow.tuple.local.port,
                                      Payload::pattern(peers_stream, 0, udp->length)};
    } else {
        made.header.protocol = wire::protocol_icmp;
        made.body = message_of(std::get<IcmpPattern>(packet.body), flow);
    }
    return made;
}

}  // namespace tcpsim::packet_script
