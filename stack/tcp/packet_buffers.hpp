// What received text costs in memory (Linux sk_rmem_alloc): every packet keeps the buffer that its device made, until the
// reader has taken all of its text.
#pragma once

#include "stack/base/ring.hpp"
#include "stack/base/seq.hpp"
#include "stack/profile/profile.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tcpsim::tcp {

/// One buffer, or several that were merged into one (Linux struct sk_buff).
struct PacketBuffer {
    SeqNum begin{};
    SeqNum end{};
    std::uint32_t cost{0};      ///< bytes of memory (truesize)
    std::uint16_t room{0};      ///< bytes behind the text, while there are no fragments
    std::uint8_t fragments{0};  ///< buffers of other packets that hang on this one
    bool copied{false};         ///< of text copied together: hangs on to no other
    [[nodiscard]] std::uint32_t length() const { return static_cast<std::uint32_t>(end - begin); }
};

/// The buffer of a packet with so many bytes of headers, link layer included, and of text that begins at `begin`.
PacketBuffer packet_buffer(profile::Profile const& profile, std::uint32_t headers, SeqNum begin, std::uint32_t text);

class PacketBuffers {
  public:
    /// Text that is next in order.
    void append(PacketBuffer const& fresh, profile::Profile const& profile);
    /// Text beyond a hole.
    void insert(PacketBuffer const& fresh, profile::Profile const& profile);
    /// RCV.NXT has come so far: what lay beyond a hole is in order now.
    void advance(SeqNum nxt, profile::Profile const& profile);
    /// The reader has taken everything before `read`.
    void release(SeqNum read, profile::Profile const& profile);
    /// Memory is short: text in order, or in runs beyond holes, is copied together, from the first buffer on of whose memory
    /// text takes less than a window's share, in 256ths. What the reader has taken before `read` goes.
    void collapse(SeqNum read, std::int64_t share, profile::Profile const& profile);
    /// Memory is short still: the last buffers beyond holes go, but none before a packet that begins at `coming`, until they
    /// freed at least `goal` bytes and `limit` is kept. Where the text ends that is left; nothing if nothing went.
    std::optional<SeqNum> prune(SeqNum coming, std::uint32_t goal, std::uint32_t limit,
                                profile::Profile const& profile);
    /// Where the buffer ends that the reader takes from; there must be unread text.
    [[nodiscard]] SeqNum front_end() const { return in_order_.front().end; }
    [[nodiscard]] bool nothing_in_order() const { return in_order_.empty(); }
    [[nodiscard]] std::uint32_t used() const { return used_; }
    /// Memory is set aside in pages; whether what is left of the last covers so much more.
    [[nodiscard]] bool has_set_aside(std::uint32_t cost) const { return cost <= aside_; }
    void set_aside(std::uint32_t cost, profile::Profile const& profile);

  private:
    void use(std::uint32_t cost);
    void give_back(std::uint32_t cost, profile::Profile const& profile);
    bool merge(PacketBuffer& to, PacketBuffer const& from, profile::Profile const& profile);
    void forget(std::size_t index, profile::Profile const& profile);
    std::vector<PacketBuffer> copied_together(std::vector<PacketBuffer> const& run, SeqNum from, std::int64_t share,
                                              profile::Profile const& profile);

    Ring<PacketBuffer> in_order_{};
    std::vector<PacketBuffer> beyond_{};  ///< ascending by their beginnings; none covers another
    std::uint32_t used_{0};
    std::int64_t aside_{0};  ///< Linux sk_forward_alloc, as far as receiving goes
};

}  // namespace tcpsim::tcp
