// One connection and a hand-made peer:
//   Dialogue d = Dialogue::established(profile);
//   d.peer(RST.seq(+1));
//   d.expect(ACK.seq(0).ack(0));
//   d.expect_silence();
// Sequence numbers are relative: 0 is SND.NXT (ours) or RCV.NXT (the peer's) when the dialogue begins; in a dialogue
// that begins with the handshake 0 is the SYN.
#pragma once

#include "stack/profile/profile.hpp"
#include "stack/tcp/connection.hpp"
#include "tests/support/segment_pattern.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tcpsim::test {

/// The built-in profile of that name, to be changed at will.
profile::Profile profile_of(std::string_view name);

class Dialogue {
  public:
    /// SYN-SENT: the SYN is out and not yet expected.
    static Dialogue syn_sent(profile::Profile profile, tcp::UserOptions const& options = {});
    /// SYN-RECEIVED: the peer's SYN came, the SYN,ACK is out and not yet expected.
    static Dialogue syn_received(profile::Profile profile, wire::Options peer_options = usual_options(),
                                 std::uint8_t more_flags = 0, tcp::UserOptions const& options = {});
    /// ESTABLISHED by an active open, the handshake expected and gone; the round trip took `rtt`.
    static Dialogue established(profile::Profile profile, Duration rtt = std::chrono::milliseconds{20},
                                wire::Options peer_options = usual_options());
    /// mss 1460, window scale 7, SACK; no timestamps, so that hand-made segments stay short.
    static wire::Options usual_options();
    /// usual_options() with timestamps; peer() then fills them in.
    static wire::Options with_timestamps();

    // --- the peer and the program
    void peer(SegmentPattern const& pattern);
    /// A router's ICMP error about the segment of ours with that (relative) number.
    void icmp(std::uint8_t type, std::uint8_t code, std::int64_t seq, std::uint16_t mtu = 0);
    std::uint64_t write(std::uint64_t bytes);
    Result<std::uint64_t> try_write(std::uint64_t bytes);
    Result<Payload> read(std::uint64_t at_most = 1U << 20U);
    /// send() and recv() with MSG_OOB.
    std::uint64_t write_urgent(std::uint64_t bytes);
    Result<Payload> read_urgent(bool peek = false);
    /// How often the program was told of urgent data (SIGURG) since the last question.
    std::size_t take_signals() { return std::exchange(signalled_, 0); }
    /// The program reads all there is; how much that was.
    std::uint64_t drain();
    void close();
    void shutdown();
    void abort();
    void set_no_delay();
    void set_md5_key(std::string key) { connection_->set_md5_key(std::move(key)); }
    void set_quick_ack(std::int64_t value);
    void shutdown_receive() { connection_->shutdown_receive(); }
    /// The host finds a way to the peer, or none.
    void set_path(bool exists) { connection_->set_path(exists); }
    /// The program changes socket options: d.change_options([](auto& options) { options.cork = true; }).
    template <class Change>
    void change_options(Change change) {
        tcp::UserOptions options = connection_->options();
        change(options);
        connection_->set_options(options, now_, actions_);
        collect();
    }
    /// Whether waiting writers were woken since the last question.
    bool take_writable() { return std::exchange(writable_, false); }
    /// Time goes on; timers fire when they are due.
    Dialogue& after(Duration duration);

    // --- what must have come out
    /// The oldest segment not yet expected.
    void expect(SegmentPattern const& pattern);
    void expect(SegmentPattern const& pattern, tcp::Why why);
    void expect_silence();
    void expect_silence_for(Duration duration);
    /// What was emitted and not yet expected.
    [[nodiscard]] std::size_t pending() const { return emitted_.size(); }
    [[nodiscard]] tcp::Emit const& front() const { return emitted_.front(); }
    /// The oldest segment not yet expected, for who looks at it himself; nothing if there is none.
    std::optional<tcp::Emit> take();

    [[nodiscard]] tcp::State state() const { return connection().state(); }
    [[nodiscard]] tcp::Connection const& connection() const { return *connection_; }
    [[nodiscard]] profile::Profile const& profile() const { return *profile_; }
    [[nodiscard]] Instant now() const { return now_; }
    [[nodiscard]] std::optional<tcp::Ended> const& ended() const { return ended_; }
    template <class T>
    [[nodiscard]] std::size_t count_notes() const {
        std::size_t count = 0;
        for (tcp::Note const& note : notes_) {
            count += std::holds_alternative<T>(note) ? 1U : 0U;
        }
        return count;
    }

  private:
    explicit Dialogue(profile::Profile profile);
    void collect();
    void begin_here();
    [[nodiscard]] std::string describe(wire::TcpSegment const& segment) const;
    [[nodiscard]] std::string mismatch(SegmentPattern const& wanted, tcp::Emit const& emit) const;

    std::unique_ptr<profile::Profile> profile_;
    std::optional<tcp::Connection> connection_{};
    tcp::Actions actions_{};
    Instant now_{std::chrono::seconds{1000}};
    std::deque<tcp::Emit> emitted_{};
    std::vector<tcp::Note> notes_{};
    std::optional<tcp::Ended> ended_{};
    SeqNum our_zero_{};
    SeqNum peer_zero_{};
    SeqNum peer_next_{};
    SeqNum our_end_{};  ///< after the last byte we sent: what the peer acknowledges by default
    std::uint32_t our_last_ts_{0};
    bool timestamps_{false};
    bool writable_{false};
    std::size_t signalled_{0};
};

}  // namespace tcpsim::test
