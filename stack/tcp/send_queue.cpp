#include "stack/tcp/send_queue.hpp"

#include "stack/base/check.hpp"

#include <algorithm>

namespace tcpsim::tcp {

void SendQueue::append(Payload const& data) {
    for (Slice const& slice : data.slices()) {
        if (slices_.empty() || !slices_.back().try_extend(slice)) {
            slices_.push_back(slice);
        }
    }
    end_ += static_cast<std::uint32_t>(data.size());
}

Payload SendQueue::text(SeqNum from, std::uint32_t length) const {
    check(from.at_or_after(base_) && (from + length).at_or_before(end_), "text lies within the send queue");
    Payload result;
    std::uint64_t skip = skipped_ + static_cast<std::uint32_t>(from - base_);
    std::uint64_t left = length;
    for (std::size_t i = 0; left > 0; ++i) {
        Slice const& slice = slices_[i];
        if (skip >= slice.size()) {
            skip -= slice.size();
            continue;
        }
        std::uint64_t const taken = std::min(left, slice.size() - skip);
        result.append(slice.part(skip, taken));
        left -= taken;
        skip = 0;
    }
    return result;
}

void SendQueue::acknowledge(SeqNum una) {
    if (una.after(end_)) {  // a FIN lies beyond the text
        una = end_;
    }
    if (una.at_or_before(base_)) {
        return;
    }
    skipped_ += static_cast<std::uint32_t>(una - base_);
    base_ = una;
    while (!slices_.empty() && skipped_ >= slices_.front().size()) {
        skipped_ -= slices_.front().size();
        slices_.pop_front();
    }
}

void SendQueue::clear() {
    slices_.clear();
    sent_.clear();
    skipped_ = 0;
    base_ = end_;
}

}  // namespace tcpsim::tcp
