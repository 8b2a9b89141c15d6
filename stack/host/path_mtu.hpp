// What a host has learnt of paths (RFC 1191 §6): one MTU for each destination, forgotten after a while.
#pragma once

#include "stack/base/time.hpp"
#include "stack/wire/address.hpp"

#include <cstdint>
#include <map>

namespace tcpsim::host {

class PathMtuCache {
  public:
    /// Known until `until`.
    void learn(wire::Ipv4Address destination, std::uint16_t mtu, Instant until);
    /// What is known now; else, or if that is less, the MTU of the link.
    [[nodiscard]] std::uint16_t mtu_to(wire::Ipv4Address destination, std::uint16_t of_link, Instant now) const;

  private:
    struct Entry {
        std::uint16_t mtu{0};
        Instant until{};
    };
    std::map<wire::Ipv4Address, Entry> entries_{};
};

}  // namespace tcpsim::host
