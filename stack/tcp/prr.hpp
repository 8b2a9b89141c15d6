// RFC 9937 (formerly RFC 6937), proportional rate reduction: how many segments an ACK lets go while the window comes down.
#pragma once

#include <cstdint>

namespace tcpsim::tcp {

/// One reduction: begun with `prior_cwnd`, going towards ssthresh. Segments.
struct RateReduction {
    std::uint32_t prior_cwnd{0};
    std::uint32_t delivered{0};  ///< prr_delivered
    std::uint32_t out{0};        ///< prr_out

    /// What cwnd becomes: in_flight plus what may be sent now. `safe`: the ACK advanced snd.una and told of no new loss
    /// (RFC 9937 §6.2's SafeACK).
    [[nodiscard]] std::uint32_t window(std::uint32_t ssthresh, std::uint32_t in_flight, std::uint32_t newly_delivered,
                                       bool safe);
};

}  // namespace tcpsim::tcp
