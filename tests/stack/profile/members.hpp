// A profile's members in a list, so that tests can say something about every one of them.
#pragma once

#include "stack/profile/profile.hpp"

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tcpsim::profile {

struct Member {
    std::string name{};
    std::int64_t value{0};  ///< durations in nanoseconds, enums and booleans as their numbers
    std::string source{};
    Grade grade{};
    bool operator==(Member const&) const = default;
};

class MemberList {
  public:
    template <class T>
    void add(std::string_view name, Sourced<T> const& member) {
        members.push_back({std::string{name}, number(member.value), std::string{member.source}, member.grade});
    }
    std::vector<Member> members{};

  private:
    template <class T>
    static std::int64_t number(T value) {
        if constexpr (std::is_same_v<T, Duration>) {
            return value.count();
        } else {
            return static_cast<std::int64_t>(value);
        }
    }
};

inline void add_rto(MemberList& list, Profile::Rto const& rto) {
    auto const& [arithmetic, initial, min, max, fallback, granule, give_up, give_up_base, doubt, data, syn, synack,
                 orphan, linear, backoff, connect] = rto;
    list.add("rto.arithmetic", arithmetic);
    list.add("rto.initial", initial);
    list.add("rto.min", min);
    list.add("rto.max", max);
    list.add("rto.fallback", fallback);
    list.add("rto.granule", granule);
    list.add("rto.give_up", give_up);
    list.add("rto.give_up_base", give_up_base);
    list.add("rto.doubt_retries", doubt);
    list.add("rto.data_retries", data);
    list.add("rto.syn_retries", syn);
    list.add("rto.synack_retries", synack);
    list.add("rto.orphan_retries", orphan);
    list.add("rto.syn_linear_timeouts", linear);
    list.add("rto.backoff_limit", backoff);
    list.add("rto.connect_limit", connect);
}

inline void add_segments(MemberList& list, Profile const& profile) {
    auto const& [probe] = profile.tail_loss_probe;
    list.add("tail_loss_probe.policy", probe);
    auto const& [ack_policy, ack_min, ack_max, quick, pingpong, ack_tick] = profile.delayed_ack;
    list.add("delayed_ack.policy", ack_policy);
    list.add("delayed_ack.min", ack_min);
    list.add("delayed_ack.max", ack_max);
    list.add("delayed_ack.initial_quick", quick);
    list.add("delayed_ack.pingpong_threshold", pingpong);
    list.add("delayed_ack.tick", ack_tick);
    auto const& [timestamps, window_scaling, sack, order, mss, tick, ts_offset] = profile.options;
    list.add("options.timestamps", timestamps);
    list.add("options.window_scaling", window_scaling);
    list.add("options.sack", sack);
    list.add("options.order", order);
    list.add("options.default_mss", mss);
    list.add("options.timestamp_tick", tick);
    list.add("options.timestamp_offset", ts_offset);
    auto const& [algorithm, initial_window] = profile.congestion;
    list.add("congestion.algorithm", algorithm);
    list.add("congestion.initial_window", initial_window);
    auto const& [nagle, unit, bare_fin, empty_segment, least_segments, window_divisor, autocorks] = profile.send;
    list.add("send.nagle", nagle);
    list.add("send.unit", unit);
    list.add("send.bare_fin", bare_fin);
    list.add("send.empty_segment", empty_segment);
    list.add("send.least_segments", least_segments);
    list.add("send.window_divisor", window_divisor);
    list.add("send.autocorks", autocorks);
    auto const& [precision, phase] = profile.timers;
    list.add("timers.precision", precision);
    list.add("timers.phase", phase);
}

inline void add_lifetimes(MemberList& list, Profile const& profile) {
    auto const& [time_wait, fin_wait_2_orphan, fin_wait_2, unread, on_give_up] = profile.teardown;
    list.add("teardown.time_wait", time_wait);
    list.add("teardown.fin_wait_2_orphan", fin_wait_2_orphan);
    list.add("teardown.fin_wait_2", fin_wait_2);
    list.add("teardown.on_close_with_unread", unread);
    list.add("teardown.on_give_up", on_give_up);
    auto const& [persist_min, persist_max, probe_form, persist_give_up] = profile.persist;
    list.add("persist.min", persist_min);
    list.add("persist.max", persist_max);
    list.add("persist.probe", probe_form);
    list.add("persist.give_up", persist_give_up);
    auto const& [discovery, unnamed, min, expires, min_mss, half_window, probing, threshold, probe_interval, base_mss,
                 probe_floor] = profile.mtu;
    list.add("mtu.discovery", discovery);
    list.add("mtu.unnamed", unnamed);
    list.add("mtu.min", min);
    list.add("mtu.expires", expires);
    list.add("mtu.min_mss", min_mss);
    list.add("mtu.mss_within_half_window", half_window);
    list.add("mtu.probing", probing);
    list.add("mtu.probe_threshold", threshold);
    list.add("mtu.probe_interval", probe_interval);
    list.add("mtu.base_mss", base_mss);
    list.add("mtu.probe_floor", probe_floor);
    auto const& [ageing, broadcasts, unicasts, retransmit, reachable, delay_first_probe, queue, announces] =
        profile.neighbours;
    list.add("neighbours.ageing", ageing);
    list.add("neighbours.broadcasts", broadcasts);
    list.add("neighbours.unicasts", unicasts);
    list.add("neighbours.retransmit", retransmit);
    list.add("neighbours.reachable", reachable);
    list.add("neighbours.delay_first_probe", delay_first_probe);
    list.add("neighbours.queue", queue);
    list.add("neighbours.announces", announces);
    auto const& [icmp_errors] = profile.icmp;
    list.add("icmp.errors", icmp_errors);
    auto const& [time, interval, keepalive_probes, keepalive_policy, keepalive_form] = profile.keepalive;
    list.add("keepalive.time", time);
    list.add("keepalive.interval", interval);
    list.add("keepalive.probes", keepalive_probes);
    list.add("keepalive.policy", keepalive_policy);
    list.add("keepalive.probe", keepalive_form);
}

inline void add_receiving(MemberList& list, Profile const& profile) {
    auto const& [duplicates, most, delay, slack, percent] = profile.selective_ack;
    list.add("selective_ack.duplicates", duplicates);
    list.add("selective_ack.compressed_most", most);
    list.add("selective_ack.compressed_delay", delay);
    list.add("selective_ack.compressed_slack", slack);
    list.add("selective_ack.compressed_percent", percent);
    auto const& [acceptability, control, paws_tolerance, missing_timestamp, invalid_ratelimit, ignores_reset,
                 reset_in_close_wait, reset_while_closing, urgent_pointer, old_acknowledgments, window_update,
                 after_fin, after_shutdown] = profile.validation;
    list.add("validation.acceptability", acceptability);
    list.add("validation.control", control);
    list.add("validation.paws_tolerance", paws_tolerance);
    list.add("validation.missing_timestamp", missing_timestamp);
    list.add("validation.invalid_ratelimit", invalid_ratelimit);
    list.add("validation.time_wait_ignores_reset", ignores_reset);
    list.add("validation.reset_in_close_wait", reset_in_close_wait);
    list.add("validation.reset_while_closing", reset_while_closing);
    list.add("validation.urgent_pointer", urgent_pointer);
    list.add("validation.old_acknowledgments", old_acknowledgments);
    list.add("validation.window_update", window_update);
    list.add("validation.resets_text_after_fin", after_fin);
    list.add("validation.resets_text_after_shutdown", after_shutdown);
    auto const& [ecn_policy, ecn_fallback] = profile.ecn;
    list.add("ecn.policy", ecn_policy);
    list.add("ecn.fallback", ecn_fallback);
}

inline void add_algorithms(MemberList& list, Profile const& profile) {
    auto const& [beta, scale, converges, friendly, hystart, detect, low_window, ack_spacing] = profile.cubic;
    list.add("cubic.beta", beta);
    list.add("cubic.scale", scale);
    list.add("cubic.fast_convergence", converges);
    list.add("cubic.tcp_friendliness", friendly);
    list.add("cubic.hystart", hystart);
    list.add("cubic.hystart_detect", detect);
    list.add("cubic.hystart_low_window", low_window);
    list.add("cubic.hystart_ack_spacing", ack_spacing);
    auto const& [shift_g, alpha_on_init] = profile.dctcp;
    list.add("dctcp.shift_g", shift_g);
    list.add("dctcp.alpha_on_init", alpha_on_init);
}

inline void add_recovery(MemberList& list, Profile::LossRecovery const& recovery) {
    auto const& [detection, reduction, end, frto, limited_transmit, collapse, undo, reordering, max_reordering, restart,
                 min_rtt] = recovery;
    list.add("recovery.detection", detection);
    list.add("recovery.reduction", reduction);
    list.add("recovery.end", end);
    list.add("recovery.frto", frto);
    list.add("recovery.limited_transmit", limited_transmit);
    list.add("recovery.collapse", collapse);
    list.add("recovery.undo", undo);
    list.add("recovery.reordering", reordering);
    list.add("recovery.max_reordering", max_reordering);
    list.add("recovery.idle_restart", restart);
    list.add("recovery.min_rtt_window", min_rtt);
}

inline void add_host(MemberList& list, Profile const& profile) {
    auto const& [receive_default, receive_max, send_default, send_max, window, send_policy, memory, receive_autotuned,
                 shrink_window, option_factor, window_share, window_clamp_min] = profile.buffers;
    list.add("buffers.receive_default", receive_default);
    list.add("buffers.receive_max", receive_max);
    list.add("buffers.send_default", send_default);
    list.add("buffers.send_max", send_max);
    list.add("buffers.window", window);
    list.add("buffers.send_policy", send_policy);
    list.add("buffers.memory", memory);
    list.add("buffers.receive_autotuned", receive_autotuned);
    list.add("buffers.shrink_window", shrink_window);
    list.add("buffers.option_factor", option_factor);
    list.add("buffers.window_share", window_share);
    list.add("buffers.window_clamp_min", window_clamp_min);
    auto const& [headroom, alignment, fragment_list, descriptor, fragments, page, smallest] = profile.packet_buffer;
    list.add("packet_buffer.headroom", headroom);
    list.add("packet_buffer.alignment", alignment);
    list.add("packet_buffer.fragment_list", fragment_list);
    list.add("packet_buffer.descriptor", descriptor);
    list.add("packet_buffer.fragments", fragments);
    list.add("packet_buffer.page", page);
    list.add("packet_buffer.smallest", smallest);
    auto const& [first_port, last_port, backlog, ttl, max_orphans, max_waiting] = profile.host;
    list.add("host.first_port", first_port);
    list.add("host.last_port", last_port);
    list.add("host.backlog_max", backlog);
    list.add("host.default_ttl", ttl);
    list.add("host.max_orphans", max_orphans);
    list.add("host.max_waiting", max_waiting);
    auto const& [metrics_saved, saves_ssthresh, metrics_expire] = profile.path_metrics;
    list.add("path_metrics.saved", metrics_saved);
    list.add("path_metrics.saves_ssthresh", saves_ssthresh);
    list.add("path_metrics.expire", metrics_expire);
}

inline void add_sockets(MemberList& list, Profile::Sockets const& sockets) {
    auto const& [port_choice, port_sharing, reset_in_queue, discards_text, receive_floor, send_floor, receive_ceiling,
                 send_ceiling, beyond_ceiling, send_memory, packet_header, datagram_receive, datagram_send,
                 datagram_errors, soft_error_told, wait_granule, wait_rounded_up] = sockets;
    list.add("sockets.port_choice", port_choice);
    list.add("sockets.port_sharing", port_sharing);
    list.add("sockets.reset_in_queue", reset_in_queue);
    list.add("sockets.reset_discards_text", discards_text);
    list.add("sockets.receive_floor", receive_floor);
    list.add("sockets.send_floor", send_floor);
    list.add("sockets.receive_ceiling", receive_ceiling);
    list.add("sockets.send_ceiling", send_ceiling);
    list.add("sockets.beyond_ceiling", beyond_ceiling);
    list.add("sockets.send_memory", send_memory);
    list.add("sockets.packet_header", packet_header);
    list.add("sockets.datagram_receive_buffer", datagram_receive);
    list.add("sockets.datagram_send_buffer", datagram_send);
    list.add("sockets.datagram_errors", datagram_errors);
    list.add("sockets.soft_error_told", soft_error_told);
    list.add("sockets.wait_granule", wait_granule);
    list.add("sockets.wait_rounded_up", wait_rounded_up);
}

inline void add_listening(MemberList& list, Profile const& profile) {
    auto const& [generator, isn_tick] = profile.isn;
    list.add("isn.generator", generator);
    list.add("isn.tick", isn_tick);
    auto const& [fast_open_mode] = profile.fast_open;
    list.add("fast_open.mode", fast_open_mode);
    auto const& [segments, reopening, reuse, reuse_delay, reuse_when_bound, pair_taken] = profile.time_wait;
    list.add("time_wait.segments", segments);
    list.add("time_wait.reopening", reopening);
    list.add("time_wait.reuse", reuse);
    list.add("time_wait.reuse_delay", reuse_delay);
    list.add("time_wait.reuse_when_bound", reuse_when_bound);
    list.add("time_wait.pair_taken", pair_taken);
    auto const& [backlog, max_syn_backlog, abort_on_overflow, syn_cookies, drops_syn_fin, repeats_syn_ack,
                 asks_ack_first, text_of_syn_ack, fin_waits, reset_while_opening] = profile.listening;
    list.add("listening.backlog", backlog);
    list.add("listening.max_syn_backlog", max_syn_backlog);
    list.add("listening.abort_on_overflow", abort_on_overflow);
    list.add("listening.syn_cookies", syn_cookies);
    list.add("listening.drops_syn_fin", drops_syn_fin);
    list.add("listening.repeats_syn_ack", repeats_syn_ack);
    list.add("listening.asks_ack_first", asks_ack_first);
    list.add("listening.takes_text_of_syn_ack", text_of_syn_ack);
    list.add("listening.fin_waits_for_ack", fin_waits);
    list.add("listening.reset_while_opening", reset_while_opening);
    auto const& [crossing, repeats_syn, checks_echo] = profile.opening;
    list.add("opening.crossing", crossing);
    list.add("opening.repeats_syn_on_bad_ack", repeats_syn);
    list.add("opening.checks_echo", checks_echo);
}

/// Every member. The structured bindings above stop compiling when a group gains one, the one below when a group is new.
inline std::vector<Member> members_of(Profile const& profile) {
    [[maybe_unused]] auto const& [name, description, settings, rto, tail, ack, selective_ack, validation, options, ecn,
                                  buffers, packet_buffer, congestion, cubic, dctcp, recovery, teardown, isn, fast_open,
                                  time_wait, listening, opening, host, path_metrics, sockets, persist, send, timers,
                                  icmp, mtu, keepalive, neighbours] = profile;
    MemberList list;
    add_rto(list, profile.rto);
    add_recovery(list, profile.recovery);
    add_segments(list, profile);
    add_algorithms(list, profile);
    add_lifetimes(list, profile);
    add_receiving(list, profile);
    add_host(list, profile);
    add_sockets(list, profile.sockets);
    add_listening(list, profile);
    return list.members;
}

}  // namespace tcpsim::profile
