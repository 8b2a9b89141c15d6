// What was written and not yet acknowledged, and which segments of it are in flight.
#pragma once

#include "stack/base/payload.hpp"
#include "stack/base/ring.hpp"
#include "stack/base/seq.hpp"
#include "stack/base/time.hpp"

#include <cstdint>

namespace tcpsim::tcp {

/// One segment sent and not yet wholly acknowledged: SYN and FIN count in `length` (RFC 9293 §3.4).
struct SentSegment {
    SeqNum seq{};
    std::uint32_t length{0};
    Instant sent_at{};
    std::uint8_t transmissions{0};
    std::uint8_t control{0};  ///< the SYN or FIN bit it carried
};

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

    [[nodiscard]] Ring<SentSegment>& sent() { return sent_; }
    [[nodiscard]] Ring<SentSegment> const& sent() const { return sent_; }

  private:
    Ring<Slice> slices_{};
    Ring<SentSegment> sent_{};
    std::uint64_t skipped_{0};  ///< acknowledged bytes at the head of the first slice
    SeqNum base_{};
    SeqNum end_{};
};

}  // namespace tcpsim::tcp
