// The segments in flight and what is known of each: acknowledged selectively, lost, repeated (RFC 6675 §3's scoreboard, with the
// counts that Linux keeps). Marks and counts change together, here only.
#pragma once

#include "stack/base/ring.hpp"
#include "stack/base/seq.hpp"
#include "stack/base/time.hpp"
#include "stack/wire/packet.hpp"

#include <cstdint>
#include <optional>

namespace tcpsim::tcp {

/// One segment sent and not yet wholly acknowledged: SYN and FIN count in `length` (RFC 9293 §3.4).
struct SentSegment {
    SeqNum seq{};
    std::uint32_t length{0};
    Instant sent_at{};           ///< its latest transmission
    std::uint32_t delivered{0};  ///< Scoreboard::delivered() at that time
    std::uint8_t transmissions{0};
    std::uint8_t control{0};  ///< the SYN, FIN and PSH bits that belong to it
    bool sacked{false};
    bool lost{false};
    bool repeated{false};      ///< a repetition is in flight
    bool begins_packet{true};  ///< Linux: of several segments that left as one packet, the first
    bool apart{false};         ///< Linux: a request's SYN,ACK, always the first, which takes no place in any window
    [[nodiscard]] SeqNum end() const { return seq + length; }
    /// As the other, as far as recovery knows.
    [[nodiscard]] bool alike(SentSegment const& other) const {
        return sacked == other.sacked && lost == other.lost && repeated == other.repeated;
    }
    [[nodiscard]] std::uint32_t text() const {
        return length - ((control & (wire::Flags::syn | wire::Flags::fin)) != 0 ? 1U : 0U);
    }
};

class Scoreboard {
  public:
    [[nodiscard]] std::size_t size() const { return segments_.size(); }
    [[nodiscard]] bool empty() const { return segments_.empty(); }
    [[nodiscard]] SentSegment const& operator[](std::size_t i) const { return segments_[i]; }
    [[nodiscard]] SentSegment const& front() const { return segments_.front(); }
    [[nodiscard]] SentSegment const& back() const { return segments_.back(); }

    [[nodiscard]] std::uint32_t sacked() const { return sacked_; }
    [[nodiscard]] std::uint32_t lost() const { return lost_; }
    [[nodiscard]] std::uint32_t repeated() const { return repeated_; }
    /// Without SACK: segments that duplicate ACKs say have arrived (Linux's sacked_out of a Reno connection).
    [[nodiscard]] std::uint32_t assumed() const { return assumed_; }
    /// RFC 6675 §4's pipe, in segments (Linux tcp_packets_in_flight).
    [[nodiscard]] std::uint32_t in_flight() const { return outstanding() - (sacked_ + assumed_ + lost_) + repeated_; }
    /// Segments not yet acknowledged (Linux packets_out).
    [[nodiscard]] std::uint32_t outstanding() const {
        return static_cast<std::uint32_t>(size()) - (!empty() && front().apart ? 1U : 0U);
    }
    /// The end of the highest segment that was selectively acknowledged; only while sacked() > 0.
    [[nodiscard]] SeqNum highest_sacked() const { return highest_sacked_; }
    /// Packets that the segments left in; what is acknowledged in part counts (Linux: buffers in the retransmission queue).
    [[nodiscard]] std::uint32_t packets() const { return packets_; }
    /// Segments that have arrived, counted since the connection began.
    [[nodiscard]] std::uint32_t delivered() const { return delivered_; }
    /// Something in flight, or the first segment at least, was sent more than once.
    [[nodiscard]] bool any_repetition() const { return repeated_ > 0 || (!empty() && front().transmissions > 1); }
    /// The first segment that ends after `seq`; size() if there is none.
    [[nodiscard]] std::size_t first_ending_after(SeqNum seq) const;
    /// The first lost segment that no repetition of is in flight, from where the last search ended; size() if none.
    [[nodiscard]] std::size_t next_lost();

    void push(SentSegment const& segment);
    /// Wholly acknowledged. What it was.
    SentSegment pop_front();
    void mark_sacked(std::size_t i);
    /// Lost; a repetition that was in flight is lost, too.
    void mark_lost(std::size_t i);
    /// Sent again at `now`. `counts`: it fills a hole that recovery knows of, and not a probe that nobody asked for.
    void mark_repeated(std::size_t i, Instant now, bool counts);
    /// D-SACK: the repetition was superfluous and has arrived.
    void repetition_arrived(std::size_t i);
    void forget_losses();
    /// RFC 2018 §8: the receiver dropped what it had acknowledged selectively.
    void renege();
    /// Duplicate ACKs tell of `count` more, never of all: one hole at least is left. False if so many cannot be.
    bool assume_arrived(std::uint32_t count);
    /// `acknowledged` segments left: the first filled a hole, the others had been assumed.
    void assumed_left(std::uint32_t acknowledged);
    /// Linux tcp_limit_reno_sacked: more is known to be lost, so that not all of them can have arrived.
    void limit_assumed();
    void forget_assumed() { assumed_ = 0; }
    void count_delivered(std::uint32_t segments) { delivered_ += segments; }
    /// The SYN and its text arrived, which were one segment (Linux tcp_rcv_fastopen_synack).
    void syn_had_text() { delivered_ -= delivered_ > 1 ? 1U : 0U; }
    /// Cuts segment i: its first `length` bytes, and the rest as a segment of its own.
    void split(std::size_t i, std::uint32_t length);
    /// Of the first packet, whose segments were alike, everything before `una` is acknowledged: what is left is cut into
    /// segments as long as before, from `una` on. What the packet was, if that is one segment less.
    std::optional<SentSegment> cut_first_packet(SeqNum una);
    /// The first segment and the next left as one packet, and the same is known of both.
    [[nodiscard]] bool first_packet_goes_on() const;
    /// Segment i is the first of a packet from now on.
    void begin_packet(std::size_t i);
    /// Makes one of segment i and the next, which is not sacked: what was known of the next is forgotten.
    void merge(std::size_t i);
    void clear();

  private:
    Ring<SentSegment> segments_{};
    std::uint32_t sacked_{0};
    std::uint32_t lost_{0};
    std::uint32_t repeated_{0};
    std::uint32_t assumed_{0};
    std::uint32_t packets_{0};
    std::uint32_t delivered_{0};
    std::uint32_t hint_{0};  ///< nothing before it is lost and not repeated
    SeqNum highest_sacked_{};
};

}  // namespace tcpsim::tcp
