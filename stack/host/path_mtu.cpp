#include "stack/host/path_mtu.hpp"

#include <algorithm>

namespace tcpsim::host {

void PathMtuCache::learn(wire::Ipv4Address destination, std::uint16_t mtu, Instant until) {
    entries_[destination] = {mtu, until};
}

std::uint16_t PathMtuCache::mtu_to(wire::Ipv4Address destination, std::uint16_t of_link, Instant now) const {
    auto const found = entries_.find(destination);
    bool const known = found != entries_.end() && now < found->second.until;
    return known ? std::min(found->second.mtu, of_link) : of_link;
}

}  // namespace tcpsim::host
