#include "stack/tcp/congestion.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

using profile::CongestionAlgorithm;

std::variant<NewReno, Cubic, Dctcp> fresh(CongestionAlgorithm algorithm, profile::Profile const& profile) {
    switch (algorithm) {
        case CongestionAlgorithm::newreno:
            return NewReno{};
        case CongestionAlgorithm::cubic:
            return Cubic{};
        case CongestionAlgorithm::dctcp:
            return Dctcp{profile};
    }
    return NewReno{};
}

}  // namespace

std::uint32_t NewReno::reduce(CongestionWindow const& window, Congested /*why*/, profile::Profile const& /*profile*/) {
    // RFC 5681 §3.1, equation 4; Linux tcp_reno_ssthresh: of cwnd, not of the flight.
    return std::max(window.cwnd / 2, CongestionWindow::least_ssthresh);
}

Congestion::Congestion(profile::Profile const& profile, std::optional<CongestionAlgorithm> chosen)
    : profile_{&profile}, algorithm_{fresh(chosen.value_or(profile.congestion.algorithm.value), profile)} {
    window_.cwnd = static_cast<std::uint32_t>(profile.congestion.initial_window.value);
}

CongestionAlgorithm Congestion::algorithm() const {
    if (std::holds_alternative<Dctcp>(algorithm_)) {
        return CongestionAlgorithm::dctcp;
    }
    return std::holds_alternative<Cubic>(algorithm_) ? CongestionAlgorithm::cubic : CongestionAlgorithm::newreno;
}

// Linux tcp_reinit_congestion_control.
void Congestion::choose(CongestionAlgorithm algorithm) { algorithm_ = fresh(algorithm, *profile_); }

void Congestion::observe(AckEvent const& ack) {
    std::visit([&](auto& algorithm) { algorithm.observe(window_, ack, *profile_); }, algorithm_);
}

void Congestion::grow(AckEvent const& ack) {
    std::visit([&](auto& algorithm) { algorithm.grow(window_, ack, *profile_); }, algorithm_);
}

void Congestion::reduce(Instant /*now*/, Congested why) {
    window_.prior_cwnd = window_.cwnd;
    window_.prior_ssthresh = current_ssthresh();
    window_.ssthresh =
        std::visit([&](auto& algorithm) { return algorithm.reduce(window_, why, *profile_); }, algorithm_);
    window_.credit = 0;
}

void Congestion::timed_out() {
    std::visit([](auto& algorithm) { algorithm.timed_out(); }, algorithm_);
}

void Congestion::transmission_starts(Instant now, Duration idle) {
    std::visit([&](auto& algorithm) { algorithm.transmission_starts(now, idle); }, algorithm_);
}

std::uint32_t Congestion::current_ssthresh() const {
    // Linux tcp_current_ssthresh: what was in use is remembered, three quarters of it.
    return std::max(window_.ssthresh, (window_.cwnd >> 1U) + (window_.cwnd >> 2U));
}

void Congestion::restart_after_idle(std::uint32_t timeouts, std::uint32_t restart_window) {
    // RFC 2861 §3.2; Linux tcp_cwnd_restart: half for each timeout, not below the restart window.
    std::uint32_t const least = std::min(restart_window, window_.cwnd);
    window_.ssthresh = current_ssthresh();
    for (std::uint32_t i = 0; i < timeouts && window_.cwnd > least; ++i) {
        window_.cwnd >>= 1;
    }
    window_.cwnd = std::max(window_.cwnd, least);
}

void Congestion::decay_towards(std::uint32_t used) {
    window_.ssthresh = std::max(window_.ssthresh, (window_.cwnd >> 1) + (window_.cwnd >> 2));
    window_.cwnd = (window_.cwnd + used) / 2;
}

void Congestion::count_in_larger_segments(std::uint32_t cwnd) {
    // Linux tcp_mtup_probe_success.
    window_.cwnd = cwnd;
    window_.credit = 0;
    window_.ssthresh = current_ssthresh();
}

void Congestion::undo() {
    // Linux tcp_undo_cwnd_reduction. CUBIC's epoch stays as the reduction left it, whatever RFC 9438 §4.9 says.
    window_.cwnd = std::max(window_.cwnd, window_.prior_cwnd);
    window_.ssthresh = std::max(window_.ssthresh, window_.prior_ssthresh);
}

}  // namespace tcpsim::tcp
