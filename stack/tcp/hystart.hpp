// HyStart (Ha and Rhee, "Taming the elephants", 2011) as Linux has it: slow start ends when a queue begins to build, before
// something is lost. Two signs: a train of closely spaced ACKs that is longer than half a round trip, and a delay that grew.
#pragma once

#include "stack/profile/profile.hpp"
#include "stack/tcp/congestion_window.hpp"

namespace tcpsim::tcp {

class HyStart {
  public:
    /// One ACK of slow start with its delay sample, while no sign was found; `delay_min` is the least ever seen.
    void observe(AckEvent const& ack, Duration delay, Duration delay_min, profile::Profile::Cubic const& values);
    /// A sign was seen: slow start is over.
    [[nodiscard]] bool found() const { return found_; }

  private:
    void begin_round(AckEvent const& ack);
    [[nodiscard]] bool train_is_long(Instant now, Duration delay_min, Duration spacing);
    [[nodiscard]] bool delay_grew(Duration delay, Duration delay_min);

    Instant round_start_{};
    Instant last_ack_{};      ///< of the train
    Duration round_delay_{};  ///< the least of this round
    SeqNum round_end_{};
    std::uint8_t samples_{0};
    bool begun_{false};
    bool found_{false};
};

}  // namespace tcpsim::tcp
