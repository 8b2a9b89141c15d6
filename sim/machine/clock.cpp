#include "sim/machine/clock.hpp"

#include "stack/base/check.hpp"

#include <algorithm>

namespace tcpsim::machine {

namespace {
constexpr std::int64_t million = 1'000'000;
}

Instant Clock::kernel(Instant world) const {
    std::int64_t const passed = (world - world_base_).count();
    // In two parts, so that nothing overflows: passed * (10^6 + rate) / 10^6, rounded down.
    std::int64_t const gained = passed / million * parts_per_million_ + passed % million * parts_per_million_ / million;
    std::int64_t const rounded_up =
        parts_per_million_ < 0 && passed % million * parts_per_million_ % million != 0 ? 1 : 0;
    return kernel_base_ + Duration{passed + gained - rounded_up};
}

Instant Clock::world(Instant kernel) const {
    if (kernel == never) {
        return never;
    }
    std::int64_t const rate = million + parts_per_million_;
    std::int64_t const to_pass = std::max<std::int64_t>((kernel - kernel_base_).count(), 0);
    return world_base_ + Duration{to_pass / rate * million + (to_pass % rate * million + rate - 1) / rate};
}

void Clock::stood_still(Duration pause) { world_base_ += pause; }

void Clock::jump(Instant world, Duration by) {
    check(by >= Duration{0}, "a kernel's clock never goes back");
    kernel_base_ = kernel(world) + by;
    world_base_ = world;
}

void Clock::run_fast(Instant world, std::int32_t parts_per_million) {
    check(parts_per_million >= -million / 2, "a clock goes forward");
    jump(world, Duration{0});
    parts_per_million_ = parts_per_million;
}

}  // namespace tcpsim::machine
