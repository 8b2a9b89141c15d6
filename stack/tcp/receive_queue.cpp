#include "stack/tcp/receive_queue.hpp"

#include "stack/base/check.hpp"

#include <algorithm>

namespace tcpsim::tcp {

/// Where both have a byte, whose segment begins earlier has it; of two that begin together the longer (Linux
/// tcp_data_queue_ofo; 4.4BSD tcp_reass keeps the earlier there).
ReceiveQueue::Island ReceiveQueue::merged(Island old, Island fresh) {
    bool const old_first = old.seq.before(fresh.seq) || (old.seq == fresh.seq && old.end().at_or_after(fresh.end()));
    Island& first = old_first ? old : fresh;
    Island const& second = old_first ? fresh : old;
    if (second.end().after(first.end())) {
        std::uint64_t const extra = static_cast<std::uint32_t>(second.end() - first.end());
        first.text.append(second.text.part(second.text.size() - extra, extra));
    }
    std::vector<End> ends = std::move(old.ends);
    ends.insert(ends.end(), fresh.ends.begin(), fresh.ends.end());
    std::sort(ends.begin(), ends.end(), [](End const& a, End const& b) { return a.fin.before(b.fin); });
    return {first.seq, std::move(first.text), fresh.age, std::move(ends)};
}

std::optional<wire::SackBlock> ReceiveQueue::overlap(SeqNum left, SeqNum right) const {
    for (Island const& island : islands_) {
        SeqNum const from = later_of(left, island.seq);
        SeqNum const to = right.before(island.end()) ? right : island.end();
        if (to.after(from)) {
            return wire::SackBlock{from, to};
        }
    }
    return std::nullopt;
}

ReceiveQueue::Progress ReceiveQueue::insert(SeqNum nxt, SeqNum seq, Payload const& text, bool fin) {
    check(seq.at_or_after(nxt), "text before rcv.nxt was cut off");
    Payload ready = text;
    if (seq != nxt || !islands_.empty()) {
        add_island(seq, text, fin);
        if (islands_.front().seq != nxt) {
            return {nxt, false};
        }
        Island const& front = islands_.front();
        fin = !front.ends.empty();
        ready = fin ? front.text.part(0, static_cast<std::uint32_t>(front.ends.front().fin - nxt)) : front.text;
        islands_.erase(islands_.begin());
    }
    for (Slice const& slice : ready.slices()) {
        if (slices_.empty() || !slices_.back().try_extend(slice)) {
            slices_.push_back(slice);
        }
    }
    unread_ += static_cast<std::uint32_t>(ready.size());
    return {nxt + static_cast<std::uint32_t>(ready.size()), fin};
}

void ReceiveQueue::add_island(SeqNum seq, Payload const& text, bool fin) {
    Island fresh{seq, text, ++ages_, {}};
    if (fin) {
        fresh.text.append(Slice::pattern(0, 0, 1));
    }
    SeqNum const end = fresh.end();
    SeqNum begin = seq;
    bool known = false;  // all of it came before, in one piece: what that said of the stream's end stands
    for (Island& old : islands_) {
        known = known || (old.seq.at_or_before(seq) && old.end().at_or_after(end));
        begin = old.end() == seq ? old.seq : begin;  // Linux tcp_ooo_try_coalesce
    }
    if (!known) {
        for (Island& old : islands_) {
            std::erase_if(old.ends, [&](End const& e) { return e.begin.at_or_after(seq) && e.fin.before(end); });
        }
        if (fin) {
            fresh.ends.push_back({begin, end - 1});
        }
    }
    std::vector<Island> kept;
    kept.reserve(islands_.size() + 1);
    for (Island& old : islands_) {
        if (old.end().before(fresh.seq) || old.seq.after(fresh.end())) {
            kept.push_back(std::move(old));
        } else {
            fresh = merged(std::move(old), std::move(fresh));
        }
    }
    auto const place = std::find_if(kept.begin(), kept.end(), [&](Island const& i) { return i.seq.after(fresh.seq); });
    kept.insert(place, std::move(fresh));
    islands_ = std::move(kept);
}

Payload ReceiveQueue::take(std::uint64_t at_most) {
    Payload result;
    auto left = static_cast<std::uint32_t>(std::min<std::uint64_t>(at_most, unread_));
    unread_ -= left;
    while (left > 0) {
        Slice& front = slices_.front();
        if (front.size() <= left) {
            left -= static_cast<std::uint32_t>(front.size());
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

Payload ReceiveQueue::peek(std::uint64_t at_most) const {
    Payload result;
    std::uint64_t left = std::min<std::uint64_t>(at_most, unread_);
    for (std::size_t i = 0; left > 0; ++i) {
        std::uint64_t const part = std::min(left, slices_[i].size());
        result.append(slices_[i].part(0, part));
        left -= part;
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
        std::erase_if(last.ends, [&](End const& e) { return e.fin.at_or_after(end); });
    }
}

void ReceiveQueue::clear() {
    slices_.clear();
    islands_.clear();
    unread_ = 0;
}

}  // namespace tcpsim::tcp
