// What the error queue tells a program of its own sending: when its text left and arrived (SO_TIMESTAMPING), and when its
// buffers are free again (MSG_ZEROCOPY). Seen from outside, the protocol does not know of it.
#pragma once

#include "stack/base/seq.hpp"
#include "stack/base/time.hpp"
#include "stack/host/error_report.hpp"
#include "stack/wire/packet.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace tcpsim::host {

/// SOF_TIMESTAMPING_…: the bits of SO_TIMESTAMPING (Linux include/uapi/linux/net_tstamp.h). Hardware has no clock here.
namespace timestamping {
inline constexpr std::uint32_t send_software = 0x2;     ///< TX_SOFTWARE
inline constexpr std::uint32_t receive_software = 0x8;  ///< RX_SOFTWARE
inline constexpr std::uint32_t software = 0x10;         ///< the times above and below are told
inline constexpr std::uint32_t numbered = 0x80;         ///< OPT_ID
inline constexpr std::uint32_t send_scheduled = 0x100;  ///< TX_SCHED
inline constexpr std::uint32_t send_acknowledged = 0x200;
inline constexpr std::uint32_t without_text = 0x800;         ///< OPT_TSONLY
inline constexpr std::uint32_t with_statistics = 0x1000;     ///< OPT_STATS: only without text
inline constexpr std::uint32_t by_device_clock = 0x8000;     ///< BIND_PHC: there is none
inline constexpr std::uint32_t numbered_by_write = 0x10000;  ///< OPT_ID_TCP
inline constexpr std::uint32_t all = 0x7ffff;
inline constexpr std::uint32_t any_sending = send_software | send_scheduled | send_acknowledged;
}  // namespace timestamping

/// What a write asks to be told of.
struct Written {
    SeqNum end{};                    ///< of its text
    std::optional<SeqNum> joined{};  ///< the unsent packet that it was added to begins there
    bool zero_copy{false};           ///< MSG_ZEROCOPY
};

class Notices {
  public:
    /// setsockopt(SO_TIMESTAMPING); numbers count from `origin`.
    void set_timestamping(std::uint32_t bits, SeqNum origin);
    [[nodiscard]] std::uint32_t timestamping() const { return timestamping_; }
    void written(Written const& write);
    /// A segment leaves. Appends what is to be told to `reports`; so do the next two.
    void sent(wire::TcpSegment const& segment, Instant now, std::vector<ErrorReport>& reports);
    /// SND.UNA has come to `una`, or the connection has ended. `copied`: the device could not send without a copy.
    void acknowledged(SeqNum una, Instant now, std::vector<ErrorReport>& reports);
    void released(SeqNum una, bool ended, bool copied, std::vector<ErrorReport>& reports);
    /// Text up to `end` has come.
    void arrived(SeqNum end, Instant now);
    /// When the byte came that ends `ahead` bytes after `unread`, up to where the program has read.
    std::optional<Instant> arrival(SeqNum unread, std::uint32_t ahead);

  private:
    struct Stamp {
        SeqNum last{};  ///< the last byte of a write
        std::uint32_t bits{0};
        Payload text{};  ///< of the segment that brought it last
    };
    struct Buffers {
        SeqNum end{};
        std::uint32_t first{0}, last{0};  ///< the numbers of the writes
    };
    struct Arrival {
        SeqNum end{};
        Instant at{};
    };
    [[nodiscard]] ErrorReport report_of(Stamp const& stamp, std::uint32_t what, Instant now) const;

    std::uint32_t timestamping_{0};
    SeqNum origin_{};
    std::uint32_t zero_copies_{0};
    std::deque<Stamp> stamps_{};
    std::deque<Buffers> buffers_{};
    std::deque<Arrival> arrivals_{};
};

}  // namespace tcpsim::host
