// What a host derives from its secret. Different questions to one secret must not share answers.
#pragma once

#include "stack/base/siphash.hpp"
#include "stack/wire/address.hpp"

#include <array>
#include <cstdint>

namespace tcpsim::host {

enum class Purpose : std::uint64_t {
    isn = 1,
    timestamp_offset = 2,
    port = 3,
    cookie = 4,
    cookie_mss = 5,
    fast_open = 6,
    port_to_bind = 7,
    port_step = 8,
    port_table = 9,
    shared_port = 10,
    neighbours = 11
};

inline std::uint64_t packed(wire::Endpoint const& endpoint) {
    return std::uint64_t{endpoint.address.value} << 16U | endpoint.port;
}

inline std::uint64_t keyed(SipKey secret, Purpose purpose, std::uint64_t a, std::uint64_t b) {
    std::array<std::uint64_t, 3> const words{static_cast<std::uint64_t>(purpose), a, b};
    return siphash(secret, words);
}

inline std::uint64_t keyed(SipKey secret, Purpose purpose, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    std::array<std::uint64_t, 4> const words{static_cast<std::uint64_t>(purpose), a, b, c};
    return siphash(secret, words);
}

}  // namespace tcpsim::host
