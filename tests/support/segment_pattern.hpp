// The words of a dialogue: ACK.seq(0).text(5). What is not said is a sensible default when sent and any value when
// expected.
#pragma once

#include "stack/wire/packet.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tcpsim::test {

/// [left, right), relative.
using SackBlocks = std::vector<std::pair<std::int64_t, std::int64_t>>;

struct SegmentPattern {
    std::uint8_t flags{0};
    std::optional<std::int64_t> seq_{};   ///< relative, see Dialogue
    std::optional<std::int64_t> ack_{};   ///< relative
    std::optional<std::uint32_t> len_{};  ///< bytes of text
    std::optional<std::uint16_t> win_{};  ///< as on the wire
    std::optional<std::uint16_t> mss_{};
    std::optional<std::uint16_t> urgent_{};  ///< SEG.UP
    std::optional<wire::Timestamps> ts_{};
    std::optional<SackBlocks> sack_{};  ///< of the other side's numbers, in this order
    bool without_ts_{false};            ///< no timestamp, although the connection has them
    std::optional<wire::Ecn> ecn_{};    ///< of the IP header
    bool any_psh{true};                 ///< PSH does not matter when expected

    [[nodiscard]] SegmentPattern seq(std::int64_t value) const {
        return with([&](auto& p) { p.seq_ = value; });
    }
    [[nodiscard]] SegmentPattern ack(std::int64_t value) const {
        return with([&](auto& p) { p.ack_ = value; });
    }
    [[nodiscard]] SegmentPattern len(std::uint32_t value) const {
        return with([&](auto& p) { p.len_ = value; });
    }
    [[nodiscard]] SegmentPattern win(std::uint16_t value) const {
        return with([&](auto& p) { p.win_ = value; });
    }
    [[nodiscard]] SegmentPattern mss(std::uint16_t value) const {
        return with([&](auto& p) { p.mss_ = value; });
    }
    /// URG, and where it points.
    [[nodiscard]] SegmentPattern urgent(std::uint16_t value) const {
        return also(wire::Flags::urg).with([&](auto& p) { p.urgent_ = value; });
    }
    [[nodiscard]] SegmentPattern ts(std::uint32_t value, std::uint32_t echo) const {
        return with([&](auto& p) { p.ts_ = wire::Timestamps{value, echo}; });
    }
    [[nodiscard]] SegmentPattern sack(SackBlocks blocks) const {
        return with([&](auto& p) { p.sack_ = std::move(blocks); });
    }

    [[nodiscard]] SegmentPattern without_ts() const {
        return with([&](auto& p) { p.without_ts_ = true; });
    }
    /// With these control bits besides.
    [[nodiscard]] SegmentPattern also(std::uint8_t bits) const {
        return with([&](auto& p) { p.flags = static_cast<std::uint8_t>(p.flags | bits); });
    }
    [[nodiscard]] SegmentPattern ecn(wire::Ecn value) const {
        return with([&](auto& p) { p.ecn_ = value; });
    }

  private:
    template <class Change>
    SegmentPattern with(Change change) const {
        SegmentPattern copy{*this};
        change(copy);
        return copy;
    }
};

namespace words {
inline const SegmentPattern SYN{.flags = wire::Flags::syn};
inline const SegmentPattern SYN_ACK{.flags = wire::Flags::syn | wire::Flags::ack};
inline const SegmentPattern ACK{.flags = wire::Flags::ack};
inline const SegmentPattern PSH_ACK{.flags = wire::Flags::psh | wire::Flags::ack};
inline const SegmentPattern FIN_ACK{.flags = wire::Flags::fin | wire::Flags::ack};
inline const SegmentPattern RST{.flags = wire::Flags::rst};
inline const SegmentPattern RST_ACK{.flags = wire::Flags::rst | wire::Flags::ack};
inline const SegmentPattern NOTHING{.flags = 0};
/// A text segment: an ACK with so many bytes.
inline SegmentPattern text(std::uint32_t length) { return ACK.len(length); }
}  // namespace words

}  // namespace tcpsim::test
