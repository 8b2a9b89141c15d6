#include "stack/tcp/congestion_window.hpp"

#include <algorithm>

namespace tcpsim::tcp {

std::uint32_t CongestionWindow::slow_start(std::uint32_t segments) {
    if (!in_slow_start()) {
        return segments;
    }
    // RFC 5681 §3.1, equation 2; RFC 3465 without its limit L, as Linux.
    std::uint32_t const grown = std::min(segments, ssthresh - cwnd);
    cwnd += grown;
    return segments - grown;
}

void CongestionWindow::avoid(std::uint32_t segments, std::uint32_t per_segment) {
    // Linux tcp_cong_avoid_ai: credit from a time when a segment cost more buys one segment, not several.
    if (credit >= per_segment) {
        credit = 0;
        ++cwnd;
    }
    credit += segments;
    cwnd += credit / per_segment;
    credit %= per_segment;
}

void CongestionWindow::grow_as_reno(std::uint32_t segments) {
    std::uint32_t const left = slow_start(segments);
    if (left > 0) {
        avoid(left, cwnd);
    }
}

}  // namespace tcpsim::tcp
