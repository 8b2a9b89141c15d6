// A point-to-point link: delay, rate, queue, faults. One pending event per direction, however many frames fly.
#pragma once

#include "sim/net/codel.hpp"
#include "sim/net/context.hpp"
#include "sim/net/loss.hpp"
#include "sim/net/rule.hpp"
#include "sim/net/transmitter.hpp"
#include "stack/base/ring.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tcpsim::net {

/// The `owner` of a frame's queue event: which link, and towards which end. Read back by link_of() and towards_of().
constexpr std::uint32_t event_owner(trace::LinkId link, End towards) {
    return static_cast<std::uint32_t>(link) * 2 + (towards == End::a ? 1 : 0);
}
constexpr trace::LinkId link_of(std::uint32_t event_owner) { return trace::LinkId{event_owner / 2}; }
constexpr End towards_of(std::uint32_t event_owner) { return event_owner % 2 == 0 ? End::b : End::a; }

struct LinkSettings {
    std::string name{};                ///< "client-router"
    Duration delay{0};                 ///< one way, each way
    std::uint64_t bits_per_second{0};  ///< as in QueueSettings; so are the next two
    std::uint32_t queue_packets{1000};
    std::uint32_t queue_bytes{0};
    RedSettings red{};
    CodelSettings codel{};
    Duration jitter{0};  ///< each frame comes later by up to so much, and none overtakes another
    LossModel loss{};
    bool direct{false};  ///< one cable: each end's carrier is the other's transmitter; else a switch stands between
    bool operator==(LinkSettings const&) const = default;
};

/// What of a link changes; the rest stays. Each way, for frames that are sent from now on; a rate also for those that have
/// not left the transmitter.
struct LinkChange {
    std::optional<Duration> delay{};
    std::optional<Duration> jitter{};
    std::optional<std::uint64_t> bits_per_second{};
    std::optional<std::uint32_t> queue_packets{};
    std::optional<std::uint32_t> queue_bytes{};
    std::optional<LossModel> loss{};
};

class Link {
  public:
    /// `seed`: of its random streams, which are named after it.
    Link(trace::LinkId id, LinkSettings settings, std::uint64_t seed = 0);

    /// Takes a frame at `from`, asks the rules, and schedules its arrival at the other end. A rule acts before the
    /// queue: a frame that it drops costs the transmitter nothing.
    void send(End from, FramePtr frame, Context& context);
    /// From the first frame on: for rules that ask for a class of packets.
    void remember_streams() { remembers_streams_ = true; }
    /// The event of `towards` is due: the frame that arrives there now, or null if the entry was stale, or if it was the
    /// turn of the frame in front of a CoDel queue. An entry is live iff it names the frame in front: one frame has at
    /// most one entry of each kind, and the frame in front has it.
    FramePtr arrive(End towards, std::uint64_t number, Context& context);

    /// Whether the entry of `number` is live.
    [[nodiscard]] bool expects(End towards, std::uint64_t number) const {
        Direction const& there = directions_[towards == End::b ? 0 : 1];
        return (!there.flying.empty() && there.flying.front()->number == number) || there.has_turn(number);
    }

    // --- verbs; each records what happened. One that cannot apply (a second cut) returns false and records nothing.
    /// Nothing passes from now on; frames in flight and in the queues are lost, in both directions.
    bool cut(Context& context);
    /// Ends a cut, and black holes both ways.
    bool restore(Context& context);
    /// Ends a cut only.
    bool reconnect(Context& context);
    /// What is sent from now on towards `only`, or both ways, is lost, and nobody sees it by a carrier.
    bool blackhole(std::optional<End> only, Context& context);
    bool change(LinkChange const& change, Context& context);
    std::uint32_t arm(Rule rule, Context& context);  ///< its number on this link, from 0
    /// What the rule holds leaves now.
    bool remove(std::uint32_t rule, Context& context);
    /// For frames that are sent from now on, each way. False if it is the delay already.
    bool set_delay(Duration delay, Context& context);

    [[nodiscard]] bool is_cut() const { return is_cut_; }
    [[nodiscard]] LinkSettings const& settings() const { return settings_; }
    [[nodiscard]] trace::LinkId id() const { return id_; }
    [[nodiscard]] std::vector<ArmedRule> const& rules() const { return rules_; }

  private:
    struct Direction {
        Ring<FramePtr> flying{};  ///< in order of arrival, then of number
        Transmitter transmitter{};
        CodelQueue queue{};  ///< in place of the transmitter's own
        Instant latest{};    ///< arrival, of frames that only jitter delays
        LossProcess loss{};
        bool swallows{false};
        std::uint64_t next_number{0};
        Instant stalled_until{};  ///< by a rule
        std::uint32_t stalled_by{0};
        [[nodiscard]] bool has_turn(std::uint64_t number) const {
            return !queue.empty() && queue.front().frame->number == number;
        }
    };
    /// The streams of one direction, made when the first is asked for.
    struct Dice {
        core::Random loss;
        core::Random jitter;
        core::Random queue;
    };
    /// A frame that a rule holds back.
    struct Held {
        std::uint32_t rule{0};
        End towards{};
        FramePtr frame{};
        std::uint32_t overtaken{0};
    };
    Direction& direction(End towards) { return directions_[towards == End::b ? 0 : 1]; }
    Dice& dice(End towards);
    ArmedRule* ask_rules(End towards, wire::Frame const& frame, Instant now);
    bool decides_to_fire(ArmedRule& armed);
    static void stall(Direction& there, Instant until);
    void duplicate(ArmedRule const& fired, End towards, FramePtr frame, Context& context);
    void carry_out(ArmedRule& fired, End towards, FramePtr frame, Context& context);
    /// Lets go of those whose time has come, and of all that a rule which is no longer active holds.
    void release_held(Context& context);
    void launch(End towards, FramePtr frame, Duration extra, std::uint32_t rule, Context& context);
    void wait_for_turn(End towards, FramePtr frame, Duration extra, Context& context);
    void take_turns(End towards, Context& context);
    void schedule_turn(End towards, Context& context);
    void change_rate(End towards, std::uint64_t before, Context& context);
    void depart(End towards, FramePtr frame, Transmitter::Admission const& sent, Duration extra, Context& context);
    void fly(End towards, FramePtr frame, Instant arrives, Context& context);
    Duration propagation(End towards, bool delayed, Instant leaves);
    void schedule_front(End towards, Context& context);
    void drop(FramePtr frame, trace::DropReason reason, std::uint32_t rule, Context& context) const;
    [[nodiscard]] QueueSettings queue_settings() const;
    void lose_everything(Direction& direction, Context& context);
    void trace_delay(FlyingFrame const& frame, std::uint32_t rule, Duration by, Context& context) const;
    void happened(trace::Happening what, std::uint32_t rule, std::string const& name, Context& context) const;

    trace::LinkId id_;
    LinkSettings settings_;
    QueueSettings queue_{};  ///< of settings_
    std::uint64_t seed_;
    std::array<std::unique_ptr<Dice>, 2> dice_{};
    std::array<Direction, 2> directions_{};
    std::vector<ArmedRule> rules_{};
    std::vector<Held> held_{};  ///< in the order in which they came
    StreamMemory memory_{};
    bool remembers_streams_{false};
    bool is_cut_{false};
};

}  // namespace tcpsim::net
