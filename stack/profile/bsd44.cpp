// 4.4BSD, whose network code is known as Net/3: the system of "TCP/IP Illustrated". Time comes in ticks of 500 ms.
// Sources name its files in sys/netinet.
#include "stack/profile/settings.hpp"

#include <limits>

namespace tcpsim::profile {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

template <class T>
Sourced<T> read(T value, std::string_view source) {
    return {value, source, Grade::read_in_source};
}

Profile::Rto rto() {
    return {
        .arithmetic = read(RtoArithmetic::net3_ticks, "tcp_xmit_timer, tcp_input.c"),
        .initial = read<Duration>(3s, "TCPTV_SRTTDFLT 3*PR_SLOWHZ, tcp_timer.h; tcp_rttdflt"),
        .min = read<Duration>(1s, "TCPTV_MIN 1*PR_SLOWHZ, tcp_timer.h"),
        .max = read<Duration>(64s, "TCPTV_REXMTMAX 64*PR_SLOWHZ, tcp_timer.h"),
        .fallback = read<Duration>(3s, "TCPTV_SRTTDFLT, tcp_timer.h: as before the first measurement"),
        .granule = read<Duration>(500ms, "PR_SLOWHZ 2, sys/protosw.h"),
        .give_up = read(GiveUp::count, "tcp_timers, tcp_timer.c: ++t_rxtshift > TCP_MAXRXTSHIFT"),
        .give_up_base = read<Duration>(0s, "tcp_timer.c: counts, has no such model"),
        .doubt_retries = read(3, "tcp_timers, tcp_timer.c: t_rxtshift > TCP_MAXRXTSHIFT / 4; in_losing"),
        .data_retries = read(12, "TCP_MAXRXTSHIFT, tcp_timer.h"),
        .syn_retries = read(12, "TCP_MAXRXTSHIFT, tcp_timer.h; TCPTV_KEEP_INIT ends it first"),
        .synack_retries = read(12, "TCP_MAXRXTSHIFT, tcp_timer.h; TCPTV_KEEP_INIT ends it first"),
        .orphan_retries = read(12, "TCP_MAXRXTSHIFT, tcp_timer.h: the same with and without a socket"),
        .syn_linear_timeouts = read(0, "tcp_timer.c: a SYN backs off like data"),
        .backoff_limit = read(6, "tcp_backoff {1,2,4,8,16,32,64,64,…}, tcp_timer.c"),
        .connect_limit = read<Duration>(75s, "TCPTV_KEEP_INIT 75*PR_SLOWHZ, tcp_timer.h"),
    };
}

Profile::Acknowledging delayed_ack() {
    return {
        .policy = read(AckPolicy::every_second, "tcp_output.c: window update of two segments; TF_DELACK"),
        .min = read<Duration>(200ms, "PR_FASTHZ 5, sys/protosw.h; tcp_fasttimo"),
        .max = read<Duration>(200ms, "PR_FASTHZ 5, sys/protosw.h; tcp_fasttimo"),
        .initial_quick = read(0, "tcp_input.c: has no quick ACKs"),
        .pingpong_threshold = read(0, "tcp_input.c: knows no conversations"),
        .tick = read<Duration>(200ms, "tcp_fasttimo sends all delayed ACKs of the host, tcp_timer.c"),
    };
}

Profile::SelectiveAcknowledging selective_ack() {
    return {
        .duplicates = read(false, "tcp_input.c: older than RFC 2883"),
        .compressed_most = read(0, "tcp_input.c: every segment beyond a hole has its ACK"),
        .compressed_delay = read<Duration>(0s, "tcp_input.c: every segment beyond a hole has its ACK"),
        .compressed_slack = read<Duration>(0s, "tcp_input.c: every segment beyond a hole has its ACK"),
        .compressed_percent = read(0, "tcp_input.c: every segment beyond a hole has its ACK"),
    };
}

Profile::Validating validation() {
    return {
        .acceptability = read(Acceptability::rfc9293, "tcp_input.c: todrop"),
        .control = read(InWindowControl::rfc793, "tcp_input.c: TH_RST, TH_SYN inside the window"),
        .paws_tolerance = read(0, "tcp_input.c: TSTMP_LT"),
        .missing_timestamp = read(MissingTimestamp::accept, "tcp_input.c: ts_present is asked first"),
        .invalid_ratelimit = read<Duration>(0s, "tcp_input.c: dropafterack has no limit"),
        .time_wait_ignores_reset = read(false, "tcp_input.c: TCPS_TIME_WAIT, tcp_close"),
        .reset_in_close_wait = read(Errno::econnreset, "tcp_input.c: TH_RST, TCPS_CLOSE_WAIT"),
        .reset_while_closing = read(Errno::none, "tcp_input.c: TH_RST, TCPS_CLOSING, TCPS_LAST_ACK"),
        .urgent_pointer = read(UrgentPointer::octet_following, "tcp_output.c: snd_up = snd_una + so_snd.sb_cc"),
        .old_acknowledgments = read(OldAcknowledgments::largest_window, "tcp_input.c: an old ACK is passed over"),
        .window_update = read(WindowUpdate::rfc9293, "tcp_input.c: step6: snd_wl1, snd_wl2"),
        .resets_text_after_fin = read(false, "tcp_input.c: TCPS_HAVERCVDFIN: text is dropped"),
        .resets_text_after_shutdown = read(false, "tcp_input.c: SS_NOFDREF is asked, not SS_CANTRCVMORE"),
    };
}

Profile::TcpOptions options() {
    return {
        .timestamps = read(true, "tcp_do_rfc1323 = 1, tcp_subr.c"),
        .window_scaling = read(true, "tcp_do_rfc1323 = 1, tcp_subr.c"),
        .sack = read(false, "tcp_dooptions, tcp_input.c: reads no SACK option"),
        .order = read(OptionOrder::bsd_order, "tcp_output.c: mss, nop, wscale, nop, nop, timestamps"),
        .default_mss = read(512, "TCP_MSS, tcp.h; tcp_mssdflt, tcp_subr.c"),
        .timestamp_tick = read<Duration>(500ms, "tcp_now, incremented by tcp_slowtimo, tcp_timer.c"),
        .timestamp_offset = read(false, "tcp_output.c: tcp_now as it is"),
    };
}

Profile::Buffers buffers() {
    return {
        // Later BSDs have 16 KiB; Net/3 as published has 8 KiB.
        .receive_default = read(8192, "tcp_recvspace 1024*8, tcp_usrreq.c"),
        .receive_max = read(262'144, "SB_MAX 256*1024, sys/socketvar.h"),
        .send_default = read(8192, "tcp_sendspace 1024*8, tcp_usrreq.c"),
        .send_max = read(262'144, "SB_MAX 256*1024, sys/socketvar.h"),
        .window = read(WindowPolicy::whole_buffer, "tcp_output.c: sbspace(&so->so_rcv)"),
        .send_policy = read(SendBufferPolicy::fixed, "uipc_socket2.c: sbreserve is called once"),
        .memory = read(ReceiveMemory::text, "sbspace, sys/socketvar.h; mbufs count against sb_mbmax only"),
        .receive_autotuned = read(false, "uipc_socket2.c: sbreserve is called once"),
        .shrink_window = read(false, "tcp_output.c: win is at least rcv_adv - rcv_nxt"),
        .option_factor = read(1, "uipc_socket.c: sosetopt reserves what was asked"),
        .window_share = read(256, "tcp_output.c: sbspace(&so->so_rcv), all of it"),
        .window_clamp_min = read(0, "uipc_socket.c: knows no TCP_WINDOW_CLAMP"),
    };
}

Profile::PacketBuffer packet_buffer() {
    constexpr std::string_view source = "sbspace, sys/socketvar.h: text alone counts";
    return {
        .headroom = read(0, source),
        .alignment = read(1, source),
        .fragment_list = read(0, source),
        .descriptor = read(0, source),
        .fragments = read(0, source),
        .page = read(0, source),
        .smallest = read(0, source),
    };
}

Profile::Keepalive keepalive() {
    return {
        .time = read<Duration>(7200s, "TCPTV_KEEP_IDLE 120*60*PR_SLOWHZ, tcp_timer.h; tcp_keepidle"),
        .interval = read<Duration>(75s, "TCPTV_KEEPINTVL 75*PR_SLOWHZ, tcp_timer.h; tcp_keepintvl"),
        .probes = read(8, "TCPTV_KEEPCNT, tcp_timer.h; tcp_maxidle"),
        .policy = read(KeepalivePolicy::net3_until_close, "tcp_timers, tcp_timer.c: t_state <= TCPS_CLOSE_WAIT"),
        .probe = read(KeepaliveProbe::empty_segment, "tcp_timers, tcp_timer.c: an octet with TCP_COMPAT_42 only"),
    };
}

template <class T>
Sourced<T> documented(T value, std::string_view source) {
    return {value, source, Grade::documented};
}

/// Net/3 is older than both: what their RFCs say, for whoever gives them to it all the same.
Profile::Sockets sockets() {
    return {
        .port_choice = read(PortChoice::net3_in_turn, "in_pcbbind: head->inp_lport++"),
        .port_sharing = read(PortSharing::net3_more_specific, "in_pcbbind: INPLOOKUP_WILDCARD"),
        .reset_in_queue = documented(ResetInQueue::hidden, "Stevens, UNP §5.11: Berkeley-derived kernels"),
        .reset_discards_text = read(false, "soreceive: what is there comes before so_error"),
        .receive_floor = read(1, "sbreserve, uipc_socket2.c: no minimum"),
        .send_floor = read(1, "sbreserve, uipc_socket2.c: no minimum"),
        .receive_ceiling = read(246'723, "sbreserve: SB_MAX * MCLBYTES / (MSIZE + MCLBYTES)"),
        .send_ceiling = read(246'723, "sbreserve: SB_MAX * MCLBYTES / (MSIZE + MCLBYTES)"),
        .beyond_ceiling = read(Errno::enobufs, "sosetopt, SO_SNDBUF and SO_RCVBUF"),
        .send_memory = read(SendMemory::text, "sbspace, socketvar.h: sb_hiwat - sb_cc"),
        .packet_header = read(0, "mbufs are not counted against text"),
        .datagram_receive_buffer = read(41'600, "udp_recvspace: 40 * (1024 + sizeof(sockaddr_in)), udp_usrreq.c"),
        .datagram_send_buffer = read(9216, "udp_sendspace, udp_usrreq.c"),
        .datagram_errors = read(DatagramErrors::connected, "udp_ctlinput, udp_notify, udp_usrreq.c"),
        .soft_error_told = read(false, "sogetopt: so_error alone; t_softerror is tcp_drop's"),
        .wait_granule = read<Duration>(10ms, "sosetopt: hz, 100 ticks a second"),
        .wait_rounded_up = read(false, "sosetopt: tv_usec / tick"),
    };
}

Profile::Cubic cubic() {
    return {
        .beta = documented(717, "RFC 9438 §4.6: 0.7"),
        .scale = documented(41, "RFC 9438 §5: C 0.4"),
        .fast_convergence = documented(true, "RFC 9438 §4.7"),
        .tcp_friendliness = documented(true, "RFC 9438 §4.3"),
        .hystart = documented(false, "RFC 9438 §4.10: a choice, and later than Net/3"),
        .hystart_detect = documented(HyStartDetect::none, "RFC 9438 §4.10: a choice, and later than Net/3"),
        .hystart_low_window = documented(16, "Ha and Rhee 2011, §5: low_window"),
        .hystart_ack_spacing = documented<Duration>(2ms, "Ha and Rhee 2011, §4.1: closely spaced ACKs"),
    };
}

Profile::Dctcp dctcp() {
    return {
        .shift_g = documented(4, "RFC 8257 §4.2: g = 1/16"),
        .alpha_on_init = documented(1024, "RFC 8257 §4.2: 1"),
    };
}

Profile::NeighbourValues neighbours() {
    return {
        .ageing = read(NeighbourAgeing::net3_expiry, "netinet/if_ether.c, arptimer"),
        .broadcasts = read(5, "netinet/if_ether.c, arp_maxtries"),
        .unicasts = read(0, "netinet/if_ether.c: only broadcasts"),
        .retransmit = read<Duration>(1s, "netinet/if_ether.c, arpresolve: one a second, if there is a packet"),
        .reachable = read<Duration>(1200s, "netinet/if_ether.c, arpt_keep"),
        .delay_first_probe = read<Duration>(0s, "netinet/if_ether.c: none"),
        .queue = read(1, "netinet/if_ether.h, la_hold"),
        .announces = read(true, "netinet/if_ether.c, arp_ifinit"),
    };
}

Profile::MtuValues mtu() {
    return {
        .discovery = read(PathMtuDiscovery::none, "tcp_output.c: sets no IP_DF"),
        .unnamed = read(UnnamedMtu::least, "ip_icmp.c: PRC_MSGSIZE carries no MTU"),
        .min = read(68, "RFC 791; ip_icmp.c knows no other"),
        .expires = read<Duration>(0s, "ip_icmp.c: nothing is kept"),
        .min_mss = read(32, "tcp_mss, tcp_input.c: mss = max(mss, 32)"),
        .mss_within_half_window = read(false, "tcp_mss, tcp_input.c: the window is not asked"),
        .probing = read(MtuProbing::never, "tcp_timer.c: knows no black holes"),
        .probe_threshold = read(0, "tcp_timer.c: searches for no MTU"),
        .probe_interval = read<Duration>(0s, "tcp_timer.c: searches for no MTU"),
        .base_mss = read(512, "TCP_MSS, tcp.h: unused"),
        .probe_floor = read(512, "TCP_MSS, tcp.h: unused"),
    };
}

void set_rfc1323(Profile& p, ChosenNumbers const& chosen) {
    chosen.flag(p.options.timestamps);
    chosen.flag(p.options.window_scaling);
}

void set_max_shift(Profile& p, ChosenNumbers const& chosen) {
    chosen.count(p.rto.data_retries);
    chosen.count(p.rto.syn_retries);
    chosen.count(p.rto.synack_retries);
    chosen.count(p.rto.orphan_retries);
}

/// TIME-WAIT lasts twice the maximum segment lifetime.
void set_segment_lifetime(Profile& p, ChosenNumbers const& chosen) {
    chosen.assign<Duration>(p.teardown.time_wait, 2 * seconds{chosen.numbers[0]});
}

void set_compat_42(Profile& p, ChosenNumbers const& chosen) {
    chosen.assign(p.keepalive.probe,
                  chosen.numbers[0] != 0 ? KeepaliveProbe::garbage_octet : KeepaliveProbe::empty_segment);
}

/// Under the names of Net/3's variables and constants; times, which Net/3 counts in ticks, are given in seconds.
SettingTable const& settings() {
    static SettingTable const table{std::vector<SettingRow>{
        {{"TCP_MAXRXTSHIFT", "count", "retransmissions of anything before its connection is dropped"},
         1,
         1,
         255,
         set_max_shift},
        {{"tcp_rttdflt", "s", "the round trip assumed before the first measurement (TCPTV_SRTTDFLT, too)"},
         1,
         1,
         60,
         [](Profile& p, ChosenNumbers const& c) { c.time<seconds>(p.rto.initial); }},
        {{"TCPTV_MIN", "s", "the shortest retransmission timeout"},
         1,
         1,
         64,
         [](Profile& p, ChosenNumbers const& c) { c.time<seconds>(p.rto.min); }},
        {{"TCPTV_REXMTMAX", "s", "the longest retransmission timeout"},
         1,
         1,
         3600,
         [](Profile& p, ChosenNumbers const& c) { c.time<seconds>(p.rto.max); }},
        {{"TCPTV_KEEP_INIT", "s", "how long a connection may take to be established"},
         1,
         1,
         3600,
         [](Profile& p, ChosenNumbers const& c) { c.time<seconds>(p.rto.connect_limit); }},
        {{"TCPTV_MSL", "s", "maximum segment lifetime: TIME-WAIT lasts twice that"}, 1, 1, 3600, set_segment_lifetime},
        {{"TCPTV_PERSMIN", "s", "the shortest time between window probes"},
         1,
         1,
         3600,
         [](Profile& p, ChosenNumbers const& c) { c.time<seconds>(p.persist.min); }},
        {{"TCPTV_PERSMAX", "s", "the longest time between window probes"},
         1,
         1,
         3600,
         [](Profile& p, ChosenNumbers const& c) { c.time<seconds>(p.persist.max); }},
        {{"tcp_keepidle", "s", "idleness before the first keepalive probe"},
         1,
         1,
         1'000'000,
         [](Profile& p, ChosenNumbers const& c) { c.time<seconds>(p.keepalive.time); }},
        {{"tcp_keepintvl", "s", "time between keepalive probes"},
         1,
         1,
         1'000'000,
         [](Profile& p, ChosenNumbers const& c) { c.time<seconds>(p.keepalive.interval); }},
        {{"TCPTV_KEEPCNT", "count", "unanswered keepalive probes before the connection is dropped"},
         1,
         1,
         255,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.keepalive.probes); }},
        {{"TCP_COMPAT_42", "boolean", "keepalive probes carry an octet, which 4.2BSD needs to answer"},
         1,
         0,
         1,
         set_compat_42},
        {{"tcp_mssdflt", "bytes", "segment size towards a peer that named none"},
         1,
         32,
         65'495,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.options.default_mss); }},
        {{"tcp_do_rfc1323", "boolean", "window scaling and timestamps"}, 1, 0, 1, set_rfc1323},
        {{"tcp_recvspace", "bytes", "receive buffer"},
         1,
         1,
         262'144,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.buffers.receive_default); }},
        {{"tcp_sendspace", "bytes", "send buffer"},
         1,
         1,
         262'144,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.buffers.send_default); }},
        {{"IPPORT_RESERVED", "port", "the first ephemeral port"},
         1,
         1,
         65'535,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.host.first_port); }},
        {{"IPPORT_USERRESERVED", "port", "the last ephemeral port"},
         1,
         1,
         65'535,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.host.last_port); }},
        {{"SOMAXCONN", "count", "the longest queue that listen() can ask for"},
         1,
         0,
         65'535,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.host.backlog_max); }},
        {{"ip_defttl", "hops", "time to live of packets sent"},
         1,
         1,
         255,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.host.default_ttl); }},
    }};
    return table;
}

}  // namespace

Profile const& bsd44_profile() {
    static Profile const profile{
        .name = "bsd44",
        .description = "4.4BSD (Net/3), the system of TCP/IP Illustrated",
        .settings = &settings(),
        .rto = rto(),
        .tail_loss_probe = {.policy = read(TailLossProbe::none, "tcp_timer.c: no such timer")},
        .delayed_ack = delayed_ack(),
        .selective_ack = selective_ack(),
        .validation = validation(),
        .options = options(),
        .ecn = {.policy = read(EcnPolicy::off, "tcp_input.c: older than RFC 3168"),
                .fallback = read(false, "tcp_input.c: older than RFC 3168")},
        .buffers = buffers(),
        .packet_buffer = packet_buffer(),
        .congestion = {.algorithm = read(CongestionAlgorithm::newreno, "tcp_input.c: ACK processing of Net/3"),
                       .initial_window = read(1, "tcp_mss, tcp_input.c: snd_cwnd = mss")},
        .cubic = cubic(),
        .dctcp = dctcp(),
        .recovery =
            {
                .detection = read(LossDetection::duplicate_acks, "tcp_input.c: t_dupacks, tcprexmtthresh"),
                .reduction = read(WindowReduction::at_once, "tcp_input.c: snd_cwnd = snd_ssthresh + 3 segments"),
                .end = read(RecoveryEnd::first_new_ack, "tcp_input.c: an ACK of new data deflates snd_cwnd"),
                .frto = read(false, "tcp_timer.c: no such rule"),
                .limited_transmit = read(false, "tcp_input.c: the first two duplicate ACKs send nothing"),
                .collapse = read(true, "tcp_output.c: segments are cut anew from snd_nxt = snd_una"),
                .undo = read(false, "tcp_input.c: no such rule"),
                .reordering = read(3, "tcprexmtthresh, tcp_input.c"),
                .max_reordering = read(3, "tcprexmtthresh, tcp_input.c: a constant"),
                .idle_restart = read(IdleRestart::to_initial_window,
                                     "tcp_output.c: idle and t_idle >= t_rxtcur: snd_cwnd = t_maxseg"),
                .min_rtt_window = read<Duration>(0s, "no such notion"),
            },
        .teardown =
            {
                .time_wait = read<Duration>(60s, "2*TCPTV_MSL, 30*PR_SLOWHZ each, tcp_timer.h"),
                .fin_wait_2_orphan = read<Duration>(675s, "tcp_timers: tcp_maxidle 8*75 s, then tcp_keepintvl 75 s"),
                .fin_wait_2 = read(FinWait2::fixed, "tcp_input.c: t_timer[TCPT_2MSL] = tcp_maxidle"),
                .on_close_with_unread =
                    read(OnCloseWithUnread::fin, "tcp_disconnect: sbflush, then FIN; RFC 2525 §2.17"),
                .on_give_up = read(OnGiveUp::reset, "tcp_drop, tcp_subr.c: tcp_output in CLOSED"),
            },
        .isn = {.generator = read(IsnGenerator::net3_counter, "tcp_iss, tcp_usrreq.c, tcp_input.c, tcp_timer.c"),
                .tick = read<Duration>(500ms, "tcp_slowtimo: tcp_iss += TCP_ISSINCR/PR_SLOWHZ")},
        .fast_open = {.mode = read(0, "tcp_input.c: older than RFC 7413")},
        .time_wait =
            {
                .segments = read(TimeWaitSegments::rfc9293, "tcp_input.c: the same steps as in other states"),
                .reopening = read(TimeWaitReopening::beyond_window, "tcp_input.c: todrop >= ti_len, TCPS_TIME_WAIT"),
                .reuse = read(TimeWaitReuse::never, "in_pcbconnect, in_pcb.c: asks for any such pcb"),
                .reuse_delay = read<Duration>(0s, "in_pcb.c: reuses none"),
                .reuse_when_bound = read(false, "in_pcbconnect, in_pcb.c: asks for any such pcb"),
                .pair_taken = read(Errno::eaddrinuse, "in_pcbconnect, in_pcb.c"),
            },
        .listening =
            {
                .backlog = read(Backlog::bsd_sum, "sonewconn1, uipc_socket2.c: so_qlen + so_q0len > 3 * so_qlimit / 2"),
                .max_syn_backlog = read(0, "uipc_socket2.c: one limit for both queues"),
                .abort_on_overflow = read(false, "tcp_input.c: room was made when the SYN came"),
                .syn_cookies = read(SynCookies::never, "tcp_input.c: older than SYN cookies"),
                .drops_syn_fin = read(false, "tcp_input.c: TCPS_LISTEN asks for RST, ACK and SYN only"),
                .repeats_syn_ack = read(false, "tcp_input.c: without TH_ACK it is dropped after the trimming"),
                .asks_ack_first = read(false, "tcp_input.c: trimming, RST and SYN come before the ACK"),
                .takes_text_of_syn_ack = read(true, "tcp_input.c: goto trimthenstep6"),
                .fin_waits_for_ack = read(false, "tcp_usrclosed: TCPS_SYN_RECEIVED: FIN-WAIT-1"),
                .reset_while_opening = read(Errno::econnrefused, "tcp_input.c: TH_RST, TCPS_SYN_RECEIVED"),
            },
        .opening =
            {
                .crossing = read(CrossingAnswer::what_both_offer, "tcp_output.c: TF_REQ_SCALE, TF_RCVD_SCALE"),
                .repeats_syn_on_bad_ack = read(false, "tcp_input.c: goto dropwithreset"),
                .checks_echo = read(false, "tcp_input.c: not asked"),
            },
        .host =
            {
                .first_port = read(1024, "IPPORT_RESERVED, in.h; in_pcbbind"),
                .last_port = read(5000, "IPPORT_USERRESERVED, in.h; in_pcbbind"),
                .backlog_max = read(5, "SOMAXCONN, sys/socket.h"),
                .default_ttl = read(64, "IPDEFTTL, ip.h; ip_defttl"),
                .max_orphans = read(std::numeric_limits<int>::max(), "tcp_usrreq.c: no limit"),
                .max_waiting = read(std::numeric_limits<int>::max(), "tcp_input.c: no limit"),
            },
        .path_metrics = {.saved =
                             read(false, "tcp_close keeps them in a route, after sixteen windows of text: not here"),
                         .saves_ssthresh = read(false, "likewise: rmx_ssthresh"),
                         .expire = read<Duration>(0s, "nothing is kept")},
        .sockets = sockets(),
        .persist =
            {
                .min = read<Duration>(5s, "TCPTV_PERSMIN 5*PR_SLOWHZ, tcp_timer.h"),
                .max = read<Duration>(60s, "TCPTV_PERSMAX 60*PR_SLOWHZ, tcp_timer.h"),
                .probe = read(WindowProbe::next_byte, "tcp_output.c: t_force sends win = 1"),
                .give_up = read(PersistGiveUp::never, "tcp_timers, tcp_timer.c: TCPT_PERSIST counts nothing"),
            },
        .send = {.nagle = read(NaglePolicy::rfc896, "tcp_output.c: idle || tp->t_flags & TF_NODELAY"),
                 .unit = read(SendUnit::segment, "tcp_output.c: PSH where the segment empties the send buffer"),
                 .bare_fin = read(BareFin::needs_window, "tcp_output.c: TH_FIN without TF_SENTFIN: goto send"),
                 .empty_segment = read(EmptySegmentNumber::snd_nxt, "tcp_output.c: ti_seq = snd_nxt, or snd_max"),
                 .least_segments = read(1, "tcp_output.c: a packet is a segment"),
                 .window_divisor = read(0, "tcp_output.c: nothing waits for more"),
                 .autocorks = read(false, "tcp_output.c: nothing waits for the device")},
        .timers = {.precision = read(TimerPrecision::ideal, "slow and fast timeouts are granules of their own here"),
                   .phase = read<Duration>(0s, "no wheel")},
        .icmp = {.errors = read(IcmpErrors::net3_notified, "tcp_ctlinput, tcp_notify, tcp_quench, tcp_subr.c")},
        .mtu = mtu(),
        .keepalive = keepalive(),
        .neighbours = neighbours(),
    };
    return profile;
}

}  // namespace tcpsim::profile
