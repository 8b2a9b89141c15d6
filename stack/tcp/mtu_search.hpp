// RFC 4821, as Linux does it (tcp_mtu_probe): a larger segment is tried now and then, and if it arrives all are as large.
// After a black hole, or from the beginning (tcp_mtu_probing=2).
#pragma once

#include "stack/tcp/turn.hpp"

#include <cstdint>

namespace tcpsim::tcp {

/// From now on sizes between what is in use and what the peer allows are tried.
void start_mtu_search(Turn& turn);
inline bool searches_mtu(Tcb const& tcb) { return tcb.path.search_low > 0 && tcb.rare; }

/// What send_pending() does first: a segment of `length` octets if there is one; `waits`: nothing until there is room for it.
struct MtuProbe {
    std::uint32_t length{0};
    bool waits{false};
};
/// Only where searches_mtu().
MtuProbe next_mtu_probe(Turn& turn);
/// It was sent, up to snd.nxt.
void mtu_probe_sent(Turn& turn, std::uint32_t length);
/// SND.UNA has advanced: has the probe arrived?
void mtu_probe_answered(Turn& turn);
/// Something was lost. True if it was the probe, which says nothing about congestion: its text goes again in pieces.
bool mtu_probe_lost(Turn& turn);

}  // namespace tcpsim::tcp
