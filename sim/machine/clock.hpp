// A kernel's clock: the world's, until it is stopped, jumps or runs at another rate.
#pragma once

#include "stack/base/time.hpp"

#include <cstdint>

namespace tcpsim::machine {

class Clock {
  public:
    /// What the kernel believes at `world`; never goes back.
    [[nodiscard]] Instant kernel(Instant world) const;
    /// The first instant of the world at which the kernel believes it is `kernel` or later; `never` stays so.
    [[nodiscard]] Instant world(Instant kernel) const;

    /// It stood still for `pause` until now.
    void stood_still(Duration pause);
    /// Ahead by so much from now on.
    void jump(Instant world, Duration by);
    /// Gains so many parts per million, at least -500'000.
    void run_fast(Instant world, std::int32_t parts_per_million);

  private:
    Instant world_base_{};
    Instant kernel_base_{};
    std::int64_t parts_per_million_{0};
};

}  // namespace tcpsim::machine
