#include "stack/tcp/receive_queue.hpp"

#include "stack/base/check.hpp"

#include <algorithm>

namespace tcpsim::tcp {

SeqNum ReceiveQueue::insert(SeqNum nxt, SeqNum seq, Payload const& text) {
    check(seq.at_or_after(nxt), "text before rcv.nxt was cut off");
    if (seq != nxt || !islands_.empty()) {
        add_island(seq, text);
        if (islands_.front().seq != nxt) {
            return nxt;
        }
    }
    Payload const& ready = islands_.empty() ? text : islands_.front().text;
    for (Slice const& slice : ready.slices()) {
        if (slices_.empty() || !slices_.back().try_extend(slice)) {
            slices_.push_back(slice);
        }
    }
    unread_ += ready.size();
    nxt += static_cast<std::uint32_t>(ready.size());
    if (!islands_.empty()) {
        islands_.erase(islands_.begin());
    }
    return nxt;
}

void ReceiveQueue::add_island(SeqNum seq, Payload const& text) {
    Island fresh{seq, text, ++ages_};
    // Every island that overlaps or touches [seq, end) is merged into the fresh one; old bytes win where both have them.
    std::vector<Island> kept;
    kept.reserve(islands_.size() + 1);
    for (Island& old : islands_) {
        if (old.end().before(fresh.seq) || old.seq.after(fresh.end())) {
            kept.push_back(std::move(old));
            continue;
        }
        Payload merged;
        if (fresh.seq.before(old.seq)) {
            merged.append(fresh.text.part(0, static_cast<std::uint32_t>(old.seq - fresh.seq)));
        }
        SeqNum const first = fresh.seq.before(old.seq) ? fresh.seq : old.seq;
        merged.append(old.text);
        if (fresh.end().after(old.end())) {
            std::uint64_t const extra = static_cast<std::uint32_t>(fresh.end() - old.end());
            merged.append(fresh.text.part(fresh.text.size() - extra, extra));
        }
        fresh = Island{first, std::move(merged), ages_};
    }
    auto const place = std::find_if(kept.begin(), kept.end(), [&](Island const& i) { return i.seq.after(fresh.seq); });
    kept.insert(place, std::move(fresh));
    islands_ = std::move(kept);
}

Payload ReceiveQueue::take(std::uint64_t at_most) {
    Payload result;
    std::uint64_t left = std::min(at_most, unread_);
    unread_ -= left;
    while (left > 0) {
        Slice& front = slices_.front();
        if (front.size() <= left) {
            left -= front.size();
            result.append(std::move(front));
            slices_.pop_front();
        } else {
            result.append(front.part(0, left));
            front = front.part(left, front.size() - left);
            left = 0;
        }
    }
    return result;
}

InlineVector<wire::SackBlock, 4> ReceiveQueue::sack_blocks(std::size_t limit) const {
    std::vector<Island const*> by_age;
    by_age.reserve(islands_.size());
    for (Island const& island : islands_) {
        by_age.push_back(&island);
    }
    std::sort(by_age.begin(), by_age.end(), [](Island const* a, Island const* b) { return a->age > b->age; });
    InlineVector<wire::SackBlock, 4> blocks;
    for (std::size_t i = 0; i < std::min(limit, by_age.size()); ++i) {
        blocks.push_back({by_age[i]->seq, by_age[i]->end()});
    }
    return blocks;
}

void ReceiveQueue::truncate(SeqNum end) {
    while (!islands_.empty() && islands_.back().seq.at_or_after(end)) {
        islands_.pop_back();
    }
    if (!islands_.empty() && islands_.back().end().after(end)) {
        Island& last = islands_.back();
        last.text = last.text.part(0, static_cast<std::uint32_t>(end - last.seq));
    }
}

void ReceiveQueue::clear() {
    slices_.clear();
    islands_.clear();
    unread_ = 0;
}

}  // namespace tcpsim::tcp
