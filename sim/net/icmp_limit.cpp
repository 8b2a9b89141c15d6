#include "sim/net/icmp_limit.hpp"

#include <algorithm>

namespace tcpsim::net {

namespace {
constexpr Duration route_error_cost = std::chrono::seconds{1};
constexpr Duration route_error_burst = std::chrono::seconds{5};
}  // namespace

/// Filled up to `most` since it was last asked.
IcmpLimit::Bucket& IcmpLimit::bucket_of(wire::Ipv4Address destination, Duration most, Instant now) {
    auto const [found, is_new] = buckets_.try_emplace(destination, Bucket{most, now});
    Bucket& bucket = found->second;
    bucket.saved = std::min(bucket.saved + (now - bucket.at), most);
    bucket.at = now;
    return bucket;
}

bool IcmpLimit::allows_route_error(wire::Ipv4Address destination, Instant now) {
    Bucket& bucket = bucket_of(destination, route_error_burst, now);
    if (bucket.saved < route_error_cost) {
        return false;
    }
    bucket.saved -= route_error_cost;
    return allows(destination, now);
}

bool IcmpLimit::allows(wire::Ipv4Address destination, Instant now) {
    if (settings_.each == Duration{0}) {
        return true;
    }
    Duration const one = Duration{std::chrono::seconds{1}} / settings_.per_second;
    saved_ = begun_ ? std::min(saved_ + (now - at_), settings_.burst_of_all * one) : settings_.burst_of_all * one;
    at_ = now;
    begun_ = true;
    if (saved_ < one) {
        return false;
    }
    Bucket& bucket = bucket_of(destination, settings_.burst * settings_.each, now);
    if (bucket.saved < settings_.each) {
        return false;
    }
    bucket.saved -= settings_.each;
    saved_ -= one;
    return true;
}

}  // namespace tcpsim::net
