// Local addresses, ephemeral ports and the numbers that a new connection starts with.
#include "stack/host/host.hpp"
#include "stack/host/secret.hpp"
#include "stack/host/slots.hpp"

#include <algorithm>

namespace tcpsim::host {
/// Of a connection that begins now (RFC 9293 §3.4.1, MUST-8).
SeqNum Host::initial_sequence_number(wire::FourTuple const& tuple, Instant now) {
    auto const clock = static_cast<std::uint32_t>(now.time_since_epoch() / profile_->isn.tick.value);
    switch (profile_->isn.generator.value) {
        case profile::IsnGenerator::rfc6528:
            // ISN = M + F(local, remote, secret).
            return SeqNum{clock + static_cast<std::uint32_t>(
                                      keyed(secret_, Purpose::isn, packed(tuple.local), packed(tuple.remote)))};
        case profile::IsnGenerator::net3_counter:
            // 4.4BSD: half of TCP_ISSINCR with every slow tick and every connection, one to begin with.
            constexpr std::uint32_t half_tcp_issincr = 125 * 1024 / 2;
            return SeqNum{1 + half_tcp_issincr * (clock + connections_opened_++)};
    }
    return SeqNum{};
}

tcp::OpenWith Host::opening(wire::FourTuple const& tuple, ConnectionOptions const& options, Instant now) {
    tcp::OpenWith with;
    with.tuple = tuple;
    with.iss = initial_sequence_number(tuple, now);
    // Linux secure_tcp_ts_off: an offset per pair of addresses, so that timestamps do not tell the uptime.
    if (profile_->options.timestamp_offset.value) {
        with.timestamp_offset = static_cast<std::uint32_t>(
            keyed(secret_, Purpose::timestamp_offset, tuple.local.address.value, tuple.remote.address.value));
    }
    auto const hop = next_hop(configuration_, tuple.remote.address);
    std::uint16_t const of_link = hop ? configuration_.interfaces[hop->interface].mtu : std::uint16_t{1500};
    std::uint16_t const mtu = path_mtus_.mtu_to(tuple.remote.address, of_link, now);
    with.link_mss = static_cast<std::uint16_t>(mtu - wire::ipv4_and_tcp_headers);
    with.options = options.user;
    with.device_holds = hop && !configuration_.interfaces[hop->interface].tun;
    auto const key = options.md5_keys.find(tuple.remote.address);
    with.md5_key = key != options.md5_keys.end() ? key->second : std::string{};
    with.receive_buffer = options.receive_buffer;
    with.receive_room = options.receive_room;
    with.send_buffer = options.send_buffer;
    return with;
}

/// Nobody has these four numbers, or somebody whose place may be taken.
bool Host::may_connect(wire::FourTuple const& tuple, bool chosen_port, Instant now) const {
    auto const found = by_tuple_.find(tuple);
    return found == by_tuple_.end() || slots_[found->second]->connection.inherited(chosen_port, now).has_value();
}

Result<wire::Endpoint> Host::choose_local(wire::Endpoint local, wire::Endpoint remote, Instant now) {
    if (!is_unicast(configuration_, remote.address)) {  // RFC 9293 §3.9.2.3, MUST-46; Linux tcp_v4_connect
        return Errno::enetunreach;
    }
    auto const hop = next_hop(configuration_, remote.address);
    bool const to_ourselves = remote.address.loopback();
    if (!hop && !to_ourselves) {
        return Errno::enetunreach;
    }
    if (local.address.unspecified()) {
        local.address = to_ourselves ? remote.address : configuration_.interfaces[hop->interface].address.address;
    }
    if (local.address.loopback() && !is_ours(configuration_, remote.address)) {  // Linux ip_route_output_key_hash_rcu
        return Errno::einval;
    }
    if (local.port == 0) {
        return choose_port(local, remote, now);
    }
    return may_connect({local, remote}, true, now) ? Result<wire::Endpoint>{local}
                                                   : Result<wire::Endpoint>{profile_->time_wait.pair_taken.value};
}

}  // namespace tcpsim::host
