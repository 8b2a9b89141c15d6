// What a person may change on Linux: under their sysctl names; what Linux fixes when it is compiled stands under its constant's
// name. Ranges are those of net/ipv4/sysctl_net_ipv4.c where it has any.
#include "stack/profile/settings.hpp"

#include <array>
#include <limits>

namespace tcpsim::profile {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Rows = std::vector<SettingRow>;

constexpr std::int64_t int_max = std::numeric_limits<int>::max();

void set_receive_buffers(Profile& p, ChosenNumbers const& chosen) {
    // The first counts only while the whole machine is short of memory (sk_get_rmem0), which none here is.
    chosen.count(p.buffers.receive_default, 1);
    chosen.count(p.buffers.receive_max, 2);
}

void set_send_buffers(Profile& p, ChosenNumbers const& chosen) {
    chosen.count(p.buffers.send_default, 1);
    chosen.count(p.buffers.send_max, 2);
}

void set_early_retrans(Profile& p, ChosenNumbers const& chosen) {
    // Linux: tcp_schedule_loss_probe asks for 3 or 4; the other values once meant RFC 5827, which is gone.
    bool const probes = chosen.numbers[0] >= 3;
    chosen.assign(p.tail_loss_probe.policy, probes ? TailLossProbe::rfc8985 : TailLossProbe::none);
}

void set_port_range(Profile& p, ChosenNumbers const& chosen) {
    chosen.count(p.host.first_port, 0);
    chosen.count(p.host.last_port, 1);
}

void set_ecn(Profile& p, ChosenNumbers const& chosen) {
    constexpr std::array modes{EcnPolicy::off, EcnPolicy::ask, EcnPolicy::answer};
    chosen.assign(p.ecn.policy, modes[static_cast<std::size_t>(chosen.numbers[0])]);
}

void set_time_wait_reuse(Profile& p, ChosenNumbers const& chosen) {
    constexpr std::array modes{TimeWaitReuse::never, TimeWaitReuse::always, TimeWaitReuse::loopback};
    chosen.assign(p.time_wait.reuse, modes[static_cast<std::size_t>(chosen.numbers[0])]);
}

void set_timestamps(Profile& p, ChosenNumbers const& chosen) {
    chosen.flag(p.options.timestamps);
    chosen.assign(p.options.timestamp_offset, chosen.numbers[0] == 1);
}

void set_syn_cookies(Profile& p, ChosenNumbers const& chosen) {
    constexpr std::array modes{SynCookies::never, SynCookies::when_full, SynCookies::always};
    chosen.assign(p.listening.syn_cookies, modes[static_cast<std::size_t>(chosen.numbers[0])]);
}

Rows retransmission() {
    return {
        {{"tcp_retries2", "count", "how long established data go unanswered, as a count turned into a time"},
         1,
         0,
         255,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.rto.data_retries); }},
        {{"tcp_syn_retries", "count", "SYNs repeated with back-off before connect() gives up"},
         1,
         1,
         127,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.rto.syn_retries); }},
        {{"tcp_syn_linear_timeouts", "count", "SYNs repeated every second before backing off"},
         1,
         0,
         127,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.rto.syn_linear_timeouts); }},
        {{"tcp_synack_retries", "count", "SYN,ACKs repeated before a half-open connection is dropped"},
         1,
         0,
         255,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.rto.synack_retries); }},
        {{"tcp_orphan_retries", "count", "as tcp_retries2 after close(); 0 means 8"},
         1,
         0,
         255,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.rto.orphan_retries); }},
        {{"tcp_retries1", "count", "how long until established data go through is doubted, counted as tcp_retries2"},
         1,
         0,
         255,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.rto.doubt_retries); }},
        {{"tcp_rto_min_us", "us", "the least of the retransmission timeout that the variance contributes"},
         1,
         1,
         int_max,
         [](Profile& p, ChosenNumbers const& c) { c.time<microseconds>(p.rto.min); }},
        {{"tcp_rto_max_ms", "ms", "the longest retransmission timeout"},
         1,
         1000,
         120'000,
         [](Profile& p, ChosenNumbers const& c) { c.time<milliseconds>(p.rto.max); }},
        {{"tcp_early_retrans", "mode", "3 or 4: tail loss probes (RFC 8985); 0, 1 or 2: none"},
         1,
         0,
         4,
         set_early_retrans},
        {{"HZ", "per second", "jiffies a second: the granule of retransmission timeouts"},
         1,
         100,
         1000,
         [](Profile& p, ChosenNumbers const& c) { c.assign<Duration>(p.rto.granule, Duration{1s} / c.numbers[0]); }},
        {{"TCP_TIMEOUT_INIT", "ms", "retransmission timeout before the first measurement"},
         1,
         1,
         120'000,
         [](Profile& p, ChosenNumbers const& c) { c.time<milliseconds>(p.rto.initial); }},
    };
}

Rows acknowledging() {
    return {
        {{"TCP_DELACK_MIN", "ms", "the shortest delay of an ACK"},
         1,
         1,
         500,
         [](Profile& p, ChosenNumbers const& c) { c.time<milliseconds>(p.delayed_ack.min); }},
        {{"TCP_DELACK_MAX", "ms", "the longest delay of an ACK"},
         1,
         1,
         500,
         [](Profile& p, ChosenNumbers const& c) { c.time<milliseconds>(p.delayed_ack.max); }},
        {{"TCP_MAX_QUICKACKS", "count", "ACKs sent at once when a connection begins"},
         1,
         0,
         255,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.delayed_ack.initial_quick); }},
        {{"tcp_pingpong_thresh", "count",
          "answers within the ACK timeout that make a conversation, in which ACKs wait"},
         1,
         1,
         255,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.delayed_ack.pingpong_threshold); }},
        {{"tcp_dsack", "boolean", "RFC 2883: tell of text that came twice"},
         1,
         0,
         1,
         [](Profile& p, ChosenNumbers const& c) { c.flag(p.selective_ack.duplicates); }},
        {{"tcp_comp_sack_nr", "count", "segments beyond a hole that may share one ACK"},
         1,
         0,
         255,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.selective_ack.compressed_most); }},
        {{"tcp_comp_sack_delay_ns", "ns", "how long a shared ACK waits at most"},
         1,
         0,
         int_max,
         [](Profile& p, ChosenNumbers const& c) { c.time<Duration>(p.selective_ack.compressed_delay); }},
        {{"tcp_comp_sack_slack_ns", "ns", "how much later its timer may fire"},
         1,
         0,
         int_max,
         [](Profile& p, ChosenNumbers const& c) { c.time<Duration>(p.selective_ack.compressed_slack); }},
    };
}

Rows validation() {
    return {
        {{"tcp_invalid_ratelimit", "ms", "the shortest time between answers to invalid segments without text; 0: none"},
         1,
         0,
         int_max,
         [](Profile& p, ChosenNumbers const& c) { c.time<milliseconds>(p.validation.invalid_ratelimit); }},
        {{"tcp_stdurg", "boolean", "an urgent pointer names the last urgent octet, as RFC 1122 had it"},
         1,
         0,
         1,
         [](Profile& p, ChosenNumbers const& c) {
             c.assign(p.validation.urgent_pointer,
                      c.numbers[0] != 0 ? UrgentPointer::last_octet : UrgentPointer::linux_octet_following);
         }},
        {{"tcp_rfc1337", "boolean", "a RST does not end TIME-WAIT"},
         1,
         0,
         1,
         [](Profile& p, ChosenNumbers const& c) { c.flag(p.validation.time_wait_ignores_reset); }},
    };
}

Rows options() {
    return {
        {{"tcp_timestamps", "mode", "RFC 7323 timestamps: 0 none, 1 from an offset per pair of hosts, 2 without one"},
         1,
         0,
         2,
         set_timestamps},
        {{"tcp_window_scaling", "boolean", "RFC 7323 window scaling"},
         1,
         0,
         1,
         [](Profile& p, ChosenNumbers const& c) { c.flag(p.options.window_scaling); }},
        {{"tcp_sack", "boolean", "RFC 2018 selective acknowledgments"},
         1,
         0,
         1,
         [](Profile& p, ChosenNumbers const& c) { c.flag(p.options.sack); }},
        {{"tcp_ecn", "mode", "explicit congestion notification: 0 off, 1 ask for it, 2 only for those who ask"},
         1,
         0,
         2,
         set_ecn},
        {{"tcp_ecn_fallback", "boolean", "a repeated SYN no longer asks for explicit congestion notification"},
         1,
         0,
         1,
         [](Profile& p, ChosenNumbers const& c) { c.flag(p.ecn.fallback); }},
    };
}

Rows buffers() {
    return {
        {{"tcp_rmem", "bytes",
          "receive buffer: min default max; machines here are never so short of memory that the min counts"},
         3,
         1,
         int_max,
         set_receive_buffers},
        {{"tcp_wmem", "bytes", "send buffer: min default max, as tcp_rmem"}, 3, 1, int_max, set_send_buffers},
        {{"tcp_min_tso_segs", "segments", "that a packet for the device has room for, however slow the path"},
         1,
         1,
         int_max,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.send.least_segments); }},
        {{"tcp_tso_win_divisor", "count", "so small a part of the window leaves without waiting for more"},
         1,
         0,
         int_max,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.send.window_divisor); }},
        {{"tcp_autocorking", "boolean", "a short write waits for more while the device is busy with earlier ones"},
         1,
         0,
         1,
         [](Profile& p, ChosenNumbers const& c) { c.flag(p.send.autocorks); }},
        {{"tcp_moderate_rcvbuf", "boolean", "the receive buffer follows the reader's rate, unless SO_RCVBUF was set"},
         1,
         0,
         1,
         [](Profile& p, ChosenNumbers const& c) { c.flag(p.buffers.receive_autotuned); }},
        {{"tcp_shrink_window", "boolean", "the window's right edge may move left when memory is short"},
         1,
         0,
         1,
         [](Profile& p, ChosenNumbers const& c) { c.flag(p.buffers.shrink_window); }},
    };
}

Rows lifetimes() {
    return {
        {{"tcp_fin_timeout", "s", "how long FIN-WAIT-2 lasts when nobody holds the socket"},
         1,
         1,
         int_max,
         [](Profile& p, ChosenNumbers const& c) { c.time<seconds>(p.teardown.fin_wait_2_orphan); }},
        {{"TCP_TIMEWAIT_LEN", "s", "how long TIME-WAIT lasts"},
         1,
         1,
         3600,
         [](Profile& p, ChosenNumbers const& c) { c.time<seconds>(p.teardown.time_wait); }},
    };
}

void set_path_mtu_discovery(Profile& p, ChosenNumbers const& chosen) {
    // 2 and 3 differ in what other protocols believe.
    chosen.assign(p.mtu.discovery, chosen.numbers[0] == 0 ? PathMtuDiscovery::icmp : PathMtuDiscovery::none);
}

Rows neighbours() {
    return {
        {{"mcast_solicit", "count", "ARP: broadcast requests before a neighbour counts as unreachable"},
         1,
         1,
         255,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.neighbours.broadcasts); }},
        {{"ucast_solicit", "count", "ARP: unicast requests to a neighbour that is doubted"},
         1,
         0,
         255,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.neighbours.unicasts); }},
        {{"retrans_time_ms", "ms", "ARP: between requests"},
         1,
         1,
         int_max,
         [](Profile& p, ChosenNumbers const& c) { c.time<milliseconds>(p.neighbours.retransmit); }},
        {{"base_reachable_time_ms", "ms", "ARP: how long an answer is believed, half of it to one and a half"},
         1,
         1,
         int_max,
         [](Profile& p, ChosenNumbers const& c) { c.time<milliseconds>(p.neighbours.reachable); }},
        {{"delay_first_probe_time", "s", "ARP: how long TCP may confirm a doubted neighbour before it is asked"},
         1,
         0,
         int_max,
         [](Profile& p, ChosenNumbers const& c) { c.time<seconds>(p.neighbours.delay_first_probe); }},
        {{"unres_qlen", "count", "ARP: packets that wait for an answer"},
         1,
         0,
         int_max,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.neighbours.queue); }},
        {{"arp_notify", "boolean", "1: a gratuitous request tells of a new address"},
         1,
         0,
         1,
         [](Profile& p, ChosenNumbers const& c) { c.assign(p.neighbours.announces, c.numbers[0] != 0); }},
    };
}

Rows path_mtu() {
    return {
        {{"ip_no_pmtu_disc", "mode", "0: path MTU discovery; 1: none, routers may cut packets up"},
         1,
         0,
         1,
         set_path_mtu_discovery},
        {{"min_pmtu", "bytes", "the least path MTU that is believed"},
         1,
         68,
         65'535,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.mtu.min); }},
        {{"mtu_expires", "s", "how long a learnt path MTU is kept"},
         1,
         1,
         int_max,
         [](Profile& p, ChosenNumbers const& c) { c.time<seconds>(p.mtu.expires); }},
        {{"tcp_min_snd_mss", "bytes",
          "the smallest segment size that a peer or a router can ask for, options included"},
         1,
         48,
         65'535,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.mtu.min_mss); }},
        {{"tcp_mtu_probing", "mode",
          "1: when large packets seem to vanish, smaller ones are tried; 2: larger ones, too; 0: never"},
         1,
         0,
         2,
         [](Profile& p, ChosenNumbers const& c) { c.assign(p.mtu.probing, static_cast<MtuProbing>(c.numbers[0])); }},
        {{"tcp_probe_threshold", "bytes", "a search between sizes that are closer than this is over"},
         1,
         0,
         65'535,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.mtu.probe_threshold); }},
        {{"tcp_probe_interval", "s", "after that long it begins anew"},
         1,
         0,
         int_max,
         [](Profile& p, ChosenNumbers const& c) { c.time<seconds>(p.mtu.probe_interval); }},
        {{"tcp_base_mss", "bytes", "the segment size that is tried first when large packets vanish"},
         1,
         48,
         65'535,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.mtu.base_mss); }},
        {{"tcp_mtu_probe_floor", "bytes", "the segment size below which nothing smaller is tried"},
         1,
         48,
         65'535,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.mtu.probe_floor); }},
    };
}

Rows keepalive() {
    return {
        {{"tcp_keepalive_time", "s", "idleness before the first keepalive probe"},
         1,
         1,
         int_max,
         [](Profile& p, ChosenNumbers const& c) { c.time<seconds>(p.keepalive.time); }},
        {{"tcp_keepalive_intvl", "s", "time between keepalive probes"},
         1,
         1,
         int_max,
         [](Profile& p, ChosenNumbers const& c) { c.time<seconds>(p.keepalive.interval); }},
        {{"tcp_keepalive_probes", "count", "unanswered keepalive probes before the connection ends"},
         1,
         0,
         255,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.keepalive.probes); }},
    };
}

Rows limits() {
    return {
        {{"tcp_max_orphans", "count", "connections that nobody has any more; one more is reset when it is closed"},
         1,
         0,
         int_max,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.host.max_orphans); }},
        {{"tcp_max_tw_buckets", "count", "connections in TIME-WAIT; one more is over at once"},
         1,
         0,
         int_max,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.host.max_waiting); }},
        {{"tcp_no_metrics_save", "boolean", "leave nothing to later connections with the same peer"},
         1,
         0,
         1,
         [](Profile& p, ChosenNumbers const& c) { c.denied_flag(p.path_metrics.saved); }},
        {{"tcp_no_ssthresh_metrics_save", "boolean", "leave ssthresh out of it"},
         1,
         0,
         1,
         [](Profile& p, ChosenNumbers const& c) { c.denied_flag(p.path_metrics.saves_ssthresh); }},
    };
}

Rows hosts() {
    return {
        {{"ip_local_port_range", "ports", "ephemeral ports: first last"}, 2, 1, 65'535, set_port_range},
        {{"ip_default_ttl", "hops", "time to live of packets sent"},
         1,
         1,
         255,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.host.default_ttl); }},
        {{"somaxconn", "count", "the longest accept queue that listen() can ask for"},
         1,
         0,
         int_max,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.host.backlog_max); }},
        {{"rmem_max", "bytes", "the most that setsockopt(SO_RCVBUF) can ask for"},
         1,
         2304,
         int_max / 2,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.sockets.receive_ceiling); }},
        {{"wmem_max", "bytes", "the most that setsockopt(SO_SNDBUF) can ask for"},
         1,
         4608,
         int_max / 2,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.sockets.send_ceiling); }},
        {{"rmem_default", "bytes", "the receive buffer of UDP sockets"},
         1,
         2304,
         int_max,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.sockets.datagram_receive_buffer); }},
        {{"wmem_default", "bytes", "the send buffer of UDP sockets"},
         1,
         4608,
         int_max,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.sockets.datagram_send_buffer); }},
        {{"MAX_TCP_HEADER", "bytes", "room for headers in each packet, which the send buffer pays for: 320 with Wi-Fi"},
         1,
         160,
         320,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.sockets.packet_header); }},
        {{"tcp_fastopen", "bits",
          "RFC 7413: 1 as a client, 2 as a server, 4 without cookie, 512 nor asks for one, 1024 all; others mean "
          "nothing"},
         1,
         0,
         int_max,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.fast_open.mode); }},
        {{"tcp_tw_reuse", "mode",
          "connect() takes ports whose connections wait: 0 never, 1 always, 2 on loopback only"},
         1,
         0,
         2,
         set_time_wait_reuse},
        {{"tcp_tw_reuse_delay", "ms", "how long they have waited at least"},
         1,
         1,
         60'000,
         [](Profile& p, ChosenNumbers const& c) { c.time<milliseconds>(p.time_wait.reuse_delay); }},
        {{"tcp_max_syn_backlog", "count", "requests that a listener without SYN cookies remembers, less a quarter"},
         1,
         0,
         int_max,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.listening.max_syn_backlog); }},
        {{"tcp_abort_on_overflow", "boolean", "reset who completes a handshake into a full accept queue"},
         1,
         0,
         1,
         [](Profile& p, ChosenNumbers const& c) { c.flag(p.listening.abort_on_overflow); }},
        {{"tcp_syncookies", "mode", "SYN cookies: 0 never, 1 when the SYN queue is full, 2 always"},
         1,
         0,
         2,
         set_syn_cookies},
    };
}

}  // namespace

SettingTable const& linux_settings() {
    static SettingTable const table{{retransmission(), acknowledging(), validation(), linux_recovery_settings(),
                                     linux_congestion_settings(), options(), buffers(), lifetimes(), keepalive(),
                                     path_mtu(), neighbours(), limits(), hosts()}};
    return table;
}

}  // namespace tcpsim::profile
