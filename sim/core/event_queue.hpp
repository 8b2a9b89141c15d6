// The world's only motor: typed events in a total order that insertion can never influence.
#pragma once

#include "stack/base/time.hpp"

#include <compare>
#include <cstdint>
#include <vector>

namespace tcpsim::core {

/// At one instant kinds come in this order.
enum class Kind : std::uint8_t { timeline_step, frame, deadline, program };

/// Plain data. Ties break by identity: (owner, boot, first, second).
///   timeline_step: owner = step index
///   frame:         owner = link * 2 + direction, first = frame number in that direction
///   deadline:      owner = machine, boot, first = slot, second = generation
///   program:       owner = machine, boot, first = process, second = its wake-up number
struct Event {
    Instant at{};
    Kind kind{};
    std::uint32_t owner{0};
    std::uint32_t boot{0};
    std::uint64_t first{0};
    std::uint64_t second{0};
    auto operator<=>(Event const&) const = default;
};

/// A 4-ary heap of events. Nothing is ever removed but the earliest: a stale entry is a no-op for its owner.
class EventQueue {
  public:
    [[nodiscard]] bool empty() const { return heap_.empty(); }
    [[nodiscard]] std::size_t size() const { return heap_.size(); }
    [[nodiscard]] Event const& top() const { return heap_.front(); }
    void push(Event const& event);
    Event pop();

  private:
    std::vector<Event> heap_{};
};

}  // namespace tcpsim::core
