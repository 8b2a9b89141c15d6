// What stands at the head of a link's direction: a rate, and the queue of those who wait for it.
#pragma once

#include "sim/net/red.hpp"
#include "stack/base/ring.hpp"

#include <cstdint>

namespace tcpsim::net {

struct QueueSettings {
    std::uint64_t bits_per_second{0};   ///< of Ethernet frames, header included; 0: as fast as you like
    std::uint32_t queue_packets{1000};  ///< waiting for the transmitter; only a rate can make a queue
    std::uint32_t queue_bytes{0};       ///< 0: no limit
    RedSettings red{};
};

/// How long a transmitter is busy with `bytes`: bits * 10^9 / rate, rounded up, so that no rate is ever exceeded.
Duration transmission_time(std::uint64_t bytes, std::uint64_t bits_per_second);

class Transmitter {
  public:
    struct Admission {
        enum class Verdict : std::uint8_t { sent, marked, queue_full, dropped_early } verdict{Verdict::sent};
        Instant leaves{};  ///< its last bit, if it was admitted
    };
    /// What waits keeps the rate it was admitted at. `stream`: RED's, null without it.
    Admission admit(std::uint32_t bytes, bool ecn_capable, QueueSettings const& settings, Instant now,
                    core::Random* stream);
    /// Nothing more leaves before `until`; what comes meanwhile waits.
    void stall(Instant until);
    void lose_everything() { *this = Transmitter{}; }

  private:
    struct Waiting {
        Instant begins{};  ///< when the transmitter turns to it
        std::uint32_t bytes{0};
    };
    void forget_begun(Instant now);

    Ring<Waiting> waiting_{};
    std::uint64_t waiting_bytes_{0};
    Instant free_{};
    Red red_{};
};

}  // namespace tcpsim::net
