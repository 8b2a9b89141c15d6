// What every congestion control algorithm steers, what it is told, and the growth that most of them share.
#pragma once

#include "stack/base/seq.hpp"
#include "stack/base/time.hpp"

#include <cstdint>
#include <optional>

namespace tcpsim::tcp {

/// What one ACK told.
struct AckEvent {
    Instant now{};
    std::uint32_t segments{0};  ///< newly acknowledged, cumulatively or selectively
    std::uint32_t bytes{0};     ///< snd.una moved by so much
    bool ece{false};            ///< the ACK carried ECE (RFC 3168)
    SeqNum una{};               ///< after this ACK
    SeqNum nxt{};
    /// Since the last segment it acknowledged was sent, if that was sent only once (Linux ca_rtt_us).
    std::optional<Duration> rtt{};
    Duration srtt{0};
};

/// Why a window is reduced.
enum class Congested : std::uint8_t {
    loss,
    mark,  ///< ECE (RFC 3168 §6.1.2)
};

/// The numbers that every algorithm steers. Segments, as Linux counts.
struct CongestionWindow {
    static constexpr std::uint32_t infinite = 0x7fff'ffff;
    static constexpr std::uint32_t least_ssthresh = 2;  ///< RFC 5681 §3.1, equation 4

    std::uint32_t cwnd{10};
    std::uint32_t ssthresh{infinite};
    std::uint32_t credit{0};          ///< acknowledged in congestion avoidance and not yet turned into window
    std::uint32_t prior_cwnd{0};      ///< before the reduction that may be undone
    std::uint32_t prior_ssthresh{0};  ///< likewise

    [[nodiscard]] bool in_slow_start() const { return cwnd < ssthresh; }
    /// Grows by what was acknowledged, up to ssthresh; returns what is left for congestion avoidance.
    std::uint32_t slow_start(std::uint32_t segments);
    /// One segment more for each `per_segment` acknowledged.
    void avoid(std::uint32_t segments, std::uint32_t per_segment);
    /// RFC 5681 §3.1: slow start, then one segment more for each window.
    void grow_as_reno(std::uint32_t segments);
};

}  // namespace tcpsim::tcp
