// TCP MD5 signatures (RFC 2385) at the host's door: whose key a segment is held to.
#include "stack/host/host.hpp"
#include "stack/host/slots.hpp"
#include "stack/tcp/signature.hpp"

namespace tcpsim::host {
namespace {

std::string_view key_for(ConnectionOptions const& options, wire::Ipv4Address peer) {
    auto const found = options.md5_keys.find(peer);
    return found == options.md5_keys.end() ? std::string_view{} : std::string_view{found->second};
}

}  // namespace

void Host::set_md5_key(ConnectionId id, wire::Ipv4Address peer, std::string const& key) {
    Slot* slot = slot_of(id);
    if (slot != nullptr && slot->connection.tuple().remote.address == peer) {
        slot->connection.set_md5_key(key);
    }
}

void Host::set_md5_key(ListenerId id, wire::Ipv4Address peer, std::string const& key) {
    if (Listener* listener = listener_of(id)) {
        listener->options.md5_keys[peer] = key;
    }
}

// Linux tcp_inbound_hash: the connection's key, or the listener's. What waits in TIME-WAIT signs, but asks no signature.
bool Host::refuses_signature(wire::FourTuple const& tuple, wire::TcpSegment const& segment) const {
    auto const found = by_tuple_.find(tuple);
    if (found != by_tuple_.end()) {
        tcp::Connection const& connection = slots_[found->second]->connection;
        return connection.state() != tcp::State::time_wait &&
               tcp::signature_refused(segment, tuple, connection.md5_key());
    }
    bool const asked_for = listener_for(tuple) != nullptr || tcp::is_signed(segment);
    return asked_for && tcp::signature_refused(segment, tuple, md5_key_of_stranger(tuple));
}

/// Linux tcp_v4_send_reset: where nobody listens, a peer that lost its connection is known by a listener at its own port.
std::string_view Host::md5_key_of_stranger(wire::FourTuple const& tuple) const {
    Listener const* listener = listener_for(tuple);
    if (listener == nullptr) {
        listener = listener_for({{tuple.local.address, tuple.remote.port}, tuple.remote});
    }
    return listener == nullptr ? std::string_view{} : key_for(listener->options, tuple.remote.address);
}

}  // namespace tcpsim::host
