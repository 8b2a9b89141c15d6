// UDP at a host: which address and port a socket has, what it sends, and what comes for it (RFC 768, RFC 1122 §4.1).
#include "stack/host/host.hpp"
#include "stack/host/secret.hpp"
#include "stack/host/slots.hpp"
#include "stack/tcp/icmp.hpp"
#include "stack/wire/icmp.hpp"

#include <utility>

namespace tcpsim::host {
namespace {

constexpr std::uint64_t ip_and_udp_headers = 28;

}  // namespace

Result<Done> Host::bind(DatagramId id, wire::Endpoint local) {
    DatagramSocket const& socket = datagrams_[id];
    if (socket.local) {
        return Errno::einval;
    }
    if (!local.address.unspecified() && !is_ours(configuration_, local.address)) {
        return Errno::eaddrnotavail;
    }
    if (local.port == 0) {
        auto const start = keyed(secret_, Purpose::port_to_bind, ports_chosen_++, 1);
        auto const port = datagrams_.free_port(local.address, socket.reuse, start);
        if (!port) {
            return Errno::eaddrinuse;
        }
        local.port = *port;
    }
    return datagrams_.bind(id, local);
}

/// Linux inet_autobind; EAGAIN when no port is left.
Result<Done> Host::bind_if_unbound(DatagramId id) {
    if (datagrams_[id].local) {
        return Done{};
    }
    return bind(id, wire::Endpoint{}).ok() ? Result<Done>{Done{}} : Errno::eagain;
}

/// The address that a packet to `remote` comes from.
Result<wire::Ipv4Address> Host::source_towards(wire::Ipv4Address remote) const {
    if (is_ours(configuration_, remote)) {
        return remote;
    }
    auto const hop = next_hop(configuration_, remote);
    if (!hop || !is_unicast(configuration_, remote)) {
        return Errno::enetunreach;
    }
    return configuration_.interfaces[hop->interface].address.address;
}

// Linux __ip4_datagram_connect.
Result<Done> Host::connect(DatagramId id, wire::Endpoint remote) {
    Result<wire::Ipv4Address> const source = source_towards(remote.address);
    if (!source.ok()) {
        return source.error();
    }
    if (Result<Done> const bound = bind_if_unbound(id); !bound.ok()) {
        return bound;
    }
    DatagramSocket& socket = datagrams_[id];
    if (socket.local->address.unspecified()) {
        socket.local->address = source.value();
    }
    socket.peer = remote;
    return Done{};
}

// Linux udp_sendmsg.
Result<std::uint64_t> Host::send(DatagramId id, Payload const& data, std::optional<wire::Endpoint> to, Instant now,
                                 Output& out) {
    std::optional<wire::Endpoint> const remote = to ? to : datagrams_[id].peer;
    if (!remote) {
        return Errno::edestaddrreq;
    }
    if (remote->port == 0) {
        return Errno::einval;
    }
    Result<wire::Ipv4Address> const source = source_towards(remote->address);
    if (!source.ok()) {
        return source.error();
    }
    if (Result<Done> const bound = bind_if_unbound(id); !bound.ok()) {
        return bound.error();
    }
    DatagramSocket& socket = datagrams_[id];
    if (socket.error != Errno::none) {  // sock_alloc_send_skb
        return std::exchange(socket.error, Errno::none);
    }
    auto const hop = next_hop(configuration_, remote->address);
    std::uint64_t const mtu = hop ? configuration_.interfaces[hop->interface].mtu : 65'535U;
    if (data.size() + ip_and_udp_headers > mtu) {  // there are no fragments here
        return Errno::emsgsize;
    }
    wire::Ipv4Packet packet;
    packet.header.source = socket.local->address.unspecified() ? source.value() : socket.local->address;
    packet.header.destination = remote->address;
    packet.header.protocol = wire::protocol_udp;
    packet.header.tos = socket.tos;
    packet.header.ttl = socket.ttl;
    packet.body = wire::UdpDatagram{socket.local->port, remote->port, data};
    send_packet(std::move(packet), tcp::Cause{tcp::Why::data_written}, out);
    drain(now, out);
    return data.size();
}

void Host::datagram_arrives(wire::Ipv4Packet const& packet, wire::UdpDatagram const& datagram, Instant now,
                            Output& out) {
    wire::Endpoint const local{packet.header.destination, datagram.destination_port};
    wire::Endpoint const remote{packet.header.source, datagram.source_port};
    auto const receiver = datagrams_.receiver(local, remote);
    if (!receiver) {  // RFC 1122 §4.1.3.1
        out.discarded.push_back(Discarded::no_listener);
        wire::Ipv4Packet answer;
        answer.header.source = packet.header.destination;
        answer.header.destination = packet.header.source;
        answer.header.protocol = wire::protocol_icmp;
        answer.body = wire::icmp_error(wire::icmp_unreachable, wire::icmp_port, 0, packet);
        send_packet(std::move(answer), tcp::Cause{tcp::Why::port_closed}, out);
        return;
    }
    if (!datagrams_.deliver(*receiver, Datagram{remote, datagram.payload, now})) {
        out.discarded.push_back(Discarded::receive_buffer_full);
        return;
    }
    out.datagrams.push_back({*receiver, true, false});
}

/// RFC 1122 §4.1.3.3.
void Host::icmp_about_datagram(wire::IcmpMessage const& message, wire::QuotedDatagram const& quoted,
                               wire::Ipv4Address offender, Output& out) {
    auto const receiver = datagrams_.receiver(quoted.source, quoted.destination);
    auto const meaning = tcp::meaning_of({message.type, message.code}, profile_->icmp.errors.value);
    if (!receiver || !meaning) {
        out.discarded.push_back(Discarded::no_listener);
        return;
    }
    // Linux icmp_err_convert, `fatal`: not what another route or another try may cure.
    bool const is_hard = message.type == wire::icmp_parameter_problem ||
                         (message.type == wire::icmp_unreachable && tcp::is_fatal_unreachable(message.code));
    ErrorReport const report{
        *meaning, message.type, message.code, 0, quoted.destination, offender, wire::quoted_text(message)};
    if (datagrams_.error_arrives(*receiver, report, is_hard)) {
        out.datagrams.push_back({*receiver, false, true});
    }
}

}  // namespace tcpsim::host
