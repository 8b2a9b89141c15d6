#include "stack/tcp/actions.hpp"

#include <algorithm>

namespace tcpsim::tcp {

Emit& Actions::emit() {
    if (emitted_ == slots_.size()) {
        slots_.emplace_back();
    } else {
        slots_[emitted_] = Emit{};
    }
    return slots_[emitted_++];
}

void Actions::end(Ended ended) {
    ended_ = ended;
    note(ended);
}

void Actions::clear() {
    emitted_ = 0;
    notes_.clear();
    ended_.reset();
    path_mtu_.reset();
    readable_ = false;
    writable_ = false;
    urgent_ = false;
    state_changed_ = false;
}

bool Actions::operator==(Actions const& other) const {
    return emitted_ == other.emitted_ &&
           std::equal(slots_.begin(), slots_.begin() + static_cast<std::ptrdiff_t>(emitted_), other.slots_.begin()) &&
           notes_ == other.notes_ && ended_ == other.ended_ && path_mtu_ == other.path_mtu_ &&
           readable_ == other.readable_ && writable_ == other.writable_ && urgent_ == other.urgent_ &&
           state_changed_ == other.state_changed_;
}

}  // namespace tcpsim::tcp
