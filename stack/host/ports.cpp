// Local addresses, ephemeral ports and the numbers that a new connection starts with.
#include "stack/host/host.hpp"
#include "stack/host/slots.hpp"

#include <algorithm>
#include <array>

namespace tcpsim::host {
namespace {

constexpr std::uint16_t ip_and_tcp_headers = 40;

std::uint64_t packed(wire::Endpoint const& endpoint) {
    return std::uint64_t{endpoint.address.value} << 16U | endpoint.port;
}

/// Different questions to one secret must not share answers.
enum class Purpose : std::uint64_t { isn = 1, timestamp_offset = 2, port = 3 };

std::uint64_t keyed(SipKey secret, Purpose purpose, std::uint64_t a, std::uint64_t b) {
    std::array<std::uint64_t, 3> const words{static_cast<std::uint64_t>(purpose), a, b};
    return siphash(secret, words);
}

}  // namespace

tcp::OpenWith Host::opening(wire::FourTuple const& tuple, ConnectionOptions const& options, Instant now) const {
    std::uint64_t const local = packed(tuple.local);
    std::uint64_t const remote = packed(tuple.remote);
    tcp::OpenWith with;
    with.tuple = tuple;
    // RFC 6528: ISN = M + F(local, remote, secret), M a clock of 4 microseconds' ticks.
    auto const clock = static_cast<std::uint32_t>(now.time_since_epoch() / std::chrono::microseconds{4});
    with.iss = SeqNum{clock + static_cast<std::uint32_t>(keyed(secret_, Purpose::isn, local, remote))};
    // Linux: an offset per pair of addresses, so that timestamps do not tell the uptime.
    with.timestamp_offset = static_cast<std::uint32_t>(
        keyed(secret_, Purpose::timestamp_offset, tuple.local.address.value, tuple.remote.address.value));
    auto const hop = next_hop(configuration_, tuple.remote.address);
    std::uint16_t const mtu = hop ? configuration_.interfaces[hop->interface].mtu : std::uint16_t{1500};
    with.link_mss = static_cast<std::uint16_t>(mtu - ip_and_tcp_headers);
    with.options = options.user;
    with.receive_buffer = options.receive_buffer;
    with.send_buffer = options.send_buffer;
    return with;
}

/// Nobody has these four numbers, or somebody whose place may be taken.
bool Host::may_connect(wire::FourTuple const& tuple, bool chosen_port, Instant now) const {
    auto const found = by_tuple_.find(tuple);
    return found == by_tuple_.end() || slots_[found->second]->connection.inherited(chosen_port, now).has_value();
}

bool Host::has_listener(wire::Endpoint local) const {
    return std::any_of(listeners_.begin(), listeners_.end(),
                       [&](auto const& listener) { return listener && listener->conflicts_with(local); });
}

Result<wire::Endpoint> Host::check_bind(wire::Endpoint local) const {
    bool const ours = local.address.unspecified() || is_ours(configuration_, local.address);
    if (!ours) {
        return Errno::eaddrnotavail;
    }
    auto const taken = [&](std::uint16_t port) { return has_listener({local.address, port}); };
    if (local.port != 0) {
        return taken(local.port) ? Result<wire::Endpoint>{Errno::eaddrinuse} : Result<wire::Endpoint>{local};
    }
    for (int port = profile_->host.first_port.value; port <= profile_->host.last_port.value; ++port) {
        if (!taken(static_cast<std::uint16_t>(port))) {
            return wire::Endpoint{local.address, static_cast<std::uint16_t>(port)};
        }
    }
    return Errno::eaddrinuse;
}

Result<wire::Endpoint> Host::choose_local(wire::Endpoint local, wire::Endpoint remote, Instant now) const {
    auto const hop = next_hop(configuration_, remote.address);
    bool const to_ourselves = remote.address.loopback();
    if (!hop && !to_ourselves) {
        return Errno::enetunreach;
    }
    if (local.address.unspecified()) {
        local.address = to_ourselves ? remote.address : configuration_.interfaces[hop->interface].address.address;
    }
    if (local.port != 0) {
        return may_connect({local, remote}, true, now) ? Result<wire::Endpoint>{local}
                                                       : Result<wire::Endpoint>{profile_->time_wait.pair_taken.value};
    }
    if (profile_->host.first_port.value > profile_->host.last_port.value) {
        return Errno::eaddrnotavail;  // an empty range
    }
    // RFC 6056 §3.3.3: a keyed start per destination, then one after another.
    auto const first = static_cast<std::uint32_t>(profile_->host.first_port.value);
    auto const count = static_cast<std::uint32_t>(profile_->host.last_port.value) - first + 1;
    auto const start =
        static_cast<std::uint32_t>(keyed(secret_, Purpose::port, local.address.value, packed(remote)) % count);
    for (std::uint32_t i = 0; i < count; ++i) {
        local.port = static_cast<std::uint16_t>(first + (start + i) % count);
        if (may_connect({local, remote}, false, now) && !has_listener(local)) {
            return local;
        }
    }
    return Errno::eaddrnotavail;
}

}  // namespace tcpsim::host
