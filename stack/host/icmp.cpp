// ICMP errors on their way to the connection that they are about (RFC 9293 §3.9.2.2).
#include "stack/wire/icmp.hpp"

#include "stack/host/host.hpp"
#include "stack/host/slots.hpp"

namespace tcpsim::host {

// RFC 9293 §3.9.2.2, MUST-54: the quoted packet is one of ours, so that its source is our end.
void Host::icmp_arrives(wire::Ipv4Packet const& packet, wire::IcmpMessage const& message, Instant now, Output& out) {
    if (auto const datagram = wire::quoted_datagram(message)) {
        icmp_about_datagram(message, *datagram, packet.header.source, out);
        return;
    }
    auto const quoted = wire::quoted_segment(message);
    if (!quoted) {
        out.discarded.push_back(Discarded::unknown_protocol);
        return;
    }
    auto const found = by_tuple_.find({quoted->source, quoted->destination});
    if (found == by_tuple_.end()) {
        out.discarded.push_back(Discarded::no_listener);
        return;
    }
    tcp::IcmpError const error{message.type, message.code, quoted->seq, static_cast<std::uint16_t>(message.rest)};
    Slot& here = *slots_[found->second];
    bool const opening = here.connection.state() == tcp::State::syn_sent;
    actions_.clear();
    here.connection.icmp_arrives(error, now, actions_);
    // Linux tcp_v4_err: whoever connects may read what was said, even without IP_RECVERR.
    bool const linux_rules = profile_->icmp.errors.value == profile::IcmpErrors::linux_checked;
    if (linux_rules && opening && here.connection.state() == tcp::State::closed) {
        here.errors.push_back({here.connection.error(), message.type, message.code, 0, quoted->destination,
                               packet.header.source, wire::quoted_text(message)});
    }
    auto const mtu = actions_.learnt_path_mtu();
    walk(found->second, now, out);
    if (mtu) {
        path_mtus_.learn(quoted->destination.address, *mtu, now + profile_->mtu.expires.value);
        tell_path_mtu(quoted->destination.address, *mtu, now, out);
    }
}

/// RFC 1191 §6.1: to all who use the path. (On Linux the others learn it from their next segment, which their own host sends back.)
void Host::tell_path_mtu(wire::Ipv4Address destination, std::uint16_t mtu, Instant now, Output& out) {
    for (auto const& known : by_tuple_) {
        if (known.first.remote.address == destination) {
            actions_.clear();
            slots_[known.second]->connection.path_mtu_learnt(mtu, now, actions_);
            walk(known.second, now, out);
        }
    }
}

}  // namespace tcpsim::host
