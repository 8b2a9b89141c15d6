// What comes out of a connection: values that compare by content, so that a test is an equation.
#pragma once

#include "stack/base/errno.hpp"
#include "stack/base/time.hpp"
#include "stack/tcp/cause.hpp"
#include "stack/tcp/state.hpp"
#include "stack/wire/packet.hpp"

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace tcpsim::tcp {

/// A segment to send, and why.
struct Emit {
    wire::TcpSegment segment{};
    Cause cause{};
    wire::Ecn ecn{wire::Ecn::not_ect};  ///< for the IP header
    bool operator==(Emit const&) const = default;
};

/// Why a connection ended. `gave_up` carries what the retransmission timer saw; `unreachable`: an ICMP error said so.
enum class EndReason : std::uint8_t { finished, reset_by_peer, refused, gave_up, aborted, unreachable };
struct Ended {
    EndReason reason{};
    Errno error{Errno::none};          ///< what a blocked call returns
    std::uint32_t retransmissions{0};  ///< RTO expiries that sent something
    Duration elapsed{0};               ///< since the first retransmission
    Duration limit{0};                 ///< what elapsed was compared with; zero where a count decides
    bool operator==(Ended const&) const = default;
};

// Notes are for the trace only.
struct StateChanged {
    State from{};
    State to{};
    bool operator==(StateChanged const&) const = default;
};
struct RttMeasured {
    Duration sample{};
    Duration srtt{};
    Duration rttvar{};
    Duration rto{};
    bool operator==(RttMeasured const&) const = default;
};
enum class Timer : std::uint8_t {
    retransmit,
    tail_loss_probe,
    reordering,  ///< RFC 8985 §6.2 step 5: RACK waits for a late segment
    persist,     // so far those that watch what is sent or waits for a window: Timers runs one of them at most
    delayed_ack,
    compressed_ack,  ///< Linux: duplicate ACKs that wait for company
    keepalive,
    connect_limit,  ///< BSD: connect() fails no later than this. From here on those that limit a state: one at most
    fin_wait_2,
    time_wait  // the last one: timer_count
};
inline constexpr std::size_t timer_count = static_cast<std::size_t>(Timer::time_wait) + 1;
struct TimerExpired {
    Timer timer{};
    std::uint32_t count{0};
    Duration waited{0};
    bool operator==(TimerExpired const&) const = default;
};
/// A segment that changed nothing, and the rule that refused it.
enum class Refusal : std::uint8_t { unacceptable, paws, bad_ack, no_ack_bit, reset_out_of_window, icmp_out_of_window };
struct SegmentRefused {
    Refusal rule{};
    bool operator==(SegmentRefused const&) const = default;
};
/// An ICMP error that is told only if the connection fails (RFC 5461 §2).
struct SoftError {
    Errno error{Errno::none};
    bool operator==(SoftError const&) const = default;
};
/// RFC 9293 §3.8.3 (b): R1 is over, the way there may be broken.
struct DeliveryDoubted {
    std::uint32_t retransmissions{0};
    Duration elapsed{0};
    bool operator==(DeliveryDoubted const&) const = default;
};
/// RFC 1191: the path takes less than was believed.
struct PathMtuFell {
    std::uint16_t mtu{0};
    std::uint16_t mss{0};  ///< text per segment from now on
    bool operator==(PathMtuFell const&) const = default;
};
using Note = std::variant<StateChanged, RttMeasured, TimerExpired, SegmentRefused, Ended, SoftError, DeliveryDoubted,
                          PathMtuFell>;

/// The lent list that doors append to. Emitted slots are reused: clear() keeps their memory.
class Actions {
  public:
    Emit& emit();  ///< a cleared slot at the end
    void note(Note note) { notes_.push_back(note); }
    void readable() { readable_ = true; }
    void writable() { writable_ = true; }
    /// RFC 9293 §3.8.5, MUST-32: the peer points at urgent data, further than before (SIGURG).
    void urgent() { urgent_ = true; }
    void state_changed() { state_changed_ = true; }
    /// For the host, who keeps it for whoever comes next.
    void path_mtu(std::uint16_t mtu) { path_mtu_ = mtu; }
    void end(Ended ended);  ///< also a note
    void clear();

    [[nodiscard]] std::size_t emitted() const { return emitted_; }
    Emit& last() { return slots_[emitted_ - 1]; }
    Emit& operator[](std::size_t i) { return slots_[i]; }
    Emit const& operator[](std::size_t i) const { return slots_[i]; }
    [[nodiscard]] bool is_readable() const { return readable_; }
    [[nodiscard]] bool is_writable() const { return writable_; }
    [[nodiscard]] bool is_urgent() const { return urgent_; }
    [[nodiscard]] bool has_changed_state() const { return state_changed_; }
    [[nodiscard]] std::optional<std::uint16_t> learnt_path_mtu() const { return path_mtu_; }
    [[nodiscard]] std::optional<Ended> const& ended() const { return ended_; }
    [[nodiscard]] std::vector<Note> const& notes() const { return notes_; }
    bool operator==(Actions const& other) const;

  private:
    std::vector<Emit> slots_{};
    std::size_t emitted_{0};
    std::vector<Note> notes_{};
    std::optional<std::uint16_t> path_mtu_{};
    std::optional<Ended> ended_{};
    bool readable_{false};
    bool writable_{false};
    bool urgent_{false};
    bool state_changed_{false};
};

}  // namespace tcpsim::tcp
