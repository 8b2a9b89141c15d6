// ICMP errors on their way to the connection that they are about (RFC 9293 §3.9.2.2).
#include "stack/wire/icmp.hpp"

#include "stack/host/host.hpp"
#include "stack/host/slots.hpp"

namespace tcpsim::host {

// RFC 9293 §3.9.2.2, MUST-54: the quoted packet is one of ours, so that its source is our end.
void Host::icmp_arrives(wire::IcmpMessage const& message, Instant now, Output& out) {
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
    actions_.clear();
    slots_[found->second]->connection.icmp_arrives(error, now, actions_);
    if (auto const mtu = actions_.learnt_path_mtu()) {
        path_mtus_.learn(quoted->destination.address, *mtu, now + profile_->mtu.expires.value);
    }
    walk(found->second, out);
}

}  // namespace tcpsim::host
