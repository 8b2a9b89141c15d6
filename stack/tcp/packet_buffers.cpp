#include "stack/tcp/packet_buffers.hpp"

#include <algorithm>

namespace tcpsim::tcp {

// Linux tun_build_skb, SKB_TRUESIZE: the frame behind some headroom, aligned, the list of fragments behind it; beside both
// the descriptor.
PacketBuffer packet_buffer(profile::Profile const& profile, std::uint32_t headers, SeqNum begin, std::uint32_t text) {
    auto const& rule = profile.packet_buffer;
    auto const alignment = static_cast<std::uint32_t>(rule.alignment.value);
    std::uint32_t const filled = static_cast<std::uint32_t>(rule.headroom.value) + headers + text;
    std::uint32_t const aligned = (filled + alignment - 1) / alignment * alignment;
    auto const beside = static_cast<std::uint32_t>(rule.fragment_list.value + rule.descriptor.value);
    return {begin, begin + text, aligned + beside, static_cast<std::uint16_t>(aligned - filled), 0};
}

/// Linux skb_try_coalesce: text that fits behind the other's is copied, and its own buffer freed; otherwise that hangs on
/// as a fragment, only its descriptor freed.
bool PacketBuffers::merge(PacketBuffer& to, PacketBuffer const& from, profile::Profile const& profile) {
    if (to.end != from.begin) {
        return false;
    }
    if (to.fragments == 0 && from.length() <= to.room) {
        to.room = static_cast<std::uint16_t>(to.room - from.length());
    } else if (to.fragments + from.fragments < profile.packet_buffer.fragments.value) {
        std::uint32_t const more = from.cost - static_cast<std::uint32_t>(profile.packet_buffer.descriptor.value);
        to.fragments = static_cast<std::uint8_t>(to.fragments + from.fragments + 1);
        to.cost += more;
        used_ += more;
    } else {
        return false;
    }
    to.end = from.end;
    return true;
}

// Linux tcp_queue_rcv.
void PacketBuffers::append(PacketBuffer const& fresh, profile::Profile const& profile) {
    if (in_order_.empty() || !merge(in_order_.back(), fresh, profile)) {
        in_order_.push_back(fresh);
        used_ += fresh.cost;
    }
}

void PacketBuffers::forget(std::size_t index) {
    used_ -= beyond_[index].cost;
    beyond_.erase(beyond_.begin() + static_cast<std::ptrdiff_t>(index));
}

// Linux tcp_data_queue_ofo: buffers may overlap, but none lies within another.
void PacketBuffers::insert(PacketBuffer const& fresh, profile::Profile const& profile) {
    auto const after =
        std::find_if(beyond_.begin(), beyond_.end(), [&](PacketBuffer const& b) { return b.begin.after(fresh.begin); });
    auto place = static_cast<std::size_t>(after - beyond_.begin());
    if (place > 0) {
        PacketBuffer& before = beyond_[place - 1];
        if (fresh.end.at_or_before(before.end) || merge(before, fresh, profile)) {
            return;
        }
        if (before.begin == fresh.begin) {
            forget(--place);
        }
    }
    while (place < beyond_.size() && beyond_[place].end.at_or_before(fresh.end)) {
        forget(place);
    }
    beyond_.insert(beyond_.begin() + static_cast<std::ptrdiff_t>(place), fresh);
    used_ += fresh.cost;
}

// Linux tcp_ofo_queue.
void PacketBuffers::advance(SeqNum nxt, profile::Profile const& profile) {
    while (!beyond_.empty() && beyond_.front().begin.before(nxt)) {
        PacketBuffer const next = beyond_.front();
        bool const brings_news = in_order_.empty() || next.end.after(in_order_.back().end);
        forget(0);
        if (brings_news) {
            append(next, profile);
        }
    }
}

void PacketBuffers::release(SeqNum read) {
    while (!in_order_.empty() && in_order_.front().end.at_or_before(read)) {
        used_ -= in_order_.front().cost;
        in_order_.pop_front();
    }
}

}  // namespace tcpsim::tcp
