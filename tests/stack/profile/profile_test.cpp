#include "tests/stack/profile/members.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

using namespace tcpsim;
using namespace tcpsim::profile;
using namespace std::chrono_literals;

TEST_CASE("profile: systems are listed by name, each of which finds them") {
    auto const systems = all();
    REQUIRE(systems.size() >= 2);
    for (std::size_t i = 0; i < systems.size(); ++i) {
        CHECK(find(systems[i]->name) == systems[i]);
        CHECK_FALSE(systems[i]->description.empty());
        if (i > 0) {
            CHECK(systems[i - 1]->name < systems[i]->name);
        }
    }
    CHECK(find("linux") != nullptr);
    CHECK(find("bsd44") != nullptr);
    CHECK(find("Linux") == nullptr);
    CHECK(find("") == nullptr);
}

TEST_CASE("profile: every value names its source, none of them somebody's choice") {
    for (Profile const* system : all()) {
        for (Member const& member : members_of(*system)) {
            CAPTURE(system->name);
            CAPTURE(member.name);
            CHECK(member.source.size() > 5);
            CHECK(member.grade != Grade::chosen);
        }
    }
}

TEST_CASE("profile: values are within what the protocols allow and in their order") {
    for (Profile const* system : all()) {
        CAPTURE(system->name);
        Profile const& p = *system;
        CHECK(p.rto.min.value > 0s);
        CHECK(p.rto.min.value <= p.rto.initial.value);
        CHECK(p.rto.initial.value <= p.rto.max.value);
        CHECK(p.rto.max.value >= 60s);  // RFC 6298 §2.5
        CHECK(p.rto.granule.value > 0s);
        CHECK(p.rto.min.value % p.rto.granule.value == 0s);
        CHECK(p.rto.initial.value % p.rto.granule.value == 0s);
        CHECK(p.rto.data_retries.value > 0);
        CHECK(p.rto.backoff_limit.value > 0);
        CHECK(p.delayed_ack.min.value > 0s);
        CHECK(p.delayed_ack.min.value <= p.delayed_ack.max.value);
        CHECK(p.delayed_ack.max.value <= 500ms);         // RFC 9293 §3.8.6.3 MUST-58
        CHECK(p.options.timestamp_tick.value >= 1ms);    // RFC 7323 §5.4
        CHECK(p.options.timestamp_tick.value <= 1s);     // RFC 7323 §5.4
        CHECK(p.options.default_mss.value <= 536);       // RFC 9293 §3.7.1 MUST-15
        CHECK(p.congestion.initial_window.value >= 1);   // RFC 5681 §3.1
        CHECK(p.congestion.initial_window.value <= 10);  // RFC 6928
        CHECK(p.buffers.receive_default.value <= p.buffers.receive_max.value);
        CHECK(p.buffers.send_default.value <= p.buffers.send_max.value);
        CHECK(p.teardown.time_wait.value > 0s);
        CHECK(p.host.first_port.value >= 1024);
        CHECK(p.host.first_port.value < p.host.last_port.value);
        CHECK(p.host.last_port.value <= 65'535);
        CHECK(p.host.backlog_max.value > 0);
        CHECK(p.host.default_ttl.value == 64);  // RFC 1122 §3.2.1.7 and both systems' headers
        CHECK(p.persist.min.value <= p.persist.max.value);
        CHECK(p.keepalive.time.value >= 2h);  // RFC 9293 §3.8.4 MUST-28
        CHECK(p.keepalive.probes.value > 1);  // RFC 9293 §3.8.4 MUST-29
    }
}

TEST_CASE("linux: a count of 15 retries is the hypothetical 924.6 s of ip-sysctl") {
    Profile const& p = *find("linux");
    // tcp_model_timeout: doublings from the base while they stay within the maximum, then the maximum each.
    Duration sum{0};
    Duration timeout = p.rto.give_up_base.value;
    for (int i = 0; i <= p.rto.data_retries.value; ++i) {
        sum += timeout;
        timeout = std::min<Duration>(2 * timeout, p.rto.max.value);
    }
    CHECK(sum == 924'600ms);
}

TEST_CASE("bsd44: tcp_backoff sums up to tcp_totbackoff, 511") {
    Profile const& p = *find("bsd44");
    int total = 0;
    for (int i = 0; i <= p.rto.data_retries.value; ++i) {
        total += 1 << std::min(i, p.rto.backoff_limit.value);
    }
    CHECK(total == 511);
}

namespace {

using Changes = std::map<std::string, std::int64_t>;
struct Case {
    std::string_view system{};
    std::string_view setting{};
    std::string_view value{};
    Changes changes{};
};

constexpr std::int64_t ns(Duration d) { return d.count(); }

std::vector<Case> const& cases() {
    static std::vector<Case> const list{
        {"linux", "tcp_retries2", "8", {{"rto.data_retries", 8}}},
        {"linux", "tcp_syn_retries", "2", {{"rto.syn_retries", 2}}},
        {"linux", "tcp_syn_linear_timeouts", "0", {{"rto.syn_linear_timeouts", 0}}},
        {"linux", "tcp_synack_retries", "255", {{"rto.synack_retries", 255}}},
        {"linux", "tcp_orphan_retries", "3", {{"rto.orphan_retries", 3}}},
        {"linux", "tcp_rto_min_us", "5000", {{"rto.min", ns(5ms)}}},
        {"linux", "tcp_rto_max_ms", "1000", {{"rto.max", ns(1s)}}},
        {"linux", "tcp_early_retrans", "0", {{"tail_loss_probe.policy", static_cast<int>(TailLossProbe::none)}}},
        {"linux", "tcp_recovery", "0", {{"recovery.detection", static_cast<int>(LossDetection::duplicate_acks)}}},
        {"linux", "tcp_frto", "0", {{"recovery.frto", 0}}},
        {"linux", "tcp_retrans_collapse", "0", {{"recovery.collapse", 0}}},
        {"linux", "tcp_reordering", "5", {{"recovery.reordering", 5}}},
        {"linux", "tcp_max_reordering", "30", {{"recovery.max_reordering", 30}}},
        {"linux", "tcp_slow_start_after_idle", "0", {{"recovery.idle_restart", static_cast<int>(IdleRestart::none)}}},
        {"linux", "tcp_min_rtt_wlen", "30", {{"recovery.min_rtt_window", ns(30s)}}},
        {"linux", "tcp_timestamps", "0", {{"options.timestamps", 0}, {"options.timestamp_offset", 0}}},
        {"linux", "tcp_window_scaling", "0", {{"options.window_scaling", 0}}},
        {"linux", "tcp_sack", "0", {{"options.sack", 0}}},
        {"linux", "tcp_min_tso_segs", "9", {{"send.least_segments", 9}}},
        {"linux", "tcp_tso_win_divisor", "5", {{"send.window_divisor", 5}}},
        {"linux", "tcp_autocorking", "0", {{"send.autocorks", 0}}},
        {"linux", "timers", "wheel", {{"timers.precision", static_cast<int>(TimerPrecision::linux_wheel)}}},
        {"linux", "timer_phase", "1837600", {{"timers.phase", 1'837'600'000}}},
        {"linux", "tcp_ecn", "1", {{"ecn.policy", static_cast<int>(EcnPolicy::ask)}}},
        {"linux", "tcp_ecn_fallback", "0", {{"ecn.fallback", 0}}},
        {"linux", "tcp_pingpong_thresh", "3", {{"delayed_ack.pingpong_threshold", 3}}},
        {"linux", "tcp_moderate_rcvbuf", "0", {{"buffers.receive_autotuned", 0}}},
        {"linux", "tcp_shrink_window", "1", {{"buffers.shrink_window", 1}}},
        {"linux", "tcp_dsack", "0", {{"selective_ack.duplicates", 0}}},
        {"linux", "tcp_comp_sack_nr", "0", {{"selective_ack.compressed_most", 0}}},
        {"linux", "tcp_comp_sack_delay_ns", "5", {{"selective_ack.compressed_delay", 5}}},
        {"linux", "tcp_comp_sack_slack_ns", "7", {{"selective_ack.compressed_slack", 7}}},
        {"linux", "tcp_invalid_ratelimit", "5", {{"validation.invalid_ratelimit", ns(5ms)}}},
        {"linux", "tcp_stdurg", "1", {{"validation.urgent_pointer", static_cast<int>(UrgentPointer::last_octet)}}},
        {"linux", "tcp_rfc1337", "1", {{"validation.time_wait_ignores_reset", 1}}},
        {"linux", "tcp_rmem", "1\t2 3", {{"buffers.receive_default", 2}, {"buffers.receive_max", 3}}},
        {"linux", "tcp_wmem", " 7 7  2147483647 ", {{"buffers.send_default", 7}, {"buffers.send_max", 2'147'483'647}}},
        {"linux", "tcp_fin_timeout", "5", {{"teardown.fin_wait_2_orphan", ns(5s)}}},
        {"linux", "ip_local_port_range", "1 65535", {{"host.first_port", 1}, {"host.last_port", 65'535}}},
        {"linux", "ip_default_ttl", "1", {{"host.default_ttl", 1}}},
        {"linux", "somaxconn", "0", {{"host.backlog_max", 0}}},
        {"linux", "rmem_max", "5000", {{"sockets.receive_ceiling", 5000}}},
        {"linux", "wmem_max", "5001", {{"sockets.send_ceiling", 5001}}},
        {"linux", "rmem_default", "5002", {{"sockets.datagram_receive_buffer", 5002}}},
        {"linux", "wmem_default", "5003", {{"sockets.datagram_send_buffer", 5003}}},
        {"linux", "MAX_TCP_HEADER", "320", {{"sockets.packet_header", 320}}},
        {"linux", "tcp_fastopen", "3", {{"fast_open.mode", 3}}},
        {"linux", "tcp_max_orphans", "5", {{"host.max_orphans", 5}}},
        {"linux", "tcp_max_tw_buckets", "6", {{"host.max_waiting", 6}}},
        {"linux", "tcp_no_metrics_save", "1", {{"path_metrics.saved", 0}}},
        {"linux", "tcp_no_ssthresh_metrics_save", "0", {{"path_metrics.saves_ssthresh", 1}}},
        {"linux", "tcp_tw_reuse", "1", {{"time_wait.reuse", static_cast<std::int64_t>(TimeWaitReuse::always)}}},
        {"linux", "tcp_tw_reuse_delay", "7", {{"time_wait.reuse_delay", 7'000'000}}},
        {"linux", "tcp_max_syn_backlog", "3", {{"listening.max_syn_backlog", 3}}},
        {"linux", "tcp_abort_on_overflow", "1", {{"listening.abort_on_overflow", 1}}},
        {"linux", "tcp_syncookies", "2", {{"listening.syn_cookies", static_cast<std::int64_t>(SynCookies::always)}}},
        {"linux", "HZ", "1000", {{"rto.granule", ns(1ms)}}},
        {"linux", "TCP_TIMEOUT_INIT", "3000", {{"rto.initial", ns(3s)}}},
        {"linux", "TCP_DELACK_MIN", "10", {{"delayed_ack.min", ns(10ms)}}},
        {"linux", "TCP_DELACK_MAX", "500", {{"delayed_ack.max", ns(500ms)}}},
        {"linux", "TCP_MAX_QUICKACKS", "0", {{"delayed_ack.initial_quick", 0}}},
        {"linux", "TCP_INIT_CWND", "3", {{"congestion.initial_window", 3}}},
        {"linux",
         "tcp_congestion_control",
         " reno ",
         {{"congestion.algorithm", static_cast<int>(CongestionAlgorithm::newreno)}}},
        {"linux", "beta", "512", {{"cubic.beta", 512}}},
        {"linux", "bic_scale", "1", {{"cubic.scale", 1}}},
        {"linux", "fast_convergence", "0", {{"cubic.fast_convergence", 0}}},
        {"linux", "tcp_friendliness", "0", {{"cubic.tcp_friendliness", 0}}},
        {"linux", "hystart", "0", {{"cubic.hystart", 0}}},
        {"linux", "hystart_detect", "2", {{"cubic.hystart_detect", static_cast<int>(HyStartDetect::delay)}}},
        {"linux", "hystart_low_window", "0", {{"cubic.hystart_low_window", 0}}},
        {"linux", "hystart_ack_delta_us", "500", {{"cubic.hystart_ack_spacing", ns(500us)}}},
        {"linux", "dctcp_shift_g", "0", {{"dctcp.shift_g", 0}}},
        {"linux", "dctcp_alpha_on_init", "0", {{"dctcp.alpha_on_init", 0}}},
        {"linux", "TCP_TIMEWAIT_LEN", "1", {{"teardown.time_wait", ns(1s)}}},
        {"bsd44",
         "TCP_MAXRXTSHIFT",
         "3",
         {{"rto.data_retries", 3}, {"rto.syn_retries", 3}, {"rto.synack_retries", 3}, {"rto.orphan_retries", 3}}},
        {"bsd44", "tcp_rttdflt", "1", {{"rto.initial", ns(1s)}}},
        {"bsd44", "TCPTV_MIN", "2", {{"rto.min", ns(2s)}}},
        {"bsd44", "TCPTV_REXMTMAX", "128", {{"rto.max", ns(128s)}}},
        {"bsd44", "TCPTV_KEEP_INIT", "30", {{"rto.connect_limit", ns(30s)}}},
        {"bsd44", "TCPTV_MSL", "120", {{"teardown.time_wait", ns(240s)}}},
        {"bsd44", "TCPTV_PERSMIN", "1", {{"persist.min", ns(1s)}}},
        {"bsd44", "TCPTV_PERSMAX", "30", {{"persist.max", ns(30s)}}},
        {"linux", "ip_no_pmtu_disc", "1", {{"mtu.discovery", static_cast<int>(PathMtuDiscovery::none)}}},
        {"linux", "min_pmtu", "600", {{"mtu.min", 600}}},
        {"linux", "mtu_expires", "60", {{"mtu.expires", ns(60s)}}},
        {"linux", "tcp_min_snd_mss", "60", {{"mtu.min_mss", 60}}},
        {"linux", "tcp_mtu_probing", "2", {{"mtu.probing", static_cast<int>(MtuProbing::always)}}},
        {"linux", "tcp_probe_threshold", "16", {{"mtu.probe_threshold", 16}}},
        {"linux", "tcp_probe_interval", "60", {{"mtu.probe_interval", ns(60s)}}},
        {"linux", "tcp_base_mss", "1400", {{"mtu.base_mss", 1400}}},
        {"linux", "tcp_mtu_probe_floor", "64", {{"mtu.probe_floor", 64}}},
        {"linux", "mcast_solicit", "2", {{"neighbours.broadcasts", 2}}},
        {"linux", "ucast_solicit", "0", {{"neighbours.unicasts", 0}}},
        {"linux", "retrans_time_ms", "500", {{"neighbours.retransmit", ns(500ms)}}},
        {"linux", "base_reachable_time_ms", "1000", {{"neighbours.reachable", ns(1s)}}},
        {"linux", "delay_first_probe_time", "1", {{"neighbours.delay_first_probe", ns(1s)}}},
        {"linux", "unres_qlen", "3", {{"neighbours.queue", 3}}},
        {"linux", "arp_notify", "1", {{"neighbours.announces", 1}}},
        {"linux", "tcp_retries1", "4", {{"rto.doubt_retries", 4}}},
        {"linux", "tcp_keepalive_time", "60", {{"keepalive.time", ns(60s)}}},
        {"linux", "tcp_keepalive_intvl", "5", {{"keepalive.interval", ns(5s)}}},
        {"linux", "tcp_keepalive_probes", "0", {{"keepalive.probes", 0}}},
        {"bsd44", "tcp_keepidle", "60", {{"keepalive.time", ns(60s)}}},
        {"bsd44", "tcp_keepintvl", "5", {{"keepalive.interval", ns(5s)}}},
        {"bsd44", "TCPTV_KEEPCNT", "3", {{"keepalive.probes", 3}}},
        {"bsd44", "TCP_COMPAT_42", "1", {{"keepalive.probe", static_cast<int>(KeepaliveProbe::garbage_octet)}}},
        {"bsd44", "tcp_mssdflt", "536", {{"options.default_mss", 536}}},
        {"bsd44", "tcp_do_rfc1323", "0", {{"options.timestamps", 0}, {"options.window_scaling", 0}}},
        {"bsd44", "tcp_recvspace", "16384", {{"buffers.receive_default", 16'384}}},
        {"bsd44", "tcp_sendspace", "16384", {{"buffers.send_default", 16'384}}},
        {"bsd44", "IPPORT_RESERVED", "2000", {{"host.first_port", 2000}}},
        {"bsd44", "IPPORT_USERRESERVED", "65535", {{"host.last_port", 65'535}}},
        {"bsd44", "SOMAXCONN", "128", {{"host.backlog_max", 128}}},
        {"bsd44", "ip_defttl", "255", {{"host.default_ttl", 255}}},
    };
    return list;
}

/// What differs, by name; each difference must say that somebody chose it and by which setting.
Changes changes_between(Profile const& before, Profile const& after, std::string_view setting) {
    auto const old_members = members_of(before);
    auto const new_members = members_of(after);
    Changes changes;
    for (std::size_t i = 0; i < old_members.size(); ++i) {
        if (new_members[i] != old_members[i]) {
            changes[new_members[i].name] = new_members[i].value;
            CHECK(new_members[i].source == setting);
            CHECK(new_members[i].grade == Grade::chosen);
            CHECK(new_members[i].value != old_members[i].value);
        }
    }
    return changes;
}

}  // namespace

TEST_CASE("settings: each changes exactly the values it stands for, and says so") {
    for (Case const& c : cases()) {
        CAPTURE(c.setting);
        Profile const& original = *find(c.system);
        Profile profile = original;
        CHECK_FALSE(set(profile, c.setting, c.value).has_value());
        CHECK(changes_between(original, profile, c.setting) == c.changes);
    }
}

TEST_CASE("settings: the cases above cover every setting of every system") {
    std::size_t declared = 0;
    for (Profile const* system : all()) {
        for (Setting const& setting : settings_of(*system)) {
            CAPTURE(setting.name);
            CHECK_FALSE(setting.unit.empty());
            CHECK_FALSE(setting.help.empty());
            CHECK(std::count_if(cases().begin(), cases().end(), [&](Case const& c) {
                      return c.system == system->name && c.setting == setting.name;
                  }) == 1);
            ++declared;
        }
    }
    CHECK(declared == cases().size());
}

TEST_CASE("settings: tail loss probes are on at 3 and 4 only") {
    for (int mode = 0; mode <= 4; ++mode) {
        Profile profile = *find("linux");
        CHECK_FALSE(set(profile, "tcp_early_retrans", std::to_string(mode)).has_value());
        CHECK((profile.tail_loss_probe.policy.value == TailLossProbe::rfc8985) == (mode >= 3));
    }
}

TEST_CASE("settings: each word of tcp_congestion_control names its algorithm") {
    std::vector<std::pair<std::string_view, CongestionAlgorithm>> const words{{"reno", CongestionAlgorithm::newreno},
                                                                              {"cubic", CongestionAlgorithm::cubic},
                                                                              {"dctcp", CongestionAlgorithm::dctcp}};
    for (auto const& [word, algorithm] : words) {
        Profile profile = *find("linux");
        CHECK_FALSE(set(profile, "tcp_congestion_control", word).has_value());
        CHECK(profile.congestion.algorithm.value == algorithm);
    }
}

TEST_CASE("settings: hystart_detect is the kernel's mask of signs") {
    constexpr std::array signs{HyStartDetect::none, HyStartDetect::ack_train, HyStartDetect::delay,
                               HyStartDetect::both};
    for (std::size_t mask = 0; mask < signs.size(); ++mask) {
        Profile profile = *find("linux");
        CHECK_FALSE(set(profile, "hystart_detect", std::to_string(mask)).has_value());
        CHECK(profile.cubic.hystart_detect.value == signs[mask]);
    }
}

TEST_CASE("settings: a built-in system is not changed through a copy") {
    Profile copy = *find("linux");
    CHECK_FALSE(set(copy, "tcp_retries2", "3").has_value());
    CHECK(find("linux")->rto.data_retries.value == 15);
}

TEST_CASE("settings: what cannot be set is refused in words and changes nothing") {
    struct Bad {
        std::string_view system{}, setting{}, value{}, complaint{}, expected{};
    };
    std::vector<Bad> const list{
        {"linux", "tcp_retries", "8", "linux has no setting \"tcp_retries\"", "one of tcp_retries2, tcp_syn_retries,"},
        {"linux", "tcp_rttdflt", "3", "linux has no setting \"tcp_rttdflt\"", "one of "},
        {"bsd44", "tcp_retries2", "8", "bsd44 has no setting \"tcp_retries2\"", "one of TCP_MAXRXTSHIFT, "},
        {"linux", "", "8", "linux has no setting \"\"", "one of "},
        {"linux", "tcp_retries2", "256", "tcp_retries2 cannot be \"256\"", "a whole number from 0 to 255"},
        {"linux", "tcp_retries2", "-1", "tcp_retries2 cannot be \"-1\"", "a whole number from 0 to 255"},
        {"linux", "tcp_retries2", "", "tcp_retries2 cannot be \"\"", "a whole number from 0 to 255"},
        {"linux", "tcp_retries2", "8 9", "tcp_retries2 cannot be \"8 9\"", "a whole number from 0 to 255"},
        {"linux", "tcp_retries2", "8s", "tcp_retries2 cannot be \"8s\"", "a whole number from 0 to 255"},
        {"linux", "tcp_retries2", "+8", "tcp_retries2 cannot be \"+8\"", "a whole number from 0 to 255"},
        {"linux", "tcp_retries2", "99999999999999999999", "tcp_retries2 cannot be \"99999999999999999999\"",
         "a whole number from 0 to 255"},
        {"linux", "tcp_sack", "true", "tcp_sack cannot be \"true\"", "a whole number from 0 to 1"},
        {"linux", "tcp_rto_max_ms", "999", "tcp_rto_max_ms cannot be \"999\"", "a whole number from 1000 to 120000"},
        {"linux", "tcp_rmem", "131072", "tcp_rmem cannot be \"131072\"", "3 whole numbers from 1 to 2147483647"},
        {"linux", "tcp_rmem", "3 2 4", "tcp_rmem cannot be \"3 2 4\"", "3 whole numbers from 1 to 2147483647"},
        {"linux", "tcp_rmem", "1 2 3 4", "tcp_rmem cannot be \"1 2 3 4\"", "3 whole numbers from 1 to 2147483647"},
        {"linux", "ip_local_port_range", "5000 1024", "ip_local_port_range cannot be \"5000 1024\"",
         "2 whole numbers from 1 to 65535, ascending"},
        {"linux", "tcp_congestion_control", "vegas", "tcp_congestion_control cannot be \"vegas\"",
         "one of reno, cubic, dctcp"},
        {"linux", "tcp_congestion_control", "1", "tcp_congestion_control cannot be \"1\"", "one of reno, cubic, dctcp"},
        {"linux", "tcp_congestion_control", "", "tcp_congestion_control cannot be \"\"", "one of reno, cubic, dctcp"},
        {"linux", "tcp_congestion_control", "reno cubic", "tcp_congestion_control cannot be \"reno cubic\"",
         "one of reno, cubic, dctcp"},
        {"bsd44", "tcp_do_rfc1323", "2", "tcp_do_rfc1323 cannot be \"2\"", "a whole number from 0 to 1"},
    };
    for (Bad const& bad : list) {
        CAPTURE(bad.setting);
        CAPTURE(bad.value);
        Profile profile = *find(bad.system);
        auto const error = set(profile, bad.setting, bad.value);
        REQUIRE(error.has_value());
        CHECK(error->what == bad.complaint);
        CHECK(error->expected.starts_with(bad.expected));
        CHECK(members_of(profile) == members_of(*find(bad.system)));
    }
}

TEST_CASE("settings: an empty profile has none") {
    Profile profile{};
    CHECK(settings_of(profile).empty());
    CHECK(set(profile, "tcp_retries2", "8").has_value());
}
