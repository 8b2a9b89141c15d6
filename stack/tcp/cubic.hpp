// RFC 9438 (CUBIC) in the integer arithmetic of Linux: segments, 1/1024 s, factors of 1024.
#pragma once

#include "stack/profile/profile.hpp"
#include "stack/tcp/congestion_window.hpp"
#include "stack/tcp/hystart.hpp"

namespace tcpsim::tcp {

class Cubic {
  public:
    void observe(CongestionWindow& window, AckEvent const& ack, profile::Profile const& profile);
    void grow(CongestionWindow& window, AckEvent const& ack, profile::Profile const& profile);
    /// §4.6, §4.7: the new ssthresh.
    std::uint32_t reduce(CongestionWindow const& window, Congested why, profile::Profile const& profile);
    /// Linux forgets all of the path, W_max and the least delay included; §4.8 would keep W_max.
    void timed_out() { *this = Cubic{}; }
    /// §5.8: time without anything to send is not time in which the window could have grown.
    void transmission_starts(Instant now, Duration idle);

  private:
    void begin_epoch(std::uint32_t cwnd, std::uint32_t acknowledged, Instant tick, profile::Profile const& profile);
    [[nodiscard]] std::uint32_t acks_for_cubic(std::uint32_t cwnd, Instant tick, profile::Profile const& profile) const;
    [[nodiscard]] std::uint32_t acks_for_reno(std::uint32_t cwnd, profile::Profile const& profile);
    void update(std::uint32_t cwnd, std::uint32_t acknowledged, Instant now, profile::Profile const& profile);

    HyStart hystart_{};
    Instant epoch_start_{never};  ///< of congestion avoidance since the last reduction; `never`: not yet
    Instant updated_{};
    std::uint32_t w_max_{0};
    std::uint32_t origin_{0};     ///< where the cubic function is flat
    std::uint32_t k_{0};          ///< when it gets there, in 1/1024 s of the epoch
    std::uint32_t w_est_{0};      ///< §4.3: the window that Reno would have
    std::uint32_t reno_acks_{0};  ///< acknowledged and not yet in w_est_
    std::uint32_t acks_{0};       ///< so many for one segment more
    std::uint32_t last_cwnd_{0};  ///< as of updated_
    std::uint32_t delay_min_{0};  ///< microseconds; 0: no sample yet
};

/// The greatest integer whose cube is not above `n`.
std::uint32_t cube_root(std::uint64_t n);

}  // namespace tcpsim::tcp
