// A sender's congestion control without a sender: segments of one byte, acknowledged as the test says.
#pragma once

#include "stack/tcp/congestion.hpp"
#include "tests/support/dialogue.hpp"

#include <string_view>

namespace tcpsim::test {

class CongestedSender {
  public:
    explicit CongestedSender(profile::Profile const& profile) : control{profile} {}

    /// One ACK of so many segments, with a delay sample if `rtt` is given; everything up to nxt stays sent.
    void ack(std::uint32_t segments, std::optional<Duration> rtt = {}, bool ece = false) {
        una += segments;
        nxt = later_of(nxt, una);
        tcp::AckEvent const event{now, segments, segments, ece, una, nxt, rtt, Duration{0}};
        control.observe(event);
        control.grow(event);
    }
    /// How many ACKs of one segment each until cwnd grows by one.
    std::uint32_t acks_for_one_more() {
        std::uint32_t const before = control.cwnd();
        std::uint32_t acks = 0;
        while (control.cwnd() == before && acks < 1'000'000) {
            ack(1);
            ++acks;
        }
        return acks;
    }
    /// Loses at a window of `cwnd` and goes on at what is left, in congestion avoidance.
    void reduce_at(std::uint32_t cwnd) {
        control.set_cwnd(cwnd);
        control.reduce(now);
        control.set_cwnd(control.ssthresh());
    }

    tcp::Congestion control;
    Instant now{std::chrono::seconds{1000}};
    SeqNum una{0xffff'ff00};  // wraps
    SeqNum nxt{0xffff'ff00};
};

/// Linux with that congestion control.
inline profile::Profile linux_with(profile::CongestionAlgorithm algorithm) {
    profile::Profile p = profile_of("linux");
    p.congestion.algorithm.value = algorithm;
    return p;
}

}  // namespace tcpsim::test
