// Controlled delay: RFC 8289, "Controlled Delay Active Queue Management", §5. Who waited for too long, for too long, is
// dropped when the transmitter turns to it.
#pragma once

#include "sim/net/frame.hpp"
#include "stack/base/ring.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tcpsim::net {

/// RFC 8289 §4.
inline constexpr Duration codel_target = std::chrono::milliseconds{5};

struct CodelSettings {
    Duration target{0};                                 ///< codel_target, or another; 0: no CoDel
    Duration interval{std::chrono::milliseconds{100}};  ///< at most longest_codel_interval
    bool marks{false};                                  ///< Linux codel: what is ECN-capable is marked instead
    bool operator==(CodelSettings const&) const = default;
};
/// Its square fits into 64 bits.
inline constexpr Duration longest_codel_interval = std::chrono::seconds{4};

/// RFC 8289 §5, control_law(): interval / sqrt(count), rounded down.
Duration codel_step(Duration interval, std::uint32_t count);

/// A queue that waits for a transmitter. It holds frames, as their fate is not known before their turn comes.
class CodelQueue {
  public:
    struct Waiting {
        FramePtr frame{};
        Instant since{};
        Duration extra{0};  ///< by which a rule delays it after its turn
        std::uint32_t bytes{0};
        bool ecn_capable{false};
    };
    struct Turn {
        Waiting sent{};
        bool marked{false};
        std::vector<FramePtr> dropped{};
    };
    void enqueue(Waiting waiting);
    /// Of a queue in which somebody waits. The last one is never dropped.
    Turn dequeue(CodelSettings const& settings, Instant now);
    Waiting pop();  ///< the first, whatever CoDel says

    [[nodiscard]] bool empty() const { return waiting_.empty(); }
    [[nodiscard]] std::size_t size() const { return waiting_.size(); }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] Waiting const& front() const { return waiting_.front(); }

  private:
    struct Candidate {
        Waiting waiting{};
        bool ok_to_drop{false};
    };
    Candidate take(CodelSettings const& settings, Instant now);
    bool mark_or_drop(CodelSettings const& settings, Candidate& candidate, Turn& turn) const;
    void go_on_dropping(CodelSettings const& settings, Instant now, Candidate& candidate, Turn& turn);
    void begin_dropping(CodelSettings const& settings, Instant now, Candidate& candidate, Turn& turn);

    Ring<Waiting> waiting_{};
    std::uint64_t bytes_{0};
    // RFC 8289 §5's variables.
    std::optional<Instant> first_above_time_{};
    Instant drop_next_{};
    std::uint32_t count_{0};
    std::uint32_t lastcount_{0};
    bool dropping_{false};
};

}  // namespace tcpsim::net
