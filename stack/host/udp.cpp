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
    DatagramSocket& socket = datagrams_[id];
    bool const port_chosen = local.port != 0;
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
    Result<Done> const bound = datagrams_.bind(id, local);
    if (bound.ok()) {
        socket.chosen_address = local.address;
        socket.port_chosen = port_chosen;
    }
    return bound;
}

/// Linux inet_autobind; EAGAIN when no port is left.
Result<Done> Host::bind_if_unbound(DatagramId id) {
    if (datagrams_[id].local) {
        return Done{};
    }
    return bind(id, wire::Endpoint{datagrams_[id].chosen_address, 0}).ok() ? Result<Done>{Done{}} : Errno::eagain;
}

/// The address that a packet of a socket at `local` to `remote` comes from.
Result<wire::Ipv4Address> Host::source_towards(wire::Ipv4Address remote, wire::Ipv4Address local) const {
    if (is_ours(configuration_, remote)) {
        return remote;
    }
    auto const hop = next_hop(configuration_, remote);
    if (!hop || remote.multicast()) {
        return Errno::enetunreach;
    }
    if (!is_unicast(configuration_, remote)) {  // Linux: SO_BROADCAST, which nobody has here
        return Errno::eacces;
    }
    if (local.loopback()) {  // Linux ip_route_output_key_hash_rcu
        return Errno::einval;
    }
    return configuration_.interfaces[hop->interface].address.address;
}

// Linux __ip4_datagram_connect.
Result<Done> Host::connect(DatagramId id, wire::Endpoint remote) {
    wire::Ipv4Address const local = datagrams_[id].name().address;
    Result<wire::Ipv4Address> const source = source_towards(remote.address, local);
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

/// Linux udp_sendmsg, `pending`: more of a datagram that MSG_MORE keeps; none of the checks is made again.
Result<std::uint64_t> Host::send_more(DatagramId id, Payload const& data, bool more, Instant now, Output& out) {
    DatagramSocket& socket = datagrams_[id];
    Unfinished whole = *std::exchange(socket.unfinished, std::nullopt);
    whole.text.append(data);
    auto const hop = next_hop(configuration_, whole.to.address);
    std::uint64_t const mtu = hop ? configuration_.interfaces[hop->interface].mtu : 65'535U;
    if (whole.text.size() + ip_and_udp_headers > mtu) {  // there are no fragments here
        return Errno::emsgsize;
    }
    if (more) {
        socket.unfinished = std::move(whole);
        return data.size();
    }
    Result<wire::Ipv4Address> const source = source_towards(whole.to.address, socket.name().address);
    if (!source.ok()) {
        return source.error();
    }
    wire::Ipv4Packet packet;
    packet.header.source = socket.local->address.unspecified() ? source.value() : socket.local->address;
    packet.header.destination = whole.to.address;
    packet.header.protocol = wire::protocol_udp;
    packet.header.tos = socket.tos;
    packet.header.ttl = socket.ttl;
    packet.body = wire::UdpDatagram{socket.local->port, whole.to.port, std::move(whole.text)};
    send_packet(std::move(packet), tcp::Cause{tcp::Why::data_written}, out);
    drain(now, out);
    return data.size();
}

// Linux udp_sendmsg.
Result<std::uint64_t> Host::send(DatagramId id, Payload const& data, std::optional<wire::Endpoint> to, bool more,
                                 Instant now, Output& out) {
    if (datagrams_[id].unfinished) {
        return send_more(id, data, more, now, out);
    }
    std::optional<wire::Endpoint> const remote = to ? to : datagrams_[id].peer;
    if (!remote) {
        return Errno::edestaddrreq;
    }
    if (remote->port == 0) {
        return Errno::einval;
    }
    wire::Ipv4Address const local = datagrams_[id].name().address;
    Result<wire::Ipv4Address> const source = source_towards(remote->address, local);
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
    socket.unfinished = Unfinished{*remote, {}};
    return send_more(id, data, more, now, out);
}

/// Which of those who share a port by SO_REUSEPORT has a flow.
std::uint64_t Host::flow_hash(wire::Endpoint local, wire::Endpoint remote) const {
    return keyed(secret_, Purpose::shared_port, packed(local), packed(remote));
}

void Host::datagram_arrives(wire::Ipv4Packet const& packet, wire::UdpDatagram const& datagram, Instant now,
                            Output& out) {
    wire::Endpoint const local{packet.header.destination, datagram.destination_port};
    wire::Endpoint const remote{packet.header.source, datagram.source_port};
    auto const receiver = datagrams_.receiver(local, remote, flow_hash(local, remote));
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
    auto const receiver =
        datagrams_.receiver(quoted.source, quoted.destination, flow_hash(quoted.source, quoted.destination));
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
