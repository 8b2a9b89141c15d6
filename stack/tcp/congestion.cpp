#include "stack/tcp/congestion.hpp"

#include <algorithm>

namespace tcpsim::tcp {

Congestion::Congestion(profile::CongestionAlgorithm algorithm, std::uint32_t initial_window) {
    window_.cwnd = initial_window;
    switch (algorithm) {
        case profile::CongestionAlgorithm::newreno:
            algorithm_ = NewReno{};
            return;
        case profile::CongestionAlgorithm::cubic:
            algorithm_ = Cubic{};
            return;
        case profile::CongestionAlgorithm::dctcp:
            algorithm_ = Dctcp{};
            return;
    }
}

void Congestion::observe(AckEvent const& /*ack*/) {}

void Congestion::grow(AckEvent const& ack) {
    std::uint32_t segments = ack.segments;
    if (window_.in_slow_start()) {  // RFC 5681 §3.1, counted in segments (RFC 3465 without its limit, as Linux)
        std::uint32_t const grown = std::min(window_.cwnd + segments, window_.ssthresh);
        segments -= grown - window_.cwnd;
        window_.cwnd = grown;
    }
    window_.credit += segments;
    while (window_.credit >= window_.cwnd) {  // congestion avoidance: one segment per window
        window_.credit -= window_.cwnd;
        ++window_.cwnd;
    }
}

void Congestion::reduce(Instant /*now*/) {
    window_.prior_cwnd = window_.cwnd;
    window_.prior_ssthresh = window_.ssthresh;
    window_.ssthresh = std::max(window_.cwnd / 2, 2U);  // RFC 5681 §3.1, equation 4; Linux tcp_reno_ssthresh: of cwnd
    window_.credit = 0;
}

void Congestion::timed_out() {}

void Congestion::transmission_starts(Instant /*now*/, Duration /*idle*/) {}

void Congestion::restart_after_idle(std::uint32_t timeouts, std::uint32_t restart_window) {
    // Linux tcp_cwnd_restart: half for each timeout, not below the restart window; ssthresh remembers three quarters.
    std::uint32_t const least = std::min(restart_window, window_.cwnd);
    window_.ssthresh = std::max(window_.ssthresh, (window_.cwnd >> 1) + (window_.cwnd >> 2));
    for (std::uint32_t i = 0; i < timeouts && window_.cwnd > least; ++i) {
        window_.cwnd >>= 1;
    }
    window_.cwnd = std::max(window_.cwnd, least);
}

void Congestion::undo() {
    // Linux tcp_undo_cwnd_reduction.
    window_.cwnd = std::max(window_.cwnd, window_.prior_cwnd);
    window_.ssthresh = std::max(window_.ssthresh, window_.prior_ssthresh);
}

}  // namespace tcpsim::tcp
