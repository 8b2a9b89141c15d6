#include "stack/socket/tcp_info.hpp"

#include "stack/tcp/rto.hpp"
#include "stack/tcp/window.hpp"

#include <array>
#include <limits>

namespace tcpsim::socket {
namespace {

using tcp::Tcb;

// include/net/tcp_states.h
std::uint8_t number_of(tcp::State state) {
    switch (state) {
        case tcp::State::established:
            return 1;
        case tcp::State::syn_sent:
            return 2;
        case tcp::State::syn_received:
            return 3;
        case tcp::State::fin_wait_1:
            return 4;
        case tcp::State::fin_wait_2:
            return 5;
        case tcp::State::time_wait:
            return 6;
        case tcp::State::closed:
            return 7;
        case tcp::State::close_wait:
            return 8;
        case tcp::State::last_ack:
            return 9;
        case tcp::State::listen:
            return 10;
        case tcp::State::closing:
            return 11;
    }
    return 7;
}

std::uint32_t microseconds(Duration time) {
    return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(time).count());
}

/// Since `then`; what has not happened was long ago.
std::uint32_t milliseconds_since(Instant then, Instant now) {
    return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now - then).count());
}

std::uint8_t options_of(Tcb const& tcb) {
    constexpr unsigned timestamps = 1, sack = 2, window_scale = 4, ecn = 8, ecn_seen = 16, syn_data = 32;
    return static_cast<std::uint8_t>((tcb.timestamps.enabled ? timestamps : 0U) | (tcb.sack_permitted ? sack : 0U) |
                                     (tcb.window_scaling ? window_scale : 0U) | (tcb.ecn.ok ? ecn : 0U) |
                                     (tcb.ecn.seen ? ecn_seen : 0U) | (tcb.fast_open.text_taken ? syn_data : 0U));
}

void tell_sending(TcpInfo& info, Tcb const& tcb, profile::Profile const& profile) {
    tcp::Scoreboard const& sent = tcb.send_queue.sent();
    info.ca_state = static_cast<std::uint8_t>(tcb.recovery.phase);
    info.retransmits = tcb.retransmission.retransmits;
    info.probes = static_cast<std::uint8_t>(tcb.retransmission.window_probes + tcb.retransmission.keepalive_probes);
    info.backoff = tcb.retransmission.backoff;
    info.rto_us = microseconds(tcp::rto_now(tcb, profile));
    info.rtt_us = microseconds(tcb.rtt.srtt(profile));
    info.rttvar_us = microseconds(tcb.rtt.rttvar(profile));
    info.min_rtt_us = microseconds(tcb.rtt.min_rtt());
    info.snd_mss = tcb.snd.mss;
    info.unacked = sent.outstanding();
    info.sacked = sent.sacked() + sent.assumed();
    info.lost = sent.lost();
    info.retrans = sent.repeated();
    info.delivered = sent.delivered();
    info.snd_ssthresh = tcb.congestion.ssthresh();
    info.snd_cwnd = tcb.congestion.cwnd();
    info.reordering = tcb.recovery.reordering;
    info.dsack_dups = tcb.rack.duplicates_reported;
    info.reord_seen = tcb.rack.reorderings;
    info.snd_wnd = tcb.snd.wnd;
    info.pmtu = tcb.path.mtu;
}

void tell_receiving(TcpInfo& info, Tcb const& tcb) {
    info.ato_us = microseconds(tcb.delayed_ack.ato);
    info.rcv_mss = tcb.rcv.mss;
    info.rcv_ssthresh = tcb.rcv.ssthresh;
    info.rcv_wnd = tcp::window_left(tcb);
    constexpr std::uint32_t timestamps = 12;  // Linux: less what they take of each segment
    info.advmss = tcb.advertised_mss - (tcb.timestamps.enabled ? timestamps : 0U);
    if (tcb.receiving_state) {
        info.rcv_ooopack = tcb.receiving_state->beyond_holes;
        info.rcv_rtt_us = tcb.receiving_state->autotuning.round_trip / 8;
        info.rcv_space = tcb.receiving_state->autotuning.space;
    }
}

void tell_counts(TcpInfo& info, Tcb const& tcb, host::Tally const& tally) {
    info.total_retrans = tally.retransmitted;
    info.segs_out = tally.segments_out;
    info.segs_in = tally.segments_in;
    info.data_segs_out = tally.data_segments_out;
    info.data_segs_in = tally.data_segments_in;
    info.bytes_sent = tally.bytes_sent;
    info.bytes_retrans = tally.bytes_retransmitted;
    // Linux tcp_snd_una_update, tcp_rcv_nxt_update: what an active OPEN's SYN, and any FIN, take counts as a byte.
    info.bytes_acked = tally.bytes_acknowledged;
    bool const has_peer = tcb.state != tcp::State::syn_sent && tcb.rcv.irs != tcb.rcv.nxt;
    info.bytes_received = has_peer ? static_cast<std::uint32_t>(tcb.rcv.nxt - tcb.rcv.irs) - 1U : 0U;
}

/// Linux tcp_get_info_chrono_stats: the first counts whatever limited it.
void tell_limits(TcpInfo& info, host::LimitedTime const& limited, Instant now) {
    info.busy_time_us = microseconds(limited.busy(now));
    info.rwnd_limited_us = microseconds(limited.spent(host::Limit::receive_window, now));
    info.sndbuf_limited_us = microseconds(limited.spent(host::Limit::send_buffer, now));
}

}  // namespace

TcpInfo info_of_fresh(profile::Profile const& profile) {
    return {.state = 7,
            .rto_us = microseconds(profile.rto.initial.value),
            .snd_ssthresh = tcp::Congestion::infinite,
            .snd_cwnd = static_cast<std::uint32_t>(profile.congestion.initial_window.value),
            .reordering = static_cast<std::uint32_t>(profile.recovery.reordering.value)};
}

TcpInfo info_of_listener(host::Waiting const& waiting) {
    return {.state = 10, .unacked = waiting.now, .sacked = waiting.most};
}

TcpInfo tcp_info(tcp::Connection const& connection, host::Tally const& tally, profile::Profile const& profile,
                 Instant now) {
    Tcb const& tcb = connection.tcb();
    TcpInfo info;
    bool const left = tcb.state == tcp::State::time_wait;  // Linux tcp_time_wait: to a mini socket; this one is done
    info.state = number_of(left ? tcp::State::closed : tcb.state);
    info.options = options_of(tcb);
    info.snd_wscale = tcb.snd.wscale;
    info.rcv_wscale = tcb.rcv.wscale;
    tell_sending(info, tcb, profile);
    tell_receiving(info, tcb);
    tell_counts(info, tcb, tally);
    tell_limits(info, tally.limited, now);
    info.notsent_bytes = static_cast<std::uint32_t>(connection.unsent());
    info.last_data_sent = milliseconds_since(tcb.window_use.last_sent, now);
    info.last_data_recv = milliseconds_since(tcb.delayed_ack.last_received, now);
    info.last_ack_recv = milliseconds_since(tcb.liveness.heard, now);
    return info;
}

}  // namespace tcpsim::socket
