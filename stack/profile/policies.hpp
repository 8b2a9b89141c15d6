// Differences in kind: each enum is one question on which systems differ, each enumerator an answer that some system gives.
// What an answer does stands in the code that asks.
#pragma once

#include <cstdint>

namespace tcpsim::profile {

/// How the retransmission timeout is computed.
enum class RtoArithmetic : std::uint8_t {
    linux_microseconds,  ///< tcp_rtt_estimator: SRTT + max(4*RTTVAR with decaying floor, min), rounded up to jiffies
    net3_ticks,          ///< 4.4BSD: RTT counted in 500 ms ticks, SRTT/8 + RTTVAR/4-scaled fixed point
};

/// When an unanswered retransmission gives up.
enum class GiveUp : std::uint8_t {
    linux_elapsed_time,  ///< the retry count is turned into a time (tcp_model_timeout), compared at each expiry
    count,               ///< after so many retransmissions, at the next expiry
};

/// What the first acknowledgment of a tail is helped by.
enum class TailLossProbe : std::uint8_t { none, rfc8985 };

/// Which segments that are not full wait (RFC 9293 §3.7.4, Nagle). Unless TCP_NODELAY.
enum class NaglePolicy : std::uint8_t {
    rfc896,    ///< while anything is outstanding
    minshall,  ///< while an earlier segment that was not full is outstanding
};

/// How long a host believes in the MAC address of a neighbour.
enum class NeighbourAgeing : std::uint8_t {
    linux_states,  ///< RFC 4861 §7.3: then it is doubted when used, confirmed by TCP's progress, and at last asked
    net3_expiry,   ///< then it is forgotten
};

/// How late a kernel's timers fire. Never early.
enum class TimerPrecision : std::uint8_t {
    ideal,        ///< at their time
    linux_wheel,  ///< in the slot of a hierarchical wheel, the later the longer they wait (stack/tcp/timer_wheel.hpp)
};

/// What a sender hands to its device at a time.
enum class SendUnit : std::uint8_t {
    segment,
    linux_packet,  ///< several segments, cut up on the way out (TSO or software): PSH on the last of them
};

/// When a FIN leaves that no text carries.
enum class BareFin : std::uint8_t {
    needs_window,        ///< whatever is in flight
    needs_both_windows,  ///< the congestion window must have room for it, too (Linux tcp_cwnd_test)
};

/// The sequence number of a segment without text.
enum class EmptySegmentNumber : std::uint8_t {
    snd_nxt,            ///< RFC 9293 §3.10.7.4
    linux_within_edge,  ///< the right edge, where what was sent lies beyond a window that shrank (tcp_acceptable_seq)
};

/// How a sender asks whether a shut window has opened (RFC 9293 §3.8.6.1).
enum class WindowProbe : std::uint8_t {
    empty_segment,  ///< at SND.UNA-1, without text
    next_byte,      ///< the first byte that the window does not allow
};

/// When a connection with SO_KEEPALIVE asks whether its peer is there (RFC 9293 §3.8.4).
enum class KeepalivePolicy : std::uint8_t {
    linux_all_acknowledged,  ///< in any state, but never while text waits or is unacknowledged: its own timers ask
    net3_until_close,        ///< in ESTABLISHED and CLOSE-WAIT, whatever is unacknowledged
};

/// What a keepalive probe carries.
enum class KeepaliveProbe : std::uint8_t {
    empty_segment,  ///< RFC 9293 §3.8.4, SHLD-12
    garbage_octet,  ///< MAY-6: 4.2BSD answered nothing less
};

/// When unanswered window probes end a connection.
enum class PersistGiveUp : std::uint8_t {
    never,
    linux_unanswered,  ///< after tcp_retries2 without an answer; a user timeout and orphans have their own rules
};

/// What the peer of a connection that gave up is told.
enum class OnGiveUp : std::uint8_t { silent, reset };

/// How long FIN-WAIT-2 lasts when nobody holds the socket.
enum class FinWait2 : std::uint8_t {
    fixed,
    linux_fin_time,  ///< TCP_LINGER2 or the setting, at least 3.5 timeouts; what exceeds TIME-WAIT's time counts twice
};

/// What ICMP errors do to a connection (RFC 9293 §3.9.2.2).
enum class IcmpErrors : std::uint8_t {
    linux_checked,  ///< must quote what is in flight (RFC 5927); end an opening connection, else count if it fails later
    net3_notified,  ///< unchecked; the second may end an opening connection, source quench shuts the congestion window
};

/// Whether a host finds out how large packets may be (RFC 1191). `none`: they may be cut up on their way.
enum class PathMtuDiscovery : std::uint8_t { none, icmp };

/// What a router means that names no MTU (RFC 1191 §5).
enum class UnnamedMtu : std::uint8_t {
    least,    ///< the least that is believed
    plateau,  ///< the next of RFC 1191's table 7-1
};

/// Whether lost packets make a sender try smaller ones (RFC 4821).
enum class MtuProbing : std::uint8_t { never, on_black_hole, always };

/// Whether the send buffer follows the connection.
enum class SendBufferPolicy : std::uint8_t {
    fixed,
    linux_autotuned,  ///< grows with the congestion window, unless SO_SNDBUF was set
};

/// How much receive window a SYN and later segments offer.
enum class WindowPolicy : std::uint8_t {
    linux_rounded_to_mss,  ///< initial window: the buffer's half rounded down to whole segments
    whole_buffer,          ///< BSD: the receive buffer
};

/// Which ACKs are sent at once.
enum class AckPolicy : std::uint8_t {
    linux_quickack,  ///< the first segments of a connection at once, then pingpong mode with an adaptive delay
    every_second,    ///< BSD: a delayed-ACK timer, every second segment at once
};

/// Which connections use explicit congestion notification (RFC 3168 §6.1.1).
enum class EcnPolicy : std::uint8_t {
    off,
    ask,     ///< our SYNs ask, and who asks us is answered
    answer,  ///< only who asks us
};

/// What becomes of a RST or SYN inside the window.
enum class InWindowControl : std::uint8_t {
    rfc793,   ///< both end the connection
    rfc5961,  ///< a SYN, and a RST that is not exactly at RCV.NXT, get a challenge ACK
};

/// Which segments pass RFC 9293 §3.10.7.4's first step.
enum class Acceptability : std::uint8_t {
    rfc9293,             ///< some part in the window; what lies beyond it is cut off
    linux_tcp_sequence,  ///< from the last ACK to the right edge; beyond it all or nothing
};

/// A segment without a timestamp although both ends negotiated them (RFC 7323 §3.2 wants it dropped).
enum class MissingTimestamp : std::uint8_t { accept, drop };

/// How old an acknowledgment may be (RFC 5961 §5.2).
enum class OldAcknowledgments : std::uint8_t {
    largest_window,  ///< by MAX.SND.WND
    /// Nor older than all that was ever acknowledged; and in SYN-RECEIVED after a simultaneous open one of nothing new
    /// completes the handshake (tcp_ack).
    linux_acked,
};

/// Which segments say how large the peer's window is (RFC 9293 §3.10.7.4, fifth: SND.WL1, SND.WL2).
enum class WindowUpdate : std::uint8_t {
    rfc9293,  ///< later text, or none older and no older acknowledgment
    /// All that acknowledge something new, later text; of the same text only a larger window, or none
    /// (tcp_may_update_window).
    linux_no_smaller,
};

/// What SEG.UP points at (RFC 6093 §3; RFC 9293 §3.8.5, MUST-62).
enum class UrgentPointer : std::uint8_t {
    octet_following,        ///< the first octet behind the urgent data
    linux_octet_following,  ///< so, but zero points as one does (tcp_check_urg)
    last_octet,             ///< the last octet of them, as RFC 1122 had it
};

/// What a receive buffer is charged with.
enum class ReceiveMemory : std::uint8_t {
    text,         ///< BSD: the bytes of text
    linux_pages,  ///< each packet's buffer (truesize), a ratio of which is offered as window
};

/// What a listener's backlog limits (RFC 9293 §3.10.1 leaves it to the system).
enum class Backlog : std::uint8_t {
    linux_two_queues,  ///< the accept queue and the SYN queue, each by itself; tcp_max_syn_backlog besides
    bsd_sum,           ///< both together, and half as many again
};

/// When a listener answers a SYN without remembering it (RFC 4987 §3.6).
/// What a SYN,ACK offers that answers a SYN crossing ours (RFC 9293 §3.5, figure 8).
enum class CrossingAnswer : std::uint8_t {
    what_both_offer,
    all_of_ours,  ///< as our SYN did; and our windows are scaled whatever the peer offers
};

enum class SynCookies : std::uint8_t { never, when_full, always };

/// Where initial sequence numbers come from (RFC 9293 §3.4.1).
enum class IsnGenerator : std::uint8_t {
    rfc6528,       ///< a clock and a keyed hash of the four numbers
    net3_counter,  ///< one counter for all, which anybody can guess
};

/// By which rules segments are taken in TIME-WAIT.
enum class TimeWaitSegments : std::uint8_t {
    rfc9293,             ///< the steps of §3.10.7.4
    linux_mini_sockets,  ///< tcp_timewait_state_process: a bare ACK at RCV.NXT in silence, an answer to the rest
};

/// Which SYN opens a new connection in place of one in TIME-WAIT (RFC 9293 §3.6.1, MAY-2).
enum class TimeWaitReopening : std::uint8_t {
    beyond_window,          ///< 4.4BSD: its sequence number lies beyond the old window
    sequence_or_timestamp,  ///< RFC 6191: a later timestamp, or none earlier and a later sequence number
};

/// When connect() takes an ephemeral port whose connection is in TIME-WAIT.
enum class TimeWaitReuse : std::uint8_t { never, loopback, always };

/// The twin of wire::OptionLayout, which this layer does not know.
enum class OptionOrder : std::uint8_t { linux_order, bsd_order };

/// How a sender learns that something was lost, before its timer expires.
enum class LossDetection : std::uint8_t {
    duplicate_acks,  ///< the third duplicate ACK (RFC 5681 §3.2); with SACK, RFC 6675's IsLost()
    rack,            ///< by time (RFC 8985); without SACK as above
};

/// How cwnd comes down to ssthresh in recovery.
enum class WindowReduction : std::uint8_t {
    at_once,       ///< RFC 5681 §3.2: and each further duplicate ACK lets a segment go
    proportional,  ///< PRR, RFC 9937
};

/// When fast recovery is over.
enum class RecoveryEnd : std::uint8_t {
    first_new_ack,   ///< Reno: RFC 5681 §3.2, step 6
    recovery_point,  ///< NewReno, SACK: all that was outstanding when it began (RFC 6582, RFC 6675)
};

/// What becomes of a congestion window that was not used for an RTO (RFC 5681 §4.1).
enum class IdleRestart : std::uint8_t {
    none,
    halved_each_rto,    ///< Linux: not below the initial window (RFC 2861)
    to_initial_window,  ///< 4.4BSD
};

/// How the congestion window grows and shrinks.
enum class CongestionAlgorithm : std::uint8_t {
    newreno,  ///< RFC 5681, RFC 6582
    cubic,    ///< RFC 9438, with HyStart as Linux has it
    dctcp,    ///< RFC 8257
};

/// Which signs of a queue end CUBIC's slow start.
enum class HyStartDetect : std::uint8_t { none, ack_train, delay, both };

/// What close() does when received data was never read. RFC 9293 §3.6.1 wants a reset.
enum class OnCloseWithUnread : std::uint8_t { reset, fin };

/// Which ephemeral port a socket gets.
enum class PortChoice : std::uint8_t {
    linux_two_parities,  ///< RFC 6056 §3.3.4 for connect(), ports of one parity first; at random and the other for bind()
    net3_in_turn,        ///< one counter for all
};

/// Which sockets may share a local port.
enum class PortSharing : std::uint8_t {
    linux_both_agree,    ///< both with SO_REUSEADDR and none listening, or both with SO_REUSEPORT
    net3_more_specific,  ///< SO_REUSEADDR: with whatever is connected or has another address; SO_REUSEPORT: with anything
};

/// What becomes of a connection that is reset while it waits for accept().
enum class ResetInQueue : std::uint8_t {
    delivered,  ///< accept() gives it, and its first call tells
    hidden,     ///< it leaves the queue
    aborted,    ///< accept() says ECONNABORTED, as POSIX has it
};

/// What a send buffer is charged with.
enum class SendMemory : std::uint8_t {
    text,           ///< BSD: the bytes of text
    linux_packets,  ///< each packet's buffer besides; asked for only when a packet begins, not while one is filled
};

/// Which ICMP errors a UDP socket is told of (RFC 1122 §4.1.3.3 wants all).
enum class DatagramErrors : std::uint8_t {
    linux_hard,  ///< connected ones, of a port or protocol that is not there; all with IP_RECVERR
    connected,   ///< connected ones, of everything
    all,         ///< unconnected ones, too
};

}  // namespace tcpsim::profile
