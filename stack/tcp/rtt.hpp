// RFC 6298 in the arithmetic of real systems, selected by the profile. Integers only.
#pragma once

#include "stack/base/seq.hpp"
#include "stack/base/time.hpp"
#include "stack/profile/profile.hpp"

#include <cstdint>

namespace tcpsim::tcp {

class RttEstimator {
  public:
    [[nodiscard]] bool measured() const { return measured_; }
    /// A sample; `una` and `nxt` bound the flight (Linux lets RTTVAR decay once per round trip).
    void measure(Duration sample, SeqNum una, SeqNum nxt, profile::Profile const& profile);
    /// RFC 6298 §5.7: the handshake gave no sample, because its segments were repeated.
    void fail_to_measure() { failed_to_measure_ = true; }
    /// The timeout without back-off.
    [[nodiscard]] Duration rto(profile::Profile const& profile) const;
    /// The timeout after `backoff` doublings, within the profile's bounds.
    [[nodiscard]] Duration rto_backed_off(std::uint8_t backoff, profile::Profile const& profile) const;
    /// The shortest round trip of late; very long before there is one (Linux tcp_min_rtt).
    [[nodiscard]] Duration min_rtt() const { return min_rtt_; }
    void observe_minimum(Duration sample, Instant now, profile::Profile const& profile);
    [[nodiscard]] Duration srtt(profile::Profile const& profile) const;
    [[nodiscard]] Duration rttvar(profile::Profile const& profile) const;

    /// Linux: SRTT in eighths of microseconds, the mean deviation in quarters: what is kept of a path.
    [[nodiscard]] std::uint32_t srtt_eighths() const { return static_cast<std::uint32_t>(srtt_); }
    [[nodiscard]] std::uint32_t deviation_quarters() const { return static_cast<std::uint32_t>(mdev_); }
    /// An earlier connection's SRTT, in eighths of microseconds: if it is longer than ours, the timeout follows it until the next
    /// sample (Linux tcp_init_metrics).
    void expect(std::uint32_t srtt_eighths, profile::Profile const& profile);

  private:
    void measure_linux(Duration sample, SeqNum una, SeqNum nxt, profile::Profile const& profile);
    void measure_net3(Duration sample, profile::Profile const& profile);

    static constexpr Duration no_minimum = std::chrono::microseconds{0xffff'ffff};

    Duration min_rtt_{no_minimum};
    Instant minimum_at_{};
    bool measured_{false};
    bool failed_to_measure_{false};
    std::uint16_t expected_{0};  ///< the timeout until the next sample, in the profile's granules; 0: as measured
    std::int32_t srtt_{0};       ///< Linux: microseconds << 3; Net/3: ticks << 3
    std::int32_t mdev_{0};       ///< Linux: microseconds << 2
    std::int32_t mdev_max_{0};
    std::int32_t rttvar_{0};  ///< Linux: microseconds << 2; Net/3: ticks << 2
    SeqNum rtt_seq_{};
};

}  // namespace tcpsim::tcp
