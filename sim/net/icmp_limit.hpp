// How many ICMP errors a router sends: Linux's two token buckets, one for each destination and one for all
// (inet_peer_xrlim_allow, icmp_global_allow; RFC 1812 §4.3.2.8).
#pragma once

#include "stack/base/time.hpp"
#include "stack/wire/address.hpp"

#include <chrono>
#include <cstdint>
#include <map>

namespace tcpsim::net {

struct IcmpLimitSettings {
    Duration each{std::chrono::seconds{1}};  ///< sysctl icmp_ratelimit: one to a destination in so long; 0: no limit
    std::uint32_t burst{6};                  ///< XRLIM_BURST_FACTOR
    std::uint32_t per_second{1000};          ///< sysctl icmp_msgs_per_sec
    std::uint32_t burst_of_all{50};          ///< sysctl icmp_msgs_burst
};

class IcmpLimit {
  public:
    explicit IcmpLimit(IcmpLimitSettings settings = {}) : settings_{settings} {}
    /// Whether an error may go to `destination` now; it is counted.
    bool allows(wire::Ipv4Address destination, Instant now);
    /// The same for a packet that found no route: Linux ip_error takes ip_rt_error_cost (a second) out of the destination's
    /// bucket, which holds ip_rt_error_burst (five) for it, before icmp_send asks again.
    bool allows_route_error(wire::Ipv4Address destination, Instant now);

  private:
    struct Bucket {
        Duration saved{0};  ///< time not used up, at most burst * each
        Instant at{};
    };
    Bucket& bucket_of(wire::Ipv4Address destination, Duration most, Instant now);

    IcmpLimitSettings settings_;
    std::map<wire::Ipv4Address, Bucket> buckets_{};
    Duration saved_{0};
    Instant at_{};
    bool begun_{false};
};

}  // namespace tcpsim::net
