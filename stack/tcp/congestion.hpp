// Congestion control as a value: it decides numbers, never sends. NewReno here; others join as alternatives.
#pragma once

#include <cstdint>

namespace tcpsim::tcp {

/// RFC 5681, in whole segments as Linux counts.
class Congestion {
  public:
    static constexpr std::uint32_t infinite = 0x7fff'ffff;

    explicit Congestion(std::uint32_t initial_window = 10) : cwnd_{initial_window} {}
    [[nodiscard]] std::uint32_t cwnd() const { return cwnd_; }
    [[nodiscard]] std::uint32_t ssthresh() const { return ssthresh_; }

    /// §3.1: `segments` were newly acknowledged and the window had been in use.
    void acknowledged(std::uint32_t segments);
    /// §3.2: fast retransmit; `flight` in segments.
    void enter_recovery(std::uint32_t flight);
    /// RFC 6582 §3.2: deflate at a full acknowledgment.
    void leave_recovery() { cwnd_ = ssthresh_; }
    /// §3.1 equation 4: the retransmission timer expired. Only the first expiry of a series sets ssthresh.
    void timed_out(std::uint32_t flight, bool first);

  private:
    std::uint32_t cwnd_{10};
    std::uint32_t ssthresh_{infinite};
    std::uint32_t acknowledged_in_window_{0};
};

}  // namespace tcpsim::tcp
