// What one ACK told the sender: gathered step by step, then read by recovery. (Linux gathers the same in its FLAG_… bits.)
#pragma once

#include "stack/base/inline_vector.hpp"
#include "stack/base/seq.hpp"
#include "stack/base/time.hpp"
#include "stack/wire/options.hpp"

#include <cstdint>
#include <optional>

namespace tcpsim::tcp {

/// What the segment said.
struct AckSegment {
    SeqNum ack{};
    InlineVector<wire::SackBlock, 4> sack{};
    std::optional<std::uint32_t> echo{};  ///< TSecr
    bool carries_text{false};             ///< or a FIN: it was not sent only to acknowledge
    bool window_changed{false};           ///< it updated snd.wnd
    bool ece{false};                      ///< RFC 3168
};

/// What that means.
struct AckNews {
    SeqNum prior_una{};
    SeqNum prior_highest_sacked{};
    std::uint32_t prior_delivered{0};
    bool una_advanced{false};
    bool acknowledged{false};       ///< segments left the scoreboard
    bool text_acknowledged{false};  ///< not only the SYN
    bool child_opened{false};       ///< the SYN,ACK of what Fast Open accepted was acknowledged
    bool newly_sacked{false};
    bool original_arrived{false};  ///< something sent once, before recovery began
    bool repetition_acknowledged{false};
    bool duplicate_reported{false};  ///< D-SACK (RFC 2883)
    bool probe_duplicated{false};    ///< D-SACK for the tail loss probe
    bool reneged{false};             ///< the first segment left had been acknowledged selectively
    bool repetition_lost{false};
    bool loss_found{false};  ///< this ACK told of a loss that was not known before
    bool restart_timer{false};
    /// The lowest segment that arrived although higher ones had been acknowledged before: reordering, not loss.
    std::optional<SeqNum> late_arrival{};
    /// When the first and the last segment, sent once and now acknowledged, were sent; and those now sacked.
    std::optional<Instant> first_sent{}, last_sent{}, first_sacked_sent{}, last_sacked_sent{};
    std::uint32_t segments{0};             ///< that left the scoreboard
    std::uint32_t delivered_when_sent{0};  ///< of the latest sent that arrived (RFC 8985 §6.2's round trips)
    Instant latest_sent{};
    std::optional<Duration> rtt{};  ///< the sample for congestion control

    /// RFC 5681 §2: an ACK that acknowledges nothing, carries nothing and changes no window.
    [[nodiscard]] bool duplicate(AckSegment const& said) const {
        return said.ack == prior_una && !una_advanced && !acknowledged && !said.carries_text && !said.window_changed &&
               !duplicate_reported;
    }
};

}  // namespace tcpsim::tcp
