// What stands at the head of a link's direction: a rate, and the queue of those who wait for it.
#pragma once

#include "sim/net/red.hpp"
#include "stack/base/ring.hpp"

#include <cstdint>
#include <vector>

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
        Instant leaves{};         ///< its last bit, if it was admitted
        std::uint64_t ticket{0};  ///< 0: it has left
    };
    /// `stream`: RED's, null without it.
    Admission admit(std::uint32_t bytes, bool ecn_capable, QueueSettings const& settings, Instant now,
                    core::Random* stream);
    /// Sends it next, behind all that wait, whatever a queue may say.
    Admission occupy(std::uint32_t bytes, std::uint64_t bits_per_second, Instant now);
    /// Nothing more leaves before `until`; what comes meanwhile waits.
    void stall(Instant until);
    struct Moved {
        std::uint64_t ticket{0};
        Duration by{0};  ///< it leaves so much later; negative: earlier
    };
    /// Another rate from `now` on: for the rest of what is being sent, and for what waits. By ticket.
    std::vector<Moved> change_rate(std::uint64_t before, std::uint64_t after, Instant now);
    [[nodiscard]] Instant free_at() const { return free_; }

  private:
    /// A frame whose last bit has not left.
    struct Sending {
        Instant not_before{};
        Instant begins{};  ///< when the transmitter turns to it
        Instant ends{};
        std::uint32_t bytes{0};
        std::uint64_t ticket{0};
    };
    void make_progress(Instant now);
    [[nodiscard]] std::size_t waiting() const { return sending_.size() - begun_; }

    Ring<Sending> sending_{};
    std::size_t begun_{0};  ///< so many of them, from the front, are being sent; the others wait
    std::uint64_t waiting_bytes_{0};
    std::uint64_t tickets_{0};
    Instant stalled_until_{};
    Instant free_{};
    Red red_{};
};

}  // namespace tcpsim::net
