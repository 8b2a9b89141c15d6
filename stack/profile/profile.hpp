// An operating system is a table of values and named policies, each with its source. Code never compares a name.
#pragma once

#include "stack/base/errno.hpp"
#include "stack/base/time.hpp"
#include "stack/profile/policies.hpp"

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
            invalid_ratelimit{};  ///< between answers to invalid segments without text; zero: all answered
        Sourced<bool> time_wait_ignores_reset{};  ///< RFC 1337
        Sourced<Errno> reset_in_close_wait{};     ///< what a RST says after the peer's FIN
        Sourced<Errno> reset_while_closing{};     ///< and when ours is out, too
        Sourced<UrgentPointer> urgent_pointer{};
        Sourced<OldAcknowledgments> old_acknowledgments{};
        Sourced<WindowUpdate> window_update{};
        Sourced<bool> resets_text_after_fin{};       ///< a segment that goes on beyond the peer's FIN resets
        Sourced<bool> resets_text_after_shutdown{};  ///< in FIN-WAIT-1 and -2 after SHUT_RD, as after close()
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
        Sourced<int> receive_default{}, receive_max{};
        Sourced<int> send_default{}, send_max{};
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
        Sourced<bool> collapse{};          ///< a repetition takes in the small segments behind it
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
    struct Opening {
        Sourced<CrossingAnswer> crossing{};
        Sourced<bool> repeats_syn_on_bad_ack{};  ///< in SYN-SENT, at once, unless it was repeated before
        Sourced<bool> checks_echo{};             ///< in SYN-SENT: TSecr must be of a SYN of ours
    } opening{};
    struct HostValues {
        Sourced<int> first_port{}, last_port{};  ///< ephemeral range, inclusive
        Sourced<int> backlog_max{};              ///< somaxconn
        Sourced<int> default_ttl{};
        Sourced<int> max_orphans{};  ///< connections that nobody has any more; one more is reset when it is closed
        Sourced<int> max_waiting{};  ///< connections in TIME-WAIT, or orphans in FIN-WAIT-2; one more is over at once
    } host{};
    struct PathMetrics {  ///< what a connection leaves to later ones with the same peer
        Sourced<bool> saved{};
        Sourced<bool> saves_ssthresh{};  ///< among them
        Sourced<Duration> expire{};      ///< after that long without a new connection's word
    } path_metrics{};
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
        Sourced<bool> soft_error_told{};   ///< SO_ERROR gives, and takes, what ICMP said of a connection that goes on
        Sourced<Duration> wait_granule{};  ///< of SO_RCVTIMEO and SO_SNDTIMEO
        Sourced<bool> wait_rounded_up{};   ///< to it; otherwise what is left over is cut off
    } sockets{};
    struct Persist {
        Sourced<Duration> min{}, max{};  ///< zero-window probes
        Sourced<WindowProbe> probe{};
        Sourced<PersistGiveUp> give_up{};
    } persist{};
    struct Sending {
        Sourced<NaglePolicy> nagle{};
        Sourced<SendUnit> unit{};
        Sourced<BareFin> bare_fin{};
        Sourced<EmptySegmentNumber> empty_segment{};
        Sourced<int> least_segments{};  ///< linux_packet: that a packet has room for, however slow the path
        Sourced<int>
            window_divisor{};  ///< linux_packet: a part of the window that is sent without waiting for more; 0: three segments
        Sourced<bool> autocorks{};  ///< linux_packet: a short packet waits for more while the device is busy
    } send{};
    struct TimerValues {
        Sourced<TimerPrecision> precision{};
        Sourced<Duration> phase{};  ///< linux_wheel: when the first jiffy of the kernel's clock began
    } timers{};
    struct Icmp {
        Sourced<IcmpErrors> errors{};
    } icmp{};
    struct MtuValues {
        Sourced<PathMtuDiscovery> discovery{};
        Sourced<UnnamedMtu> unnamed{};
        Sourced<int> min{};                      ///< no router's word is taken for less
        Sourced<Duration> expires{};             ///< how long a host keeps what it learnt (RFC 1191 §6.3)
        Sourced<int> min_mss{};                  ///< options included
        Sourced<bool> mss_within_half_window{};  ///< no segment is larger than half of the first window offered
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
    /// ARP (RFC 826), where a scenario asks for it.
    struct NeighbourValues {
        Sourced<NeighbourAgeing> ageing{};
        Sourced<int> broadcasts{};  ///< requests for an address that nobody has yet
        Sourced<int> unicasts{};    ///< and for one that is doubted
        Sourced<Duration> retransmit{};
        Sourced<Duration> reachable{};  ///< linux_states: between half of it and one and a half
        Sourced<Duration> delay_first_probe{};
        Sourced<int> queue{};       ///< packets that wait for an answer; more drop the oldest
        Sourced<bool> announces{};  ///< a new address, or an interface that comes up, by a gratuitous request
    } neighbours{};
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
