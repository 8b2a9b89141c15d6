// RFC 8257 (DCTCP) as Linux has it: the window shrinks by half the share of segments that were marked.
#pragma once

#include "stack/profile/profile.hpp"
#include "stack/tcp/congestion_window.hpp"

namespace tcpsim::tcp {

class Dctcp {
  public:
    explicit Dctcp(profile::Profile const& profile)
        : alpha_{static_cast<std::uint32_t>(profile.dctcp.alpha_on_init.value)} {}

    /// §3.3: the share of marks, once per window.
    void observe(CongestionWindow& window, AckEvent const& ack, profile::Profile const& profile);
    /// §3.3: as without DCTCP.
    void grow(CongestionWindow& window, AckEvent const& ack, profile::Profile const& /*profile*/) {
        window.grow_as_reno(ack.segments);
    }
    /// §3.3, §3.4: the new ssthresh, after a mark or a loss.
    std::uint32_t reduce(CongestionWindow const& window, Congested why, profile::Profile const& profile);
    void timed_out() {}
    void transmission_starts(Instant /*now*/, Duration /*idle*/) {}

  private:
    std::uint32_t alpha_;            ///< DCTCP.Alpha, in 1/1024
    std::uint32_t acknowledged_{0};  ///< segments in this window
    std::uint32_t marked_{0};        ///< of these, with ECE
    SeqNum window_end_{};
    bool begun_{false};
};

}  // namespace tcpsim::tcp
