#include "sim/net/red.hpp"

#include <algorithm>

namespace tcpsim::net {

void Red::look(RedSettings const& settings, std::uint32_t queued, std::uint64_t idle) {
    // Figure 2: "if the queue is nonempty … else": an idle time takes the place of this packet's look.
    if (idle > 0) {
        // avg := (1 - w)^m avg. After so many the rest is less than a packet, whatever it was.
        constexpr std::uint64_t most = 1U << 16U;
        for (std::uint64_t i = 0; i < std::min(idle, most) && average_ > 0; ++i) {
            average_ -= std::max<std::uint64_t>(average_ >> settings.weight_shift, 1);
        }
        return;
    }
    std::uint64_t const now = std::uint64_t{queued} << fraction_bits;
    if (now >= average_) {
        average_ += (now - average_) >> settings.weight_shift;
    } else {
        average_ -= (average_ - now) >> settings.weight_shift;
    }
}

bool Red::drops(RedSettings const& settings, std::uint32_t queued, std::uint64_t idle, core::Random& stream) {
    look(settings, queued, idle);
    std::uint64_t const least = std::uint64_t{settings.min_packets} << fraction_bits;
    std::uint64_t const most = std::uint64_t{settings.max_packets} << fraction_bits;
    if (average_ < least) {
        count_ = -1;
        return false;
    }
    if (average_ >= most) {
        count_ = 0;
        return true;
    }
    ++count_;
    // pb := maxp (avg - min) / (max - min); pa := pb / (1 - count pb), so that drops are evenly spread.
    std::uint64_t const per_million = settings.at_max.per_million * (average_ - least) / (most - least);
    std::uint64_t const spent = static_cast<std::uint64_t>(count_) * per_million;
    std::uint64_t const left = Probability::certain > spent ? Probability::certain - spent : 0;
    bool const dropped = per_million >= left ? stream.chance(1, 1) : stream.chance(per_million, left);
    count_ = dropped ? 0 : count_;
    return dropped;
}

}  // namespace tcpsim::net
