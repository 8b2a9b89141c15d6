#include "stack/tcp/congestion.hpp"

#include <algorithm>

namespace tcpsim::tcp {

void Congestion::acknowledged(std::uint32_t segments) {
    if (cwnd_ < ssthresh_) {  // RFC 5681 §3.1: slow start, counted in segments (RFC 3465 without its limit, as Linux)
        std::uint32_t const grown = std::min(cwnd_ + segments, ssthresh_);
        segments -= grown - cwnd_;
        cwnd_ = grown;
    }
    acknowledged_in_window_ += segments;
    while (acknowledged_in_window_ >= cwnd_) {  // congestion avoidance: one segment per window
        acknowledged_in_window_ -= cwnd_;
        ++cwnd_;
    }
}

void Congestion::enter_recovery(std::uint32_t flight) {
    ssthresh_ = std::max(flight / 2, 2U);  // RFC 5681 §3.1, equation 4
    cwnd_ = ssthresh_;
    acknowledged_in_window_ = 0;
}

void Congestion::timed_out(std::uint32_t flight, bool first) {
    if (first) {
        ssthresh_ = std::max(flight / 2, 2U);
    }
    cwnd_ = 1;  // RFC 5681 §3.1: the loss window
    acknowledged_in_window_ = 0;
}

}  // namespace tcpsim::tcp
