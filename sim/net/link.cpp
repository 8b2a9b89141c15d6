#include "sim/net/link.hpp"

#include "stack/base/check.hpp"

#include <algorithm>
#include <utility>

namespace tcpsim::net {

Duration transmission_time(std::uint64_t bytes, std::uint64_t bits_per_second) {
    // A frame has at most 64 KiB and a header, so that bits * 10^9 stays far below 2^63.
    check(bytes < 1'000'000'000, "a frame is small enough to be timed in 64 bits");
    std::uint64_t const bits_times_second = bytes * 8 * 1'000'000'000;
    return Duration{bits_times_second / bits_per_second + (bits_times_second % bits_per_second == 0 ? 0 : 1)};
}

Link::Link(trace::LinkId id, LinkSettings settings) : id_{id}, settings_{std::move(settings)} {}

void Link::send(End from, FramePtr frame, Context& context) {
    End const towards = other(from);
    if (is_cut_) {
        drop(std::move(frame), trace::DropReason::link_cut, 0, context);
        return;
    }
    ArmedRule const* const fired = ask_rules(frame->frame);
    if (fired != nullptr) {
        carry_out(*fired, towards, std::move(frame), context);
    } else {
        launch(towards, std::move(frame), Duration{0}, 0, context);
    }
    for (std::uint32_t rule = 0; !held_.empty() && rule < rules_.size(); ++rule) {
        release_held(false, rule, context);
    }
}

void Link::carry_out(ArmedRule const& fired, End towards, FramePtr frame, Context& context) {
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
            direction(towards).stalled_until = context.now + verdict.delay;
            direction(towards).stalled_by = rule;
            break;
        case Verdict::Kind::duplicate: {
            std::vector<FramePtr> copies;
            for (std::uint32_t i = 0; i < verdict.count; ++i) {
                FramePtr& copy = copies.emplace_back(context.frames.take());
                copy->frame = frame->frame;
                copy->packet = frame->packet;
                copy->cause = frame->cause;
            }
            launch(towards, std::move(frame), Duration{0}, rule, context);
            for (FramePtr& copy : copies) {
                launch(towards, std::move(copy), verdict.delay, rule, context);
            }
            return;
        }
        case Verdict::Kind::mark_ce:
            if (auto* const packet = std::get_if<wire::Ipv4Packet>(&frame->frame.body)) {
                packet->header.tos |= 0b11;  // RFC 3168 §5
            }
            break;
        case Verdict::Kind::pass:
            break;
    }
    launch(towards, std::move(frame), Duration{0}, rule, context);
}

/// Lets go of what `rule` holds if its time has come.
void Link::release_held(bool every_one_of_it, std::uint32_t rule, Context& context) {
    ArmedRule const& armed = rules_[rule];
    if (!every_one_of_it && armed.seen < armed.rule.verdict.count) {
        return;
    }
    for (std::size_t i = 0; i < held_.size();) {
        if (held_[i].rule != rule) {
            ++i;
            continue;
        }
        Held released = std::move(held_[i]);
        held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(i));
        trace_delay(*released.frame, rule, context.now - released.frame->arrives, context);
        launch(released.towards, std::move(released.frame), Duration{0}, rule, context);
    }
}

/// Off it goes, later by `extra` because `rule` says so.
void Link::launch(End towards, FramePtr frame, Duration extra, std::uint32_t rule, Context& context) {
    Direction const& there = direction(towards);
    if (there.stalled_until > context.now + extra) {
        extra = there.stalled_until - context.now;
        rule = there.stalled_by;
    }
    if (extra > Duration{0}) {
        trace_delay(*frame, rule, extra, context);
    }
    if (!fly(towards, frame, extra, context)) {
        drop(std::move(frame), trace::DropReason::queue_full, 0, context);
    }
}

/// The rule that fires for this frame. All of them look at it, so that each keeps count.
ArmedRule const* Link::ask_rules(wire::Frame const& frame) {
    ArmedRule* first = nullptr;
    PacketClasses const classes = remembers_streams_ ? memory_.see(frame) : PacketClasses{};
    for (ArmedRule& armed : rules_) {
        if (!armed.active || !matches(armed.rule.match, frame, classes)) {
            continue;
        }
        ++armed.seen;
        if (first == nullptr && fires(armed.rule.match, armed.seen)) {
            first = &armed;
        }
    }
    if (first != nullptr) {
        ++first->fired;
    }
    return first;
}

/// Queues, transmits and propagates; false, and the frame is still the caller's, if the queue is full.
bool Link::fly(End towards, FramePtr& frame, Duration extra, Context& context) {
    Direction& there = direction(towards);
    frame->number = there.next_number++;
    frame->scheduled = false;
    Instant leaves = context.now;
    if (settings_.bits_per_second != 0) {
        while (!there.begins.empty() && there.begins.front() <= context.now) {
            there.begins.pop_front();
        }
        Instant const turn = std::max(context.now, there.transmitter_free);
        if (turn > context.now) {
            if (there.begins.size() >= settings_.queue_packets) {
                return false;
            }
            there.begins.push_back(turn);
        }
        leaves = turn + transmission_time(wire::wire_size(frame->frame), settings_.bits_per_second);
        there.transmitter_free = leaves;
    }
    frame->arrives = leaves + settings_.delay + extra;
    there.flying.push_back(std::move(frame));
    // Only a delayed frame is overtaken. Numbers grow, so that frames of one instant keep their order.
    for (std::size_t i = there.flying.size() - 1; i > 0 && there.flying[i]->arrives < there.flying[i - 1]->arrives;
         --i) {
        std::swap(there.flying[i], there.flying[i - 1]);
    }
    schedule_front(towards, context);
    return true;
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
    // Numbers go on, so that no entry left in the queue can ever name a later frame.
    direction = Direction{.next_number = direction.next_number};
}

bool Link::restore(Context& context) {
    if (!is_cut_) {
        return false;
    }
    is_cut_ = false;
    happened(trace::Happening::link_restored, 0, settings_.name, context);
    return true;
}

std::uint32_t Link::arm(Rule rule, Context& context) {
    auto const number = static_cast<std::uint32_t>(rules_.size());
    ArmedRule const& armed = rules_.emplace_back(ArmedRule{.rule = std::move(rule)});
    happened(trace::Happening::rule_armed, number, armed.rule.name, context);
    return number;
}

bool Link::remove(std::uint32_t rule, Context& context) {
    if (rule >= rules_.size() || !rules_[rule].active) {
        return false;
    }
    rules_[rule].active = false;
    happened(trace::Happening::rule_removed, rule, rules_[rule].rule.name, context);
    release_held(true, rule, context);
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
