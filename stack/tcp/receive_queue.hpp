// Received text: in order and waiting for a reader, or beyond a hole and waiting for the rest (RFC 9293 §3.10.7.4, seventh).
#pragma once

#include "stack/base/payload.hpp"
#include "stack/base/ring.hpp"
#include "stack/base/seq.hpp"
#include "stack/wire/options.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tcpsim::tcp {

class ReceiveQueue {
  public:
    /// How far the stream is whole, and whether its end stands there.
    struct Progress {
        SeqNum nxt{};
        bool fin{false};
    };
    /// Takes text that begins at or after `nxt` (what lies before was cut off), and the FIN behind it. Beyond a hole a FIN is an
    /// octet like others: whoever covers its segment replaces it. Only when its turn has come it ends the stream.
    Progress insert(SeqNum nxt, SeqNum seq, Payload const& text, bool fin);
    [[nodiscard]] Payload take(std::uint64_t at_most);
    /// What take() would give.
    [[nodiscard]] Payload peek(std::uint64_t at_most) const;
    [[nodiscard]] std::uint32_t unread() const { return unread_; }
    [[nodiscard]] bool has_holes() const { return !islands_.empty(); }
    /// What of [left, right) lies beyond a hole already: its first piece (RFC 2883 §4: one report names contiguous text).
    [[nodiscard]] std::optional<wire::SackBlock> overlap(SeqNum left, SeqNum right) const;
    /// The end of what lies beyond the last hole, which must exist.
    [[nodiscard]] SeqNum end() const { return islands_.back().end(); }
    /// The blocks beyond the first hole, the most recent first (RFC 2018 §4), at most `limit`.
    [[nodiscard]] InlineVector<wire::SackBlock, 4> sack_blocks(std::size_t limit) const;
    /// Forgets what lies at or beyond `end`, which is not left of rcv.nxt.
    void truncate(SeqNum end);
    void clear();

  private:
    /// A FIN beyond a hole, and where its segment begins.
    struct End {
        SeqNum begin{};
        SeqNum fin{};
    };
    struct Island {
        SeqNum seq{};
        Payload text{};
        std::uint32_t age{0};     ///< of its last segment; greater is more recent
        std::vector<End> ends{};  ///< ascending; each has an octet in `text`
        [[nodiscard]] SeqNum end() const { return seq + static_cast<std::uint32_t>(text.size()); }
    };
    static Island merged(Island old, Island fresh);
    void add_island(SeqNum seq, Payload const& text, bool fin);

    Ring<Slice> slices_{};
    std::vector<Island> islands_{};  ///< ascending, disjoint, not adjacent
    std::uint32_t unread_{0};
    std::uint32_t ages_{0};
};

}  // namespace tcpsim::tcp
