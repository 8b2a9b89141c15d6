// An operating system is a table of values and named policies, each with its source. Code never compares a name.
#pragma once

#include "stack/base/errno.hpp"
#include "stack/base/time.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tcpsim::profile {

/// How sure we are of a value. `chosen`: whoever runs the simulation set it; its source is the setting's name.
enum class Grade : std::uint8_t { measured, read_in_source, documented, reported, chosen };

/// A value and where it was read. Read it as .value: there is no silent conversion.
template <class T>
struct Sourced {
    T value{};
    std::string_view source{};
    Grade grade{Grade::documented};
};

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

/// What a sender hands to its device at a time.
enum class SendUnit : std::uint8_t {
    segment,
    linux_packet,  ///< several segments, cut up on the way out (TSO or software): PSH on the last of them
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

/// The settings of one system and what each of them changes; settings_of() and set() read it.
class SettingTable;

/// Everything that differs between systems. Names are the systems' own where they have one.
struct Profile {
    std::string_view name{};
    std::string_view description{};
    SettingTable const* settings{nullptr};

    struct Rto {
        Sourced<RtoArithmetic> arithmetic{};
        /// Before there is a measurement. net3_ticks: tcp_rttdflt; a connection's first timeout is twice that, the
        /// later ones four times that, backed off (4.4BSD tcp_newtcpcb, TCP_REXMTVAL): 6 s, 24 s.
        Sourced<Duration> initial{};
        Sourced<Duration> min{}, max{};
        Sourced<Duration> fallback{};  ///< established without a measurement because the handshake was repeated
        Sourced<Duration> granule{};   ///< jiffy or tick; timeouts are rounded up to it
        Sourced<GiveUp> give_up{};
        Sourced<Duration>
            give_up_base{};            ///< linux_elapsed_time: the timeout its model starts from, whatever `min` says
        Sourced<int> doubt_retries{};  ///< RFC 9293 §3.8.3's R1, counted as data_retries, its R2
        Sourced<int> data_retries{}, syn_retries{}, synack_retries{};
        Sourced<int> orphan_retries{};       ///< Linux: 0 means 8
        Sourced<int> syn_linear_timeouts{};  ///< SYN repetitions before backing off
        Sourced<int> backoff_limit{};        ///< doublings after which the factor stays; 4.4BSD: 6 (×64)
        Sourced<Duration> connect_limit{};   ///< connect() fails no later than this; zero: retries alone decide
    } rto{};
    struct TailLoss {
        Sourced<TailLossProbe> policy{};
    } tail_loss_probe{};
    struct Acknowledging {
        Sourced<AckPolicy> policy{};
        Sourced<Duration> min{}, max{};     ///< equal on systems with a fixed delay
        Sourced<int> initial_quick{};       ///< at most so many ACKs at once when a connection begins
        Sourced<int> pingpong_threshold{};  ///< answers within the ACK timeout that make a conversation
        Sourced<Duration> tick{};  ///< delays end at the next multiple of it; zero: they have a timer of their own
    } delayed_ack{};
    struct SelectiveAcknowledging {
        Sourced<bool> duplicates{};            ///< RFC 2883
        Sourced<int> compressed_most{};        ///< so many out-of-order segments may share one ACK; zero: none
        Sourced<Duration> compressed_delay{};  ///< they wait no longer than this
        Sourced<Duration> compressed_slack{};  ///< the timer may fire so much later
        Sourced<int> compressed_percent{};     ///< nor than so much of the round trip
    } selective_ack{};
    struct Validating {
        Sourced<Acceptability> acceptability{};
        Sourced<InWindowControl> control{};
        Sourced<int> paws_tolerance{};  ///< how far a good TSval may lie behind TS.Recent (RFC 7323 §5.3: not at all)
        Sourced<MissingTimestamp> missing_timestamp{};
        Sourced<Duration>
            invalid_ratelimit{};             ///< between answers to invalid segments without text; zero: all answered
        Sourced<bool> time_wait_ignores_reset{};  ///< RFC 1337
        Sourced<Errno> reset_in_close_wait{};     ///< what a RST says after the peer's FIN
        Sourced<Errno> reset_while_closing{};     ///< and when ours is out, too
        Sourced<UrgentPointer> urgent_pointer{};
        Sourced<OldAcknowledgments> old_acknowledgments{};
        Sourced<bool> resets_text_after_fin{};  ///< a segment that goes on beyond the peer's FIN resets
    } validation{};
    struct TcpOptions {
        Sourced<bool> timestamps{}, window_scaling{}, sack{};
        Sourced<OptionOrder> order{};
        Sourced<int> default_mss{};  ///< towards a peer that named none
        Sourced<Duration> timestamp_tick{};
        Sourced<bool> timestamp_offset{};  ///< one for each pair of addresses, against telling the uptime
    } options{};
    struct Ecn {
        Sourced<EcnPolicy> policy{};
        Sourced<bool> fallback{};  ///< a repeated SYN no longer asks (RFC 3168 §6.1.1.1)
    } ecn{};
    struct Buffers {  ///< bytes, as SO_RCVBUF and SO_SNDBUF count
        Sourced<int> receive_min{}, receive_default{}, receive_max{};
        Sourced<int> send_min{}, send_default{}, send_max{};
        Sourced<WindowPolicy> window{};
        Sourced<SendBufferPolicy> send_policy{};
        Sourced<ReceiveMemory> memory{};
        Sourced<bool> receive_autotuned{};  ///< the receive buffer follows the reader's rate, unless SO_RCVBUF was set
        Sourced<bool> shrink_window{};      ///< the right edge may move left when memory is short (RFC 9293 SHLD-14)
        Sourced<int> option_factor{};       ///< setsockopt(SO_RCVBUF, n) and SO_SNDBUF make a buffer of so many times n
        Sourced<int> window_share{};        ///< in 256ths: how much of a receive buffer is offered until text has come
        Sourced<int> window_clamp_min{};    ///< TCP_WINDOW_CLAMP takes no less
    } buffers{};
    struct PacketBuffer {              ///< what a received packet occupies; where buffers.memory counts packets
        Sourced<int> headroom{};       ///< bytes before the frame
        Sourced<int> alignment{};      ///< to which both are rounded up
        Sourced<int> fragment_list{};  ///< bytes behind
        Sourced<int> descriptor{};     ///< bytes beside, freed when a buffer hangs on to another
        Sourced<int> fragments{};      ///< so many may hang on to one
        Sourced<int> page{};           ///< when memory is short, text is copied together into buffers of this size
        Sourced<int> smallest{};       ///< or, what is left of it, into one of a power of two, but not less than this
    } packet_buffer{};
    struct CongestionControl {
        Sourced<CongestionAlgorithm> algorithm{};
        Sourced<int> initial_window{};  ///< segments
    } congestion{};
    struct Cubic {             ///< RFC 9438; where congestion.algorithm names it
        Sourced<int> beta{};   ///< of a window, what a reduction leaves, in 1/1024
        Sourced<int> scale{};  ///< C = scale * 10 / 1024 segments per cubed second (Linux bic_scale)
        Sourced<bool> fast_convergence{}, tcp_friendliness{};
        Sourced<bool> hystart{};
        Sourced<HyStartDetect> hystart_detect{};
        Sourced<int> hystart_low_window{};        ///< segments: a smaller window is not watched
        Sourced<Duration> hystart_ack_spacing{};  ///< ACKs further apart are no train
    } cubic{};
    struct Dctcp {                     ///< RFC 8257; where congestion.algorithm names it
        Sourced<int> shift_g{};        ///< g = 2^-shift_g: the weight of the newest window
        Sourced<int> alpha_on_init{};  ///< in 1/1024
    } dctcp{};
    struct LossRecovery {
        Sourced<LossDetection> detection{};
        Sourced<WindowReduction> reduction{};
        Sourced<RecoveryEnd> end{};
        Sourced<bool> frto{};              ///< RFC 5682
        Sourced<bool> limited_transmit{};  ///< RFC 3042
        Sourced<bool> undo{};              ///< a reduction that proves superfluous is taken back (RFC 4015)
        Sourced<int> reordering{};         ///< segments: how late may a segment be before it counts as lost; DupThresh
        Sourced<int> max_reordering{};     ///< to which that may grow
        Sourced<IdleRestart> idle_restart{};  ///< RFC 5681 §4.1
        Sourced<Duration> min_rtt_window{};   ///< over which the shortest round trip is remembered
    } recovery{};
    struct Teardown {
        Sourced<Duration> time_wait{}, fin_wait_2_orphan{};
        Sourced<FinWait2> fin_wait_2{};
        Sourced<OnCloseWithUnread> on_close_with_unread{};
        Sourced<OnGiveUp> on_give_up{};  ///< of retransmissions and window probes
    } teardown{};
    struct InitialSequenceNumber {
        Sourced<IsnGenerator> generator{};
        Sourced<Duration> tick{};  ///< of its clock
    } isn{};
    struct FastOpen {
        /// Linux's bits: 1 as a client, 2 as a server, 4 text without a cookie, 0x200 nor is one asked for, 0x400 every
        /// listener.
        Sourced<int> mode{};
    } fast_open{};
    struct TimeWait {
        Sourced<TimeWaitSegments> segments{};
        Sourced<TimeWaitReopening> reopening{};
        Sourced<TimeWaitReuse> reuse{};
        Sourced<Duration> reuse_delay{};  ///< after it began
        Sourced<bool>
            reuse_when_bound{};       ///< connect() takes over a pair whose port the program bound, given timestamps
        Sourced<Errno> pair_taken{};  ///< what connect() says of a pair that is in use
    } time_wait{};
    struct Listening {
        Sourced<Backlog> backlog{};
        Sourced<int>
            max_syn_backlog{};  ///< linux_two_queues, without cookies: requests, a quarter kept for known peers
        Sourced<bool> abort_on_overflow{};  ///< an ACK that completes into a full accept queue gets a RST, not silence
        Sourced<SynCookies> syn_cookies{};
        Sourced<bool> drops_syn_fin{};    ///< a SYN that carries a FIN is none
        Sourced<bool> repeats_syn_ack{};  ///< at once when the SYN comes again, not only by the timer
        Sourced<bool> asks_ack_first{};   ///< in SYN-RECEIVED: a wrong acknowledgment gets its RST wherever it stands
        Sourced<bool> takes_text_of_syn_ack{};  ///< and its FIN (RFC 9293 §3.10.7.3); else they come again
        Sourced<bool> fin_waits_for_ack{};      ///< shutdown() in SYN-RECEIVED: FIN only once established
        Sourced<Errno> reset_while_opening{};   ///< what an active OPEN in SYN-RECEIVED says of a RST
    } listening{};
    struct HostValues {
        Sourced<int> first_port{}, last_port{};  ///< ephemeral range, inclusive
        Sourced<int> backlog_max{};              ///< somaxconn
        Sourced<int> default_ttl{};
    } host{};
    struct Sockets {
        Sourced<PortChoice> port_choice{};
        Sourced<PortSharing> port_sharing{};
        Sourced<ResetInQueue> reset_in_queue{};
        Sourced<bool> reset_discards_text{};             ///< what came before a reset and was not read is lost
        Sourced<int> receive_floor{}, send_floor{};      ///< the least that SO_RCVBUF and SO_SNDBUF give
        Sourced<int> receive_ceiling{}, send_ceiling{};  ///< the most that they may ask for
        Sourced<Errno> beyond_ceiling{};                 ///< what more is answered with; none: it is cut down
        Sourced<SendMemory> send_memory{};
        Sourced<int> packet_header{};  ///< linux_packets: room for headers, beside what describes a packet
        Sourced<int> datagram_receive_buffer{}, datagram_send_buffer{};  ///< of UDP
        Sourced<DatagramErrors> datagram_errors{};
    } sockets{};
    struct Persist {
        Sourced<Duration> min{}, max{};  ///< zero-window probes
        Sourced<WindowProbe> probe{};
        Sourced<PersistGiveUp> give_up{};
    } persist{};
    struct Sending {
        Sourced<NaglePolicy> nagle{};
        Sourced<SendUnit> unit{};
    } send{};
    struct Icmp {
        Sourced<IcmpErrors> errors{};
    } icmp{};
    struct MtuValues {
        Sourced<PathMtuDiscovery> discovery{};
        Sourced<UnnamedMtu> unnamed{};
        Sourced<int> min{};           ///< no router's word is taken for less
        Sourced<Duration> expires{};  ///< how long a host keeps what it learnt (RFC 1191 §6.3)
        Sourced<int> min_mss{};       ///< options included
        Sourced<MtuProbing> probing{};
        Sourced<int> probe_threshold{};          ///< bytes: a narrower search is over
        Sourced<Duration> probe_interval{};      ///< after that long it begins anew
        Sourced<int> base_mss{}, probe_floor{};  ///< what a black hole is tried with first, and at least
    } mtu{};
    struct Keepalive {
        Sourced<Duration> time{}, interval{};  ///< idleness before the first probe; between probes
        Sourced<int> probes{};                 ///< unanswered, before the connection ends
        Sourced<KeepalivePolicy> policy{};
        Sourced<KeepaliveProbe> probe{};
    } keepalive{};
};

/// The built-in systems, in alphabetical order of their names.
std::span<Profile const* const> all();
/// The profile of that name, or null.
Profile const* find(std::string_view name);

/// Why a setting could not be changed, in words for the person who wrote it.
struct SettingError {
    std::string what{};
    std::string expected{};
};
/// One overridable value under the system's own name for it.
struct Setting {
    std::string_view name{};
    std::string_view unit{};  ///< "count", "ms", "boolean", "bytes", …
    std::string_view help{};
    std::span<std::string_view const> words{};  ///< the values that there are, if they are words
};
/// The settings that `profile` knows under its own names, e.g. tcp_retries2 for linux.
std::span<Setting const> settings_of(Profile const& profile);
/// Changes one setting; the value is text as a person writes it: whole numbers, as many as the system's own setting
/// takes, with blanks between them ("8", "0", "32768 60999"), or one of the setting's words. On an error the profile is as it was.
std::optional<SettingError> set(Profile& profile, std::string_view setting, std::string_view value);
/// A pair of values that cannot be in force together, such as a minimum above its maximum. Each alone is valid, so that
/// settings can be given in any order: ask when all are given.
std::optional<SettingError> inconsistency(Profile const& profile);

}  // namespace tcpsim::profile
