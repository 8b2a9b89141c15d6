#include "stack/tcp/prr.hpp"

#include <algorithm>

namespace tcpsim::tcp {

std::uint32_t RateReduction::window(std::uint32_t ssthresh, std::uint32_t in_flight, std::uint32_t newly_delivered,
                                    bool safe) {
    delivered += newly_delivered;
    std::int64_t sendable = 0;
    if (in_flight > ssthresh) {
        // Proportional: CEIL(prr_delivered * ssthresh / RecoverFS) - prr_out.
        std::uint64_t const share = std::uint64_t{ssthresh} * delivered + prior_cwnd - 1;
        sendable = static_cast<std::int64_t>(share / prior_cwnd) - out;
    } else {
        // Slow-start reduction bound, or the conservative one without a SafeACK.
        sendable = std::max<std::int64_t>(static_cast<std::int64_t>(delivered) - out, newly_delivered);
        sendable += safe ? 1 : 0;
        sendable = std::min<std::int64_t>(sendable, ssthresh - in_flight);
    }
    // The first ACK of a recovery always lets its fast retransmission go.
    sendable = std::max<std::int64_t>(sendable, out > 0 ? 0 : 1);
    return in_flight + static_cast<std::uint32_t>(sendable);
}

}  // namespace tcpsim::tcp
