// The path of a packet through the host: in to its connection, listener or nobody, out to its next hop.
#include "stack/base/check.hpp"
#include "stack/host/host.hpp"
#include "stack/host/resolution.hpp"
#include "stack/host/slots.hpp"
#include "stack/tcp/signature.hpp"

#include <utility>

namespace tcpsim::host {
namespace {

using wire::Flags;

constexpr std::uint16_t ether_type_ipv4 = 0x0800;

/// RFC 9293 §3.1, MUST-3: a whole packet of a protocol that we know, and yet only bytes: its checksum was wrong.
bool is_damaged(wire::Ipv4Packet const& packet) {
    wire::Ipv4Header const& header = packet.header;
    bool const known = header.protocol == wire::protocol_tcp || header.protocol == wire::protocol_udp ||
                       header.protocol == wire::protocol_icmp;
    bool const whole = !header.more_fragments && header.fragment_offset == 0;
    return known && whole && std::holds_alternative<wire::RawPayload>(packet.body);
}

}  // namespace

void Host::frame_arrives(std::uint32_t interface, wire::Frame const& frame, Instant now, Output& out) {
    check(interface < configuration_.interfaces.size(), "a frame arrives at an interface that exists");
    if (resolution_ && std::holds_alternative<wire::ArpPacket>(frame.body)) {
        arp_arrives(interface, frame, now, out);
        drain(now, out);
        return;
    }
    auto const* packet = std::get_if<wire::Ipv4Packet>(&frame.body);
    if (packet == nullptr) {
        // RFC 1122 §3.2.1.2: what calls itself IPv4 and could not be read fails its header's checksum.
        bool const damaged =
            std::holds_alternative<wire::RawPayload>(frame.body) && frame.ether_type == ether_type_ipv4;
        out.discarded.push_back(damaged ? Discarded::checksum : Discarded::unknown_protocol);
        return;
    }
    // RFC 1122 §3.2.1.3 (g): a loopback address never comes from a wire.
    wire::Ipv4Header const& header = packet->header;
    if (frame.destination != configuration_.interfaces[interface].mac || !is_ours(configuration_, header.destination) ||
        header.destination.loopback() || header.source.loopback()) {
        out.discarded.push_back(Discarded::not_for_us);
        return;
    }
    // RFC 9293 §3.9.2.3, MUST-63; Linux fib_validate_source: nor is it one's own.
    if (header.source.this_network() || !is_unicast(configuration_, header.source) ||
        is_ours(configuration_, header.source)) {
        out.discarded.push_back(Discarded::invalid_source);
        return;
    }
    packet_arrives(*packet, now, out);
    drain(now, out);
}

void Host::packet_arrives(wire::Ipv4Packet const& packet, Instant now, Output& out) {
    if (auto const* message = std::get_if<wire::IcmpMessage>(&packet.body)) {
        icmp_arrives(packet, *message, now, out);
        return;
    }
    if (auto const* datagram = std::get_if<wire::UdpDatagram>(&packet.body)) {
        datagram_arrives(packet, *datagram, now, out);
        return;
    }
    auto const* segment = std::get_if<wire::TcpSegment>(&packet.body);
    if (segment == nullptr) {
        out.discarded.push_back(is_damaged(packet) ? Discarded::checksum : Discarded::unknown_protocol);
        return;
    }
    tcp_arrives(packet, *segment, now, out);
}

void Host::tcp_arrives(wire::Ipv4Packet const& packet, wire::TcpSegment const& segment, Instant now, Output& out) {
    wire::FourTuple const tuple{{packet.header.destination, segment.destination_port},
                                {packet.header.source, segment.source_port}};
    if (refuses_signature(tuple, segment)) {
        out.discarded.push_back(Discarded::bad_signature);
        return;
    }
    auto const found = by_tuple_.find(tuple);
    if (found != by_tuple_.end()) {
        std::uint32_t const slot = found->second;
        if (refuses_completion(slot, segment, out) || reopens(slot, segment, packet.header.ecn(), now, out)) {
            return;
        }
        SeqNum const acknowledged = slots_[slot]->connection.tcb().snd.una;
        tcp::State const before = slots_[slot]->connection.state();
        actions_.clear();
        slots_[slot]->tally.arrived(segment);
        slots_[slot]->connection.segment_arrives(segment, now, actions_, packet.header.ecn());
        if (slots_[slot]->notices && !segment.payload.empty()) {
            slots_[slot]->notices->arrived(segment.seq + static_cast<std::uint32_t>(segment.payload.size()), now);
        }
        tcp::State const state = slots_[slot]->connection.state();
        if (before == tcp::State::syn_sent && state != tcp::State::syn_sent && state != tcp::State::syn_received &&
            state != tcp::State::closed) {
            learn_fast_open(*slots_[slot], segment);
        }
        begin_with_metrics(*slots_[slot], before, now);
        end_well(*slots_[slot], now);
        limit_waiting(*slots_[slot], now);
        if (resolution_ && slots_[slot]->connection.tcb().snd.una != acknowledged) {
            confirm_neighbour(tuple.remote.address, now);
        }
        walk(slot, now, out);
        return;
    }
    // RFC 9293 §3.10.7.2, LISTEN: first RST, second ACK, third SYN, fourth anything else.
    Listener* listener = listener_for(tuple);
    bool const is_syn = segment.flags.has(Flags::syn) && !segment.flags.has(Flags::rst) &&
                        !(segment.flags.has(Flags::fin) && profile_->listening.drops_syn_fin.value);
    if (listener != nullptr && segment.flags.has(Flags::ack) && cookie_arrives(*listener, packet, segment, now, out)) {
        return;
    }
    if (listener == nullptr || segment.flags.has(Flags::ack)) {
        bool const to_closed_port = segment.flags.has(Flags::syn);
        answer_for_nobody(tuple, segment, {to_closed_port ? tcp::Why::port_closed : tcp::Why::no_connection}, out);
    } else if (is_syn) {
        syn_arrives(*listener, tuple, segment, packet.header.ecn(), now, out);
    } else {
        out.discarded.push_back(Discarded::no_listener);
    }
}

// RFC 9293 §3.10.7.1, the CLOSED state: "If the connection does not exist".
void Host::answer_for_nobody(wire::FourTuple const& tuple, wire::TcpSegment const& segment, tcp::Cause cause,
                             Output& out) {
    if (segment.flags.has(Flags::rst)) {
        out.discarded.push_back(Discarded::no_listener);
        return;
    }
    wire::TcpSegment reset;
    reset.source_port = tuple.local.port;
    reset.destination_port = tuple.remote.port;
    if (segment.flags.has(Flags::ack)) {
        reset.seq = segment.ack;
        reset.flags = Flags{Flags::rst};
    } else {
        reset.ack = segment.seq + segment.length();
        reset.flags = Flags{Flags::rst | Flags::ack};
    }
    if (tcp::is_signed(segment)) {
        reset.options = wire::encode({.md5 = Md5Digest{}}, wire::OptionLayout::linux_order);
        tcp::sign(reset, tuple, md5_key_of_stranger(tuple));
    }
    send_segment(tuple, tcp::Emit{std::move(reset), cause}, {}, out);
}

/// RFC 3168 §5: two bits of the type of service are the connection's own, whatever IP_TOS asked.
void Host::send_segment(wire::FourTuple const& tuple, tcp::Emit emit, tcp::UserOptions const& options, Output& out) {
    wire::Ipv4Packet packet;
    packet.header.source = tuple.local.address;
    packet.header.destination = tuple.remote.address;
    packet.header.tos = static_cast<std::uint8_t>((options.tos & ~3U) | static_cast<std::uint8_t>(emit.ecn));
    packet.header.ttl = options.ttl;
    packet.header.protocol = wire::protocol_tcp;
    packet.body = std::move(emit.segment);
    send_packet(std::move(packet), emit.cause, out);
}

/// On its way, with what every packet of ours has. A TTL of 0 is the system's.
void Host::send_packet(wire::Ipv4Packet packet, tcp::Cause cause, Output& out) {
    packet.header.dont_fragment = profile_->mtu.discovery.value != profile::PathMtuDiscovery::none;  // RFC 1191 §3
    if (packet.header.ttl == 0) {
        packet.header.ttl = static_cast<std::uint8_t>(profile_->host.default_ttl.value);
    }
    packet.header.identification = identification_++;
    if (is_ours(configuration_, packet.header.destination)) {
        loopback_.push_back(std::move(packet));
        return;
    }
    // Linux __ip_route_output_key: no route for a packet from an address that is not, or no longer, ours.
    auto const hop = is_ours(configuration_, packet.header.source) ? next_hop(configuration_, packet.header.destination)
                                                                   : std::nullopt;
    if (hop && resolution_) {
        NeighbourKey const key{hop->interface, hop->on_link};
        resolution_->outgoing.push_back({key, {std::move(packet), cause}});
        return;
    }
    if (!hop || !hop->mac) {
        out.discarded.push_back(hop ? Discarded::no_neighbour : Discarded::no_route);
        return;
    }
    Outgoing& outgoing = out.frames.emplace_back();
    outgoing.interface = hop->interface;
    outgoing.cause = cause;
    outgoing.frame.destination = *hop->mac;
    outgoing.frame.source = configuration_.interfaces[hop->interface].mac;
    outgoing.frame.body = std::move(packet);
}

/// Packets to oneself are drained before the call returns, as kernels do; then others find their neighbours.
void Host::drain(Instant now, Output& out) {
    while (!loopback_.empty()) {
        wire::Ipv4Packet const packet = std::move(loopback_.front());
        loopback_.pop_front();
        packet_arrives(packet, now, out);
    }
    if (resolution_) {
        ask_neighbours(now, out);
    }
}

}  // namespace tcpsim::host
