// The transmission control block: RFC 9293 §3.3.1's variables under their own names, and the rooms of its family.
#pragma once

#include "stack/base/errno.hpp"
#include "stack/base/seq.hpp"
#include "stack/base/time.hpp"
#include "stack/tcp/actions.hpp"
#include "stack/tcp/congestion.hpp"
#include "stack/tcp/packet_buffers.hpp"
#include "stack/tcp/packet_layout.hpp"
#include "stack/tcp/prr.hpp"
#include "stack/tcp/receive_queue.hpp"
#include "stack/tcp/rtt.hpp"
#include "stack/tcp/send_queue.hpp"
#include "stack/tcp/state.hpp"
#include "stack/tcp/urgent_data.hpp"
#include "stack/tcp/user_options.hpp"
#include "stack/wire/address.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tcpsim::tcp {

/// RFC 9293 §3.3.1, send sequence variables.
struct SendSequence {
    SeqNum una{};
    SeqNum nxt{};
    SeqNum wl1{};
    SeqNum wl2{};
    SeqNum iss{};
    std::uint32_t wnd{0};      ///< in bytes, already scaled
    std::uint32_t max_wnd{0};  ///< the largest ever offered (RFC 9293 §3.8.6.2.1)
    SeqNum probed{};           ///< 4.4BSD snd_max: past the byte that a window probe carried
    SeqNum sml{};              ///< Linux snd_sml: the end of the last segment sent that was not full
    std::uint16_t mss{536};    ///< SendMSS less options: text per segment
    std::uint8_t wscale{0};    ///< RFC 7323: shift of windows received
    bool acked_much{false};    ///< more has been acknowledged than any window holds
};

/// RFC 9293 §3.3.1, receive sequence variables.
struct ReceiveSequence {
    SeqNum nxt{};
    SeqNum irs{};
    SeqNum wup{};               ///< rcv.nxt of the last ACK sent
    std::uint32_t wnd{0};       ///< as offered with wup: the right edge is wup + wnd
    std::uint32_t ssthresh{0};  ///< Linux: how much window may be offered now; grows as data come
    std::uint16_t mss{536};     ///< Linux rcv_mss: the peer's segment size, as guessed
    std::uint8_t wscale{0};     ///< RFC 7323: shift of windows sent
    bool finished{false};       ///< the peer's FIN and everything before it have arrived
};

/// RFC 7323 §3-5.
struct TimestampState {
    bool enabled{false};
    std::uint32_t offset{0};  ///< added to our clock: hides the uptime
    std::uint32_t recent{0};  ///< TS.Recent
    Seconds recent_at{0};     ///< when it was last taken from a segment (Linux ts_recent_stamp: in whole seconds)
};

/// The delayed-ACK state (Linux icsk_ack; BSD uses `pending` only).
struct DelayedAck {
    Duration ato{0};
    Instant last_received{};   ///< Linux lrcvtime
    std::uint8_t quick{0};     ///< ACKs still to be sent at once
    std::uint8_t pingpong{0};  ///< answers that came within the ACK timeout: at the threshold the two converse
    bool pending{false};       ///< something awaits its ACK
    bool at_once{false};       ///< Linux ICSK_ACK_NOW: and not for long
    bool no_memory{false};     ///< Linux ICSK_ACK_NOMEM: the next ACK shuts the window
    std::uint8_t pushed{0};  ///< Linux ICSK_ACK_PUSHED, …2: segments that ended a write, since the last ACK, at most 2
};

/// Linux: duplicate ACKs that wait for company (tcp_comp_sack_nr).
struct CompressedAck {
    SeqNum nxt{};             ///< the rcv.nxt that `sent` is about
    std::uint8_t sent{0};     ///< duplicate ACKs sent at once
    std::uint8_t waiting{0};  ///< segments whose ACK is shared
};

/// Linux rcv_rtt_est, rcvq_space: how fast the reader reads, in round trips as the receiver sees them.
struct ReceiveAutotuning {
    std::uint32_t round_trip{0};    ///< in eighths of microseconds; zero: not measured
    std::uint32_t last_echo{0};     ///< the TSecr of the last segment: each gives one sample
    Instant window_offered{never};  ///< when `window_end` was offered, which is reached one round trip later
    SeqNum window_end{};
    Instant clock{};              ///< Linux tcp_mstamp: when a segment last came or left
    Instant counted_from{never};  ///< since when the reader's bytes are counted; never: no text came yet
    SeqNum counted{};             ///< the first of them
    std::uint32_t space{0};       ///< read in the last round trip, at most
};

/// What only a connection needs to which text or invalid segments come.
struct Receiving {
    std::optional<wire::SackBlock> duplicate{};  ///< RFC 2883: the next ACK's first block
    Instant invalid_answered{never};  ///< Linux last_oow_ack_time: when an invalid segment last had its answer
    CompressedAck compressed_ack{};
    ReceiveAutotuning autotuning{};
    PacketBuffers buffers{};
    std::uint32_t window_clamp{0};  ///< Linux: what may be offered at most; 0: as when the connection began
    std::uint16_t window_share{0};  ///< Linux scaling_ratio: text in a packet's memory, in 256ths; 0: not known yet
    std::uint32_t beyond_holes{0};  ///< segments that came before their turn, for TCP_INFO (rcv_ooopack)
    bool predicts_header{false};    ///< Linux pred_flags
    std::uint16_t shorter_mss{0};   ///< Linux last_seg_size: a second segment of this size in a row makes it rcv.mss
};

/// RFC 3168 §6.1.
struct EcnState {
    bool ok{false};          ///< both ends are ECN-capable; in SYN-SENT: ours has asked
    bool seen{false};        ///< an ECN-capable packet has arrived
    bool demand_cwr{false};  ///< receiver: congestion was experienced, every ACK says so until CWR comes
    bool queue_cwr{false};   ///< sender: the next new text tells that the congestion window was reduced
};

/// Deadlines as data: an instant for each Timer, `never` when it does not run. What is outstanding, or waits for a window, is
/// watched by one timer at a time (Linux icsk_pending), and a state is limited by one: starting one of these stops the others.
class Timers {
  public:
    Timers() { deadlines_.fill(never); }
    [[nodiscard]] Instant operator[](Timer timer) const { return holds(timer) ? deadlines_[place(timer)] : never; }
    [[nodiscard]] bool running(Timer timer) const { return (*this)[timer] != never; }
    /// Runs for `wait` from `now`.
    void start(Timer timer, Instant now, Duration wait) {
        holders_[place(timer)] = timer;
        deadlines_[place(timer)] = now + wait;
        waits_[place(timer)] = wait;
    }
    /// For how long it was last started: what an expiry has waited.
    [[nodiscard]] Duration waited(Timer timer) const { return waits_[place(timer)]; }
    void stop(Timer timer) {
        if (holds(timer)) {
            deadlines_[place(timer)] = never;
        }
    }
    void stop_all() { deadlines_.fill(never); }
    [[nodiscard]] Instant earliest() const;

  private:
    /// All watchers share a place, both that send an ACK, and all limits.
    static constexpr std::size_t place(Timer timer) {
        if (timer <= Timer::persist) {
            return 0;
        }
        if (timer <= Timer::compressed_ack) {
            return 1;
        }
        return timer < Timer::connect_limit ? 2 : 3;
    }
    static constexpr std::size_t places = 4;
    [[nodiscard]] bool holds(Timer timer) const { return holders_[place(timer)] == timer; }

    std::array<Timer, places> holders_{};
    std::array<Instant, places> deadlines_{};
    std::array<Duration, places> waits_{};
};

/// How a series of timeouts stands.
struct Retransmission {
    std::uint8_t backoff{0};           ///< doublings in force, of repetitions or of window probes (Linux icsk_backoff)
    std::uint8_t doubled{0};           ///< so often was the timeout doubled since it was measured (Linux icsk_rto)
    std::uint8_t retransmits{0};       ///< RTO expiries that sent something (Linux icsk_retransmits)
    std::uint8_t window_probes{0};     ///< unanswered (Linux icsk_probes_out)
    std::uint8_t keepalive_probes{0};  ///< unanswered
    bool no_path{false};               ///< the host has no way to send to the peer
    Errno soft_error{Errno::none};     ///< of an ICMP error since the peer was last heard (Linux sk_err_soft)
    Instant first{never};  ///< the first repetition of the episode (Linux retrans_stamp); in SYN-SENT the first SYN
};

/// How loss recovery stands (RFC 5681, 6582, 6675, 5682). The phases are Linux's ca_state, in their order.
struct Recovery {
    enum class Phase : std::uint8_t {
        open,      ///< nothing is amiss
        disorder,  ///< something is out of order; nothing repeated yet
        cwr,       ///< the window comes down without a loss: ECE (RFC 3168)
        recovery,  ///< fast retransmit (RFC 5681 §3.2)
        loss,      ///< the retransmission timer expired
    };
    Phase phase{Phase::open};
    bool frto{false};              ///< RFC 5682 is still deciding whether the timeout was spurious
    bool undo_possible{false};     ///< Linux undo_marker is set
    bool reduction_stands{false};  ///< it answers a mark, not a loss: no proof takes it back
    bool reordering_seen{false};
    std::uint8_t duplicate_acks{0};  ///< without SACK, since the last news
    std::uint16_t reordering{
        3};                ///< segments that a late one may be overtaken by (RFC 4653's point; Linux tp->reordering)
    SeqNum recover{};      ///< RFC 6582: snd.nxt when the phase began (Linux high_seq)
    SeqNum undo_marker{};  ///< snd.una when the reduction began
    std::int32_t undo_retrans{0};  ///< repetitions that no D-SACK has yet called superfluous; -1: none was sent yet
};

/// RFC 8985 §5.2-5.3.
struct Rack {
    static constexpr std::uint8_t recoveries_to_persist = 16;

    bool advanced{false};  ///< something was learnt since the last look for losses
    bool dsack_seen{false};
    std::uint8_t window_steps{1};  ///< RACK.reo_wnd_mult
    std::uint8_t window_persists{0};
    SeqNum end_seq{};  ///< of the latest sent segment that has arrived
    std::uint32_t changed_at_delivered{0};
    // For TCP_INFO alone, modulo 2^16 (there they have more room, every connection has these):
    std::uint16_t duplicates_reported{0};  ///< segments that arrived twice, by D-SACK (dsack_dups)
    std::uint16_t reorderings{0};          ///< segments that turned out to be late, not lost (reord_seen)
    Instant sent_at{};                     ///< RACK.xmit_ts
    Duration rtt{0};                       ///< RACK.rtt
};

/// RFC 8985 §7: TLP.is_retrans, TLP.end_seq.
struct LossProbe {
    bool outstanding{false};
    bool repeated{false};  ///< it repeated a segment; otherwise it was new
    SeqNum end{};          ///< snd.nxt when it was sent
};

/// How the congestion window was used (RFC 2861, RFC 7661's point), as Linux tcp_cwnd_validate keeps it.
struct WindowUse {
    bool limited{false};    ///< the window, not the program, stopped the sender
    bool by_kernel{false};  ///< what left at `last_sent` was let go by a segment or a timer, not by a program's call
    std::uint16_t pace{0xffff};  ///< Linux sk_pacing_rate as the last ACK left it: bytes in 1/1024 s; the most: or more
    SeqNum measured_until{};     ///< snd.nxt when `most` was measured
    std::uint32_t most{0};       ///< segments outstanding at most
    std::uint32_t used{0};       ///< the same since `since`
    Instant since{};             ///< the window was last full, or last judged
    Instant last_sent{};         ///< text was last sent
};

/// RFC 1191, RFC 4821.
struct PathMtu {
    std::uint16_t mtu{1500};      ///< what the path takes, as far as is known
    std::uint16_t peer_mss{536};  ///< SendMSS, TCP_MAXSEG minded
    std::uint16_t search_low{0};  ///< a black hole is suspected above it; 0: not
};

/// What is known of the peer's being there.
struct Liveness {
    Instant heard{};         ///< its last acceptable ACK (Linux rcv_tstamp)
    Instant probing{never};  ///< since when a shut window is asked about (Linux icsk_probes_tstamp)
};

/// RFC 7413: what the handshake carries besides the handshake.
struct FastOpen {
    bool option : 1 {false};        ///< our SYN had it: a cookie, or the request for one (Linux syn_fastopen)
    bool experimental : 1 {false};  ///< in the form that came before the RFC
    bool text : 1 {false};          ///< our SYN had some (Linux syn_data)
    bool writer_waits : 1 {false};  ///< whoever connects waits with more text (Linux sk_write_pending)
    bool accepted : 1 {false};      ///< passive: a program may have it before the handshake's end
    bool handed_over : 1 {false};   ///< and one has: accept() gave it
    bool text_taken : 1 {false};    ///< some went with a SYN, either way, and was acknowledged (Linux syn_data_acked)
};

/// RFC 4821 §7.2: sizes of packets between which the path's lies; PathMtu has the lower one.
struct MtuSearch {
    std::uint16_t high{0};
    std::uint16_t probe{0};  ///< the size of the probe that is out; 0: none is
    SeqNum start{};          ///< its text
    SeqNum end{};
    Instant since{};
};

/// What few connections ever have.
struct Rare {
    Urgent urgent{};
    MtuSearch mtu{};
    std::string md5_key{};  ///< RFC 2385: every segment is signed with it
};

struct Tcb {
    State state{State::closed};
    Errno error{Errno::none};  ///< pending: the next call takes it
    bool ended{false};         ///< by reset, give-up or abort: no more sending, reads give the end
    Why fin_why{Why::closed};
    wire::FourTuple tuple{};
    UserOptions options{};
    bool fin_queued{false};            ///< close or shutdown: FIN follows the text
    bool detached{false};              ///< close(): nobody will read
    bool read_shut{false};             ///< shutdown(SHUT_RD): nothing more is awaited
    bool disconnected{false};          ///< shutdown() ended an opening: there never was a stream (Linux tcp_disconnect)
    bool end_read{false};              ///< the reader has been told of the stream's end
    bool send_buffer_fixed{false};     ///< SO_SNDBUF was set: no autotuning
    bool receive_buffer_fixed{false};  ///< SO_RCVBUF was set
    bool writer_waits{false};          ///< a write was cut short by a full send buffer (Linux SOCK_NOSPACE)
    bool device_holds{true};           ///< a packet until it is on the wire (Linux sk_wmem_alloc)

    FastOpen fast_open{};
    bool sack_permitted{false};
    bool window_scaling{false};
    bool passive{false};      ///< began as a listener's request (RFC 9293 MUST-11)
    bool ack_dropped{false};  ///< TCP_DEFER_ACCEPT: the handshake could be over, but no text has come
    std::uint32_t receive_buffer{0};
    std::uint32_t send_buffer{0};
    std::uint16_t advertised_mss{1460};
    PathMtu path{};

    SendSequence snd{};
    ReceiveSequence rcv{};
    TimestampState timestamps{};
    EcnState ecn{};
    DelayedAck delayed_ack{};
    std::unique_ptr<Receiving> receiving_state{};  ///< null until it is asked for, see receiving()
    Retransmission retransmission{};
    Recovery recovery{};
    RateReduction reduction{};
    Rack rack{};
    LossProbe probe{};
    WindowUse window_use{};
    Congestion congestion{};
    RttEstimator rtt{};
    Timers timers{};
    Liveness liveness{};
    SendQueue send_queue{};
    std::unique_ptr<PacketLayout> packets{};  ///< of the unsent text; null: one packet, or none
    ReceiveQueue receive_queue{};
    std::unique_ptr<Rare> rare{};  ///< null until it is asked for, see rare()
};

/// RFC 9293 §3.10.2; RFC 7413 §4.2.2: and before the handshake's end, where Fast Open was accepted.
inline bool may_send_text(Tcb const& tcb) {
    return tcb.state == State::established || tcb.state == State::close_wait ||
           (tcb.state == State::syn_received && tcb.fast_open.accepted);
}

/// Whole seconds of the clock, as recent_at counts.
inline Seconds seconds_of(Instant at) { return std::chrono::floor<Seconds>(at.time_since_epoch()); }

inline Receiving& receiving(Tcb& tcb) {
    if (!tcb.receiving_state) {
        tcb.receiving_state = std::make_unique<Receiving>();
    }
    return *tcb.receiving_state;
}

inline Rare& rare(Tcb& tcb) {
    if (!tcb.rare) {
        tcb.rare = std::make_unique<Rare>();
    }
    return *tcb.rare;
}

/// RFC 2385: both ends sign what they send.
inline bool signs(Tcb const& tcb) { return tcb.rare && !tcb.rare->md5_key.empty(); }

/// The next byte for the reader (Linux copied_seq).
inline SeqNum next_unread(Tcb const& tcb) {
    return tcb.rcv.nxt - (tcb.rcv.finished ? 1U : 0U) - static_cast<std::uint32_t>(tcb.receive_queue.unread());
}

/// The most text that a segment of the peer's brings, options minded (Linux advmss).
inline std::uint16_t largest_arrival(Tcb const& tcb) {
    constexpr std::uint16_t timestamps = 12;  // RFC 7323 §3.2: ten bytes, padded
    return static_cast<std::uint16_t>(tcb.advertised_mss - (tcb.timestamps.enabled ? timestamps : 0));
}

}  // namespace tcpsim::tcp
