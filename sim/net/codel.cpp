#include "sim/net/codel.hpp"

#include "stack/base/check.hpp"

#include <utility>

namespace tcpsim::net {
namespace {

// RFC 8289 §5, maxpacket_: less than a full frame is no standing queue. Ethernet's, as a link knows no other.
constexpr std::uint64_t max_packet = 1514;

/// Rounded down; bit by bit.
std::uint64_t square_root(std::uint64_t square) {
    std::uint64_t root = 0;
    for (std::uint64_t bit = std::uint64_t{1} << 31U; bit != 0; bit >>= 1U) {
        std::uint64_t const larger = root | bit;
        root = larger * larger <= square ? larger : root;
    }
    return root;
}

}  // namespace

Duration codel_step(Duration interval, std::uint32_t count) {
    check(interval <= longest_codel_interval, "an interval of CoDel can be squared");
    auto const nanoseconds = static_cast<std::uint64_t>(interval.count());
    return Duration{square_root(nanoseconds * nanoseconds / count)};
}

void CodelQueue::enqueue(Waiting waiting) {
    bytes_ += waiting.bytes;
    waiting_.push_back(std::move(waiting));
}

CodelQueue::Waiting CodelQueue::pop() {
    Waiting first = std::move(waiting_.front());
    waiting_.pop_front();
    bytes_ -= first.bytes;
    return first;
}

// RFC 8289 §5, dodequeue(). Whoever is left over makes a frame too little, so that one who may be dropped has a follower.
CodelQueue::Candidate CodelQueue::take(CodelSettings const& settings, Instant now) {
    Candidate candidate{.waiting = pop()};
    if (now - candidate.waiting.since < settings.target || bytes_ <= max_packet) {
        first_above_time_.reset();
    } else if (!first_above_time_) {
        first_above_time_ = now + settings.interval;
    } else {
        candidate.ok_to_drop = now >= *first_above_time_;
    }
    return candidate;
}

/// Linux codel_dequeue: true if it was marked, so that it still goes.
bool CodelQueue::mark_or_drop(CodelSettings const& settings, Candidate& candidate, Turn& turn) const {
    turn.marked = settings.marks && candidate.waiting.ecn_capable;
    if (!turn.marked) {
        turn.dropped.push_back(std::move(candidate.waiting.frame));
    }
    return turn.marked;
}

// RFC 8289 §5, dequeue().
CodelQueue::Turn CodelQueue::dequeue(CodelSettings const& settings, Instant now) {
    Turn turn;
    Candidate candidate = take(settings, now);
    if (dropping_) {
        go_on_dropping(settings, now, candidate, turn);
    } else if (candidate.ok_to_drop) {
        begin_dropping(settings, now, candidate, turn);
    }
    turn.sent = std::move(candidate.waiting);
    return turn;
}

void CodelQueue::go_on_dropping(CodelSettings const& settings, Instant now, Candidate& candidate, Turn& turn) {
    dropping_ = candidate.ok_to_drop;
    while (dropping_ && now >= drop_next_) {
        ++count_;
        if (mark_or_drop(settings, candidate, turn)) {
            drop_next_ += codel_step(settings.interval, count_);
            return;
        }
        candidate = take(settings, now);
        dropping_ = candidate.ok_to_drop;
        if (dropping_) {
            drop_next_ += codel_step(settings.interval, count_);
        }
    }
}

void CodelQueue::begin_dropping(CodelSettings const& settings, Instant now, Candidate& candidate, Turn& turn) {
    if (!mark_or_drop(settings, candidate, turn)) {
        candidate = take(settings, now);
    }
    dropping_ = true;
    // "If min went above TARGET close to when it last went below, assume that the drop rate that controlled the queue on
    // the last cycle is a good starting point to control it now."
    std::uint32_t const delta = count_ - lastcount_;
    bool const is_recent = now - drop_next_ < 16 * settings.interval;
    count_ = delta > 1 && is_recent ? delta : 1;
    drop_next_ = now + codel_step(settings.interval, count_);
    lastcount_ = count_;
}

}  // namespace tcpsim::net
