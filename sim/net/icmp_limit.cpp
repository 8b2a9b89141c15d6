#include "sim/net/icmp_limit.hpp"

#include <algorithm>

namespace tcpsim::net {

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
    Duration const most = settings_.burst * settings_.each;
    auto const [found, is_new] = buckets_.try_emplace(destination, Bucket{most, now});
    Bucket& bucket = found->second;
    bucket.saved = std::min(bucket.saved + (now - bucket.at), most);
    bucket.at = now;
    if (bucket.saved < settings_.each) {
        return false;
    }
    bucket.saved -= settings_.each;
    saved_ -= one;
    return true;
}

}  // namespace tcpsim::net
