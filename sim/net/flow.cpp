#include "sim/net/flow.hpp"

#include "stack/wire/icmp.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace tcpsim::net {
namespace {

using namespace std::chrono_literals;
using wire::Flags;

constexpr std::array known{
    FlowPreset{
        "linux-conntrack",
        {120s, 432'000s, 120s, 120s, 30s, 120s, 10s},
        UnknownFlow::pick_up,
        "nf_conntrack_tcp_timeout_syn_sent, _established, _fin_wait, _time_wait, _close; nf_conntrack_tcp_loose = "
        "1; nf_conntrack_udp_timeout, _stream. Not modelled: _max_retrans, _unacknowledged (300 s each)"},
    FlowPreset{"linux-conntrack-strict",
               {120s, 432'000s, 120s, 120s, 30s, 120s, 10s},
               UnknownFlow::leak,
               "the same with nf_conntrack_tcp_loose = 0: what is unknown is not translated (recorded)"},
    FlowPreset{"rfc5382",
               {240s, 7'440s, 240s, 240s, 120s, 120s, 240s},
               UnknownFlow::drop,
               "RFC 5382 REQ-5: 2 h 4 min established, 4 min transitory; RFC 4787 REQ-5: 2 min for UDP; at the least"},
    FlowPreset{
        "aws-nlb",
        {350s, 350s, 350s, 10s, 120s, 120s, 10s},
        UnknownFlow::reset,
        "docs.aws.amazon.com, Network Load Balancers, \"Connection idle timeout\": 350 s, UDP 120 s; later packets "
        "get an RST. What is closed or reset is not tracked: 10 s here"},
    FlowPreset{"azure-lb",
               {240s, 240s, 240s, 10s, 240s, 240s, 10s},
               UnknownFlow::drop,
               "learn.microsoft.com, \"Load Balancer TCP Reset and Idle Timeout\": 4 min, then flows are dropped in "
               "silence; resets are an option. UDP and closed flows are not documented: 4 min and 10 s here"},
    FlowPreset{
        "gcp",
        {600s, 600s, 600s, 10s, 600s, 600s, 10s},
        UnknownFlow::drop,
        "cloud.google.com, \"VPC firewall rules\", connection tracking: 10 min without a packet, for each protocol. "
        "Closed flows are not documented: 10 s here"},
    FlowPreset{
        "ipvs",
        {60s, 900s, 120s, 120s, 300s, 300s, 10s},
        UnknownFlow::reset,
        "ipvsadm(8), --set: 900 120 300; ip_vs_proto_tcp.c, tcp_timeouts: SYN_RECV 60 s, TIME_WAIT 2 min, CLOSE 10 s; "
        "so Docker swarm and kube-proxy in ipvs mode. The service is a local address here: what is unknown gets its "
        "RST"},
};

}  // namespace

std::span<FlowPreset const> presets() { return known; }

FlowPreset const* preset_named(std::string_view name) {
    auto const found = std::find_if(known.begin(), known.end(), [&](auto const& each) { return each.name == name; });
    return found == known.end() ? nullptr : &*found;
}

Flow Flow::picked_up(Instant now) {
    Flow flow;
    flow.phase_ = Phase::established;
    flow.last_ = now;
    return flow;
}

void Flow::see(wire::TcpSegment const& segment, bool forth, Instant now) {
    if (forth && is_over() && opens(segment)) {
        *this = Flow{};  // Linux nf_conntrack: a port that is used again
    }
    last_ = now;
    if (segment.flags.has(Flags::rst)) {
        phase_ = Phase::reset;
        return;
    }
    answered_ = answered_ || !forth;
    bool const handshake = segment.flags.has(Flags::syn);
    if (phase_ == Phase::opening && answered_ && forth && !handshake) {
        phase_ = Phase::established;
    }
    if (segment.flags.has(Flags::fin)) {
        (forth ? fin_forth_ : fin_back_) = true;
        phase_ = Phase::closing;
    } else if (phase_ == Phase::closing && fin_forth_ && fin_back_) {
        phase_ = Phase::closed;  // an ACK after both FINs
    }
}

void Flow::see(wire::UdpDatagram const& /*datagram*/, bool forth, Instant now) {
    last_ = now;
    answered_ = answered_ || !forth;
    phase_ = answered_ ? Phase::conversing : Phase::asking;
}

void Flow::see(wire::Ipv4Packet const& packet, bool forth, Instant now) {
    if (auto const* const segment = std::get_if<wire::TcpSegment>(&packet.body)) {
        see(*segment, forth, now);
    } else if (auto const* const datagram = std::get_if<wire::UdpDatagram>(&packet.body)) {
        see(*datagram, forth, now);
    }
}

Instant Flow::expires(FlowTimeouts const& timeouts) const {
    switch (phase_) {
        case Phase::opening:
            return last_ + timeouts.opening;
        case Phase::established:
            return last_ + timeouts.established;
        case Phase::closing:
            return last_ + timeouts.closing;
        case Phase::reset:
            return last_ + timeouts.reset;
        case Phase::asking:
            return last_ + timeouts.asking;
        case Phase::conversing:
            return last_ + timeouts.conversing;
        case Phase::closed:
            break;
    }
    return last_ + timeouts.closed;
}

std::optional<FlowKey> key_of(wire::Ipv4Packet const& packet) {
    if (auto const* const segment = std::get_if<wire::TcpSegment>(&packet.body)) {
        return FlowKey{wire::protocol_tcp, flow_of(packet, *segment)};
    }
    if (auto const* const datagram = std::get_if<wire::UdpDatagram>(&packet.body)) {
        return FlowKey{
            wire::protocol_udp,
            {{packet.header.source, datagram->source_port}, {packet.header.destination, datagram->destination_port}}};
    }
    return std::nullopt;
}

bool is_icmp_error(wire::Ipv4Packet const& packet) {
    auto const* const message = std::get_if<wire::IcmpMessage>(&packet.body);
    return message != nullptr &&
           (message->type == wire::icmp_unreachable || message->type == wire::icmp_source_quench ||
            message->type == wire::icmp_time_exceeded || message->type == wire::icmp_parameter_problem);
}

std::optional<FlowKey> quoted_key(wire::Ipv4Packet const& packet) {
    auto const* const message = std::get_if<wire::IcmpMessage>(&packet.body);
    if (message == nullptr) {
        return std::nullopt;
    }
    if (auto const segment = wire::quoted_segment(*message)) {
        return FlowKey{wire::protocol_tcp, {segment->source, segment->destination}};
    }
    if (auto const datagram = wire::quoted_datagram(*message)) {
        return FlowKey{wire::protocol_udp, {datagram->source, datagram->destination}};
    }
    return std::nullopt;
}

void set_source(wire::Ipv4Packet& packet, wire::Endpoint source) {
    packet.header.source = source.address;
    if (auto* const segment = std::get_if<wire::TcpSegment>(&packet.body)) {
        segment->source_port = source.port;
    } else if (auto* const datagram = std::get_if<wire::UdpDatagram>(&packet.body)) {
        datagram->source_port = source.port;
    }
}

void set_destination(wire::Ipv4Packet& packet, wire::Endpoint destination) {
    packet.header.destination = destination.address;
    if (auto* const segment = std::get_if<wire::TcpSegment>(&packet.body)) {
        segment->destination_port = destination.port;
    } else if (auto* const datagram = std::get_if<wire::UdpDatagram>(&packet.body)) {
        datagram->destination_port = destination.port;
    }
}

std::optional<wire::Ipv4Packet> reset_for(wire::Ipv4Packet const& packet, wire::TcpSegment const& segment) {
    if (segment.flags.has(Flags::rst)) {
        return std::nullopt;
    }
    wire::TcpSegment reset{.source_port = segment.destination_port, .destination_port = segment.source_port};
    if (segment.flags.has(Flags::ack)) {
        reset.seq = segment.ack;
        reset.flags = Flags{Flags::rst};
    } else {
        reset.ack = segment.seq + segment.length();
        reset.flags = Flags{Flags::rst | Flags::ack};
    }
    wire::Ipv4Packet answer;
    answer.header.source = packet.header.destination;
    answer.header.destination = packet.header.source;
    answer.header.protocol = wire::protocol_tcp;
    answer.body = std::move(reset);
    return answer;
}

}  // namespace tcpsim::net
