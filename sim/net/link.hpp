// A point-to-point link: delay, rate, queue, faults. One pending event per direction, however many frames fly.
#pragma once

#include "sim/net/context.hpp"
#include "sim/net/rule.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace tcpsim::net {

enum class End : std::uint8_t { a, b };
constexpr End other(End end) { return end == End::a ? End::b : End::a; }

struct LinkSettings {
    std::string name{};                 ///< "client-router"
    Duration delay{0};                  ///< one way, each way
    std::uint64_t bits_per_second{0};   ///< 0: as fast as you like
    std::uint32_t queue_packets{1000};  ///< waiting for the transmitter; only a rate can make a queue
};

class Link {
  public:
    Link(trace::LinkId id, LinkSettings settings);

    /// Takes a frame at `from`, asks the rules, and schedules its arrival at the other end.
    void send(End from, FramePtr frame, Context& context);
    /// The event of `towards` is due: the frame that arrives there now, or null if the entry was stale.
    FramePtr arrive(End towards, std::uint64_t number, Context& context);

    /// Cut: nothing passes, frames in flight are lost too.
    void cut(Context& context);
    void restore(Context& context);
    std::uint32_t arm(Rule rule, Context& context);  ///< its number on this link
    void remove(std::uint32_t rule, Context& context);

    [[nodiscard]] LinkSettings const& settings() const { return settings_; }
    [[nodiscard]] trace::LinkId id() const { return id_; }
    [[nodiscard]] std::vector<ArmedRule> const& rules() const { return rules_; }

  private:
    struct Direction {
        std::deque<FramePtr> flying{};  ///< in order of arrival
        Instant transmitter_free{};
        std::uint64_t next_number{0};
    };
    Direction& direction(End towards) { return directions_[towards == End::b ? 0 : 1]; }

    trace::LinkId id_;
    LinkSettings settings_;
    Direction directions_[2]{};
    std::vector<ArmedRule> rules_{};
    bool is_cut_{false};
};

}  // namespace tcpsim::net
