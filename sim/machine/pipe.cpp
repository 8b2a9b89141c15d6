#include "sim/machine/pipe.hpp"

#include <algorithm>

namespace tcpsim::machine {

std::uint64_t Pipe::write(Payload const& data) {
    std::uint64_t const odd = data.size() % page;
    std::uint64_t merged = 0;
    if (odd != 0 && !pages_.empty()) {
        Page& last = pages_.back();
        if (last.may_grow && last.begun + last.data.size() + odd <= page) {
            last.data.append(data.part(0, odd));
            merged = odd;
        }
    }
    return merged + fill(data, merged, true);
}

std::uint64_t Pipe::splice(Payload const& data) { return fill(data, 0, false); }

std::uint64_t Pipe::fill(Payload const& data, std::uint64_t from, bool may_grow) {
    std::uint64_t taken = 0;
    while (from + taken < data.size() && !full()) {
        std::uint64_t const length = std::min(page, data.size() - from - taken);
        pages_.push_back({data.part(from + taken, length), 0, may_grow});
        taken += length;
    }
    return taken;
}

Payload Pipe::peek(std::uint64_t at_most) const {
    Payload oldest;
    for (Page const& one : pages_) {
        oldest.append(one.data.part(0, std::min(at_most - oldest.size(), one.data.size())));
    }
    return oldest;
}

void Pipe::consume(std::uint64_t bytes) {
    while (bytes > 0) {
        Page& first = pages_.front();
        std::uint64_t const here = std::min(bytes, first.data.size());
        first.data = first.data.part(here, first.data.size() - here);
        first.begun += here;
        bytes -= here;
        if (first.data.empty()) {
            pages_.pop_front();
        }
    }
}

std::uint64_t Pipe::size() const {
    std::uint64_t size = 0;
    for (Page const& one : pages_) {
        size += one.data.size();
    }
    return size;
}

}  // namespace tcpsim::machine
