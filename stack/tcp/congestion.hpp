// Congestion control as a value behind one small interface: it decides numbers, never sends. Recovery (recovery.hpp) decides
// when a window is reduced or undone; an algorithm decides by how much, and how the window grows.
#pragma once

#include "stack/profile/profile.hpp"
#include "stack/tcp/congestion_window.hpp"
#include "stack/tcp/cubic.hpp"
#include "stack/tcp/dctcp.hpp"

#include <cstdint>
#include <optional>
#include <variant>

namespace tcpsim::tcp {

/// RFC 5681 with RFC 6582's recovery.
struct NewReno {
    void observe(CongestionWindow& /*window*/, AckEvent const& /*ack*/, profile::Profile const& /*profile*/) {}
    void grow(CongestionWindow& window, AckEvent const& ack, profile::Profile const& /*profile*/) {
        window.grow_as_reno(ack.segments);
    }
    std::uint32_t reduce(CongestionWindow const& window, Congested why, profile::Profile const& profile);
    void timed_out() {}
    void transmission_starts(Instant /*now*/, Duration /*idle*/) {}
};

class Congestion {
  public:
    static constexpr std::uint32_t infinite = CongestionWindow::infinite;

    Congestion() = default;
    explicit Congestion(profile::Profile const& profile,
                        std::optional<profile::CongestionAlgorithm> chosen = std::nullopt);

    [[nodiscard]] profile::CongestionAlgorithm algorithm() const;
    [[nodiscard]] std::uint32_t cwnd() const { return window_.cwnd; }
    [[nodiscard]] std::uint32_t ssthresh() const { return window_.ssthresh; }
    [[nodiscard]] bool in_slow_start() const { return window_.in_slow_start(); }

    /// TCP_CONGESTION: another takes over the window as it is, and knows nothing of the path.
    void choose(profile::CongestionAlgorithm algorithm);
    /// Every ACK of something new: delay samples and marks. Before grow().
    void observe(AckEvent const& ack);
    /// RFC 5681 §3.1: an ACK while nothing is being repaired and the window had been in use.
    void grow(AckEvent const& ack);
    /// A loss or a mark: ssthresh as the algorithm says, what was before is remembered. cwnd is recovery's to lower.
    void reduce(Instant now, Congested why = Congested::loss);
    /// The retransmission timer expired (RFC 5681 §3.1): what the algorithm learnt of the path is void. After reduce().
    void timed_out();
    /// The sender starts again after `idle`, nothing having been outstanding.
    void transmission_starts(Instant now, Duration idle);
    /// RFC 2861, as Linux: a window that was not used for so many timeouts decays.
    void restart_after_idle(std::uint32_t timeouts, std::uint32_t restart_window);
    /// RFC 2861: only so much was used for a while: half way down to it.
    void decay_towards(std::uint32_t used);
    /// Segments have grown: `cwnd` of them are the window.
    void count_in_larger_segments(std::uint32_t cwnd);
    void set_cwnd(std::uint32_t cwnd) { window_.cwnd = cwnd; }
    /// As an earlier connection left it.
    void set_ssthresh(std::uint32_t ssthresh) { window_.ssthresh = ssthresh; }
    /// The reduction was spurious.
    void undo();

  private:
    [[nodiscard]] std::uint32_t current_ssthresh() const;

    profile::Profile const* profile_{nullptr};
    CongestionWindow window_{};
    std::variant<NewReno, Cubic, Dctcp> algorithm_{};
};

}  // namespace tcpsim::tcp
