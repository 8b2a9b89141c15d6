// Linux 6.18. Values that a running 6.18 kernel showed are graded measured: its sysctl defaults in a fresh network
// namespace, and what its packets and clocks did. The others stand in the kernel's sources.
#include "stack/profile/settings.hpp"

#include <limits>

namespace tcpsim::profile {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

template <class T>
Sourced<T> measured(T value, std::string_view source) {
    return {value, source, Grade::measured};
}
template <class T>
Sourced<T> read(T value, std::string_view source) {
    return {value, source, Grade::read_in_source};
}
template <class T>
Sourced<T> documented(T value, std::string_view source) {
    return {value, source, Grade::documented};
}

Profile::Rto rto() {
    return {
        .arithmetic =
            measured(RtoArithmetic::linux_microseconds, "tcp_rtt_estimator; RTO 224 ms at RTT 20 ms recorded"),
        .initial = measured<Duration>(1s, "TCP_TIMEOUT_INIT, include/net/tcp.h; first SYN repeated after 1 s"),
        .min = measured<Duration>(200ms, "sysctl tcp_rto_min_us = 200000"),
        .max = measured<Duration>(120s, "sysctl tcp_rto_max_ms = 120000; gaps of 120.83 s recorded"),
        .fallback = read<Duration>(3s, "TCP_TIMEOUT_FALLBACK, include/net/tcp.h; RFC 6298 §5.7"),
        .granule = measured<Duration>(4ms, "HZ=250 of the recorded kernel"),
        .give_up =
            measured(GiveUp::linux_elapsed_time, "tcp_model_timeout; 924.6 s since the first RTO retransmission"),
        .give_up_base = read<Duration>(200ms, "TCP_RTO_MIN in retransmits_timed_out, net/ipv4/tcp_timer.c"),
        .doubt_retries = measured(3, "sysctl tcp_retries1"),
        .data_retries = measured(15, "sysctl tcp_retries2"),
        .syn_retries = measured(6, "sysctl tcp_syn_retries"),
        .synack_retries = measured(5, "sysctl tcp_synack_retries"),
        .orphan_retries = measured(0, "sysctl tcp_orphan_retries"),
        .syn_linear_timeouts = measured(4, "sysctl tcp_syn_linear_timeouts"),
        .backoff_limit = read(std::numeric_limits<int>::max(), "tcp_retransmit_timer: doubles until TCP_RTO_MAX"),
        .connect_limit = read<Duration>(0s, "tcp_write_timeout: no time but that of tcp_syn_retries"),
    };
}

Profile::Acknowledging delayed_ack() {
    return {
        .policy = measured(AckPolicy::linux_quickack, "16 ACKs at once, then 40 ms, recorded; tcp_incr_quickack"),
        .min = measured<Duration>(40ms, "TCP_DELACK_MIN, include/net/tcp.h; 40 ms recorded"),
        .max = read<Duration>(200ms, "TCP_DELACK_MAX, include/net/tcp.h"),
        .initial_quick = measured(16, "TCP_MAX_QUICKACKS, include/net/tcp.h; 16 recorded"),
        .pingpong_threshold = measured(1, "sysctl tcp_pingpong_thresh"),
        .tick = read<Duration>(0s, "tcp_send_delayed_ack: a timer for each connection"),
    };
}

Profile::SelectiveAcknowledging selective_ack() {
    return {
        .duplicates = measured(true, "sysctl tcp_dsack; recorded D-SACKs"),
        .compressed_most = measured(44, "sysctl tcp_comp_sack_nr"),
        .compressed_delay = measured<Duration>(1ms, "sysctl tcp_comp_sack_delay_ns"),
        .compressed_slack =
            measured<Duration>(100us, "sysctl tcp_comp_sack_slack_ns; 0.1 ms recorded (loss_first_of_10)"),
        .compressed_percent = read(5, "__tcp_ack_snd_check, net/ipv4/tcp_input.c: rtt / 20"),
    };
}

Profile::Validating validation() {
    return {
        .acceptability = read(Acceptability::linux_tcp_sequence, "tcp_sequence, net/ipv4/tcp_input.c"),
        .control = measured(InWindowControl::rfc5961, "tcp_validate_incoming; challenge ACKs recorded"),
        .paws_tolerance = read(1, "TCP_PAWS_WINDOW, include/net/tcp.h"),
        .missing_timestamp = read(MissingTimestamp::accept, "tcp_validate_incoming: tcp_fast_parse_options or nothing"),
        .invalid_ratelimit = measured<Duration>(500ms, "sysctl tcp_invalid_ratelimit"),
        .time_wait_ignores_reset = measured(false, "sysctl tcp_rfc1337"),
        .reset_in_close_wait = measured(Errno::epipe, "tcp_reset: TCP_CLOSE_WAIT"),
        .reset_while_closing = measured(Errno::econnreset, "tcp_reset: default"),
        .urgent_pointer = measured(UrgentPointer::linux_octet_following, "sysctl tcp_stdurg = 0; tcp_check_urg"),
        .old_acknowledgments = measured(OldAcknowledgments::linux_acked, "tcp_ack: min(max_window, bytes_acked)"),
        .window_update = measured(WindowUpdate::linux_no_smaller, "tcp_may_update_window; packet scripts"),
        .resets_text_after_fin = measured(true, "tcp_rcv_state_process: TCPABORTONDATA"),
        .resets_text_after_shutdown = measured(true, "tcp_rcv_state_process: RCV_SHUTDOWN"),
    };
}

Profile::TcpOptions options() {
    return {
        .timestamps = measured(true, "sysctl tcp_timestamps = 1"),
        .window_scaling = measured(true, "sysctl tcp_window_scaling = 1"),
        .sack = measured(true, "sysctl tcp_sack = 1"),
        .order = measured(OptionOrder::linux_order, "tcp_options_write, net/ipv4/tcp_output.c; recorded SYNs"),
        .default_mss = read(536, "TCP_MSS_DEFAULT, include/uapi/linux/tcp.h"),
        .timestamp_tick = measured<Duration>(1ms, "TCP_TS_HZ 1000, include/net/tcp.h"),
        .timestamp_offset = measured(true, "sysctl tcp_timestamps = 1; secure_tcp_ts_off"),
    };
}

Profile::LossRecovery recovery() {
    return {
        .detection = measured(LossDetection::rack, "sysctl tcp_recovery = 1; tcp_rack_detect_loss; recorded"),
        .reduction = measured(WindowReduction::proportional, "tcp_cwnd_reduction; recorded"),
        .end = measured(RecoveryEnd::recovery_point, "tcp_fastretrans_alert; nosack_double_loss recorded"),
        .frto = measured(true, "sysctl tcp_frto = 2; spurious_rto_2s_nots recorded"),
        .limited_transmit = measured(true, "tcp_add_reno_sack, tcp_packets_in_flight; recorded"),
        .collapse = measured(true, "sysctl tcp_retrans_collapse = 1; packet script"),
        .undo = measured(true, "tcp_may_undo; reorder_delay_10ms recorded"),
        .reordering = measured(3, "sysctl tcp_reordering"),
        .max_reordering = read(300, "sysctl tcp_max_reordering"),
        .idle_restart =
            measured(IdleRestart::halved_each_rto, "sysctl tcp_slow_start_after_idle; idle_3s_then_burst recorded"),
        .min_rtt_window = read<Duration>(300s, "sysctl tcp_min_rtt_wlen"),
    };
}

Profile::Sockets sockets() {
    return {
        .port_choice = read(PortChoice::linux_two_parities, "__inet_hash_connect, inet_csk_find_open_port"),
        .port_sharing = measured(PortSharing::linux_both_agree, "inet_bind_conflict; restart_bind recorded"),
        .reset_in_queue = measured(ResetInQueue::delivered, "accept_after_rst recorded"),
        .reset_discards_text = measured(false, "close_unread_after_sending recorded"),
        .receive_floor = measured(2304, "SOCK_MIN_RCVBUF, include/net/sock.h; SO_RCVBUF 0 gives it"),
        .send_floor = measured(4608, "SOCK_MIN_SNDBUF, include/net/sock.h; SO_SNDBUF 0 gives it"),
        .receive_ceiling = measured(4'194'304, "sysctl net.core.rmem_max"),
        .send_ceiling = measured(4'194'304, "sysctl net.core.wmem_max"),
        .beyond_ceiling = measured(Errno::none, "sk_setsockopt: min_t(u32, val, sysctl_rmem_max)"),
        .send_memory = measured(SendMemory::linux_packets, "sk_stream_memory_free; 45888 bytes recorded"),
        .packet_header = measured(256, "MAX_TCP_HEADER, include/net/tcp.h; SO_MEMINFO 833 with one byte queued"),
        .datagram_receive_buffer = measured(212'992, "sysctl net.core.rmem_default"),
        .datagram_send_buffer = measured(212'992, "sysctl net.core.wmem_default"),
        .datagram_errors = measured(DatagramErrors::linux_hard, "__udp4_lib_err; udp_* recorded"),
        .soft_error_told = measured(true, "sk_getsockopt: xchg(&sk->sk_err_soft, 0); 113 and then 0 after an ICMP 3/1"),
        .wait_granule = measured<Duration>(4ms, "CONFIG_HZ=250; SO_RCVTIMEO of 1 us is told as 4000"),
        .wait_rounded_up = measured(true, "sock_set_timeout: DIV_ROUND_UP; 4001 us are told as 8000"),
    };
}

Profile::Buffers buffers() {
    return {
        .receive_default = measured(131'072, "sysctl tcp_rmem, second"),
        .receive_max = measured(33'554'432, "sysctl tcp_rmem, third; window scale 10 in recorded SYNs"),
        .send_default = measured(16'384, "sysctl tcp_wmem, second"),
        .send_max = measured(4'194'304, "sysctl tcp_wmem, third"),
        .window = measured(WindowPolicy::linux_rounded_to_mss, "tcp_select_initial_window; win 64240 in recorded SYNs"),
        .send_policy = read(SendBufferPolicy::linux_autotuned, "tcp_sndbuf_expand, net/ipv4/tcp_input.c"),
        .memory = read(ReceiveMemory::linux_pages, "tcp_win_from_space, scaling_ratio, include/net/tcp.h"),
        .receive_autotuned = measured(true, "sysctl tcp_moderate_rcvbuf"),
        .shrink_window = measured(false, "sysctl tcp_shrink_window"),
        .option_factor = measured(2, "__sock_set_rcvbuf; windows 2896 and 15928 recorded at 4096 and 16384"),
        .window_share = measured(128, "TCP_DEFAULT_SCALING_RATIO, include/net/tcp.h; win 64240 in recorded SYNs"),
        .window_clamp_min = read(1152, "tcp_set_window_clamp: SOCK_MIN_RCVBUF / 2"),
    };
}

// A frame that a TUN/TAP device takes from a program, as in the recordings; 768 to 2176 bytes of receive memory measured for
// 1 to 1448 bytes of text, 512 to 1920 where they hang on to another.
Profile::PacketBuffer packet_buffer() {
    return {
        .headroom = measured(64, "TUN_RX_PAD: NET_SKB_PAD + NET_IP_ALIGN, drivers/net/tun.c"),
        .alignment = measured(64, "SMP_CACHE_BYTES, SKB_DATA_ALIGN, include/linux/skbuff.h"),
        .fragment_list = measured(320, "struct skb_shared_info, include/linux/skbuff.h"),
        .descriptor = measured(256, "struct sk_buff, include/linux/skbuff.h"),
        .fragments = measured(17, "MAX_SKB_FRAGS, include/linux/skbuff_ref.h; every 19th packet a buffer of its own"),
        .page =
            measured(4096, "tcp_collapse: SKB_MAX_ORDER(0, 0), PAGE_SIZE; 2 * 4352 bytes for 7000 of text measured"),
        .smallest = read(640, "SKB_SMALL_HEAD_CACHE_SIZE, net/core/skbuff.c"),
    };
}

Profile::Keepalive keepalive() {
    return {
        .time = measured<Duration>(7200s, "sysctl tcp_keepalive_time; TCP_KEEPIDLE of a fresh socket"),
        .interval = measured<Duration>(75s, "sysctl tcp_keepalive_intvl; TCP_KEEPINTVL of a fresh socket"),
        .probes = measured(9, "sysctl tcp_keepalive_probes; TCP_KEEPCNT of a fresh socket"),
        .policy = read(KeepalivePolicy::linux_all_acknowledged, "tcp_keepalive_timer, net/ipv4/tcp_timer.c"),
        .probe = measured(KeepaliveProbe::empty_segment, "tcp_xmit_probe_skb; empty ACK at snd_una-1 recorded"),
    };
}

Profile::Cubic cubic() {
    return {
        .beta = measured(717, "tcp_cubic parameter beta = 717; ssthresh 286 at cwnd 409 recorded; RFC 9438 §4.6"),
        .scale = measured(41, "tcp_cubic parameter bic_scale = 41; RFC 9438 §5: C 0.4"),
        .fast_convergence = measured(true, "tcp_cubic parameter fast_convergence = 1"),
        .tcp_friendliness = measured(true, "tcp_cubic parameter tcp_friendliness = 1"),
        .hystart = measured(true, "tcp_cubic parameter hystart = 1"),
        .hystart_detect = measured(HyStartDetect::both, "tcp_cubic parameter hystart_detect = 3"),
        .hystart_low_window = measured(16, "tcp_cubic parameter hystart_low_window = 16"),
        .hystart_ack_spacing = measured<Duration>(2ms, "tcp_cubic parameter hystart_ack_delta_us = 2000"),
    };
}

Profile::Dctcp dctcp() {
    return {
        .shift_g = read(4, "tcp_dctcp parameter dctcp_shift_g, net/ipv4/tcp_dctcp.c; RFC 8257 §4.2: g = 1/16"),
        .alpha_on_init = read(1024, "tcp_dctcp parameter dctcp_alpha_on_init; RFC 8257 §4.2: 1"),
    };
}

Profile::MtuValues mtu() {
    return {
        .discovery = measured(PathMtuDiscovery::icmp, "sysctl ip_no_pmtu_disc = 0; DF recorded"),
        .unnamed = read(UnnamedMtu::least, "__ip_rt_update_pmtu, net/ipv4/route.c: below ip_rt_min_pmtu"),
        .min = documented(552, "sysctl net.ipv4.route.min_pmtu = 512 + 20 + 20"),
        .expires = documented<Duration>(600s, "sysctl net.ipv4.route.mtu_expires"),
        .min_mss = measured(48, "sysctl tcp_min_snd_mss"),
        .mss_within_half_window =
            measured(true, "tcp_sync_mss, tcp_bound_to_half_wnd; packet script: a window of 1000"),
        .probing = measured(MtuProbing::never, "sysctl tcp_mtu_probing = 0"),
        .probe_threshold = measured(8, "sysctl tcp_probe_threshold"),
        .probe_interval = measured<Duration>(600s, "sysctl tcp_probe_interval"),
        .base_mss = measured(1024, "sysctl tcp_base_mss; 1024 at the fourth timeout recorded"),
        .probe_floor = measured(48, "sysctl tcp_mtu_probe_floor"),
    };
}

Profile::NeighbourValues neighbours() {
    return {
        .ageing = measured(NeighbourAgeing::linux_states, "crash_lan_arp_ages"),
        .broadcasts = measured(3, "sysctl neigh mcast_solicit; three requests recorded"),
        .unicasts = measured(3, "sysctl neigh ucast_solicit; three requests recorded"),
        .retransmit = measured<Duration>(1s, "sysctl neigh retrans_time_ms; one request a second recorded"),
        .reachable = documented<Duration>(30s, "sysctl neigh base_reachable_time_ms"),
        .delay_first_probe = documented<Duration>(5s, "sysctl neigh delay_first_probe_time"),
        .queue = documented(101, "sysctl neigh unres_qlen"),
        .announces = documented(false, "sysctl arp_notify = 0"),
    };
}

}  // namespace

Profile const& linux_profile() {
    static Profile const profile{
        .name = "linux",
        .description = "Linux 6.18",
        .settings = &linux_settings(),
        .rto = rto(),
        .tail_loss_probe = {.policy =
                                measured(TailLossProbe::rfc8985, "sysctl tcp_early_retrans = 3; recorded probes")},
        .delayed_ack = delayed_ack(),
        .selective_ack = selective_ack(),
        .validation = validation(),
        .options = options(),
        .ecn = {.policy = measured(EcnPolicy::answer, "sysctl tcp_ecn = 2"),
                .fallback = read(true, "sysctl tcp_ecn_fallback; tcp_ecn_clear_syn")},
        .buffers = buffers(),
        .packet_buffer = packet_buffer(),
        .congestion = {.algorithm = measured(CongestionAlgorithm::cubic,
                                             "sysctl tcp_congestion_control; growth and ssthresh recorded"),
                       .initial_window = measured(10, "TCP_INIT_CWND, include/net/tcp.h; RFC 6928; recorded bursts")},
        .cubic = cubic(),
        .dctcp = dctcp(),
        .recovery = recovery(),
        .teardown =
            {
                .time_wait = read<Duration>(60s, "TCP_TIMEWAIT_LEN, include/net/tcp.h"),
                .fin_wait_2_orphan = measured<Duration>(60s, "sysctl tcp_fin_timeout"),
                .fin_wait_2 = measured(FinWait2::linux_fin_time,
                                       "tcp_fin_time, tcp_keepalive_timer; tcp_fin_timeout=70 lasts 10 s and 10 s"),
                .on_close_with_unread = measured(OnCloseWithUnread::reset, "__tcp_close; RFC 2525 §2.17; recorded"),
                .on_give_up = measured(OnGiveUp::silent, "tcp_write_err, net/ipv4/tcp_timer.c; nothing recorded"),
            },
        .isn = {.generator = read(IsnGenerator::rfc6528, "secure_tcp_seq, net/core/secure_seq.c"),
                .tick = read<Duration>(64ns, "seq_scale: nanoseconds >> 6, net/core/secure_seq.c")},
        .fast_open = {.mode = measured(1, "sysctl tcp_fastopen = 1")},
        .time_wait =
            {
                .segments = measured(TimeWaitSegments::linux_mini_sockets, "tcp_timewait_state_process"),
                .reopening = measured(TimeWaitReopening::sequence_or_timestamp, "tcp_timewait_state_process; RFC 6191"),
                .reuse = measured(TimeWaitReuse::loopback, "sysctl tcp_tw_reuse = 2"),
                .reuse_delay = measured<Duration>(1s, "sysctl tcp_tw_reuse_delay = 1000"),
                .reuse_when_bound = measured(true, "tcp_twsk_unique without twp; recorded reconnection"),
                .pair_taken = read(Errno::eaddrnotavail, "__inet_check_established, net/ipv4/inet_hashtables.c"),
            },
        .listening =
            {
                .backlog = measured(Backlog::linux_two_queues, "sk_acceptq_is_full, inet_csk_reqsk_queue_is_full: >"),
                .max_syn_backlog = measured(2048, "sysctl tcp_max_syn_backlog; the kernel sizes it by its memory"),
                .abort_on_overflow = measured(false, "sysctl tcp_abort_on_overflow"),
                .syn_cookies = measured(SynCookies::when_full, "sysctl tcp_syncookies = 1"),
                .drops_syn_fin = measured(true, "tcp_rcv_state_process, TCP_LISTEN: th->fin"),
                .repeats_syn_ack = measured(true, "tcp_check_req: tcp_rtx_synack; recorded with a duplicated SYN"),
                .asks_ack_first = measured(true, "tcp_check_req: ack_seq != snt_isn + 1"),
                .takes_text_of_syn_ack = measured(false, "tcp_rcv_synsent_state_process: freed after the handshake"),
                .fin_waits_for_ack = measured(true, "tcp_shutdown: TCPF_SYN_RECV is not among its states"),
                .reset_while_opening = read(Errno::econnreset, "tcp_reset: only TCP_SYN_SENT is refused"),
            },
        .opening =
            {
                .crossing = measured(CrossingAnswer::all_of_ours, "tcp_send_synack; packet script: options, window"),
                .repeats_syn_on_bad_ack =
                    measured(true, "tcp_rcv_synsent_state_process: TCP_TIMEOUT_MIN; packet script"),
                .checks_echo = read(true, "tcp_rcv_synsent_state_process: PAWSACTIVEREJECTED"),
            },
        .host =
            {
                .first_port = measured(32'768, "sysctl ip_local_port_range, first"),
                .last_port = measured(60'999, "sysctl ip_local_port_range, last"),
                .backlog_max = measured(4096, "sysctl net.core.somaxconn"),
                .default_ttl = documented(64, "sysctl ip_default_ttl; IPDEFTTL, include/uapi/linux/ip.h"),
                .max_orphans = measured(131'072, "sysctl tcp_max_orphans; the kernel sizes it by its memory"),
                .max_waiting = measured(131'072, "sysctl tcp_max_tw_buckets; the kernel sizes it by its memory"),
            },
        .path_metrics = {.saved = measured(true, "sysctl tcp_no_metrics_save = 0; tcp_update_metrics"),
                         .saves_ssthresh = measured(false, "sysctl tcp_no_ssthresh_metrics_save = 1"),
                         .expire = read<Duration>(3600s, "TCP_METRICS_TIMEOUT, net/ipv4/tcp_metrics.c")},
        .sockets = sockets(),
        .persist =
            {
                .min = read<Duration>(200ms, "tcp_probe0_base: TCP_RTO_MIN at least"),
                .max = read<Duration>(120s, "tcp_probe0_when: TCP_RTO_MAX at most"),
                .probe = measured(WindowProbe::empty_segment, "tcp_xmit_probe_skb; empty ACK at snd_una-1 recorded"),
                .give_up = measured(PersistGiveUp::linux_unanswered, "tcp_probe_timer; 5 unanswered recorded"),
            },
        .send = {.nagle = read(NaglePolicy::minshall, "tcp_nagle_check, tcp_minshall_check: snd_sml, tcp_output.c"),
                 .unit = measured(SendUnit::linux_packet, "tcp_tso_autosize, tcp_write_xmit; PSH recorded on pairs"),
                 .bare_fin = read(BareFin::needs_both_windows, "tcp_write_xmit: tcp_cwnd_test"),
                 .empty_segment =
                     measured(EmptySegmentNumber::linux_within_edge, "tcp_acceptable_seq; packet scripts: send/ack-*"),
                 .least_segments = measured(2, "sysctl tcp_min_tso_segs"),
                 .window_divisor = measured(3, "sysctl tcp_tso_win_divisor"),
                 .autocorks = measured(true, "sysctl tcp_autocorking; send_much_close recorded")},
        .timers = {.precision = read(TimerPrecision::ideal, "a choice of ours: schedules are read more easily"),
                   .phase = read<Duration>(0s, "a choice of ours: every boot has another")},
        .icmp = {.errors = measured(IcmpErrors::linux_checked, "tcp_v4_err, net/ipv4/tcp_ipv4.c; recorded")},
        .mtu = mtu(),
        .keepalive = keepalive(),
        .neighbours = neighbours(),
    };
    return profile;
}

}  // namespace tcpsim::profile
