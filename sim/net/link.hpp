// A point-to-point link: delay, rate, queue, faults. One pending event per direction, however many frames fly.
#pragma once

#include "sim/net/context.hpp"
#include "sim/net/rule.hpp"
#include "stack/base/ring.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace tcpsim::net {

enum class End : std::uint8_t { a, b };
constexpr End other(End end) { return end == End::a ? End::b : End::a; }

/// The `owner` of a frame's queue event: which link, and towards which end. Read back by link_of() and towards_of().
constexpr std::uint32_t event_owner(trace::LinkId link, End towards) {
    return static_cast<std::uint32_t>(link) * 2 + (towards == End::a ? 1 : 0);
}
constexpr trace::LinkId link_of(std::uint32_t event_owner) { return trace::LinkId{event_owner / 2}; }
constexpr End towards_of(std::uint32_t event_owner) { return event_owner % 2 == 0 ? End::b : End::a; }

struct LinkSettings {
    std::string name{};                 ///< "client-router"
    Duration delay{0};                  ///< one way, each way
    std::uint64_t bits_per_second{0};   ///< of Ethernet frames, header included; 0: as fast as you like
    std::uint32_t queue_packets{1000};  ///< waiting for the transmitter; only a rate can make a queue
};

/// How long a transmitter is busy with `bytes`: bits * 10^9 / rate, rounded up, so that no rate is ever exceeded.
Duration transmission_time(std::uint64_t bytes, std::uint64_t bits_per_second);

class Link {
  public:
    Link(trace::LinkId id, LinkSettings settings);

    /// Takes a frame at `from`, asks the rules, and schedules its arrival at the other end. A rule acts before the
    /// queue: a frame that it drops costs the transmitter nothing.
    void send(End from, FramePtr frame, Context& context);
    /// From the first frame on: for rules that ask for a class of packets.
    void remember_streams() { remembers_streams_ = true; }
    /// The event of `towards` is due: the frame that arrives there now, or null if the entry was stale. An entry is
    /// live iff it names the frame in front: one frame has at most one entry, and the frame in front has it.
    FramePtr arrive(End towards, std::uint64_t number, Context& context);

    /// Whether the entry of `number` is live.
    [[nodiscard]] bool expects(End towards, std::uint64_t number) const {
        Ring<FramePtr> const& flying = directions_[towards == End::b ? 0 : 1].flying;
        return !flying.empty() && flying.front()->number == number;
    }

    // --- verbs; each records what happened. One that cannot apply (a second cut) returns false and records nothing.
    /// Nothing passes from now on; frames in flight and in the queues are lost, in both directions.
    bool cut(Context& context);
    bool restore(Context& context);
    std::uint32_t arm(Rule rule, Context& context);  ///< its number on this link, from 0
    /// What the rule holds leaves now.
    bool remove(std::uint32_t rule, Context& context);
    /// For frames that are sent from now on, each way. False if it is the delay already.
    bool set_delay(Duration delay, Context& context);

    [[nodiscard]] LinkSettings const& settings() const { return settings_; }
    [[nodiscard]] trace::LinkId id() const { return id_; }
    [[nodiscard]] std::vector<ArmedRule> const& rules() const { return rules_; }

  private:
    struct Direction {
        Ring<FramePtr> flying{};  ///< in order of arrival, then of number
        Ring<Instant> begins{};   ///< when the transmitter turns to each frame that waits for it
        Instant transmitter_free{};
        std::uint64_t next_number{0};
        Instant stalled_until{};  ///< by a rule
        std::uint32_t stalled_by{0};
    };
    /// A frame that a rule holds back.
    struct Held {
        std::uint32_t rule{0};
        End towards{};
        FramePtr frame{};
    };
    Direction& direction(End towards) { return directions_[towards == End::b ? 0 : 1]; }
    ArmedRule const* ask_rules(wire::Frame const& frame);
    void carry_out(ArmedRule const& fired, End towards, FramePtr frame, Context& context);
    void release_held(bool every_one_of_it, std::uint32_t rule, Context& context);
    void launch(End towards, FramePtr frame, Duration extra, std::uint32_t rule, Context& context);
    bool fly(End towards, FramePtr& frame, Duration extra, Context& context);
    void schedule_front(End towards, Context& context);
    void drop(FramePtr frame, trace::DropReason reason, std::uint32_t rule, Context& context) const;
    void lose_everything(Direction& direction, Context& context);
    void trace_delay(FlyingFrame const& frame, std::uint32_t rule, Duration by, Context& context) const;
    void happened(trace::Happening what, std::uint32_t rule, std::string const& name, Context& context) const;

    trace::LinkId id_;
    LinkSettings settings_;
    std::array<Direction, 2> directions_{};
    std::vector<ArmedRule> rules_{};
    std::vector<Held> held_{};  ///< in the order in which they came
    StreamMemory memory_{};
    bool remembers_streams_{false};
    bool is_cut_{false};
};

}  // namespace tcpsim::net
