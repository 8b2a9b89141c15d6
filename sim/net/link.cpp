#include "sim/net/link.hpp"

#include "sim/net/corruption.hpp"

#include <algorithm>
#include <utility>

namespace tcpsim::net {

namespace {

/// RFC 3168 §5: congestion experienced.
void mark(wire::Frame& frame) {
    if (auto* const packet = std::get_if<wire::Ipv4Packet>(&frame.body)) {
        packet->header.tos |= 0b11;
    }
}

bool is_ecn_capable(wire::Frame const& frame) {
    auto const* const packet = std::get_if<wire::Ipv4Packet>(&frame.body);
    return packet != nullptr && packet->header.ecn() != wire::Ecn::not_ect;
}

}  // namespace

Link::Link(trace::LinkId id, LinkSettings settings, std::uint64_t seed)
    : id_{id}, settings_{std::move(settings)}, queue_{queue_settings()}, seed_{seed} {}

QueueSettings Link::queue_settings() const {
    return {settings_.bits_per_second, settings_.queue_packets, settings_.queue_bytes, settings_.red};
}

Link::Dice& Link::dice(End towards) {
    std::unique_ptr<Dice>& dice = dice_[towards == End::b ? 0 : 1];
    if (!dice) {
        std::string const path = "link/" + settings_.name + (towards == End::b ? "/to-b" : "/to-a");
        dice = std::make_unique<Dice>(Dice{core::Random{seed_, path + "/loss"}, core::Random{seed_, path + "/jitter"},
                                           core::Random{seed_, path + "/queue"}});
    }
    return *dice;
}

void Link::send(End from, FramePtr frame, Context& context) {
    End const towards = other(from);
    if (is_cut_ || direction(towards).swallows) {
        drop(std::move(frame), is_cut_ ? trace::DropReason::link_cut : trace::DropReason::black_hole, 0, context);
        return;
    }
    ArmedRule* const fired = ask_rules(towards, frame->frame, context.now);
    if (fired != nullptr) {
        carry_out(*fired, towards, std::move(frame), context);
    } else {
        launch(towards, std::move(frame), Duration{0}, 0, context);
    }
    release_held(context);
}

void Link::carry_out(ArmedRule& fired, End towards, FramePtr frame, Context& context) {
    auto const rule = static_cast<std::uint32_t>(&fired - rules_.data());
    Verdict const& verdict = fired.rule.verdict;
    switch (verdict.kind) {
        case Verdict::Kind::drop:
            drop(std::move(frame), trace::DropReason::rule, rule, context);
            return;
        case Verdict::Kind::hold:
            held_.push_back({rule, towards, std::move(frame)});
            held_.back().frame->arrives = context.now;
            return;
        case Verdict::Kind::delay:
            launch(towards, std::move(frame), verdict.delay, rule, context);
            return;
        case Verdict::Kind::stall:
            stall(direction(towards), context.now + verdict.delay);
            direction(towards).stalled_by = rule;
            break;
        case Verdict::Kind::duplicate:
            duplicate(fired, towards, std::move(frame), context);
            return;
        case Verdict::Kind::mark_ce:
            mark(frame->frame);
            break;
        case Verdict::Kind::corrupt:
            frame->frame = corrupted(frame->frame, fired.dice->below(corruptible_bits(frame->frame)));
            break;
        case Verdict::Kind::pass:
            break;
    }
    launch(towards, std::move(frame), Duration{0}, rule, context);
}

void Link::duplicate(ArmedRule const& fired, End towards, FramePtr frame, Context& context) {
    auto const rule = static_cast<std::uint32_t>(&fired - rules_.data());
    std::vector<FramePtr> copies;
    for (std::uint32_t i = 0; i < fired.rule.verdict.count; ++i) {
        FramePtr& copy = copies.emplace_back(context.frames.take());
        copy->frame = frame->frame;
        copy->packet = frame->packet;
        copy->cause = frame->cause;
    }
    launch(towards, std::move(frame), Duration{0}, rule, context);
    for (FramePtr& copy : copies) {
        launch(towards, std::move(copy), fired.rule.verdict.delay, rule, context);
    }
}

void Link::stall(Direction& there, Instant until) {
    there.stalled_until = until;
    there.transmitter.stall(until);
}

void Link::release_held(Context& context) {
    for (std::size_t i = 0; i < held_.size();) {
        std::uint32_t const rule = held_[i].rule;
        if (rules_[rule].active && held_[i].overtaken < rules_[rule].rule.verdict.count) {
            ++i;
            continue;
        }
        Held released = std::move(held_[i]);
        held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(i));
        trace_delay(*released.frame, rule, context.now - released.frame->arrives, context);
        launch(released.towards, std::move(released.frame), Duration{0}, rule, context);
    }
}

/// Off it goes, later by `extra` because `rule` says so: queue and transmitter, then the way.
void Link::launch(End towards, FramePtr frame, Duration extra, std::uint32_t rule, Context& context) {
    Direction& there = direction(towards);
    if (there.stalled_until > context.now) {
        trace_delay(*frame, there.stalled_by, there.stalled_until - context.now, context);
    }
    if (extra > Duration{0}) {
        trace_delay(*frame, rule, extra, context);
    }
    if (settings_.codel.target != Duration{0}) {
        wait_for_turn(towards, std::move(frame), extra, context);
        return;
    }
    using Admitted = Transmitter::Admission::Verdict;
    core::Random* const stream = settings_.red.max_packets == 0 ? nullptr : &dice(towards).queue;
    auto const admission = there.transmitter.admit(static_cast<std::uint32_t>(wire::wire_size(frame->frame)),
                                                   is_ecn_capable(frame->frame), queue_, context.now, stream);
    switch (admission.verdict) {
        case Admitted::queue_full:
            drop(std::move(frame), trace::DropReason::queue_full, 0, context);
            return;
        case Admitted::dropped_early:
            drop(std::move(frame), trace::DropReason::early_drop, 0, context);
            return;
        case Admitted::marked:
            mark(frame->frame);
            break;
        case Admitted::sent:
            break;
    }
    depart(towards, std::move(frame), admission, extra, context);
}

/// Out of the transmitter and onto the wire.
void Link::depart(End towards, FramePtr frame, Transmitter::Admission const& sent, Duration extra, Context& context) {
    bool const delayed = extra > Duration{0};
    Instant const leaves = sent.leaves + extra;
    frame->ticket = sent.ticket;
    frame->in_order = !delayed && settings_.jitter != Duration{0};
    fly(towards, std::move(frame), leaves + propagation(towards, delayed, leaves), context);
}

/// A CoDel queue knows only at a frame's turn whether it goes.
void Link::wait_for_turn(End towards, FramePtr frame, Duration extra, Context& context) {
    Direction& there = direction(towards);
    if (!there.queue.empty() && there.transmitter.free_at() <= context.now) {
        take_turns(towards, context);  // it makes room, whether its event came already or comes next
    }
    auto const bytes = static_cast<std::uint32_t>(wire::wire_size(frame->frame));
    bool const waits = !there.queue.empty() || there.transmitter.free_at() > context.now;
    bool const too_many = there.queue.size() >= settings_.queue_packets;
    bool const too_much = settings_.queue_bytes != 0 && there.queue.bytes() + bytes > settings_.queue_bytes;
    if (waits && (too_many || too_much)) {
        drop(std::move(frame), trace::DropReason::queue_full, 0, context);
        return;
    }
    frame->number = there.next_number++;
    bool const ecn_capable = is_ecn_capable(frame->frame);
    bool const is_first = there.queue.empty();
    there.queue.enqueue({std::move(frame), context.now, extra, bytes, ecn_capable});
    if (!waits) {
        take_turns(towards, context);
    } else if (is_first) {
        schedule_turn(towards, context);
    }
}

/// The transmitter is free: it sends whom the queue gives it, and is busy again.
void Link::take_turns(End towards, Context& context) {
    Direction& there = direction(towards);
    while (!there.queue.empty() && there.transmitter.free_at() <= context.now) {
        CodelQueue::Turn turn = there.queue.dequeue(settings_.codel, context.now);
        for (FramePtr& dropped : turn.dropped) {
            drop(std::move(dropped), trace::DropReason::early_drop, 0, context);
        }
        if (turn.marked) {
            mark(turn.sent.frame->frame);
        }
        auto const sent = there.transmitter.occupy(turn.sent.bytes, settings_.bits_per_second, context.now);
        depart(towards, std::move(turn.sent.frame), sent, turn.sent.extra, context);
    }
    if (!there.queue.empty()) {
        schedule_turn(towards, context);
    }
}

void Link::schedule_turn(End towards, Context& context) {
    Direction const& there = direction(towards);
    context.queue.push({.at = std::max(there.transmitter.free_at(), context.now),
                        .kind = core::Kind::frame,
                        .owner = event_owner(id_, towards),
                        .first = there.queue.front().frame->number});
}

/// The link's delay and jitter. A frame that only jitter delays does not overtake, one that a rule delays is overtaken.
Duration Link::propagation(End towards, bool delayed, Instant leaves) {
    if (settings_.jitter == Duration{0}) {
        return settings_.delay;
    }
    auto const most = static_cast<std::uint64_t>(settings_.jitter.count()) + 1;
    Duration const varied = settings_.delay + Duration{dice(towards).jitter.below(most)};
    if (delayed) {
        return varied;
    }
    Instant& latest = direction(towards).latest;
    latest = std::max(latest, leaves + varied);
    return latest - leaves;
}

/// The rule that fires for this frame. All of them look at it, so that each keeps count.
ArmedRule* Link::ask_rules(End towards, wire::Frame const& frame, Instant now) {
    ArmedRule* first = nullptr;
    PacketClasses const classes = remembers_streams_ ? memory_.see(frame) : PacketClasses{};
    for (std::uint32_t number = 0; number < rules_.size(); ++number) {
        ArmedRule& armed = rules_[number];
        bool const this_way = !armed.rule.match.towards || *armed.rule.match.towards == towards;
        bool const can_be = armed.rule.verdict.kind != Verdict::Kind::mark_ce || is_ecn_capable(frame);
        if (!armed.active || !this_way || !can_be || !matches(armed.rule.match, frame, classes)) {
            continue;
        }
        ++armed.seen;
        for (Held& held : held_) {
            held.overtaken += held.rule == number && held.towards == towards ? 1U : 0U;
        }
        if (decides_to_fire(armed) && first == nullptr) {
            first = &armed;
        }
    }
    if (first != nullptr) {
        ++first->fired;
        first->first_fired = std::min(first->first_fired, now);
    }
    return first;
}

/// A rule with a chance draws for each packet it might take, also for those that an earlier rule took.
bool Link::decides_to_fire(ArmedRule& armed) {
    Match const& match = armed.rule.match;
    return fires(match, armed.seen) && (!match.chance || match.chance->happens(*armed.dice));
}

/// It has left the transmitter: random loss is the wire's.
void Link::fly(End towards, FramePtr frame, Instant arrives, Context& context) {
    Direction& there = direction(towards);
    if (!settings_.loss.loses_nothing() && there.loss.loses(settings_.loss, dice(towards).loss)) {
        drop(std::move(frame), trace::DropReason::link_loss, 0, context);
        return;
    }
    frame->number = there.next_number++;
    frame->scheduled = false;
    frame->arrives = arrives;
    there.flying.push_back(std::move(frame));
    // Only a delayed frame is overtaken. Numbers grow, so that frames of one instant keep their order.
    for (std::size_t i = there.flying.size() - 1; i > 0 && there.flying[i]->arrives < there.flying[i - 1]->arrives;
         --i) {
        std::swap(there.flying[i], there.flying[i - 1]);
    }
    schedule_front(towards, context);
}

/// The frame in front has an event. A frame that was overtaken keeps the one it got when it was in front.
void Link::schedule_front(End towards, Context& context) {
    Ring<FramePtr> const& flying = direction(towards).flying;
    if (flying.empty() || flying.front()->scheduled) {
        return;
    }
    FlyingFrame& front = *flying.front();
    front.scheduled = true;
    core::Event event;
    event.at = front.arrives;
    event.kind = core::Kind::frame;
    event.owner = event_owner(id_, towards);
    event.first = front.number;
    context.queue.push(event);
}

FramePtr Link::arrive(End towards, std::uint64_t number, Context& context) {
    if (!expects(towards, number)) {
        return FramePtr{};  // the frame was lost when the link was cut
    }
    if (direction(towards).has_turn(number)) {
        take_turns(towards, context);
        return FramePtr{};
    }
    Ring<FramePtr>& flying = direction(towards).flying;
    FramePtr frame = std::move(flying.front());
    flying.pop_front();
    schedule_front(towards, context);
    return frame;
}

bool Link::cut(Context& context) {
    if (is_cut_) {
        return false;
    }
    is_cut_ = true;
    happened(trace::Happening::link_cut, 0, settings_.name, context);
    for (Direction& each : directions_) {
        lose_everything(each, context);
    }
    for (Held& each : std::exchange(held_, {})) {
        drop(std::move(each.frame), trace::DropReason::link_cut, 0, context);
    }
    return true;
}

void Link::lose_everything(Direction& direction, Context& context) {
    for (; !direction.flying.empty(); direction.flying.pop_front()) {
        drop(std::move(direction.flying.front()), trace::DropReason::link_cut, 0, context);
    }
    while (!direction.queue.empty()) {
        drop(direction.queue.pop().frame, trace::DropReason::link_cut, 0, context);
    }
    // Numbers go on, so that no entry left in the queue can ever name a later frame.
    direction = Direction{.loss = direction.loss, .swallows = direction.swallows, .next_number = direction.next_number};
}

bool Link::restore(Context& context) {
    if (!is_cut_ && !directions_[0].swallows && !directions_[1].swallows) {
        return false;
    }
    is_cut_ = false;
    directions_[0].swallows = directions_[1].swallows = false;
    happened(trace::Happening::link_restored, 0, settings_.name, context);
    return true;
}

bool Link::reconnect(Context& context) {
    if (!is_cut_) {
        return false;
    }
    is_cut_ = false;
    happened(trace::Happening::link_restored, 0, settings_.name, context);
    return true;
}

bool Link::blackhole(std::optional<End> only, Context& context) {
    bool changed = false;
    for (End const towards : {End::a, End::b}) {
        if ((!only || *only == towards) && !direction(towards).swallows) {
            direction(towards).swallows = changed = true;
        }
    }
    if (changed) {
        happened(trace::Happening::link_blackholed, 0, settings_.name, context);
    }
    return changed;
}

std::uint32_t Link::arm(Rule rule, Context& context) {
    auto const number = static_cast<std::uint32_t>(rules_.size());
    ArmedRule& armed = rules_.emplace_back(ArmedRule{.rule = std::move(rule)});
    if (armed.rule.match.chance || armed.rule.verdict.kind == Verdict::Kind::corrupt) {
        armed.dice.emplace(seed_, "link/" + settings_.name + "/rule/" + armed.rule.name);
    }
    happened(trace::Happening::rule_armed, number, armed.rule.name, context);
    return number;
}

bool Link::remove(std::uint32_t rule, Context& context) {
    if (rule >= rules_.size() || !rules_[rule].active) {
        return false;
    }
    rules_[rule].active = false;
    happened(trace::Happening::rule_removed, rule, rules_[rule].rule.name, context);
    release_held(context);
    return true;
}

bool Link::set_delay(Duration delay, Context& context) {
    if (delay == settings_.delay) {
        return false;
    }
    settings_.delay = delay;
    happened(trace::Happening::delay_changed, 0, settings_.name, context);
    return true;
}

bool Link::change(LinkChange const& change, Context& context) {
    LinkSettings const before = settings_;
    settings_.delay = change.delay.value_or(before.delay);
    settings_.jitter = change.jitter.value_or(before.jitter);
    settings_.bits_per_second = change.bits_per_second.value_or(before.bits_per_second);
    settings_.queue_packets = change.queue_packets.value_or(before.queue_packets);
    settings_.queue_bytes = change.queue_bytes.value_or(before.queue_bytes);
    settings_.loss = change.loss.value_or(before.loss);
    if (settings_ == before) {
        return false;
    }
    queue_ = queue_settings();
    if (settings_.bits_per_second != before.bits_per_second) {
        change_rate(End::a, before.bits_per_second, context);
        change_rate(End::b, before.bits_per_second, context);
    }
    happened(trace::Happening::link_changed, 0, settings_.name, context);
    return true;
}

/// What has not left the transmitter comes earlier or later. It gets another number, so that the entry it had is stale.
void Link::change_rate(End towards, std::uint64_t before, Context& context) {
    Direction& there = direction(towards);
    auto const moved = there.transmitter.change_rate(before, settings_.bits_per_second, context.now);
    if (moved.empty()) {
        return;
    }
    Instant latest{};
    std::vector<FramePtr> flying;
    for (; !there.flying.empty(); there.flying.pop_front()) {
        FramePtr frame = std::move(there.flying.front());
        auto const found =
            std::lower_bound(moved.begin(), moved.end(), frame->ticket,
                             [](auto const& each, std::uint64_t ticket) { return each.ticket < ticket; });
        if (found != moved.end() && found->ticket == frame->ticket) {
            frame->arrives += found->by;
            frame->number = there.next_number++;
            frame->scheduled = false;
        }
        if (frame->in_order) {
            latest = frame->arrives = std::max(frame->arrives, latest);
        }
        flying.push_back(std::move(frame));
    }
    there.latest = latest;
    std::stable_sort(flying.begin(), flying.end(),
                     [](FramePtr const& a, FramePtr const& b) { return a->arrives < b->arrives; });
    for (FramePtr& frame : flying) {
        there.flying.push_back(std::move(frame));
    }
    schedule_front(towards, context);
    if (!there.queue.empty()) {
        there.queue.front().frame->number = there.next_number++;
        schedule_turn(towards, context);
    }
}

void Link::drop(FramePtr frame, trace::DropReason reason, std::uint32_t rule, Context& context) const {
    context.trace([&]() -> trace::Event {
        return trace::FrameDropped{
            .link = id_, .reason = reason, .rule = rule, .packet = frame->packet, .frame = &frame->frame};
    });
}

void Link::trace_delay(FlyingFrame const& frame, std::uint32_t rule, Duration by, Context& context) const {
    context.trace([&]() -> trace::Event {
        return trace::FrameDelayed{.link = id_, .rule = rule, .packet = frame.packet, .by = by, .frame = &frame.frame};
    });
}

void Link::happened(trace::Happening what, std::uint32_t rule, std::string const& name, Context& context) const {
    context.trace(
        [&]() -> trace::Event { return trace::Happened{.what = what, .link = id_, .rule = rule, .name = name}; });
}

}  // namespace tcpsim::net
