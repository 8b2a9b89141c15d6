#include "stack/tcp/window.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace tcpsim::tcp {
namespace {

constexpr std::uint32_t largest_field = 0xffff;
constexpr int largest_scale = 14;  // RFC 7323 §2.3

wire::OptionLayout layout(profile::Profile const& profile) {
    return profile.options.order.value == profile::OptionOrder::linux_order ? wire::OptionLayout::linux_order
                                                                            : wire::OptionLayout::bsd_order;
}

std::uint32_t aligned_up(std::uint32_t window, std::uint8_t scale) {
    std::uint32_t const unit = std::uint32_t{1} << scale;
    return (window + unit - 1) / unit * unit;
}

std::uint32_t free_space(Tcb const& tcb, profile::Profile const& profile) {
    std::uint32_t const space = window_space(tcb, profile);
    auto const unread = static_cast<std::uint32_t>(std::min<std::uint64_t>(tcb.receive_queue.unread(), space));
    return space - unread;
}

// Linux __tcp_select_window.
std::uint32_t linux_window(Tcb const& tcb, profile::Profile const& profile) {
    std::uint32_t const full = window_space(tcb, profile);
    std::uint32_t free = free_space(tcb, profile);
    std::uint32_t const mss = std::min<std::uint32_t>(tcb.rcv.mss, full);
    if (free < full / 2) {
        free = free >> tcb.rcv.wscale << tcb.rcv.wscale;
        if (free < full / 16 || free < mss) {  // RFC 9293 §3.8.6.2.2: no silly windows
            return 0;
        }
    }
    free = std::min(free, tcb.rcv.ssthresh);
    if (tcb.rcv.wscale > 0) {
        return aligned_up(free, tcb.rcv.wscale);
    }
    std::uint32_t const left = window_left(tcb);
    if (left + mss <= free || left > free) {
        return free / std::max(mss, 1U) * mss;
    }
    return left;
}

// 4.4BSD tcp_output: nothing rather than less than a segment and less than a quarter of the buffer.
std::uint32_t bsd_window(Tcb const& tcb, profile::Profile const& profile) {
    std::uint32_t const free = free_space(tcb, profile);
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

/// RFC 2018 §4, RFC 2883 §4. A FIN takes a number like text.
void add_sack_blocks(Tcb& tcb, wire::Options& options, std::size_t room) {
    if (tcb.receiving_state && tcb.receiving_state->duplicate) {  // once
        options.sack.push_back(*std::exchange(tcb.receiving_state->duplicate, std::nullopt));
    }
    ReceiveSequence const& rcv = tcb.rcv;
    for (wire::SackBlock const& block : tcb.receive_queue.sack_blocks(room - options.sack.size())) {
        bool const with_fin = rcv.fin_seen && block.right == rcv.fin;
        options.sack.push_back({block.left, block.right + (with_fin ? 1U : 0U)});
    }
    bool const fin_alone = !tcb.receive_queue.has_holes() || tcb.receive_queue.end() != rcv.fin;
    if (fin_beyond_hole(tcb) && fin_alone && options.sack.size() < room) {
        options.sack.push_back({rcv.fin, rcv.fin + 1});
    }
}

}  // namespace

std::uint32_t window_space(Tcb const& tcb, profile::Profile const& profile) {
    return profile.buffers.window.value == profile::WindowPolicy::linux_rounded_to_mss ? tcb.receive_buffer / 2
                                                                                       : tcb.receive_buffer;
}

std::uint32_t window_left(Tcb const& tcb) {
    std::int32_t const left = tcb.rcv.wup + tcb.rcv.wnd - tcb.rcv.nxt;
    return left > 0 ? static_cast<std::uint32_t>(left) : 0;
}

void choose_initial_window(Turn& turn, std::uint32_t mss) {
    Tcb& tcb = turn.tcb;
    std::uint32_t space = window_space(tcb, turn.profile);
    bool const linux_style = turn.profile.buffers.window.value == profile::WindowPolicy::linux_rounded_to_mss;
    bool const may_grow = linux_style && !tcb.receive_buffer_fixed;
    std::uint32_t const largest =
        may_grow ? std::max(space, static_cast<std::uint32_t>(turn.profile.buffers.receive_max.value)) : space;
    if (linux_style && space > mss) {
        space = space / mss * mss;
    }
    // Linux sizes the scale by the largest buffer that autotuning may reach (SO_RCVBUF forbids it); Net/3 by the smallest that covers its own.
    int scale = 0;
    if (turn.profile.options.window_scaling.value) {
        scale = linux_style ? static_cast<int>(std::bit_width(largest)) - 1 - 15
                            : static_cast<int>(std::bit_width(largest)) - 16;
    }
    tcb.rcv.wscale = static_cast<std::uint8_t>(std::clamp(scale, 0, largest_scale));
    tcb.rcv.wnd = std::min(space, largest_field);
    tcb.rcv.ssthresh = tcb.rcv.wnd;
}

std::uint32_t window_on_offer(Tcb const& tcb, profile::Profile const& profile) {
    return profile.buffers.window.value == profile::WindowPolicy::linux_rounded_to_mss ? linux_window(tcb, profile)
                                                                                       : bsd_window(tcb, profile);
}

std::uint16_t choose_window(Turn& turn) {
    Tcb& tcb = turn.tcb;
    std::uint32_t window = window_on_offer(tcb, turn.profile);
    // RFC 9293 §3.8.6: the right edge must not move left.
    window = std::max(window, aligned_up(window_left(tcb), tcb.rcv.wscale));
    window = std::min(window, largest_field << tcb.rcv.wscale);
    tcb.rcv.wup = tcb.rcv.nxt;
    tcb.rcv.wnd = window >> tcb.rcv.wscale << tcb.rcv.wscale;
    return static_cast<std::uint16_t>(window >> tcb.rcv.wscale);
}

bool deserves_window_update(Tcb const& tcb, profile::Profile const& profile) {
    std::uint32_t const left = window_left(tcb);
    std::uint32_t const offer = window_on_offer(tcb, profile);
    if (profile.buffers.window.value == profile::WindowPolicy::linux_rounded_to_mss) {
        // Linux tcp_cleanup_rbuf: only when it at least doubles.
        return 2 * left <= window_space(tcb, profile) && offer > 0 && offer >= 2 * left;
    }
    // 4.4BSD tcp_output: two segments more, or half of the buffer.
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
    // RFC 7323 §1.3, RFC 2018 §2: an answer offers only what the SYN offered.
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

wire::OptionBytes segment_options(Turn& turn) {
    Tcb& tcb = turn.tcb;
    wire::Options options;
    if (tcb.timestamps.enabled) {
        options.timestamps = wire::Timestamps{timestamp_now(turn), tcb.timestamps.recent};
    }
    if (tcb.sack_permitted) {
        add_sack_blocks(tcb, options, sack_room(tcb));
    }
    hold_place_for_signature(tcb, options);
    return options == wire::Options{} ? wire::OptionBytes{} : wire::encode(options, layout(turn.profile));
}

}  // namespace tcpsim::tcp
