// Congestion control as a value behind one small interface: it decides numbers, never sends. Recovery (recovery.hpp) decides
// when a window is reduced or undone; an algorithm decides by how much, and how the window grows. Segments, as Linux counts.
#pragma once

#include "stack/base/seq.hpp"
#include "stack/base/time.hpp"
#include "stack/profile/profile.hpp"

#include <cstdint>
#include <optional>
#include <variant>

namespace tcpsim::tcp {

/// The numbers that every algorithm steers.
struct CongestionWindow {
    static constexpr std::uint32_t infinite = 0x7fff'ffff;

    std::uint32_t cwnd{10};
    std::uint32_t ssthresh{infinite};
    std::uint32_t credit{0};          ///< acknowledged in congestion avoidance and not yet turned into window
    std::uint32_t prior_cwnd{0};      ///< before the reduction that may be undone
    std::uint32_t prior_ssthresh{0};  ///< likewise
    [[nodiscard]] bool in_slow_start() const { return cwnd < ssthresh; }
};

/// What one ACK told.
struct AckEvent {
    Instant now{};
    std::uint32_t segments{0};  ///< newly acknowledged, cumulatively or selectively
    std::uint32_t bytes{0};     ///< snd.una moved by so much
    bool ece{false};            ///< the ACK carried ECE (RFC 3168)
    SeqNum una{};               ///< after this ACK
    SeqNum nxt{};
    std::optional<Duration> rtt{};  ///< its sample, if it gave one
    Duration srtt{0};
};

/// RFC 5681 with RFC 6582's recovery.
struct NewReno {};
/// RFC 9438 with HyStart as Linux has it.
struct Cubic {};
/// RFC 8257.
struct Dctcp {};

class Congestion {
  public:
    static constexpr std::uint32_t infinite = CongestionWindow::infinite;

    Congestion() = default;
    Congestion(profile::CongestionAlgorithm algorithm, std::uint32_t initial_window);

    [[nodiscard]] std::uint32_t cwnd() const { return window_.cwnd; }
    [[nodiscard]] std::uint32_t ssthresh() const { return window_.ssthresh; }
    [[nodiscard]] bool in_slow_start() const { return window_.in_slow_start(); }
    /// The window before the reduction that is in force.
    [[nodiscard]] std::uint32_t prior_cwnd() const { return window_.prior_cwnd; }

    /// Every ACK of something new: delay samples and marks.
    void observe(AckEvent const& ack);
    /// RFC 5681 §3.1: an ACK while nothing is being repaired and the window had been in use.
    void grow(AckEvent const& ack);
    /// A loss or a mark: ssthresh as the algorithm says, what was before is remembered. cwnd is recovery's to lower.
    void reduce(Instant now);
    /// The retransmission timer expired (RFC 5681 §3.1): what the algorithm learnt of the path is void.
    void timed_out();
    /// The sender starts again after `idle`, nothing having been outstanding.
    void transmission_starts(Instant now, Duration idle);
    /// RFC 2861, as Linux: a window that was not used for so many timeouts decays.
    void restart_after_idle(std::uint32_t timeouts, std::uint32_t restart_window);
    void set_cwnd(std::uint32_t cwnd) { window_.cwnd = cwnd; }
    /// The reduction was spurious.
    void undo();

  private:
    CongestionWindow window_{};
    std::variant<NewReno, Cubic, Dctcp> algorithm_{};
};

}  // namespace tcpsim::tcp
