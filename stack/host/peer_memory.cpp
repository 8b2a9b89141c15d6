#include "stack/host/peer_memory.hpp"

namespace tcpsim::host {

FastOpenMemory PeerMemory::fast_open(Addresses ours_and_theirs) const {
    auto const found = entries_.find(ours_and_theirs);
    return found == entries_.end() ? FastOpenMemory{} : found->second.fast_open;
}

// Linux tcp_fastopen_cache_set: what an answer does not say stays as it was.
void PeerMemory::learn(Addresses ours_and_theirs, FastOpenAnswer const& answer) {
    FastOpenMemory& known = entries_[ours_and_theirs].fast_open;
    if (answer.mss != 0) {
        known.mss = answer.mss;
    }
    if (answer.cookie && !answer.cookie->cookie.empty()) {
        known.cookie = *answer.cookie;
    } else if (known.cookie.cookie.empty() && answer.unanswered > known.unanswered) {
        known.unanswered = answer.unanswered;
    }
}

tcp::PathMetrics PeerMemory::metrics(Addresses ours_and_theirs, Instant now, Duration lifetime) const {
    auto const found = entries_.find(ours_and_theirs);
    bool const known = found != entries_.end() && now - found->second.kept_at <= lifetime;
    return known ? found->second.metrics : tcp::PathMetrics{};
}

void PeerMemory::keep(Addresses ours_and_theirs, tcp::PathMetrics const& metrics, Instant now) {
    Entry& entry = entries_[ours_and_theirs];
    entry.metrics = metrics;
    entry.kept_at = now;
}

}  // namespace tcpsim::host
