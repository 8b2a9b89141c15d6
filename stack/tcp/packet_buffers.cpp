#include "stack/tcp/packet_buffers.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace tcpsim::tcp {

// Linux tun_build_skb, SKB_TRUESIZE: the frame behind some headroom, aligned, the list of fragments behind it; beside both
// the descriptor.
PacketBuffer packet_buffer(profile::Profile const& profile, std::uint32_t headers, SeqNum begin, std::uint32_t text) {
    auto const& rule = profile.packet_buffer;
    auto const alignment = static_cast<std::uint32_t>(rule.alignment.value);
    std::uint32_t const filled = static_cast<std::uint32_t>(rule.headroom.value) + headers + text;
    std::uint32_t const aligned = (filled + alignment - 1) / alignment * alignment;
    auto const beside = static_cast<std::uint32_t>(rule.fragment_list.value + rule.descriptor.value);
    return {begin, begin + text, aligned + beside, static_cast<std::uint16_t>(aligned - filled), 0, false};
}

// Linux sk_rmem_schedule: whole pages, as many as are lacking.
void PacketBuffers::set_aside(std::uint32_t cost, profile::Profile const& profile) {
    std::int64_t const page = profile.packet_buffer.page.value;
    std::int64_t const lacking = std::int64_t{cost} - aside_;
    if (lacking > 0) {
        aside_ += (lacking + page - 1) / page * page;
    }
}

// Linux sk_mem_charge.
void PacketBuffers::use(std::uint32_t cost) {
    used_ += cost;
    aside_ -= cost;
}

// Linux sk_mem_uncharge: whole pages go back to the system.
void PacketBuffers::give_back(std::uint32_t cost, profile::Profile const& profile) {
    used_ -= cost;
    aside_ += cost;
    std::int64_t const page = profile.packet_buffer.page.value;
    if (aside_ >= page) {
        aside_ %= page;
    }
}

/// Linux skb_try_coalesce: text that fits behind the other's is copied, and its own buffer freed; otherwise that hangs on
/// as a fragment, only its descriptor freed.
bool PacketBuffers::merge(PacketBuffer& to, PacketBuffer const& from, profile::Profile const& profile) {
    if (to.end != from.begin) {
        return false;
    }
    if (to.fragments == 0 && from.length() <= to.room) {
        to.room = static_cast<std::uint16_t>(to.room - from.length());
    } else if (!from.copied && to.fragments + from.fragments < profile.packet_buffer.fragments.value) {
        std::uint32_t const more = from.cost - static_cast<std::uint32_t>(profile.packet_buffer.descriptor.value);
        to.fragments = static_cast<std::uint8_t>(to.fragments + from.fragments + 1);
        to.cost += more;
        use(more);
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
        use(fresh.cost);
    }
}

void PacketBuffers::forget(std::size_t index, profile::Profile const& profile) {
    give_back(beyond_[index].cost, profile);
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
            forget(--place, profile);
        }
    }
    while (place < beyond_.size() && beyond_[place].end.at_or_before(fresh.end)) {
        forget(place, profile);
    }
    beyond_.insert(beyond_.begin() + static_cast<std::ptrdiff_t>(place), fresh);
    use(fresh.cost);
}

// Linux tcp_ofo_queue.
void PacketBuffers::advance(SeqNum nxt, profile::Profile const& profile) {
    while (!beyond_.empty() && beyond_.front().begin.before(nxt)) {
        PacketBuffer const next = beyond_.front();
        bool const brings_news = in_order_.empty() || next.end.after(in_order_.back().end);
        forget(0, profile);
        if (brings_news) {
            append(next, profile);
        }
    }
}

void PacketBuffers::release(SeqNum read, profile::Profile const& profile) {
    while (!in_order_.empty() && in_order_.front().end.at_or_before(read)) {
        give_back(in_order_.front().cost, profile);
        in_order_.pop_front();
    }
}

namespace {

/// Linux alloc_skb: the allocator's sizes are powers of two, but for a cache of small ones.
PacketBuffer buffer_of_copies(profile::Profile const& profile, SeqNum begin, std::uint32_t length) {
    auto const& rule = profile.packet_buffer;
    auto const aside = static_cast<std::uint32_t>(rule.fragment_list.value);
    auto const alignment = static_cast<std::uint32_t>(rule.alignment.value);
    std::uint32_t const needed = (length + alignment - 1) / alignment * alignment + aside;
    auto const smallest = static_cast<std::uint32_t>(rule.smallest.value);
    std::uint32_t const size = needed <= smallest ? smallest : std::bit_ceil(needed);
    return {begin,
            begin + length,
            size + static_cast<std::uint32_t>(rule.descriptor.value),
            static_cast<std::uint16_t>(size - aside - length),
            0,
            true};
}

std::uint32_t cost_of(std::vector<PacketBuffer> const& buffers) {
    std::uint32_t sum = 0;
    for (PacketBuffer const& buffer : buffers) {
        sum += buffer.cost;
    }
    return sum;
}

/// Linux tcp_collapse: copying starts where a buffer is bloated, holds text that was read, or does not end where the next
/// begins.
bool is_worth_copying(std::vector<PacketBuffer> const& run, std::size_t i, SeqNum from, std::int64_t share) {
    PacketBuffer const& buffer = run[i];
    bool const bloated = ((std::int64_t{buffer.cost} * share) >> 8) > buffer.length();
    return bloated || buffer.begin.before(from) || (i + 1 < run.size() && buffer.end != run[i + 1].begin);
}

}  // namespace

std::vector<PacketBuffer> PacketBuffers::copied_together(std::vector<PacketBuffer> const& run, SeqNum from,
                                                         std::int64_t share, profile::Profile const& profile) {
    auto const page =
        static_cast<std::uint32_t>(profile.packet_buffer.page.value - profile.packet_buffer.fragment_list.value);
    std::vector<PacketBuffer> result;
    std::size_t i = 0;
    for (; i < run.size() && !is_worth_copying(run, i, from, share); from = run[i].end, ++i) {
        result.push_back(run[i]);
    }
    if (i < run.size()) {
        SeqNum end = run[i].end;
        for (PacketBuffer const& buffer : run) {
            end = later_of(end, buffer.end);
        }
        for (; from.before(end); from += std::min(page, static_cast<std::uint32_t>(end - from))) {
            result.push_back(buffer_of_copies(profile, from, std::min(page, static_cast<std::uint32_t>(end - from))));
        }
    }
    use(cost_of(result));
    give_back(cost_of(run), profile);
    return result;
}

void PacketBuffers::collapse(SeqNum read, std::int64_t share, profile::Profile const& profile) {
    std::vector<PacketBuffer> beyond;
    for (std::size_t i = 0; i < beyond_.size();) {  // Linux tcp_collapse_ofo_queue: run by run
        std::vector<PacketBuffer> run{beyond_[i]};
        SeqNum end = beyond_[i].end;
        for (++i; i < beyond_.size() && beyond_[i].begin.at_or_before(end); ++i) {
            run.push_back(beyond_[i]);
            end = later_of(end, beyond_[i].end);
        }
        if (run.size() > 1 || run.front().length() >= static_cast<std::uint32_t>(profile.packet_buffer.page.value)) {
            run = copied_together(run, run.front().begin, share, profile);
        }
        beyond.insert(beyond.end(), run.begin(), run.end());
    }
    beyond_ = std::move(beyond);
    std::vector<PacketBuffer> in_order;
    for (; !in_order_.empty(); in_order_.pop_front()) {
        in_order.push_back(in_order_.front());
    }
    for (PacketBuffer const& buffer : copied_together(in_order, read, share, profile)) {
        in_order_.push_back(buffer);
    }
}

// Linux tcp_prune_ofo_queue.
std::optional<SeqNum> PacketBuffers::prune(SeqNum coming, std::uint32_t goal, std::uint32_t limit,
                                           profile::Profile const& profile) {
    std::optional<SeqNum> left;
    std::uint32_t freed = 0;
    while (!beyond_.empty() && !coming.after(beyond_.back().begin)) {
        left = beyond_.back().begin;
        freed += beyond_.back().cost;
        forget(beyond_.size() - 1, profile);
        left = beyond_.empty() ? left : later_of(*left, beyond_.back().end);
        if (freed >= goal) {
            if (used_ <= limit) {
                break;
            }
            freed = 0;
        }
    }
    return left;
}

}  // namespace tcpsim::tcp
