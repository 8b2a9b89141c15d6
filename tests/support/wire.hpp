// One direction of a wire between two connections, with rules that count what passes:
//   wire.drop(nth(2).data());  wire.delay(nth(1).fin(), 30ms);  wire.swap(3, 4);  wire.hold();  wire.release(now);
#pragma once

#include "stack/base/time.hpp"
#include "stack/wire/packet.hpp"

#include <functional>
#include <map>
#include <vector>

namespace tcpsim::test {

/// The nth segment of a class, from 1, counted from the moment the rule was made.
struct Which {
    int nth{1};
    int times{1};  ///< and so many less one that follow in the same class
    std::function<bool(wire::TcpSegment const&)> of_class{[](wire::TcpSegment const&) { return true; }};

    [[nodiscard]] Which data() const {
        return {nth, times, [](wire::TcpSegment const& s) { return !s.payload.empty(); }};
    }
    [[nodiscard]] Which syn() const {
        return {nth, times, [](wire::TcpSegment const& s) { return s.flags.has(wire::Flags::syn); }};
    }
    [[nodiscard]] Which fin() const {
        return {nth, times, [](wire::TcpSegment const& s) { return s.flags.has(wire::Flags::fin); }};
    }
    /// Nothing but an ACK.
    [[nodiscard]] Which ack() const {
        return {nth, times,
                [](wire::TcpSegment const& s) { return s.length() == 0 && !s.flags.has(wire::Flags::rst); }};
    }
    [[nodiscard]] Which and_following(int count) const { return {nth, count, of_class}; }
};
inline Which nth(int number) { return {.nth = number}; }
inline Which every() { return {.nth = 1, .times = 1 << 30}; }

class Wire {
  public:
    explicit Wire(Duration delay) : delay_{delay} {}

    void drop(Which const& which) { rules_.push_back({which, {}, 0}); }
    void duplicate(Which const& which) { rules_.push_back({which, {Duration{0}, Duration{0}}, 0}); }
    void delay(Which const& which, Duration extra) { rules_.push_back({which, {extra}, 0}); }
    /// The `first`th segment from now on is delivered directly behind the `second`th.
    void swap(int first, int second);
    /// Keeps everything until release().
    void hold() { holding_ = true; }
    void release(Instant now);
    /// No rule any more; what is on its way arrives.
    void heal(Instant now);
    /// In place of rules: how much later each copy of a segment arrives; none: it is lost.
    void decide_by(std::function<std::vector<Duration>()> fates) { fates_ = std::move(fates); }

    void put(wire::TcpSegment const& segment, Instant now);
    [[nodiscard]] Instant next() const { return flying_.empty() ? never : flying_.begin()->first; }
    wire::TcpSegment take();
    [[nodiscard]] std::size_t dropped() const { return dropped_; }

  private:
    struct Rule {
        Which which{};
        std::vector<Duration> copies{};  ///< the extra delay of each; none: lost
        int seen{0};
    };
    struct Swap {
        int first{0};
        int second{0};
        int seen{0};
        std::vector<wire::TcpSegment> kept{};
    };
    std::vector<Duration> fate(wire::TcpSegment const& segment);
    bool kept_by_swap(wire::TcpSegment const& segment);

    Duration delay_;
    bool holding_{false};
    std::vector<Rule> rules_{};
    std::vector<Swap> swaps_{};
    std::vector<wire::TcpSegment> held_{};
    std::function<std::vector<Duration>()> fates_{};
    std::multimap<Instant, wire::TcpSegment> flying_{};
    std::size_t dropped_{0};
};

}  // namespace tcpsim::test
