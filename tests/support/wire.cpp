#include "tests/support/wire.hpp"

namespace tcpsim::test {

void Wire::swap(int first, int second) { swaps_.push_back({first, second, 0, {}}); }

void Wire::release(Instant now) {
    holding_ = false;
    for (wire::TcpSegment const& segment : held_) {
        flying_.emplace(now + delay_, segment);
    }
    held_.clear();
}

void Wire::heal(Instant now) {
    rules_.clear();
    fates_ = nullptr;
    for (Swap& swap : swaps_) {
        held_.insert(held_.end(), swap.kept.begin(), swap.kept.end());
    }
    swaps_.clear();
    release(now);
}

std::vector<Duration> Wire::fate(wire::TcpSegment const& segment) {
    if (fates_) {
        return fates_();
    }
    std::vector<Duration> copies{Duration{0}};
    for (Rule& rule : rules_) {
        bool const counts = rule.which.of_class(segment);
        rule.seen += counts ? 1 : 0;
        if (counts && rule.seen >= rule.which.nth && rule.seen < rule.which.nth + rule.which.times) {
            copies = rule.copies;
        }
    }
    return copies;
}

bool Wire::kept_by_swap(wire::TcpSegment const& segment) {
    bool kept = false;
    for (Swap& swap : swaps_) {
        if (++swap.seen == swap.first) {
            swap.kept.push_back(segment);
            kept = true;
        }
    }
    return kept;
}

void Wire::put(wire::TcpSegment const& segment, Instant now) {
    if (kept_by_swap(segment)) {
        return;
    }
    std::vector<Duration> const copies = fate(segment);
    dropped_ += copies.empty() ? 1U : 0U;
    for (Duration const extra : copies) {
        if (holding_) {
            held_.push_back(segment);
        } else {
            flying_.emplace(now + delay_ + extra, segment);
        }
    }
    for (Swap& swap : swaps_) {
        if (swap.seen == swap.second) {
            for (wire::TcpSegment const& kept : swap.kept) {
                flying_.emplace(now + delay_, kept);
            }
            swap.kept.clear();
        }
    }
}

wire::TcpSegment Wire::take() {
    wire::TcpSegment segment = std::move(flying_.begin()->second);
    flying_.erase(flying_.begin());
    return segment;
}

}  // namespace tcpsim::test
