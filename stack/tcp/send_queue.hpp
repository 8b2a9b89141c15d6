// What was written and not yet acknowledged, and which segments of it are in flight.
#pragma once

#include "stack/base/payload.hpp"
#include "stack/base/ring.hpp"
#include "stack/base/seq.hpp"
#include "stack/tcp/scoreboard.hpp"

#include <cstdint>

namespace tcpsim::tcp {

class SendQueue {
  public:
    /// The sequence number of the first byte to come.
    void start(SeqNum first) { base_ = end_ = first; }
    void append(Payload const& data);
    /// Text [from, from + length).
    [[nodiscard]] Payload text(SeqNum from, std::uint32_t length) const;
    /// Forgets everything before `una`.
    void acknowledge(SeqNum una);
    [[nodiscard]] SeqNum end() const { return end_; }
    [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(end_ - base_); }
    void clear();

    [[nodiscard]] Scoreboard& sent() { return sent_; }
    [[nodiscard]] Scoreboard const& sent() const { return sent_; }

  private:
    Ring<Slice> slices_{};
    Scoreboard sent_{};
    std::uint64_t skipped_{0};  ///< acknowledged bytes at the head of the first slice
    SeqNum base_{};
    SeqNum end_{};
};

}  // namespace tcpsim::tcp
