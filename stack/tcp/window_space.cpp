#include "stack/tcp/window_space.hpp"

#include <algorithm>
#include <utility>

namespace tcpsim::tcp {
namespace {

constexpr int share_bits = 8;  // Linux TCP_RMEM_TO_WIN_SCALE

std::int64_t memory_used(Tcb const& tcb, profile::Profile const& profile) {
    if (!counts_packets(profile)) {
        return static_cast<std::int64_t>(tcb.receive_queue.unread());
    }
    return tcb.receiving_state ? tcb.receiving_state->buffers.used() : 0;
}

/// Linux tcp_select_initial_window, tcp_init_buffer_space: one segment less than the buffer is worth.
std::uint32_t initial_clamp(Tcb const& tcb, profile::Profile const& profile) {
    std::uint32_t const full = full_window(tcb, profile);
    std::uint32_t const mss = largest_arrival(tcb);
    std::uint32_t clamp = std::min(full, largest_window_field << tcb.rcv.wscale);
    if (tcb.options.window_clamp != 0) {
        clamp = std::min(clamp, tcb.options.window_clamp);
    }
    return clamp > 2 * mss && clamp + mss > full ? std::max(2 * mss, full - mss) : clamp;
}

/// RFC 9293 §3.7.1: longer than what everybody must take, or one of a series that nobody ended.
bool tells_segment_size(Arrival const& arrival) {
    using wire::Flags;
    constexpr std::uint32_t usual = 536, least = 88, plain_header = 20;  // Linux TCP_MSS_DEFAULT, TCP_MIN_MSS
    std::uint32_t const length = arrival.text + arrival.header;
    bool const ends_something = arrival.flags.has(Flags::fin) || arrival.flags.has(Flags::urg) ||
                                arrival.flags.has(Flags::syn) || arrival.flags.has(Flags::psh);
    return length >= usual + plain_header || (length >= least + plain_header && !ends_something);
}

void count_pushed(Tcb& tcb) {
    tcb.delayed_ack.pushed = static_cast<std::uint8_t>(std::min(tcb.delayed_ack.pushed + 1, 2));
}

void measure_share(Turn& turn, Arrival const& arrival) {
    Tcb& tcb = turn.tcb;
    if (!counts_packets(turn.profile)) {
        return;
    }
    std::int64_t const before = window_share(tcb, turn.profile);
    auto const share = static_cast<std::uint16_t>(std::max(1U, (arrival.text << share_bits) / arrival.cost));
    std::uint32_t const clamp = window_clamp(tcb, turn.profile);
    receiving(tcb).window_share = share;
    receiving(tcb).window_clamp = clamp;
    if (share != before) {
        set_window_clamp(turn, full_window(tcb, turn.profile));
        ReceiveAutotuning& autotuning = receiving(tcb).autotuning;
        autotuning.space = std::min(autotuning.space, receiving(tcb).window_clamp);
    }
}

/// Linux __tcp_grow_window: packets with much overhead are let grow less, the more the larger the window is already.
std::uint32_t growth_by_overhead(Turn const& turn, Arrival const& arrival) {
    Tcb const& tcb = turn.tcb;
    std::int64_t cost = window_from_memory(tcb, turn.profile, arrival.cost) / 2;
    std::int64_t window = window_from_memory(tcb, turn.profile, turn.profile.buffers.receive_max.value) / 2;
    for (; tcb.rcv.ssthresh <= window; cost /= 2, window /= 2) {
        if (cost <= arrival.text) {
            return 2U * tcb.rcv.mss;
        }
    }
    return 0;
}

}  // namespace

std::int64_t window_share(Tcb const& tcb, profile::Profile const& profile) {
    bool const known = tcb.receiving_state && tcb.receiving_state->window_share != 0;
    return known ? tcb.receiving_state->window_share : profile.buffers.window_share.value;
}

bool counts_packets(profile::Profile const& profile) {
    return profile.buffers.memory.value == profile::ReceiveMemory::linux_pages;
}

std::int64_t window_from_memory(Tcb const& tcb, profile::Profile const& profile, std::int64_t memory) {
    return (memory * window_share(tcb, profile)) >> share_bits;
}

std::uint64_t memory_for_window(Tcb const& tcb, profile::Profile const& profile, std::uint64_t window) {
    return (window << share_bits) / static_cast<std::uint64_t>(window_share(tcb, profile));
}

std::uint32_t fresh_memory_for_window(profile::Profile const& profile, std::uint32_t window) {
    std::uint64_t const memory =
        (std::uint64_t{window} << share_bits) / static_cast<std::uint64_t>(profile.buffers.window_share.value);
    return static_cast<std::uint32_t>(memory);
}

std::uint32_t full_window(Tcb const& tcb, profile::Profile const& profile) {
    return static_cast<std::uint32_t>(window_from_memory(tcb, profile, tcb.receive_buffer));
}

std::int64_t free_window(Tcb const& tcb, profile::Profile const& profile) {
    return window_from_memory(tcb, profile, std::int64_t{tcb.receive_buffer} - memory_used(tcb, profile));
}

std::uint32_t window_clamp(Tcb const& tcb, profile::Profile const& profile) {
    bool const set = tcb.receiving_state && tcb.receiving_state->window_clamp != 0;
    return set ? tcb.receiving_state->window_clamp : initial_clamp(tcb, profile);
}

void set_window_clamp(Turn& turn, std::uint32_t clamp) {
    Tcb& tcb = turn.tcb;
    std::uint32_t const before = window_clamp(tcb, turn.profile);
    std::uint32_t const now = std::max(clamp, static_cast<std::uint32_t>(turn.profile.buffers.window_clamp_min.value));
    receiving(tcb).window_clamp = now;
    if (now < before) {
        tcb.rcv.ssthresh = std::min(tcb.rcv.ssthresh, now);
    } else if (now > before) {
        tcb.rcv.ssthresh = std::max(tcb.rcv.ssthresh, std::min(tcb.rcv.wnd, now));
    }
}

void start_receive_window(Turn& turn) {
    Tcb& tcb = turn.tcb;
    if (counts_packets(turn.profile)) {
        tcb.rcv.ssthresh = std::min(tcb.rcv.ssthresh, initial_clamp(tcb, turn.profile));
        // Linux tcp_initialize_rcv_mss: of a tiny window two segments, or it would stay shut.
        constexpr std::uint32_t least = 88;
        std::uint32_t const guess = std::min<std::uint32_t>({tcb.rcv.mss, tcb.snd.mss, largest_arrival(tcb)});
        tcb.rcv.mss = static_cast<std::uint16_t>(std::max(least, std::min(guess, tcb.rcv.wnd / 2)));
    }
}

void measure_segment(Turn& turn, Arrival const& arrival) {
    Tcb& tcb = turn.tcb;
    std::uint16_t const shorter = std::exchange(receiving(tcb).shorter_mss, std::uint16_t{0});
    if (arrival.text >= tcb.rcv.mss) {
        if (arrival.text > tcb.rcv.mss) {
            measure_share(turn, arrival);
        }
        tcb.rcv.mss = static_cast<std::uint16_t>(std::min<std::uint32_t>(arrival.text, largest_arrival(tcb)));
        if (arrival.flags.has(wire::Flags::psh)) {  // the end of a write: more may not come soon
            tcb.delayed_ack.pushed = std::max(tcb.delayed_ack.pushed, std::uint8_t{1});
        }
        return;
    }
    if (tells_segment_size(arrival)) {  // options beside timestamps count as text
        std::uint32_t const usual_header = 20U + (tcb.timestamps.enabled ? 12U : 0U);
        auto const size = static_cast<std::uint16_t>(arrival.text + arrival.header - usual_header);
        receiving(tcb).shorter_mss = size;
        if (size == shorter) {
            tcb.rcv.mss = size;
            return;
        }
    }
    count_pushed(tcb);
}

void grow_window(Turn& turn, Arrival const& arrival) {
    Tcb& tcb = turn.tcb;
    std::int64_t const room =
        std::min<std::int64_t>(window_clamp(tcb, turn.profile), free_window(tcb, turn.profile)) - tcb.rcv.ssthresh;
    if (room <= 0) {
        return;
    }
    bool const cheap = window_from_memory(tcb, turn.profile, arrival.cost) <= arrival.text;
    std::uint32_t const growth = cheap ? 2U * largest_arrival(tcb) : growth_by_overhead(turn, arrival);
    if (growth > 0) {
        tcb.rcv.ssthresh +=
            static_cast<std::uint32_t>(std::min<std::int64_t>(room, std::max(growth, 2 * arrival.text)));
        tcb.delayed_ack.quick |= 1U;  // the peer learns of it soon
    }
}

}  // namespace tcpsim::tcp
