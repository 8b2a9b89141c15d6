// Random early detection: Floyd and Jacobson 1993, "Random Early Detection Gateways for Congestion Avoidance", figure 2.
#pragma once

#include "sim/net/probability.hpp"
#include "stack/base/time.hpp"

#include <cstdint>

namespace tcpsim::net {

struct RedSettings {
    std::uint32_t min_packets{0};  ///< of the average; below it nothing is dropped
    std::uint32_t max_packets{0};  ///< from it on everything is; 0: no RED
    Probability at_max{100'000};   ///< just below it
    std::uint8_t weight_shift{9};  ///< the average moves by 1/512 of the difference
    bool marks{false};             ///< RFC 3168 §5: what is ECN-capable is marked instead
    bool operator==(RedSettings const&) const = default;
};

/// One queue's average.
class Red {
  public:
    /// Whether the packet that finds `queued` others is dropped. `idle`: how long the queue has been empty, in packets
    /// that could have been sent meanwhile.
    bool drops(RedSettings const& settings, std::uint32_t queued, std::uint64_t idle, core::Random& stream);
    /// In packets, rounded down.
    [[nodiscard]] std::uint32_t average() const { return static_cast<std::uint32_t>(average_ >> fraction_bits); }

  private:
    static constexpr unsigned fraction_bits = 20;
    void look(RedSettings const& settings, std::uint32_t queued, std::uint64_t idle);
    std::uint64_t average_{0};
    std::int64_t count_{-1};  ///< packets since the last that was dropped; -1: since the average was below
};

}  // namespace tcpsim::net
