#include "stack/tcp/window.hpp"

#include "stack/tcp/header_prediction.hpp"
#include "stack/tcp/mini_socket.hpp"
#include "stack/tcp/window_space.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace tcpsim::tcp {
namespace {

constexpr int largest_scale = 14;  // RFC 7323 §2.3

wire::OptionLayout layout(profile::Profile const& profile) {
    return profile.options.order.value == profile::OptionOrder::linux_order ? wire::OptionLayout::linux_order
                                                                            : wire::OptionLayout::bsd_order;
}

std::uint32_t aligned_up(std::uint32_t window, std::uint8_t scale) {
    std::uint32_t const unit = std::uint32_t{1} << scale;
    return (window + unit - 1) / unit * unit;
}

bool linux_style(profile::Profile const& profile) {
    return profile.buffers.window.value == profile::WindowPolicy::linux_rounded_to_mss;
}

/// RFC 9293 SHLD-14 deviated from. Linux: not without a window scale, which such old peers may not cope with.
bool may_shrink(Tcb const& tcb, profile::Profile const& profile) {
    return profile.buffers.shrink_window.value && tcb.rcv.wscale > 0;
}

/// Linux __tcp_select_window, without a window scale: whole segments, and the offer as it is while it is nearly right.
std::uint32_t whole_segments(Tcb const& tcb, std::int64_t free, std::int64_t mss, std::int64_t full) {
    std::int64_t const offered = tcb.rcv.wnd;
    if (offered <= free - mss || offered > free) {
        return static_cast<std::uint32_t>(free / mss * mss);
    }
    return static_cast<std::uint32_t>(mss == full && free > offered + full / 2 ? free : offered);
}

// Linux __tcp_select_window.
std::uint32_t linux_window(Turn& turn) {
    Tcb& tcb = turn.tcb;
    std::int64_t const allowed = full_window(tcb, turn.profile);
    std::int64_t const full = std::min<std::int64_t>(window_clamp(tcb, turn.profile), allowed);
    std::int64_t const mss = std::min<std::int64_t>(tcb.rcv.mss, full);
    bool const shrinks = may_shrink(tcb, turn.profile);
    std::int64_t const unit = std::int64_t{1} << tcb.rcv.wscale;
    std::int64_t free = free_window(tcb, turn.profile);
    if (mss <= 0) {
        return 0;
    }
    if (shrinks) {
        free = free >> tcb.rcv.wscale << tcb.rcv.wscale;
    }
    if (free < full / 2) {
        tcb.delayed_ack.quick = 0;
        free = free >> tcb.rcv.wscale << tcb.rcv.wscale;
        if (free < allowed / 16 || free < mss || (shrinks && free < unit)) {  // RFC 9293 §3.8.6.2.2: no silly windows
            return 0;
        }
    }
    free = std::min<std::int64_t>(free, tcb.rcv.ssthresh);
    return tcb.rcv.wscale > 0 ? aligned_up(static_cast<std::uint32_t>(free), tcb.rcv.wscale)
                              : whole_segments(tcb, free, mss, full);
}

// 4.4BSD tcp_output: nothing rather than less than a segment and less than a quarter of the buffer.
std::uint32_t bsd_window(Tcb const& tcb, profile::Profile const& profile) {
    auto const free = static_cast<std::uint32_t>(std::max<std::int64_t>(free_window(tcb, profile), 0));
    return free < tcb.receive_buffer / 4 && free < tcb.rcv.mss ? 0 : free;
}

/// How many blocks fit in 40 bytes: RFC 2018 §3; RFC 2385 §4.1 takes 20 of them.
std::size_t sack_room(Tcb const& tcb) {
    if (signs(tcb)) {
        return tcb.timestamps.enabled ? 0 : 2;
    }
    return tcb.timestamps.enabled ? 3 : 4;
}

void hold_place_for_signature(Tcb const& tcb, wire::Options& options) {
    if (signs(tcb)) {
        options.md5.emplace();
    }
}

/// RFC 2018 §4, RFC 2883 §4: what the next segment reports.
InlineVector<wire::SackBlock, 4> blocks_to_report(Tcb const& tcb) {
    InlineVector<wire::SackBlock, 4> blocks;
    std::size_t const room = tcb.sack_permitted ? sack_room(tcb) : 0;
    if (room > 0 && tcb.receiving_state && tcb.receiving_state->duplicate) {
        blocks.push_back(*tcb.receiving_state->duplicate);
    }
    if (tcb.receive_queue.has_holes()) {
        for (wire::SackBlock const& block : tcb.receive_queue.sack_blocks(room - blocks.size())) {
            blocks.push_back(block);
        }
    }
    return blocks;
}

}  // namespace

std::uint32_t window_left(Tcb const& tcb) {
    std::int32_t const left = tcb.rcv.wup + tcb.rcv.wnd - tcb.rcv.nxt;
    return left > 0 ? static_cast<std::uint32_t>(left) : 0;
}

std::uint32_t first_window(Turn const& turn, std::uint32_t mss) {
    std::uint32_t const full = full_window(turn.tcb, turn.profile);
    std::uint32_t const clamp = turn.tcb.options.window_clamp;
    std::uint32_t const space = clamp != 0 ? std::min(full, clamp) : full;
    return linux_style(turn.profile) && space > mss ? space / mss * mss : space;
}

void choose_initial_window(Turn& turn, std::uint32_t mss) {
    Tcb& tcb = turn.tcb;
    std::uint32_t const space = first_window(turn, mss);
    bool const rounded = linux_style(turn.profile);
    bool const may_grow = rounded && !tcb.receive_buffer_fixed;
    std::uint32_t largest = full_window(tcb, turn.profile);
    if (may_grow) {
        largest = std::max(largest, static_cast<std::uint32_t>(turn.profile.buffers.receive_max.value));
    }
    if (tcb.options.window_clamp != 0) {
        largest = std::min(largest, tcb.options.window_clamp);
    }
    // Linux sizes the scale by the largest buffer that autotuning may reach (SO_RCVBUF forbids it); Net/3 by the smallest that covers its own.
    int scale = 0;
    if (turn.profile.options.window_scaling.value) {
        scale = rounded ? static_cast<int>(std::bit_width(largest)) - 1 - 15
                        : static_cast<int>(std::bit_width(largest)) - 16;
    }
    tcb.rcv.wscale = static_cast<std::uint8_t>(std::clamp(scale, 0, largest_scale));
    // Linux since 6.10: what a SYN's field cannot say is open all the same.
    tcb.rcv.wnd = rounded ? space : std::min(space, largest_window_field);
    tcb.rcv.ssthresh = tcb.rcv.wnd;
}

std::uint32_t window_on_offer(Turn& turn) {
    return linux_style(turn.profile) ? linux_window(turn) : bsd_window(turn.tcb, turn.profile);
}

namespace {

/// Linux tcp_v4_timewait_ack: what waits in TIME-WAIT, or in FIN-WAIT-2 for nobody, has no buffer that could give room.
bool window_stays(Turn const& turn) {
    return linux_style(turn.profile) && is_mini_socket(turn) && turn.tcb.rcv.wup == turn.tcb.rcv.nxt;
}

}  // namespace

std::uint16_t choose_window(Turn& turn) {
    Tcb& tcb = turn.tcb;
    if (window_stays(turn)) {
        return static_cast<std::uint16_t>(std::min(tcb.rcv.wnd >> tcb.rcv.wscale, largest_window_field));
    }
    std::uint32_t const left = window_left(tcb);
    bool const no_memory = tcb.delayed_ack.no_memory;
    std::uint32_t window = no_memory ? 0 : window_on_offer(turn);
    tcb.rcv.wup = tcb.rcv.nxt;
    // RFC 9293 §3.8.6: the right edge must not move left. Linux tcp_select_window: unless the last segment was dropped.
    if (!no_memory && !may_shrink(tcb, turn.profile)) {
        window = std::max(window, aligned_up(left, tcb.rcv.wscale));
    }
    if (window == 0) {
        predict_no_header(tcb);
    }
    std::uint32_t const told = std::min(window, largest_window_field << tcb.rcv.wscale) >> tcb.rcv.wscale;
    // Linux tcp_select_window: a window beyond what the field can say is remembered, and what fills it is taken.
    tcb.rcv.wnd =
        linux_style(turn.profile) && window > largest_window_field << tcb.rcv.wscale ? window : told << tcb.rcv.wscale;
    return static_cast<std::uint16_t>(told);
}

bool deserves_window_update(Turn& turn) {
    Tcb const& tcb = turn.tcb;
    std::uint32_t const left = window_left(tcb);
    if (linux_style(turn.profile)) {
        // Linux tcp_cleanup_rbuf: only when it at least doubles.
        if (2 * left > window_clamp(tcb, turn.profile)) {
            return false;
        }
        std::uint32_t const offer = window_on_offer(turn);
        return offer > 0 && offer >= 2 * left;
    }
    // 4.4BSD tcp_output: two segments more, or half of the buffer.
    std::uint32_t const offer = window_on_offer(turn);
    return offer > left && (offer - left >= 2U * tcb.rcv.mss || 2 * (offer - left) >= tcb.receive_buffer);
}

std::uint32_t timestamp_at(Turn const& turn, Instant at) {
    auto const ticks = at.time_since_epoch() / turn.profile.options.timestamp_tick.value;
    return static_cast<std::uint32_t>(ticks) + turn.tcb.timestamps.offset;
}

std::uint32_t timestamp_now(Turn const& turn) { return timestamp_at(turn, turn.now); }

wire::OptionBytes syn_options(Turn const& turn, bool answer) {
    Tcb const& tcb = turn.tcb;
    profile::Profile const& profile = turn.profile;
    wire::Options options;
    options.mss = tcb.advertised_mss;
    // RFC 7323 §1.3, RFC 2018 §2: an answer offers only what the SYN offered. Linux tcp_send_synack: where two SYNs cross, ours
    // is repeated with an ACK.
    bool const crossed_in_full =
        answer && !tcb.passive && profile.opening.crossing.value == profile::CrossingAnswer::all_of_ours;
    answer = answer && !crossed_in_full;
    if (answer ? tcb.window_scaling : profile.options.window_scaling.value) {
        options.window_scale = tcb.rcv.wscale;
    }
    options.sack_permitted = answer ? tcb.sack_permitted : profile.options.sack.value;
    // Linux tcp_syn_options: a signature leaves no room for timestamps beside SACK.
    if (answer ? tcb.timestamps.enabled : profile.options.timestamps.value && !signs(tcb)) {
        options.timestamps = wire::Timestamps{timestamp_now(turn), tcb.timestamps.recent};
    }
    hold_place_for_signature(tcb, options);
    return wire::encode(options, layout(profile));
}

wire::OptionBytes signature_options(Tcb const& tcb, profile::Profile const& profile) {
    wire::Options options;
    hold_place_for_signature(tcb, options);
    return wire::encode(options, layout(profile));
}

std::uint32_t current_mss(Tcb const& tcb) {
    constexpr std::uint32_t kind_and_length = 4, each = 8;  // RFC 2018 §3, aligned
    auto const blocks = static_cast<std::uint32_t>(blocks_to_report(tcb).size());
    return tcb.snd.mss - (blocks > 0 ? kind_and_length + each * blocks : 0U);
}

wire::OptionBytes segment_options(Turn& turn) {
    Tcb& tcb = turn.tcb;
    wire::Options options;
    if (tcb.timestamps.enabled) {
        options.timestamps = wire::Timestamps{timestamp_now(turn), tcb.timestamps.recent};
    }
    if (tcb.sack_permitted) {
        options.sack = blocks_to_report(tcb);
        if (tcb.receiving_state) {
            tcb.receiving_state->duplicate.reset();  // RFC 2883 §4: once
        }
    }
    hold_place_for_signature(tcb, options);
    return options == wire::Options{} ? wire::OptionBytes{} : wire::encode(options, layout(turn.profile));
}

}  // namespace tcpsim::tcp
